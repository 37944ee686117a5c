/*
 * load-client ADDR PORT NAME COUNT CONCURRENCY: handshakes in closed loops, or
 * refusals if NAME is "-".  Prints connections a second, p50 and p99 in
 * milliseconds, and how many went wrong.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tls.h>
#include <unistd.h>

static struct sockaddr_in address = { .sin_family = AF_INET };
static struct tls_config *config;

/* A ClientHello of TLS 1.2 without any extension. */
static const unsigned char hello[] = {
	22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
	0, 0, 2, 0xc0, 0x2f, 1, 0
};

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
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s == -1 || connect(s, (struct sockaddr *)&address,
	    sizeof(address)) == -1)
		err(1, "connect");
	return (s);
}

static int
refused(void)
{
	unsigned char buf[64];
	int s = dial(), good;

	good = write(s, hello, sizeof(hello)) == (ssize_t)sizeof(hello) &&
	    read(s, buf, sizeof(buf)) == 7 && read(s, buf, 1) == 0;
	(void)close(s);
	return (good);
}

static int
served(const char *name)
{
	struct tls *tls = tls_client();
	int s = dial(), good;
	char c;

	good = tls != NULL && tls_configure(tls, config) == 0 &&
	    tls_connect_socket(tls, s, name) == 0 && tls_handshake(tls) == 0 &&
	    tls_conn_alpn_selected(tls) != NULL && tls_read(tls, &c, 1) <= 0;
	tls_free(tls);
	(void)close(s);
	return (good);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

int
main(int argc, char *argv[])
{
	double *ms, start, took;
	int count, workers, bad = 0;

	if (argc != 6)
		errx(64, "usage: load-client addr port name|- count workers");
	address.sin_port = htons((unsigned short)atoi(argv[2]));
	if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1)
		errx(64, "%s", argv[1]);
	count = atoi(argv[4]);
	workers = atoi(argv[5]);
	if ((config = tls_config_new()) == NULL ||
	    tls_config_set_alpn(config, "acme-tls/1") == -1)
		errx(1, "libtls");
	tls_config_insecure_noverifycert(config);
	tls_config_insecure_noverifyname(config);
	tls_config_insecure_noverifytime(config);
	ms = mmap(NULL, (size_t)count * sizeof(*ms), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ms == MAP_FAILED)
		err(1, "mmap");
	start = now();
	for (int w = 0; w < workers; w++) {
		if (fork() != 0)
			continue;
		for (int i = w; i < count; i += workers) {
			double t = now();
			int good = strcmp(argv[3], "-") == 0 ? refused() :
			    served(argv[3]);

			ms[i] = good ? now() - t : -1;
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		continue;
	took = now() - start;
	for (int i = 0; i < count; i++)
		bad += ms[i] <= 0;
	qsort(ms, (size_t)count, sizeof(*ms), compare);
	printf("%.0f %.1f %.1f %d\n", count / took * 1e3, ms[count / 2],
	    ms[count * 99 / 100], bad);
	return (bad != 0);
}
