#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"

#define LINKS_MAX	8	/* symbolic links in a path */
#define SEARCH		1	/* bits of a mode, for one class */
#define WRITE		2
#define READ		4
#define ELSEWHERE	"is this the directory that the ACME client writes to?"

int
reader_lookup(struct reader *r, const char *name)
{
	const struct passwd *pw;
	int n = READER_GROUPS_MAX;

	memset(r, 0, sizeof(*r));
	pw = name == NULL ? getpwuid(geteuid()) : getpwnam(name);
	if (pw == NULL && name != NULL) {
		errno = ENOENT;
		return (-1);
	}
	if (pw == NULL) {		/* a user without a name */
		(void)snprintf(r->name, sizeof(r->name), "(you)");
		r->uid = geteuid();
		r->groups[0] = r->gid = getegid();
		r->n_groups = 1;
		return (0);
	}
	(void)snprintf(r->name, sizeof(r->name), "%s", pw->pw_name);
	r->uid = pw->pw_uid;
	r->gid = pw->pw_gid;
	if (getgrouplist(r->name, r->gid, r->groups, &n) == -1) {
		errno = E2BIG;
		return (-1);
	}
	r->n_groups = (size_t)n;
	return (0);
}

int
reader_become(struct reader *r)
{
	r->is_us = r->uid == geteuid();
	if (r->is_us || geteuid() != 0)
		return (0);
	if (setgroups(r->n_groups, r->groups) == -1 ||
	    setresgid(r->gid, r->gid, r->gid) == -1 ||
	    setresuid(r->uid, r->uid, r->uid) == -1)
		return (-1);
	r->is_us = 1;
	return (0);
}

static int
is_member(const struct reader *r, gid_t gid)
{
	for (size_t i = 0; i < r->n_groups; i++)
		if (r->groups[i] == gid)
			return (1);
	return (0);
}

/* The class by which the kernel judges him: as chmod(1) writes it. */
static int
class_of(const struct reader *r, const struct stat *st)
{
	if (st->st_uid == r->uid)
		return ('u');
	return (is_member(r, st->st_gid) ? 'g' : 'o');
}

static int
mode_allows(const struct reader *r, const struct stat *st, mode_t want)
{
	mode_t mode = st->st_mode;

	if (r->uid == 0)
		return (1);
	switch (class_of(r, st)) {
	case 'u':
		mode >>= 6;
		break;
	case 'g':
		mode >>= 3;
		break;
	}
	return ((mode & want) == want);
}

int
reader_may_read(const struct reader *r, int dirfd, const char *file,
    const struct stat *st)
{
	if (r->is_us)
		return (faccessat(dirfd, file, R_OK, 0) == 0);
	return (mode_allows(r, st, READ));
}

int
reader_gets_new_files(const struct reader *r, const struct stat *dir)
{
	if (r->uid == 0 || r->uid == dir->st_uid)
		return (1);
#ifdef __linux__	/* BSD gives files the group of their directory */
	if ((dir->st_mode & S_ISGID) == 0)
		return (0);
#endif
	return (is_member(r, dir->st_gid));
}

int
reader_or_all_may_write(const struct reader *r, const struct stat *dir)
{
	if ((dir->st_mode & S_IWOTH) != 0)
		return (1);
	/* whose it is, he runs the ACME client as well */
	return (r->uid != 0 && r->uid != dir->st_uid &&
	    mode_allows(r, dir, WRITE));
}

static int
may_search(const struct reader *r, const char *path, const struct stat *st,
    int and_read)
{
	if (r->is_us)
		return (access(path, and_read ? X_OK | R_OK : X_OK) == 0);
	return (mode_allows(r, st, and_read ? SEARCH | READ : SEARCH));
}

const char *
reader_owner(const struct stat *st, char buf[ROW_TEXT_SIZE])
{
	const struct passwd *pw = getpwuid(st->st_uid);
	const struct group *gr = getgrgid(st->st_gid);
	int n;

	n = snprintf(buf, ROW_TEXT_SIZE, "mode %04o, owner ",
	    (unsigned int)st->st_mode & 07777U);
	n += pw != NULL ?
	    snprintf(buf + n, ROW_TEXT_SIZE / 4, "%.64s:", pw->pw_name) :
	    snprintf(buf + n, ROW_TEXT_SIZE / 4, "%u:", st->st_uid);
	(void)(gr != NULL ?
	    snprintf(buf + n, ROW_TEXT_SIZE / 4, "%s", gr->gr_name) :
	    snprintf(buf + n, ROW_TEXT_SIZE / 4, "%u", st->st_gid));
	return (buf);
}

