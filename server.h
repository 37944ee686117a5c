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
 * server: busy mode.  Accept connections.  Fork a child for a client that has
 * sent something, when a slot is free.  The child runs session.c, as does an
 * alpnd that serves one connection only.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stddef.h>

#include "alpnd.h"

#define LISTENERS_MAX	16

/*
 * Serve the n listening sockets in fds, until SIGTERM or SIGINT, or until
 * opt->idle seconds have passed without a connection.  Then finish the
 * connections that are there, and return 0; or return 1 at once: the server
 * cannot go on.
 */
int	server_run(const struct options *opt, const int *fds, size_t n);

#endif
