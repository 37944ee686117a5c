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
#include <string.h>
#include <time.h>

#include "der.h"
#include "idna.h"

enum {
	BOOLEAN = 0x01, INTEGER = 0x02, BIT_STRING = 0x03, OCTET_STRING = 0x04,
	OID = 0x06, UTF8 = 0x0c, NUMERIC = 0x12, PRINTABLE = 0x13, T61 = 0x14,
	IA5 = 0x16, UTC_TIME = 0x17, GENERALIZED_TIME = 0x18, BMP = 0x1e,
	SEQUENCE = 0x30, SET = 0x31, CONTEXT = 0x80, EXPLICIT = 0xa0
};

#define NAME		"*{*(ox"	/* an X.501 name, see matches() */
#define SAN_EMAIL	(CONTEXT | 1)
#define SAN_DNS		(CONTEXT | 2)
#define SAN_URI		(CONTEXT | 6)
#define SAN_IP		(CONTEXT | 7)

#define IS_OID(v, oid)	((v)->n == sizeof(oid) - 1 && \
			memcmp((v)->p, oid, sizeof(oid) - 1) == 0)

/* What is left to read. */
struct der {
	const uint8_t	*p;
	size_t		 n;
};

/*
 * Take the next element.  Set *tag, *value, and *whole, the element with its
 * head, unless whole is NULL.  X.690 10.1: the length has as few bytes as
 * possible.  Returns 0 or -1.
 */
static int
take_any(struct der *in, int *tag, struct der *value, struct der *whole)
{
	size_t len, head = 2, bytes;

	if (in->n < 2 || (in->p[0] & 0x1f) == 0x1f)
		return (-1);
	*tag = in->p[0];
	len = in->p[1];
	if (len >= 0x80) {
		bytes = len & 0x7f;
		head += bytes;
		if (bytes == 0 || bytes > 4 || in->n < head ||
		    in->p[2] == 0)
			return (-1);
		len = 0;
		for (size_t i = 2; i < head; i++)
			len = len << 8 | in->p[i];
		if (len < 0x80)
			return (-1);
	}
	if (len > in->n - head)
		return (-1);
	if (whole != NULL)
		*whole = (struct der){ in->p, head + len };
	*value = (struct der){ in->p + head, len };
	in->p += head + len;
	in->n -= head + len;
	return (0);
}

static int
take(struct der *in, int tag, struct der *value)
{
	int got;

	return (take_any(in, &got, value, NULL) == 0 && got == tag ? 0 : -1);
}

static int
is_next(const struct der *in, int tag)
{
	return (in->n > 0 && in->p[0] == tag);
}

static int
is_equal(const struct der *a, const struct der *b)
{
	return (a->n == b->n && memcmp(a->p, b->p, a->n) == 0);
}

/* X.690 8.3.2. */
static int
is_integer(const struct der *v)
{
	return (v->n == 1 || (v->n > 1 &&
	    !(v->p[0] == 0 && (v->p[1] & 0x80) == 0) &&
	    !(v->p[0] == 0xff && (v->p[1] & 0x80) != 0)));
}

/* Numbers of 31 bits at most, without leading zeros. */
static int
is_oid(const struct der *v)
{
	uint32_t n = 0;
	int is_first = 1;

	for (size_t i = 0; i < v->n; i++) {
		if ((is_first && v->p[i] == 0x80) || n >= 1U << 24)
			return (0);
		n = n << 7 | (v->p[i] & 0x7f);
		is_first = (v->p[i] & 0x80) == 0;
		if (is_first)
			n = 0;
	}
	return (v->n > 0 && is_first);
}

static int
is_ascii(const struct der *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->p[i] >= 0x80)
			return (0);
	return (1);
}

static int
has_only(const struct der *v, const char *set)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->p[i] == 0 || strchr(set, v->p[i]) == NULL)
			return (0);
	return (1);
}

static int
is_utf8(const struct der *v)
{
	for (const uint8_t *s = v->p, *end = s + v->n; s < end;)
		if (idna_character(&s, end) == -1)
			return (0);
	return (1);
}

static int
is_bmp(const struct der *v)
{
	unsigned int c;

	for (size_t i = 0; i + 1 < v->n; i += 2) {
		c = (unsigned int)v->p[i] << 8 | v->p[i + 1];
		if (c >= 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) ||
		    (c >= 0xd800 && c <= 0xdfff))
			return (0);
	}
	return (v->n % 2 == 0);
}

/* The number of digits at the beginning of s. */
static size_t
count_digits(const uint8_t *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= '0' && s[n] <= '9')
		n++;
	return (n);
}

