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

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "idna.h"

int32_t
idna_character(const uint8_t **s, const uint8_t *end)
{
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = *s;
	int32_t c = *p++;
	const int more = c < 0x80 ? 0 : c < 0xc0 ? -1 : c < 0xe0 ? 1 :
	    c < 0xf0 ? 2 : c < 0xf8 ? 3 : -1;

	if (more == -1 || more > end - p)
		return (-1);
	if (more > 0)
		c &= 0x3f >> more;
	for (int i = 0; i < more; i++) {
		if ((*p & 0xc0) != 0x80)
			return (-1);
		c = c << 6 | (*p++ & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return (-1);
	*s = p;
	return (c);
}

/* The small letter of c; 0: this table cannot tell, or c is malformed. */
static uint32_t
to_lower(int32_t character)
{
	const uint32_t c = character == -1 ? 0 : (uint32_t)character;

	if ((c >= 'A' && c <= 'Z') ||
	    (c >= 0xc0 && c <= 0xde && c != 0xd7) ||	/* Latin-1 */
	    (c >= 0x391 && c <= 0x3a9) ||		/* Greek */
	    (c >= 0x410 && c <= 0x42f))			/* Cyrillic */
		return (c + 0x20);
	if (c >= 0x400 && c <= 0x40f)
		return (c + 0x50);
	/* U+0130, combining accents, mixed blocks of Latin, Greek, Cyrillic */
	if (c == 0x130 || (c >= 0x180 && c <= 0x24f) ||
	    (c >= 0x300 && c <= 0x36f) || (c >= 0x386 && c <= 0x38f) ||
	    (c >= 0x4c0 && c <= 0x4cf) || (c >= 0x1f00 && c <= 0x1fff))
		return (0);
	/* capitals are even: Latin Extended-A, Cyrillic, Latin Additional */
	if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) ||
	    (c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x52f) ||
	    (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff))
		return (c | 1);
	/* capitals are odd: Latin Extended-A */
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return (c + c % 2);
	return (c == 0x178 ? 0xff : c);
}

/* RFC 3492 6.1, with the numbers of its section 5. */
static uint32_t
adapt(uint32_t delta, uint32_t n, int is_first)
{
	uint32_t k = 0;

	delta = is_first ? delta / 700 : delta / 2;
	delta += delta / n;
	for (; delta > 455; k += 36)
		delta /= 35;
	return (k + 36 * delta / (delta + 38));
}

static void
put_digit(char *out, size_t *len, uint32_t digit)
{
	if (*len <= LABEL_MAX_LEN)
		out[(*len)++] = (char)(digit < 26 ? 'a' + digit :
		    '0' + digit - 26);
}

/* A number of variable length (RFC 3492 3.3). */
static void
put_number(char *out, size_t *len, uint32_t q, uint32_t bias)
{
	uint32_t t;

	for (uint32_t k = 36;; k += 36) {
		t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
		if (q < t)
			break;
		put_digit(out, len, t + (q - t) % (36 - t));
		q = (q - t) / (36 - t);
	}
	put_digit(out, len, q);
}

/* RFC 3492 6.3: n characters to out.  Returns 0, or -1: too long. */
static int
encode(const uint32_t *c, uint32_t n, char out[LABEL_MAX_LEN + 2])
{
	uint32_t code = 0x80, delta = 0, bias = 72, done = 0, basic, least;
	size_t len = 0;

	for (uint32_t i = 0; i < n; i++)
		if (c[i] < 0x80)
			out[len++] = (char)c[i];
	done = basic = (uint32_t)len;
	if (basic == n) {
		out[len] = '\0';
		return (0);
	}
	memmove(out + 4, out, len);
	memcpy(out, "xn--", 4);
	len += 4;
	if (basic > 0)
		out[len++] = '-';
	for (; done < n; delta++, code++) {
		least = UINT32_MAX;
		for (uint32_t i = 0; i < n; i++)
			if (c[i] >= code && c[i] < least)
				least = c[i];
		delta += (least - code) * (done + 1);
		code = least;
		for (uint32_t i = 0; i < n; i++) {
			delta += c[i] < code;
			if (c[i] != code)
				continue;
			put_number(out, &len, delta, bias);
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
	out[len] = '\0';
	return (len > LABEL_MAX_LEN ? -1 : 0);
}

int
idna_to_ascii(const char *s, char out[NAME_SIZE])
{
	const uint8_t *p = (const uint8_t *)s, *end = p + strlen(s);
	uint32_t c[LABEL_MAX_LEN], n;
	char label[LABEL_MAX_LEN + 2], canonical[NAME_SIZE];
	size_t len = 0;
	int is_ascii = 1, label_is_ascii;

	for (;; p++) {
		label_is_ascii = 1;
		for (n = 0; p < end && *p != '.'; n++) {
			if (n == sizeof(c) / sizeof(c[0]) ||
			    (c[n] = to_lower(idna_character(&p, end))) == 0)
				return (-1);
			label_is_ascii &= c[n] < 0x80;
		}
		is_ascii &= label_is_ascii;
		/* "xn--" and a '-' must fit, too */
		if ((!label_is_ascii && n > LABEL_MAX_LEN - 5) ||
		    encode(c, n, label) == -1 ||
		    len + strlen(label) + 2 > NAME_SIZE)
			return (-1);
		len += (size_t)snprintf(out + len, NAME_SIZE - len, "%s%s",
		    label, p < end ? "." : "");
		if (p == end)
			break;
	}
	return (is_ascii || name_canonical((const uint8_t *)out, len,
	    canonical) == -1 ? -1 : 0);
}
