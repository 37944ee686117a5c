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

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "cert.h"
#include "certdir.h"
#include "dehydrated.h"
#include "handshake.h"
#include "idna.h"
#include "pair.h"

#define OLD_SECONDS	(8 * 86400)	/* a CA waits a week for an order */

struct file {
	char		 path[PATH_MAX];
	const char	*name;		/* the end of path */
	struct stat	 st;
	int		 is_there;
};

/* A pair that is being checked. */
struct check {
	int			 dirfd;
	const char		*path;
	const struct user	*user;
	struct findings		*found;		/* PAIR_FILES of them */
	struct identifier	 id;
	struct file		 files[PAIR_FILES];
};

static const char *const suffixes[] = { CRT_SUFFIX, KEY_SUFFIX };

/* Sets is_there and st of one file of a pair.  Returns 0 or -1 with errno. */
static int
look_at(const struct check *c, const char *name, int which, struct file *f)
{
	snprintf(f->path, sizeof(f->path), "%s/%s%s", c->path, name,
	    suffixes[which]);
	f->name = f->path + strlen(c->path) + 1;
	f->is_there = fstatat(c->dirfd, f->name, &f->st,
	    AT_SYMLINK_NOFOLLOW) == 0;
	/* The name and suffix may be longer than NAME_MAX. */
	return (f->is_there || errno == ENOENT || errno == ENAMETOOLONG ? 0 :
	    -1);
}

/*
 * Has the pair of name no error?  pair_check() calls add_misnamed(),
 * add_misnamed() calls is_good(), and is_good() calls pair_check() again.  The
 * recursion ends there: the second name is canonical, and both files exist.
 */
static int
is_good(const struct check *c, const char *name)
{
	struct findings f[PAIR_FILES];

	pair_check(c->dirfd, c->path, name, c->user, f);
	return (findings_worst(&f[CRT]) != SEVERITY_ERROR &&
	    findings_worst(&f[KEY]) != SEVERITY_ERROR);
}

/*
 * The files have the wrong name "from"; alpnd looks for the right name "to".
 * If both files are there and nothing is overwritten, suggest to rename them
 * (id).  Else, if the pair of the right name is newer and good, suggest to
 * remove the files (id + 1, ..._OLD).  Otherwise let the user choose (id + 2,
 * ..._TAKEN).
 */
static void
add_misnamed(struct check *c, const char *from, const char *to,
    enum finding id, const char *address)
{
	struct file a, b;
	int whole = 1, is_free = 1, is_newer = 1;

	for (int which = CRT; which <= KEY; which++) {
		whole &= look_at(c, from, which, &a) == 0 && a.is_there &&
		    S_ISREG(a.st.st_mode);
		/* a file system that ignores case has one file for both */
		is_free &= look_at(c, to, which, &b) == 0 && (!b.is_there ||
		    (a.is_there && a.st.st_ino == b.st.st_ino));
		is_newer &= b.is_there && (!a.is_there ||
		    b.st.st_mtime >= a.st.st_mtime);
	}
	if (!whole || !is_free)
		id += (is_newer && is_good(c, to)) ? 1 : 2;	/* OLD, TAKEN */
	findings_add(&c->found[CRT], id, c->path, from, to, address);
}

/* Explain a name below in-addr.arpa or ip6.arpa that is no whole address. */
static void
explain_reverse(struct check *c, const char *name)
{
	char text[NAME_SIZE];
	struct identifier right;

	if (dehydrated_right(name, &right) == -1)
		findings_add(&c->found[CRT], FINDING_NOT_REVERSE, c->path,
		    name);
	else
		add_misnamed(c, name, right.name, FINDING_DEHYDRATED_REVERSE,
		    identifier_text(&right, text));
}

/* Sets c->id if a CA can ask for the name and alpnd then finds these files. */
static int
check_name(struct check *c, const char *name)
{
	char canonical[NAME_SIZE];

	if (identifier_parse(name, &c->id) == 0) {
		if (strcmp(name, c->id.name) == 0)
			return (0);
		add_misnamed(c, name, c->id.name, FINDING_NOT_CANONICAL, "");
	} else if (name_canonical((const uint8_t *)name, strlen(name),
	    canonical) == 0)
		explain_reverse(c, name);
	else if (name[0] == '*')
		findings_add(&c->found[CRT], FINDING_WILDCARD, c->path, name);
	else if (idna_to_ascii(name, canonical) == 0)
		findings_add(&c->found[CRT], FINDING_BAD_NAME, c->path, name,
		    canonical, "");
	else
		findings_add(&c->found[CRT], FINDING_BAD_NAME, c->path, name,
		    "", "none");
	return (-1);
}

