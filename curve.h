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
/* curve: is the key of a certificate on a curve that TLS 1.3 can use? */
#ifndef CURVE_H
#define CURVE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Returns 0 if the key of the first certificate in this PEM is on a curve for
 * which TLS 1.3 has no signature (RFC 8446 section 4.2.3): not P-256, P-384 or
 * P-521.  libtls loads such a pair, and then every handshake fails, as if by a
 * fault of the client.  Returns 1 in all other cases, also if there is no
 * certificate: libtls reports that.
 */
int	curve_is_usable(const uint8_t *pem, size_t len);

#endif
