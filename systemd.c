#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "systemd.h"

#ifdef WITH_SYSTEMD

#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#include <dlfcn.h>

#define LIBSYSTEMD	"libsystemd.so.0"

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

/*
 * Look a function up into fn, a pointer to a function pointer: ISO C knows no
 * cast to one from dlsym(3)'s void *.  Returns 0, or -1.
 */
static int
find(const char *name, void *fn, size_t size)
{
	void *sym;

	if (systemd_load() == -1 || (sym = dlsym(library, name)) == NULL)
		return (-1);
	memcpy(fn, &sym, size);
	return (0);
}

int
systemd_listen_fds(void)
{
	__typeof__(&sd_listen_fds) listen_fds;
	int n;

	if (getenv("LISTEN_FDS") == NULL ||
	    find("sd_listen_fds", &listen_fds, sizeof(listen_fds)) == -1)
		return (0);
	n = listen_fds(1);
	return (n < 0 ? 0 : n);
}

void
systemd_notify(const char *state)
{
	__typeof__(&sd_notify) notify;

	if (getenv("NOTIFY_SOCKET") != NULL &&
	    find("sd_notify", &notify, sizeof(notify)) == 0)
		(void)notify(0, state);
}

unsigned long long
systemd_watchdog(void)
{
	__typeof__(&sd_watchdog_enabled) enabled;
	uint64_t usec = 0;

	if (getenv("WATCHDOG_USEC") == NULL ||
	    find("sd_watchdog_enabled", &enabled, sizeof(enabled)) == -1 ||
	    enabled(0, &usec) <= 0)
		return (0);
	return (usec);
}

int
systemd_journal(const struct journal_field *fields, size_t n)
{
	__typeof__(&sd_journal_sendv) sendv;
	struct iovec iov[JOURNAL_FIELDS_MAX];
	size_t used = 0, key, value;
	int r = -1;
	char *p;

	if (find("sd_journal_sendv", &sendv, sizeof(sendv)) == -1)
		return (-1);
	for (size_t i = 0; i < n && used < JOURNAL_FIELDS_MAX; i++) {
		if (fields[i].value == NULL || fields[i].value[0] == '\0')
			continue;
		key = strlen(fields[i].key);
		value = strlen(fields[i].value);
		if ((p = malloc(key + 1 + value)) == NULL)
			goto done;
		memcpy(p, fields[i].key, key);
		p[key] = '=';
		memcpy(p + key + 1, fields[i].value, value);
		iov[used].iov_base = p;
		iov[used++].iov_len = key + 1 + value;
	}
	r = sendv(iov, (int)used) < 0 ? -1 : 0;
done:
	while (used > 0)
		free(iov[--used].iov_base);
	return (r);
}

#else	/* the little that a server needs, by the protocols of systemd */

#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#define FDS_MAX		1024

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

/* sd_listen_fds(3) */
int
systemd_listen_fds(void)
{
	const long long pid = number("LISTEN_PID"), n = number("LISTEN_FDS");

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	if (pid != getpid() || n < 1 || n > FDS_MAX)
		return (0);
	for (int i = 0; i < n; i++)
		(void)fcntl(LISTEN_FDS_START + i, F_SETFD, FD_CLOEXEC);
	return ((int)n);
}

/* sd_notify(3); '@' stands for the NUL of Linux's abstract names. */
void
systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    (len = strlen(path)) >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, path, len);
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) == -1)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)close(fd);
}

/* sd_watchdog_enabled(3) */
unsigned long long
systemd_watchdog(void)
{
	const long long pid = number("WATCHDOG_PID");
	const long long usec = number("WATCHDOG_USEC");

	if (usec < 1 || (getenv("WATCHDOG_PID") != NULL && pid != getpid()))
		return (0);
	return ((unsigned long long)usec);
}

int
systemd_journal(const struct journal_field *fields, size_t n)
{
	(void)fields;
	(void)n;
	return (-1);
}

#endif
