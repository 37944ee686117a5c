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
/* interop client with Mbed TLS; 2.28 has TLS 1.2 only. */
#include "client.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

/* of both, the one version of TLS that is wanted */
static void
set_version(mbedtls_ssl_config *conf, const char *version)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03030000
	const mbedtls_ssl_protocol_version tls = strcmp(version, "1.2") == 0 ?
	    MBEDTLS_SSL_VERSION_TLS1_2 : MBEDTLS_SSL_VERSION_TLS1_3;

	mbedtls_ssl_conf_min_tls_version(conf, tls);
	mbedtls_ssl_conf_max_tls_version(conf, tls);
#endif
}

int
main(int argc, char *argv[])
{
	const char *alpn[] = { "acme-tls/1", NULL };
	const mbedtls_x509_crt *crt;
	mbedtls_ctr_drbg_context rng;
	mbedtls_entropy_context entropy;
	mbedtls_net_context net;
	mbedtls_ssl_config conf;
	mbedtls_ssl_context ssl;
	unsigned char c;

	if (argc != 4)
		return (64);
	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&rng);
	mbedtls_ssl_config_init(&conf);
	mbedtls_ssl_init(&ssl);
	net.fd = dial(argv[1]);
	if (mbedtls_ctr_drbg_seed(&rng, mbedtls_entropy_func, &entropy, NULL,
	    0) != 0 || mbedtls_ssl_config_defaults(&conf,
	    MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
	    MBEDTLS_SSL_PRESET_DEFAULT) != 0)
		errx(1, "set-up");
	set_version(&conf, argv[3]);
	mbedtls_ssl_conf_authmode(&conf, MBEDTLS_SSL_VERIFY_NONE);
	mbedtls_ssl_conf_rng(&conf, mbedtls_ctr_drbg_random, &rng);
	if (mbedtls_ssl_conf_alpn_protocols(&conf, alpn) != 0 ||
	    mbedtls_ssl_setup(&ssl, &conf) != 0 ||
	    mbedtls_ssl_set_hostname(&ssl, argv[2]) != 0)
		errx(1, "set-up");
	mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv,
	    NULL);
	if (mbedtls_ssl_handshake(&ssl) != 0)
		errx(1, "handshake");
	crt = mbedtls_ssl_get_peer_cert(&ssl);
	report(mbedtls_ssl_get_version(&ssl),
	    mbedtls_ssl_get_alpn_protocol(&ssl), crt->raw.p, crt->raw.len);
	return (mbedtls_ssl_read(&ssl, &c, 1) ==
	    MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? 0 : 1);
}
