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
 * systemd: sockets and notifications, by the protocols that the manuals of
 * systemd describe, and the journal, through libsystemd.  dlopen(3) loads
 * libsystemd: if it were linked, each start would take about a millisecond
 * more, for libsystemd and the libraries that libsystemd needs.
 */
#ifndef SYSTEMD_H
#define SYSTEMD_H

#include <stddef.h>

struct journal_field {
	const char	*key;
	const char	*value;		/* NULL or "": the field is left out */
};

#define JOURNAL_FIELDS_MAX	16
#define LISTEN_FDS_START	3	/* sd_listen_fds(3) */

/*
 * Forget NOTIFY_SOCKET if it is that of another process, such as an inetd which
 * systemd has started: SYSTEMD_EXEC_PID of systemd.exec(5) names the process.
 */
void	systemd_forget_parent(void);

/* Was alpnd built with libsystemd?  1 or 0. */
int	systemd_supported(void);

/* Load libsystemd now.  Returns 0, or -1 if it cannot be loaded. */
int	systemd_load(void);

/* Is libsystemd loaded?  1 or 0. */
int	systemd_loaded(void);

/*
 * How many sockets systemd has passed to this process, from LISTEN_FDS_START
 * on; 0 if none.  Call it once: the variables are removed from the environment,
 * as by sd_listen_fds(3).
 */
int	systemd_listen_fds(void);

/*
 * Send READY=1 and so on to the service manager, if there is one; sd_notify(3).
 * Never blocks.  Returns 0, or -1: there was no room; try again later.
 */
int	systemd_notify(const char *state);

/*
 * Microseconds within which the service manager wants to hear WATCHDOG=1, or
 * 0.  sd_watchdog_enabled(3).
 */
unsigned long long systemd_watchdog(void);

/*
 * Send one entry of up to JOURNAL_FIELDS_MAX fields to the journal.  Returns
 * 0, or -1 if it could not be sent: no libsystemd, out of memory.  libsystemd
 * also returns 0 if the journal has no socket.
 */
int	systemd_journal(const struct journal_field *fields, size_t n);

#endif
