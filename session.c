#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certdir.h"
#include "handshake.h"
#include "log.h"
#include "sandbox.h"
#include "session.h"
#include "source.h"

#define ALERT_INTERNAL_ERROR	80	/* RFC 8446 section 6.2 */

struct session {
	const struct options	*opt;
	struct certdir		 dir;
	struct source		 src;
	struct intake		 in;
	struct handshake	 hs;
	struct event		 event;
	const char		*pair_name;	/* of the pair that answers */
	char			 why[WHY_SIZE];
};

/* Tell the server that forked us, if one did. */
static void
report(const struct session *s, enum report_what what)
{
	struct report r;

	if (s->opt->report == -1)
		return;
	memset(&r, 0, sizeof(r));
	r.pid = getpid();
	r.what = what;
	if (what == REPORT_HELLO && s->in.hello.tls13)
		memcpy(r.name, s->pair_name, strlen(s->pair_name) + 1);
	/* Less than PIPE_BUF: whole or not at all; it is not worth waiting. */
	if (write(s->opt->report, &r, sizeof(r)) == -1)
		return;
}

/* A fatal alert in the clear: nothing has been negotiated yet. */
static void
send_alert(struct session *s, int description)
{
	uint16_t version = s->in.hello.legacy_version;
	uint8_t record[7] = { 21, 3, 3, 0, 2, 2, (uint8_t)description };
	size_t put;

	/* A client of old has to understand why it is too old. */
	if (version != 0 && version < TLS1_2_VERSION_WIRE)
		record[2] = (uint8_t)version;
	/* Seven bytes fit into the buffer of any new connection. */
	(void)source_write(&s->src, record, sizeof(record), &put);
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

/* The operator's fault, or the machine's; a whole hello wants an answer. */
static void
fail(struct session *s, const char *detail)
{
	if (s->in.whole)
		send_alert(s, ALERT_INTERNAL_ERROR);
	s->event.result = RESULT_ERROR;
	s->event.reason = REASON_NONE;
	s->event.detail = detail;
}

/* Nothing more comes: a health check, a scanner, or a client cut off. */
static void
ended(struct session *s, enum io io)
{
	if (io == IO_NOMEM) {
		fail(s, "out of memory");
		return;
	}
	/* HAProxy's check with send-proxy-v2 is a LOCAL header and a RST. */
	if (io != IO_TIMEOUT && (s->src.len == 0 ||
	    (s->in.proxy.local && s->src.len == s->in.tls_off)))
		s->event.result = RESULT_CLOSED;
	else
		refuse(s, io == IO_TIMEOUT ? REASON_TIMEOUT : REASON_HUNG_UP,
		    NULL);
}

/* Read until the intake has decided.  Returns 0, or -1: it is over. */
static int
read_hello(struct session *s)
{
	enum parse r = PARSE_MORE;
	enum io io;

	while (r == PARSE_MORE) {
		if ((io = source_fill(&s->src, INTAKE_MAX)) != IO_OK) {
			ended(s, io);
			return (-1);
		}
		r = intake_feed(&s->in, s->src.buf, s->src.len);
		s->event.client = s->in.proxy.client;
	}
	if (r == PARSE_BAD) {
		fail(s, "out of memory");
		return (-1);
	}
	s->src.off = s->in.tls_off;
	if (s->in.name[0] != '\0') {
		s->event.name = (const uint8_t *)s->in.name;
		s->event.name_len = strlen(s->in.name);
	} else {
		s->event.name = s->in.hello.sni;
		s->event.name_len = s->in.hello.sni_len;
	}
	return (0);
}

static int
prepare_pair(struct session *s, const char *name, enum pair_result *r)
{
	const struct handshake *ready;
	struct pair pair;
	int ok = -1;

	if (s->opt->ready != NULL && s->in.hello.tls13 &&
	    (ready = ready_find(s->opt->ready, &s->dir, name)) != NULL) {
		handshake_borrow(&s->hs, ready);
		*r = PAIR_OK;
		return (0);
	}
	*r = pair_load(&s->dir, name, &pair, s->why);
	if (*r == PAIR_OK)
		ok = handshake_prepare(&s->hs, &pair, s->in.hello.tls13,
		    s->why);
	pair_free(&pair);
	return (ok);
}

/* Choose the pair and load it.  Returns 0, or -1: refused or failed. */
static int
choose_pair(struct session *s)
{
	enum reason reason = s->in.reason;
	enum pair_result r = PAIR_ABSENT;
	const char *fallback = s->opt->fallback;
	char text[WHY_SIZE];

	if (reason != REASON_NONE && reason != REASON_NO_NAME) {
		refuse(s, reason, s->in.why);
		return (-1);
	}
	s->pair_name = s->in.name;
	if (reason == REASON_NONE && prepare_pair(s, s->in.name, &r) == 0)
		return (0);
	if (r == PAIR_ABSENT && fallback != NULL) {
		s->event.reason = REASON_FALLBACK;
		s->pair_name = fallback;
		if (prepare_pair(s, fallback, &r) == 0)
			return (0);
		if (r == PAIR_ABSENT) {
			(void)snprintf(s->why, sizeof(s->why),
			    "%s/%s.crt.pem: no such pair, though -f names it",
			    s->dir.path, fallback);
			r = PAIR_BAD;
		}
	}
	if (r == PAIR_ABSENT) {
		refuse(s, reason == REASON_NONE ? REASON_UNKNOWN_NAME :
		    reason, NULL);
		return (-1);
	}
	if (r == PAIR_OK && s->hs.pair_seen) {	/* libtls does not like it */
		memcpy(text, s->why, sizeof(text));
		(void)snprintf(s->why, sizeof(s->why),
		    "%s/%s.crt.pem, .key.pem: %.*s; damaged, weak, or not "
		    "of one another; remove both and let the ACME client "
		    "make them anew", s->dir.path, s->pair_name,
		    (int)sizeof(text) / 2, text);
	}
	fail(s, s->why);
	return (-1);
}

static void
do_handshake(struct session *s)
{
	const char *sni = s->in.name[0] != '\0' ? s->in.name : NULL;

	switch (handshake_run(&s->hs, &s->src, sni, s->why)) {
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
session_run(const struct options *opt, int rfd, int wfd)
{
	struct session s;

	memset(&s, 0, sizeof(s));
	s.opt = opt;
	source_init(&s.src, rfd, wfd, opt->seconds);
	(void)addr_of_peer(&s.event.peer, rfd);
	certdir_open(&s.dir, opt->directory);
	intake_init(&s.in, opt->proxy);
	sandbox_enter(s.dir.fd, opt->directory, log_needs_libraries(),
	    opt->seconds);

	if (read_hello(&s) == 0 && choose_pair(&s) == 0) {
		report(&s, REPORT_HELLO);
		certdir_close(&s.dir);
		sandbox_no_files(log_needs_libraries());
		do_handshake(&s);
	}

	/* First the client, who is waiting, then the log, then the memory. */
	source_close(&s.src);
	s.event.ms = source_ms(&s.src);
	if (s.event.result != RESULT_CLOSED || opt->verbose)
		log_event(&s.event);
	report(&s, s.event.result == RESULT_SERVED ? REPORT_SERVED :
	    REPORT_OTHER);
	handshake_free(&s.hs);
	certdir_close(&s.dir);
	log_linger();
	return (s.event.result == RESULT_ERROR ? EXIT_FAILURE : EXIT_SUCCESS);
}
