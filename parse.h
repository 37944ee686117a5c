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
 * parse: what every parser of alpnd returns, and a cursor that reads
 * big-endian fields off a byte string, so that no caller adds up lengths.
 * The presentation language is RFC 8446 section 3.
 */
#ifndef PARSE_H
#define PARSE_H

#include <stddef.h>
#include <stdint.h>

enum parse {
	PARSE_DONE,	/* complete and well-formed */
	PARSE_MORE,	/* a prefix of something well-formed: read on */
	PARSE_BAD,	/* malformed, whatever follows */
	PARSE_NONE	/* not the beginning of what the parser looks for */
};

struct cursor {
	const uint8_t	*p;	/* next byte */
	size_t		 len;	/* bytes left */
};

/*
 * Read an unsigned integer of n (1 to 4) bytes, most significant first.
 * Returns 0, or -1 with *c unchanged and *out 0 if fewer than n bytes are left.
 */
static inline int
cursor_uint(struct cursor *c, size_t n, uint32_t *out)
{
	uint32_t v = 0;

	*out = 0;
	if (c->len < n)
		return (-1);
	for (size_t i = 0; i < n; i++)
		v = v << 8 | c->p[i];
	c->p += n;
	c->len -= n;
	*out = v;
	return (0);
}

/*
 * Split off the next n bytes as *out.  Returns 0, or -1 with *c unchanged and
 * *out empty if fewer than n bytes are left.
 */
static inline int
cursor_take(struct cursor *c, size_t n, struct cursor *out)
{
	out->p = c->p;
	out->len = 0;
	if (c->len < n)
		return (-1);
	out->len = n;
	c->p += n;
	c->len -= n;
	return (0);
}

/*
 * Split off a vector: a length of lenbytes (1 to 3) bytes, then that many
 * bytes as *out.  Returns 0, or -1 with *out empty if either is cut short.
 */
static inline int
cursor_vector(struct cursor *c, size_t lenbytes, struct cursor *out)
{
	uint32_t n;

	out->p = c->p;
	out->len = 0;
	if (cursor_uint(c, lenbytes, &n) == -1)
		return (-1);
	return (cursor_take(c, n, out));
}

#endif
