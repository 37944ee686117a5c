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

/* ctype(3) depends on the locale, a host name does not. */
static int
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

static int
is_name_char(char c)
{
	return ((c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_');
}

/* Length of the label at s, or 0 if it is malformed.  *digits: all digits. */
static size_t
label_length(const char *s, int *digits)
{
	size_t n;

	*digits = 1;
	for (n = 0; is_name_char(s[n]); n++)
		if (!is_digit(s[n]))
			*digits = 0;
	if (n == 0 || n > LABEL_MAX_LEN || s[0] == '-' || s[n - 1] == '-')
		return (0);
	return (n);
}

int
name_canonical(const uint8_t *in, size_t len, char out[NAME_SIZE])
{
	const char *s = out;
	size_t n;
	int digits;

	out[0] = '\0';
	if (len > 0 && in[len - 1] == '.')
		len--;
	if (len < 1 || len > NAME_MAX_LEN)
		return (-1);
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(in[i] >= 'A' && in[i] <= 'Z' ?
		    in[i] + ('a' - 'A') : in[i]);
	out[len] = '\0';

	for (;;) {
		if ((n = label_length(s, &digits)) == 0)
			break;
		s += n;
		if (s == out + len && !digits)
			return (0);
		if (*s++ != '.')
			break;
	}
	out[0] = '\0';
	return (-1);
}