/* "Z", or a difference to it that is not 0: "+0130". */
static int
is_zone(const uint8_t *s, size_t len)
{
	if (len == 1)
		return (s[0] == 'Z');
	return (len == 5 && (s[0] == '+' || s[0] == '-') &&
	    count_digits(s + 1, 4) == 4 && memcmp(s + 1, "24", 2) < 0 &&
	    s[3] < '6' && memcmp(s + 1, "0000", 4) != 0);
}

/* YYMMDDHHMM[SS] or YYYYMMDDHHMMSS, and the zone. */
static int
is_time(int tag, const struct der *v)
{
	const size_t n = count_digits(v->p, v->n);
	const size_t century = tag == UTC_TIME ? 2 : 0;
	char text[15] = "20";
	struct tm t = { 0 }, same;

	if (n + century != 14 && (tag != UTC_TIME || n != 10))
		return (0);
	memcpy(text + century, v->p, n);
	sscanf(text, "%4d%2d%2d%2d%2d%2d", &t.tm_year, &t.tm_mon, &t.tm_mday,
	    &t.tm_hour, &t.tm_min, &t.tm_sec);
	t.tm_year -= 1900;
	t.tm_mon--;
	same = t;
	timegm(&same);		/* changes what is out of range */
	return (same.tm_mon == t.tm_mon && same.tm_mday == t.tm_mday &&
	    same.tm_hour == t.tm_hour && same.tm_min == t.tm_min &&
	    same.tm_sec == t.tm_sec && is_zone(v->p + n, v->n - n));
}

/* Does Go accept this value of this tag?  Go does not check all tags. */
static int
is_valid(int tag, const struct der *v)
{
	switch (tag) {
	case BOOLEAN:
		return (v->n == 1 && (v->p[0] == 0 || v->p[0] == 0xff));
	case INTEGER:
		return (is_integer(v));
	case OID:
		return (is_oid(v));
	case BIT_STRING:
		return (v->n > 0 && v->p[0] <= 7 &&
		    (v->n > 1 ? (v->p[v->n - 1] & ((1 << v->p[0]) - 1)) == 0 :
		    v->p[0] == 0));
	case PRINTABLE:
		return (has_only(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?*&"));
	case NUMERIC:
		return (has_only(v, "0123456789 "));
	case IA5:
		return (is_ascii(v));
	case UTF8:
		return (is_utf8(v));
	case BMP:
		return (is_bmp(v));
	case UTC_TIME:
	case GENERALIZED_TIME:
		return (is_time(tag, v));
	default:
		return (1);
	}
}

/* Does the letter of a pattern stand for the tag? */
static int
is_tag(char letter, int tag)
{
	static const struct {
		char	letter;
		int	tag;
	} tags[] = { { 'b', BOOLEAN }, { 'i', INTEGER }, { 't', BIT_STRING },
	    { 's', OCTET_STRING }, { 'o', OID }, { '(', SEQUENCE },
	    { '{', SET }, { 'd', UTC_TIME }, { 'd', GENERALIZED_TIME },
	    { 'x', T61 }, { 'x', PRINTABLE }, { 'x', UTF8 }, { 'x', BMP },
	    { 'x', IA5 }, { 'x', NUMERIC } };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (tags[i].letter == letter && tags[i].tag == tag)
			return (1);
	return (0);
}

/*
 * Does the value match the pattern?  The letters of a pattern:
 *
 *	b	a BOOLEAN
 *	i	an INTEGER
 *	t	a BIT STRING
 *	s	an OCTET STRING
 *	o	an OID
 *	d	a date
 *	x	a text
 *	(	a SEQUENCE; the rest of the pattern is for what is in it
 *	{	a SET; the rest of the pattern is for what is in it
 *	?	the next letter is optional
 *	*	any number of elements; the rest of the pattern is for each
 *
 * Elements after the pattern are not checked.  "(?b?i" is a SEQUENCE of an
 * optional BOOLEAN and an optional INTEGER.
 */
static int
matches(struct der in, const char *pattern)
{
	struct der v, one;
	int tag, optional;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '*') {
			/*
			 * The element in `one` begins with its tag, and the
			 * rest of the pattern begins with the letter of this
			 * tag.
			 */
			while (in.n > 0)
				if (take_any(&in, &tag, &v, &one) == -1 ||
				    !matches(one, pattern + 1))
					return (0);
			return (1);
		}
		optional = *pattern == '?';
		pattern += optional;
		if (optional && (in.n == 0 || !is_tag(*pattern, in.p[0])))
			continue;
		if (take_any(&in, &tag, &v, NULL) == -1 ||
		    !is_tag(*pattern, tag) || !is_valid(tag, &v))
			return (0);
		if (*pattern == '(' || *pattern == '{')
			in = v;
	}
	return (1);
}

