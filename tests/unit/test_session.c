/*
 * Copyright (c) 2026 The alpnd authors
 *
 * session.c, report.c: what a child tells its server, and when.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "report.h"
#include "session.h"
#include "tsv.h"

#define TOKEN	UINT64_C(0x0123456789abcdef)

static struct tsv_row *hellos;
static size_t n_hellos;
static int client, reports;	/* descriptors */
static pid_t pid;

static const uint8_t local[] = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/* A child that serves the other end of client. */
static void
begin(void)
{
	static const struct options opt = { .directory = "/nonexistent",
	    .proxy = PROXY_AUTO, .seconds = DEADLINE_MAX };
	static struct cache cache;
	struct child child = { .token = TOKEN, .cache = &cache };
	int connection[2], pipes[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, connection), 0);
	assert_int_equal(pipe(pipes), 0);
	if ((pid = fork()) == 0) {
		close(connection[0]);
		close(pipes[0]);
		child.report = pipes[1];
		child.start = now_ms();
		_exit(session_run(&opt, &child, connection[1], connection[1]));
	}
	assert_true(pid > 0);
	close(connection[1]);
	close(pipes[1]);
	client = connection[0];
	reports = pipes[0];
}

static void
say(const void *bytes, size_t len)
{
	assert_int_equal(write(client, bytes, len), len);
}

/* The next report has to be this one. */
static void
expect(enum report_what what)
{
	struct report r;

	assert_int_equal(report_read(reports, &r), 1);
	assert_int_equal(r.what, what);
	assert_true(r.token == TOKEN);
	assert_string_equal(r.name, "");
}

/* No report follows, and the child has ended with this status. */
static void
end(int want)
{
	struct report r;
	int status;

	assert_int_equal(report_read(reports, &r), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), want);
	close(client);
	close(reports);
}

static void
test_whole(void **state)
{
	(void)state;
	begin();
	say(hellos[0].bytes, hellos[0].len);
	expect(REPORT_REFUSED);
	end(0);
}

/* From REPORT_HELLO on, no other source gets the process of the client. */
static void
test_two_parts(void **state)
{
	(void)state;
	begin();
	say(hellos[0].bytes, 7);
	expect(REPORT_INCOMPLETE);
	say(hellos[0].bytes + 7, hellos[0].len - 7);
	expect(REPORT_HELLO);
	expect(REPORT_REFUSED);
	end(0);
}

static void
test_many_parts(void **state)
{
	(void)state;
	begin();
	say(hellos[0].bytes, 1);
	expect(REPORT_INCOMPLETE);
	for (size_t i = 1; i < hellos[0].len; i++)
		say(hellos[0].bytes + i, 1);
	expect(REPORT_HELLO);
	expect(REPORT_REFUSED);
	end(0);
}

static void
test_cut(void **state)
{
	(void)state;
	begin();
	say(hellos[0].bytes, hellos[0].len - 1);
	expect(REPORT_INCOMPLETE);
	shutdown(client, SHUT_WR);
	expect(REPORT_REFUSED);
	end(0);
}

static void
test_closed(void **state)
{
	(void)state;
	begin();
	shutdown(client, SHUT_WR);
	expect(REPORT_CLOSED);
	end(0);
}

/* HAProxy's health check: a LOCAL header, and no more. */
static void
test_local(void **state)
{
	(void)state;
	begin();
	say(local, sizeof(local) - 1);
	expect(REPORT_INCOMPLETE);
	shutdown(client, SHUT_WR);
	expect(REPORT_CLOSED);
	end(0);
}

/* The server must not believe a child that is compromised. */
static void
test_read(void **state)
{
	struct report r = { .token = TOKEN, .what = (enum report_what)77,
	    .stale = -5, .name = "../a" };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	report_send(fds[1], &r);
	memset(r.name, 'a', sizeof(r.name));
	report_send(fds[1], &r);
	assert_int_equal(write(fds[1], "x", 1), 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(report_read(fds[0], &r), 1);
		assert_true(r.token == TOKEN);
		assert_int_equal(r.what, REPORT_REFUSED);
		assert_int_equal(r.stale, 1);
		assert_string_equal(r.name, "");
	}
	assert_int_equal(report_read(fds[0], &r), 0);
	close(fds[0]);
	close(fds[1]);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_two_parts),
		cmocka_unit_test(test_many_parts),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_read),
	};

	signal(SIGPIPE, SIG_IGN);
	hellos = tsv_read(argc > 1 ? argv[1] : "tests/vectors",
	    "clienthello.tsv", &n_hellos);
	return (cmocka_run_group_tests_name("session", tests, NULL, NULL));
}
