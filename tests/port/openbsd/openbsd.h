/*
 * openbsd.h: what OpenBSD's unistd.h declares beyond glibc's, as pledge(2) and
 * unveil(2) have it.  Included before every file of the variant "openbsd",
 * which takes the branches of OpenBSD, on Linux.
 */
#ifndef OPENBSD_H
#define OPENBSD_H

int	pledge(const char *, const char *);
int	unveil(const char *, const char *);

#endif
