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
/* session: one connection from its first byte to its log line. */
#ifndef SESSION_H
#define SESSION_H

#include <stdint.h>

#include "alpnd.h"
#include "cache.h"

/* What a child gets from the server of busy mode. */
struct child {
	int			 report;	/* pipe to the server */
	uint64_t		 token;		/* names the child in reports */
	const struct cache	*cache;
	long long		 start;		/* now_ms() at accept(2) */
	struct addr		 peer;		/* of accept(2) */
};

/*
 * Serve the connection, and log the result.  Read from rfd and write to wfd,
 * which may be one descriptor.  child is NULL in one-shot mode.  Returns the
 * exit status: 1 if the operator has to act, else 0, also after a fault of the
 * client.
 */
int	session_run(const struct options *opt, const struct child *child,
	    int rfd, int wfd);

#endif
