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
 * connection go in; a canonical name or a refusal comes out.  The decision is
 * the same however the bytes are split into reads.
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
	size_t			 tls_off;	/* bytes of the PROXY header */
	struct hello_frame	 frame;
	int			 whole;		/* 1: whole ClientHello read */
	struct hello		 hello;
	char			 name[NAME_SIZE];	/* canonical, or "" */
	enum reason		 reason;	/* REASON_NONE: serve */
	const char		*why;		/* detail of reason, or NULL */
};

/*@
  // -p is kept
  predicate version_fits{L}(struct intake *in) =
      (in->mode == PROXY_REQUIRE ==> in->proxy.version != 0) &&
      (in->mode == PROXY_OFF ==> in->proxy.version == 0);
  predicate intake_open{L}(struct intake *in) =
      (in->mode == PROXY_AUTO || in->mode == PROXY_REQUIRE ||
	  in->mode == PROXY_OFF) &&
      in->reason == REASON_NONE && in->name[0] == '\0' && in->whole == 0 &&
      (in->phase == PHASE_PROXY && in->frame.off == in->frame.have == 0 &&
	  in->frame.want == in->frame.head == 0 ||
      in->phase == PHASE_HELLO && frame_open(&in->frame) &&
	  version_fits(in));
  predicate intake_reached{L}(struct intake *in, uint8_t *buf, integer len) =
      in->phase == PHASE_HELLO ==> in->tls_off + in->frame.off <= len &&
      reached(buf + in->tls_off, in->frame.off, in->frame.have);
  // a pair may be opened
  predicate serves{L}(struct intake *in) = in->reason == REASON_NONE &&
      canonical_name(&in->name[0]) && in->hello.acme_tls != 0 &&
      (in->hello.tls12 != 0 || in->hello.tls13 != 0) && in->whole == 1 &&
      version_fits(in);
*/

/* Prepare *in for a new connection. */
/*@
  requires \valid(in);
  requires mode == PROXY_AUTO || mode == PROXY_REQUIRE || mode == PROXY_OFF;
  assigns *in;
  ensures intake_open(in) && in->mode == mode && in->phase == PHASE_PROXY;
  ensures in->proxy.client.family == 0 && offers_nothing(&in->hello);
*/
void	intake_init(struct intake *in, enum proxy_mode mode);

/*
 * Parse buf, the first len bytes of the connection: those of the last call, and
 * what was read since.  PARSE_MORE: read more, and call again.  PARSE_DONE:
 * decided, do not call again.  If in->reason is REASON_NONE, in->name is
 * canonical.  REASON_NO_NAME: the pair of -f may answer.  Any other reason is a
 * refusal.  The ClientHello begins at buf + in->tls_off.
 */
/*@
  requires \valid(in) && \valid_read(buf + (0 .. len - 1));
  requires intake_open(in) && intake_reached(in, buf, len);
  ensures \result == PARSE_MORE || \result == PARSE_DONE;
  ensures \result == PARSE_MORE ==> intake_open(in);
  ensures \result == PARSE_MORE ==> intake_reached(in, buf, len);
  ensures \result == PARSE_DONE ==> in->phase == PHASE_DECIDED;
  ensures \result == PARSE_DONE && in->reason == REASON_NONE ==> serves(in);
  ensures in->mode == \old(in->mode);
*/
enum parse intake_feed(struct intake *in, const uint8_t *buf, size_t len);

#endif
