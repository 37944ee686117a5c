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

#include <sys/stat.h>
#include <sys/types.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user.h"

#define LINKS_MAX	40	/* symbolic links in a path, as in Linux */

enum { MAY_SEARCH = 1, MAY_WRITE = 2, MAY_READ = 4 };	/* of one class */

/* A path that is being checked. */
struct walk {
	const struct user	*u;
	struct findings		*f;
	int			 links;		/* followed so far */
	int			 exposed;
};

static const struct stat none;	/* of what is above "/" */

int
user_lookup(struct user *u, const char *name)
{
	const struct passwd *pw;
	int n = USER_GROUPS_MAX;

	memset(u, 0, sizeof(*u));
	u->caller = geteuid();
	pw = name == NULL ? getpwuid(geteuid()) : getpwnam(name);
	if (pw == NULL) {
		/* a user without a name */
		snprintf(u->name, sizeof(u->name), "(you)");
		u->uid = geteuid();
		u->groups[0] = u->gid = getegid();
		u->n_groups = 1;
		errno = ENOENT;
		return (name == NULL ? 0 : -1);
	}
	snprintf(u->name, sizeof(u->name), "%s", pw->pw_name);
	u->uid = pw->pw_uid;
	u->gid = pw->pw_gid;
	if (getgrouplist(u->name, u->gid, u->groups, &n) == -1) {
		errno = E2BIG;
		return (-1);
	}
	u->n_groups = (size_t)n;
	return (0);
}

int
user_become(struct user *u)
{
	u->is_us = u->uid == geteuid();
	if (u->is_us || geteuid() != 0)
		return (0);
	if (setgroups(u->n_groups, u->groups) == -1 ||
	    setresgid(u->gid, u->gid, u->gid) == -1 ||
	    setresuid(u->uid, u->uid, u->uid) == -1)
		return (-1);
	u->is_us = 1;
	return (0);
}

static int
is_member(const struct user *u, gid_t gid)
{
	for (size_t i = 0; i < u->n_groups; i++)
		if (u->groups[i] == gid)
			return (1);
	return (0);
}

/* The class by which the kernel judges the user, as chmod(1) writes it. */
static int
class_of(const struct user *u, const struct stat *st)
{
	if (st->st_uid == u->uid)
		return ('u');
	return (is_member(u, st->st_gid) ? 'g' : 'o');
}

static int
mode_allows(const struct user *u, const struct stat *st, mode_t want)
{
	const int class = class_of(u, st);

	want <<= class == 'u' ? 6 : class == 'g' ? 3 : 0;
	return (u->uid == 0 || (st->st_mode & want) == want);
}

int
user_may_read(const struct user *u, int dirfd, const char *file,
    const struct stat *st)
{
	if (u->is_us)
		return (faccessat(dirfd, file, R_OK, 0) == 0);
	return (mode_allows(u, st, MAY_READ));
}

#ifdef __linux__
/*
 * acl(5), as the attribute holds it: a version, and entries of tag, permissions
 * and id, all little-endian.  An entry of the user counts before any group.
 * gets_group is 1 if new files get the group of the directory and the user is
 * in this group.  If the default ACL names no other user or group, or there is
 * no default ACL, gets_group decides.
 */
static int
default_acl_allows(const struct user *u, int dirfd, int gets_group)
{
	enum { HEAD = 4, ENTRY = 8, ACL_USER = 2, ACL_GROUP_OBJ = 4,
	    ACL_GROUP = 8 };
	uint8_t acl[4096];
	const ssize_t len = fgetxattr(dirfd, "system.posix_acl_default", acl,
	    sizeof(acl));
	int allows = 0;

	/*
	 * chmod(2) with 0640 gives the group entry of a short ACL (three
	 * entries), or the mask of a longer ACL, the permission to read.  So
	 * ignore a short default ACL, and do not read the mask.
	 */
	if (len <= HEAD + 3 * ENTRY)
		return (gets_group);
	for (ssize_t i = HEAD; i + ENTRY <= len; i += ENTRY) {
		const uint8_t *e = acl + i;
		const uint32_t id = e[4] | (uint32_t)e[5] << 8 |
		    (uint32_t)e[6] << 16 | (uint32_t)e[7] << 24;

		if (e[0] == ACL_USER && id == u->uid)
			return ((e[2] & MAY_READ) != 0);
		if ((e[0] == ACL_GROUP && is_member(u, id)) ||
		    (e[0] == ACL_GROUP_OBJ && gets_group))
			allows |= e[2] & MAY_READ;
	}
	return (allows != 0);
}
#endif

