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
 * diagnose: what each kind of probe means.  No socket: the probes are written
 * down here, and so are the faults that cert_judge would find.
 */
#include <sys/socket.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/diagnose.h"

#define HELLO_12	"\x16\x03\x03\x00\x30\x02\x00\x00\x2c\x03\x03"
#define HELLO_11	"\x16\x03\x02\x00\x30\x02\x00\x00\x2c\x03\x02"
#define HELLO_10	"\x16\x03\x01\x00\x30\x02\x00\x00\x2c\x03\x01"
#define ALERT		"\x15\x03\x03\x00\x02\x02"
#define FAULTS_MAX	10

/* The pair on the disk, of a question with -d. */
enum on_disk { NO_DISK, SAME, OLDER, TWIN, WRONG, ABSENT, BAD };

struct probe_case {
	const char	*name;
	enum probe_end	 end;
	int		 error;
	char		 first[PROBE_FIRST_SIZE];	/* received */
	size_t		 got;		/* bytes received */
	int		 alert;
	const char	*text;
	const char	*alpn;
	int		 has_pem;	/* a certificate that libcrypto
					   cannot read */
	int		 has_cert;
	enum finding	 faults[FAULTS_MAX];	/* of the certificate */
	enum proxy_header proxy;
	enum on_disk	 disk;
	enum finding	 want;		/* what the CA says; FINDING_NONE: the
					   CA accepts */
	enum finding	 also[FAULTS_MAX];	/* in the set besides */
	const char	*ca;		/* a detail of want: the words */
};

