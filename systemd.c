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
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef WITH_SYSTEMD
#include <systemd/sd-journal.h>
#endif

#include "systemd.h"

#define FDS_MAX		1024

/* A decimal number in the environment, or -1. */
static long long
number(const char *name)
{
	const char *s = getenv(name);
	char *end;
	long long n;

	if (s == NULL || s[0] < '0' || s[0] > '9')
		return (-1);
	n = strtoll(s, &end, 10);
	return (*end != '\0' || n == LLONG_MAX ? -1 : n);
}

void
systemd_forget_parent(void)
{
	const long long pid = number("SYSTEMD_EXEC_PID");

	if (pid != -1 && pid != getpid())
		unsetenv("NOTIFY_SOCKET");
}

int
systemd_listen_fds(void)
{
	const long long pid = number("LISTEN_PID"), n = number("LISTEN_FDS");

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (pid != getpid() || n < 1 || n > FDS_MAX)
		return (0);
	for (int i = 0; i < n; i++)
		fcntl(LISTEN_FDS_START + i, F_SETFD, FD_CLOEXEC);
	return ((int)n);
}

/* '@' stands for the NUL of Linux's abstract names. */
int
systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len;
	ssize_t n;
	int error, fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    (len = strlen(path)) >= sizeof(sun.sun_path))
		return (0);
	memcpy(sun.sun_path, path, len);
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) == -1)
		return (-1);
	n = sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
	    (const struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	error = errno;
	close(fd);
	return (n == -1 && (error == EAGAIN || error == ENOBUFS) ? -1 : 0);
}

unsigned long long
systemd_watchdog(void)
{
	const long long pid = number("WATCHDOG_PID");
	const long long usec = number("WATCHDOG_USEC");

	if (usec < 1 || (getenv("WATCHDOG_PID") != NULL && pid != getpid()))
		return (0);
	return ((unsigned long long)usec);
}

#ifdef WITH_SYSTEMD

#define LIBSYSTEMD	"libsystemd.so.0"

/*
 * The ELF note by which packagers find a library that dlopen(3) loads; the UAPI
 * group's "ELF dlopen metadata" has its layout.
 */
#define NOTE_OWNER	"FDO"
#define NOTE_DLOPEN	0x407c0c0aU
#define NOTE_JSON	"[{\"feature\":\"journal\"," \
			"\"description\":\"Fields of log lines\"," \
			"\"priority\":\"recommended\"," \
			"\"soname\":[\"" LIBSYSTEMD "\"]}]"

__attribute__((used, section(".note.dlopen")))
static _Alignas(4) const struct {
	uint32_t name_size;
	uint32_t json_size;
	uint32_t type;
	char name[sizeof(NOTE_OWNER)];
	_Alignas(4) char json[sizeof(NOTE_JSON)];
} dlopen_note = {
	sizeof(NOTE_OWNER), sizeof(NOTE_JSON), NOTE_DLOPEN, NOTE_OWNER,
	NOTE_JSON
};

static void *library;

int
systemd_supported(void)
{
	return (1);
}

int
systemd_load(void)
{
	if (library == NULL)
		library = dlopen(LIBSYSTEMD, RTLD_NOW | RTLD_LOCAL);
	return (library == NULL ? -1 : 0);
}

int
systemd_loaded(void)
{
	return (library != NULL);
}

int
systemd_journal(const struct journal_field *fields, size_t n)
{
	__typeof__(&sd_journal_sendv) sendv;
	struct iovec iov[JOURNAL_FIELDS_MAX];
	size_t used = 0;
	void *sym;
	int r = -1, len;
	char *p;

	if (systemd_load() == -1 ||
	    (sym = dlsym(library, "sd_journal_sendv")) == NULL)
		return (-1);
	/* ISO C has no cast from void * to a function. */
	memcpy(&sendv, &sym, sizeof(sendv));
	for (size_t i = 0; i < n && used < JOURNAL_FIELDS_MAX; i++) {
		if (fields[i].value == NULL || fields[i].value[0] == '\0')
			continue;
		if ((len = asprintf(&p, "%s=%s", fields[i].key,
		    fields[i].value)) == -1)
			goto done;
		iov[used].iov_base = p;
		iov[used++].iov_len = (size_t)len;
	}
	r = sendv(iov, (int)used) < 0 ? -1 : 0;
done:
	while (used > 0)
		free(iov[--used].iov_base);
	return (r);
}

#else

int
systemd_supported(void)
{
	return (0);
}

int
systemd_load(void)
{
	return (-1);
}

int
systemd_loaded(void)
{
	return (0);
}

int
systemd_journal(const struct journal_field *fields, size_t n)
{
	(void)fields;
	(void)n;
	return (-1);
}

#endif
