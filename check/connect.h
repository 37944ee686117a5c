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
 * connect: connect to a server as a CA does for tls-alpn-01 (RFC 8737), and say
 * what the CA would report.
 */
#ifndef CONNECT_H
#define CONNECT_H

#include "identifier.h"
#include "output.h"
#include "probe.h"

#define CONNECT_AT_ONCE_MAX	64

struct connect_options {
	char			*host;		/* name or address */
	const char		*port;		/* decimal */
	int			 family;	/* AF_UNSPEC: both */
	enum proxy_header	 proxy;		/* header to send first */
	int			 at_once;	/* connections, 1 or more */
	int			 seconds;	/* 1 to 60, to check one name */
	const char		*directory;	/* to compare with, or NULL */
};

/*
 * Validate id at every address of the host, IPv6 first, opt->at_once times at
 * the same moment, and print a row for each address.  Returns 1 if a row has an
 * error, else 0.
 */
int	connect_check(const struct connect_options *opt,
	    const struct identifier *id, const struct output *out);

#endif
