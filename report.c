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
#include <string.h>
#include <unistd.h>

#include "report.h"

void
report_send(int fd, const struct report *r)
{
	/* The server does without a report that does not fit. */
	if (write(fd, r, sizeof(*r)) == -1)
		return;
}

int
report_read(int fd, struct report *r)
{
	struct report raw;

	memset(r, 0, sizeof(*r));
	if (read(fd, &raw, sizeof(raw)) != (ssize_t)sizeof(raw))
		return (0);
	r->token = raw.token;
	r->what = raw.what < REPORT_REFUSED ? raw.what : REPORT_REFUSED;
	r->stale = raw.stale != 0;
	name_canonical((const uint8_t *)raw.name,
	    strnlen(raw.name, sizeof(raw.name)), r->name);
	explicit_bzero(&raw, sizeof(raw));	/* the token */
	return (1);
}
