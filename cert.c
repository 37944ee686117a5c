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
#define ANEW		"have the ACME client make the pair anew"

static const char in_addr[] = ".in-addr.arpa", ip6_arpa[] = ".ip6.arpa";

/* RFC 1035 3.5 and RFC 3596 2.5, by which RFC 8738 6 names addresses. */
static void
reverse_name(const struct addr *a, char name[NAME_SIZE])
{
	char *s = name;
	const uint8_t *ip = a->ip;

	if (a->family == AF_INET) {
		(void)snprintf(name, NAME_SIZE, "%u.%u.%u.%u%s",
		    ip[3], ip[2], ip[1], ip[0], in_addr);
		return;
	}
	for (int i = 15; i >= 0; i--)
		s += snprintf(s, 5, "%x.%x.", ip[i] & 15U, ip[i] >> 4);
	(void)snprintf(s - 1, sizeof(ip6_arpa), "%s", ip6_arpa);
}

/* Does s end in the zone, or is it the zone itself? */
static int
is_in_zone(const char *s, const char *zone)
{
	size_t len = strlen(s), n = strlen(zone);

	return (strcmp(s, zone + 1) == 0 ||
	    (len > n && strcmp(s + len - n, zone) == 0));
}

/* The address of a reverse name; only a full and canonical one has one. */
static int
reverse_address(const char *name, struct addr *a)
{
	char again[NAME_SIZE];
	unsigned int o[4], hi, lo;

	memset(a, 0, sizeof(*a));
	if (sscanf(name, "%3u.%3u.%3u.%3u.", &o[0], &o[1], &o[2], &o[3]) == 4 &&
	    is_in_zone(name, in_addr)) {
		a->family = AF_INET;
		for (int i = 0; i < 4; i++)
			a->ip[i] = (uint8_t)o[3 - i];
	} else if (strlen(name) == 64 + sizeof(ip6_arpa) - 2) {
		a->family = AF_INET6;
		for (int i = 0; i < 16; i++) {
			if (sscanf(name + 4 * i, "%1x.%1x.", &lo, &hi) != 2)
				return (-1);
			a->ip[15 - i] = (uint8_t)(hi << 4 | lo);
		}
	} else
		return (-1);
	reverse_name(a, again);
	return (strcmp(name, again) == 0 ? 0 : -1);
}

int
identifier_parse(const char *text, struct identifier *id)
{
	memset(id, 0, sizeof(*id));
	if (addr_from_text(&id->ip, text, NULL) == 0) {
		reverse_name(&id->ip, id->name);
		return (0);
	}
	if (name_canonical((const uint8_t *)text, strlen(text), id->name) == -1)
		return (-1);
	if (!is_in_zone(id->name, in_addr) && !is_in_zone(id->name, ip6_arpa))
		return (0);
	if (reverse_address(id->name, &id->ip) == 0)
		return (0);
	memset(id, 0, sizeof(*id));
	return (-1);
}

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
judge_issuer(X509 *x, const char *where, struct row *row)
{
	char issuer[256];

	if (X509_NAME_cmp(X509_get_subject_name(x),
	    X509_get_issuer_name(x)) != 0) {
		(void)X509_NAME_oneline(X509_get_issuer_name(x), issuer,
		    sizeof(issuer));
		row_add(row, SEVERITY_ERROR, "not-self-signed",
		    "a web server's certificate? " ANEW,
		    "%s: not self-signed, but issued by %s", where, issuer);
	} else if (X509_verify(x, X509_get0_pubkey(x)) != 1)
		row_add(row, SEVERITY_ERROR, "not-self-signed", ANEW,
		    "%s: not self-signed: the signature is not by its own key",
		    where);
}

/* What is not printable is for row_print, but a NUL would end the text. */
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
format_san(const GENERAL_NAME *g, char *buf, size_t size)
{
	const ASN1_OCTET_STRING *s = g->d.ip;	/* all are ASN1_STRING */
	char ip[INET6_ADDRSTRLEN];
	int n;

	switch (g->type) {
	case GEN_DNS:
		(void)snprintf(buf, size, "DNS:");
		append_bytes(buf, size, ASN1_STRING_get0_data(s),
		    (size_t)ASN1_STRING_length(s));
		break;
	case GEN_IPADD:
		n = ASN1_STRING_length(s);
		if (n != 4 && n != 16)
			(void)snprintf(buf, size, "an IP of %d bytes", n);
		else
			(void)snprintf(buf, size, "IP:%s", inet_ntop(n == 4 ?
			    AF_INET : AF_INET6, ASN1_STRING_get0_data(s), ip,
			    sizeof(ip)));
		break;
	default:
		(void)snprintf(buf, size, "neither a DNS name nor an IP");
	}
}

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
judge_one_san(const GENERAL_NAME *g, const struct identifier *id,
    const char *where, struct row *row)
{
	const int same = (g->type == GEN_DNS || g->type == GEN_IPADD) &&
	    san_is(g, id);
	char got[ROW_SUBJECT_SIZE], want[INET6_ADDRSTRLEN];

	if (same && (g->type == GEN_IPADD ||
	    memcmp(ASN1_STRING_get0_data(g->d.ip), id->name,
	    strlen(id->name)) == 0))
		return;
	format_san(g, got, sizeof(got));
	if (same)
		/* for boulder a capital is another letter, against RFC 4343 */
		row_add(row, SEVERITY_ERROR, "san-capitals", ANEW,
		    "%s: its subjectAltName is %s; Let's Encrypt wants small "
		    "letters", where, got);
	else if (id->ip.family == 0)
		row_add(row, SEVERITY_ERROR, "san-differs", ANEW,
		    "%s: its subjectAltName is %s, not DNS:%s", where, got,
		    id->name);
	else
		/* RFC 8738 3 and 6: name in the SNI, address here */
		row_add(row, SEVERITY_ERROR, "san-differs", g->type == GEN_DNS ?
		    ANEW "; dehydrated 0.7.0 cannot validate IP addresses, "
		    "alpnd-pair(8) makes such pairs" : ANEW,
		    "%s: its subjectAltName is %s, not IP:%s", where, got,
		    inet_ntop(id->ip.family, id->ip.ip, want, sizeof(want)));
}

