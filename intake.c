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
#include "intake.h"

/* A ClientHello that came in several records.  A process serves only one. */
static uint8_t joined[HELLO_MAX];

void
intake_init(struct intake *in, enum proxy_mode mode)
{
	in->mode = mode;
	in->phase = PHASE_PROXY;
	in->proxy.version = in->proxy.local = 0;
	addr_clear(&in->proxy.client);
	in->proxy.why = NULL;
	in->tls_off = 0;
	in->frame.off = in->frame.have = in->frame.want = 0;
	in->frame.head = 0;
	in->frame.why = NULL;
	in->whole = 0;
	hello_clear(&in->hello);
	in->name[0] = '\0';
	in->reason = REASON_NONE;
	in->why = NULL;
}

/*@
  requires \valid(in);
  assigns in->phase, in->reason, in->why;
  ensures \result == PARSE_DONE && in->phase == PHASE_DECIDED;
  ensures in->reason == reason && in->why == why;
*/
static enum parse
decide(struct intake *in, enum reason reason, const char *why)
{
	in->phase = PHASE_DECIDED;
	in->reason = reason;
	in->why = why;
	return (PARSE_DONE);
}

/*
 * Parse the ClientHello.  If a ClientHello has several faults, the alert is the
 * one that helps the client most.
 */
/*@
  requires \valid(in) && \valid_read(msg + (0 .. len - 1));
  requires \separated(in, msg + (0 .. len - 1));
  requires in->whole == 1 && in->name[0] == '\0' && version_fits(in);
  assigns in->phase, in->reason, in->why, in->hello, in->name[0 .. 253];
  ensures \result == PARSE_DONE && in->phase == PHASE_DECIDED;
  ensures in->reason == REASON_NONE ==> serves(in);
*/
static enum parse
decide_hello(struct intake *in, const uint8_t *msg, size_t len)
{
	struct hello *h = &in->hello;

	if (hello_parse(msg, len, h) == PARSE_BAD)
		return (decide(in, REASON_BAD_HELLO, h->why));
	if (h->sni_len <= HELLO_SNI_KEPT)	/* also to log a refusal */
		name_canonical(h->sni, h->sni_len, in->name);
	if (!h->tls12 && !h->tls13)
		return (decide(in, REASON_VERSION, NULL));
	if (!h->acme_tls)
		return (decide(in, REASON_ALPN, h->has_alpn ? NULL :
		    "no ALPN extension"));
	if (!h->has_sni)
		return (decide(in, REASON_NO_NAME, NULL));
	if (in->name[0] == '\0')
		return (decide(in, REASON_BAD_NAME, NULL));
	/*@ assert version_fits(in); */
	return (decide(in, REASON_NONE, NULL));
}

/*@
  requires \valid(in) && \valid_read(buf + (0 .. len - 1));
  requires \separated(in, buf + (0 .. len - 1), joined + (0 .. HELLO_MAX - 1));
  requires intake_open(in) && in->phase == PHASE_HELLO;
  requires in->tls_off + in->frame.off <= len;
  requires reached(buf + in->tls_off, in->frame.off, in->frame.have);
  assigns in->phase, in->frame, in->whole, in->hello, in->name[0 .. 253],
      in->reason, in->why, joined[0 .. HELLO_MAX - 1];
  ensures \result == PARSE_MORE || \result == PARSE_DONE;
  ensures \result == PARSE_MORE ==> intake_open(in);
  ensures \result == PARSE_MORE ==> intake_reached(in, buf, len);
  ensures \result == PARSE_DONE ==> in->phase == PHASE_DECIDED;
  ensures \result == PARSE_DONE && in->reason == REASON_NONE ==> serves(in);
*/
static enum parse
feed_hello(struct intake *in, const uint8_t *buf, size_t len)
{
	struct hello_frame *f = &in->frame;
	const uint8_t *tls = buf + in->tls_off;
	enum parse r;
	int version;

	len -= in->tls_off;
	r = hello_frame(tls, len, f);
	if (r == PARSE_NONE) {
		/* Not TLS: is it a PROXY header after the first one? */
		r = proxy_signature(tls, len, &version);
		if (r == PARSE_DONE)
			return (decide(in, REASON_PROXY,
			    "second PROXY header"));
		if (r == PARSE_NONE)
			return (decide(in, REASON_NOT_TLS, NULL));
	}
	/*@ assert version_fits(in) && reached(tls, f->off, f->have); */
	if (r == PARSE_MORE)
		return (r);
	if (r == PARSE_BAD)
		return (decide(in, REASON_BAD_HELLO, f->why));
	in->whole = 1;
	if (f->off == RECORD_HEAD + f->want)	/* one record: no copy */
		return (decide_hello(in, tls + RECORD_HEAD, f->want));
	hello_join(tls, f, joined);
	return (decide_hello(in, joined, f->want));
}

/*@
  requires \valid(in) && \valid_read(buf + (0 .. len - 1));
  requires \separated(in, buf + (0 .. len - 1));
  requires intake_open(in) && in->phase == PHASE_PROXY;
  assigns in->proxy, in->tls_off, in->phase, in->reason, in->why;
  ensures \result == PARSE_MORE ==> in->phase == PHASE_PROXY;
  ensures \result == PARSE_DONE ==>
      in->phase == PHASE_DECIDED && in->reason == REASON_PROXY ||
      in->phase == PHASE_HELLO && in->tls_off <= len;
  ensures in->phase != PHASE_DECIDED ==> intake_open(in);
  ensures \result == PARSE_MORE || \result == PARSE_DONE;
*/
static enum parse
feed_proxy(struct intake *in, const uint8_t *buf, size_t len)
{
	enum parse r;

	r = proxy_parse(buf, len, &in->proxy, &in->tls_off);
	if (r == PARSE_MORE)
		return (r);
	if (r == PARSE_NONE && in->mode == PROXY_REQUIRE)
		return (decide(in, REASON_PROXY, "no PROXY header, with -p "
		    "require"));
	if (r == PARSE_BAD)
		return (decide(in, REASON_PROXY, in->proxy.why));
	if (r == PARSE_DONE && in->mode == PROXY_OFF)
		return (decide(in, REASON_PROXY, "PROXY header with -p off"));
	in->phase = PHASE_HELLO;
	/*@ assert version_fits(in); */
	return (PARSE_DONE);
}

/*@
  requires \separated(in, buf + (0 .. len - 1), joined + (0 .. HELLO_MAX - 1));
  assigns *in, joined[0 .. HELLO_MAX - 1];
*/
enum parse
intake_feed(struct intake *in, const uint8_t *buf, size_t len)
{
	enum parse r;

	if (in->phase == PHASE_PROXY) {
		r = feed_proxy(in, buf, len);
		if (r != PARSE_DONE || in->phase == PHASE_DECIDED)
			return (r);
	}
	return (feed_hello(in, buf, len));
}
