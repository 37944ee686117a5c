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
/* interop client with wolfSSL. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include "client.h"

int
main(int argc, char *argv[])
{
	char alpn[] = "acme-tls/1", *selected = NULL, c;
	unsigned short alpn_len = 0;
	WOLFSSL_CTX *ctx;
	WOLFSSL_X509 *crt;
	WOLFSSL *ssl;
	const unsigned char *der;
	int len = 0;

	if (argc != 4)
		return (64);
	wolfSSL_Init();
	ctx = wolfSSL_CTX_new(strcmp(argv[3], "1.3") == 0 ?
	    wolfTLSv1_3_client_method() : wolfTLSv1_2_client_method());
	if (ctx == NULL || (ssl = wolfSSL_new(ctx)) == NULL)
		errx(1, "set-up");
	wolfSSL_set_verify(ssl, WOLFSSL_VERIFY_NONE, NULL);
	if (wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, argv[2],
	    (unsigned short)strlen(argv[2])) != WOLFSSL_SUCCESS ||
	    wolfSSL_UseALPN(ssl, alpn, sizeof(alpn) - 1,
	    WOLFSSL_ALPN_FAILED_ON_MISMATCH) != WOLFSSL_SUCCESS)
		errx(1, "set-up");
	wolfSSL_set_fd(ssl, dial(argv[1]));
	if (wolfSSL_connect(ssl) != WOLFSSL_SUCCESS)
		errx(1, "handshake: %d", wolfSSL_get_error(ssl, -1));
	(void)wolfSSL_ALPN_GetProtocol(ssl, &selected, &alpn_len);
	crt = wolfSSL_get_peer_certificate(ssl);
	der = wolfSSL_X509_get_der(crt, &len);
	report(wolfSSL_get_version(ssl), selected, der, (size_t)len);
	return (wolfSSL_read(ssl, &c, 1) <= 0 && wolfSSL_get_error(ssl, -1) ==
	    WOLFSSL_ERROR_ZERO_RETURN ? 0 : 1);
}
