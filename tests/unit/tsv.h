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
