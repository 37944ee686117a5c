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
/* identifier: what a CA validates (RFC 8555 section 9.7.7, RFC 8738). */
#ifndef IDENTIFIER_H
#define IDENTIFIER_H

#include "addr.h"
#include "name.h"

struct identifier {
	char		 name[NAME_SIZE];	/* canonical, as in the SNI; of
						   an address the reverse name
						   (RFC 8738 section 6) */
	struct addr	 ip;			/* family 0: a DNS name */
};

/*
 * From the text of a user: a DNS name, an IP address, or the reverse name of
 * one.  Returns 0, or -1 with *id zero: nothing that a CA can ask for.
 */
int	identifier_parse(const char *text, struct identifier *id);

/* "example.org", or the address: as the CA calls it.  Returns buf. */
const char *identifier_text(const struct identifier *id, char buf[NAME_SIZE]);

#endif
