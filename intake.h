/*
 * intake: everything that is decided before libtls is touched.  Bytes of the
 * connection in; a canonical name, or a refusal, out.  The decision does not
 * depend on how the bytes are cut.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "hello.h"
#include "name.h"
#include "parse.h"
#include "proxy.h"

#define INTAKE_MAX	(PROXY_V2_MAX + HELLO_WIRE_MAX)

enum phase { PHASE_PROXY, PHASE_FRAME, PHASE_FRAMED, PHASE_DECIDED };

struct intake {
	enum proxy_mode		 mode;		/* set by intake_init */
	enum phase		 phase;
	struct proxy		 proxy;
	size_t			 tls_off;	/* where TLS begins in buf */
	struct hello_frame	 frame;
	struct hello		 hello;
	char			 name[NAME_SIZE];	/* canonical, or "" */
	enum reason		 reason;	/* REASON_NONE: go on */
	const char		*why;		/* detail of it, or NULL */
};

/* Begin a connection. */
void	intake_init(struct intake *in, enum proxy_mode mode);

/*
 * Look at the first len bytes of the connection, which have only grown since
 * the last call.  PARSE_MORE: read on.  PARSE_DONE: decided; in->reason is
 * REASON_NONE, and in->name is valid, or REASON_NO_NAME (-f may answer), or a
 * refusal.  PARSE_BAD: out of memory.  The hello begins at in->tls_off.
 */
enum parse intake_feed(struct intake *in, const uint8_t *buf, size_t len);

#endif
