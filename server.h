/*
 * server: listening sockets of a busy host, one forked child for each
 * connection.  What a connection gets is in session.c, here as elsewhere.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stddef.h>

#include "session.h"

#define LISTENERS_MAX	16

/*
 * Serve the n listening sockets in fds, until SIGTERM, or until opt->idle
 * seconds have passed without a connection.  Connections under way are
 * finished first.  Returns the exit status.
 */
int	server_run(const struct options *opt, const int *fds, size_t n);

#endif
