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

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certdir.h"

#define FILE_SIZE	(NAME_SIZE + sizeof(CRT_SUFFIX))
#define PEM_BEGIN	"-----BEGIN "
#define PEM_END		"-----END "

#define AGAIN		"; remove both files and run the ACME client again"
#define KEY_PEM_MAX	8192	/* bytes; RSA of 8192 bits has 6363 */

void
certdir_open(struct certdir *d, const char *path)
{
	d->path = path;
	d->error = 0;
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd == -1)
		d->error = errno;
}

void
certdir_close(struct certdir *d)
{
	if (d->fd != -1)
		close(d->fd);
	d->fd = -1;
}

void
pair_free(struct pair *p)
{
	if (p->key != NULL)
		explicit_bzero(p->key, p->key_len);
	free(p->key);
	free(p->cert);
	memset(p, 0, sizeof(*p));
}

/*
 * Explain to the operator why path, or file in path, cannot be opened.  file is
 * "" or begins with '/'.  Name the user and group: they may be the wrong ones.
 */
static void
explain(char why[WHY_SIZE], const char *path, const char *file, int error,
    const char *modes, const char *missing)
{
	if (error == EACCES || error == EPERM)
		snprintf(why, WHY_SIZE, "%s%s: permission denied to uid "
		    "%lu, gid %lu; %s", path, file, (unsigned long)geteuid(),
		    (unsigned long)getegid(), modes);
	else
		snprintf(why, WHY_SIZE, "%s%s: %s", path, file,
		    error == ENOENT ? missing :
		    error == ELOOP && file[0] != '\0' ?
		    "a symbolic link; put the file itself there" :
		    strerror(error));
}

/* Read a whole open file of size bytes into a new buffer. */
static uint8_t *
read_whole(int fd, size_t size)
{
	uint8_t *buf;
	size_t have = 0;
	ssize_t n;

	if ((buf = malloc(size)) == NULL)
		return (NULL);
	while (have < size) {
		n = read(fd, buf + have, size - have);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;	/* the file is cut */
			explicit_bzero(buf, size);
			free(buf);
			return (NULL);
		}
		have += (size_t)n;
	}
	return (buf);
}

/* The index of the first text in buf at or after from, or len if none. */
static size_t
find(const uint8_t *buf, size_t len, size_t from, const char *text)
{
	const uint8_t *p = memmem(buf + from, len - from, text, strlen(text));

	return (p == NULL ? len : (size_t)(p - buf));
}

/*
 * Why libcrypto must not read a key, or NULL.  For an encrypted PEM (RFC 5958,
 * RFC 1421 4.6.1.1), libcrypto hashes as many times as the file asks for,
 * though there is no password.  10 million hashes take 5 seconds of CPU, and a
 * file can ask for 2^31 - 1.  With an RSA key of 40,000 bits, a handshake takes
 * 20 seconds or more.
 */
static const char *
key_problem(const uint8_t *buf, size_t len)
{
	size_t begin, end;

	if (find(buf, len, 0, "ENCRYPTED") < len)
		return ("encrypted with a password, which alpnd does not have; "
		    "remove both files and let the ACME client write a key "
		    "without a password");
	for (begin = 0; (begin = find(buf, len, begin, PEM_BEGIN)) < len;
	    begin = end) {
		end = find(buf, len, begin, PEM_END);
		if (end - begin > KEY_PEM_MAX)
			return ("larger than an RSA key of 8192 bits, the "
			    "largest that CAs accept; remove both files and "
			    "let the ACME client make a key of type P-256");
	}
	return (NULL);
}

/* What is wrong with an open file, or NULL with its contents set. */
static const char *
read_file(int fd, uint8_t **buf, size_t *len)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return (strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ("not a regular file" AGAIN);
	if (st.st_size == 0)
		return ("empty" AGAIN "; was the disk full?");
	if (st.st_size > PAIR_FILE_MAX)
		return ("larger than 64 KiB, so it is not a file of a pair"
		    AGAIN);
	*len = (size_t)st.st_size;
	if ((*buf = read_whole(fd, *len)) == NULL)
		return (strerror(errno));
	/* Is it PEM of any kind?  libtls checks the kind. */
	if (find(*buf, *len, 0, PEM_BEGIN) == *len)
		return ("no PEM in it" AGAIN);
	return (NULL);
}

/* Open one of the two files, and set file to '/' and its name.  -1: errno. */
static int
open_file(const struct certdir *d, const char *name, const char *suffix,
    char file[FILE_SIZE])
{
	snprintf(file, FILE_SIZE, "/%s%s", name, suffix);
	/* O_NONBLOCK: a FIFO put there must not block alpnd. */
	return (openat(d->fd, file + 1, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY));
}

