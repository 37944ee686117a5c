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
 * text: put a line together in a buffer of fixed size.  Async-signal-safe,
 * which snprintf(3) is only on some systems; some systems have no strlcat(3).
 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

struct text {
	char	*buf;
	size_t	 size;		/* bytes of buf, 1 or more */
	size_t	 len;		/* bytes in use, without the NUL */
};

/* Append a string, or as much of it as fits; buf stays terminated. */
static inline void
text_add(struct text *t, const char *s)
{
	while (*s != '\0' && t->len + 1 < t->size)
		t->buf[t->len++] = *s++;
	t->buf[t->len] = '\0';
}

/* Append n in decimal; a negative n as 0. */
static inline void
text_add_number(struct text *t, long long n)
{
	char digits[24];
	size_t i = sizeof(digits) - 1;

	if (n < 0)
		n = 0;
	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	text_add(t, digits + i);
}

#endif
