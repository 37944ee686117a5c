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
/* resolve: the addresses of a host; getaddrinfo(3), but with a deadline. */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <sys/socket.h>

#include <stddef.h>

#include "addr.h"

#define ADDRESSES_MAX	64	/* of one host; more are not asked */

struct addresses {
	int			 error;		/* EAI_*, or 0 */
	size_t			 n;
	struct sockaddr_storage	 to[ADDRESSES_MAX];
};

/*
 * Look up a host and a decimal port, IPv6 first as CAs do; family AF_UNSPEC:
 * both.  A child asks the resolver, and is killed at the deadline, a time of
 * now_ms().  Returns 0 with *a set, or -1: no answer.
 */
int	resolve(const char *host, const char *port, int family,
	    long long deadline, struct addresses *a);

/* Is it an address of this machine?  All of 127.0.0.0/8 is. */
int	resolve_is_here(const struct addr *to);

/* Is the name in /etc/hosts, which a CA does not use? */
int	resolve_is_in_hosts(const char *host);

#endif
