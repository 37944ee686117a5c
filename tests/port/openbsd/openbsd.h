/*
 * openbsd.h: what OpenBSD's unistd.h declares beyond glibc's, as pledge(2) and
 * unveil(2) have it.  Included before every file of the variant "openbsd",
 * which takes the branches of OpenBSD, on Linux.
 */
#ifndef OPENBSD_H
#define OPENBSD_H

#include <stddef.h>

#define MAP_INHERIT_NONE	2	/* sys/mman.h */

int	pledge(const char *, const char *);
int	unveil(const char *, const char *);
int	minherit(void *, size_t, int);
int	sendsyslog(const char *, size_t, int);

#endif
