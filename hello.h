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
#include "records.h"

/* HELLO_MAX bytes, each in a record of its own. */
#define HELLO_WIRE_MAX		((size_t)HELLO_MAX * (RECORD_HEAD + 1))

#define TLS1_2_VERSION_WIRE	0x0303
#define TLS1_3_VERSION_WIRE	0x0304

/* State of hello_frame().  Zero it before the first call. */
struct hello_frame {
	size_t		 off;	/* bytes of whole records read */
	size_t		 have;	/* handshake bytes in those records */
	size_t		 want;	/* bytes of the ClientHello; 0: unknown */
	uint32_t	 head;	/* the first (at most 4) of those bytes */
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

/*@
  // a state at the beginning, or after PARSE_MORE
  predicate frame_open{L}(struct hello_frame *f) =
      (f->have == 0 ==> f->head == 0) && (f->have == 1 ==> f->head < 0x100) &&
      (f->have == 2 ==> f->head < 0x10000) &&
      (f->have == 3 ==> f->head < 0x1000000) &&
      (f->have >= HANDSHAKE_HEAD ?
	  f->have < f->want == message_len(f->head) <= HELLO_MAX :
	  f->want == 0 || f->want >= HANDSHAKE_HEAD);
  predicate flag(integer i) = i == 0 || i == 1;
  predicate hello_ok{L}(struct hello *h) = flag(h->tls12) && flag(h->tls13) &&
      flag(h->has_sni) && flag(h->has_alpn) && flag(h->acme_tls) &&
      (h->acme_tls == 1 ==> h->has_alpn == 1) && h->sni_len <= 65535 &&
      (h->has_sni == 1 <==> h->sni_len > 0) &&
      \forall integer i; h->sni_len <= i < HELLO_SNI_KEPT ==> h->sni[i] == 0;
  predicate offers_nothing{L}(struct hello *h) = h->legacy_version == 0 &&
      h->tls12 == h->tls13 == h->has_sni == h->has_alpn == h->acme_tls == 0 &&
      h->sni_len == 0;
  // c may be read, and what is found be written to h
  predicate parses_into{L}(struct cursor c, struct hello *h) =
      readable(c) && \valid(h) && hello_ok(h) &&
      \separated(h, c.p + (0 .. c.len - 1));
*/

/*
 * Follow the records in buf[0..len): the bytes of the last call, and what was
 * read since.  PARSE_DONE: the first f->off bytes are records that hold the
 * whole ClientHello, a message of f->want bytes.  PARSE_MORE: bytes are
 * missing.  PARSE_BAD: f->why says why.  PARSE_NONE: buf does not begin with a
 * TLS handshake record.  A whole record is read once, however the input is cut.
 */
/*@
  requires \valid_read(buf + (0 .. len - 1)) && \valid(f) && f->off <= len;
  requires \separated(f, buf + (0 .. len - 1)) && frame_open(f);
  assigns *f;
  ensures \result == PARSE_DONE || \result == PARSE_MORE ||
      \result == PARSE_BAD || \result == PARSE_NONE;
  ensures f->off <= len && (\result == PARSE_BAD <==> f->why != \null);
  ensures \result == verdict(buf, len, \old(f->off), \old(f->have),
      \old(f->head));
  // More bytes do not change a decision.  As long as there is none, the later
  // decision does not depend on where the input was cut.
  ensures \result != PARSE_MORE ==> \forall integer l; l >= len ==>
      verdict(buf, l, \old(f->off), \old(f->have), \old(f->head)) == \result;
  ensures \result == PARSE_MORE || \result == PARSE_NONE ==> frame_open(f);
  ensures \result == PARSE_NONE <==>
      \old(f->off) == 0 && foreign(buf, 0, len);
  ensures \result == PARSE_MORE ==> \forall integer l; l >= len ==>
      verdict(buf, l, f->off, f->have, f->head) ==
      verdict(buf, l, \old(f->off), \old(f->have), \old(f->head));
  // If the records before the old f->off are whole, the records before the new
  // f->off are whole.
  ensures \forall integer e, n; chain(buf, f->off, f->have, e, n) ==>
      chain(buf, \old(f->off), \old(f->have), e, n);
  ensures \result == PARSE_DONE ==>
      HANDSHAKE_HEAD <= f->want == f->have <= HELLO_MAX;
*/
enum parse hello_frame(const uint8_t *buf, size_t len, struct hello_frame *f);

/*
 * Copy the ClientHello out of its records.  f and buf are those of a call of
 * hello_frame() that returned PARSE_DONE; msg has room for f->want bytes.
 */
/*@
  requires \valid_read(f) && chain(buf, 0, 0, f->off, f->want);
  requires \valid_read(buf + (0 .. f->off - 1));
  requires \valid(msg + (0 .. f->want - 1));
  requires \separated(msg + (0 .. f->want - 1), buf + (0 .. f->off - 1), f);
  assigns msg[0 .. f->want - 1];
  ensures \forall integer m; 0 <= m < f->want ==>
      msg[m] == \old(buf[byte_at(buf, 0, 0, m)]);
*/
void	hello_join(const uint8_t *buf, const struct hello_frame *f,
	    uint8_t *msg);

/* Make *out a hello that offers nothing. */
/*@
  requires \valid(out);
  assigns *out;
  ensures offers_nothing(out) && hello_ok(out) && out->why == \null;
*/
void	hello_clear(struct hello *out);

/*
 * Parse the ClientHello of len bytes, handshake header included.  *out is
 * always set.  PARSE_DONE, or PARSE_BAD with out->why.  A legacy_version above
 * TLS 1.2 without supported_versions offers TLS 1.2 (RFC 5246 E.1).
 * RFC 8446 4.1.2 and 4.2, RFC 5246 7.4.1.2, RFC 6066 3, RFC 7301 3.1.
 */
/*@
  requires \valid_read(msg + (0 .. len - 1)) && \valid(out);
  requires \separated(out, msg + (0 .. len - 1));
  assigns *out;
  ensures \result == PARSE_DONE && out->why == \null ||
      \result == PARSE_BAD && out->why != \null && offers_nothing(out);
  ensures hello_ok(out);
*/
enum parse hello_parse(const uint8_t *msg, size_t len, struct hello *out);

#endif
