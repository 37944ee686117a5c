/*
 * Copyright (c) 2026 The alpnd authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */
/*
 * name: the only way from bytes of the network to a file name.  Host names as
 * in RFC 1123 2.1, and with underscores, which are in use.
 */
#ifndef NAME_H
#define NAME_H

#include <stddef.h>
#include <stdint.h>

#define NAME_MAX_LEN	253	/* RFC 1035 2.3.4: 255 on the wire */
#define NAME_SIZE	(NAME_MAX_LEN + 1)
#define LABEL_MAX_LEN	63

/*
 * Write the canonical form of the len bytes of an SNI to out: lower case, one
 * trailing dot removed.  A name has 1 to 253 bytes.  Its labels have 1 to 63
 * letters, digits, '-' and '_', and neither begin nor end with '-'.  The last
 * label is not all digits: that would be an IP address, which RFC 6066 3
 * forbids.  So out never has a '/', a NUL, or a leading dot.
 * Returns 0, or -1 with out empty.
 */
int	name_canonical(const uint8_t *in, size_t len, char out[NAME_SIZE]);

#endif
