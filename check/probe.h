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
 * probe: one connection, made as a CA makes it for tls-alpn-01 (RFC 8737
 * section 3): TCP, perhaps a PROXY header, and a TLS handshake that offers
 * acme-tls/1 alone.  Nonblocking.  The probe only collects; diagnose judges.
 */
#ifndef PROBE_H
#define PROBE_H

#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define PROBE_FIRST_SIZE	64	/* bytes of the answer that are kept */
#define PROBE_TEXT_SIZE		256

enum proxy_header { PROXY_HEADER_NONE, PROXY_HEADER_V1, PROXY_HEADER_V2 };

enum probe_end {
	PROBE_RUNNING,
	PROBE_COMPLETE,		/* the handshake; cert is what was served */
	PROBE_NOT_CONNECTED,	/* error of connect(2), or our ETIMEDOUT */
	PROBE_TIMEOUT,		/* connected; the time ran out */
	PROBE_HUNG_UP,		/* error 0: EOF; else of read(2) or write(2) */
	PROBE_FAILED,		/* by libtls; text says why */
	PROBE_LOCAL		/* this machine could not; text says why */
};

struct probe {
	struct addr	 to;
	int		 fd;		/* -1 at the end */
	short		 events;	/* to poll(2) for while it runs */
	enum probe_end	 end;
	int		 error;		/* errno, see above */
	long long	 started;	/* ms, as of the caller's clock */
	long long	 ms;		/* from started to the end */
	size_t		 got;		/* bytes received */
	uint8_t		 first[PROBE_FIRST_SIZE];	/* bytes received */
	int		 alert;		/* last one in the clear; -1: none */
	char		 text[PROBE_TEXT_SIZE];	/* of libtls or the system */
	char		 version[16];	/* "TLSv1.3" */
	char		 alpn[32];	/* selected, or "" */
	char		 subject[PROBE_TEXT_SIZE];	/* of the certificate */
	uint8_t		*cert;		/* the chain, PEM; NULL: none */
	size_t		 cert_len;

	/* private */
	struct tls	*tls;
	int		 connected;
	uint8_t		 out[128];	/* the PROXY header */
	size_t		 out_len, out_put;
	uint8_t		 record[5];	/* header of the record coming in */
	size_t		 record_at;
};

/* For all probes.  NULL: out of memory.  Free with tls_config_free(3). */
struct tls_config *probe_config(void);

/*
 * Begin: connect to the address, and for the handshake ask for servername.
 * Sets end to PROBE_RUNNING, and fd and events for poll(2); or the probe is at
 * its end at once.
 */
void	probe_start(struct probe *p, const struct sockaddr_storage *to,
	    enum proxy_header proxy, struct tls_config *config,
	    const char *servername, long long now);

/* Continue after poll(2) had an event for p->fd; now is in ms. */
void	probe_step(struct probe *p, long long now);

/* The time is over: end the probe if it still runs. */
void	probe_expire(struct probe *p, long long now);

/* Close and free all that is left. */
void	probe_free(struct probe *p);

#endif
