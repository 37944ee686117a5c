#include <sys/stat.h>
#include <sys/types.h>

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "cert.h"
#include "certdir.h"
#include "check_pair.h"
#include "dehydrated.h"

#define ANEW	"remove both files of the pair, and have the ACME client " \
		"make it anew"

enum { CRT, KEY };

struct file {
	char		 path[PATH_MAX];
	const char	*name;		/* the end of path */
	struct stat	 st;
	int		 is_there;
};

/* One check, and what it has come to know. */
struct check {
	int			 dirfd;
	const char		*path;
	const struct reader	*who;
	struct row		*row;
	struct identifier	 id;
	struct file		 files[2];
};

static const char *const suffixes[] = { ".crt.pem", ".key.pem" };

/* Is there a file of the name a, and is it no older than that of b? */
static int
is_newer(const struct check *c, const char *a, const char *b,
    const char *suffix)
{
	char file[2][PATH_MAX];
	struct stat st[2];

	(void)snprintf(file[0], sizeof(file[0]), "%s%s", a, suffix);
	(void)snprintf(file[1], sizeof(file[1]), "%s%s", b, suffix);
	for (int i = 0; i < 2; i++)
		if (fstatat(c->dirfd, file[i], &st[i], AT_SYMLINK_NOFOLLOW) ==
		    -1)
			return (i == 1);
	/* the same: where capitals and small letters are one */
	return (st[0].st_ino != st[1].st_ino &&
	    st[0].st_mtime >= st[1].st_mtime);
}

/*
 * The command that gives both files another name; or removes them, if those
 * that have it are from a later validation.
 */
static void
remedy_rename(const struct check *c, const char *from, const char *to,
    char buf[ROW_TEXT_SIZE])
{
	char file[PATH_MAX], q[4][ROW_TEXT_SIZE];
	int newer = 1;

	for (int i = 0; i < 4; i++) {
		if (i % 2 == 1)
			newer &= is_newer(c, to, from, suffixes[i / 2]);
		(void)snprintf(file, sizeof(file), "%s/%s%s", c->path,
		    i % 2 == 0 ? from : to, suffixes[i / 2]);
		(void)row_quote(file, q[i]);
	}
	if (newer)	/* and may be good */
		row_remedy(buf, "rm -f %s %s", q[0], q[2]);
	else
		row_remedy(buf, "mv %s %s && mv %s %s", q[0], q[1], q[2], q[3]);
}

/* A name below in-addr.arpa or ip6.arpa that is not all of an address. */
static void
explain_reverse(struct check *c, const char *name)
{
	char buf[ROW_TEXT_SIZE], text[INET6_ADDRSTRLEN];
	struct identifier right;
	struct addr a;

	if (dehydrated_address(name, &a) == -1 ||
	    inet_ntop(AF_INET6, a.ip, text, sizeof(text)) == NULL ||
	    identifier_parse(text, &right) == -1) {
		row_add(c->row, SEVERITY_ERROR, "bad-name",
		    "name the files by all of the address, backwards, as "
		    "alpnd-pair(8) does", "%s/%s.crt.pem: not the reverse name "
		    "of an IP address", c->path, name);
		return;
	}
	remedy_rename(c, name, right.name, buf);
	row_add(c->row, SEVERITY_ERROR, "dehydrated-reverse-name", buf,
	    "%s/%s.crt.pem: dehydrated's wrong name for %s, as it begins or "
	    "ends in \"::\"; a CA asks for %s.  A deploy_challenge hook can "
	    "rename them each time", c->path, name, text, right.name);
}

/* Sets c->id if a CA can ask for the name and alpnd then finds these files. */
static int
check_name(struct check *c, const char *name)
{
	char canonical[NAME_SIZE], buf[ROW_TEXT_SIZE];

	if (identifier_parse(name, &c->id) == 0) {
		if (strcmp(name, c->id.name) == 0)
			return (0);
		remedy_rename(c, name, c->id.name, buf);
		row_add(c->row, SEVERITY_ERROR, "name-not-canonical", buf,
		    "%s/%s.crt.pem: alpnd never finds it: it looks for %s",
		    c->path, name, c->id.name);
	} else if (name_canonical((const uint8_t *)name, strlen(name),
	    canonical) == 0)
		explain_reverse(c, name);
	else
		row_add(c->row, SEVERITY_ERROR, "bad-name", name[0] == '*' ?
		    "tls-alpn-01 validates no wildcards; use dns-01" :
		    "take another name, with letters, digits, '-', '_' and "
		    "'.' only, or all of an IP address backwards, as in "
		    "1.0.0.127.in-addr.arpa",
		    "%s/%s.crt.pem: not a name that a CA can ask for", c->path,
		    name);
	return (-1);
}

