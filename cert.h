/*
 * cert: what a validation certificate has to be (RFC 8737 section 3, RFC 8738
 * section 6), judged the same way on disk and over the wire.  libcrypto, of
 * OpenSSL or LibreSSL.
 */
#ifndef CERT_H
#define CERT_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "name.h"
#include "row.h"

#define ACME_DIGEST_SIZE	32	/* of the key authorization, SHA-256 */
#define ACME_HEX_SIZE		(2 * ACME_DIGEST_SIZE + 1)

/* What the SNI, and so the file name, says the certificate is for. */
struct identifier {
	char		 name[NAME_SIZE];	/* canonical, as in the SNI */
	struct addr	 ip;	/* family 0: a DNS name; else its reverse name
				   is in name (RFC 8738 section 6) */
};

/*
 * From the text of a user: a DNS name, an IP address, or the reverse name of
 * one.  Returns 0, or -1: nothing that a CA can ask for.
 */
int	identifier_parse(const char *text, struct identifier *id);

struct cert {
	void	*x509;			/* X509 *, the first certificate */
	size_t	 n;			/* certificates in the PEM */
	uint8_t	 digest[ACME_DIGEST_SIZE];	/* acmeIdentifier, if judged
						   present */
	uint8_t	 fingerprint[32];	/* SHA-256 of the DER */
};

/*
 * Read the certificates in len bytes of PEM.  0, or -1: there is none, or one
 * that cannot be parsed; *c is empty then.  Free with cert_free in any case.
 */
int	cert_parse(const uint8_t *pem, size_t len, struct cert *c);

/*
 * Judge it for id by the rules of the RFCs and the CAs, and add what is wrong
 * to row: number of certificates, self-signed, exactly one SAN equal to id,
 * acmeIdentifier critical, once, 32 bytes; RSA under 2048 bits; dates as a
 * warning only.  where begins each finding: a file's path, or "the server's
 * certificate".  *c is changed: digest is set.
 */
void	cert_judge(struct cert *c, const struct identifier *id,
	    const char *where, struct row *row);

/*
 * pem_password_cb of libcrypto, which would ask at the terminal: there is no
 * password, alpnd has none.  Returns -1.
 */
int	cert_no_password(char *buf, int size, int writing, void *arg);

/* The digest of an acmeIdentifier in hexadecimal, as CAs write it. */
void	cert_hex(const uint8_t digest[ACME_DIGEST_SIZE],
	    char out[ACME_HEX_SIZE]);

/* Wipes nothing: a certificate is public. */
void	cert_free(struct cert *c);

#endif
