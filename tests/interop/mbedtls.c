/* interop client with Mbed TLS 2.28, which has TLS 1.2 only. */
#include "client.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

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
