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
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsv.h"

static unsigned int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c == '\0' ? NULL : strchr(digits, c | 0x20);

	if (p == NULL)
		errx(1, "bad hex digit '%c'", c);
	return ((unsigned int)(p - digits));
}

static void
parse_row(char *line, struct tsv_row *row)
{
	static char none[] = "";
	size_t n;

	for (n = 0; n < TSV_COLUMNS; n++) {
		row->col[n] = line == NULL ? none : line;
		if (line != NULL && (line = strchr(line, '\t')) != NULL)
			*line++ = '\0';
	}
	n = strlen(row->col[1]);
	row->len = n / 2;
	/* exactly so long: a sanitizer sees the first byte read beyond it */
	if ((row->bytes = malloc(row->len > 0 ? row->len : 1)) == NULL)
		err(1, NULL);
	for (size_t i = 0; i < row->len; i++)
		row->bytes[i] = (uint8_t)(hex_digit(row->col[1][2 * i]) << 4 |
		    hex_digit(row->col[1][2 * i + 1]));
}

struct tsv_row *
tsv_read(const char *dir, const char *file, size_t *rows)
{
	struct tsv_row *table = NULL;
	char path[4096], *line = NULL;
	size_t cap = 0;
	ssize_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, file);
	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	*rows = 0;
	while ((n = getline(&line, &cap, f)) != -1) {
		if (line[0] == '#')
			continue;
		if (n > 0 && line[n - 1] == '\n')
			line[n - 1] = '\0';
		table = realloc(table, (*rows + 1) * sizeof(*table));
		if (table == NULL)
			err(1, NULL);
		parse_row(line, &table[*rows]);
		line = NULL;		/* the row keeps it */
		cap = 0;
		(*rows)++;
	}
	free(line);
	(void)fclose(f);
	if (*rows == 0)
		errx(1, "%s: no rows", path);
	return (table);
}

size_t
tsv_unescape(char *s)
{
	char *out = s;

	for (const char *p = s; *p != '\0'; p++) {
		if (*p == '%') {
			*out++ = (char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
			p += 2;
		} else
			*out++ = *p;
	}
	*out = '\0';
	return ((size_t)(out - s));
}
