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
 * der: a certificate as Go's crypto/x509 reads it (src/crypto/x509/parser.go),
 * by which Let's Encrypt and Pebble validate.  It accepts DER only (X.690), not
 * the other encodings that libcrypto accepts.  Where versions of Go differ, der
 * follows the strictest.  Pure.
 */
#ifndef DER_H
#define DER_H

#include <stddef.h>
#include <stdint.h>

enum der_key {
	DER_KEY_UNKNOWN, DER_KEY_RSA, DER_KEY_EC, DER_KEY_ED25519,
	DER_KEY_CURVE		/* EC on a curve that TLS 1.3 does not have */
};

struct der_certificate {
	int		 version;	/* 1 to 3 */
	int		 self_issued;	/* subject and issuer: the same bytes */
	int		 sees_extensions;	/* 1: Go finds extensions */
	enum der_key	 key;
};

/*
 * Read a certificate of len bytes.  Returns NULL with *c set, or what is
 * malformed or forbidden, as in "serial number"; *c is undefined then.
 */
const char *der_read_certificate(const uint8_t *der, size_t len,
	    struct der_certificate *c);

#endif
