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
 * identifiers, dehydrated's names, and certificates that are made here with
 * one fault each.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

#include "check/cert.h"
#include "check/dehydrated.h"

#define Z31	"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
#define DB8	"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

static const struct {
	const char	*text;
	const char	*name;		/* NULL: refused */
	const char	*ip;		/* NULL: a DNS name */
} identifiers[] = {
	{ "example.org", "example.org", NULL },
	{ "EXAMPLE.org.", "example.org", NULL },
	{ "_x.example.org", "_x.example.org", NULL },
	{ "arpa", "arpa", NULL },
	{ "xin-addr.arpa", "xin-addr.arpa", NULL },
	{ "127.0.0.1", "1.0.0.127.in-addr.arpa", "127.0.0.1" },
	{ "192.0.2.255", "255.2.0.192.in-addr.arpa", "192.0.2.255" },
	{ "1.0.0.127.IN-ADDR.arpa.", "1.0.0.127.in-addr.arpa", "127.0.0.1" },
	{ "::1", "1." Z31 "ip6.arpa", "::1" },
	{ "[::1]", "1." Z31 "ip6.arpa", "::1" },
	{ "2001:DB8::1", DB8 ".ip6.arpa", "2001:db8::1" },
	{ DB8 ".ip6.arpa", DB8 ".ip6.arpa", "2001:db8::1" },
	{ "1." Z31 "ip6.arpa", "1." Z31 "ip6.arpa", "::1" },
	{ "", NULL, NULL },
	{ ".", NULL, NULL },
	{ "*.example.org", NULL, NULL },
	{ "../x", NULL, NULL },
	{ "a b", NULL, NULL },
	{ "in-addr.arpa", NULL, NULL },
	{ "ip6.arpa", NULL, NULL },
	{ "127.in-addr.arpa", NULL, NULL },
	{ "0.0.127.in-addr.arpa", NULL, NULL },
	{ "x.1.0.0.127.in-addr.arpa", NULL, NULL },
	{ "1.0.0.127.x.in-addr.arpa", NULL, NULL },
	{ "1.0.0.256.in-addr.arpa", NULL, NULL },
	{ "01.0.0.127.in-addr.arpa", NULL, NULL },
	{ "1.0.0.127.ip6.arpa", NULL, NULL },
	{ Z31 "ip6.arpa", NULL, NULL },
	{ "1.1." Z31 "ip6.arpa", NULL, NULL },
	{ "g." Z31 "ip6.arpa", NULL, NULL },
	{ "1.2.3.4.5", NULL, NULL },
	{ "256.0.0.1", NULL, NULL },
	{ "127.1", NULL, NULL },
};

static void
test_identifiers(void **state)
{
	struct identifier id;
	struct addr want;

	(void)state;
	for (size_t i = 0; i < sizeof(identifiers) / sizeof(*identifiers);
	    i++) {
		memset(&id, 0xff, sizeof(id));
		if (identifiers[i].name == NULL) {
			assert_int_equal(identifier_parse(identifiers[i].text,
			    &id), -1);
			assert_string_equal(id.name, "");
			assert_int_equal(id.ip.family, 0);
			continue;
		}
		assert_int_equal(identifier_parse(identifiers[i].text, &id),
		    0);
		assert_string_equal(id.name, identifiers[i].name);
		memset(&want, 0, sizeof(want));
		if (identifiers[i].ip != NULL)
			assert_int_equal(addr_from_text(&want,
			    identifiers[i].ip, NULL), 0);
		assert_int_equal(id.ip.family, want.family);
		assert_memory_equal(id.ip.ip, want.ip, 16);
	}
}

