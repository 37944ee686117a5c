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
 * client [-l] ADDR PORT WHAT NAME NAMES SECONDS COUNT WORKERS: connections in
 * closed loops, each of WORKERS threads one at a time, for SECONDS or COUNT
 * of them, whichever comes first.  A %d in NAME becomes a random number below
 * NAMES.  WHAT is what is sent, and what is right:
 *	served	a handshake of TLS 1.3 with ALPN acme-tls/1; complete, with
 *		acme-tls/1 selected and a certificate for the name
 *	refused	a ClientHello without ALPN; one alert and the end
 *	hello	the same; anything and the end
 *	silence	not TLS; the end without a byte
 *	garbage	the same; anything and the end
 * Prints connections a second, p50 and p99 in milliseconds, how many went
 * wrong, and how many there were; with -l every latency in a second line.
 * A latency ends with the handshake, or with the first answer.
 * In the environment: FROM, SOURCES: the connections come from that many
 * addresses in turn, beginning with FROM.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define TIMEOUT		20	/* seconds until a connection has failed */

static struct sockaddr_in address = { .sin_family = AF_INET };
static const char *what, *name;
static unsigned int names;
static SSL_CTX *ctx;
static unsigned char bytes[4096];	/* what is sent if not by libssl */
static size_t n_bytes;
static double *ms, deadline;		/* a latency each; below 0: wrong */
static int count;
static atomic_int next;
static int sources;			/* 0: of the system's choice */
static uint32_t first_source;
static atomic_int turn;

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6);
}

