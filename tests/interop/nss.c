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
/* interop client with NSS. */
#include "client.h"

#include <nspr.h>
#include <nss.h>
#include <private/pprio.h>
#include <ssl.h>
#include <sslproto.h>

static SECStatus
accept_any(void *arg, PRFileDesc *fd, PRBool sig, PRBool server)
{
	(void)arg;
	(void)fd;
	(void)sig;
	(void)server;
	return (SECSuccess);
}

int
main(int argc, char *argv[])
{
	static const unsigned char protos[] = "\012acme-tls/1";
	SSLVersionRange range;
	SSLNextProtoState state;
	SSLChannelInfo info;
	CERTCertificate *crt;
	PRFileDesc *fd;
	unsigned char alpn[32] = "";
	unsigned int len = 0;
	char c;

	if (argc != 4 || NSS_NoDB_Init(NULL) != SECSuccess)
		return (64);
	NSS_SetDomesticPolicy();
	fd = SSL_ImportFD(NULL, PR_ImportTCPSocket(dial(argv[1])));
	range.min = range.max = strcmp(argv[3], "1.3") == 0 ?
	    SSL_LIBRARY_VERSION_TLS_1_3 : SSL_LIBRARY_VERSION_TLS_1_2;
	if (fd == NULL || SSL_VersionRangeSet(fd, &range) != SECSuccess ||
	    SSL_SetURL(fd, argv[2]) != SECSuccess ||
	    SSL_OptionSet(fd, SSL_ENABLE_ALPN, PR_TRUE) != SECSuccess ||
	    SSL_SetNextProtoNego(fd, protos, sizeof(protos) - 1) !=
	    SECSuccess || SSL_AuthCertificateHook(fd, accept_any, NULL) !=
	    SECSuccess || SSL_ResetHandshake(fd, PR_FALSE) != SECSuccess)
		errx(1, "set-up");
	if (SSL_ForceHandshake(fd) != SECSuccess)
		errx(1, "handshake: %d", PR_GetError());
	if (SSL_GetNextProto(fd, &state, alpn, &len, sizeof(alpn) - 1) !=
	    SECSuccess || SSL_GetChannelInfo(fd, &info, sizeof(info)) !=
	    SECSuccess || (crt = SSL_PeerCertificate(fd)) == NULL)
		errx(1, "no information");
	report(info.protocolVersion == SSL_LIBRARY_VERSION_TLS_1_3 ?
	    "TLSv1.3" : "TLSv1.2", (char *)alpn, crt->derCert.data,
	    crt->derCert.len);
	return (PR_Read(fd, &c, 1) == 0 ? 0 : 1);
}
