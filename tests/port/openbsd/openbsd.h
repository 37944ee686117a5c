/*
 * openbsd.h: what OpenBSD's headers declare beyond glibc's, as pledge(2),
 * unveil(2) and minherit(2) have it.  Included before every file of the variant "openbsd",
 * which takes the branches of OpenBSD, on Linux.
 */
#ifndef OPENBSD_H
#define OPENBSD_H

#include <stddef.h>

int	pledge(const char *, const char *);
int	unveil(const char *, const char *);

#define MAP_INHERIT_NONE	2

int	minherit(void *, size_t, int);

#endif
