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
 * status: tell the service manager, by sd_notify(3), what the server does and
 * that the server is alive.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stddef.h>

struct status {
	unsigned long	 served, refused;	/* connections */
	unsigned long	 failed;	/* connections with an error, or whose
					   process was stuck or crashed */
	int		 ready;		/* 1: READY=1 was sent */
	int		 changed;	/* 1: there is something to tell */
	long long	 last_told;	/* time of now_ms() */
	long long	 last_alive;	/* time of now_ms() */
	long long	 watchdog_ms;	/* 0: no watchdog */
};

/* Set s up, and tell the service manager that the server is ready. */
void	status_ready(struct status *s, long long now);

/*
 * Tell what is due at now: at most one state a second, and WATCHDOG=1.  If the
 * service manager has no room for READY=1 or WATCHDOG=1, the next call sends
 * the message again.  If there is no room for a state, a call after one second
 * sends a new state.
 */
void	status_tell(struct status *s, size_t running, size_t waiting,
	    long long now);

/* Milliseconds within which status_tell() must be called, or -1: no need. */
long long status_wait(const struct status *s);

#endif
