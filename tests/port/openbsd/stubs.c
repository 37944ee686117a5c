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
 * stubs: pledge(2) and unveil(2) as far as they can be had on Linux.  They hold
 * the program to what OpenBSD's kernel would: EPERM once the veil is locked and
 * for promises that were given up, SIGABRT for what was not promised.  calls
 * has what was asked for, for the unit test.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stubs.h"

char calls[CALLS_MAX];
static char promised[128];	/* "": no pledge yet */
static int locked;

static void
record(const char *what, const char *one, const char *two)
{
	size_t n = strlen(calls);

	(void)snprintf(calls + n, sizeof(calls) - n, "%s(%s,%s) ", what,
	    one == NULL ? "NULL" : one, two == NULL ? "NULL" : two);
}

static int
has(const char *list, const char *word, size_t len)
{
	const char *p;

	for (p = list; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n == len && strncmp(p, word, n) == 0)
			return (1);
		p += n;
	}
	return (0);
}

/* OpenBSD's kernel ends a process that does what it has not promised. */
static void
needs(const char *promise)
{
	if (promised[0] != '\0' && !has(promised, promise, strlen(promise)))
		abort();
}

int
unveil(const char *path, const char *permissions)
{
	record("unveil", path, permissions);
	needs("unveil");
	if (locked) {
		errno = EPERM;
		return (-1);
	}
	locked = path == NULL;
	return (0);
}

int
pledge(const char *promises, const char *execpromises)
{
	const char *p;
	size_t n;

	record("pledge", promises, execpromises);
	for (p = promises; promised[0] != '\0' && *p != '\0'; p += n) {
		n = strcspn(p, " ");
		if (!has(promised, p, n)) {
			errno = EPERM;
			return (-1);
		}
		n += strspn(p + n, " ");
	}
	(void)snprintf(promised, sizeof(promised), "%s", promises);
	return (0);
}

int
minherit(void *p, size_t size, int how)
{
	return (how == MAP_INHERIT_NONE ? madvise(p, size, MADV_DONTFORK) : -1);
}

/* syslogd(8) reads what the kernel hands over; nothing ever waits. */
int
sendsyslog(const char *line, size_t len, int flags)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX,
	    .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t n;

	(void)flags;
	n = sendto(fd, line, len, MSG_DONTWAIT, (struct sockaddr *)&sun,
	    sizeof(sun));
	(void)close(fd);
	return (n == -1 ? -1 : 0);
}

/* The calls of alpnd that "stdio" does not cover, in the place of libc's. */

int
openat(int dirfd, const char *path, int flags, ...)
{
	needs("rpath");
	return ((int)syscall(SYS_openat, dirfd, path, flags, 0));
}

int
getpeername(int fd, struct sockaddr *restrict addr, socklen_t *restrict len)
{
	needs("inet");
	return ((int)syscall(SYS_getpeername, fd, addr, len));
}

pid_t
fork(void)
{
	needs("proc");
	return (_Fork());
}

void
stubs_reset(void)
{
	calls[0] = promised[0] = '\0';
	locked = 0;
}
