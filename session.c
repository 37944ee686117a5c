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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certdir.h"
#include "clock.h"
#include "deadline.h"
#include "event.h"
#include "handshake.h"
#include "intake.h"
#include "log.h"
#include "report.h"
#include "sandbox.h"
#include "session.h"
#include "stream.h"

#define ALERT_INTERNAL_ERROR	80	/* RFC 8446 section 6.2 */

_Static_assert(EVENT_NAME_MAX <= HELLO_SNI_KEPT, "the log reads hello.sni");

struct session {
	const struct options	*opt;
	const struct child	*child;		/* NULL in one-shot mode */
	struct certdir		 dir;
	struct stream		 stream;
	struct intake		 in;
	struct handshake	 hs;
	struct event		 event;
	const char		*pair_name;	/* the pair that answers */
	char			 why[WHY_SIZE];
};

/* Send a report to the server, if there is one. */
static void
report(const struct session *s, enum report_what what)
{
	struct report r;

	if (s->child == NULL)
		return;
	memset(&r, 0, sizeof(r));
	r.token = s->child->token;
	r.what = what;
	/* the cache is for TLS 1.3 only */
	if (what == REPORT_PAIR && s->in.hello.tls13) {
		memcpy(r.name, s->pair_name, strlen(s->pair_name) + 1);
		r.stale = !s->hs.borrowed && cache_has(s->child->cache, r.name);
	}
	report_send(s->child->report, &r);
}

/* Send a fatal alert in the clear: no keys have been negotiated yet. */
static void
send_alert(struct session *s, int description)
{
	uint16_t version = s->in.hello.legacy_version;
	uint8_t record[7] = { 21, 3, 3, 0, 2, 2, (uint8_t)description };
	size_t put;

	/* An old client can parse a record of its own version only. */
	if (version != 0 && version < TLS1_2_VERSION_WIRE)
		record[2] = (uint8_t)version;
	/* Seven bytes fit into the buffer of any new connection. */
	stream_write(&s->stream, record, sizeof(record), &put);
}

static void
refuse(struct session *s, enum reason reason, const char *detail)
{
	int alert = reason_alert(reason);

	if (alert != -1)
		send_alert(s, alert);
	s->event.result = RESULT_REFUSED;
	s->event.reason = reason;
	s->event.detail = detail;
}

/*
 * The operator or the machine is at fault, not the client.  A client that has
 * sent its whole ClientHello gets an alert.
 */
static void
fail(struct session *s, const char *detail)
{
	if (s->in.whole)
		send_alert(s, ALERT_INTERNAL_ERROR);
	s->event.result = RESULT_ERROR;
	s->event.reason = REASON_NONE;
	s->event.detail = detail;
}

/* Reading has ended before the ClientHello was complete. */
static void
connection_ended(struct session *s, enum io io)
{
	if (io == IO_NOMEM) {
		fail(s, "out of memory");
		return;
	}
	/* HAProxy's health check (send-proxy-v2): a LOCAL header and a RST. */
	if (io != IO_TIMEOUT && (s->stream.len == 0 ||
	    (s->in.proxy.local && s->stream.len == s->in.tls_off)))
		s->event.result = RESULT_CLOSED;
	else
		refuse(s, io == IO_TIMEOUT ? REASON_TIMEOUT : REASON_HUNG_UP,
		    NULL);
}

/* Read until the intake has decided.  Returns 0, or -1: the session is over. */
static int
read_hello(struct session *s)
{
	enum parse r = PARSE_MORE;
	enum io io;
	int reported = 0;

	while (r == PARSE_MORE) {
		if ((io = stream_fill(&s->stream, INTAKE_MAX)) != IO_OK) {
			connection_ended(s, io);
			return (-1);
		}
		r = intake_feed(&s->in, s->stream.buf, s->stream.len);
		s->event.client = s->in.proxy.client;
		/* Until REPORT_HELLO, another source may get this slot. */
		if (r == PARSE_MORE && !reported && s->child != NULL &&
		    !stream_readable(&s->stream)) {
			report(s, REPORT_INCOMPLETE);
			reported = 1;
		}
	}
	if (reported)
		report(s, REPORT_HELLO);
	s->stream.off = s->in.tls_off;
	if (s->in.name[0] != '\0') {
		s->event.name = (const uint8_t *)s->in.name;
		s->event.name_len = strlen(s->in.name);
	} else {
		s->event.name = s->in.hello.sni;
		s->event.name_len = s->in.hello.sni_len;
	}
	return (0);
}

/* Tell the operator that libtls rejects the pair, or that no CA can use it. */
static void
explain_bad_pair(struct session *s, enum prepared prepared)
{
	char text[WHY_SIZE / 2];

	if (prepared == PREPARED_BAD_CURVE) {
		snprintf(s->why, sizeof(s->why), "%s/%s%s: the key is on a "
		    "curve that CAs do not offer; remove both files and let "
		    "the ACME client make a key on P-256", s->dir.path,
		    s->pair_name, CRT_SUFFIX);
		return;
	}
	snprintf(text, sizeof(text), "%.500s", s->why);
	snprintf(s->why, sizeof(s->why), "%s/%s%s, %s: %s; the certificate "
	    "and key are damaged, too weak, or do not match; remove both files "
	    "and run the ACME client again", s->dir.path, s->pair_name,
	    CRT_SUFFIX, KEY_SUFFIX, text);
}

/*
 * Load the pair of name and prepare the handshake.  PAIR_OK, PAIR_ABSENT, or
 * PAIR_BAD with s->why: the pair is bad, or libtls fails.
 */