/* Neither file is there: an everyday thing, but not what was asked for. */
static void
no_pair(struct check *c)
{
	char wrong[DEHYDRATED_NAME_SIZE + 8];

	if (dehydrated_name(&c->id.ip, wrong) == 0) {
		const size_t n = strlen(wrong);

		(void)snprintf(wrong + n, sizeof(wrong) - n, "%s",
		    suffixes[CRT]);
		if (faccessat(c->dirfd, wrong, F_OK, 0) == 0) {
			wrong[n] = '\0';
			explain_reverse(c, wrong);
			return;
		}
	}
	row_add(c->row, SEVERITY_ERROR, "no-pair", "usual between validations: "
	    "dehydrated removes a pair when the CA has answered; during one, "
	    "do dehydrated --alpn and alpnd -d name the same directory?",
	    "%s/%s: no pair", c->path, c->id.name);
}

/* One file is there.  dehydrated 0.7.0 leaves its openssl's key lying. */
static void
half_a_pair(struct check *c)
{
	const struct file *there = &c->files[c->files[KEY].is_there];
	const struct file *missing = &c->files[!c->files[KEY].is_there];
	char buf[ROW_TEXT_SIZE], file[ROW_TEXT_SIZE];

	(void)row_quote(there->path, file);
	if (there == &c->files[KEY] &&
	    strlen(c->id.name) > DEHYDRATED_CN_MAX) {
		row_remedy(buf, "rm %s; have a hook make the pair with "
		    "alpnd-pair(8), or use another challenge", file);
		row_add(c->row, SEVERITY_ERROR, "dehydrated-long-name", buf,
		    "%s: missing, while the key is there: dehydrated 0.7.0 "
		    "makes no certificate for names of over %d characters, as "
		    "no CN can be longer", missing->path, DEHYDRATED_CN_MAX);
		return;
	}
	row_remedy(buf, "rm %s; have the ACME client make the pair anew", file);
	row_add(c->row, SEVERITY_ERROR, "half-a-pair", buf,
	    "%s: missing, while %s is there", missing->path, there->name);
}

/* Sets is_there and st of one file.  Returns -1 if that cannot be said. */
static int
look(struct check *c, int which)
{
	struct file *f = &c->files[which];

	(void)snprintf(f->path, sizeof(f->path), "%s/%s%s", c->path,
	    c->id.name, suffixes[which]);
	f->name = f->path + strlen(c->path) + 1;
	f->is_there = fstatat(c->dirfd, f->name, &f->st,
	    AT_SYMLINK_NOFOLLOW) == 0;
	/* A name of 253 bytes and a suffix are no file name. */
	if (f->is_there || errno == ENOENT || errno == ENAMETOOLONG)
		return (0);
	row_add(c->row, SEVERITY_ERROR, "file-unreadable", errno == EACCES ?
	    "run alpnd-check as root" : "look at the disk and the kernel's log",
	    "%s: %s", f->path, strerror(errno));
	return (-1);
}

/* Both of them; again if there is one, as they are not made at once. */
static int
look_at_both(struct check *c)
{
	for (int tries = 0; tries < 2; tries++)
		if (look(c, CRT) == -1 || look(c, KEY) == -1)
			return (-1);
		else if (c->files[CRT].is_there == c->files[KEY].is_there)
			break;
	return (0);
}

/* What alpnd would not open. */
static int
check_type(struct check *c, const struct file *f)
{
	char buf[ROW_TEXT_SIZE], file[ROW_TEXT_SIZE];

	(void)row_quote(f->path, file);
	if (S_ISLNK(f->st.st_mode)) {
		if (faccessat(c->dirfd, f->name, F_OK, 0) == 0 ||
		    errno != ENOENT)
			row_remedy(buf, "cp -p %s %s.new && mv %s.new %s",
			    file, file, file, file);
		else
			row_remedy(buf, "rm %s; it leads nowhere", file);
		row_add(c->row, SEVERITY_ERROR, "symlink", buf, "%s: a "
		    "symbolic link, which alpnd does not follow", f->path);
	} else if (!S_ISREG(f->st.st_mode))
		row_add(c->row, SEVERITY_ERROR, "not-regular", ANEW,
		    "%s: not a regular file", f->path);
	else if (f->st.st_size == 0)
		row_add(c->row, SEVERITY_ERROR, "empty", ANEW "; was it "
		    "interrupted, or the disk full?", "%s: empty", f->path);
	else if (f->st.st_size > PAIR_FILE_MAX)
		row_add(c->row, SEVERITY_ERROR, "too-large", ANEW,
		    "%s: larger than 64 KiB, which no such file is", f->path);
	else
		return (0);
	return (-1);
}

