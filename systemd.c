#include <sys/uio.h>

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
systemd_listen_fds(void)
{
	return (0);
}

void
systemd_notify(const char *state)
{
	(void)state;
}

unsigned long long
systemd_watchdog(void)
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
