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

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cert.h"
#include "der.h"

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
	/* Like libtls, accept trust attributes behind the first certificate. */
	while ((x = (c->n == 0 ? PEM_read_bio_X509_AUX : PEM_read_bio_X509)(
	    bio, NULL, cert_no_password, NULL)) != NULL) {
		if (c->n++ == 0)
			c->x509 = x;
		else
			X509_free(x);
	}
	e = ERR_peek_last_error();
	ERR_clear_error();
	BIO_free(bio);
	/* All is well if the loop ended because no further block begins. */
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

/* The hash that *a names, or NID_undef if Go does not accept it in PSS. */
static int
pss_hash(const X509_ALGOR *a)
{
	const ASN1_OBJECT *obj;
	int nid, type;

	if (a == NULL)
		return (NID_undef);
	X509_ALGOR_get0(&obj, &type, NULL, a);
	nid = OBJ_obj2nid(obj);
	return ((type == V_ASN1_UNDEF || type == V_ASN1_NULL) &&
	    (nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512) ?
	    nid : NID_undef);
}

/* LibreSSL has no ASN1_TYPE_unpack_sequence(3). */
static void *
unpack_sequence(const ASN1_ITEM *item, const ASN1_TYPE *a)
{
	return (a != NULL && a->type == V_ASN1_SEQUENCE ?
	    ASN1_item_unpack(a->value.sequence, item) : NULL);
}

/*
 * Go accepts PSS only with MGF1, the same hash, and a salt as long as the hash
 * (crypto/x509/x509.go).
 */
static int
go_accepts_pss(const X509_ALGOR *a)
{
	RSA_PSS_PARAMS *pss;
	X509_ALGOR *mask = NULL;
	int hash, ok;

	if ((pss = unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS),
	    a->parameter)) == NULL)
		return (0);
	hash = pss_hash(pss->hashAlgorithm);
	if (pss->maskGenAlgorithm != NULL && OBJ_obj2nid(
	    pss->maskGenAlgorithm->algorithm) == NID_mgf1)
		mask = unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR),
		    pss->maskGenAlgorithm->parameter);
	ok = hash != NID_undef && pss_hash(mask) == hash &&
	    ASN1_INTEGER_get(pss->saltLength) ==
	    EVP_MD_size(EVP_get_digestbynid(hash)) &&
	    (pss->trailerField == NULL ||
	    ASN1_INTEGER_get(pss->trailerField) == 1);
	X509_ALGOR_free(mask);
	RSA_PSS_PARAMS_free(pss);
	return (ok);
}

/* Can CheckSignature() of Go's crypto/x509 verify x?  It still takes SHA-1. */
static int
go_knows_signature(const X509 *x)
{
	static const int known[] = { NID_sha1WithRSAEncryption, NID_sha1WithRSA,
	    NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption,
	    NID_sha512WithRSAEncryption, NID_ecdsa_with_SHA1,
	    NID_ecdsa_with_SHA256, NID_ecdsa_with_SHA384,
	    NID_ecdsa_with_SHA512 };
	const X509_ALGOR *a;
	const int nid = X509_get_signature_nid(x);

	X509_get0_signature(NULL, &a, x);
	if (nid == NID_rsassaPss)
		return (go_accepts_pss(a));
	if (nid == NID_ED25519)
		return (a->parameter == NULL);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (nid == known[i])
			return (1);
	return (0);
}

static void
judge_issuer(struct cert *c, int self_issued, const char *where)
{
	X509 *x = c->x509;
	char issuer[256];

	if (!self_issued) {
		X509_NAME_oneline(X509_get_issuer_name(x), issuer,
		    sizeof(issuer));
		findings_add(&c->faults, FINDING_ISSUED, where, issuer);
	} else if (!go_knows_signature(x))
		findings_add(&c->faults, FINDING_SIGNATURE_UNKNOWN, where,
		    OBJ_nid2ln(X509_get_signature_nid(x)));
	else if (X509_verify(x, X509_get0_pubkey(x)) != 1)
		findings_add(&c->faults, FINDING_NOT_SELF_SIGNED, where);
}

/* A NUL would end the text; output.c escapes all else. */
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
	/* GEN_DNS and GEN_IPADD are ASN1_STRING; no other is read */
	const ASN1_OCTET_STRING *s = g->d.ip;
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

/* Has g the name or the address of id?  compare is for names. */
static int
san_is(const GENERAL_NAME *g, const struct identifier *id,
    int (*compare)(const char *, const char *, size_t))
{
	const char *data;
	size_t len;

	if (g->type != (id->ip.family == 0 ? GEN_DNS : GEN_IPADD))
		return (0);
	data = (const char *)ASN1_STRING_get0_data(g->d.ip);
	len = (size_t)ASN1_STRING_length(g->d.ip);
	if (id->ip.family == 0)
		return (len == strlen(id->name) &&
		    compare(data, id->name, len) == 0);
	return (len == (id->ip.family == AF_INET ? 4 : 16) &&
	    memcmp(data, id->ip.ip, len) == 0);
}

/* Does the extension have the bytes that boulder makes from these names? */
static int
is_san_der(const X509 *x, GENERAL_NAMES *names)
{
	const ASN1_OCTET_STRING *got = X509_EXTENSION_get_data(X509_get_ext(x,
	    X509_get_ext_by_NID(x, NID_subject_alt_name, -1)));
	uint8_t *der = NULL;
	const int n = i2d_GENERAL_NAMES(names, &der);
	const int same = n > 0 && ASN1_STRING_length(got) == n &&
	    memcmp(ASN1_STRING_get0_data(got), der, (size_t)n) == 0;

	OPENSSL_free(der);
	return (same);
}