/* One of the two files.  PAIR_ABSENT: not there. */
static enum pair_result
load_file(const struct certdir *d, const char *name, const char *suffix,
    uint8_t **buf, size_t *len, char why[WHY_SIZE])
{
	char file[FILE_SIZE];
	const char *problem;
	int error, fd;

	if ((fd = open_file(d, name, suffix, file)) == -1) {
		/* The name and suffix may be longer than NAME_MAX. */
		if ((error = errno) == ENOENT || error == ENAMETOOLONG)
			return (PAIR_ABSENT);
		explain(why, d->path, file, error, "set the mode of the "
		    "file to 0640, the mode of the directory to 2750, and "
		    "the group of both to the group of alpnd", "");
		return (PAIR_BAD);
	}
	problem = read_file(fd, buf, len);
	close(fd);
	if (problem == NULL)
		return (PAIR_OK);
	snprintf(why, WHY_SIZE, "%s%s: %s", d->path, file, problem);
	return (PAIR_BAD);
}

static enum pair_result
load_both(const struct certdir *d, const char *name, struct pair *p,
    char why[WHY_SIZE])
{
	enum pair_result crt, key;
	const char *problem;

	crt = load_file(d, name, CRT_SUFFIX, &p->cert, &p->cert_len, why);
	if (crt == PAIR_BAD)
		return (PAIR_BAD);
	key = load_file(d, name, KEY_SUFFIX, &p->key, &p->key_len, why);
	if (key == PAIR_BAD)
		return (PAIR_BAD);
	if (key == PAIR_OK &&
	    (problem = key_problem(p->key, p->key_len)) != NULL) {
		snprintf(why, WHY_SIZE, "%s/%s%s: %s", d->path, name,
		    KEY_SUFFIX, problem);
		return (PAIR_BAD);
	}
	if (crt == key)		/* both are there, or both absent */
		return (crt);
	snprintf(why, WHY_SIZE, "%s/%s%s: missing, while %s%s is there; "
	    "remove the file that is there, and run the ACME client again",
	    d->path, name, crt == PAIR_ABSENT ? CRT_SUFFIX : KEY_SUFFIX, name,
	    crt == PAIR_ABSENT ? KEY_SUFFIX : CRT_SUFFIX);
	return (PAIR_BAD);
}

enum pair_result
pair_load(const struct certdir *d, const char *name, struct pair *p,
    char why[WHY_SIZE])
{
	enum pair_result r;

	memset(p, 0, sizeof(*p));
	why[0] = '\0';
	if (d->fd == -1) {
		explain(why, d->path, "", d->error, "set its mode to 2750 and "
		    "its group to that of alpnd, and let alpnd search all "
		    "directories above it; alpnd-check(8) names what is wrong",
		    "no such directory; correct -d, or make the directory: "
		    "FILES in alpnd(8) says how");
		return (PAIR_BAD);
	}
	/*
	 * dehydrated removes the pair as soon as the CA has answered, while
	 * another machine of the CA may still connect.  Look again before half
	 * a pair is an error.
	 */
	for (int tries = 0; tries < 2; tries++) {
		if ((r = load_both(d, name, p, why)) != PAIR_BAD)
			return (r);
		pair_free(p);
	}
	return (r);
}

static int
file_stamp(const struct certdir *d, const char *name, const char *suffix,
    struct file_stamp *stamp)
{
	char file[FILE_SIZE];
	struct stat st;
	int fd, r;

	if ((fd = open_file(d, name, suffix, file)) == -1)
		return (-1);
	if ((r = fstat(fd, &st)) == 0) {
		stamp->dev = st.st_dev;
		stamp->ino = st.st_ino;
		stamp->size = st.st_size;
		stamp->modified.tv_sec = st.st_mtim.tv_sec;
		stamp->modified.tv_nsec = st.st_mtim.tv_nsec;
		stamp->changed.tv_sec = st.st_ctim.tv_sec;
		stamp->changed.tv_nsec = st.st_ctim.tv_nsec;
	}
	close(fd);
	return (r);
}

int
pair_stamp(const struct certdir *d, const char *name,
    struct pair_stamp *stamp)
{
	/* memcmp(3) sees padding, too */
	memset(stamp, 0, sizeof(*stamp));
	if (d->fd == -1)
		return (-1);
	if (file_stamp(d, name, CRT_SUFFIX, &stamp->crt) == 0 &&
	    file_stamp(d, name, KEY_SUFFIX, &stamp->key) == 0)
		return (0);
	memset(stamp, 0, sizeof(*stamp));
	return (-1);
}

int
pair_unchanged(const struct certdir *d, const char *name,
    const struct pair_stamp *stamp)
{
	struct pair_stamp now;

	return (pair_stamp(d, name, &now) == 0 &&
	    memcmp(&now, stamp, sizeof(now)) == 0);
}