/* The lengths are those of its own awk; check/pair.py compares the names. */
static void
test_dehydrated(void **state)
{
	static const struct {
		const char	*text;
		size_t		 digits;	/* 0: right */
	} table[] = {
		{ "::", 72 }, { "::1", 52 }, { "1::", 52 }, { "fe80::", 52 },
		{ "2001:db8::", 48 }, { "::1:2:3:4:5", 36 },
		{ "::1:2:3:4:5:6", 0 }, { "1:2:3:4:5:6::", 0 },
		{ "2001:db8::1", 0 }, { "1:2:3:4:5:6:7:8", 0 },
		{ "0:2:3:4:5:6:7:8", 0 }, { "127.0.0.1", 0 },
		{ "::ffff:1.2.3.4", 0 },
	};
	static const char *const wrong[] = { "", "x", "ip6.arpa",
	    DB8 ".ip6.arpa", Z31 Z31 "ip6.arpa", "in-addr.arpa",
	    "1." Z31 "0.0.0.0.ip6.arpa", Z31 "0.ip6.arpb" };
	char name[DEHYDRATED_NAME_SIZE], text[NAME_SIZE];
	struct identifier id, back;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(identifier_parse(table[i].text, &id), 0);
		if (table[i].digits == 0) {
			assert_int_equal(dehydrated_name(&id, name), -1);
			continue;
		}
		assert_int_equal(dehydrated_name(&id, name), 0);
		assert_int_equal(strlen(name), 2 * table[i].digits + 8);
		assert_int_equal(dehydrated_right(name, &back), 0);
		assert_string_equal(identifier_text(&back, text),
		    table[i].text);
		name[0] = 'g';
		assert_int_equal(dehydrated_right(name, &back), -1);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(dehydrated_right(wrong[i], &back), -1);
}

/* How a certificate is to differ from a good one. */
struct recipe {
	const char	*san, *san2;	/* NULL: example.org; "": none */
	const char	*acme;		/* hexadecimal; NULL: a good one */
	int		 not_critical, twice;
	int		 ed25519, rsa;	/* bits of RSA */
	long		 from, to;	/* seconds from now */
	enum finding	 want;
};

static void
add_extension(X509 *x, const char *oid, int critical, const uint8_t *der,
    int len)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
	X509_EXTENSION *e;

	assert_int_equal(ASN1_OCTET_STRING_set(value, der, len), 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, obj, critical, value);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(obj);
	ASN1_OCTET_STRING_free(value);
}

static EVP_PKEY *
make_key(const struct recipe *how)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(how->rsa ? EVP_PKEY_RSA :
	    how->ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_EC, NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
	if (how->rsa)
		assert_true(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx,
		    how->rsa) > 0);
	else if (!how->ed25519)
		assert_true(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx,
		    NID_X9_62_prime256v1) > 0);
	assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return (key);
}

/* "KIND:value,KIND:value", also values that X509V3_EXT_conf_nid(3) refuses. */
static void
add_san(X509 *x, const char *san)
{
	GENERAL_NAMES *names;
	GENERAL_NAME *g;
	ASN1_IA5STRING *value;
	size_t len;
	int type;

	if (san == NULL || san[0] == '\0')
		return;
	names = GENERAL_NAMES_new();
	for (; *san != '\0'; san += len + (san[len] == ',')) {
		type = *san == 'D' ? GEN_DNS : *san == 'U' ? GEN_URI : GEN_EMAIL;
		san += strcspn(san, ":") + 1;
		len = strcspn(san, ",");
		g = GENERAL_NAME_new();
		value = ASN1_IA5STRING_new();
		assert_int_equal(ASN1_STRING_set(value, san, (int)len), 1);
		GENERAL_NAME_set0_value(g, type, value);
		assert_true(sk_GENERAL_NAME_push(names, g) > 0);
	}
	assert_int_equal(X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0,
	    X509V3_ADD_APPEND), 1);
	GENERAL_NAMES_free(names);
}

/* In PEM; the caller frees it. */
static BIO *
make(const struct recipe *how)
{
	uint8_t der[64] = { 4, 32 };
	EVP_PKEY *key = make_key(how);
	X509 *x = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 34;

	for (int i = 0; i < 32; i++)
		der[2 + i] = (uint8_t)i;
	if (how->acme != NULL)
		for (len = 0; how->acme[2 * len] != '\0'; len++)
			(void)sscanf(how->acme + 2 * len, "%2hhx", &der[len]);
	assert_int_equal(X509_set_version(x, 2), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), how->from);
	X509_gmtime_adj(X509_getm_notAfter(x), how->to ? how->to : 86400);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	add_san(x, how->san != NULL ? how->san : "DNS:example.org");
	add_san(x, how->san2);
	for (int i = 0; len > 0 && i <= how->twice; i++)
		add_extension(x, "1.3.6.1.5.5.7.1.31", !how->not_critical,
		    der, len);
	assert_true(X509_sign(x, key, how->ed25519 ? NULL : EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(bio, x), 1);
	X509_free(x);
	EVP_PKEY_free(key);
	return (bio);
}