/* An AlgorithmIdentifier: its OID, and the whole of its parameters. */
static int
read_algorithm(struct der in, struct der *oid, struct der *parameters)
{
	struct der v;
	int tag;

	*parameters = (struct der){ in.p, 0 };
	if (take(&in, OID, oid) == -1 || !is_oid(oid))
		return (-1);
	return (in.n == 0 ? 0 : take_any(&in, &tag, &v, parameters));
}

/* A BIT STRING of whole bytes. */
static int
take_bytes(struct der *in, struct der *v)
{
	if (take(in, BIT_STRING, v) == -1 || v->n == 0 || v->p[0] != 0)
		return (-1);
	v->p++;
	v->n--;
	return (0);
}

static const char *
read_rsa(struct der key)
{
	struct der seq, n, e;
	uint64_t exponent = 0;

	if (!matches(key, "(ii") || take(&key, SEQUENCE, &seq) == -1 ||
	    take(&seq, INTEGER, &n) == -1 || take(&seq, INTEGER, &e) == -1 ||
	    (n.p[0] & 0x80) != 0)
		return ("RSA key");
	/* crypto/rsa: the exponent is odd and has at most 31 bits */
	for (size_t i = 0; i < e.n && i < 5; i++)
		exponent = exponent << 8 | e.p[i];
	if ((e.p[0] & 0x80) != 0 || e.n > 4 || exponent < 2 ||
	    exponent > 0x7fffffff || exponent % 2 == 0)
		return ("RSA exponent");
	if (n.p[n.n - 1] % 2 == 0)
		return ("RSA modulus");
	return (n.n - (n.p[0] == 0) > 8192 / 8 ? "RSA key of over 8192 bits" :
	    NULL);
}

/* RFC 8446 4.2.3: the curves of TLS 1.3, P-256, P-384 and P-521. */
static const char *
read_ec(struct der curve, const struct der *point, enum der_key *key)
{
	struct der oid;
	size_t bytes;		/* of a coordinate */

	*key = DER_KEY_EC;
	if (take(&curve, OID, &oid) == -1)
		return ("curve without a name");
	if (IS_OID(&oid, "\x2a\x86\x48\xce\x3d\x03\x01\x07"))
		bytes = 32;
	else if (IS_OID(&oid, "\x2b\x81\x04\x00\x22"))
		bytes = 48;
	else if (IS_OID(&oid, "\x2b\x81\x04\x00\x23"))
		bytes = 66;
	else {
		*key = DER_KEY_CURVE;
		return (NULL);
	}
	return (point->n == 1 + 2 * bytes && point->p[0] == 4 ? NULL :
	    "compressed point of the key");
}