static int
check_access(struct check *c, const struct file *f)
{
	char buf[ROW_TEXT_SIZE], owner[ROW_TEXT_SIZE];

	if (reader_may_read(c->who, c->dirfd, f->name, &f->st)) {
		if (c->who->is_us || faccessat(c->dirfd, f->name, R_OK, 0) == 0)
			return (0);
		row_add(c->row, SEVERITY_ERROR, "not-looked-at",
		    "run alpnd-check as root", "%s: user %s can read it, but "
		    "you cannot", f->path, c->who->name);
		return (-1);
	}
	row_add(c->row, SEVERITY_ERROR, "file-unreadable",
	    reader_remedy(c->who, &f->st, "640", f->path, buf),
	    "%s: user %s cannot read it: %s", f->path, c->who->name,
	    reader_owner(&f->st, owner));
	return (-1);
}

static void
mismatch(struct check *c)
{
	char buf[ROW_TEXT_SIZE], crt[ROW_TEXT_SIZE], key[ROW_TEXT_SIZE];

	row_remedy(buf, "rm %s %s; have the ACME client make the pair anew; "
	    "do two of them run at once?", row_quote(c->files[CRT].path, crt),
	    row_quote(c->files[KEY].path, key));
	row_add(c->row, SEVERITY_ERROR, "key-mismatch", buf,
	    "%s: not the key of %s", c->files[KEY].path, c->files[CRT].name);
}

static void
check_key(struct check *c, const struct pair *p, X509 *x)
{
	const char *path = c->files[KEY].path;
	EVP_PKEY *key = NULL;
	BIO *bio;

	if ((bio = BIO_new_mem_buf(p->key, (int)p->key_len)) != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL,
		    cert_no_password, NULL);
	BIO_free(bio);
	if (key == NULL)
		row_add(c->row, SEVERITY_ERROR, "key-malformed", ANEW,
		    "%s: no private key that can be read, or one with a "
		    "password", path);
	else if (X509_check_private_key(x, key) != 1)
		mismatch(c);
	EVP_PKEY_free(key);
	ERR_clear_error();
}

static void
check_contents(struct check *c)
{
	struct certdir d = { .path = c->path, .fd = c->dirfd };
	struct cert cert;
	struct pair p;
	char why[WHY_SIZE];

	switch (pair_load(&d, c->id.name, &p, why)) {
	case PAIR_ABSENT:	/* went away while we looked */
		no_pair(c);
		break;
	case PAIR_BAD:
		row_add(c->row, SEVERITY_ERROR, "file-unreadable", ANEW, "%s",
		    why);
		break;
	case PAIR_OK:
		if (cert_parse(p.cert, p.cert_len, &cert) == -1)
			row_add(c->row, SEVERITY_ERROR, "certificate-malformed",
			    ANEW, "%s: no certificate that can be read",
			    c->files[CRT].path);
		else {
			check_key(c, &p, cert.x509);
			cert_judge(&cert, &c->id, c->files[CRT].path, c->row);
		}
		cert_free(&cert);
		break;
	}
	pair_free(&p);
}

static void
check_exposure(struct check *c)
{
	const struct file *f = &c->files[KEY];
	char buf[ROW_TEXT_SIZE], owner[ROW_TEXT_SIZE];

	if (S_ISREG(f->st.st_mode) && (f->st.st_mode & S_IROTH))
		row_add(c->row, SEVERITY_WARNING, "key-world-readable",
		    reader_remedy(c->who, &f->st, "640", f->path, buf),
		    "%s: every user can read it: %s", f->path,
		    reader_owner(&f->st, owner));
}

void
check_pair(int dirfd, const char *path, const char *name,
    const struct reader *who, struct row *row)
{
	struct check c = { .dirfd = dirfd, .path = path, .who = who,
	    .row = row };
	int bad = 0;

	row_begin(row, name);
	if (check_name(&c, name) == -1 || look_at_both(&c) == -1)
		return;
	if (!c.files[CRT].is_there && !c.files[KEY].is_there) {
		no_pair(&c);
		return;
	}
	for (int i = CRT; i <= KEY; i++)
		if (c.files[i].is_there && (check_type(&c, &c.files[i]) == -1 ||
		    check_access(&c, &c.files[i]) == -1))
			bad = 1;
	if (!c.files[CRT].is_there || !c.files[KEY].is_there)
		half_a_pair(&c);
	else if (!bad)
		check_contents(&c);
	if (c.files[KEY].is_there)
		check_exposure(&c);
}