static enum pair_result
prepare_pair(struct session *s, const char *name)
{
	const enum tls_offer offer = s->in.hello.tls13 ? OFFERS_TLS13 :
	    OFFERS_TLS12;
	const struct handshake *cached;
	enum prepared prepared;
	enum pair_result r;
	struct pair pair;

	s->pair_name = name;
	deadline_step("reading the pair", &s->event);
	if (s->child != NULL && offer == OFFERS_TLS13 &&
	    (cached = cache_find(s->child->cache, &s->dir, name)) != NULL) {
		handshake_borrow(&s->hs, cached);
		return (PAIR_OK);
	}
	r = pair_load(&s->dir, name, &pair, s->why);
	if (r == PAIR_OK) {
		deadline_step("preparing libtls", NULL);
		prepared = handshake_prepare(&s->hs, &pair, offer, s->why);
		if (prepared == PREPARED_BAD_PAIR ||
		    prepared == PREPARED_BAD_CURVE)
			explain_bad_pair(s, prepared);
		if (prepared != PREPARED_OK)
			r = PAIR_BAD;
	}
	pair_free(&pair);
	return (r);
}

/* Prepare the pair of -f: the client sent no name, or one without a pair. */
static enum pair_result
prepare_fallback(struct session *s)
{
	enum pair_result r;

	s->event.reason = REASON_FALLBACK;
	r = prepare_pair(s, s->opt->fallback);
	if (r != PAIR_ABSENT)
		return (r);
	snprintf(s->why, sizeof(s->why), "%s/%s%s: no such pair, though -f "
	    "names it; make the pair, or correct -f", s->dir.path,
	    s->opt->fallback, CRT_SUFFIX);
	return (PAIR_BAD);
}

/* Choose the pair and load it.  Returns 0, or -1: refused or failed. */
static int
choose_pair(struct session *s)
{
	const enum reason reason = s->in.reason;
	enum pair_result r = PAIR_ABSENT;

	if (reason == REASON_NONE)
		r = prepare_pair(s, s->in.name);
	if (r == PAIR_ABSENT && s->opt->fallback != NULL &&
	    (reason == REASON_NONE || reason == REASON_NO_NAME))
		r = prepare_fallback(s);
	if (r == PAIR_OK)
		return (0);
	if (r == PAIR_BAD)
		fail(s, s->why);
	else if (reason != REASON_NONE)
		refuse(s, reason, s->in.why);
	else {
		snprintf(s->why, sizeof(s->why), "no pair in %s", s->dir.path);
		refuse(s, REASON_UNKNOWN_NAME, s->why);
	}
	return (-1);
}

static void
do_handshake(struct session *s)
{
	const char *sni = s->in.name[0] != '\0' ? s->in.name : NULL;

	switch (handshake_run(&s->hs, &s->stream, sni, s->why)) {
	case HANDSHAKE_OK:
		s->event.result = RESULT_SERVED;
		s->event.tls = s->hs.version;
		s->event.cipher = s->hs.cipher;
		break;
	case HANDSHAKE_REJECTED:
		refuse(s, REASON_HANDSHAKE, s->why);
		break;
	case HANDSHAKE_HUNG_UP:
		refuse(s, REASON_HUNG_UP, "during the handshake");
		break;
	case HANDSHAKE_TIMEOUT:
		refuse(s, REASON_TIMEOUT, "during the handshake");
		break;
	case HANDSHAKE_ERROR:
		fail(s, s->why);
		break;
	}
}

int
session_run(const struct options *opt, const struct child *child, int rfd,
    int wfd)
{
	static const enum report_what report_of[] = {
		[RESULT_SERVED] = REPORT_SERVED,
		[RESULT_REFUSED] = REPORT_REFUSED,
		[RESULT_CLOSED] = REPORT_CLOSED,
		[RESULT_ERROR] = REPORT_FAILED,
	};
	struct session s;

	memset(&s, 0, sizeof(s));
	s.opt = opt;
	s.child = child;
	stream_init(&s.stream, rfd, wfd,
	    child != NULL ? child->start : now_ms(), opt->seconds);
	/* After a RST, getpeername(2) fails. */
	if (child != NULL)
		s.event.peer = child->peer;
	else
		addr_of_peer(&s.event.peer, rfd);
	deadline_step("opening the directory of the pairs", &s.event);
	certdir_open(&s.dir, opt->directory);
	intake_init(&s.in, opt->proxy);
	sandbox_enter(s.dir.fd, opt->directory, log_needs_libraries(),
	    opt->seconds);

	deadline_step("reading the ClientHello", NULL);
	if (read_hello(&s) == 0 && choose_pair(&s) == 0) {
		deadline_step("closing the directory of the pairs", NULL);
		report(&s, REPORT_PAIR);
		certdir_close(&s.dir);
		sandbox_handshake(log_needs_libraries());
		deadline_step("doing the handshake", NULL);
		do_handshake(&s);
	}

	/* First the client, which is waiting, then the log, then the memory. */
	deadline_step("closing the connection", NULL);
	stream_close(&s.stream);
	deadline_closed(&s.event);
	s.event.ms = stream_ms(&s.stream);
	if (s.event.result != RESULT_CLOSED || opt->verbose)
		log_event(&s.event);
	report(&s, report_of[s.event.result]);
	handshake_free(&s.hs);
	certdir_close(&s.dir);
	log_linger();
	return (s.event.result == RESULT_ERROR ? EXIT_FAILURE : EXIT_SUCCESS);
}
