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
 * spawn STATS CMD...: the least that a super-server can do.  It accepts on
 * fd 0, and starts CMD with the connection as fd 0 and 1.  What has become of
 * the processes stands in the file STATS, four 64-bit numbers: how many have
 * ended, how many of them badly, and the largest peak memory in kB and most
 * page faults of one.  Linked statically: a process begins with the peak
 * memory of the one that started it.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define CHILDREN	512	/* at once; lighttpd -1 takes a while to end */

struct stats {
	uint64_t	ended;
	uint64_t	failed;
	uint64_t	maxrss;
	uint64_t	maxflt;
};

static void
on_child(int sig)
{
	(void)sig;	/* only there to wake ppoll(2) */
}

static struct stats *
open_stats(const char *path)
{
	struct stats *st;
	int fd;

	if ((fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0644)) == -1 || ftruncate(fd, sizeof(*st)) == -1)
		err(1, "%s", path);
	st = mmap(NULL, sizeof(*st), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (st == MAP_FAILED)
		err(1, "mmap");
	return (st);
}

/* Returns how many have ended. */
static int
reap(struct stats *st)
{
	struct rusage ru;
	int n, status;

	for (n = 0; wait4(-1, &status, WNOHANG, &ru) > 0; n++) {
		if (status != 0)
			st->failed++;
		if ((uint64_t)ru.ru_maxrss > st->maxrss)
			st->maxrss = (uint64_t)ru.ru_maxrss;
		if ((uint64_t)ru.ru_minflt > st->maxflt)
			st->maxflt = (uint64_t)ru.ru_minflt;
		st->ended++;
	}
	return (n);
}

/* Returns 1 if a process was started. */
static int
start(char *argv[], const sigset_t *none)
{
	pid_t pid;
	int fd;

	if ((fd = accept4(STDIN_FILENO, NULL, NULL, SOCK_CLOEXEC)) == -1) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			err(1, "accept");
		return (0);
	}
	if ((pid = vfork()) == 0) {
		(void)dup2(fd, STDIN_FILENO);
		(void)dup2(fd, STDOUT_FILENO);
		(void)sigprocmask(SIG_SETMASK, none, NULL);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	if (pid == -1)
		err(1, "vfork");
	(void)close(fd);
	return (1);
}

int
main(int argc, char *argv[])
{
	struct sigaction sa = { .sa_handler = on_child };
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	struct stats *st;
	sigset_t none, child;
	int n = 0;

	if (argc < 3)
		errx(64, "usage: spawn stats command ...");
	st = open_stats(argv[1]);
	(void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	sigemptyset(&none);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	(void)sigaction(SIGCHLD, &sa, NULL);
	for (;;) {
		pfd.revents = 0;
		if (ppoll(&pfd, n < CHILDREN, NULL, &none) == -1 &&
		    errno != EINTR)
			err(1, "ppoll");
		n -= reap(st);
		if (pfd.revents != 0)
			n += start(argv + 2, &none);
	}
}
