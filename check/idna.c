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

/* What the capitals of a range are, or by how much they are below. */
enum { NO_HINT = 0, EVEN = -1, ODD = -2, BIT_3 = -3 };

static const struct {
	int32_t	first, last;
	int	rule;
} capitals[] = {
	{ 'A', 'Z', 32 }, { 0xaa, 0xaa, NO_HINT }, { 0xb5, 0xba, NO_HINT },
	{ 0xc0, 0xd6, 32 }, { 0xd8, 0xde, 32 },
	/* Latin Extended-A and -B */
	{ 0x100, 0x12f, EVEN }, { 0x130, 0x130, NO_HINT },
	{ 0x132, 0x133, NO_HINT }, { 0x134, 0x137, EVEN },
	{ 0x139, 0x13e, ODD }, { 0x13f, 0x140, NO_HINT },
	{ 0x141, 0x148, ODD }, { 0x149, 0x149, NO_HINT },
	{ 0x14a, 0x177, EVEN }, { 0x178, 0x178, NO_HINT },
	{ 0x179, 0x17e, ODD }, { 0x17f, 0x19f, NO_HINT },
	{ 0x1a0, 0x1a5, EVEN }, { 0x1a6, 0x1ae, NO_HINT },
	{ 0x1af, 0x1b0, ODD }, { 0x1b1, 0x1cc, NO_HINT },
	{ 0x1cd, 0x1dc, ODD }, { 0x1de, 0x1ef, EVEN },
	{ 0x1f0, 0x1f7, NO_HINT }, { 0x1f8, 0x21f, EVEN },
	{ 0x220, 0x221, NO_HINT }, { 0x222, 0x233, EVEN },
	{ 0x234, 0x245, NO_HINT }, { 0x246, 0x24f, EVEN },
	/* letters and accents that are written above or behind another one */
	{ 0x2b0, 0x2b8, NO_HINT }, { 0x2d8, 0x2e4, NO_HINT },
	{ 0x300, 0x36f, NO_HINT },
	/* Greek and Cyrillic */
	{ 0x370, 0x373, EVEN }, { 0x374, 0x374, NO_HINT },
	{ 0x376, 0x377, EVEN }, { 0x37a, 0x38f, NO_HINT }, { 0x391, 0x3ab, 32 },
	{ 0x3cf, 0x3d7, NO_HINT }, { 0x3d8, 0x3ef, EVEN },
	{ 0x3f0, 0x3ff, NO_HINT }, { 0x400, 0x40f, 80 },
	{ 0x410, 0x42f, 32 }, { 0x460, 0x481, EVEN }, { 0x48a, 0x4bf, EVEN },
	{ 0x4c0, 0x4c0, 15 }, { 0x4c1, 0x4ce, ODD }, { 0x4d0, 0x52f, EVEN },
	/* the same with more accents; other forms of letters */
	{ 0x1c80, 0x1c8f, NO_HINT }, { 0x1d2c, 0x1d6a, NO_HINT },
	{ 0x1d78, 0x1dbf, NO_HINT },
	{ 0x1e00, 0x1e95, EVEN }, { 0x1e9a, 0x1e9f, NO_HINT },
	{ 0x1ea0, 0x1eff, EVEN }, { 0x1f00, 0x1f6f, BIT_3 },
	{ 0x1f70, 0x1fff, NO_HINT },
	/* more letters of these scripts, and other forms of them */
	{ 0x2071, 0x209c, NO_HINT },
	{ 0x2100, 0x218f, NO_HINT }, { 0x24b6, 0x24e9, NO_HINT },
	{ 0x2c60, 0x2c7f, NO_HINT }, { 0xa640, 0xa69f, NO_HINT },
	{ 0xa720, 0xa7ff, NO_HINT }, { 0xab30, 0xab6f, NO_HINT },
	{ 0xfb00, 0xfb06, NO_HINT }, { 0xff00, 0xffef, NO_HINT },
};

/* The small letter of c; 0: this table cannot tell, or c is malformed. */
static uint32_t
to_lower(int32_t c)
{
	size_t i = 0;

	if (c == -1)
		return (0);
	while (i < sizeof(capitals) / sizeof(capitals[0]) &&
	    c > capitals[i].last)
		i++;
	if (i == sizeof(capitals) / sizeof(capitals[0]) ||
	    c < capitals[i].first)
		return ((uint32_t)c);
	switch (capitals[i].rule) {
	case NO_HINT:
		return (0);
	case EVEN:
		return ((uint32_t)(c | 1));
	case ODD:
		return ((uint32_t)(c + c % 2));
	case BIT_3:
		return ((uint32_t)(c & ~8));
	default:
		return ((uint32_t)(c + capitals[i].rule));
	}
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
