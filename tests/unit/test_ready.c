/* ready: what a server holds ready, and when it must not be used. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../ready.h"

static char dir[] = "/tmp/alpnd-ready.XXXXXX";
static struct ready ready;
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

static long
ms_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* Ask as children do until it is held, which takes 100 ms after a change. */
static int
comes_ready(const char *name)
{
	for (long end = ms_now() + 10000; ms_now() < end;) {
		ready_want(&ready, dir, name);
		if (ready_find(&ready, &d, name) != NULL)
			return (1);
		(void)nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
	}
	return (0);
}

static void
age(const char *name, long seconds)
{
	for (size_t i = 0; i < READY_MAX; i++)
		if (strcmp(ready.all[i].name, name) == 0)
			ready.all[i].used.tv_sec -= seconds;
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
forget_all(void **state)
{
	(void)state;
	ready_free(&ready);
	return (ready_any(&ready) ? -1 : 0);
}

static void
test_ready(void **state)
{
	const struct handshake *h;
	struct handshake borrowed;

	(void)state;
	assert_null(ready_find(&ready, &d, "a"));
	assert_false(ready_any(&ready));
	assert_true(comes_ready("a"));
	assert_true(ready_any(&ready));
	h = ready_find(&ready, &d, "a");
	assert_non_null(h->server);
	assert_null(ready_find(&ready, &d, "b"));
	/* what a child does with it leaves it as it is */
	handshake_borrow(&borrowed, h);
	assert_ptr_equal(borrowed.server, h->server);
	handshake_free(&borrowed);
	assert_non_null(h->server);
	/* asked for again it is the same, not another */
	ready_want(&ready, dir, "a");
	assert_ptr_equal(ready_find(&ready, &d, "a"), h);
}

static void
test_changed(void **state)
{
	char file[512], other[512];
	struct stat st;

	(void)state;
	put("c", "a");
	assert_true(comes_ready("c"));
	put("c", "b");
	assert_null(ready_find(&ready, &d, "c"));
	assert_true(comes_ready("c"));
	/* one file, the same inode, size and modification time */
	path(file, "c", "crt");
	assert_int_equal(stat(file, &st), 0);
	shell("printf x | dd of=%s conv=notrunc status=none", file);
	assert_int_equal(utimensat(AT_FDCWD, file, (struct timespec[2]){
	    st.st_mtim, st.st_mtim }, 0), 0);
	assert_null(ready_find(&ready, &d, "c"));
	/* removed, unreadable as a link is, and the directory gone */
	put("c", "a");
	assert_true(comes_ready("c"));
	path(other, "c", "old");
	assert_int_equal(rename(file, other), 0);
	assert_null(ready_find(&ready, &d, "c"));
	assert_int_equal(symlink(other, file), 0);
	assert_null(ready_find(&ready, &d, "c"));
	assert_int_equal(unlink(file), 0);
	ready_want(&ready, dir, "c");
	assert_int_equal(rename(other, file), 0);
	assert_null(ready_find(&ready, &d, "c"));
}

/* Changed a moment ago: its times would not tell of the next change. */
static void
test_settles(void **state)
{
	long start;

	(void)state;
	for (int i = 0; i < 50; i++) {
		start = ms_now();
		put("c", "a");
		ready_want(&ready, dir, "c");
		if (ms_now() - start < 90) {
			assert_null(ready_find(&ready, &d, "c"));
			return;
		}
	}
	fail_msg("this machine takes over 90 ms for two small files");
}

static void
test_bad(void **state)
{
	char file[512];

	(void)state;
	put("c", "a");
	assert_true(comes_ready("c"));
	/* the key of another: not held, and what was held is given up */
	path(file, "c", "key");
	shell("cp %s/b.key.pem %s", dir, file);
	(void)nanosleep(&(struct timespec){ 0, 150000000 }, NULL);
	ready_want(&ready, dir, "c");
	assert_null(ready_find(&ready, &d, "c"));
	assert_false(ready_any(&ready));
	ready_want(&ready, dir, "none");
	ready_want(&ready, "/nonexistent", "a");
	assert_false(ready_any(&ready));
}

static void
test_expires(void **state)
{
	(void)state;
	assert_true(comes_ready("a"));
	assert_true(comes_ready("b"));
	age("a", READY_SECONDS - 1);
	ready_expire(&ready);
	assert_non_null(ready_find(&ready, &d, "a"));
	age("a", 1);
	ready_expire(&ready);
	assert_null(ready_find(&ready, &d, "a"));
	assert_non_null(ready_find(&ready, &d, "b"));
	/* asked for again, it stays */
	age("b", READY_SECONDS - 1);
	ready_want(&ready, dir, "b");
	age("b", 1);
	ready_expire(&ready);
	assert_non_null(ready_find(&ready, &d, "b"));
}

static void
test_places(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < READY_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		put(name, "a");
		assert_true(comes_ready(name));
	}
	for (int i = 0; i < READY_MAX; i++)
		ready.all[i].used = ready.all[0].used;
	(void)clock_gettime(CLOCK_MONOTONIC, &ready.all[0].used);
	for (int i = 1; i < READY_MAX; i++)
		ready.all[i].used = ready.all[0].used;
	/* all were asked for just now: none gives up its place */
	ready_want(&ready, dir, "b");
	assert_null(ready_find(&ready, &d, "b"));
	/* the one longest not asked for does, once there is one to hold */
	age("n5", 3);
	age("n3", 2);
	ready_want(&ready, dir, "none");
	assert_non_null(ready_find(&ready, &d, "n5"));
	ready_want(&ready, dir, "b");
	assert_non_null(ready_find(&ready, &d, "b"));
	assert_null(ready_find(&ready, &d, "n5"));
	assert_non_null(ready_find(&ready, &d, "n3"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_ready, forget_all),
		cmocka_unit_test_teardown(test_changed, forget_all),
		cmocka_unit_test_teardown(test_settles, forget_all),
		cmocka_unit_test_teardown(test_bad, forget_all),
		cmocka_unit_test_teardown(test_expires, forget_all),
		cmocka_unit_test_teardown(test_places, forget_all),
	};

	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