const char *
reader_remedy(const struct reader *r, const struct stat *st, const char *mode,
    const char *path, char buf[ROW_TEXT_SIZE])
{
	char file[ROW_TEXT_SIZE];
	const struct group *gr;

	(void)row_quote(path, file);
	if (class_of(r, st) != 'o')
		row_remedy(buf, "chmod %s %s", mode, file);
	else if (r->stands_in)
		row_remedy(buf, "chgrp %s %s && chmod %s %s", READER_USER, file,
		    mode, file);
	else if ((gr = getgrgid(r->gid)) != NULL)
		row_remedy(buf, "chgrp %s %s && chmod %s %s", gr->gr_name, file,
		    mode, file);
	else
		row_remedy(buf, "chgrp %u %s && chmod %s %s", r->gid, file,
		    mode, file);
	return (buf);
}

/* A component that lstat(2) does not find, or not for us; errno says why. */
static void
add_missing(const struct reader *r, const char *path, const char *part,
    struct row *row)
{
	char file[ROW_TEXT_SIZE], buf[ROW_TEXT_SIZE];
	const int error = errno;
	const struct group *gr;

	if (error == ENOENT && (gr = getgrgid(r->gid)) != NULL) {
		row_remedy(buf, "install -d -o root -g %s -m 2750 %s",
		    r->stands_in ? READER_USER : gr->gr_name,
		    row_quote(path, file));
		row_add(row, SEVERITY_ERROR, "directory-missing", buf,
		    "%s: no such directory", part);
	} else
		row_add(row, SEVERITY_ERROR, "directory-unreadable",
		    error == EACCES ? "run alpnd-check as root" :
		    ELSEWHERE, "%s: %s", part, strerror(error));
}

/* One component of a path, which is no symbolic link. */
static int
check_component(const struct reader *r, const char *path,
    const struct stat *st, int is_last, struct row *row)
{
	char file[ROW_TEXT_SIZE], buf[ROW_TEXT_SIZE], owner[ROW_TEXT_SIZE];

	if (!S_ISDIR(st->st_mode)) {
		row_add(row, SEVERITY_ERROR, "not-a-directory",
		    ELSEWHERE, "%s: not a directory", path);
		return (-1);
	}
	if (may_search(r, path, st, is_last))
		return (0);
	if (is_last)
		(void)reader_remedy(r, st, "2750", path, buf);
	else
		row_remedy(buf, "chmod %c+x %s", class_of(r, st),
		    row_quote(path, file));
	row_add(row, SEVERITY_ERROR, "directory-unreadable", buf,
	    "%s: user %s cannot %s it: %s", path, r->name,
	    is_last ? "read" : "search", reader_owner(st, owner));
	return (-1);
}

static int	check_path(const struct reader *r, const char *path,
		    int is_directory, int links, struct row *row);

/* The way to where the link at path leads. */
static int
check_link(const struct reader *r, const char *path, int is_last, int links,
    struct row *row)
{
	char target[PATH_MAX], whole[PATH_MAX];
	const int dir = (int)(strrchr(path, '/') - path) + 1;
	ssize_t n;

	if (links == LINKS_MAX) {
		errno = ELOOP;
		add_missing(r, path, path, row);
		return (-1);
	}
	if ((n = readlink(path, target, sizeof(target) - 1)) == -1) {
		add_missing(r, path, path, row);
		return (-1);
	}
	target[n] = '\0';
	if (target[0] == '/')
		return (check_path(r, target, is_last, links + 1, row));
	if ((size_t)snprintf(whole, sizeof(whole), "%.*s%s", dir, path,
	    target) >= sizeof(whole)) {
		errno = ENAMETOOLONG;
		add_missing(r, path, path, row);
		return (-1);
	}
	return (check_path(r, whole, is_last, links + 1, row));
}

/* Every component of path from / down; the last one is the directory. */
static int
check_path(const struct reader *r, const char *path, int is_directory,
    int links, struct row *row)
{
	char part[PATH_MAX];
	const char *s = path;
	struct stat st;
	int is_last, rc;

	do {
		s += strcspn(s, "/");
		s += strspn(s, "/");
		is_last = is_directory && strchr(s, '/') == NULL && *s == '\0';
		(void)snprintf(part, sizeof(part), "%.*s", (int)(s - path),
		    path);
		for (size_t n = strlen(part); n > 1 && part[n - 1] == '/'; n--)
			part[n - 1] = '\0';
		if (lstat(part, &st) == -1) {
			add_missing(r, path, part, row);
			return (-1);
		}
		rc = S_ISLNK(st.st_mode) ?
		    check_link(r, part, is_last, links, row) :
		    check_component(r, part, &st, is_last, row);
		if (rc == -1)
			return (-1);
	} while (*s != '\0');
	return (0);
}

int
reader_check_directory(const struct reader *r, const char *path,
    struct row *row)
{
	return (check_path(r, path, 1, 0, row));
}
