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
#include <sys/mman.h>
#include <sys/wait.h>

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loader.h"

/*
 * Time stamps are coarse: a file that has just changed may change again and
 * keep its time stamp.
 */
#define SETTLED_MS	100
#define SECONDS_MS	2100	/* where time stamps are whole seconds */

static int
is_settled(const struct file_stamp *f, const struct timespec *now)
{
	const long long age = (long long)(now->tv_sec - f->changed.tv_sec) *
	    1000 + (now->tv_nsec - f->changed.tv_nsec) / 1000000;

	return (age >= (f->changed.tv_nsec == 0 ? SECONDS_MS : SETTLED_MS));
}

int
loader_read(struct loaded *to, const char *directory, const char *name,
    const struct timespec *now)
{
	struct certdir d;
	struct pair pair;
	char why[WHY_SIZE];
	int r = -1;

	memset(&pair, 0, sizeof(pair));
	certdir_open(&d, directory);
	if (pair_stamp(&d, name, &to->stamp) == -1 ||
	    !is_settled(&to->stamp.crt, now) ||
	    !is_settled(&to->stamp.key, now))
		goto done;
	if (pair_load(&d, name, &pair, why) != PAIR_OK ||
	    !pair_unchanged(&d, name, &to->stamp))
		goto done;
	memcpy(to->name, name, strlen(name) + 1);
	to->cert_len = pair.cert_len;
	/* loader_clear() wipes key_len bytes: set key_len before the copy */
	to->key_len = pair.key_len;
	memcpy(to->cert, pair.cert, pair.cert_len);
	memcpy(to->key, pair.key, pair.key_len);
	r = 0;
done:
	pair_free(&pair);
	certdir_close(&d);
	return (r);
}

int
loader_start(struct loader *l, const char *directory, const char *name,
    void (*before)(void *), void *arg)
{
	struct timespec now = { 0, 0 };
	void *p;

	if (l->pid != 0)
		return (-1);
	p = mmap(NULL, sizeof(*l->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	if (p == MAP_FAILED)
		return (-1);
	l->shared = p;
	l->pid = fork();
	if (l->pid == 0) {
		before(arg);
		clock_gettime(CLOCK_REALTIME, &now);
		_exit(loader_read(l->shared, directory, name, &now) == 0 ?
		    0 : 1);
	}
	if (l->pid == -1) {
		l->pid = 0;
		loader_clear(l);
		return (-1);
	}
	return (0);
}

struct loaded *
loader_result(struct loader *l, int status)
{
	l->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return (l->shared);
	loader_clear(l);
	return (NULL);
}

void
loader_clear(struct loader *l)
{
	if (l->shared == NULL)
		return;
	/* A child must not wipe what the loader writes for the server. */
	if (l->pid == 0)
		explicit_bzero(l->shared->key, l->shared->key_len);
	munmap(l->shared, sizeof(*l->shared));
	l->shared = NULL;
}
