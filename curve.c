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
#include <string.h>

#include "certdir.h"
#include "curve.h"

#define DER_MAX		(PAIR_FILE_MAX / 4 * 3)

/* The six bits of a character of base64 (RFC 4648 section 4), or -1. */
static int
base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	return (c == '+' ? 62 : c == '/' ? 63 : -1);
}

/* Decode up to the next '-' or '='; skip what is not base64. */
static size_t
decode(const uint8_t *s, size_t len, uint8_t der[DER_MAX])
{
	uint32_t bits = 0;
	size_t n = 0;
	int have = 0, v;

	for (size_t i = 0; i < len && s[i] != '-' && s[i] != '='; i++) {
		if ((v = base64_value(s[i])) == -1)
			continue;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (n == DER_MAX)
			break;
		der[n++] = (uint8_t)(bits >> have);
	}
	return (n);
}

/* What comes after text in s, or NULL. */
static const uint8_t *
after(const uint8_t *s, size_t len, const void *text, size_t n)
{
	const uint8_t *p = memmem(s, len, text, n);

	return (p == NULL ? NULL : p + n);
}

/* Does s begin with the OBJECT IDENTIFIER of a curve of TLS 1.3? */
static int
is_known_curve(const uint8_t *s, size_t len)
{
	static const struct {
		size_t	len;
		uint8_t	oid[10];
	} known[] = {
		/* P-256, 1.2.840.10045.3.1.7 */
		{ 10, { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 } },
		{ 7, { 6, 5, 0x2b, 0x81, 4, 0, 34 } },	/* P-384 */
		{ 7, { 6, 5, 0x2b, 0x81, 4, 0, 35 } },	/* P-521 */
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (len >= known[i].len &&
		    memcmp(s, known[i].oid, known[i].len) == 0)
			return (1);
	return (0);
}

int
curve_is_usable(const uint8_t *pem, size_t len)
{
	/* id-ecPublicKey, RFC 5480 2.1.1: a certificate has it once. */
	static const uint8_t ec_key[] = { 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d,
	    2, 1 };
	static const char begin[] = "CERTIFICATE-----";
	const uint8_t *end = pem + len, *p;
	uint8_t der[DER_MAX];
	size_t n;

	if ((p = after(pem, len, begin, sizeof(begin) - 1)) == NULL)
		return (1);
	n = decode(p, (size_t)(end - p), der);
	if ((p = after(der, n, ec_key, sizeof(ec_key))) == NULL)
		return (1);
	return (is_known_curve(p, n - (size_t)(p - der)));
}
