/*
 * Copyright (c) 2026 The alpnd authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */
/* user: the account alpnd runs as, and whether it can read a file. */
#ifndef USER_H
#define USER_H

#include <sys/stat.h>
#include <sys/types.h>

#include "finding.h"

#define USER_DEFAULT		"_alpnd"	/* unless -u says otherwise */
#define USER_GROUPS_MAX		64
#define USER_TEXT_SIZE		256

struct user {
	char		 name[USER_TEXT_SIZE];	/* as in passwd(5) */
	uid_t		 uid;
	gid_t		 gid;
	gid_t		 groups[USER_GROUPS_MAX];	/* gid among them */
	size_t		 n_groups;
	uid_t		 caller;	/* that will run the remedies */
	int		 is_us;		/* this process runs as the user */
	int		 stands_in;	/* 1: there is no USER_DEFAULT */
};

/*
 * Look up name, or the calling user if it is NULL.  Returns 0, or -1 with
 * errno: ENOENT, there is no such user; E2BIG, it is in too many groups.
 */
int	user_lookup(struct user *u, const char *name);

/*
 * Root becomes this user for good, so that the kernel decides by ACLs and
 * whatever else there is.  Other callers stay as they are; then the modes of
 * files decide, unless the caller is the user.  Returns 0, or -1 with errno.
 */
int	user_become(struct user *u);

/* Can the user read file in the directory dirfd?  st is of the file. */
int	user_may_read(const struct user *u, int dirfd, const char *file,
	    const struct stat *st);

/*
 * Check that path, which is absolute, is a directory that the user can search
 * and read, and that the user can search all directories above, and those to
 * which symbolic links lead.  Returns 0, or -1 with a finding for the first
 * component that is wrong.  Sets *exposed to 1 if another user than root and
 * the caller can exchange a component, else to 0.
 */
int	user_check_directory(const struct user *u, const char *path,
	    struct findings *f, int *exposed);

/* Can another user than root and the caller change what is in dir? */
int	user_dir_is_exposed(const struct user *u, const struct stat *dir);

/*
 * Can the user read files that root makes in the directory dirfd, by the group
 * or the default ACL of the directory?  The files are those to which root gives
 * the mode 0640 by chmod(2).  dir is the result of fstat(2) of dirfd.  Always 1
 * for root, and for the owner of dir, who is taken to run the ACME client.
 */
int	user_gets_new_files(const struct user *u, int dirfd,
	    const struct stat *dir);

/*
 * Does the mode of dir allow all users, or this user, to make files in dir?
 * For root and for the owner of dir, only "all users" counts.
 */
int	user_or_all_may_write(const struct user *u, const struct stat *dir);

/*
 * Add id with five details: path; the name of the user; the group that the file
 * must get ("" if its own group will do); "mode 0600, owner root:root" of st;
 * and the class of the user, u, g or o.
 */
void	user_add(const struct user *u, struct findings *f, enum finding id,
	    const char *path, const struct stat *st);

#endif
