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

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <tls.h>

#include "alpnd.h"
#include "curve.h"
#include "handshake.h"

/*
 * For TLS 1.2: forward secrecy and AEAD only.  libtls's default also allows
 * RSA key exchange and CBC.  TLS 1.3 has only AEAD suites.
 */
#define CIPHERS		"ECDHE+AESGCM:ECDHE+CHACHA20"

/* tls_read_cb.  stream_read() begins with the ClientHello. */
static ssize_t
read_cb(struct tls *tls, void *buf, size_t len, void *arg)
{
	struct handshake *h = arg;
	size_t got;
	enum io r;

	(void)tls;
	if (h->probing)
		return (TLS_WANT_POLLIN);
	r = stream_read(h->stream, buf, len, &got);
	if (r == IO_AGAIN)
		return (TLS_WANT_POLLIN);
	if (r != IO_OK)
		h->ended = r;
	return (r == IO_RESET ? -1 : (ssize_t)got);
}

/* tls_write_cb.  libtls reads errno: return it as write(2) has set it. */
static ssize_t
write_cb(struct tls *tls, const void *buf, size_t len, void *arg)
{
	struct handshake *h = arg;
	size_t put;
	enum io r;

	(void)tls;
	if (h->probing)
		return (TLS_WANT_POLLOUT);
	r = stream_write(h->stream, buf, len, &put);
	if (r == IO_AGAIN)
		return (TLS_WANT_POLLOUT);
	if (r != IO_OK)
		h->ended = r;
	return (r == IO_RESET ? -1 : (ssize_t)put);
}

static void
copy_text(char why[WHY_SIZE], const char *text)
{
	snprintf(why, WHY_SIZE, "%s", text != NULL ? text :
	    "libtls gives no reason");
}

/*
 * Configure everything but the pair.  Set the ciphers only for a client of TLS
 * 1.2: TLS 1.3 does not use them, and libtls takes time to check the list.
 * Keep TLS 1.3 enabled for a client of TLS 1.2: without it, the ServerHello has
 * no downgrade sentinel (RFC 8446 4.1.3).
 */
static int
configure(struct handshake *h, enum tls_offer offer, char why[WHY_SIZE])
{
	const uint32_t protocols = offer == OFFERS_TLS13 ?
	    TLS_PROTOCOL_TLSv1_3 : TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3;

	memset(h, 0, sizeof(*h));
	if (tls_init() == -1 || (h->config = tls_config_new()) == NULL ||
	    (h->server = tls_server()) == NULL) {
		copy_text(why, "libtls cannot initialise; out of memory?");
		return (-1);
	}
	if (tls_config_set_protocols(h->config, protocols) == -1 ||
	    (offer == OFFERS_TLS12 &&
	    tls_config_set_ciphers(h->config, CIPHERS) == -1) ||
	    tls_config_set_alpn(h->config, ACME_TLS_1) == -1) {
		copy_text(why, tls_config_error(h->config));
		return (-1);
	}
	return (0);
}

void
handshake_warm_up(void)
{
	struct handshake h;
	char why[WHY_SIZE];

	/* tls_configure(3) fills the tables, then fails: there is no pair. */
	if (configure(&h, OFFERS_TLS13, why) == 0)
		tls_configure(h.server, h.config);
	handshake_free(&h);
}

enum prepared
handshake_prepare(struct handshake *h, const struct pair *p,
    enum tls_offer offer, char why[WHY_SIZE])
{
	if (configure(h, offer, why) == -1)
		return (PREPARED_ERROR);
	if (!curve_is_usable(p->cert, p->cert_len))
		return (PREPARED_BAD_CURVE);
	if (tls_config_set_keypair_mem(h->config, p->cert, p->cert_len,
	    p->key, p->key_len) == -1) {
		copy_text(why, tls_config_error(h->config));
		return (PREPARED_BAD_PAIR);
	}
	if (tls_configure(h->server, h->config) == -1) {
		copy_text(why, tls_error(h->server));
		return (PREPARED_BAD_PAIR);
	}
	/* libssl has the key now: drop the copy before the client is served. */
	tls_config_clear_keys(h->config);
	return (PREPARED_OK);
}

