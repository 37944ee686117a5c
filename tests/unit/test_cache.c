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
/* cache and loader: what the server keeps, and when a child must not use it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <tls.h>

#include "../../cache.h"
#include "../../loader.h"
#include "../../rehearsal.h"

static char dir[] = "/tmp/alpnd-cache.XXXXXX";
static struct cache cache;
static struct loaded loaded;
static struct certdir d;

static void
path(char out[512], const char *name, const char *kind)
{
	(void)snprintf(out, 512, "%s/%s.%s.pem", dir, name, kind);
}

static void
shell(const char *fmt, ...)
{
	char cmd[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	assert_int_equal(system(cmd), 0);
}

/* A pair of a name, copied from the one that was made. */
static void
put(const char *name, const char *from)
{
	shell("cd %s && for k in crt key; do cp %s.$k.pem .new && "
	    "mv .new %s.$k.pem; done", dir, from, name);
}

static int
set_up(void **state)
{
	static const char req[] = "cd %s && openssl req -x509 -nodes -newkey ec"
	    " -pkeyopt ec_paramgen_curve:P-256 -days 7 -subj /CN=%s"
	    " -keyout %s.key.pem -out %s.crt.pem 2>/dev/null";

	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	shell(req, dir, "a", "a", "a");
	shell(req, dir, "b", "b", "b");
	certdir_open(&d, dir);
	return (d.fd == -1 ? -1 : 0);
}

static int
tear_down(void **state)
{
	(void)state;
	certdir_close(&d);
	shell("rm -r %s", dir);
	return (0);
}

static int
empty(void **state)
{
	(void)state;
	cache_free(&cache);
	return (cache_any(&cache) ? -1 : 0);
}

/* A time of CLOCK_REALTIME, ms after the last change of the pair of name. */
static struct timespec
after_change(const char *name, long long ms)
{
	struct pair_stamp stamp;
	struct timespec ts = { 0, 0 };

	if (pair_stamp(&d, name, &stamp) == 0) {
		ts = stamp.crt.changed;
		if (stamp.key.changed.tv_sec > ts.tv_sec ||
		    (stamp.key.changed.tv_sec == ts.tv_sec &&
		    stamp.key.changed.tv_nsec > ts.tv_nsec))
			ts = stamp.key.changed;
	}
	ts.tv_sec += (time_t)(ms / 1000);
	ts.tv_nsec += (long)(ms % 1000) * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	return (ts);
}

static int
read_pair(const char *name)
{
	const struct timespec now = after_change(name, 60000);

	memset(&loaded, 0, sizeof(loaded));
	return (loader_read(&loaded, dir, name, &now));
}

static void
add_loaded(const char *name, long long now)
{
	const struct pair p = { loaded.cert, loaded.key, loaded.cert_len,
	    loaded.key_len };

	cache_add(&cache, name, &p, &loaded.stamp, now);
}

/* What the server does when a child has used the pair of name. */
static void
use(const char *name, int stale, long long now)
{
	if (cache_use(&cache, name, stale, now) && read_pair(name) == 0)
		add_loaded(name, now);
}

static void
test_found(void **state)
{
	const struct handshake *h;
	struct handshake borrowed;

	(void)state;
	assert_null(cache_find(&cache, &d, "a"));
	assert_false(cache_any(&cache));
	use("a", 1, 0);
	assert_true(cache_any(&cache));
	h = cache_find(&cache, &d, "a");
	assert_non_null(h);
	assert_non_null(h->server);
	assert_null(cache_find(&cache, &d, "b"));
	/* a child that borrows it leaves it as it is */
	handshake_borrow(&borrowed, h);
	assert_ptr_equal(borrowed.server, h->server);
	handshake_free(&borrowed);
	assert_non_null(h->server);
	/* used again: nothing to load */
	assert_true(cache_has(&cache, "a"));
	assert_false(cache_has(&cache, "c"));
	assert_false(cache_use(&cache, "a", 0, 1));
	/* used again, but its files have changed */
	assert_true(cache_use(&cache, "a", 1, 1));
}

static void
test_changed(void **state)
{
	char file[512], other[512];
	struct stat st;

	(void)state;
	put("c", "a");
	use("c", 1, 0);
	assert_non_null(cache_find(&cache, &d, "c"));
	put("c", "b");
	assert_null(cache_find(&cache, &d, "c"));
	use("c", 1, 0);
	assert_non_null(cache_find(&cache, &d, "c"));
	/* one file, the same inode, size and modification time */
	path(file, "c", "crt");
	assert_int_equal(stat(file, &st), 0);
	shell("printf x | dd of=%s conv=notrunc status=none", file);
	assert_int_equal(utimensat(AT_FDCWD, file, (struct timespec[2]){
	    st.st_mtim, st.st_mtim }, 0), 0);
	assert_null(cache_find(&cache, &d, "c"));
	/* removed, and replaced by a link */
	put("c", "a");
	use("c", 1, 0);
	assert_non_null(cache_find(&cache, &d, "c"));
	path(other, "c", "old");
	assert_int_equal(rename(file, other), 0);
	assert_null(cache_find(&cache, &d, "c"));
	assert_int_equal(symlink(other, file), 0);
	assert_null(cache_find(&cache, &d, "c"));
	assert_int_equal(unlink(file), 0);
}