static void
judge_one_san(struct cert *c, GENERAL_NAMES *names,
    const struct identifier *id, const char *where)
{
	const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, 0);
	char got[SAN_TEXT_SIZE], name[NAME_SIZE], want[NAME_SIZE + 4];
	enum finding finding = FINDING_SAN_DIFFERS;

	if (san_is(g, id, strncmp)) {
		if (!is_san_der(c->x509, names))
			findings_add(&c->faults, FINDING_SAN_MALFORMED, where);
		return;
	}
	if (san_is(g, id, strncasecmp))
		/* for boulder a capital is another letter, against RFC 4343 */
		finding = FINDING_SAN_CAPITALS;
	else if (id->ip.family != 0 && g->type == GEN_DNS)
		/* RFC 8738 3 and 6: name in the SNI, address here */
		finding = FINDING_SAN_NAME_FOR_IP;
	format_san(g, got);
	snprintf(want, sizeof(want), "%s:%s", id->ip.family == 0 ? "DNS" :
	    "IP", identifier_text(id, name));
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
		if (critical == -2)	/* twice; see judge_extensions() */
			return;
		findings_add(&c->faults, critical == -1 ? FINDING_SAN_MISSING :
		    FINDING_SAN_MALFORMED, where);
		return;
	}
	n = sk_GENERAL_NAME_num(names);
	snprintf(count, sizeof(count), "%d", n);
	if (n == 1)
		judge_one_san(c, names, id, where);
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

static int
by_oid(const void *a, const void *b)
{
	return (OBJ_cmp(*(const ASN1_OBJECT *const *)a,
	    *(const ASN1_OBJECT *const *)b));
}

/* No extension twice (RFC 5280 4.2).  There may be ten thousand: sort them. */
static void
judge_duplicates(struct cert *c, const ASN1_OBJECT *acme, const char *where)
{
	const int n = X509_get_ext_count(c->x509);
	const ASN1_OBJECT **all;
	char oid[128];

	if (n < 2)
		return;
	if ((all = reallocarray(NULL, (size_t)n, sizeof(void *))) == NULL)
		err(EXIT_FAILURE, NULL);
	for (int i = 0; i < n; i++)
		all[i] = X509_EXTENSION_get_object(X509_get_ext(c->x509, i));
	qsort(all, (size_t)n, sizeof(void *), by_oid);
	for (int i = 1; i < n; i++)
		if (OBJ_cmp(all[i - 1], all[i]) == 0) {
			OBJ_obj2txt(oid, sizeof(oid), all[i], 1);
			findings_add(&c->faults, FINDING_EXTENSION_TWICE,
			    where, OBJ_cmp(all[i], acme) == 0 ?
			    "acmeIdentifier" : oid);
			break;
		}
	free(all);
}

/* No extension twice, and acmeIdentifier once. */
static void
judge_extensions(struct cert *c, const char *where)
{
	const X509 *x = c->x509;
	ASN1_OBJECT *acme;
	int found;

	if ((acme = OBJ_txt2obj(ACME_IDENTIFIER, 1)) == NULL)
		err(EXIT_FAILURE, NULL);
	judge_duplicates(c, acme, where);
	found = X509_get_ext_by_OBJ(x, acme, -1);
	ASN1_OBJECT_free(acme);
	if (found == -1)
		findings_add(&c->faults, FINDING_ACME_MISSING, where);
	else
		judge_acme(c, X509_get_ext(x, found), where);
}

static void
judge_key(struct cert *c, enum der_key type, const char *where)
{
	EVP_PKEY *key = X509_get0_pubkey(c->x509);
	char bits[16];

	if (type == DER_KEY_CURVE)
		findings_add(&c->faults, FINDING_CURVE_UNUSABLE, where);
	else if (type == DER_KEY_UNKNOWN || key == NULL)
		findings_add(&c->faults, FINDING_KEY_UNKNOWN, where);
	else if (type == DER_KEY_RSA && EVP_PKEY_bits(key) < RSA_BITS_MIN) {
		snprintf(bits, sizeof(bits), "%d", EVP_PKEY_bits(key));
		findings_add(&c->faults, FINDING_RSA_SMALL, where, bits);
	}
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

/* Judge the DER that libcrypto writes: this is what a server sends. */
static void
judge_encoding(struct cert *c, const char *where)
{
	struct der_certificate seen;
	const char *problem;
	char version[16];
	uint8_t *der = NULL;
	const int len = i2d_X509(c->x509, &der);

	if (len <= 0)
		err(EXIT_FAILURE, NULL);
	if ((problem = der_read_certificate(der, (size_t)len, &seen)) != NULL)
		findings_add(&c->faults, FINDING_CA_CANNOT_READ, where,
		    problem);
	else {
		judge_key(c, seen.key, where);
		judge_issuer(c, seen.self_issued, where);
		snprintf(version, sizeof(version), "%d", seen.version);
		if (!seen.sees_extensions && X509_get_ext_count(c->x509) > 0)
			findings_add(&c->faults, FINDING_VERSION, where,
			    version);
	}
	OPENSSL_free(der);
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
	judge_encoding(c, where);
	judge_san(c, id, where);
	judge_extensions(c, where);
	judge_dates(c, where);
	ERR_clear_error();
}