/* Neither file is there: normal, but not what was asked for. */
static void
no_pair(struct check *c)
{
	char wrong[DEHYDRATED_NAME_SIZE], file[DEHYDRATED_NAME_SIZE + 8];

	if (dehydrated_name(&c->id, wrong) == 0) {
		snprintf(file, sizeof(file), "%s%s", wrong, suffixes[CRT]);
		if (faccessat(c->dirfd, file, F_OK, 0) == 0) {
			explain_reverse(c, wrong);
			return;
		}
	}
	findings_add(&c->found[CRT], FINDING_NO_PAIR, c->path, c->id.name);
}

/*
 * One file is missing.  dehydrated 0.7.0 leaves only a key if openssl fails for
 * a long name.
 */
static void
half_a_pair(struct check *c)
{
	const int key_is_there = c->files[KEY].is_there;
	const struct file *there = &c->files[key_is_there ? KEY : CRT];
	const struct file *missing = &c->files[key_is_there ? CRT : KEY];
	const int is_long = strlen(c->id.name) > DEHYDRATED_CN_MAX;

	findings_add(&c->found[CRT], key_is_there && is_long ?
	    FINDING_DEHYDRATED_LONG_NAME : FINDING_HALF_A_PAIR, missing->path,
	    there->name);
}

/*
 * Look at both files.  If only one is there, look again: the ACME client writes
 * them one after the other.
 */
static int
look_at_both(struct check *c)
{
	struct file *f;

	for (int tries = 0; tries < 2; tries++) {
		for (int i = CRT; i <= KEY; i++) {
			f = &c->files[i];
			if (look_at(c, c->id.name, i, f) == 0)
				continue;
			findings_add(&c->found[i], errno == EACCES ?
			    FINDING_FILE_DENIED : FINDING_FILE_ERROR, f->path,
			    strerror(errno));
			return (-1);
		}
		if (c->files[CRT].is_there == c->files[KEY].is_there)
			break;
	}
	return (0);
}

/* Why alpnd, or this process, cannot read the file, or FINDING_NONE. */
static enum finding
check_type(const struct check *c, const struct file *f)
{
	if (S_ISLNK(f->st.st_mode))
		return (faccessat(c->dirfd, f->name, F_OK, 0) == -1 &&
		    errno == ENOENT ? FINDING_SYMLINK_DANGLING :
		    FINDING_SYMLINK);
	if (!S_ISREG(f->st.st_mode))
		return (FINDING_NOT_REGULAR);
	if (f->st.st_size == 0)
		return (FINDING_EMPTY);
	if (f->st.st_size > PAIR_FILE_MAX)
		return (FINDING_TOO_LARGE);
	if (!user_may_read(c->user, c->dirfd, f->name, &f->st))
		return (FINDING_FILE_UNREADABLE);
	if (!c->user->is_us && faccessat(c->dirfd, f->name, R_OK, 0) == -1)
		return (FINDING_FILE_NOT_LOOKED_AT);
	return (FINDING_NONE);
}

static void
check_key(struct check *c, const struct pair *p, X509 *x)
{
	const struct file *crt = &c->files[CRT], *key = &c->files[KEY];
	EVP_PKEY *pkey = NULL;
	BIO *bio;
	struct handshake h;
	char why[WHY_SIZE];

	if ((bio = BIO_new_mem_buf(p->key, (int)p->key_len)) != NULL)
		pkey = PEM_read_bio_PrivateKey(bio, NULL,
		    cert_no_password, NULL);
	BIO_free(bio);
	if (pkey == NULL)
		findings_add(&c->found[KEY], FINDING_KEY_MALFORMED, key->path);
	else if (X509_check_private_key(x, pkey) != 1)
		findings_add(&c->found[KEY], FINDING_KEY_MISMATCH, key->path,
		    crt->name);
	else if (EVP_PKEY_base_id(pkey) == EVP_PKEY_ED25519) {
		/* libtls of LibreSSL has no Ed25519; a try takes 1 ms */
		if (handshake_prepare(&h, p, OFFERS_TLS13, why) ==
		    PREPARED_BAD_PAIR)
			findings_add(&c->found[KEY], FINDING_KEY_UNLOADABLE,
			    key->path, why);
		handshake_free(&h);
	}
	EVP_PKEY_free(pkey);
	ERR_clear_error();
}

/* Add what is wrong with the certificate, and free it. */
static void
judge_and_free(struct check *c, struct cert *cert)
{
	cert_judge(cert, &c->id, c->files[CRT].path);
	findings_merge(&c->found[CRT], &cert->faults);
	cert_free(cert);
}

const char *
pair_cut_advice(const char *path, char *why)
{
	/* the path may have "; " in it */
	char *advice = strstr(why + strlen(path), "; ");

	if (advice == NULL)
		return ("");
	*advice = '\0';
	return (advice + 2);
}