int
user_gets_new_files(const struct user *u, int dirfd, const struct stat *dir)
{
	int allows = is_member(u, dir->st_gid);

	if (u->uid == 0 || u->uid == dir->st_uid)
		return (1);
#ifdef __linux__	/* BSD gives files the group of their directory */
	allows = default_acl_allows(u, dirfd,
	    allows && (dir->st_mode & S_ISGID) != 0);
#else
	(void)dirfd;
#endif
	return (allows);
}

int
user_or_all_may_write(const struct user *u, const struct stat *dir)
{
	if ((dir->st_mode & S_IWOTH) != 0)
		return (1);
	/* the owner of the directory is taken to run the ACME client */
	return (u->uid != 0 && u->uid != dir->st_uid &&
	    mode_allows(u, dir, MAY_WRITE));
}

static int
is_trusted(const struct user *u, uid_t uid)
{
	return (uid == 0 || uid == u->caller);
}

int
user_dir_is_exposed(const struct user *u, const struct stat *dir)
{
	return (!is_trusted(u, dir->st_uid) ||
	    (dir->st_mode & (S_IWGRP | S_IWOTH)) != 0);
}

/* The name of a group, or its number. */
static void
group_name(gid_t gid, char buf[USER_TEXT_SIZE])
{
	const struct group *gr = getgrgid(gid);

	snprintf(buf, USER_TEXT_SIZE, "%u", gid);
	if (gr != NULL)
		snprintf(buf, USER_TEXT_SIZE, "%s", gr->gr_name);
}

static void
user_group(const struct user *u, char buf[USER_TEXT_SIZE])
{
	if (u->stands_in)
		snprintf(buf, USER_TEXT_SIZE, USER_DEFAULT);
	else
		group_name(u->gid, buf);
}

void
user_add(const struct user *u, struct findings *f, enum finding id,
    const char *path, const struct stat *st)
{
	const struct passwd *pw = getpwuid(st->st_uid);
	const char class[] = { (char)class_of(u, st), '\0' };
	char group[USER_TEXT_SIZE], needed[USER_TEXT_SIZE] = "", owner[32];
	char text[2 * USER_TEXT_SIZE + 64];

	group_name(st->st_gid, group);
	snprintf(owner, sizeof(owner), "%u", st->st_uid);
	snprintf(text, sizeof(text), "mode %04o, owner %.255s:%s",
	    (unsigned int)st->st_mode & 07777U,
	    pw != NULL ? pw->pw_name : owner, group);
	if (class[0] == 'o')
		user_group(u, needed);
	findings_add(f, id, path, u->name, needed, text, class);
}

/* A component is missing, or cannot be looked at or followed: error. */
static int
add_missing(const struct walk *w, const char *path, const char *part,
    int error)
{
	char group[USER_TEXT_SIZE];

	user_group(w->u, group);
	if (error == ENOENT)
		findings_add(w->f, FINDING_DIRECTORY_MISSING, part, path,
		    group);
	else
		findings_add(w->f, error == EACCES ? FINDING_DIRECTORY_DENIED :
		    FINDING_DIRECTORY_ERROR, part, strerror(error));
	return (-1);
}

/* May the user search the directory and, if it is the last one, list it? */
static int
may_enter(const struct user *u, const char *path, const struct stat *st,
    int is_last)
{
	if (u->is_us)
		return (access(path, is_last ? X_OK | R_OK : X_OK) == 0);
	return (mode_allows(u, st, is_last ? MAY_SEARCH | MAY_READ :
	    MAY_SEARCH));
}

