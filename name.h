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
 * name: the only way from bytes of the network to a file name.  A name is a
 * host name of RFC 1123 2.1.  Underscores are allowed, because real host names
 * have them.
 */
#ifndef NAME_H
#define NAME_H

#include <stddef.h>
#include <stdint.h>

#define NAME_MAX_LEN	253	/* RFC 1035 2.3.4: 255 on the wire */
#define NAME_SIZE	(NAME_MAX_LEN + 1)
#define LABEL_MAX_LEN	63

/*@
  predicate digit(integer c) = '0' <= c <= '9';
  predicate name_byte(integer c) = 'a' <= c <= 'z' || 'A' <= c <= 'Z' ||
      digit(c) || c == '-' || c == '_';
  logic integer lower(integer c) = 'A' <= c <= 'Z' ? c + 32 : c;

  predicate label{L}(uint8_t *s, integer b, integer e) =
      1 <= e - b <= LABEL_MAX_LEN && s[b] != '-' && s[e - 1] != '-' &&
      \forall integer i; b <= i < e ==> name_byte(s[i]);
  predicate all_digits{L}(uint8_t *s, integer b, integer e) =
      \forall integer i; b <= i < e ==> digit(s[i]);
  // s[b..e) is all between two dots, or between a dot and an end of s[0..n)
  predicate piece{L}(uint8_t *s, integer n, integer b, integer e) =
      0 <= b <= e <= n && (b == 0 || s[b - 1] == '.') &&
      (e == n || s[e] == '.') &&
      \forall integer i; b <= i < e ==> s[i] != '.';
  predicate host_name{L}(uint8_t *s, integer n) = 1 <= n <= NAME_MAX_LEN &&
      (\forall integer i; 0 <= i < n ==> name_byte(s[i]) || s[i] == '.') &&
      (\forall integer b, e; piece(s, n, b, e) ==> label(s, b, e) &&
	  (e == n ==> !all_digits(s, b, e)));
  // lower case, no empty label and no leading dot: good for a file name
  predicate canonical{L}(char *s, integer n) = 1 <= n <= NAME_MAX_LEN &&
      name_byte(s[0]) && s[n] == '\0' &&
      \forall integer i; 0 <= i < n ==>
	  name_byte(s[i]) && lower(s[i]) == s[i] ||
	  s[i] == '.' && 0 < i < n - 1 && s[i - 1] != '.';
  predicate canonical_name{L}(char *s) = \exists integer n; canonical(s, n);
  logic integer without_dot{L}(uint8_t *s, integer n) =
      n > 0 && s[n - 1] == '.' ? n - 1 : n;
*/

/*
 * Write the canonical form of the len bytes of an SNI to out: lower case, one
 * trailing dot removed.  A name has 1 to 253 bytes.  Its labels have 1 to 63
 * letters, digits, '-' and '_', and neither begin nor end with '-'.  The last
 * label is not all digits: that would be an IP address, which RFC 6066 3
 * forbids.  So out never has a '/', a NUL, or a leading dot.
 * Returns 0, or -1 with out empty.
 */
/*@
  requires \valid_read(in + (0 .. len - 1));
  requires \valid(out + (0 .. NAME_SIZE - 1));
  requires \separated(in + (0 .. len - 1), out + (0 .. NAME_SIZE - 1));
  assigns out[0 .. NAME_SIZE - 1];
  ensures \result == -1 || canonical(out, without_dot(in, len));
  ensures out[0] == '\0' || canonical_name(out);
  behavior good:
    assumes host_name(in, without_dot(in, len));
    ensures \result == 0 && out[without_dot(in, len)] == '\0';
    ensures \forall integer i; 0 <= i < without_dot(in, len) ==>
	out[i] == lower(in[i]);
  behavior bad:
    assumes !host_name(in, without_dot(in, len));
    ensures \result == -1 && out[0] == '\0';
  complete behaviors;
  disjoint behaviors;
*/
int	name_canonical(const uint8_t *in, size_t len, char out[NAME_SIZE]);

#endif
