/* resolve: the addresses of a host; getaddrinfo(3), but with a deadline. */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <sys/socket.h>

#include <stddef.h>

#include "check_connect.h"

#define ADDRESSES_MAX	64	/* of one host; more are not asked */

struct addresses {
	int			 error;		/* EAI_*, or 0 */
	size_t			 n;
	struct sockaddr_storage	 to[ADDRESSES_MAX];
};

/* The monotonic clock, in milliseconds. */
long long now_ms(void);

/*
 * Look up opt->host and opt->port, IPv6 first as CAs do.  Asks in a child,
 * which is ended at the deadline.  Returns 0 with *a set, or -1: no answer.
 */
int	resolve(const struct connect_options *opt, struct addresses *a,
	    long long deadline);

#endif
