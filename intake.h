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
 * intake: everything that is decided before libtls is called.  Bytes of the
 * connection in; a canonical name or a refusal out.  The decision does not
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

#endif
