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
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "status.h"
#include "systemd.h"

#define STATUS_MS	1000

void
status_ready(struct status *s, long long now)
{
	memset(s, 0, sizeof(*s));
	s->last_told = s->last_alive = now;
	s->watchdog_ms = (long long)(systemd_watchdog() / 1000);
	s->ready = systemd_notify("READY=1") == 0;
}

void
status_tell(struct status *s, size_t running, size_t waiting, long long now)
{
	char state[256];

	if (!s->ready)
		s->ready = systemd_notify("READY=1") == 0;
	if (s->watchdog_ms > 0 && now - s->last_alive >= s->watchdog_ms / 2 &&
	    systemd_notify("WATCHDOG=1") == 0)
		s->last_alive = now;
	if (!s->changed || now - s->last_told < STATUS_MS)
		return;
	snprintf(state, sizeof(state), "STATUS=%lu served, %lu refused, "
	    "%lu failed, %zu running, %zu waiting, %lu log lines dropped",
	    s->served, s->refused, s->failed, running, waiting, log_dropped());
	s->last_told = now;
	s->changed = systemd_notify(state) == -1;
}

long long
status_wait(const struct status *s)
{
	long long ms = s->changed || !s->ready ? STATUS_MS : -1;

	if (s->watchdog_ms > 0 && (ms == -1 || ms > s->watchdog_ms / 4))
		ms = s->watchdog_ms / 4;
	return (ms);
}
