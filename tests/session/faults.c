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
 * faults: LD_PRELOAD library that makes the n-th call of one function fail,
 * and looks at the end whether a secret is left in memory.
 *	FAULT		function:n:errno, n counted from 1; 0: each call
 *	FAULT_FD	gets "calls hit found" at exit: calls made of it,
 *			was the n-th reached, was a secret found
 *	FAULT_SECRETS	what to look for: hex, comma-separated
 * glibc only.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MASK	0x5a		/* our own copy must not be found */

extern void	*__libc_malloc(size_t);
extern void	*__libc_calloc(size_t, size_t);
extern void	*__libc_realloc(void *, size_t);

static char function[32];
static long when, calls;
static int error, hit, out = -1, maps = -1, ready;
static unsigned char secrets[8][128];
static size_t secret_len[8], n_secrets;

static int
fails(const char *name)
{
	if (!ready || strcmp(name, function) != 0 ||
	    (++calls != when && when != 0))
		return (0);
	hit = 1;
	errno = error;
	return (1);
}

static void
read_secrets(const char *s)
{
	unsigned int b;

	for (; *s != '\0' && n_secrets < 8; s += *s == ',') {
		size_t n = 0;

		for (; n < 128 && sscanf(s, "%2x", &b) == 1; s += 2)
			secrets[n_secrets][n++] = (unsigned char)(b ^ MASK);
		secret_len[n_secrets++] = n;
	}
}

__attribute__((constructor)) static void
begin(void)
{
	const char *s;

	if ((s = getenv("FAULT_FD")) != NULL)
		out = atoi(s);
	if ((s = getenv("FAULT_SECRETS")) != NULL) {
		read_secrets(s);
		/* opened now: later there is a sandbox */
		maps = (int)syscall(SYS_open, "/proc/self/maps",
		    O_RDONLY | O_CLOEXEC);
	}
	if ((s = getenv("FAULT")) != NULL && sscanf(s, "%31[a-z_]:%ld:%d",
	    function, &when, &error) == 3)
		ready = 1;
}

static int
found_in(const unsigned char *p, const unsigned char *end)
{
	for (size_t k = 0; k < n_secrets; k++) {
		size_t n = secret_len[k], i;

		for (const unsigned char *q = p; q + n <= end; q++) {
			for (i = 0; i < n && (q[i] ^ MASK) == secrets[k][i];
			    i++)
				continue;
			if (i == n)
				return ((int)k + 1);
		}
	}
	return (0);
}

static int
found(void)
{
	static char text[65536];
	size_t n = 0;
	ssize_t r;
	unsigned long a, b;
	char mode[8];
	int k;

	if (maps == -1)
		return (0);
	while (n < sizeof(text) - 1 && (r = syscall(SYS_read, maps, text + n,
	    sizeof(text) - 1 - n)) > 0)
		n += (size_t)r;
	for (char *line = text; line != NULL && *line != '\0';
	    line = strchr(line, '\n'), line += line != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &a, &b, mode) != 3 ||
		    mode[0] != 'r' || mode[1] != 'w')
			continue;
		if ((k = found_in((unsigned char *)a, (unsigned char *)b)) != 0) {
			if (getenv("FAULT_WHERE") != NULL)
				(void)syscall(SYS_write, 2, line,
				    strchr(line, '\n') + 1 - line);
			return (k);
		}
	}
	return (0);
}

__attribute__((destructor)) static void
end(void)
{
	char line[64];
	int n;

	if (out == -1)
		return;
	ready = 0;
	n = snprintf(line, sizeof(line), "%ld %d %d\n", calls, hit, found());
	(void)syscall(SYS_write, out, line, (size_t)n);
	out = -1;
}

/* alpnd ends without exit(3), as a rule. */
void
_exit(int status)
{
	end();
	for (;;)
		(void)syscall(SYS_exit_group, status);
}

#define NEXT(name)	((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void *
malloc(size_t n)
{
	return (fails("malloc") ? NULL : __libc_malloc(n));
}

void *
calloc(size_t n, size_t size)
{
	return (fails("calloc") ? NULL : __libc_calloc(n, size));
}

void *
realloc(void *p, size_t n)
{
	return (fails("realloc") ? NULL : __libc_realloc(p, n));
}

ssize_t
read(int fd, void *p, size_t n)
{
	return (fails("read") ? -1 : NEXT(read)(fd, p, n));
}

ssize_t
write(int fd, const void *p, size_t n)
{
	return (fails("write") ? -1 : NEXT(write)(fd, p, n));
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	return (fails("writev") ? -1 : NEXT(writev)(fd, iov, n));
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	return (fails("open") ? -1 : NEXT(open)(path, flags, mode));
}

int
openat(int fd, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	return (fails("openat") ? -1 : NEXT(openat)(fd, path, flags, mode));
}

int
fstat(int fd, struct stat *st)
{
	return (fails("fstat") ? -1 : NEXT(fstat)(fd, st));
}

int
getpeername(int fd, struct sockaddr *sa, socklen_t *len)
{
	return (fails("getpeername") ? -1 : NEXT(getpeername)(fd, sa, len));
}

int
getsockopt(int fd, int level, int what, void *p, socklen_t *len)
{
	return (fails("getsockopt") ? -1 :
	    NEXT(getsockopt)(fd, level, what, p, len));
}

int
poll(struct pollfd *p, nfds_t n, int ms)
{
	return (fails("poll") ? -1 : NEXT(poll)(p, n, ms));
}

int
shutdown(int fd, int how)
{
	return (fails("shutdown") ? -1 : NEXT(shutdown)(fd, how));
}

int
accept(int fd, struct sockaddr *from, socklen_t *len)
{
	return (fails("accept") ? -1 : NEXT(accept)(fd, from, len));
}

pid_t
fork(void)
{
	return (fails("fork") ? -1 : NEXT(fork)());
}

struct dirent *
readdir(DIR *dir)
{
	return (fails("readdir") ? NULL : NEXT(readdir)(dir));
}

int
sigaction(int sig, const struct sigaction *sa, struct sigaction *old)
{
	return (fails("sigaction") ? -1 : NEXT(sigaction)(sig, sa, old));
}

int
timer_create(clockid_t clock, struct sigevent *ev, timer_t *timer)
{
	return (fails("timer_create") ? -1 :
	    NEXT(timer_create)(clock, ev, timer));
}

int
timer_settime(timer_t timer, int flags, const struct itimerspec *it,
    struct itimerspec *old)
{
	return (fails("timer_settime") ? -1 :
	    NEXT(timer_settime)(timer, flags, it, old));
}
