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
 * hello: find the ClientHello in the TLS records (RFC 8446 section 5.1), and
 * the fields of it that decide: server name, ALPN, versions.  Pure.
 */
#ifndef HELLO_H
#define HELLO_H

#include <stddef.h>
#include <stdint.h>

#include "parse.h"

#define RECORD_HEAD		5	/* type, version, length */
#define RECORD_MAX		16384	/* RFC 8446 5.1 */
#define HANDSHAKE_HEAD		4	/* msg_type, length */
/* The longest ClientHello body that libssl takes, measured. */
#define HELLO_BODY_MAX		131396
#define HELLO_MAX		(HANDSHAKE_HEAD + HELLO_BODY_MAX)
/* HELLO_MAX bytes, each in a record of its own. */
#define HELLO_WIRE_MAX		((size_t)HELLO_MAX * (RECORD_HEAD + 1))

#define TLS1_2_VERSION_WIRE	0x0303
#define TLS1_3_VERSION_WIRE	0x0304

/* State of hello_frame().  Zero it before the first call. */
struct hello_frame {
	size_t		 off;	/* bytes of whole records read */
	size_t		 have;	/* handshake bytes in those records */
	size_t		 want;	/* bytes of the ClientHello; 0: unknown */
	uint8_t		 head[HANDSHAKE_HEAD];
	const char	*why;	/* reason of PARSE_BAD, or NULL */
};

#define HELLO_SNI_KEPT	256

struct hello {
	uint16_t	 legacy_version;
	int		 tls12, tls13;	/* 1: offered */
	int		 has_sni;
	size_t		 sni_len;	/* bytes, as sent */
	uint8_t		 sni[HELLO_SNI_KEPT];	/* the first of sni_len bytes */
	int		 has_alpn;
	int		 acme_tls;	/* 1: "acme-tls/1" offered (RFC 8737) */
	const char	*why;	/* reason of PARSE_BAD, or NULL */
};

/*
 * Follow the records in buf[0..len): the bytes of the last call, and what was
 * read since.  PARSE_DONE: the first f->off bytes are records that hold the
 * whole ClientHello, a message of f->want bytes.  PARSE_MORE.  PARSE_BAD:
 * f->why says why.  PARSE_NONE: buf does not begin with a TLS handshake
 * record.  Reads each record once, however the input is cut.
 */
enum parse hello_frame(const uint8_t *buf, size_t len, struct hello_frame *f);

/*
 * Copy the ClientHello out of its records.  f and buf are those of a call of
 * hello_frame() that returned PARSE_DONE; msg has room for f->want bytes.
 */
void	hello_join(const uint8_t *buf, const struct hello_frame *f,
	    uint8_t *msg);

/*
 * Parse the ClientHello of len bytes, handshake header included.  *out is
 * always set.  PARSE_DONE, or PARSE_BAD with out->why.  A legacy_version above
 * TLS 1.2 without supported_versions offers TLS 1.2 (RFC 5246 E.1).
 * RFC 8446 4.1.2 and 4.2, RFC 5246 7.4.1.2, RFC 6066 3, RFC 7301 3.1.
 */
enum parse hello_parse(const uint8_t *msg, size_t len, struct hello *out);

#endif
