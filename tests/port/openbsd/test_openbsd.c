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
/* sandbox on OpenBSD: what is asked of unveil and pledge, and in what order. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/resource.h>
#include <sys/wait.h>

#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox.h"
#include "stubs.h"

/* The limits are not for the process of the test. */
int
setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	(void)resource;
	(void)limit;
	return (0);
}

static void
test_directory(void **state)
{
	(void)state;
	stubs_reset();
	sandbox_enter(5, "/etc/pairs", 1, 10);
	assert_string_equal(calls, "unveil(/etc/pairs,r) unveil(NULL,NULL) "
	    "pledge(stdio rpath,NULL) ");
	sandbox_handshake(1);
	assert_string_equal(calls, "unveil(/etc/pairs,r) unveil(NULL,NULL) "
	    "pledge(stdio rpath,NULL) pledge(stdio,NULL) ");
}

static void
test_no_directory(void **state)
{
	(void)state;
	stubs_reset();
	sandbox_enter(-1, "/etc/pairs", 0, 10);
	/* a veil without a path would veil nothing */
	assert_string_equal(calls, "pledge(stdio,NULL) ");
}

static void
test_server(void **state)
{
	(void)state;
	stubs_reset();
	sandbox_server();
	assert_string_equal(calls, "");
}

/* What the kernel refuses ends the process: nothing goes on unprotected. */
static void
test_refused(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	stubs_reset();
	if ((pid = fork()) == 0) {
		(void)unveil(NULL, NULL);
		sandbox_enter(5, "/etc/pairs", 0, 10);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_no_directory),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
