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
/* directory: the directory of the pairs, and all that is in it. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include "output.h"
#include "unit.h"
#include "user.h"

struct directory {
	const char		*path;		/* absolute */
	int			 fd;
	const struct user	*user;		/* that alpnd runs as */
	const struct output	*out;
	const struct unit	*unit;		/* NULL: no alpnd.socket */
	int			 looks_right;	/* 1: the path or the files look
						   like those of dehydrated */
	const char		*other;		/* dehydrated may write there */
	const char		*doubt;		/* in place of a remedy that
						   changes files; NULL: none */
};

/*
 * Set d->looks_right to 1 in three cases: d->path is the default directory; its
 * last component is that of dehydrated's default; or the directory has no
 * sticky bit, has a whole pair, and every name in it is that of a file of a
 * pair, or begins with '.'.  Set d->other to another directory that dehydrated
 * may write to.  Call directory_look() before root is given up.
 */
void	directory_look(struct directory *d);

/*
 * Open d->path, with the other members set, and print a row of what is wrong
 * with it.  Returns 0, or -1: the pairs cannot be read.
 */
int	directory_open(struct directory *d);

/*
 * Print a row for each name of the list, which ends with NULL; for each pair
 * and stray file if the list is empty.  Returns 0, or 1 if a pair has an error.
 */
int	directory_check(const struct directory *d, char *names[]);

/* The length of file without its suffix; 0: this is no file of a pair. */
size_t	directory_pair_name(const char *file);

#endif
