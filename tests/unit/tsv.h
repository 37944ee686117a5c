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
/* tsv: the vector tables of tests/vectors, one case a line. */
#ifndef TSV_H
#define TSV_H

#include <stddef.h>
#include <stdint.h>

#define TSV_COLUMNS	8

struct tsv_row {
	char	*col[TSV_COLUMNS];	/* text, missing ones "" */
	uint8_t	*bytes;			/* column 1, from hex; exact size */
	size_t	 len;
};

/*
 * Read a table, its first line (the column names) left out.  Ends the
 * program with a message where it cannot: a test without its table fails.
 */
struct tsv_row *tsv_read(const char *dir, const char *file, size_t *rows);

/* %xx escapes to bytes, in place; returns the length. */
size_t	tsv_unescape(char *s);

#endif
