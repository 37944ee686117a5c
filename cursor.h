/*
 * cursor: read big-endian fields off a byte string without ever adding
 * lengths in the caller.  The presentation language is RFC 8446 section 3.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t	*p;	/* next byte */
	size_t		 len;	/* bytes left */
};

/*
 * Read an unsigned integer of n (1 to 4) bytes, most significant first.
 * Returns 0, or -1 with the cursor and *out (set to 0) at rest if it is short.
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

/* Split off the next n bytes as *out.  Returns 0, or -1 (*out empty). */
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
 * Split off a vector: a length of lenbytes (1 to 3) bytes, then so many bytes
 * as *out.  Returns 0, or -1 (*out empty) if either is short.
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
