#include <sys/uio.h>

#include <stdlib.h>
#include <string.h>

#include "journal.h"

#ifdef WITH_SYSTEMD

#include <systemd/sd-journal.h>

#include <dlfcn.h>

#define LIBSYSTEMD	"libsystemd.so.0"

int
journal_supported(void)
{
	return (1);
}

typedef __typeof__(&sd_journal_sendv) sendv_fn;

/* sd_journal_sendv(3), or NULL. */
static sendv_fn
find_sendv(void)
{
	sendv_fn fn = NULL;
	void *lib, *sym;

	if ((lib = dlopen(LIBSYSTEMD, RTLD_NOW | RTLD_LOCAL)) == NULL ||
	    (sym = dlsym(lib, "sd_journal_sendv")) == NULL)
		return (NULL);
	/* dlsym(3): ISO C knows no cast from object to function pointer. */
	memcpy(&fn, &sym, sizeof(fn));
	return (fn);
}

int
journal_send(const struct journal_field *fields, size_t n)
{
	sendv_fn sendv;
	struct iovec iov[JOURNAL_FIELDS_MAX];
	size_t used = 0, key, value;
	int r = -1;
	char *p;

	if ((sendv = find_sendv()) == NULL)
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
journal_supported(void)
{
	return (0);
}

int
journal_send(const struct journal_field *fields, size_t n)
{
	(void)fields;
	(void)n;
	return (-1);
}

#endif
