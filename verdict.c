#include <arpa/inet.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fault.h"
#include "verdict.h"

#define ACME_TLS_1	"acme-tls/1"

/* Faults of cert_judge, in the order in which boulder looks for them. */
static const struct {
	const char	*code;
	enum fault	 fault;
	const char	*words;		/* after "Received certificate" */
} reports[] = {
	{ "not-self-signed", FAULT_BAD_CERTIFICATE,
	    "which is not self-signed." },
	{ "extension-twice", FAULT_BAD_CERTIFICATE,
	    "with unexpected extensions: \"Extension OID ... seen twice\"" },
	{ "san-missing", FAULT_BAD_CERTIFICATE,
	    "with unexpected extensions: "
	    "\"Required extension OID 2.5.29.17 is not present\"" },
	{ "acme-missing", FAULT_FALLBACK, "with unexpected extensions: "
	    "\"Required extension OID 1.3.6.1.5.5.7.1.31 is not present\"" },
	{ "san-several", FAULT_BAD_CERTIFICATE,
	    "with unexpected identifiers: \"wrong number of identifiers\"" },
	{ "san-differs", FAULT_OTHER_NAME, "with unexpected identifiers: "
	    "\"identifier does not match expected identifier\"" },
	{ "san-capitals", FAULT_BAD_CERTIFICATE, "with unexpected identifiers: "
	    "\"SAN extension does not match expected bytes\"" },
	{ "acme-not-critical", FAULT_BAD_CERTIFICATE,
	    "with acmeValidationV1 extension that is not Critical." },
	{ "acme-malformed", FAULT_BAD_CERTIFICATE,
	    "with malformed acmeValidationV1 extension value." },
};

void
on_disk_load(struct question *q, const char *directory)
{
	struct on_disk *d = &q->disk;
	struct certdir dir;
	struct pair pair;
	struct row judged;

	memset(d, 0, sizeof(*d));
	if ((d->directory = directory) == NULL)
		return;
	certdir_open(&dir, directory);
	d->state = pair_load(&dir, q->id->name, &pair, d->why);
	certdir_close(&dir);
	if (d->state == PAIR_OK &&
	    cert_parse(pair.cert, pair.cert_len, &d->cert) == -1) {
		d->state = PAIR_BAD;
		(void)snprintf(d->why, sizeof(d->why),
		    "%s/%s.crt.pem: no certificate that can be read",
		    directory, q->id->name);
	}
	if (d->state == PAIR_OK) {
		row_begin(&judged, "");		/* sets the digest */
		cert_judge(&d->cert, q->id, "", &judged);
		d->is_wrong = judged.worst == SEVERITY_ERROR;
		if (d->is_wrong)
			(void)snprintf(d->why, sizeof(d->why), "%s/%s.crt.pem: "
			    "not as a CA wants it", directory, q->id->name);
	}
	pair_free(&pair);
}

void
on_disk_free(struct on_disk *d)
{
	cert_free(&d->cert);
	memset(d, 0, sizeof(*d));
}

const char *
question_name(const struct question *q, char buf[NAME_SIZE])
{
	const struct addr *ip = &q->id->ip;

	if (ip->family == 0 ||
	    inet_ntop(ip->family, ip->ip, buf, NAME_SIZE) == NULL)
		(void)snprintf(buf, NAME_SIZE, "%s", q->id->name);
	return (buf);
}

static void
judge_no_connection(const struct probe *p, const struct question *q,
    struct row *row)
{
	switch (p->error) {
	case ECONNREFUSED:
		fault_add(row, p, q->proxy, FAULT_REFUSED, NULL, "");
		break;
	case ETIMEDOUT:
		fault_add(row, p, q->proxy, FAULT_CONNECT_TIMEOUT, NULL, "");
		break;
	case ENETUNREACH:
	case EAFNOSUPPORT:
	case EADDRNOTAVAIL:	/* none of this family of its own */
		fault_add(row, p, q->proxy, FAULT_NO_ROUTE, NULL, p->text);
		break;
	default:
		fault_add(row, p, q->proxy, FAULT_CONNECT, NULL, p->text);
	}
}