static const struct probe_case cases[] = {
	/* no connection */
	{ .name = "connection refused", .end = PROBE_NOT_CONNECTED,
	    .error = ECONNREFUSED, .want = FINDING_REFUSED },
	{ .name = "refused, with a PROXY header", .end = PROBE_NOT_CONNECTED,
	    .error = ECONNREFUSED, .proxy = PROXY_HEADER_V2,
	    .want = FINDING_REFUSED },
	{ .name = "refused, with -d", .end = PROBE_NOT_CONNECTED,
	    .error = ECONNREFUSED, .disk = SAME, .want = FINDING_REFUSED },
	{ .name = "timeout of connect", .end = PROBE_NOT_CONNECTED,
	    .error = ETIMEDOUT, .want = FINDING_CONNECT_TIMEOUT },
	{ .name = "network unreachable", .end = PROBE_NOT_CONNECTED,
	    .error = ENETUNREACH, .text = "Network is unreachable",
	    .want = FINDING_NO_ROUTE },
	{ .name = "no such family", .end = PROBE_NOT_CONNECTED,
	    .error = EAFNOSUPPORT, .want = FINDING_NO_ROUTE },
	{ .name = "no address of this family", .end = PROBE_NOT_CONNECTED,
	    .error = EADDRNOTAVAIL, .want = FINDING_NO_ROUTE },
	{ .name = "host unreachable", .end = PROBE_NOT_CONNECTED,
	    .error = EHOSTUNREACH, .text = "No route to host",
	    .want = FINDING_CONNECT_FAILED },
	{ .name = "connection rejected", .end = PROBE_NOT_CONNECTED,
	    .error = EACCES, .want = FINDING_CONNECT_FAILED },
	{ .name = "reset during connect", .end = PROBE_NOT_CONNECTED,
	    .error = ECONNRESET, .want = FINDING_CONNECT_FAILED },
	{ .name = "no descriptor", .end = PROBE_LOCAL, .error = EMFILE,
	    .text = "Too many open files", .want = FINDING_LOCAL },
	{ .name = "no memory", .end = PROBE_LOCAL, .text = "out of memory",
	    .want = FINDING_LOCAL },

	/* no answer */
	{ .name = "EOF at once", .end = PROBE_HUNG_UP,
	    .want = FINDING_CLOSED, .ca = "Error getting validation data" },
	{ .name = "RST at once", .end = PROBE_HUNG_UP, .error = ECONNRESET,
	    .want = FINDING_CLOSED, .ca = "Connection reset by peer" },
	{ .name = "EPIPE at once", .end = PROBE_HUNG_UP, .error = EPIPE,
	    .want = FINDING_CLOSED, .ca = "Connection reset by peer" },
	{ .name = "EOF after a PROXY header", .end = PROBE_HUNG_UP,
	    .proxy = PROXY_HEADER_V1, .want = FINDING_CLOSED_PROXY },
	{ .name = "RST after a PROXY header", .end = PROBE_HUNG_UP,
	    .error = ECONNRESET, .proxy = PROXY_HEADER_V2,
	    .want = FINDING_CLOSED_PROXY, .ca = "Connection reset by peer" },
	{ .name = "silence", .end = PROBE_TIMEOUT, .want = FINDING_SILENT },
	{ .name = "silence after a PROXY header", .end = PROBE_TIMEOUT,
	    .proxy = PROXY_HEADER_V1, .want = FINDING_SILENT },

	/* no TLS */
	{ .name = "SSH", .end = PROBE_FAILED, .first = "SSH-2.0-x\r\n",
	    .got = 11, .want = FINDING_NOT_TLS },
	{ .name = "SSH, then silence", .end = PROBE_TIMEOUT,
	    .first = "SSH-2.0-x\r\n", .got = 11, .want = FINDING_NOT_TLS },
	{ .name = "SSH, then EOF", .end = PROBE_HUNG_UP,
	    .first = "SSH-2.0-x\r\n", .got = 11, .want = FINDING_NOT_TLS },
	{ .name = "a NUL", .end = PROBE_FAILED, .first = "\0", .got = 1,
	    .want = FINDING_NOT_TLS },
	{ .name = "a terminal's escape", .end = PROBE_FAILED,
	    .first = "\033[2J", .got = 4, .want = FINDING_NOT_TLS },
	{ .name = "HTTP", .end = PROBE_FAILED,
	    .first = "HTTP/1.1 400 Bad Request\r\n", .got = 26,
	    .want = FINDING_HTTP },
	{ .name = "HTTP in small letters", .end = PROBE_HUNG_UP,
	    .first = "http/1.0 ", .got = 9, .want = FINDING_HTTP },
	{ .name = "HTTP after a PROXY header", .end = PROBE_FAILED,
	    .first = "HTTP/1.1 400", .got = 12, .proxy = PROXY_HEADER_V1,
	    .want = FINDING_HTTP },
	{ .name = "HTML", .end = PROBE_FAILED, .first = "<html>\n",
	    .got = 7, .want = FINDING_HTTP,
	    .ca = "Error getting validation data" },
	{ .name = "HTML with a doctype", .end = PROBE_FAILED,
	    .first = "<!doctype HTML>", .got = 15, .want = FINDING_HTTP },
	{ .name = "half of HTTP", .end = PROBE_FAILED, .first = "HTTP",
	    .got = 4, .want = FINDING_NOT_TLS },
	{ .name = "TLS of version 2", .end = PROBE_FAILED,
	    .first = "\x16\x02\x00\x00", .got = 4, .want = FINDING_NOT_TLS },
	{ .name = "a record of type 24", .end = PROBE_FAILED,
	    .first = "\x18\x03\x03\x00", .got = 4, .want = FINDING_NOT_TLS },

	/* alerts */
	{ .name = "unrecognized name", .end = PROBE_FAILED, .alert = 112,
	    .first = ALERT "\x70", .got = 7, .want = FINDING_UNKNOWN_NAME },
	{ .name = "unrecognized name, then RST", .end = PROBE_HUNG_UP,
	    .error = ECONNRESET, .alert = 112, .first = ALERT "\x70",
	    .got = 7, .want = FINDING_UNKNOWN_NAME },
	{ .name = "unrecognized name, and a pair on the disk",
	    .end = PROBE_FAILED, .alert = 112, .first = ALERT "\x70",
	    .got = 7, .disk = SAME, .want = FINDING_WRONG_DIRECTORY },
	{ .name = "unrecognized name, and a wrong pair on the disk",
	    .end = PROBE_FAILED, .alert = 112, .first = ALERT "\x70",
	    .got = 7, .disk = WRONG, .want = FINDING_WRONG_DIRECTORY },
	{ .name = "unrecognized name, and none on the disk",
	    .end = PROBE_FAILED, .alert = 112, .first = ALERT "\x70",
	    .got = 7, .disk = ABSENT, .want = FINDING_UNKNOWN_NAME },
	{ .name = "unrecognized name, and a disk that cannot be read",
	    .end = PROBE_FAILED, .alert = 112, .first = ALERT "\x70",
	    .got = 7, .disk = BAD, .want = FINDING_UNKNOWN_NAME,
	    .also = { FINDING_NOT_COMPARED } },
	{ .name = "no application protocol", .end = PROBE_FAILED,
	    .alert = 120, .first = ALERT "\x78", .got = 7,
	    .want = FINDING_NO_ACME_TLS },
	{ .name = "internal error", .end = PROBE_FAILED, .alert = 80,
	    .first = ALERT "\x50", .got = 7, .want = FINDING_SERVER_ERROR },
	{ .name = "handshake failure", .end = PROBE_FAILED, .alert = 40,
	    .first = ALERT "\x28", .got = 7,
	    .want = FINDING_HANDSHAKE_FAILURE },
	{ .name = "insufficient security", .end = PROBE_FAILED, .alert = 71,
	    .first = ALERT "\x47", .got = 7,
	    .want = FINDING_HANDSHAKE_FAILURE },
	{ .name = "protocol version", .end = PROBE_FAILED, .alert = 70,
	    .first = ALERT "\x46", .got = 7, .want = FINDING_OLD_TLS,
	    .ca = "remote error: tls: protocol version not supported" },
	{ .name = "illegal parameter", .end = PROBE_FAILED, .alert = 47,
	    .first = ALERT "\x2f", .got = 7,
	    .want = FINDING_ILLEGAL_PARAMETER },
	{ .name = "access denied", .end = PROBE_FAILED, .alert = 49,
	    .first = ALERT "\x31", .got = 7, .want = FINDING_ALERT,
	    .ca = "remote error: tls: access denied" },
	{ .name = "decode error after a PROXY header", .end = PROBE_FAILED,
	    .alert = 50, .first = ALERT "\x32", .got = 7,
	    .proxy = PROXY_HEADER_V2, .want = FINDING_ALERT,
	    .ca = "remote error: tls: error decoding message" },
	{ .name = "missing extension", .end = PROBE_FAILED, .alert = 109,
	    .first = ALERT "\x6d", .got = 7, .want = FINDING_ALERT },
	{ .name = "an alert without a name", .end = PROBE_FAILED,
	    .alert = 99, .first = ALERT "\x63", .got = 7,
	    .want = FINDING_ALERT, .ca = "remote error: tls: alert(99)" },

	/* a handshake that broke off */
	{ .name = "EOF after half a ServerHello", .end = PROBE_HUNG_UP,
	    .first = HELLO_12, .got = 30, .want = FINDING_HUNG_UP,
	    .ca = "Error getting validation data" },
	{ .name = "RST after half a ServerHello", .end = PROBE_HUNG_UP,
	    .error = ECONNRESET, .first = HELLO_12, .got = 30,
	    .want = FINDING_HUNG_UP, .ca = "Connection reset by peer" },
	{ .name = "half a ServerHello, then silence", .end = PROBE_TIMEOUT,
	    .first = HELLO_12, .got = 30, .want = FINDING_STALLED },
	{ .name = "one byte, then silence", .end = PROBE_TIMEOUT,
	    .first = "\x16", .got = 1, .want = FINDING_STALLED },
	{ .name = "a warning and EOF", .end = PROBE_HUNG_UP,
	    .first = "\x15\x03\x03\x00\x02\x01\x00", .got = 7,
	    .want = FINDING_HUNG_UP },
	{ .name = "TLS 1.1", .end = PROBE_FAILED, .first = HELLO_11,
	    .got = 53, .want = FINDING_OLD_TLS,
	    .ca = "Error getting validation data" },
	{ .name = "TLS 1.0, then EOF", .end = PROBE_HUNG_UP,
	    .first = HELLO_10, .got = 53, .want = FINDING_OLD_TLS },
	{ .name = "nonsense in TLS", .end = PROBE_FAILED,
	    .first = "\x16\x03\x03\x00\x04wwww", .got = 9,
	    .text = "handshake failed", .want = FINDING_TLS_FAILED },

	/* a complete handshake */
	{ .name = "no ALPN", .end = PROBE_COMPLETE, .alpn = "",
	    .has_cert = 1, .want = FINDING_WEB_SERVER },
	{ .name = "another protocol", .end = PROBE_COMPLETE, .alpn = "h2",
	    .has_cert = 1, .faults = { FINDING_ISSUED },
	    .want = FINDING_WEB_SERVER },
	{ .name = "no memory for the certificate", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .want = FINDING_LOCAL },
	{ .name = "a malformed certificate", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_pem = 1,
	    .want = FINDING_TLS_FAILED_AT_CA },
	{ .name = "a CA cannot read it", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_CA_CANNOT_READ },
	    .want = FINDING_TLS_FAILED_AT_CA },
	{ .name = "good", .end = PROBE_COMPLETE, .alpn = "acme-tls/1",
	    .has_cert = 1 },
	{ .name = "good, as on the disk", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1, .disk = SAME },
	{ .name = "an older pair on the disk", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1, .disk = OLDER,
	    .want = FINDING_OTHER_CERTIFICATE },
	{ .name = "another pair of the same digest", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1, .disk = TWIN,
	    .also = { FINDING_SAME_DIGEST } },
	{ .name = "a wrong pair on the disk", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1, .disk = WRONG,
	    .also = { FINDING_NOT_COMPARED_WRONG } },
	{ .name = "good, none on the disk", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1, .disk = ABSENT,
	    .also = { FINDING_NOT_ON_DISK } },
	{ .name = "good, a disk that cannot be read", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1, .disk = BAD,
	    .also = { FINDING_NOT_COMPARED } },
	{ .name = "expired", .end = PROBE_COMPLETE, .alpn = "acme-tls/1",
	    .has_cert = 1, .faults = { FINDING_EXPIRED } },
	{ .name = "expired, as on the disk", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1, .disk = OLDER,
	    .faults = { FINDING_EXPIRED },
	    .want = FINDING_OTHER_CERTIFICATE },

	/* its certificate */
	{ .name = "a web server's certificate", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_ISSUED, FINDING_ACME_MISSING },
	    .want = FINDING_FALLBACK, .ca = "which is not self-signed." },
	{ .name = "a self-signed fallback", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_ACME_MISSING }, .want = FINDING_FALLBACK },
	{ .name = "an extension several times, and no acmeIdentifier",
	    .end = PROBE_COMPLETE, .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_ACME_MISSING, FINDING_EXTENSION_TWICE },
	    .want = FINDING_FALLBACK },
	{ .name = "everything wrong, and no acmeIdentifier",
	    .end = PROBE_COMPLETE, .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_CHAIN, FINDING_ISSUED, FINDING_SAN_SEVERAL,
	    FINDING_EXTENSION_TWICE, FINDING_ACME_MISSING, FINDING_RSA_SMALL,
	    FINDING_EXPIRED }, .want = FINDING_FALLBACK },
	{ .name = "another name", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_SAN_DIFFERS }, .want = FINDING_OTHER_NAME },
	{ .name = "a name in the place of an address",
	    .end = PROBE_COMPLETE, .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_SAN_NAME_FOR_IP },
	    .want = FINDING_OTHER_NAME },
	{ .name = "another name, and a malformed digest",
	    .end = PROBE_COMPLETE, .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_SAN_DIFFERS, FINDING_ACME_MALFORMED },
	    .want = FINDING_OTHER_NAME },
	{ .name = "another name, by another issuer", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_ISSUED, FINDING_SAN_DIFFERS },
	    .want = FINDING_BAD_CERTIFICATE },
	{ .name = "a wrong signature", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_NOT_SELF_SIGNED },
	    .want = FINDING_BAD_CERTIFICATE },
	{ .name = "no subjectAltName", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_SAN_MISSING },
	    .want = FINDING_BAD_CERTIFICATE },
	{ .name = "two names", .end = PROBE_COMPLETE, .alpn = "acme-tls/1",
	    .has_cert = 1, .faults = { FINDING_SAN_SEVERAL },
	    .want = FINDING_BAD_CERTIFICATE },
	{ .name = "capitals", .end = PROBE_COMPLETE, .alpn = "acme-tls/1",
	    .has_cert = 1, .faults = { FINDING_SAN_CAPITALS },
	    .want = FINDING_BAD_CERTIFICATE },
	{ .name = "acmeIdentifier not critical", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_ACME_NOT_CRITICAL },
	    .want = FINDING_BAD_CERTIFICATE },
	{ .name = "a malformed digest", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1, .disk = OLDER,
	    .faults = { FINDING_ACME_MALFORMED },
	    .want = FINDING_BAD_CERTIFICATE },
	{ .name = "a chain alone", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1, .disk = OLDER,
	    .faults = { FINDING_CHAIN } },
	{ .name = "a small key alone", .end = PROBE_COMPLETE,
	    .alpn = "acme-tls/1", .has_cert = 1,
	    .faults = { FINDING_RSA_SMALL } },
};