/* Files changed a moment ago: a second change might not show. */
static void
test_settled(void **state)
{
	static const struct {
		long long	 ms;	/* since the last change */
		int		 want;
	} table[] = { { 0, -1 }, { 99, -1 }, { 3000, 0 }, { 60000, 0 } };
	struct timespec now;

	(void)state;
	put("s", "a");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		now = after_change("s", table[i].ms);
		assert_int_equal(loader_read(&loaded, dir, "s", &now),
		    table[i].want);
	}
}

static void
test_bad(void **state)
{
	const struct timespec now = after_change("a", 60000);
	char file[512];

	(void)state;
	/* the key of another: libtls does not take the pair */
	put("c", "a");
	path(file, "c", "key");
	shell("cp %s/b.key.pem %s", dir, file);
	assert_int_equal(read_pair("c"), 0);
	add_loaded("c", 0);
	assert_null(cache_find(&cache, &d, "c"));
	assert_false(cache_any(&cache));
	assert_int_equal(loader_read(&loaded, dir, "none", &now), -1);
	assert_int_equal(loader_read(&loaded, "/nonexistent", "a", &now), -1);
}

static void
test_expires(void **state)
{
	(void)state;
	use("a", 1, 0);
	use("b", 1, 1);
	cache_expire(&cache, CACHE_MS - 1);
	assert_non_null(cache_find(&cache, &d, "a"));
	cache_expire(&cache, CACHE_MS);
	assert_null(cache_find(&cache, &d, "a"));
	assert_non_null(cache_find(&cache, &d, "b"));
	/* used again, it stays */
	use("b", 0, CACHE_MS);
	cache_expire(&cache, 2 * CACHE_MS - 1);
	assert_non_null(cache_find(&cache, &d, "b"));
	/* clients ask, but its files have changed, and no loader replaces it */
	assert_true(cache_use(&cache, "b", 1, 2 * CACHE_MS - 1));
	cache_expire(&cache, 2 * CACHE_MS);
	assert_false(cache_any(&cache));
}

static void
test_places(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < CACHE_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		put(name, "a");
		use(name, 1, 0);
		assert_non_null(cache_find(&cache, &d, name));
	}
	for (int i = 0; i < CACHE_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		use(name, 0, i == 5 ? 1000 : i == 3 ? 1001 : 2000);
	}
	/* all were used within a second: none gives up its place */
	assert_false(cache_use(&cache, "b", 0, 1999));
	/* the one that was not used for the longest time does */
	assert_true(cache_use(&cache, "b", 0, 2000));
	assert_non_null(cache_find(&cache, &d, "n5"));
	use("b", 1, 2000);
	assert_non_null(cache_find(&cache, &d, "b"));
	assert_null(cache_find(&cache, &d, "n5"));
	assert_non_null(cache_find(&cache, &d, "n3"));
}

/* libtls answers, for each type of key, and serves as before. */
static void
test_rehearsal(void **state)
{
	static const char *const keys[] = {
		"rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256",
		"ec -pkeyopt ec_paramgen_curve:P-384",
	};
	struct tls *unprepared = tls_server();

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		shell("cd %s && openssl req -x509 -nodes -newkey %s -subj /CN=r"
		    " -keyout r.key.pem -out r.crt.pem 2>/dev/null", dir,
		    keys[i]);
		assert_int_equal(read_pair("r"), 0);
		add_loaded("r", 0);
		assert_string_equal(cache.all[0].name, "r");
		assert_true(cache.rehearsed);
		for (int n = 0; n < 3; n++)
			assert_int_equal(
			    rehearsal_run(cache.all[0].hs.server), 0);
	}
	assert_int_equal(rehearsal_run(unprepared), -1);
	tls_free(unprepared);
}

static int cleared;

static void
before(void *arg)
{
	*(int *)arg = 1;	/* in the loader: not seen here */
}

static void
test_loader(void **state)
{
	struct loader l = { 0, NULL };
	const struct loaded *got;
	struct timespec now = { 0, 0 };
	int status;

	(void)state;
	/* old enough to be settled */
	do
		assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	while (loader_read(&loaded, dir, "a", &now) == -1);
	assert_int_equal(loader_start(&l, dir, "a", before, &cleared), 0);
	assert_int_equal(loader_start(&l, dir, "b", before, &cleared), -1);
	assert_int_equal(waitpid(l.pid, &status, 0), l.pid);
	got = loader_result(&l, status);
	assert_non_null(got);
	assert_string_equal(got->name, "a");
	assert_int_equal(got->key_len, loaded.key_len);
	assert_memory_equal(got->key, loaded.key, loaded.key_len);
	assert_int_equal(cleared, 0);
	loader_clear(&l);
	assert_null(l.shared);
	/* one that fails leaves nothing */
	assert_int_equal(loader_start(&l, dir, "none", before, &cleared), 0);
	assert_int_equal(waitpid(l.pid, &status, 0), l.pid);
	assert_null(loader_result(&l, status));
	assert_null(l.shared);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_found, empty),
		cmocka_unit_test_teardown(test_changed, empty),
		cmocka_unit_test(test_settled),
		cmocka_unit_test_teardown(test_bad, empty),
		cmocka_unit_test_teardown(test_expires, empty),
		cmocka_unit_test_teardown(test_places, empty),
		cmocka_unit_test_teardown(test_rehearsal, empty),
		cmocka_unit_test(test_loader),
	};

	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
