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

#include <stdio.h>
#include <string.h>

#include "dehydrated.h"

#define ZEROS_10	"0.0.0.0.0.0.0.0.0.0."
#define RIGHT_LEN	72	/* 32 digits and dots, and "ip6.arpa" */

int
dehydrated_name(const struct identifier *id, char name[DEHYDRATED_NAME_SIZE])
{
	static const char zeros[] = ZEROS_10 ZEROS_10 ZEROS_10 ZEROS_10;
	char text[NAME_SIZE];
	int colons = 0, begins, extra;

	identifier_text(id, text);
	begins = strncmp(text, "::", 2) == 0;
	if (id->ip.family != AF_INET6 || strchr(text, '.') != NULL ||
	    (!begins && strcmp(text + strlen(text) - 2, "::") != 0))
		return (-1);
	for (const char *s = text; *s != '\0'; s++)
		colons += *s == ':';
	/*
	 * Let the text have n fields, two of them empty, so n - 1 colons.  The
	 * other n - 2 fields are groups: 8 - (n - 2) = 10 - n groups are
	 * missing.  dehydrated writes 9 - n groups for each empty field:
	 * 2 * (9 - n) - (10 - n) = 8 - n, or 7 - colons, too many.  "::" has
	 * three empty fields: 18 groups instead of 8.  extra counts digits, 4
	 * in a group.
	 */
	extra = strcmp(text, "::") == 0 ? 40 : 4 * (7 - colons);
	snprintf(name, DEHYDRATED_NAME_SIZE, "%.*s%.64s%.*sip6.arpa",
	    begins ? 0 : 2 * extra, zeros, id->name,
	    begins ? 2 * extra : 0, zeros);
	return (extra == 0 ? -1 : 0);
}

int
dehydrated_right(const char *name, struct identifier *id)
{
	char first[RIGHT_LEN + 1], again[DEHYDRATED_NAME_SIZE];
	const size_t len = strlen(name);

	if (len <= RIGHT_LEN)
		return (-1);
	snprintf(first, sizeof(first), "%.64sip6.arpa", name);
	for (int i = 0; i < 2; i++)
		if (identifier_parse(i == 0 ? first :
		    name + len - RIGHT_LEN, id) == 0 &&
		    dehydrated_name(id, again) == 0 &&
		    strcmp(name, again) == 0)
			return (0);
	return (-1);
}
