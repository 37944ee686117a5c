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
 * deadline: the hard end of a process that serves one connection.  poll(2)
 * in stream.c ends a session that waits for its client.  deadline.c ends a
 * process that waits for anything else: a library, a file system, a log that
 * nobody reads.
 */
#ifndef DEADLINE_H
#define DEADLINE_H

#include "event.h"

/*
 * Arm the hard end of a session that began at start, a time of now_ms().  Its
 * deadline is start plus seconds.  Returns 0, or -1 with errno: no timer could
 * be made, and the process has no hard end.  Two signals follow:
 *
 *   1 s after the deadline, SIGALRM.  Its handler logs one line without
 *   blocking (result error, the step, and the name, client and peer if known)
 *   and calls _exit(1).
 *
 *   2 s after the deadline, SIGKILL, sent by a timer of its own.  Only a fatal
 *   signal ends a wait for a file system that does not answer, and no library
 *   can catch or block SIGKILL.
 *
 * A child of fork(2) inherits no timers: it calls deadline_arm() itself.  Where
 * timer_create(2) does not exist, setitimer(2) sends SIGALRM twice, and the
 * second one is fatal; see SECURITY.md.
 */
int	deadline_arm(int seconds, long long start);

/* Take the timers back: the process is a server, and has no deadline. */
void	deadline_disarm(void);

/*
 * Note what the session does from here on.  step is a string constant: it
 * follows "stuck while " in the line of the hard end.  The line has the name,
 * the client and the peer of e, as far as they are known; if e is NULL, those
 * of the last call.
 */
void	deadline_step(const char *step, const struct event *e);

/*
 * The connection is closed and e is its result.  The rest of the work, mostly
 * the log line, has one second from now: then comes SIGALRM, and half a second
 * later SIGKILL.  If the SIGKILL of deadline_arm() is due earlier, SIGKILL
 * keeps that time, and SIGALRM comes half a second before it.
 */
void	deadline_closed(const struct event *e);

#endif
