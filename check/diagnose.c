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

#include <arpa/inet.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "alpnd.h"
#include "diagnose.h"

static const struct {
	int		 alert;		/* RFC 8446 section 6.2, RFC 7301 3.2 */
	const char	*text;		/* as Go's crypto/tls says it */
	enum finding	 finding;
} alerts[] = {
	{ 10, "unexpected message", FINDING_ALERT },
	{ 40, "handshake failure", FINDING_HANDSHAKE_FAILURE },
	{ 47, "illegal parameter", FINDING_ILLEGAL_PARAMETER },
	{ 49, "access denied", FINDING_ALERT },
	{ 50, "error decoding message", FINDING_ALERT },
	{ 70, "protocol version not supported", FINDING_OLD_TLS },
	{ 71, "insufficient security level", FINDING_HANDSHAKE_FAILURE },
	{ 80, "internal error", FINDING_SERVER_ERROR },
	{ 109, "missing extension", FINDING_ALERT },
	{ 112, "unrecognized name", FINDING_UNKNOWN_NAME },
	{ 120, "no application protocol", FINDING_NO_ACME_TLS },
};

/* Add what is met at a server; see the table of finding.c for its details. */
static enum finding
add(const struct probe *p, const struct question *q, struct findings *f,
    enum finding id, const char *text, const char *ca)
{
	char ip[INET6_ADDRSTRLEN] = "", prefix[INET6_ADDRSTRLEN + 2];

	inet_ntop(p->to.family, p->to.ip, ip, sizeof(ip));
	snprintf(prefix, sizeof(prefix), "%s%s", ip, ip[0] == '\0' ? "" : ": ");
	findings_add(f, id, prefix, text,
	    q->proxy == PROXY_HEADER_NONE ? "" : "sent", ca);
	return (id);
}

static enum finding
diagnose_no_connection(const struct probe *p, const struct question *q,
    struct findings *f)
{
	enum finding id = FINDING_CONNECT_FAILED;

	switch (p->error) {
	case ECONNREFUSED:
		id = FINDING_REFUSED;
		break;
	case ETIMEDOUT:
		id = FINDING_CONNECT_TIMEOUT;
		break;
	case ENETUNREACH:
	case EAFNOSUPPORT:
	case EADDRNOTAVAIL:	/* no address of this family here */
		id = FINDING_NO_ROUTE;
		break;
	}
	return (add(p, q, f, id, p->text, ""));
}

static enum finding
diagnose_alert(const struct probe *p, const struct question *q,
    struct findings *f)
{
	const struct disk *d = q->disk;
	const char *directory = "";
	enum finding id = FINDING_ALERT;
	char ca[64];

	snprintf(ca, sizeof(ca), "remote error: tls: alert(%d)", p->alert);
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].alert == p->alert) {
			id = alerts[i].finding;
			snprintf(ca, sizeof(ca), "remote error: tls: %s",
			    alerts[i].text);
		}
	if (id == FINDING_UNKNOWN_NAME && d->directory != NULL) {
		if (d->state == PAIR_BAD)
			findings_add(f, FINDING_NOT_COMPARED, d->why);
		else
			directory = d->directory;
		if (d->state == PAIR_OK)
			id = FINDING_WRONG_DIRECTORY;
	}
	return (add(p, q, f, id, directory, ca));
}

static int
starts_with(const struct probe *p, const char *s)
{
	const size_t len = strlen(s);

	return (p->got >= len && len <= sizeof(p->first) &&
	    strncasecmp((const char *)p->first, s, len) == 0);
}

/* Records of TLS have a type from 20 to 23, and version 3.x. */
static int
is_tls(const struct probe *p)
{
	return (p->got == 0 || (p->first[0] >= 20 && p->first[0] <= 23 &&
	    (p->got == 1 || p->first[1] == 3)));
}

static enum finding
diagnose_no_tls(const struct probe *p, const struct question *q,
    struct findings *f)
{
	const size_t n = p->got < sizeof(p->first) ? p->got :
	    sizeof(p->first);
	char text[PROBE_FIRST_SIZE + 1];
	size_t i;

	if (starts_with(p, "HTTP/"))
		return (add(p, q, f, FINDING_HTTP, "",
		    "Server only speaks HTTP, not TLS"));
	/* boulder recognises a web server by "HTTP/" only */
	if (starts_with(p, "<html") || starts_with(p, "<!DOCTYPE html"))
		return (add(p, q, f, FINDING_HTTP, "", CA_DATA));
	for (i = 0; i < n && p->first[i] != '\n' && p->first[i] != '\r'; i++)
		text[i] = (char)(isprint(p->first[i]) ? p->first[i] : '.');
	text[i] = '\0';
	return (add(p, q, f, FINDING_NOT_TLS, text, ""));
}

/* The version in a ServerHello (RFC 5246 7.4.1.3): before TLS 1.2? */
static int
is_old_hello(const struct probe *p)
{
	return (p->got >= 11 && p->first[0] == 22 && p->first[5] == 2 &&
	    p->first[9] == 3 && p->first[10] < 3);
}

