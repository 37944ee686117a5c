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

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cert.h"

#define ACME_IDENTIFIER	"1.3.6.1.5.5.7.1.31"	/* RFC 8737 6.1 */
#define RSA_BITS_MIN	2048
#define SAN_TEXT_SIZE	512			/* bytes of it that are shown */

int
cert_no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return (-1);
}

int
cert_parse(const uint8_t *pem, size_t len, struct cert *c)
{
	BIO *bio;
	X509 *x;
	unsigned long e;

	memset(c, 0, sizeof(*c));
	if ((bio = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return (-1);
	ERR_clear_error();
	while ((x = PEM_read_bio_X509(bio, NULL, cert_no_password,
	    NULL)) != NULL) {
		if (c->n++ == 0)
			c->x509 = x;
		else
			X509_free(x);
	}
	e = ERR_peek_last_error();
	ERR_clear_error();
	BIO_free(bio);
	/* What ends every loop: no further block. */
	if (c->n > 0 && ERR_GET_LIB(e) == ERR_LIB_PEM &&
	    ERR_GET_REASON(e) == PEM_R_NO_START_LINE && X509_digest(c->x509,
	    EVP_sha256(), c->fingerprint, NULL) == 1)
		return (0);
	cert_free(c);
	return (-1);
}

void
cert_free(struct cert *c)
{
	X509_free(c->x509);
	memset(c, 0, sizeof(*c));
}

static void
judge_issuer(struct cert *c, const char *where)
{
	X509 *x = c->x509;
	char issuer[256];

	if (X509_NAME_cmp(X509_get_subject_name(x),
	    X509_get_issuer_name(x)) != 0) {
		X509_NAME_oneline(X509_get_issuer_name(x), issuer,
		    sizeof(issuer));
		findings_add(&c->faults, FINDING_ISSUED, where, issuer);
	} else if (X509_verify(x, X509_get0_pubkey(x)) != 1)
		findings_add(&c->faults, FINDING_NOT_SELF_SIGNED, where);
}

/* What is not printable is for output, but a NUL would end the text. */
static void
append_bytes(char *buf, size_t size, const uint8_t *bytes, size_t len)
{
	size_t n = strlen(buf);

	for (size_t i = 0; i < len && n + sizeof("\\x00") <= size; i++)
		n += (size_t)snprintf(buf + n, size - n, bytes[i] == 0 ?
		    "\\x00" : "%c", bytes[i]);
}

/* The name in the certificate, as text for a message. */
static void
format_san(const GENERAL_NAME *g, char buf[SAN_TEXT_SIZE])
{
	const ASN1_OCTET_STRING *s = g->d.ip;	/* all are ASN1_STRING */
	char ip[INET6_ADDRSTRLEN];
	int n;

	switch (g->type) {
	case GEN_DNS:
		memcpy(buf, "DNS:", sizeof("DNS:"));
		append_bytes(buf, SAN_TEXT_SIZE, ASN1_STRING_get0_data(s),
		    (size_t)ASN1_STRING_length(s));
		break;
	case GEN_IPADD:
		n = ASN1_STRING_length(s);
		if (n != 4 && n != 16)
			snprintf(buf, SAN_TEXT_SIZE, "an IP of %d bytes", n);
		else
			snprintf(buf, SAN_TEXT_SIZE, "IP:%s", inet_ntop(n == 4 ?
			    AF_INET : AF_INET6, ASN1_STRING_get0_data(s), ip,
			    sizeof(ip)));
		break;
	default:
		snprintf(buf, SAN_TEXT_SIZE, "neither a DNS name nor an IP");
	}
}

/* Is it id, perhaps in capitals? */
static int
san_is(const GENERAL_NAME *g, const struct identifier *id)
{
	const uint8_t *data = ASN1_STRING_get0_data(g->d.ip);
	const size_t len = (size_t)ASN1_STRING_length(g->d.ip);

	if (id->ip.family == 0)
		return (g->type == GEN_DNS && len == strlen(id->name) &&
		    strncasecmp((const char *)data, id->name, len) == 0);
	return (g->type == GEN_IPADD &&
	    len == (id->ip.family == AF_INET ? 4 : 16) &&
	    memcmp(data, id->ip.ip, len) == 0);
}

static void
judge_one_san(struct cert *c, const GENERAL_NAME *g,
    const struct identifier *id, const char *where)
{
	const int same = (g->type == GEN_DNS || g->type == GEN_IPADD) &&
	    san_is(g, id);
	char got[SAN_TEXT_SIZE], name[NAME_SIZE], want[NAME_SIZE + 4];
	enum finding finding = FINDING_SAN_DIFFERS;

	if (same && (g->type == GEN_IPADD ||
	    memcmp(ASN1_STRING_get0_data(g->d.ip), id->name,
	    strlen(id->name)) == 0))
		return;
	format_san(g, got);
	snprintf(want, sizeof(want), "%s:%s", id->ip.family == 0 ? "DNS" :
	    "IP", identifier_text(id, name));
	if (same)
		/* for boulder a capital is another letter, against RFC 4343 */
		finding = FINDING_SAN_CAPITALS;
	else if (id->ip.family != 0 && g->type == GEN_DNS)
		/* RFC 8738 3 and 6: name in the SNI, address here */
		finding = FINDING_SAN_NAME_FOR_IP;
	findings_add(&c->faults, finding, where, got, want);
}

static void
judge_san(struct cert *c, const struct identifier *id, const char *where)
{
	GENERAL_NAMES *names;
	char count[16];
	int critical, n;

	names = X509_get_ext_d2i(c->x509, NID_subject_alt_name, &critical,
	    NULL);
	ERR_clear_error();
	if (names == NULL) {
		if (critical == -2)	/* several; judge_extensions says so */
			return;
		findings_add(&c->faults, critical == -1 ? FINDING_SAN_MISSING :
		    FINDING_SAN_MALFORMED, where);
		return;
	}
	n = sk_GENERAL_NAME_num(names);
	snprintf(count, sizeof(count), "%d", n);
	if (n == 1)
		judge_one_san(c, sk_GENERAL_NAME_value(names, 0), id, where);
	else
		findings_add(&c->faults, FINDING_SAN_SEVERAL, where, count);
	GENERAL_NAMES_free(names);
}

/* RFC 8737 3: critical, and a DER OCTET STRING of 32 bytes. */
static void
judge_acme(struct cert *c, X509_EXTENSION *ext, const char *where)
{
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
	const uint8_t *der = ASN1_STRING_get0_data(value);
	const int len = ASN1_STRING_length(value);

	if (!X509_EXTENSION_get_critical(ext))
		findings_add(&c->faults, FINDING_ACME_NOT_CRITICAL, where);
	if (len == 2 + ACME_DIGEST_SIZE && der[0] == V_ASN1_OCTET_STRING &&
	    der[1] == ACME_DIGEST_SIZE)
		memcpy(c->digest, der + 2, ACME_DIGEST_SIZE);
	else
		findings_add(&c->faults, FINDING_ACME_MALFORMED, where);
}

/* No extension twice (RFC 5280 4.2), and acmeIdentifier once. */
static void
judge_extensions(struct cert *c, const char *where)
{
	const X509 *x = c->x509;
	ASN1_OBJECT *acme, *obj;
	X509_EXTENSION *ext;
	char oid[128];
	int found = -1;

	if ((acme = OBJ_txt2obj(ACME_IDENTIFIER, 1)) == NULL)
		return;
	for (int i = 0; i < X509_get_ext_count(x); i++) {
		ext = X509_get_ext(x, i);
		obj = X509_EXTENSION_get_object(ext);
		if (X509_get_ext_by_OBJ(x, obj, i) != -1) {
			OBJ_obj2txt(oid, sizeof(oid), obj, 1);
			findings_add(&c->faults, FINDING_EXTENSION_TWICE,
			    where, OBJ_cmp(obj, acme) == 0 ?
			    "acmeIdentifier" : oid);
		}
		if (found == -1 && OBJ_cmp(obj, acme) == 0)
			found = i;
	}
	ASN1_OBJECT_free(acme);
	if (found == -1)
		findings_add(&c->faults, FINDING_ACME_MISSING, where);
	else
		judge_acme(c, X509_get_ext(x, found), where);
}

/* RFC 8446 4.2.3: TLS 1.3 has ECDSA only on these curves. */
static int
is_curve_of_tls(const X509 *x)
{
	const void *curve;
	X509_ALGOR *alg;
	int nid, type;

	if (X509_PUBKEY_get0_param(NULL, NULL, NULL, &alg,
	    X509_get_X509_PUBKEY(x)) != 1)
		return (0);
	X509_ALGOR_get0(NULL, &type, &curve, alg);
	nid = type == V_ASN1_OBJECT ? OBJ_obj2nid(curve) : NID_undef;
	return (nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 ||
	    nid == NID_secp521r1);
}

static void
judge_key(struct cert *c, const char *where)
{
	EVP_PKEY *key = X509_get0_pubkey(c->x509);
	char bits[16];

	if (key == NULL) {
		findings_add(&c->faults, FINDING_KEY_UNKNOWN, where);
		return;
	}
	snprintf(bits, sizeof(bits), "%d", EVP_PKEY_bits(key));
	if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA &&
	    EVP_PKEY_bits(key) < RSA_BITS_MIN)
		findings_add(&c->faults, FINDING_RSA_SMALL, where, bits);
	else if (EVP_PKEY_base_id(key) == EVP_PKEY_EC &&
	    !is_curve_of_tls(c->x509))
		findings_add(&c->faults, FINDING_CURVE_UNUSABLE, where);
}

/* CAs ignore the dates, but a wrong date means an old pair or a wrong clock. */
static void
judge_dates(struct cert *c, const char *where)
{
	if (X509_cmp_current_time(X509_get0_notBefore(c->x509)) > 0)
		findings_add(&c->faults, FINDING_NOT_YET_VALID, where);
	else if (X509_cmp_current_time(X509_get0_notAfter(c->x509)) < 0)
		findings_add(&c->faults, FINDING_EXPIRED, where);
}

void
cert_hex(const uint8_t digest[ACME_DIGEST_SIZE], char out[ACME_HEX_SIZE])
{
	for (size_t i = 0; i < ACME_DIGEST_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void
cert_judge(struct cert *c, const struct identifier *id, const char *where)
{
	char count[16];

	findings_clear(&c->faults);
	memset(c->digest, 0, sizeof(c->digest));
	snprintf(count, sizeof(count), "%zu", c->n);
	if (c->n != 1)
		findings_add(&c->faults, FINDING_CHAIN, where, count);
	judge_issuer(c, where);
	judge_san(c, id, where);
	judge_extensions(c, where);
	judge_key(c, where);
	judge_dates(c, where);
	ERR_clear_error();
}
