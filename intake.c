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
#include <stdlib.h>
#include <string.h>

#include "intake.h"

void
intake_init(struct intake *in, enum proxy_mode mode)
{
	memset(in, 0, sizeof(*in));
	in->mode = mode;
}

static enum parse
decide(struct intake *in, enum reason reason, const char *why)
{
	in->phase = PHASE_DECIDED;
	in->reason = reason;
	in->why = why;
	return (PARSE_DONE);
}

/* Parse the ClientHello.  The check that helps the client most stands first. */
static enum parse
decide_hello(struct intake *in, const uint8_t *msg, size_t len)
{
	struct hello *h = &in->hello;

	if (hello_parse(msg, len, h) == PARSE_BAD)
		return (decide(in, REASON_BAD_HELLO, h->why));
	if (h->sni_len <= HELLO_SNI_KEPT)	/* a refusal logs it too */
		(void)name_canonical(h->sni, h->sni_len, in->name);
	if (!h->tls12 && !h->tls13)
		return (decide(in, REASON_VERSION, NULL));
	if (!h->acme_tls)
		return (decide(in, REASON_ALPN, h->has_alpn ? NULL :
		    "no ALPN extension"));
	if (!h->has_sni)
		return (decide(in, REASON_NO_NAME, NULL));
	if (in->name[0] == '\0')
		return (decide(in, REASON_BAD_NAME, NULL));
	return (decide(in, REASON_NONE, NULL));
}

/* Refuse what is not TLS.  After a PROXY header it may be another one. */
static enum parse
decide_not_tls(struct intake *in, const uint8_t *buf, size_t len)
{
	int version;

	switch (proxy_signature(buf, len, &version)) {
	case PARSE_MORE:
		return (PARSE_MORE);
	case PARSE_DONE:
		return (decide(in, REASON_PROXY, "second PROXY header"));
	default:
		return (decide(in, REASON_NOT_TLS, NULL));
	}
}

static enum parse
feed_hello(struct intake *in, const uint8_t *buf, size_t len)
{
	struct hello_frame *f = &in->frame;
	enum parse r;
	uint8_t *msg;

	r = hello_frame(buf, len, f);
	if (r == PARSE_MORE)
		return (r);
	if (r == PARSE_NONE)
		return (decide_not_tls(in, buf, len));
	if (r == PARSE_BAD)
		return (decide(in, REASON_BAD_HELLO, f->why));
	in->whole = 1;
	if (f->off == RECORD_HEAD + f->want)	/* one record: no copy */
		return (decide_hello(in, buf + RECORD_HEAD, f->want));
	if ((msg = malloc(f->want)) == NULL)
		return (PARSE_BAD);
	hello_join(buf, f, msg);
	r = decide_hello(in, msg, f->want);
	free(msg);
	return (r);
}

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
	return (PARSE_DONE);
}

enum parse
intake_feed(struct intake *in, const uint8_t *buf, size_t len)
{
	enum parse r;

	if (in->phase == PHASE_PROXY) {
		r = feed_proxy(in, buf, len);
		if (r != PARSE_DONE)
			return (r);
	}
	if (in->phase == PHASE_HELLO)
		return (feed_hello(in, buf + in->tls_off, len - in->tls_off));
	return (PARSE_DONE);
}
