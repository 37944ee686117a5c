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
 * cert: what a validation certificate has to be (RFC 8737 section 3, RFC 8738
 * section 6), judged the same way on disk and over the wire.  libcrypto, of
 * OpenSSL or LibreSSL.
 */
#ifndef CERT_H
#define CERT_H

#include <stddef.h>
#include <stdint.h>

#include "finding.h"
#include "identifier.h"

#define ACME_DIGEST_SIZE	32	/* bytes: SHA-256 (RFC 8737 3) */
#define ACME_HEX_SIZE		(2 * ACME_DIGEST_SIZE + 1)
#define CERT_FINGERPRINT_SIZE	32	/* bytes: SHA-256 of the DER */

struct x509_st;

struct cert {
	struct x509_st	*x509;		/* the first certificate */
	size_t		 n;		/* certificates in the PEM */
	uint8_t		 digest[ACME_DIGEST_SIZE];	/* of acmeIdentifier;
							   zero: none */
	uint8_t		 fingerprint[CERT_FINGERPRINT_SIZE];
	struct findings	 faults;	/* set by cert_judge */
};

/*
 * Read the certificates in len bytes of PEM.  0, or -1: there is none, or one
 * that cannot be parsed; *c is empty then.  Otherwise free *c with cert_free.
 */
int	cert_parse(const uint8_t *pem, size_t len, struct cert *c);

/*
 * Judge *c for id by the rules of the RFCs and the CAs; set c->faults and
 * c->digest.  The rules:
 *
 *   one certificate, which Go can read and verify (der.h), and self-signed
 *   exactly one SAN, equal to id
 *   acmeIdentifier critical, once, of 32 bytes
 *   a key that Go knows: on P-256, P-384 or P-521 if it is EC, of at least
 *   2048 bits if it is RSA
 *   dates that include the present; a wrong date is only a warning
 *
 * The argument where is the first detail of each finding: the path of a file,
 * or "the certificate".
 */
void	cert_judge(struct cert *c, const struct identifier *id,
	    const char *where);

/*
 * A pem_password_cb that has no password, and returns -1.  Without it libcrypto
 * would ask for one at the terminal.
 */
int	cert_no_password(char *buf, int size, int writing, void *arg);

/* The digest of an acmeIdentifier in hexadecimal, as CAs write it. */
void	cert_hex(const uint8_t digest[ACME_DIGEST_SIZE],
	    char out[ACME_HEX_SIZE]);

/* Free what *c holds.  Nothing is wiped: a certificate is public. */
void	cert_free(struct cert *c);

#endif