static void
add_not_compared(const struct on_disk *d, struct row *row)
{
	row_add(row, SEVERITY_WARNING, "not-compared", "alpnd-check without "
	    "-c says more", "%s", d->why);
}

static void
judge_alert(const struct probe *p, const struct question *q, struct row *row)
{
	const struct on_disk *d = &q->disk;
	enum fault f = fault_of_alert(p->alert);
	char detail[512] = "";

	if (f == FAULT_UNKNOWN_NAME && d->directory != NULL) {
		if (d->state == PAIR_OK)
			f = FAULT_OTHER_DIRECTORY;
		if (d->state != PAIR_BAD)
			(void)snprintf(detail, sizeof(detail), "%s%s",
			    d->state == PAIR_ABSENT ? ", nor has " : "",
			    d->directory);
	}
	fault_add(row, p, q->proxy, f, NULL, detail);
	if (f == FAULT_UNKNOWN_NAME && d->state == PAIR_BAD)
		add_not_compared(d, row);
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

static void
judge_no_tls(const struct probe *p, const struct question *q, struct row *row)
{
	const size_t n = p->got < sizeof(p->first) ? p->got :
	    sizeof(p->first);
	char text[PROBE_FIRST_SIZE + 1];
	size_t i;

	if (starts_with(p, "HTTP/")) {
		fault_add(row, p, q->proxy, FAULT_HTTP, NULL, "");
		return;
	}
	if (starts_with(p, "<html") || starts_with(p, "<!DOCTYPE html")) {
		/* boulder knows it by "HTTP/" only */
		fault_add(row, p, q->proxy, FAULT_HTTP,
		    "Error getting validation data", "");
		return;
	}
	for (i = 0; i < n && p->first[i] != '\n' && p->first[i] != '\r'; i++)
		text[i] = (char)(isprint(p->first[i]) ? p->first[i] : '.');
	text[i] = '\0';
	fault_add(row, p, q->proxy, FAULT_NOT_TLS, NULL, text);
}

/* The version in a ServerHello (RFC 5246 7.4.1.3): before TLS 1.2? */
static int
is_old_hello(const struct probe *p)
{
	return (p->got >= 11 && p->first[0] == 22 && p->first[5] == 2 &&
	    p->first[9] == 3 && p->first[10] < 3);
}

static void
judge_broken(const struct probe *p, const struct question *q, struct row *row)
{
	if (!is_tls(p))
		judge_no_tls(p, q, row);
	else if (p->alert > 0)
		judge_alert(p, q, row);
	else if (is_old_hello(p))
		fault_add(row, p, q->proxy, FAULT_OLD_TLS, NULL, "");
	else if (p->end == PROBE_TIMEOUT)
		fault_add(row, p, q->proxy, p->got == 0 ? FAULT_SILENT :
		    FAULT_STALLED, NULL, "");
	else if (p->got == 0)
		fault_add(row, p, q->proxy, q->proxy == CONNECT_PROXY_NONE ?
		    FAULT_CLOSED : FAULT_CLOSED_PROXY, NULL, "");
	else if (p->end == PROBE_HUNG_UP)
		fault_add(row, p, q->proxy, FAULT_HUNG_UP, NULL, "");
	else
		fault_add(row, p, q->proxy, FAULT_TLS, NULL, p->text);
}

/* First what the CA would say of it, then all that cert_judge has found. */
static void
add_certificate_faults(struct row *row, const struct probe *p,
    const struct question *q, const struct row *judged)
{
	char addr[ADDR_STRLEN], name[NAME_SIZE], words[ROW_TEXT_SIZE];
	const struct finding *f;
	enum fault fault = FAULT_BAD_CERTIFICATE;

	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		if (row_find(judged, reports[i].code) == NULL)
			continue;
		/* what is for no validation is a fallback, whatever else */
		fault = row_find(judged, "acme-missing") != NULL ?
		    FAULT_FALLBACK : reports[i].fault;
		(void)snprintf(words, sizeof(words), "Incorrect validation "
		    "certificate for tls-alpn-01 challenge. Requested %s from "
		    "%s. Received certificate %s", question_name(q, name),
		    addr_format(&p->to, addr), reports[i].words);
		fault_add(row, p, q->proxy, fault, words, "");
		break;
	}
	for (size_t i = 0; i < judged->n; i++) {
		f = &judged->findings[i];
		/* the pair of another name is as it should be */
		row_add(row, f->severity, f->code, fault == FAULT_OTHER_NAME ?
		    NULL : f->remedy, "%s", f->what);
	}
}