static void
check_contents(struct check *c)
{
	struct certdir d = { .path = c->path, .fd = c->dirfd };
	struct cert cert;
	struct pair p;
	char why[WHY_SIZE];
	const char *advice;

	switch (pair_load(&d, c->id.name, &p, why)) {
	case PAIR_ABSENT:	/* removed after look_at_both() */
		no_pair(c);
		break;
	case PAIR_BAD:
		advice = pair_cut_advice(c->path, why);
		findings_add(&c->found[CRT], FINDING_FILE_BAD, why, advice);
		break;
	case PAIR_OK:
		if (cert_parse(p.cert, p.cert_len, &cert) == -1)
			findings_add(&c->found[CRT],
			    FINDING_CERTIFICATE_MALFORMED, c->files[CRT].path);
		else {
			check_key(c, &p, cert.x509);
			judge_and_free(c, &cert);
		}
		break;
	}
	pair_free(&p);
}

/*
 * The user cannot read the key.  If the certificate is not for a validation,
 * the key is that of a web server: drop the findings of the key.
 */
static void
check_certificate_alone(struct check *c)
{
	uint8_t buf[PAIR_FILE_MAX];
	struct cert cert;
	const int fd = openat(c->dirfd, c->files[CRT].name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	const ssize_t n = fd == -1 ? -1 : read(fd, buf, sizeof(buf));

	if (fd != -1)
		close(fd);
	if (n <= 0 || cert_parse(buf, (size_t)n, &cert) == -1)
		return;
	judge_and_free(c, &cert);
	if (c->found[CRT].has[FINDING_ACME_MISSING])
		findings_clear(&c->found[KEY]);
}

/* Returns 0, or -1: alpnd, or this process, cannot read the file. */
static int
check_file(struct check *c, int which)
{
	const struct file *f = &c->files[which];
	enum finding id;

	if (!f->is_there)
		return (0);
	if (which == KEY && S_ISREG(f->st.st_mode) &&
	    (f->st.st_mode & S_IROTH))
		user_add(c->user, &c->found[KEY], FINDING_KEY_EXPOSED, f->path,
		    &f->st);
	if ((id = check_type(c, f)) == FINDING_NONE)
		return (0);
	user_add(c->user, &c->found[which], id, f->path, &f->st);
	return (-1);
}

/* The age of the younger file in seconds; -1: none is there. */
static long long
age_of(const struct check *c)
{
	const time_t now = time(NULL);
	long long age = -1, one;

	for (int i = CRT; i <= KEY; i++) {
		one = now - c->files[i].st.st_mtime;
		if (c->files[i].is_there && (age == -1 || one < age))
			age = one < 0 ? 0 : one;
	}
	return (age);
}

/*
 * Is this a permanent pair, by which a front proxy checks the host?  No CA asks
 * for a name below .invalid (RFC 6761 section 6.4).  alpnd-pair -c makes and
 * removes the pairs whose names begin with alpnd-test-.
 */
static int
is_for_checks(const char *name)
{
	const char *suffix = strrchr(name, '.');

	return (suffix != NULL && strcmp(suffix, ".invalid") == 0 &&
	    strncmp(name, "alpnd-test-", strlen("alpnd-test-")) != 0);
}

/* Report an old pair once: it has usually expired, too. */
static void
add_old(struct check *c, const char *name, long long age)
{
	const int for_checks = is_for_checks(name);
	char text[PAIR_AGE_SIZE];

	if (!for_checks && (age < OLD_SECONDS || !c->files[CRT].is_there ||
	    !c->files[KEY].is_there))
		return;
	c->found[CRT].has[FINDING_EXPIRED] = 0;
	if (!for_checks)
		findings_add(&c->found[CRT], FINDING_OLD, c->files[CRT].path,
		    pair_age(age, text));
}

const char *
pair_age(long long seconds, char buf[PAIR_AGE_SIZE])
{
	static const struct {
		long long	 seconds;
		const char	*name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
	    { 1, "second" } };
	size_t i = 0;

	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	snprintf(buf, PAIR_AGE_SIZE, "%lld %s%s", seconds / units[i].seconds,
	    units[i].name, seconds / units[i].seconds == 1 ? "" : "s");
	return (buf);
}

long long
pair_check(int dirfd, const char *path, const char *name,
    const struct user *user, struct findings f[PAIR_FILES])
{
	struct check c = { .dirfd = dirfd, .path = path, .user = user,
	    .found = f };
	long long age;
	int crt, key;

	findings_clear(&f[CRT]);
	findings_clear(&f[KEY]);
	if (check_name(&c, name) == -1 || look_at_both(&c) == -1)
		return (-1);
	if ((age = age_of(&c)) == -1) {
		no_pair(&c);
		return (-1);
	}
	crt = check_file(&c, CRT);
	key = check_file(&c, KEY);
	if (!c.files[CRT].is_there || !c.files[KEY].is_there)
		half_a_pair(&c);
	else if (crt == 0 && key == 0)
		check_contents(&c);
	else if (crt == 0 && f[KEY].has[FINDING_FILE_UNREADABLE])
		check_certificate_alone(&c);
	add_old(&c, name, age);
	return (age);
}
