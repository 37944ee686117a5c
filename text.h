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
 * text: put a line together in a buffer of fixed size.  All of it is
 * async-signal-safe; snprintf(3) is not so on all systems.  strlcat(3) does not
 * exist on all systems.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <string.h>

struct text {
	char	*buf;
	size_t	 size;		/* bytes of buf, 1 or more */
	size_t	 len;		/* bytes in use, without the NUL */
};

/*@
  predicate text_ok{L}(struct text *t) = \valid(t) && t->len < t->size &&
      \valid(t->buf + (0 .. t->size - 1)) &&
      \separated(t, t->buf + (0 .. t->size - 1));
  predicate ended{L}(struct text *t) = t->buf[t->len] == '\0';
  // s may be appended to t
  predicate fits{L}(struct text *t, char *s) = valid_read_string(s) &&
      \separated(t, s + (0 .. strlen(s))) &&
      \separated(t->buf + (0 .. t->size - 1), s + (0 .. strlen(s)));
  // the bytes from b on up to e are ASCII, without control bytes
  predicate printed{L}(char *s, integer b, integer e) =
      \forall integer i; b <= i < e ==> ' ' <= s[i] <= '~';
  logic integer power(integer n) = n <= 0 ? 1 : 10 * power(n - 1);
*/

/* Append a string, or as much of it as fits; buf stays terminated. */
/*@
  requires text_ok(t) && fits(t, s);
  assigns t->len, t->buf[t->len .. t->size - 1];
  ensures \old(t->len) <= t->len < t->size && ended(t);
  ensures \old(printed(s, 0, strlen(s))) ==>
      printed(t->buf, \old(t->len), t->len);
*/
static inline void
text_add(struct text *t, const char *s)
{
	const size_t room = t->size - 1 - t->len;
	char *const end = t->buf + t->len;
	size_t i;

	/*@
	  loop invariant 0 <= i <= \at(strlen(s), Pre) && i <= room;
	  loop invariant \forall integer j; 0 <= j <= \at(strlen(s), Pre) ==>
	      s[j] == \at(s[j], Pre);
	  loop invariant \at(printed(s, 0, strlen(s)), Pre) ==>
	      printed(t->buf, t->len, t->len + i);
	  loop assigns i, t->buf[t->len .. t->size - 1];
	  loop variant room - i;
	*/
	for (i = 0; i < room && s[i] != '\0'; i++)
		end[i] = s[i];
	end[i] = '\0';
	t->len += i;
}

/* Append n in decimal; a negative n as 0. */
/*@
  requires text_ok(t);
  assigns t->len, t->buf[t->len .. t->size - 1];
  ensures \old(t->len) <= t->len < t->size && ended(t);
  ensures printed(t->buf, \old(t->len), t->len);
*/
static inline void
text_add_number(struct text *t, long long n)
{
	char digits[24] = "";
	size_t i = sizeof(digits) - 1;

	if (n < 0)
		n = 0;
	/*@ assert power(6) == 1000000 && power(12) == 1000000 * power(6); */
	/*@ assert power(19) == 10000000 * power(12); */
	/*@
	  loop invariant 4 <= i <= 23 && 0 <= n < power(i - 4);
	  loop invariant i == 23 || n > 0;
	  loop invariant \forall integer j; i <= j < 23 ==>
	      '0' <= digits[j] <= '9';
	  loop assigns i, n, digits[0 .. 22];
	  loop variant n;
	*/
	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	/*@
	  loop invariant 4 <= i <= 23 && \forall integer j; i <= j < 23 ==>
	      '0' <= digits[j] <= '9';
	  loop invariant \at(t->len, Pre) <= t->len < t->size;
	  loop invariant printed(t->buf, \at(t->len, Pre), t->len);
	  loop assigns i, t->len, t->buf[\at(t->len, Pre) .. t->size - 1];
	  loop variant 23 - i;
	*/
	for (; i < sizeof(digits) - 1 && t->len + 1 < t->size; i++)
		t->buf[t->len++] = digits[i];
	t->buf[t->len] = '\0';
}

#endif
