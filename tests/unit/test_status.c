/*
 * Copyright (c) 2026 The alpnd authors
 *
 * status: what the service manager hears, with a clock that is passed in.  If
 * its socket is full, nothing may be lost.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "status.h"

#define FULL	"filler"

static char dir[] = "/tmp/alpnd-status.XXXXXX";
static struct sockaddr_un manager = { .sun_family = AF_UNIX };
static int sock;

static void
fill(void)
{
	const int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	while (sendto(s, FULL, strlen(FULL), MSG_DONTWAIT,
	    (struct sockaddr *)&manager, sizeof(manager)) != -1)
		continue;
	assert_int_equal(errno, EAGAIN);
	close(s);
}

/* All that has come, but the filling, must be this. */
static void
heard(const char *want)
{
	char all[1024] = "", one[512];
	ssize_t n;

	while ((n = recv(sock, one, sizeof(one) - 1, MSG_DONTWAIT)) > 0) {
		one[n] = '\0';
		if (strcmp(one, FULL) == 0)
			continue;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s\n",
		    one);
	}
	assert_string_equal(all, want);
}

static void
test_ready(void **state)
{
	struct status s;

	(void)state;
	unsetenv("WATCHDOG_USEC");
	status_ready(&s, 0);
	heard("READY=1\n");
	assert_int_equal(status_wait(&s), -1);
	status_tell(&s, 0, 0, 10000);
	heard("");
	s.served = 3;
	s.changed = 1;
	assert_int_equal(status_wait(&s), 1000);
	status_tell(&s, 1, 2, 20000);
	heard("STATUS=3 served, 0 refused, 0 failed, 1 running, 2 waiting, "
	    "0 log lines dropped\n");
	s.changed = 1;
	status_tell(&s, 0, 0, 20999);
	heard("");
	status_tell(&s, 0, 0, 21000);
	heard("STATUS=3 served, 0 refused, 0 failed, 0 running, 0 waiting, "
	    "0 log lines dropped\n");
}

static void
test_ready_full(void **state)
{
	struct status s;

	(void)state;
	unsetenv("WATCHDOG_USEC");
	fill();
	status_ready(&s, 0);
	heard("");
	assert_int_equal(status_wait(&s), 1000);
	status_tell(&s, 0, 0, 1000);
	heard("READY=1\n");
	assert_int_equal(status_wait(&s), -1);
}

static void
test_status_full(void **state)
{
	struct status s;

	(void)state;
	unsetenv("WATCHDOG_USEC");
	status_ready(&s, 0);
	heard("READY=1\n");
	fill();
	s.changed = 1;
	status_tell(&s, 0, 0, 1000);
	heard("");
	status_tell(&s, 0, 0, 2000);
	heard("STATUS=0 served, 0 refused, 0 failed, 0 running, 0 waiting, "
	    "0 log lines dropped\n");
}

static void
test_watchdog(void **state)
{
	struct status s;

	(void)state;
	setenv("WATCHDOG_USEC", "4000000", 1);
	status_ready(&s, 0);
	heard("READY=1\n");
	assert_int_equal(status_wait(&s), 1000);
	status_tell(&s, 0, 0, 1999);
	heard("");
	status_tell(&s, 0, 0, 2000);
	heard("WATCHDOG=1\n");
	/* the next one is due at 4000, and has to come before 6000 */
	fill();
	status_tell(&s, 0, 0, 4000);
	heard("");
	status_tell(&s, 0, 0, 5000);
	heard("WATCHDOG=1\n");
}

/* Without a service manager, nothing is sent, and nothing is tried again. */
static void
test_nobody(void **state)
{
	struct status s;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "4000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	status_ready(&s, 0);
	assert_int_equal(status_wait(&s), -1);
	s.changed = 1;
	status_tell(&s, 0, 0, 1000);
	assert_int_equal(status_wait(&s), -1);
	heard("");
}

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(manager.sun_path, sizeof(manager.sun_path), "%s/notify", dir);
	setenv("NOTIFY_SOCKET", manager.sun_path, 1);
	unsetenv("WATCHDOG_PID");
	sock = socket(AF_UNIX, SOCK_DGRAM, 0);
	return (bind(sock, (struct sockaddr *)&manager, sizeof(manager)));
}

static int
teardown(void **state)
{
	(void)state;
	close(sock);
	return (unlink(manager.sun_path) == -1 || rmdir(dir) == -1 ? -1 : 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_ready_full),
		cmocka_unit_test(test_status_full),
		cmocka_unit_test(test_watchdog),
		cmocka_unit_test(test_nobody),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