static void
set_disk(struct disk *d, enum on_disk on_disk)
{
	memset(d, 0, sizeof(*d));
	d->directory = on_disk == NO_DISK ? NULL : "/certs";
	d->state = PAIR_OK;
	switch (on_disk) {
	case OLDER:
		d->cert.digest[0] = 1;
		/* FALLTHROUGH */
	case TWIN:
		d->cert.fingerprint[0] = 1;
		break;
	case WRONG:
		findings_add(&d->cert.faults, FINDING_SAN_MISSING, "x");
		break;
	case ABSENT:
		d->state = PAIR_ABSENT;
		break;
	case BAD:
		d->state = PAIR_BAD;
		strcpy(d->why, "why");
		break;
	default:
		break;
	}
}

static void
set_probe(struct probe *p, const struct probe_case *c)
{
	memset(p, 0, sizeof(*p));
	assert_int_equal(addr_from_text(&p->to, "192.0.2.1", "443"), 0);
	p->end = c->end;
	p->error = c->error;
	p->got = c->got;
	p->alert = c->alert == 0 ? -1 : c->alert;
	memcpy(p->first, c->first, sizeof(p->first));
	snprintf(p->text, sizeof(p->text), "%s", c->text ? c->text : "");
	snprintf(p->alpn, sizeof(p->alpn), "%s", c->alpn ? c->alpn : "");
}

