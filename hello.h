/*
 * hello: find the ClientHello in the TLS records (RFC 8446 section 5.1) and
 * what decides a validation in it: server name, ALPN, versions.  Pure.
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
/* The same with every byte in a record of its own. */
#define HELLO_WIRE_MAX		((size_t)HELLO_MAX * (RECORD_HEAD + 1))

#define TLS1_2_VERSION_WIRE	0x0303
#define TLS1_3_VERSION_WIRE	0x0304

/* How far the records have been followed.  Zero it before the first call. */
struct hello_frame {
	size_t		 off;	/* wire bytes of whole records seen */
	size_t		 have;	/* handshake bytes in them */
	size_t		 want;	/* handshake bytes of the hello; 0: unknown */
	uint8_t		 head[HANDSHAKE_HEAD];
	const char	*why;	/* PARSE_BAD: what is wrong; or NULL */
};

#define HELLO_SNI_KEPT	256

struct hello {
	uint16_t	 legacy_version;
	int		 tls12, tls13;	/* offered */
	int		 has_sni;
	size_t		 sni_len;	/* bytes the client sent */
	uint8_t		 sni[HELLO_SNI_KEPT];	/* the first of them, as sent */
	int		 has_alpn;
	int		 acme_tls;	/* "acme-tls/1" is offered (RFC 8737) */
	const char	*why;	/* PARSE_BAD: what is wrong; or NULL */
};

/*
 * Follow the records in buf[0..len), which begins with the first one and has
 * only grown since the last call.  PARSE_DONE: f->off bytes of records hold
 * the whole ClientHello message of f->want bytes.  PARSE_MORE.  PARSE_BAD:
 * f->why says why.  PARSE_NONE: this is no TLS handshake record.
 * Each byte is looked at once, however the input is cut.
 */
enum parse hello_frame(const uint8_t *buf, size_t len, struct hello_frame *f);

/*
 * Copy the message out of its records: f as hello_frame left it with
 * PARSE_DONE, buf the same bytes, msg of f->want bytes.
 */
void	hello_join(const uint8_t *buf, const struct hello_frame *f,
	    uint8_t *msg);

/*
 * Parse a whole ClientHello message (header included) of len bytes.  All of
 * *out is set in every case.  PARSE_DONE, or PARSE_BAD with out->why.
 * RFC 8446 4.1.2 and 4.2, RFC 5246 7.4.1.2, RFC 6066 3, RFC 7301 3.1.
 */
enum parse hello_parse(const uint8_t *msg, size_t len, struct hello *out);

#endif