/* One component of a path, which is no symbolic link. */
static int
check_component(struct walk *w, const char *path, const struct stat *st,
    int is_last)
{
	if (!S_ISDIR(st->st_mode))
		findings_add(w->f, FINDING_NOT_A_DIRECTORY, path);
	else if (may_enter(w->u, path, st, is_last))
		return (0);
	else
		user_add(w->u, w->f, is_last ? FINDING_DIRECTORY_UNREADABLE :
		    FINDING_DIRECTORY_UNSEARCHABLE, path, st);
	return (-1);
}

static int	check_path(struct walk *w, const char *path, size_t checked,
		    const struct stat *last_checked, int is_directory);

/* Follow the link at path.  above is the stat of the directory it is in. */
static int
check_link(struct walk *w, const char *path, const struct stat *above,
    int is_last)
{
	char target[PATH_MAX], whole[PATH_MAX];
	const size_t dir_len = (size_t)(strrchr(path, '/') - path) + 1;
	ssize_t n;

	if (w->links++ == LINKS_MAX)
		return (add_missing(w, path, path, ELOOP));
	if ((n = readlink(path, target, sizeof(target) - 1)) == -1)
		return (add_missing(w, path, path, errno));
	target[n] = '\0';
	if (target[0] == '/')
		return (check_path(w, target, 0, &none, is_last));
	if ((size_t)snprintf(whole, sizeof(whole), "%.*s%s", (int)dir_len,
	    path, target) >= sizeof(whole))
		return (add_missing(w, path, path, ENAMETOOLONG));
	return (check_path(w, whole, dir_len, above, is_last));
}

/*
 * Note whether another user can exchange a component.  In a directory with the
 * sticky bit, only the owner of an entry, or of the directory, can exchange the
 * entry.  An entry that is missing has no owner: any user who can write to the
 * directory can make the entry.
 */
static void
note_exposed(struct walk *w, const struct stat *above, const struct stat *st)
{
	const int others_write = (above->st_mode & (S_IWGRP | S_IWOTH)) != 0;
	const int sticky_protects = (above->st_mode & S_ISVTX) != 0 &&
	    st != NULL && is_trusted(w->u, st->st_uid);

	if (above->st_mode == 0)	/* st is of "/", the first component */
		return;
	if (!is_trusted(w->u, above->st_uid) ||
	    (others_write && !sticky_protects))
		w->exposed = 1;
}

/*
 * Check the components of path, from "/" down.  The caller has checked the
 * first `checked` bytes of path, which end with '/'; checked is 0 if nothing
 * was checked.  last_checked is the stat of the directory that these bytes
 * name.  is_directory is 1 if the last component is the directory of the pairs.
 */
static int
check_path(struct walk *w, const char *path, size_t checked,
    const struct stat *last_checked, int is_directory)
{
	char part[PATH_MAX];
	const char *s = path + checked;
	struct stat st, above = *last_checked;
	int is_last, rc, len;

	do {
		/* s goes behind the part that is checked next */
		s += strcspn(s, "/");
		len = s == path ? 1 : (int)(s - path);	/* "/" at first */
		/* "/", then "/etc", then "/etc/x" */
		snprintf(part, sizeof(part), "%.*s", len, path);
		s += strspn(s, "/");
		is_last = is_directory && *s == '\0';
		rc = lstat(part, &st);
		note_exposed(w, &above, rc == -1 ? NULL : &st);
		if (rc == -1)
			return (add_missing(w, path, part, errno));
		rc = S_ISLNK(st.st_mode) ?
		    check_link(w, part, &above, is_last) :
		    check_component(w, part, &st, is_last);
		if (rc == -1)
			return (-1);
		if (S_ISLNK(st.st_mode) && stat(part, &st) == -1)
			return (add_missing(w, path, part, errno));
		above = st;
	} while (*s != '\0');
	return (0);
}

int
user_check_directory(const struct user *u, const char *path,
    struct findings *f, int *exposed)
{
	struct walk w = { .u = u, .f = f };
	const int rc = check_path(&w, path, 0, &none, 1);

	*exposed = w.exposed;
	return (rc);
}
