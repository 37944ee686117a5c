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
/* report: what a child of busy mode tells the server, through a pipe. */
#ifndef REPORT_H
#define REPORT_H

#include <stdint.h>

#include "name.h"

enum report_what {
	REPORT_INCOMPLETE,	/* all input is read: no whole ClientHello */
	REPORT_HELLO,		/* after REPORT_INCOMPLETE: the rest came */
	REPORT_PAIR,		/* the pair that answers is loaded */
	REPORT_SERVED,		/* done: served, and logged */
	REPORT_FAILED,		/* done: an error, and logged */
	REPORT_CLOSED,		/* done: nothing came, or a LOCAL header */
	REPORT_REFUSED		/* done: refused, and logged */
};

struct report {
	uint64_t		token;	/* random; names the child */
	enum report_what	what;
	/* REPORT_PAIR: 1 if the files of the cached pair have changed */
	int			stale;
	/* REPORT_PAIR of a client of TLS 1.3: name of the pair; else "" */
	char			name[NAME_SIZE];
};

/*
 * Write a report to fd, a non-blocking pipe.  A report is less than PIPE_BUF
 * bytes, so the pipe takes the whole report or nothing; a full pipe is no
 * error.
 */
void	report_send(int fd, const struct report *r);

/*
 * Read the next report from fd, a non-blocking pipe.  The child may be
 * compromised: report_read() checks every member but the token.  r->name is
 * canonical or "".  Returns 1 with *r set, or 0: no report is there.
 */
int	report_read(int fd, struct report *r);

#endif