static const struct recipe recipes[] = {
	{ .want = FINDING_NONE },
	{ .ed25519 = 1 },
	{ .rsa = 2048 },
	{ .san = "DNS:EXAMPLE.org", .want = FINDING_SAN_CAPITALS },
	{ .rsa = 2047, .want = FINDING_RSA_SMALL },
	{ .rsa = 1024, .want = FINDING_RSA_SMALL },
	{ .san = "", .want = FINDING_SAN_MISSING },
	{ .san = "DNS:example.org,DNS:example.org",
	    .want = FINDING_SAN_SEVERAL },
	{ .san2 = "DNS:example.org", .want = FINDING_EXTENSION_TWICE },
	{ .san = "DNS:example.orh", .want = FINDING_SAN_DIFFERS },
	{ .san = "DNS:example.or", .want = FINDING_SAN_DIFFERS },
	{ .san = "DNS:example.org.", .want = FINDING_SAN_DIFFERS },
	{ .san = "email:a@example.org", .want = FINDING_SAN_DIFFERS },
	{ .san = "URI:example.org", .want = FINDING_SAN_DIFFERS },
	{ .acme = "", .want = FINDING_ACME_MISSING },
	{ .not_critical = 1, .want = FINDING_ACME_NOT_CRITICAL },
	{ .twice = 1, .want = FINDING_EXTENSION_TWICE },
	{ .acme = "0420", .want = FINDING_ACME_MALFORMED },
	{ .acme = "05", .want = FINDING_ACME_MALFORMED },
	{ .from = 3600, .want = FINDING_NOT_YET_VALID },
	{ .from = -7200, .to = -3600, .want = FINDING_EXPIRED },
};

static void
test_judge(void **state)
{
	struct identifier id;
	struct cert c;
	uint8_t *pem;
	long len;
	BIO *bio;

	(void)state;
	assert_int_equal(identifier_parse("example.org", &id), 0);
	for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
		bio = make(&recipes[i]);
		len = BIO_get_mem_data(bio, &pem);
		assert_int_equal(cert_parse(pem, (size_t)len, &c), 0);
		memset(c.digest, 0xff, sizeof(c.digest));
		cert_judge(&c, &id, "here");
		for (enum finding f = FINDING_NONE; f < FINDING_N; f++)
			assert_int_equal(c.faults.has[f],
			    f != FINDING_NONE && f == recipes[i].want);
		if (recipes[i].want != FINDING_NONE)
			assert_string_equal(findings_detail(&c.faults,
			    recipes[i].want, 1), "here");
		for (int j = 0; j < 32; j++)
			assert_int_equal(c.digest[j],
			    recipes[i].acme == NULL ? j : 0);
		cert_free(&c);
		assert_null(c.x509);
		BIO_free(bio);
	}
}

/* Any prefix, any changed byte: parsed or refused, and nothing worse. */
static void
test_parse(void **state)
{
	const struct recipe good = { .want = FINDING_NONE };
	struct identifier id;
	struct cert c;
	uint8_t *pem, *copy, fingerprint[32];
	size_t len;
	BIO *bio = make(&good);

	(void)state;
	assert_int_equal(identifier_parse("example.org", &id), 0);
	len = (size_t)BIO_get_mem_data(bio, &pem);
	assert_int_equal(cert_parse(pem, len, &c), 0);
	assert_int_equal(c.n, 1);
	memcpy(fingerprint, c.fingerprint, 32);
	cert_free(&c);
	for (size_t n = 0; n < len - 1; n++) {	/* without the newline: good */
		copy = malloc(n + 1);
		memcpy(copy, pem, n);
		assert_int_equal(cert_parse(copy, n, &c), -1);
		assert_null(c.x509);
		assert_int_equal(c.n, 0);
		free(copy);
	}
	for (size_t n = 0; n < len; n++) {
		copy = malloc(len);
		memcpy(copy, pem, len);
		copy[n] ^= 1;
		if (cert_parse(copy, len, &c) == 0) {
			cert_judge(&c, &id, "here");
			assert_true(findings_worst(&c.faults) ==
			    SEVERITY_ERROR ||
			    memcmp(fingerprint, c.fingerprint, 32) == 0);
		}
		cert_free(&c);
		free(copy);
	}
	copy = malloc(2 * len);
	memcpy(copy, pem, len);
	memcpy(copy + len, pem, len);
	assert_int_equal(cert_parse(copy, 2 * len, &c), 0);
	assert_int_equal(c.n, 2);
	cert_free(&c);
	/* the second one is cut */
	assert_int_equal(cert_parse(copy, 2 * len - 40, &c), -1);
	cert_free(&c);
	free(copy);
	BIO_free(bio);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identifiers),
		cmocka_unit_test(test_dehydrated),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_parse),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
