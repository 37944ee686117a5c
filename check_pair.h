/* check_pair: one pair in the directory, as alpnd and a CA would see it. */
#ifndef CHECK_PAIR_H
#define CHECK_PAIR_H

#include <sys/types.h>

#include "row.h"

/* Who alpnd will run as. */
struct reader {
	const char	*name;		/* as in passwd(5), for messages */
	uid_t		 uid;
	gid_t		 gid;
	gid_t		 groups[64];	/* supplementary */
	size_t		 n_groups;
};

/*
 * Check the pair of files that name (a file name without its suffix, any
 * bytes) has in the directory path, open as dirfd, for the user who.  Fills
 * row; its worst is SEVERITY_ERROR if alpnd or the CA would fail.
 */
void	check_pair(int dirfd, const char *path, const char *name,
	    const struct reader *who, struct row *row);

#endif
