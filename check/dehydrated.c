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

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "dehydrated.h"

#define DIGITS_MAX	(18 * 4)	/* "::" has three empty fields */

/* What its awk makes of the text: hexadecimal digits, too many of them. */
static size_t
expand(const char *text, char digits[DIGITS_MAX + 1])
{
	int fields = 1;
	size_t n = 0, len;

	for (const char *s = text; *s != '\0'; s++)
		fields += *s == ':';
	for (const char *s = text;; s++) {
		len = strcspn(s, ":");
		if (len > 4)
			return (0);
		for (int i = len == 0 ? 9 - fields : 1; i > 0; i--) {
			if (n + 4 > DIGITS_MAX)
				return (0);
			memcpy(digits + n, "0000", 4);
			n += 4;
		}
		memcpy(digits + n - len, s, len);
		s += len;
		if (*s == '\0')
			return (n);
	}
}

int
dehydrated_name(const struct addr *a, char name[DEHYDRATED_NAME_SIZE])
{
	char digits[DIGITS_MAX + 1], text[INET6_ADDRSTRLEN];
	size_t n, len;

	name[0] = '\0';
	if (a->family != AF_INET6 ||
	    inet_ntop(AF_INET6, a->ip, text, sizeof(text)) == NULL)
		return (-1);
	len = strlen(text);
	if (strncmp(text, "::", 2) != 0 && strcmp(text + len - 2, "::") != 0)
		return (-1);
	if ((n = expand(text, digits)) == 0 || n == 32)
		return (-1);
	while (n-- > 0) {
		*name++ = digits[n];
		*name++ = '.';
	}
	snprintf(name, sizeof("ip6.arpa"), "ip6.arpa");
	return (0);
}

/* 16 bytes of hexadecimal digits, the last one first and each with a dot. */
static void
take_groups(const char *name, int first, int groups, uint8_t *ip)
{
	unsigned int hi, lo;

	for (int i = 0; i < 2 * groups; i++) {
		if (sscanf(name + 4 * (2 * first + i), "%1x.%1x.", &lo,
		    &hi) != 2)
			return;
		ip[2 * groups - 1 - i] = (uint8_t)(hi << 4 | lo);
	}
}

int
dehydrated_address(const char *name, struct addr *a)
{
	char again[DEHYDRATED_NAME_SIZE];
	const int groups = (int)strlen(name) / 8 - 1;
	const int given = groups == 18 ? 0 : 14 - groups;

	if (strlen(name) % 8 != 0 || given < 0 || given > 6)
		return (-1);
	/* after "::", or before it: try both, which of them gives name again? */
	for (int begins = 0; begins < 2; begins++) {
		memset(a, 0, sizeof(*a));
		a->family = AF_INET6;
		if (begins)
			take_groups(name, 0, given, a->ip + 16 - 2 * given);
		else
			take_groups(name, groups - given, given, a->ip);
		if (dehydrated_name(a, again) == 0 && strcmp(name, again) == 0)
			return (0);
	}
	memset(a, 0, sizeof(*a));
	return (-1);
}
