/* clock: how long ago something was. */
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

/*
 * Milliseconds since then, a time of that clock.  long is too short for them
 * where it has 32 bits: a server may run for months.
 */
static inline long long
ms_since(clockid_t clock, const struct timespec *then)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return ((long long)(ts.tv_sec - then->tv_sec) * 1000 +
	    (ts.tv_nsec - then->tv_nsec) / 1000000);
}

#endif