static void
judge_san(X509 *x, const struct identifier *id, const char *where,
    struct row *row)
{
	GENERAL_NAMES *names;
	int critical, n;

	names = X509_get_ext_d2i(x, NID_subject_alt_name, &critical, NULL);
	ERR_clear_error();
	if (names == NULL) {
		if (critical == -2)	/* several; extension-twice says so */
			return;
		row_add(row, SEVERITY_ERROR, "san-missing", ANEW,
		    critical == -1 ? "%s: no subjectAltName" :
		    "%s: its subjectAltName is malformed", where);
		return;
	}
	n = sk_GENERAL_NAME_num(names);
	if (n == 1)
		judge_one_san(sk_GENERAL_NAME_value(names, 0), id, where, row);
	else
		row_add(row, SEVERITY_ERROR, "san-several",
		    "a web server's certificate? " ANEW,
		    "%s: %d names in its subjectAltName; must be one", where,
		    n);
	GENERAL_NAMES_free(names);
}

/* RFC 8737 3: critical, and a DER OCTET STRING of 32 bytes. */
static void
judge_acme(X509_EXTENSION *ext, struct cert *c, const char *where,
    struct row *row)
{
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
	const uint8_t *der = ASN1_STRING_get0_data(value);
	const int len = ASN1_STRING_length(value);

	if (!X509_EXTENSION_get_critical(ext))
		row_add(row, SEVERITY_ERROR, "acme-not-critical", ANEW,
		    "%s: its acmeIdentifier is not critical", where);
	if (len == 2 + ACME_DIGEST_SIZE && der[0] == V_ASN1_OCTET_STRING &&
	    der[1] == ACME_DIGEST_SIZE)
		memcpy(c->digest, der + 2, ACME_DIGEST_SIZE);
	else
		row_add(row, SEVERITY_ERROR, "acme-malformed", ANEW,
		    "%s: its acmeIdentifier is no OCTET STRING of 32 bytes",
		    where);
}

/* No extension twice (RFC 5280 4.2), and acmeIdentifier once. */
static void
judge_extensions(struct cert *c, const char *where, struct row *row)
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
			(void)OBJ_obj2txt(oid, sizeof(oid), obj, 1);
			row_add(row, SEVERITY_ERROR, "extension-twice", ANEW,
			    "%s: its extension %s is there twice", where,
			    OBJ_cmp(obj, acme) == 0 ? "acmeIdentifier" : oid);
		}
		if (found == -1 && OBJ_cmp(obj, acme) == 0)
			found = i;
	}
	ASN1_OBJECT_free(acme);
	if (found == -1)
		row_add(row, SEVERITY_ERROR, "acme-missing",
		    "a web server's certificate? " ANEW,
		    "%s: no acmeIdentifier in it", where);
	else
		judge_acme(X509_get_ext(x, found), c, where, row);
}

/* RFC 8446 4.2.3: the curves of ECDSA, which no other takes the place of. */
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
judge_key(X509 *x, const char *where, struct row *row)
{
	EVP_PKEY *key = X509_get0_pubkey(x);

	if (key == NULL)
		row_add(row, SEVERITY_ERROR, "key-unknown", ANEW,
		    "%s: its public key is of an unknown kind", where);
	else if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA &&
	    EVP_PKEY_bits(key) < RSA_BITS_MIN)
		row_add(row, SEVERITY_ERROR, "rsa-small", ANEW,
		    "%s: an RSA key of %d bits, under %d", where,
		    EVP_PKEY_bits(key), RSA_BITS_MIN);
	else if (EVP_PKEY_base_id(key) == EVP_PKEY_EC && !is_curve_of_tls(x))
		row_add(row, SEVERITY_ERROR, "curve-unusable", ANEW,
		    "%s: a key on a curve that TLS 1.3 does not have; P-256, "
		    "P-384 and P-521 are", where);
}

/* A CA does not look at them; but this is no pair of today. */
static void
judge_dates(X509 *x, const char *where, struct row *row)
{
	if (X509_cmp_current_time(X509_get0_notBefore(x)) > 0)
		row_add(row, SEVERITY_WARNING, "not-yet-valid",
		    "is the clock of this machine right?",
		    "%s: not valid yet", where);
	else if (X509_cmp_current_time(X509_get0_notAfter(x)) < 0)
		row_add(row, SEVERITY_WARNING, "expired",
		    "left from an old validation? Then remove both files; else "
		    ANEW,
		    "%s: has expired", where);
}

void
cert_hex(const uint8_t digest[ACME_DIGEST_SIZE], char out[ACME_HEX_SIZE])
{
	for (size_t i = 0; i < ACME_DIGEST_SIZE; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void
cert_judge(struct cert *c, const struct identifier *id, const char *where,
    struct row *row)
{
	memset(c->digest, 0, sizeof(c->digest));
	if (c->n != 1)
		row_add(row, SEVERITY_ERROR, "chain", ANEW,
		    "%s: %zu certificates; must be one, without a chain",
		    where, c->n);
	judge_issuer(c->x509, where, row);
	judge_san(c->x509, id, where, row);
	judge_extensions(c, where, row);
	judge_key(c->x509, where, row);
	judge_dates(c->x509, where, row);
	ERR_clear_error();
}