/* Is it in the set because of the certificate, or named in the case? */
static int
is_wanted(const struct probe_case *c, enum finding id)
{
	if (id == c->want)
		return (1);
	for (int i = 0; i < FAULTS_MAX; i++) {
		if (id == c->also[i])
			return (1);
		if (c->want == FINDING_WEB_SERVER)
			continue;
		if (id == c->faults[i])
			return (1);
	}
	return (0);
}

static void
run_case(void **state)
{
	const struct probe_case *c = *state;
	static struct disk disk;
	static struct cert cert;
	static struct findings f;
	static struct probe p;
	struct identifier id;
	struct question q = { .id = &id, .proxy = c->proxy, .disk = &disk };
	enum finding got;
	int found = c->ca == NULL;

	assert_int_equal(identifier_parse("example.org", &id), 0);
	set_disk(&disk, c->disk);
	set_probe(&p, c);
	if (c->has_cert || c->has_pem)
		p.cert = (uint8_t *)&cert;	/* never read */
	memset(&cert, 0, sizeof(cert));
	for (int i = 0; c->faults[i] != FINDING_NONE; i++)
		findings_add(&cert.faults, c->faults[i], "the certificate");
	findings_clear(&f);
	got = diagnose(&p, c->has_cert ? &cert : NULL, &q, &f);
	assert_int_equal(got, c->want);
	for (enum finding k = FINDING_NONE + 1; k < FINDING_N; k++)
		if (f.has[k] != is_wanted(c, k))
			fail_msg("%s %s", finding_words(k)->code,
			    f.has[k] ? "not expected" : "is missing");
	for (int i = 1; c->want != FINDING_NONE && !found &&
	    findings_detail(&f, c->want, i) != NULL; i++)
		found = strcmp(findings_detail(&f, c->want, i), c->ca) == 0;
	assert_true(found);
}

int
main(void)
{
	struct CMUnitTest tests[sizeof(cases) / sizeof(cases[0])];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
		    .test_func = run_case,
		    .initial_state = (void *)(uintptr_t)&cases[i] };
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
