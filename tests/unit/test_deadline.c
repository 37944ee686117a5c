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
 * deadline: what ends a process that hangs, with which line and status.  Each
 * test is a child whose start lies so far back that the end is near.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../clock.h"
#include "../../deadline.h"
#include "../../log.h"

#define SECONDS		1		/* the deadline */
#define SOON_MS		1950		/* ago: SIGALRM is due in 50 ms */

static char text[EVENT_LINE_SIZE];	/* what the child wrote to stderr */

/* Wait for ever.  One pause(2) would return after a handler. */
static void
hang(void)
{
	for (;;)
		pause();
}

static void
block_all_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

/*
 * Run fn in a child with a pipe as stderr.  If full is 1, the pipe is full.
 * Returns the wait status of the child; text has what the child wrote.
 */
static int
in_child(void (*fn)(void), int full)
{
	char block[4096] = { 'x' };
	size_t have = 0;
	ssize_t n;
	int p[2], status;
	pid_t pid;

	assert_int_equal(pipe(p), 0);
	if (full) {
		fcntl(p[1], F_SETFL, O_NONBLOCK);
		while (write(p[1], block, sizeof(block)) > 0)
			continue;
		fcntl(p[1], F_SETFL, 0);
	}
	if ((pid = fork()) == 0) {
		close(p[0]);
		dup2(open("/dev/null", O_RDWR), STDIN_FILENO);
		dup2(p[1], STDERR_FILENO);
		close(p[1]);
		fn();
		_exit(99);
	}
	assert_true(pid > 0);
	close(p[1]);
	if (!full)
		while ((n = read(p[0], text + have, sizeof(text) - 1 - have)) >
		    0)
			have += (size_t)n;
	text[have] = '\0';
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(p[0]);
	return (status);
}

static void
arm(void)
{
	if (deadline_arm(SECONDS, now_ms() - SOON_MS) == -1)
		_exit(98);
}

static void
example(struct event *e)
{
	memset(e, 0, sizeof(*e));
	e->name = (const uint8_t *)"www.example.org";
	e->name_len = 15;
	addr_from_text(&e->peer, "192.0.2.7", "4711");
}

static void
be_stuck(void)
{
	struct event e;

	log_open();
	example(&e);
	arm();
	deadline_step("opening", &e);
	deadline_step("reading", NULL);
	hang();
}

static void
test_line(void **state)
{
	const char *ms;
	int status;

	(void)state;
	status = in_child(be_stuck, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	ms = strstr(text, "ms=");
	assert_non_null(ms);
	assert_true(atoi(ms + 3) >= 2000);
	assert_memory_equal(text, "error name=www.example.org "
	    "peer=192.0.2.7:4711 ms=", 50);
	assert_string_equal(strstr(text, " detail"),
	    " detail=\"stuck while reading\"\n");
}

/* The handler is not asked: every signal that can be blocked is. */
#ifndef __OpenBSD__	/* there a process can block what setitimer(2) sends */
static void
be_deaf(void)
{
	log_open();
	arm();
	block_all_signals();
	hang();
}

static void
test_deaf(void **state)
{
	int status;

	(void)state;
	status = in_child(be_deaf, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_string_equal(text, "");
}
#endif

/* A super-server may leave signals blocked or ignored. */
static void
inherit(void)
{
	block_all_signals();
	signal(SIGALRM, SIG_IGN);
	be_stuck();
}

static void
test_inherited(void **state)
{
	int status;

	(void)state;
	status = in_child(inherit, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(text, "stuck while reading"));
}

static void
log_for_ever(void)
{
	struct event e;

	log_open();
	example(&e);
	if (deadline_arm(3600, now_ms()) == -1)
		_exit(98);
	deadline_step("closing", &e);
	e.result = RESULT_SERVED;
	deadline_closed(&e);
	log_message("%s", "this line finds a full pipe, or is read");
	hang();
}

static void
test_log(void **state)
{
	int status;

	(void)state;
	status = in_child(log_for_ever, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(text,
	    "stuck while logging that the connection was served"));
}

static void
test_full(void **state)
{
	int status;

	(void)state;
	status = in_child(log_for_ever, 1);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

/* Before log_open nobody knows whether stderr is the client's. */
static void
no_log(void)
{
	arm();
	hang();
}

static void
test_no_log(void **state)
{
	int status;

	(void)state;
	status = in_child(no_log, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_string_equal(text, "");
}

/* What a child inherits of its parent's timers is nothing but their numbers. */
static void
fork_and_arm(void)
{
	pid_t pid;
	int status;

	log_open();
	if (deadline_arm(3600, now_ms()) == -1)
		_exit(98);
	if ((pid = fork()) == 0)
		be_stuck();
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		_exit(97);
	_exit(WEXITSTATUS(status));
}

static void
test_fork(void **state)
{
	int status;

	(void)state;
	status = in_child(fork_and_arm, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(text, "stuck while reading"));
}

/* "before" would be told if the timers of the first arm() were still there. */
static void
arm_disarm(void)
{
	log_open();
	arm();
	deadline_step("before", NULL);
	deadline_disarm();
	poll(NULL, 0, 100);
	arm();
	deadline_step("after", NULL);
	hang();
}

static void
test_disarm(void **state)
{
	int status;

	(void)state;
	status = in_child(arm_disarm, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(text, "stuck while after"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
#ifndef __OpenBSD__
		cmocka_unit_test(test_deaf),
#endif
		cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_no_log),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_disarm),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
