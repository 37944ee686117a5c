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
 * limit SECONDS PROGRAM RSA-KEY P256-KEY: what no process per connection can
 * be cheaper than on this machine.  Prints for each of: starting PROGRAM, an
 * RSA-2048 signature as in TLS 1.3, a P-256 one, two X25519 operations (a key,
 * and a secret) the CPU time and the time it takes, in microseconds, and then
 * the page faults of PROGRAM.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static const char *program;
static struct rusage child;

static double
seconds(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

static double
cpu_of_children(void)
{
	struct rusage ru;

	(void)getrusage(RUSAGE_CHILDREN, &ru);
	return ((double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
}

static void
process(EVP_PKEY *key)
{
	int status;
	pid_t pid;

	(void)key;
	if ((pid = vfork()) == 0) {
		(void)execl(program, program, NULL);
		_exit(127);
	}
	if (pid == -1 || wait4(pid, &status, 0, &child) != pid || status != 0)
		errx(1, "%s", program);
}

static void
sign(EVP_PKEY *key)
{
	static const unsigned char msg[130];
	unsigned char sig[512];
	size_t len = sizeof(sig);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, key) != 1)
		errx(1, "EVP_DigestSignInit");
	if (EVP_PKEY_is_a(key, "RSA") &&
	    (EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) != 1))
		errx(1, "RSA-PSS");
	if (EVP_DigestSign(ctx, sig, &len, msg, sizeof(msg)) != 1)
		errx(1, "EVP_DigestSign");
	EVP_MD_CTX_free(ctx);
}

static void
x25519(EVP_PKEY *peer)
{
	unsigned char secret[32];
	size_t len = sizeof(secret);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer(ctx, peer) != 1 ||
	    EVP_PKEY_derive(ctx, secret, &len) != 1)
		errx(1, "X25519");
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
}

static EVP_PKEY *
read_key(const char *path)
{
	EVP_PKEY *key;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		err(1, "%s", path);
	if ((key = PEM_read_PrivateKey(f, NULL, NULL, NULL)) == NULL)
		errx(1, "%s: no key", path);
	(void)fclose(f);
	return (key);
}

static void
measure(void (*f)(EVP_PKEY *), EVP_PKEY *key, double limit)
{
	double start, cpu, took = 0;
	int n;

	f(key);		/* what is set up once is no part of it */
	start = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) + cpu_of_children();
	for (n = 0; n < 10 || took < limit; n++) {
		f(key);
		took = seconds(CLOCK_MONOTONIC) - start;
	}
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) + cpu_of_children() - cpu;
	(void)printf("%.1f %.1f ", cpu / n * 1e6, took / n * 1e6);
}

int
main(int argc, char *argv[])
{
	double limit;

	if (argc != 5)
		errx(64, "usage: limit seconds program rsa-key p256-key");
	limit = atof(argv[1]) / 4;
	program = argv[2];
	measure(process, NULL, limit);
	measure(sign, read_key(argv[3]), limit);
	measure(sign, read_key(argv[4]), limit);
	measure(x25519, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), limit);
	(void)printf("%ld\n", child.ru_minflt);
	return (0);
}
