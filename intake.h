/*
 * intake: everything that is decided before libtls is called.  Bytes of the
 * connection in; a canonical name or a refusal out.  The decision does not
 * depend on how the bytes are cut.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "hello.h"
#include "name.h"
#include "parse.h"
#include "proxy.h"

#define INTAKE_MAX	(PROXY_V2_MAX + HELLO_WIRE_MAX)

enum proxy_mode { PROXY_AUTO, PROXY_REQUIRE, PROXY_OFF };

enum reason {		/* of a refusal; see reason_name() */
	REASON_NONE,
	REASON_ALPN,
	REASON_NO_NAME,
	REASON_BAD_NAME,
	REASON_UNKNOWN_NAME,
	REASON_BAD_HELLO,
	REASON_VERSION,
	REASON_NOT_TLS,
	REASON_PROXY,
	REASON_HUNG_UP,
	REASON_TIMEOUT,
	REASON_HANDSHAKE,
	REASON_BUSY,		/* a server's places are taken */
	REASON_FALLBACK		/* served, but by the -f pair */
};

enum phase { PHASE_PROXY, PHASE_HELLO, PHASE_DECIDED };

struct intake {
	enum proxy_mode		 mode;
	enum phase		 phase;
	struct proxy		 proxy;
	size_t			 tls_off;	/* bytes before TLS */
	struct hello_frame	 frame;
	int			 whole;		/* 1: whole ClientHello read */
	struct hello		 hello;
	char			 name[NAME_SIZE];	/* canonical, or "" */
	enum reason		 reason;	/* REASON_NONE: serve */
	const char		*why;		/* detail of reason, or NULL */
};

/* Begin a connection. */
void	intake_init(struct intake *in, enum proxy_mode mode);

/*
 * Parse the first len bytes of the connection, the bytes of the last call and
 * what was read since.  PARSE_MORE: read on.  PARSE_DONE: decided.  in->reason
 * is REASON_NONE, and in->name is canonical; or REASON_NO_NAME (-f may
 * answer); or a refusal.  PARSE_BAD: out of memory.  The ClientHello begins at
 * buf + in->tls_off.
 */
enum parse intake_feed(struct intake *in, const uint8_t *buf, size_t len);

/* The fatal alert of a refusal (RFC 8446 section 6), or -1: send nothing. */
int	reason_alert(enum reason reason);

/* The word in the log line: "unknown-name" and so on. */
const char *reason_name(enum reason reason);

#endif
