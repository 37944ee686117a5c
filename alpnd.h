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
/* alpnd: what all parts of alpnd and alpnd-check agree on. */
#ifndef ALPND_H
#define ALPND_H

#include <stddef.h>

#include "proxy.h"

/* The Makefile sets these two. */
#ifndef CERTDIR
#define CERTDIR		"/etc/dehydrated/alpn-certs"
#endif
#ifndef ALPND_VERSION
#define ALPND_VERSION	"unknown"
#endif

#define ACME_TLS_1	"acme-tls/1"	/* RFC 8737 section 6.2 */
#define DEADLINE	10	/* seconds; as long as a CA waits */
#define DEADLINE_MAX	60	/* seconds */

/* The flags of alpnd(8). */
struct options {
	const char	*directory;	/* of the pairs */
	const char	*fallback;	/* canonical name, or NULL */
	enum proxy_mode	 proxy;
	int		 seconds;	/* deadline, 1 to DEADLINE_MAX */
	int		 verbose;
	size_t		 children;	/* busy mode: slots, 1 or more */
	int		 idle;		/* busy mode: seconds; 0: no limit */
};

#endif