static const char *
read_key(struct der in, struct der_certificate *c)
{
	struct der algorithm, oid, parameters, key;

	c->key = DER_KEY_UNKNOWN;
	if (take(&in, SEQUENCE, &algorithm) == -1 ||
	    read_algorithm(algorithm, &oid, &parameters) == -1 ||
	    take_bytes(&in, &key) == -1)
		return ("public key");
	if (IS_OID(&oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")) {
		c->key = DER_KEY_RSA;
		if (parameters.n != 2 || parameters.p[0] != 5)
			return ("RSA key, which has no NULL parameters");
		return (read_rsa(key));
	}
	if (IS_OID(&oid, "\x2a\x86\x48\xce\x3d\x02\x01"))
		return (read_ec(parameters, &key, &c->key));
	if (IS_OID(&oid, "\x2b\x65\x70")) {
		c->key = DER_KEY_ED25519;
		return (parameters.n > 0 || key.n != 32 ? "Ed25519 key" : NULL);
	}
	return (NULL);
}

static int
is_san(struct der in)
{
	/* RFC 4291 2.5.5.2: Go takes these for IPv4, which must have 4 bytes */
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct der seq, v;
	int tag;

	if (take(&in, SEQUENCE, &seq) == -1)
		return (0);
	while (seq.n > 0) {
		if (take_any(&seq, &tag, &v, NULL) == -1)
			return (0);
		if ((tag == SAN_EMAIL || tag == SAN_DNS || tag == SAN_URI) &&
		    !is_ascii(&v))
			return (0);
		if (tag == SAN_IP && v.n != 4 && (v.n != 16 ||
		    memcmp(v.p, mapped, sizeof(mapped)) == 0))
			return (0);
	}
	return (1);
}

/*
 * Does Go accept the extension?  Go parses authorityInfoAccess, subjectAltName,
 * and what the table has of the arc 2.5.29, and accepts all others.
 */
static int
is_accepted_extension(const struct der *oid, int critical, struct der value)
{
	static const struct {
		int		 number;
		int		 critical;	/* 1: may be critical */
		const char	*pattern;
	} parsed[] = {
		{ 14, 0, "s" },		/* subjectKeyIdentifier */
		{ 15, 1, "t" },		/* keyUsage */
		{ 19, 1, "(?b?i" },	/* basicConstraints */
		{ 30, 1, "(" },		/* nameConstraints */
		{ 31, 1, "(*(" },	/* cRLDistributionPoints */
		{ 32, 1, "(*(o" },	/* certificatePolicies */
		{ 33, 1, "(*(oo" },	/* policyMappings */
		{ 35, 0, "(" },		/* authorityKeyIdentifier */
		{ 36, 1, "(" },		/* policyConstraints */
		{ 37, 1, "(*o" },	/* extKeyUsage */
		{ 54, 1, "i" },		/* inhibitAnyPolicy */
	};

	if (IS_OID(oid, "\x2b\x06\x01\x05\x05\x07\x01\x01"))
		return (!critical && matches(value, "(*(o"));
	if (oid->n != 3 || oid->p[0] != 0x55 || oid->p[1] != 0x1d)
		return (1);
	if (oid->p[2] == 17)
		return (is_san(value));
	for (size_t i = 0; i < sizeof(parsed) / sizeof(parsed[0]); i++)
		if (oid->p[2] == parsed[i].number)
			return ((!critical || parsed[i].critical) &&
			    matches(value, parsed[i].pattern));
	return (1);
}

static const char *
read_extensions(struct der in)
{
	struct der seq, one, oid, critical, value;

	if (take(&in, SEQUENCE, &seq) == -1)
		return ("extensions");
	while (seq.n > 0) {
		critical.n = 0;
		if (take(&seq, SEQUENCE, &one) == -1 ||
		    !matches(one, "o?bs") || take(&one, OID, &oid) == -1 ||
		    (is_next(&one, BOOLEAN) &&
		    take(&one, BOOLEAN, &critical) == -1) ||
		    take(&one, OCTET_STRING, &value) == -1)
			return ("extension");
		if (!is_accepted_extension(&oid, critical.n > 0 &&
		    critical.p[0] != 0, value))
			return ("value of an extension");
	}
	return (NULL);
}

/* The version, and what is before the issuer. */
static const char *
read_head(struct der *tbs, const struct der *outer, struct der_certificate *c)
{
	struct der v, number, algorithm, oid, parameters;

	c->version = 1;
	if (is_next(tbs, EXPLICIT)) {
		if (take(tbs, EXPLICIT, &v) == -1 ||
		    take(&v, INTEGER, &number) == -1 || v.n > 0 ||
		    number.n != 1 || number.p[0] > 2)
			return ("version");
		c->version = number.p[0] + 1;
	}
	if (take(tbs, INTEGER, &number) == -1 || !is_integer(&number) ||
	    (number.p[0] & 0x80) != 0)
		return ("serial number");
	if (take(tbs, SEQUENCE, &algorithm) == -1 ||
	    read_algorithm(algorithm, &oid, &parameters) == -1)
		return ("signature algorithm");
	return (is_equal(&algorithm, outer) ? NULL :
	    "signature algorithm (its two copies differ)");
}

static const char *
read_tbs(struct der tbs, const struct der *outer, struct der_certificate *c)
{
	struct der issuer, validity, subject, key, v;
	const char *problem;

	if ((problem = read_head(&tbs, outer, c)) != NULL)
		return (problem);
	if (take(&tbs, SEQUENCE, &issuer) == -1 || !matches(issuer, NAME))
		return ("issuer");
	if (take(&tbs, SEQUENCE, &validity) == -1 || !matches(validity, "dd"))
		return ("date");
	if (take(&tbs, SEQUENCE, &subject) == -1 || !matches(subject, NAME))
		return ("subject");
	c->self_issued = is_equal(&issuer, &subject);
	if (take(&tbs, SEQUENCE, &key) == -1)
		return ("public key");
	if ((problem = read_key(key, c)) != NULL)
		return (problem);
	for (int i = 1; i <= 2; i++)
		if (is_next(&tbs, CONTEXT | i) &&
		    take(&tbs, CONTEXT | i, &v) == -1)
			return ("unique identifier");
	c->sees_extensions = c->version == 3 && is_next(&tbs, EXPLICIT | 3);
	if (!c->sees_extensions)
		return (NULL);
	return (take(&tbs, EXPLICIT | 3, &v) == -1 ? "extensions" :
	    read_extensions(v));
}

const char *
der_read_certificate(const uint8_t *der, size_t len, struct der_certificate *c)
{
	struct der in = { der, len }, cert, tbs, algorithm, signature;

	memset(c, 0, sizeof(*c));
	if (take(&in, SEQUENCE, &cert) == -1 || in.n > 0 ||
	    take(&cert, SEQUENCE, &tbs) == -1 ||
	    take(&cert, SEQUENCE, &algorithm) == -1 ||
	    take_bytes(&cert, &signature) == -1)
		return ("encoding");
	return (read_tbs(tbs, &algorithm, c));
}
