/*
 * row: what alpnd-check has found out about one pair, or one address, and how
 * it is shown: one row of text, or one line of JSON (RFC 8259).
 */
#ifndef ROW_H
#define ROW_H

#include <stdio.h>

#define ROW_FINDINGS_MAX	8
#define ROW_SUBJECT_SIZE	512
#define ROW_TEXT_SIZE		1024

enum severity { SEVERITY_OK, SEVERITY_WARNING, SEVERITY_ERROR };

struct finding {
	enum severity	 severity;
	const char	*code;		/* "key-mismatch": a word, our own */
	char		 what[ROW_TEXT_SIZE];	/* is wrong, the file in it */
	char		 remedy[ROW_TEXT_SIZE];	/* what to do, or "" */
};

struct row {
	char		 subject[ROW_SUBJECT_SIZE];	/* name, or name and
							   address */
	enum severity	 worst;
	size_t		 n;
	struct finding	 findings[ROW_FINDINGS_MAX];
	char		 good[ROW_TEXT_SIZE];	/* where nothing is wrong */
};

struct row_style {
	int	json;	/* one object a line */
	int	colour;	/* ANSI; for a terminal only */
};

/* Begin a row with no findings.  subject may hold any bytes. */
void	row_begin(struct row *r, const char *subject);

/* What is said if there is no finding, printf(3)-like: "TLSv1.3, 4 ms". */
void	row_good(struct row *r, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 2, 3)));

/*
 * Add a finding, errors before warnings in the order in which they come; what
 * and remedy are cut to their size, remedy may be NULL.  Where there is no
 * room any more, a warning gives way to an error and is otherwise dropped.
 */
void	row_add(struct row *r, enum severity severity, const char *code,
	    const char *remedy, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 5, 6)));

/* The finding of that code, or NULL. */
const struct finding *row_find(const struct row *r, const char *code);

/*
 * A remedy that is a command, printf(3)-like; empty if it does not fit, or has
 * a byte that is not shown as it is: a wrong command is worse than none.
 */
void	row_remedy(char buf[ROW_TEXT_SIZE], const char *fmt, ...)
	    __attribute__((__format__(__printf__, 2, 3)));

/* Quote a file name for sh(1) if need be; '' if too long.  Returns buf. */
const char *row_quote(const char *s, char buf[ROW_TEXT_SIZE]);

/*
 * Print it.  No control character or byte over 0x7e of a file name, a
 * certificate or a peer reaches the terminal raw: they are shown as \xHH
 * (JSON: \u00HH).  Returns 0, or -1 if f has an error.
 */
int	row_print(const struct row *r, const struct row_style *style, FILE *f);

#endif
