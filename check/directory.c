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

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alpnd.h"
#include "certdir.h"
#include "directory.h"
#include "identifier.h"
#include "pair.h"

#define PROGRESS_SECONDS	2	/* before progress is shown */
#define PAIR_PREFIX		".alpnd-pair."	/* of unfinished files */
#define PAIR_SECONDS_MAX	3600	/* alpnd-pair -w takes less than this */
#define DEHYDRATED_DIR	"alpn-certs"	/* beside its configuration */

/* What is said in place of a command that could do harm. */
#define DOUBT_PLACE	"check that this is the directory of the validation " \
			"pairs (dehydrated --alpn, alpnd -d): it does not " \
			"look like one, so no change is suggested"
#define DOUBT_EXPOSED	"let only root, or you, write to this directory " \
			"and the directories above it; then run alpnd-check " \
			"again.  Other users can exchange files there, so no " \
			"change is suggested"

struct names {
	char	**v;
	size_t	  n, room;
};

struct summary {
	size_t	pairs, warnings, errors;	/* pairs: all of them */
	int	of_names;	/* 1: names were given; 0: all pairs */
	time_t	started, last_shown;
};

static int
by_name(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/* Add the first len bytes of s. */
static void
add_name(struct names *names, const char *s, size_t len)
{
	if (names->n == names->room) {
		names->room = names->room == 0 ? 64 : 2 * names->room;
		names->v = reallocarray(names->v, names->room,
		    sizeof(*names->v));
		if (names->v == NULL)
			err(EXIT_FAILURE, NULL);
	}
	if ((names->v[names->n++] = strndup(s, len)) == NULL)
		err(EXIT_FAILURE, NULL);
}

/* Sort, and remove duplicates. */
static void
sort_names(struct names *names)
{
	size_t n = 0;

	if (names->n == 0)
		return;
	qsort(names->v, names->n, sizeof(*names->v), by_name);
	for (size_t i = 1; i < names->n; i++)
		if (strcmp(names->v[n], names->v[i]) == 0)
			free(names->v[i]);
		else
			names->v[++n] = names->v[i];
	names->n = n + 1;
}

size_t
directory_pair_name(const char *file)
{
	const size_t len = strlen(file), n = sizeof(CRT_SUFFIX) - 1;

	if (len <= n || (strcmp(file + len - n, CRT_SUFFIX) != 0 &&
	    strcmp(file + len - n, KEY_SUFFIX) != 0))
		return (0);
	return (len - n);
}

static int
has_file(int dirfd, const char *name, size_t len, const char *suffix)
{
	char file[NAME_MAX + 1];
	struct stat st;

	snprintf(file, sizeof(file), "%.*s%s", (int)len, name, suffix);
	return (fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode));
}

static int
is_usual_place(const char *path)
{
	return (strcmp(path, CERTDIR) == 0 ||
	    strcmp(strrchr(path, '/'), "/" DEHYDRATED_DIR) == 0);
}

/*
 * Are there pairs and no other files?  Always 0 for a directory with the
 * sticky bit, like /tmp.
 */
static int
has_only_pairs(const char *path)
{
	const struct dirent *e;
	struct stat st;
	size_t len;
	int pairs = 0, others = 0;
	DIR *dir;

	if ((dir = opendir(path)) == NULL)
		return (0);
	for (errno = 0; (e = readdir(dir)) != NULL; errno = 0) {
		len = directory_pair_name(e->d_name);
		others |= len == 0 && e->d_name[0] != '.';
		pairs |= len > 0 &&
		    has_file(dirfd(dir), e->d_name, len, CRT_SUFFIX) &&
		    has_file(dirfd(dir), e->d_name, len, KEY_SUFFIX);
	}
	others |= errno != 0;	/* there may be more */
	others |= fstat(dirfd(dir), &st) == -1 || (st.st_mode & S_ISVTX) != 0;
	closedir(dir);
	return (pairs && !others);
}

/* Where dehydrated writes if it is not told where. */
static const char *
other_directory(const char *path)
{
	static const char *const all[] = { "/etc/dehydrated/" DEHYDRATED_DIR,
	    "/usr/local/etc/dehydrated/" DEHYDRATED_DIR,
	    "/var/lib/dehydrated/" DEHYDRATED_DIR };
	struct stat st, mine;

	if (stat(path, &mine) == -1)
		memset(&mine, 0, sizeof(mine));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (stat(all[i], &st) == 0 && S_ISDIR(st.st_mode) &&
		    (st.st_dev != mine.st_dev || st.st_ino != mine.st_ino))
			return (all[i]);
	return (NULL);
}