static int
dial(void)
{
	const struct timeval tv = { .tv_sec = TIMEOUT };
	const int on = 1;
	struct sockaddr_in from = { .sin_family = AF_INET };
	int s;

	if ((s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (sources > 0) {
		from.sin_addr.s_addr = htonl(first_source +
		    (uint32_t)(atomic_fetch_add(&turn, 1) % sources));
		if (bind(s, (struct sockaddr *)&from, sizeof(from)) == -1)
			err(1, "bind");
	}
	(void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	(void)setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(s, (struct sockaddr *)&address, sizeof(address)) == -1)
		err(1, "connect");
	return (s);
}

/* One connection of bytes and an answer; returns whether it was right. */
static int
answered(double *end)
{
	unsigned char buf[8192];
	size_t all = 0;
	ssize_t n;
	int first = -1, s = dial(), reset;

	if (write(s, bytes, n_bytes) != (ssize_t)n_bytes)
		warn("write");
	if ((n = read(s, buf, sizeof(buf))) > 0) {
		all = (size_t)n;
		first = buf[0];
	}
	*end = now();
	reset = n == -1 && errno == ECONNRESET;
	(void)shutdown(s, SHUT_WR);
	while (n > 0 && (n = read(s, buf, sizeof(buf))) > 0)
		all += (size_t)n;
	/* A reset is an end, too; a timeout is none. */
	reset = reset || (n == -1 && errno == ECONNRESET);
	(void)close(s);
	if (n == -1 && !reset)
		return (0);
	if (strcmp(what, "refused") == 0)
		return (all == 7 && first == 21);
	if (strcmp(what, "silence") == 0)
		return (all == 0);
	return (1);
}

static int
is_right(SSL *ssl, const char *host)
{
	const unsigned char *proto;
	unsigned int len;
	X509 *cert = SSL_get0_peer_certificate(ssl);

	SSL_get0_alpn_selected(ssl, &proto, &len);
	return (len == 10 && memcmp(proto, "acme-tls/1", 10) == 0 &&
	    cert != NULL && X509_check_host(cert, host, 0, 0, NULL) == 1);
}

static int
served(const char *host, double *end)
{
	SSL *ssl = SSL_new(ctx);
	int s = dial(), good, n;
	char c;

	if (ssl == NULL || SSL_set_fd(ssl, s) != 1 ||
	    SSL_set_tlsext_host_name(ssl, host) != 1)
		errx(1, "libssl");
	good = SSL_connect(ssl) == 1;
	*end = now();
	good = good && is_right(ssl, host);
	if (good) {
		(void)SSL_shutdown(ssl);
		(void)shutdown(s, SHUT_WR);
		while ((n = SSL_read(ssl, &c, 1)) > 0)
			continue;
		/* an alert in place of an end */
		good = SSL_get_error(ssl, n) != SSL_ERROR_SSL;
	}
	ERR_clear_error();
	SSL_free(ssl);
	(void)close(s);
	return (good);
}

static void *
work(void *arg)
{
	unsigned int seed = (unsigned int)(size_t)arg + 1;
	char host[256];
	double start, end;
	int i, good;

	while ((i = atomic_fetch_add(&next, 1)) < count) {
		if ((start = now()) >= deadline)
			break;
		(void)snprintf(host, sizeof(host), name,
		    (int)((unsigned int)rand_r(&seed) % names));
		good = n_bytes > 0 ? answered(&end) : served(host, &end);
		ms[i] = good ? end - start : -1;
	}
	return (NULL);
}

/* What libssl sends first, without ALPN. */
static void
make_hello(void)
{
	BIO *out = BIO_new(BIO_s_mem());
	SSL *ssl = SSL_new(ctx);
	int n;

	if (ssl == NULL || out == NULL ||
	    SSL_set_alpn_protos(ssl, NULL, 0) != 0 ||
	    SSL_set_tlsext_host_name(ssl, name) != 1)
		errx(1, "libssl");
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
	(void)SSL_connect(ssl);
	if ((n = BIO_read(out, bytes, sizeof(bytes))) <= 0)
		errx(1, "libssl: no ClientHello");
	n_bytes = (size_t)n;
	SSL_free(ssl);
}

static void
prepare(void)
{
	static const unsigned char protos[] = "\012acme-tls/1";

	if ((ctx = SSL_CTX_new(TLS_client_method())) == NULL ||
	    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, "X25519") != 1 ||
	    SSL_CTX_set_alpn_protos(ctx, protos, sizeof(protos) - 1) != 0)
		errx(1, "libssl");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (strcmp(what, "refused") == 0 || strcmp(what, "hello") == 0) {
		make_hello();
	} else if (strcmp(what, "silence") == 0 ||
	    strcmp(what, "garbage") == 0) {
		n_bytes = 64;
		for (size_t i = 0; i < n_bytes; i++)
			bytes[i] = (unsigned char)(0x80 + i * 7);
	} else if (strcmp(what, "served") != 0) {
		errx(64, "%s: served, refused, hello, silence or garbage",
		    what);
	}
	(void)signal(SIGPIPE, SIG_IGN);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static int
print(double took, int list)
{
	int bad = 0, done = 0;

	qsort(ms, (size_t)count, sizeof(*ms), compare);	/* 0: not begun */
	while (bad < count && ms[bad] < 0)
		bad++;
	for (int i = 0; i < count; i++)
		if (ms[i] > 0)
			ms[done++] = ms[i];
	(void)printf("%.1f %.3f %.3f %d %d\n", (done + bad) / took * 1e3,
	    done > 0 ? ms[done / 2] : 0, done > 0 ? ms[done * 99 / 100] : 0,
	    bad, done + bad);
	for (int i = 0; list && i < done; i++)
		(void)printf("%.3f%c", ms[i], i + 1 < done ? ' ' : '\n');
	return (bad != 0 || done == 0);
}

int
main(int argc, char *argv[])
{
	pthread_t thread[64];
	double start;
	int list = argc > 1 && strcmp(argv[1], "-l") == 0, workers;

	argv += list;
	if (argc - list != 9)
		errx(64, "usage: client [-l] addr port what name names "
		    "seconds count workers");
	address.sin_port = htons((unsigned short)atoi(argv[2]));
	if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1)
		errx(64, "%s: no address", argv[1]);
	if (getenv("SOURCES") != NULL && getenv("FROM") != NULL) {
		sources = atoi(getenv("SOURCES"));
		first_source = ntohl(inet_addr(getenv("FROM")));
	}
	what = argv[3];
	name = argv[4];
	names = (unsigned int)atoi(argv[5]);
	count = atoi(argv[7]);
	workers = atoi(argv[8]);
	if (names < 1 || count < 1 || workers < 1 || workers > 64)
		errx(64, "names, count, workers: at least 1; workers: to 64");
	if ((ms = calloc((size_t)count, sizeof(*ms))) == NULL)
		err(1, NULL);
	prepare();
	start = now();
	deadline = start + atof(argv[6]) * 1e3;
	for (int i = 0; i < workers; i++)
		if (pthread_create(&thread[i], NULL, work,
		    (void *)(size_t)i) != 0)
			errx(1, "pthread_create");
	for (int i = 0; i < workers; i++)
		(void)pthread_join(thread[i], NULL);
	return (print(now() - start, list));
}
