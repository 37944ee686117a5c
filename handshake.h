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
 * handshake: one TLS handshake, by the public interface of libtls only.  libtls
 * reads again what intake has read, then the rest of the connection.
 */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include "certdir.h"
#include "stream.h"

struct tls;
struct tls_config;

enum handshake_result {
	HANDSHAKE_OK,		/* complete; acme-tls/1 was negotiated */
	HANDSHAKE_REJECTED,	/* by the client, or by libtls */
	HANDSHAKE_HUNG_UP,
	HANDSHAKE_TIMEOUT,
	HANDSHAKE_ERROR		/* libtls could not begin */
};

/* The highest version that the client offers. */
enum tls_offer { OFFERS_TLS12, OFFERS_TLS13 };

enum prepared {
	PREPARED_OK,
	PREPARED_BAD_CURVE,	/* libtls takes the pair, but no client does */
	PREPARED_BAD_PAIR,	/* libtls does not take the pair */
	PREPARED_ERROR		/* libtls fails: out of memory */
};

struct handshake {
	struct tls_config	*config;
	struct tls		*server, *conn;
	struct stream		*stream;
	enum io			 ended;		/* how the connection ended, or
						   IO_OK: it has not */
	int			 probing;	/* 1: callbacks neither read
						   nor write */
	int			 borrowed;	/* 1: config, server not ours */
	char			 version[16];	/* "TLSv1.3" */
	char			 cipher[64];
};

/*
 * Make libtls and libcrypto fill their tables, so that the children of a server
 * inherit the tables.
 */
void	handshake_warm_up(void);

/*
 * Prepare libtls to serve a pair to a client with this offer.  After
 * PREPARED_BAD_PAIR and PREPARED_ERROR, why says what is wrong, usually in the
 * words of libtls.  Free h with handshake_free() in any case.
 */
enum prepared handshake_prepare(struct handshake *h, const struct pair *p,
	    enum tls_offer offer, char why[WHY_SIZE]);

/*
 * Set h up for one handshake with the configuration of *other.  A child calls
 * this for a handshake that its server has prepared.  *other must outlive h.
 */
void	handshake_borrow(struct handshake *h, const struct handshake *other);

/*
 * Perform the handshake on stream, whose buffer is replayed from stream->off,
 * then send close_notify (RFC 8446 6.1).  sni: the canonical name asked for, or
 * NULL.  HANDSHAKE_OK sets version and cipher; otherwise why has the reason, in
 * the words of libtls or of alpnd, not escaped.
 */
enum handshake_result handshake_run(struct handshake *h, struct stream *stream,
	    const char *sni, char why[WHY_SIZE]);

/*
 * After tls_handshake(3) has returned 0: is the handshake on conn complete?  A
 * close_notify during the handshake gives 0, too.  handshake_completed() calls
 * tls_handshake(3) again, which fails with "handshake already completed" only
 * after a complete handshake.  If the handshake is not complete, the call may
 * read and write, unless the callbacks of conn return TLS_WANT_POLLIN and
 * TLS_WANT_POLLOUT.
 */
int	handshake_completed(struct tls *conn);

/* Free what h owns; libtls wipes the keys. */
void	handshake_free(struct handshake *h);

#endif
