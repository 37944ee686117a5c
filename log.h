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
/* log: one line for each connection, to the journal, stderr or syslog. */
#ifndef LOG_H
#define LOG_H

#include "event.h"

/*
 * Find out where messages go: to the journal if stderr is its stream
 * (JOURNAL_STREAM, systemd.exec(5)); to stderr if stderr is open and is not the
 * connection, which inetd puts there; else to the journal if one runs and alpnd
 * was built with libsystemd; else to syslog.  Call log_open() before anything
 * opens a file.
 */
void	log_open(void);

/* Will log_event have to load libsystemd?  1 or 0, after log_open. */
int	log_needs_libraries(void);

/* Write the line of one connection at its level. */
void	log_event(const struct event *e);

/*
 * If log_event() has written to the journal, wait before the process ends:
 * journald looks up the unit, and its LogLevelMax=, by the pid of the process.
 */
void	log_linger(void);

/*
 * In a server: from now on, write lines without blocking.  A line that would
 * block is dropped and counted.
 */
void	log_server(void);

/* In a child of the server: from now on, writing a line may block again. */
void	log_child(void);

/* How many lines have been dropped since log_server(). */
unsigned long log_dropped(void);

/*
 * Write one line at a level of syslog(3) without waiting, as far as poll(2) can
 * tell.  Async-signal-safe.  Returns 0, or -1: the line is lost, because the
 * log is full, or because log_open() has not yet found the log.
 */
int	log_try(int level, const char *line);

/* Write "alpnd: " and a message for the operator, at level err. */
void	log_message(const char *fmt, ...)
	    __attribute__((__format__(__printf__, 1, 2)));

#endif