void
directory_look(struct directory *d)
{
	d->looks_right = is_usual_place(d->path) || has_only_pairs(d->path);
	d->other = other_directory(d->path);
}

/* Print a row about the directory or a stray. */
static void
show(const struct directory *d, const char *name, const struct findings *f,
    const char *good)
{
	struct row r;

	output_begin(&r, name, f);
	r.doubt = d->doubt;
	snprintf(r.good, sizeof(r.good), "%s", good);
	output_row(d->out, &r);
}

int
directory_open(struct directory *d)
{
	struct findings f;
	struct stat st;
	int path_exposed;

	d->fd = -1;
	findings_clear(&f);
	if (user_check_directory(d->user, d->path, &f, &path_exposed) == 0 &&
	    (access(d->path, R_OK | X_OK) == -1 || (d->fd = open(d->path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1))
		/* the user can read the directory, but the caller cannot */
		findings_add(&f, FINDING_DIRECTORY_NOT_LOOKED_AT, d->path,
		    strerror(errno));
	if (d->fd != -1 && fstat(d->fd, &st) == -1)
		err(EXIT_FAILURE, "%s", d->path);
	if (d->fd != -1 && user_or_all_may_write(d->user, &st))
		user_add(d->user, &f, FINDING_DIRECTORY_WRITABLE, d->path, &st);
	if (d->other != NULL)
		findings_add(&f, FINDING_OTHER_DIRECTORY, d->path, d->other);
	d->doubt = !d->looks_right ? DOUBT_PLACE :
	    path_exposed ? DOUBT_EXPOSED : NULL;
	if (findings_worst(&f) != SEVERITY_OK)
		show(d, d->path, &f, "");
	/*
	 * If others can write to the directory, suggest no change for its
	 * files.  The row above keeps its remedy, if it has one: the remedy is
	 * for the directory itself.
	 */
	if (d->fd != -1 && d->doubt == NULL &&
	    user_dir_is_exposed(d->user, &st))
		d->doubt = DOUBT_EXPOSED;
	return (d->fd == -1 ? -1 : 0);
}

/* The finding for a file of no pair.  FINDING_NONE: it may be in use. */
static enum finding
finding_of_stray(int dirfd, const char *file)
{
	struct stat st;

	if (file[0] != '.')
		return (FINDING_STRAY);
	if (strncmp(file, PAIR_PREFIX, sizeof(PAIR_PREFIX) - 1) == 0 &&
	    fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    time(NULL) - st.st_mtime >= PAIR_SECONDS_MAX)
		return (FINDING_LEFT_OVER);
	return (FINDING_NONE);
}

/* Print a row of each stray; one row of all, if the directory may be wrong. */
static void
show_strays(const struct directory *d, const struct names *strays, int pairs)
{
	struct findings f;
	enum finding id;
	char count[24];

	if (!d->looks_right && pairs && strays->n > 0) {
		findings_clear(&f);
		snprintf(count, sizeof(count), "%zu", strays->n);
		findings_add(&f, FINDING_STRAYS, d->path, count);
		show(d, d->path, &f, "");
	}
	for (size_t i = 0; d->looks_right && i < strays->n; i++) {
		id = finding_of_stray(d->fd, strays->v[i]);
		if (id == FINDING_NONE)		/* the file is gone, or new */
			continue;
		findings_clear(&f);
		findings_add(&f, id, d->path, strays->v[i]);
		show(d, strays->v[i], &f, "");
	}
}

/* The names of all pairs and halves of pairs, and of other files. */
static void
read_directory(const struct directory *d, struct names *names,
    struct names *strays)
{
	const struct dirent *e;
	size_t len;
	DIR *dir;
	int fd;

	if ((fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1 || (dir = fdopendir(fd)) == NULL)
		err(EXIT_FAILURE, "%s", d->path);
	for (errno = 0; (e = readdir(dir)) != NULL; errno = 0)
		if ((len = directory_pair_name(e->d_name)) > 0)
			add_name(names, e->d_name, len);
		else if (finding_of_stray(d->fd, e->d_name) != FINDING_NONE)
			add_name(strays, e->d_name, strlen(e->d_name));
	if (errno != 0)
		err(EXIT_FAILURE, "%s", d->path);
	closedir(dir);
	sort_names(names);
	sort_names(strays);
}

/* Show progress on a terminal, if the rows go elsewhere. */
static void
progress(struct summary *sum, size_t n)
{
	const time_t now = time(NULL);

	if (now - sum->started < PROGRESS_SECONDS || now == sum->last_shown ||
	    !isatty(STDERR_FILENO) || isatty(STDOUT_FILENO))
		return;
	sum->last_shown = now;
	fprintf(stderr, "\r%zu of %zu ", sum->pairs, n);
}

static void
check_pairs(const struct directory *d, const struct names *names,
    struct summary *sum)
{
	struct findings f[PAIR_FILES];
	struct row r;
	enum severity worst;
	char age[PAIR_AGE_SIZE];

	for (size_t i = 0; i < names->n; i++) {
		output_begin(&r, names->v[i], &f[CRT]);
		r.sets[1] = &f[KEY];
		r.doubt = d->doubt;
		r.age = pair_check(d->fd, d->path, names->v[i], d->user, f);
		if (r.age != -1)
			snprintf(r.about, sizeof(r.about), "%s old",
			    pair_age(r.age, age));
		worst = output_row(d->out, &r);
		if (ferror(d->out->f))
			err(EXIT_FAILURE, "standard output");
		sum->pairs++;
		sum->warnings += worst == SEVERITY_WARNING;
		sum->errors += worst == SEVERITY_ERROR;
		progress(sum, names->n);
	}
	if (sum->last_shown != 0)
		fprintf(stderr, "\r%*s\r", 40, "");
}

static void
print_summary(const struct summary *sum, const struct directory *d)
{
	FILE *f = d->out->f;

	if (d->out->json)
		return;
	if (sum->pairs > 0)
		fprintf(f, "%zu %s%s: %zu good", sum->pairs, sum->of_names ?
		    "name" : "pair", sum->pairs == 1 ? "" : "s",
		    sum->pairs - sum->warnings - sum->errors);
	if (sum->warnings > 0)
		fprintf(f, ", %zu with warnings", sum->warnings);
	if (sum->errors > 0)
		fprintf(f, ", %zu with errors", sum->errors);
	fprintf(f, "%sonly files were looked at", sum->pairs > 0 ? "\n" : "");
	if (d->unit != NULL && strcmp(d->unit->state, "active") == 0 &&
	    !d->unit->not_listening)
		fprintf(f, "; alpnd.socket listens on %s", d->unit->listens);
	fprintf(f, "; alpnd-check -c connects as a CA does\n");
}

/*
 * An empty directory is normal between validations.  Check its mode and group,
 * which new files inherit.
 */
static void
show_empty(const struct directory *d, int has_strays)
{
	struct findings f;
	struct stat st;

	findings_clear(&f);
	if (!d->user->stands_in && fstat(d->fd, &st) == 0 &&
	    !user_gets_new_files(d->user, d->fd, &st))
		user_add(d->user, &f, FINDING_DIRECTORY_GROUP, d->path, &st);
	if (has_strays)
		findings_add(&f, FINDING_NO_PAIRS, d->path);
	show(d, d->path, &f, "no pairs, as usual between validations: "
	    "dehydrated removes them when the CA has answered");
}

/*
 * Add a name from the command line.  If no file has this name, add its
 * canonical form.
 */
static void
add_given(const struct directory *d, const char *name, struct names *names)
{
	char file[NAME_SIZE + sizeof(CRT_SUFFIX)];
	struct identifier id;
	struct stat st;

	snprintf(file, sizeof(file), "%s" CRT_SUFFIX, name);
	if (identifier_parse(name, &id) == 0 &&
	    fstatat(d->fd, file, &st, AT_SYMLINK_NOFOLLOW) == -1)
		name = id.name;
	add_name(names, name, strlen(name));
}

int
directory_check(const struct directory *d, char *names[])
{
	struct summary sum = { .started = time(NULL) };
	static struct names pairs, strays;	/* until the program ends */

	sum.of_names = *names != NULL;
	for (; *names != NULL; names++)
		add_given(d, *names, &pairs);
	if (!sum.of_names)
		read_directory(d, &pairs, &strays);
	if (pairs.n == 0)
		show_empty(d, strays.n > 0);
	show_strays(d, &strays, pairs.n > 0);
	check_pairs(d, &pairs, &sum);
	print_summary(&sum, d);
	return (sum.errors > 0);
}
