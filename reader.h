/*
 * reader: the user that alpnd runs as, and what lies between him and a file.
 */
#ifndef READER_H
#define READER_H

#include <sys/stat.h>
#include <sys/types.h>

#include "row.h"

#define READER_USER		"_alpnd"	/* unless -u says else */
#define READER_GROUPS_MAX	64

/* Who alpnd will run as. */
struct reader {
	char		 name[256];	/* as in passwd(5), for messages */
	uid_t		 uid;
	gid_t		 gid;
	gid_t		 groups[READER_GROUPS_MAX];	/* gid among them */
	size_t		 n_groups;
	int		 is_us;		/* this process has become him */
	int		 stands_in;	/* for READER_USER, who is not there */
};

/*
 * Look up name, or who calls if it is NULL.  Returns 0, or -1 with errno:
 * ENOENT, there is no such user; E2BIG, he is in too many groups.
 */
int	reader_lookup(struct reader *r, const char *name);

/*
 * Root becomes this user for good, so that the kernel answers what he may do,
 * by ACLs and whatever else there is; another caller stays who he is, and
 * modes have to tell unless he is the user.  Returns 0, or -1 with errno.
 */
int	reader_become(struct reader *r);

/* Can it read the file in the directory dirfd?  st is of the file. */
int	reader_may_read(const struct reader *r, int dirfd, const char *file,
	    const struct stat *st);

/*
 * Is path, absolute, a directory that the reader can search and read, and can
 * he search all above it, symbolic links included?  Else adds one finding for
 * the first component that is wrong.  Returns 0 or -1.
 */
int	reader_check_directory(const struct reader *r, const char *path,
	    struct row *row);

/*
 * Will the reader get at files of mode 0640 that root makes in a directory?
 * And can others than root, he among them, make files there, by its mode?
 */
int	reader_gets_new_files(const struct reader *r, const struct stat *dir);
int	reader_or_all_may_write(const struct reader *r,
	    const struct stat *dir);

/* "mode 0600, owner root:root".  Returns buf. */
const char *reader_owner(const struct stat *st, char buf[ROW_TEXT_SIZE]);

/*
 * The command that gives a file or directory the mode, in octal, and if need
 * be a group, by which the reader is served.  path is absolute.  Returns buf.
 */
const char *reader_remedy(const struct reader *r, const struct stat *st,
	    const char *mode, const char *path, char buf[ROW_TEXT_SIZE]);

#endif
