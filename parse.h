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

/*@
  predicate readable(struct cursor c) = \valid_read(c.p + (0 .. c.len - 1));

  // n bytes at p as an unsigned integer
  logic integer number{L}(uint8_t *p, integer n) =
      n <= 0 ? 0 : number(p, n - 1) * 256 + p[n - 1];
*/

/*
 * Read an unsigned integer of n (1 to 4) bytes, most significant first.
 * Returns 0, or -1 with *c unchanged and *out 0 if fewer than n bytes are left.
 */
/*@
  requires 1 <= n <= 4 && \valid(c) && readable(*c) && \valid(out);
  requires \separated(c, out, c->p + (0 .. c->len - 1));
  assigns *c, *out;
  behavior done:
    assumes c->len >= n;
    ensures \result == 0 && *out == number(\old(c->p), n);
    ensures c->p == \old(c->p) + n && c->len == \old(c->len) - n;
  behavior cut:
    assumes c->len < n;
    ensures \result == -1 && *out == 0 && *c == \old(*c);
  complete behaviors;
  disjoint behaviors;
*/
static inline int
cursor_uint(struct cursor *c, size_t n, uint32_t *out)
{
	uint32_t v = 0;

	*out = 0;
	if (c->len < n)
		return (-1);
	/*@
	  loop invariant 0 <= i <= n && v == number(c->p, i);
	  loop invariant i == 0 ==> v == 0;
	  loop invariant i == 1 ==> v < 0x100;
	  loop invariant i == 2 ==> v < 0x10000;
	  loop invariant i == 3 ==> v < 0x1000000;
	  loop assigns i, v;
	  loop variant n - i;
	*/
	for (size_t i = 0; i < n; i++)
		v = v * 256 + c->p[i];
	c->p += n;
	c->len -= n;
	*out = v;
	return (0);
}

/*
 * Split off the next n bytes as *out.  Returns 0, or -1 with *c unchanged and
 * *out empty if fewer than n bytes are left.
 */
/*@
  requires \valid(c) && readable(*c) && \valid(out) && \separated(c, out);
  assigns *c, *out;
  ensures out->p == \old(c->p);
  behavior done:
    assumes c->len >= n;
    ensures \result == 0 && out->len == n;
    ensures c->p == \old(c->p) + n && c->len == \old(c->len) - n;
  behavior cut:
    assumes c->len < n;
    ensures \result == -1 && out->len == 0 && *c == \old(*c);
  complete behaviors;
  disjoint behaviors;
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
 * bytes as *out.  Returns 0, or -1 with *out empty: the length is cut, and *c
 * is unchanged; or the bytes are cut, and *c begins after the length.
 */
/*@
  requires 1 <= lenbytes <= 3 && \valid(c) && readable(*c) && \valid(out);
  requires \separated(c, out, c->p + (0 .. c->len - 1));
  assigns *c, *out;
  ensures \result == 0 || \result == -1 && out->len == 0;
  ensures \result == 0 <==> \old(c->len) >=
      lenbytes + number(\old(c->p), lenbytes);
  ensures \result == 0 ==> out->p == \old(c->p) + lenbytes &&
      out->len == number(\old(c->p), lenbytes) &&
      c->p == out->p + out->len &&
      c->len == \old(c->len) - lenbytes - out->len;
  ensures readable(*c) && readable(*out) && c->len <= \old(c->len);
  ensures c->p + c->len == \old(c->p + c->len);
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

/* Does c hold exactly the n bytes of ASCII at s? */
/*@
  requires readable(c) && \valid_read(s + (0 .. n - 1));
  assigns \nothing;
  ensures \result != 0 <==> c.len == n &&
      \forall integer i; 0 <= i < n ==> c.p[i] == s[i];
  ensures \result != 0 && n > 0 ==> c.p[0] == s[0];
*/
static inline int
cursor_is(struct cursor c, const char *s, size_t n)
{
	if (c.len != n)
		return (0);
	/*@
	  loop invariant 0 <= i <= n;
	  loop invariant \forall integer j; 0 <= j < i ==> c.p[j] == s[j];
	  loop assigns i;
	  loop variant n - i;
	*/
	for (size_t i = 0; i < n; i++)
		if (c.p[i] != s[i])
			return (0);
	return (1);
}

#endif
