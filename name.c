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
#include "name.h"

/* Not ctype(3), which depends on the locale. */
/*@
  assigns \nothing;
  ensures \result != 0 <==> digit(c);
*/
static int
is_digit(uint8_t c)
{
	return (c >= '0' && c <= '9');
}

/*@
  assigns \nothing;
  ensures \result != 0 <==> name_byte(c);
*/
static int
is_name_byte(uint8_t c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    is_digit(c) || c == '-' || c == '_');
}

/*@
  requires c < 128;
  assigns \nothing;
  ensures \result == lower(c);
*/
static char
to_lower(uint8_t c)
{
	return ((char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c));
}

/*
 * A label of s[0..len) begins at s[b].  Returns where the label ends, or b if
 * the label is malformed.  *digits is 1 if all bytes of the label are digits.
 */
/*@
  requires b <= len && \valid_read(s + (0 .. len - 1)) && \valid(digits);
  requires \separated(s + (0 .. len - 1), digits);
  assigns *digits;
  ensures b <= \result <= len;
  ensures \result > b ==> label(s, b, \result) &&
      (*digits != 0 <==> all_digits(s, b, \result));
  ensures \result == b ==> \exists integer e; b <= e <= len &&
      (e == len || !name_byte(s[e])) && !label(s, b, e) &&
      \forall integer i; b <= i < e ==> name_byte(s[i]);
  ensures \result > b && \result < len ==> !name_byte(s[\result]);
*/
static size_t
label_end(const uint8_t *s, size_t b, size_t len, int *digits)
{
	size_t e;

	*digits = 1;
	/*@
	  loop invariant b <= e <= len;
	  loop invariant \forall integer i; b <= i < e ==> name_byte(s[i]);
	  loop invariant *digits != 0 <==> all_digits(s, b, e);
	  loop assigns e, *digits;
	  loop variant len - e;
	*/
	for (e = b; e < len && is_name_byte(s[e]); e++)
		if (!is_digit(s[e]))
			*digits = 0;
	if (e == b || e - b > LABEL_MAX_LEN || s[b] == '-' || s[e - 1] == '-')
		return (b);
	return (e);
}

/*@
  requires \valid_read(s + (0 .. len - 1));
  assigns \nothing;
  ensures \result != 0 <==> host_name(s, len);
  ensures \result != 0 ==> name_byte(s[0]);
  ensures \result != 0 ==> \forall integer i; 0 <= i < len && s[i] == '.'
      ==> 0 < i < len - 1 && s[i - 1] != '.';
*/
static int
is_host_name(const uint8_t *s, size_t len)
{
	size_t b = 0, e;
	int digits;

	if (len < 1 || len > NAME_MAX_LEN)
		return (0);
	/*@
	  loop invariant 0 <= b <= len && (b == 0 || s[b - 1] == '.');
	  loop invariant \forall integer i; 0 <= i < b ==>
	      name_byte(s[i]) || s[i] == '.';
	  loop invariant \forall integer i; 0 <= i < b && s[i] == '.' ==>
	      0 < i < len && s[i - 1] != '.';
	  loop invariant \forall integer i, j; piece(s, len, i, j) && j < b
	      ==> label(s, i, j);
	  loop assigns b, e, digits;
	  loop variant len - b;
	*/
	for (;;) {
		if ((e = label_end(s, b, len, &digits)) == b)
			return (0);
		if (e == len)
			return (!digits);
		if (s[e] != '.')
			return (0);
		b = e + 1;
	}
}

int
name_canonical(const uint8_t *in, size_t len, char out[NAME_SIZE])
{
	out[0] = '\0';
	if (len > 0 && in[len - 1] == '.')
		len--;
	/*@ assert len == without_dot(in, \at(len, Pre)); */
	if (!is_host_name(in, len))
		return (-1);
	/*@
	  loop invariant 0 <= i <= len;
	  loop invariant \forall integer j; 0 <= j < i ==>
	      out[j] == lower(in[j]);
	  loop invariant \forall integer j; 0 <= j < i ==>
	      (out[j] == '.' <==> in[j] == '.');
	  loop invariant \forall integer j; 0 <= j < i && out[j] != '.' ==>
	      name_byte(out[j]) && lower(out[j]) == out[j];
	  loop invariant i > 0 ==> name_byte(out[0]);
	  loop assigns i, out[0 .. len - 1];
	  loop variant len - i;
	*/
	for (size_t i = 0; i < len; i++)
		out[i] = to_lower(in[i]);
	out[len] = '\0';
	/*@ assert canonical(out, len); */
	return (0);
}
