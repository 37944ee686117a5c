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
#include <sys/types.h>

#include <string.h>
#include <tls.h>

#include "rehearsal.h"

#define ZEROS	0, 0, 0, 0, 0, 0, 0, 0

/* RFC 8446 4.1.2.  RFC 7748 4.1: 9 is the base point of X25519. */
static const unsigned char hello[] = {
	22, 3, 1, 0, 149,		/* record: handshake */
	1, 0, 0, 145,			/* ClientHello */
	3, 3, ZEROS, ZEROS, ZEROS, ZEROS,	/* version, random */
	0,				/* no session ID */
	0, 6, 19, 2, 19, 3, 19, 1,	/* AES-256, ChaCha20, AES-128 */
	1, 0,				/* no compression */
	0, 98,				/* extensions */
	0, 43, 0, 3, 2, 3, 4,		/* supported_versions: TLS 1.3 */
	0, 10, 0, 4, 0, 2, 0, 29,	/* supported_groups: X25519 */
	0, 51, 0, 38, 0, 36, 0, 29, 0, 32,	/* key_share: X25519 */
	    9, 0, 0, 0, 0, 0, 0, 0, ZEROS, ZEROS, ZEROS,
	0, 13, 0, 20, 0, 18,		/* signature_algorithms */
	    4, 3, 5, 3, 6, 3,		/* ECDSA */
	    8, 4, 8, 5, 8, 6,		/* RSA-PSS */
	    4, 1, 5, 1, 6, 1,		/* RSA, for certificates */
	0, 16, 0, 13, 0, 11,		/* ALPN */
	    10, 'a', 'c', 'm', 'e', '-', 't', 'l', 's', '/', '1',
};

/* tls_read_cb: the hello, and nothing after it.  arg: the bytes read so far. */
static ssize_t
read_hello(struct tls *tls, void *buf, size_t len, void *arg)
{
	size_t *done = arg;

	(void)tls;
	if (*done == sizeof(hello))
		return (TLS_WANT_POLLIN);
	if (len > sizeof(hello) - *done)
		len = sizeof(hello) - *done;
	memcpy(buf, hello + *done, len);
	*done += len;
	return ((ssize_t)len);
}

/* tls_write_cb: drop the answer. */
static ssize_t
discard(struct tls *tls, const void *buf, size_t len, void *arg)
{
	(void)tls;
	(void)buf;
	(void)arg;
	return ((ssize_t)len);
}

int
rehearsal_run(struct tls *server)
{
	struct tls *conn = NULL;
	size_t done = 0;
	int r = -1;

	if (tls_accept_cbs(server, &conn, read_hello, discard, &done) == 0)
		r = tls_handshake(conn);
	tls_free(conn);
	return (r == TLS_WANT_POLLIN && done == sizeof(hello) ? 0 : -1);
}