static void
compare_with_disk(const struct cert *c, const struct question *q,
    struct row *row)
{
	const struct on_disk *d = &q->disk;
	char got[ACME_HEX_SIZE], want[ACME_HEX_SIZE];

	if (d->directory == NULL)
		return;
	if (d->state == PAIR_BAD || d->is_wrong)
		add_not_compared(d, row);
	else if (d->state == PAIR_ABSENT)
		row_add(row, SEVERITY_WARNING, "not-on-disk", "what answers "
		    "reads another directory, or is on another host",
		    "%s has no pair for this name", d->directory);
	else if (memcmp(c->fingerprint, d->cert.fingerprint,
	    sizeof(c->fingerprint)) == 0)
		return;
	else if (memcmp(c->digest, d->cert.digest, sizeof(c->digest)) == 0)
		row_add(row, SEVERITY_WARNING, "same-digest", "another host "
		    "behind the balancer? The CA accepts it",
		    "another certificate than %s/%s.crt.pem, with the same "
		    "acmeIdentifier", d->directory, q->id->name);
	else {
		cert_hex(c->digest, got);
		cert_hex(d->cert.digest, want);
		row_add(row, SEVERITY_ERROR, "other-certificate", "an old "
		    "alpnd, with another directory? another host behind the "
		    "balancer?", "\"Received certificate with "
		    "acmeValidationV1 extension value %s but expected %s.\": "
		    "it answers with another certificate than %s/%s.crt.pem",
		    got, want, d->directory, q->id->name);
	}
}

static void
judge_complete(const struct probe *p, const struct question *q,
    struct row *row, uint8_t digest[ACME_DIGEST_SIZE])
{
	struct row judged;
	struct cert c;

	if (strcmp(p->alpn, ACME_TLS_1) != 0) {
		fault_add(row, p, q->proxy, FAULT_WEB_SERVER, NULL, p->subject);
		return;
	}
	if (p->cert == NULL || cert_parse(p->cert, p->cert_len, &c) == -1) {
		fault_add(row, p, q->proxy, FAULT_TLS, NULL,
		    "no certificate that can be read");
		return;
	}
	row_begin(&judged, "");
	cert_judge(&c, q->id, "the certificate", &judged);
	add_certificate_faults(row, p, q, &judged);
	if (judged.worst != SEVERITY_ERROR)	/* there is a digest */
		compare_with_disk(&c, q, row);
	memcpy(digest, c.digest, ACME_DIGEST_SIZE);
	cert_free(&c);
}

void
verdict(const struct probe *p, const struct question *q, struct row *row,
    uint8_t digest[ACME_DIGEST_SIZE])
{
	memset(digest, 0, ACME_DIGEST_SIZE);
	switch (p->end) {
	case PROBE_COMPLETE:
		judge_complete(p, q, row, digest);
		break;
	case PROBE_NOT_CONNECTED:
		judge_no_connection(p, q, row);
		break;
	case PROBE_LOCAL:
		fault_add(row, p, q->proxy, FAULT_LOCAL, NULL, p->text);
		break;
	default:
		judge_broken(p, q, row);
	}
}