void
handshake_borrow(struct handshake *h, const struct handshake *other)
{
	memset(h, 0, sizeof(*h));
	h->config = other->config;
	h->server = other->server;
	h->borrowed = 1;
}

/* Call step until libtls need not wait.  Returns 0, or -1: step has failed. */
static int
run_to_end(struct handshake *h, int (*step)(struct tls *))
{
	enum io io;
	int r;

	for (;;) {
		r = step(h->conn);
		if (r != TLS_WANT_POLLIN && r != TLS_WANT_POLLOUT)
			return (r);
		io = stream_wait(h->stream, r == TLS_WANT_POLLIN ? POLLIN :
		    POLLOUT);
		if (io != IO_OK) {
			h->ended = io;
			return (-1);
		}
	}
}

int
handshake_completed(struct tls *conn)
{
	const char *text;
	int r;

	r = tls_handshake(conn);
	text = tls_error(conn);
	return (r == -1 && text != NULL &&
	    strcmp(text, "handshake already completed") == 0);
}

static int
probe_completed(struct handshake *h)
{
	int r;

	h->probing = 1;
	r = handshake_completed(h->conn);
	h->probing = 0;
	return (r);
}

/* Does seen, a name as the client sent it, have this canonical form? */
static int
same_name(const char *seen, const char *canonical)
{
	size_t len = strlen(canonical);

	return (seen != NULL && strncasecmp(seen, canonical, len) == 0 &&
	    (seen[len] == '\0' || strcmp(seen + len, ".") == 0));
}

/*
 * libtls has a parser of its own, and completes a handshake without ALPN, too.
 * Check that libtls has negotiated what intake.c has decided.  Only libtls has
 * seen the second ClientHello after a HelloRetryRequest (RFC 8446 4.1.4).
 */
static enum handshake_result
check_agreed(struct handshake *h, const char *sni, char why[WHY_SIZE])
{
	const char *alpn = tls_conn_alpn_selected(h->conn);

	if (alpn == NULL || strcmp(alpn, ACME_TLS_1) != 0) {
		copy_text(why, "libtls did not select acme-tls/1");
		return (HANDSHAKE_REJECTED);
	}
	if (sni != NULL && !same_name(tls_conn_servername(h->conn), sni)) {
		copy_text(why, "libtls saw another server name");
		return (HANDSHAKE_REJECTED);
	}
	snprintf(h->version, sizeof(h->version), "%s",
	    tls_conn_version(h->conn));
	snprintf(h->cipher, sizeof(h->cipher), "%s",
	    tls_conn_cipher(h->conn));
	return (HANDSHAKE_OK);
}

enum handshake_result
handshake_run(struct handshake *h, struct stream *stream, const char *sni,
    char why[WHY_SIZE])
{
	enum handshake_result r;

	h->stream = stream;
	why[0] = '\0';
	if (tls_accept_cbs(h->server, &h->conn, read_cb, write_cb, h) == -1) {
		copy_text(why, tls_error(h->server));
		return (HANDSHAKE_ERROR);
	}
	if (run_to_end(h, tls_handshake) == -1) {
		copy_text(why, tls_error(h->conn));
		switch (h->ended) {
		case IO_TIMEOUT:
			return (HANDSHAKE_TIMEOUT);
		case IO_EOF:
		case IO_RESET:
			return (HANDSHAKE_HUNG_UP);
		default:
			return (HANDSHAKE_REJECTED);
		}
	}
	if (!probe_completed(h)) {
		copy_text(why, "the client closed TLS during the handshake");
		return (HANDSHAKE_REJECTED);
	}
	r = check_agreed(h, sni, why);
	/* If this fails, the CA has hung up, after the whole handshake. */
	run_to_end(h, tls_close);
	return (r);
}

void
handshake_free(struct handshake *h)
{
	/* In this order: conn uses server, and both use config. */
	tls_free(h->conn);
	if (!h->borrowed) {
		tls_free(h->server);
		tls_config_free(h->config);
	}
	memset(h, 0, sizeof(*h));
}
