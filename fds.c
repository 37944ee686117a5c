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
#include <sys/types.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include "fds.h"

size_t
fds_allow(size_t room)
{
	const rlim_t need = FDS_NEEDED((rlim_t)room);
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return (room);
	if (r.rlim_cur < need) {
		r.rlim_cur = r.rlim_max < need ? r.rlim_max : need;
		if (setrlimit(RLIMIT_NOFILE, &r) == -1 ||
		    getrlimit(RLIMIT_NOFILE, &r) == -1)
			return (0);
	}
	if (r.rlim_cur >= need)
		return (room);
	if (r.rlim_cur <= FDS_NEEDED(0))
		return (0);
	return ((size_t)(r.rlim_cur - FDS_NEEDED(0)));
}

int
fds_raise(int fd)
{
	int raised, error;

	raised = fcntl(fd, F_DUPFD_CLOEXEC, FDS_CLIENTS);
	error = errno;
	close(fd);
	errno = error;
	return (raised);
}

void
fds_close_from(int lowest)
{
#if defined(__OpenBSD__)
	closefrom(lowest);
#else
	long max;

#if defined(__linux__) && defined(SYS_close_range)
	if (syscall(SYS_close_range, (unsigned int)lowest, ~0U, 0U) == 0)
		return;
#endif
	max = sysconf(_SC_OPEN_MAX);
	for (int fd = lowest; fd < (max > 0 ? max : 1024); fd++)
		close(fd);
#endif
}