/* Connected, but without a complete handshake. */
static enum finding
diagnose_broken(const struct probe *p, const struct question *q,
    struct findings *f)
{
	/* boulder has words for a reset; for an EOF it says CA_DATA */
	const char *ca = p->end == PROBE_HUNG_UP && p->error != 0 ?
	    "Connection reset by peer" : CA_DATA;
	enum finding id = FINDING_TLS_FAILED;

	if (!is_tls(p))
		return (diagnose_no_tls(p, q, f));
	if (p->alert > 0)	/* close_notify, 0, tells nothing */
		return (diagnose_alert(p, q, f));
	if (is_old_hello(p))
		id = FINDING_OLD_TLS;
	else if (p->end == PROBE_TIMEOUT)
		id = p->got == 0 ? FINDING_SILENT : FINDING_STALLED;
	else if (p->got == 0)
		id = q->proxy == PROXY_HEADER_NONE ? FINDING_CLOSED :
		    FINDING_CLOSED_PROXY;
	else if (p->end == PROBE_HUNG_UP)
		id = FINDING_HUNG_UP;
	return (add(p, q, f, id, p->text, ca));
}

/* Add all that cert_judge() has found, and what the CA would say. */
static enum finding
diagnose_certificate(const struct probe *p, const struct cert *c,
    const struct question *q, struct findings *f)
{
	enum finding first = FINDING_ISSUED, id = FINDING_BAD_CERTIFICATE;
	char addr[ADDR_STRLEN], name[NAME_SIZE];

	findings_merge(f, &c->faults);
	if (c->faults.has[FINDING_CA_CANNOT_READ] ||
	    c->faults.has[FINDING_KEY_UNKNOWN])
		return (add(p, q, f, FINDING_TLS_FAILED_AT_CA, "", ""));
	/* the first fault that boulder looks for; see the order in finding.h */
	while (first <= FINDING_ACME_MALFORMED && !c->faults.has[first])
		first++;
	if (first > FINDING_ACME_MALFORMED)
		return (FINDING_NONE);
	/* a fallback has no acmeIdentifier, whatever else is wrong with it */
	if (c->faults.has[FINDING_ACME_MISSING])
		id = FINDING_FALLBACK;
	else if (first == FINDING_SAN_DIFFERS ||
	    first == FINDING_SAN_NAME_FOR_IP)
		id = FINDING_OTHER_NAME;
	findings_add(f, id, identifier_text(q->id, name),
	    addr_format(&p->to, addr), finding_words(first)->ca);
	return (id);
}

static enum finding
compare_with_disk(const struct cert *c, const struct question *q,
    struct findings *f)
{
	const struct disk *d = q->disk;
	const char *dir = d->directory, *name = q->id->name;
	char got[ACME_HEX_SIZE], want[ACME_HEX_SIZE];

	if (dir == NULL)
		return (FINDING_NONE);
	if (d->state == PAIR_BAD)
		findings_add(f, FINDING_NOT_COMPARED, d->why);
	else if (d->state == PAIR_ABSENT)
		findings_add(f, FINDING_NOT_ON_DISK, dir);
	else if (findings_worst(&d->cert.faults) == SEVERITY_ERROR)
		findings_add(f, FINDING_NOT_COMPARED_WRONG, dir, name);
	else if (memcmp(c->digest, d->cert.digest, sizeof(c->digest)) != 0) {
		cert_hex(c->digest, got);
		cert_hex(d->cert.digest, want);
		findings_add(f, FINDING_OTHER_CERTIFICATE, dir, name, got,
		    want);
		return (FINDING_OTHER_CERTIFICATE);
	} else if (memcmp(c->fingerprint, d->cert.fingerprint,
	    sizeof(c->fingerprint)) != 0)
		findings_add(f, FINDING_SAME_DIGEST, dir, name);
	return (FINDING_NONE);
}

static enum finding
diagnose_complete(const struct probe *p, const struct cert *c,
    const struct question *q, struct findings *f)
{
	enum finding id;

	if (strcmp(p->alpn, ACME_TLS_1) != 0)
		return (add(p, q, f, FINDING_WEB_SERVER, p->subject, ""));
	if (p->cert == NULL)
		return (add(p, q, f, FINDING_LOCAL, "out of memory", ""));
	if (c == NULL)
		return (add(p, q, f, FINDING_TLS_FAILED_AT_CA, "", ""));
	id = diagnose_certificate(p, c, q, f);
	if (findings_worst(&c->faults) != SEVERITY_ERROR)
		id = compare_with_disk(c, q, f);
	return (id);
}

enum finding
diagnose(const struct probe *p, const struct cert *cert,
    const struct question *q, struct findings *f)
{
	switch (p->end) {
	case PROBE_COMPLETE:
		return (diagnose_complete(p, cert, q, f));
	case PROBE_NOT_CONNECTED:
		return (diagnose_no_connection(p, q, f));
	case PROBE_LOCAL:
		return (add(p, q, f, FINDING_LOCAL, p->text, ""));
	default:
		return (diagnose_broken(p, q, f));
	}
}
