/* check_pair: one pair in the directory, as alpnd and a CA would see it. */
#ifndef CHECK_PAIR_H
#define CHECK_PAIR_H

#include "reader.h"
#include "row.h"

/*
 * Check the pair of files that name (a file name without its suffix, any
 * bytes) has in the directory path, absolute and open as dirfd, for the user
 * who.  Fills row; its worst is SEVERITY_ERROR if alpnd or the CA would fail.
 */
void	check_pair(int dirfd, const char *path, const char *name,
	    const struct reader *who, struct row *row);

#endif
