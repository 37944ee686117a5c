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
/* certdir: read a pair from the directory that the ACME client writes. */
#ifndef CERTDIR_H
#define CERTDIR_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "name.h"

#define PAIR_FILE_MAX	(64L * 1024)	/* bytes of one file */
#define WHY_SIZE	1024		/* of a message to the operator */

/* A pair is the files NAME.crt.pem and NAME.key.pem. */
#define CRT_SUFFIX	".crt.pem"
#define KEY_SUFFIX	".key.pem"

struct certdir {
	const char	*path;
	int		 fd;		/* -1: not open */
	int		 error;		/* errno of open(2), or 0 */
};

struct pair {
	uint8_t	*cert, *key;		/* PEM, not terminated */
	size_t	 cert_len, key_len;
};

enum pair_result {
	PAIR_OK,
	PAIR_ABSENT,	/* neither file exists; this is normal */
	PAIR_BAD	/* why: "path: what is wrong; what to do" */
};

/*
 * Open the directory.  A failure is kept in d->error, and only pair_load()
 * reports the failure: a client that asks for no pair gets its usual alert.
 */
void	certdir_open(struct certdir *d, const char *path);

/* Close the directory, if it is open; nothing more can be loaded. */
void	certdir_close(struct certdir *d);

/*
 * Read <name>.crt.pem and <name>.key.pem, regular files of 1 to PAIR_FILE_MAX
 * bytes that hold PEM.  The key has no password.  Its PEM has at most 8192
 * bytes; an RSA key of 8192 bits has about 6400.  name comes from
 * name_canonical().  *p is empty unless the result is PAIR_OK; free *p with
 * pair_free() in any case.
 */
enum pair_result pair_load(const struct certdir *d, const char *name,
	    struct pair *p, char why[WHY_SIZE]);

/* Wipe the key, and free both files. */
void	pair_free(struct pair *p);

struct file_stamp {
	dev_t		 dev;
	ino_t		 ino;
	off_t		 size;
	struct timespec	 modified, changed;
};

struct pair_stamp {
	struct file_stamp	 crt, key;
};

/*
 * Set *stamp to the inode, size and times of both files.  pair_stamp() opens
 * the files: on a network file system, only open(2) asks the server.  Returns
 * 0, or -1 with *stamp zero: a file cannot be opened.
 */
int	pair_stamp(const struct certdir *d, const char *name,
	    struct pair_stamp *stamp);

/* Are both files still those of stamp?  1 or 0. */
int	pair_unchanged(const struct certdir *d, const char *name,
	    const struct pair_stamp *stamp);

#endif
