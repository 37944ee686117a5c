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
 * hang: LD_PRELOAD library in which one call does not return.
 *	HANG	function:how.  function: openat, read (of a regular file),
 *		tls_configure or tls_handshake.  how: wait (poll(2), without
 *		end), futex (a lock that nobody opens) or spin.
 *	HANG_CHILD	if set, only in processes that the first one forks
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tls.h>

#define NEXT(name)	((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pid_t first;

__attribute__((constructor)) static void
begin(void)
{
	first = getpid();
}

/* If HANG names the function: never returns. */
static void
may_hang(const char *function)
{
	const char *how = getenv("HANG");
	const size_t n = strlen(function);
	static volatile int lock;

	if (getenv("HANG_CHILD") != NULL && getpid() == first)
		return;
	if (how == NULL || strncmp(how, function, n) != 0 || how[n] != ':')
		return;
	for (how += n + 1;;) {
		if (strcmp(how, "wait") == 0)
			syscall(SYS_poll, NULL, 0, -1);
		else if (strcmp(how, "futex") == 0)
			syscall(SYS_futex, &lock, FUTEX_WAIT, 0, NULL, NULL, 0);
	}
}

int
openat(int fd, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	may_hang("openat");
	return (NEXT(openat)(fd, path, flags, mode));
}

ssize_t
read(int fd, void *p, size_t n)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		may_hang("read");
	return (NEXT(read)(fd, p, n));
}

int
tls_configure(struct tls *ctx, struct tls_config *config)
{
	may_hang("tls_configure");
	return (NEXT(tls_configure)(ctx, config));
}

int
tls_handshake(struct tls *ctx)
{
	may_hang("tls_handshake");
	return (NEXT(tls_handshake)(ctx));
}
