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
 * output: how findings are shown: a row of text, or a line of JSON (RFC 8259).
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

#include "addr.h"
#include "cert.h"
#include "finding.h"

#define OUTPUT_NAME_SIZE	512	/* bytes */
#define OUTPUT_TEXT_SIZE	2048	/* bytes of one sentence */
#define OUTPUT_ABOUT_SIZE	128
#define OUTPUT_SETS_MAX		2

struct output {
	FILE	*f;
	int	 json;		/* one object a line */
	int	 colour;	/* ANSI; for a terminal only */
};

struct row {
	char	 name[OUTPUT_NAME_SIZE];	/* or a path */
	char	 address[ADDR_STRLEN];	/* "192.0.2.1"; "": none */
	int	 port;			/* 0: none */
	char	 tls[16];		/* "TLSv1.3"; "": unknown */
	long long ms;			/* of the slowest connection */
	char	 digest[ACME_HEX_SIZE];	/* "": unknown */
	long long age;			/* seconds, of a pair; -1: none */
	int	 connections;	/* at the same time; 0: it has none */
	char	 good[OUTPUT_TEXT_SIZE];	/* shown if the row has no error
						   and no warning */
	char	 about[OUTPUT_ABOUT_SIZE];	/* shown otherwise, or if good
						   is "" */
	const char *doubt;	/* in place of a remedy that changes files;
				   NULL: none */
	const struct findings *sets[OUTPUT_SETS_MAX];	/* NULL: no more */
	const struct row *all;	/* rows of all addresses, this among them */
	int	 n_all;		/* 0: all is NULL */
};

/* Set *r to a row of a name or path, and a set; all else is unknown. */
void	output_begin(struct row *r, const char *name,
	    const struct findings *set);

/*
 * Print a row: first errors, then warnings, then notes.  A row that has only
 * notes begins with "ok", too.  As text, a finding that several rows of r->all
 * have is printed in the first of them, with the addresses of the others.
 * No control character or byte over 0x7e of a file name, a certificate or a
 * peer reaches the terminal raw: they are shown as \xHH (JSON: \u00HH).  A
 * remedy with such a byte in a "%q", or that does not fit, is left out.
 * Returns the worst severity of the row; SEVERITY_OK if it has only notes.
 * output_end() tells whether a write failed.
 */
enum severity output_row(const struct output *o, const struct row *r);

/* A row of one set. */
enum severity output_set(const struct output *o, const char *name,
	    const struct findings *set);

/* Write out what is buffered.  Returns 0, or -1: o->f has an error. */
int	output_end(const struct output *o);

/*
 * Put the words of id with its details into buf of size bytes: see struct
 * finding_words.  Returns 0, or -1: cut, or a byte in "%q" is not printable.
 */
int	output_expand(const struct findings *f, enum finding id,
	    const char *words, char *buf, size_t size);

#endif
