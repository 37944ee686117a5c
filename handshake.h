/*
 * handshake: one TLS handshake through libtls, which is given the ClientHello
 * that intake has read, and nothing but libtls's public interface.
 */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include "certdir.h"
#include "source.h"

struct tls;
struct tls_config;

enum handshake_result {
	HANDSHAKE_OK,		/* complete; acme-tls/1 was negotiated */
	HANDSHAKE_REJECTED,	/* by the client, or it broke the protocol */
	HANDSHAKE_HUNG_UP,
	HANDSHAKE_TIMEOUT,
	HANDSHAKE_ERROR		/* ours */
};

struct handshake {
	struct tls_config	*config;
	struct tls		*server, *conn;
	struct source		*src;
	enum io			 ended;		/* how the connection ended, or
						   IO_OK: it has not */
	int			 probing;	/* callbacks move nothing */
	int			 pair_seen;	/* it may be the pair's fault */
	int			 borrowed;	/* not ours: config, server */
	char			 version[16];	/* "TLSv1.3" */
	char			 cipher[64];
};

/*
 * Have libtls and what is below it do once what they do at their first use:
 * for a server, before it forks.  Leaves nothing behind.
 */
void	handshake_warm_up(void);

/*
 * Make libtls ready to serve a pair by TLS 1.3, or else by TLS 1.2.  0, or -1
 * with libtls's text in why; h->pair_seen tells whether it got as far as the
 * pair.  Free with handshake_free in any case.
 */
int	handshake_prepare(struct handshake *h, const struct pair *p,
	    int tls13, char why[WHY_SIZE]);

/*
 * Make h ready with what another, which must outlive it, was prepared with:
 * for one handshake, in a child of the process that has prepared it.
 */
void	handshake_borrow(struct handshake *h, const struct handshake *other);

/*
 * Perform the handshake on src, whose buffer is replayed from src->off, then
 * send close_notify (RFC 8446 6.1).  sni: the canonical name asked for, NULL
 * if none.  HANDSHAKE_OK sets version and cipher; otherwise why has libtls's
 * text, not escaped.
 */
enum handshake_result handshake_run(struct handshake *h, struct source *src,
	    const char *sni, char why[WHY_SIZE]);

/* Free everything that is its own, keys wiped by libtls. */
void	handshake_free(struct handshake *h);

#endif
