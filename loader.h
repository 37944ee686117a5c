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
/*
 * loader: a process that reads one pair for the cache of a server.  The server
 * itself opens no file: a file system that hangs stops only the loader.
 */
#ifndef LOADER_H
#define LOADER_H

#include <sys/types.h>

#include <time.h>

#include "certdir.h"

struct loaded {
	char			 name[NAME_SIZE];
	struct pair_stamp	 stamp;
	size_t			 cert_len, key_len;	/* bytes */
	uint8_t			 cert[PAIR_FILE_MAX], key[PAIR_FILE_MAX];
};

struct loader {
	pid_t		 pid;		/* 0: no loader runs */
	struct loaded	*shared;	/* with the loader, while it runs */
};

/*
 * In the loader: read the pair of name into *to.  now is a time of
 * CLOCK_REALTIME.  Returns 0, or -1: the pair cannot be read, or one of its
 * files is so new that another change might not show in the time stamps.
 */
int	loader_read(struct loaded *to, const char *directory,
	    const char *name, const struct timespec *now);

/*
 * Fork the loader for a canonical name, unless one runs.  The loader first
 * calls before(arg).  Returns 0, or -1: not started.
 */
int	loader_start(struct loader *l, const char *directory, const char *name,
	    void (*before)(void *), void *arg);

/*
 * The loader was reaped with this wait status.  Returns what the loader has
 * read, or NULL.  The result is valid until loader_clear().
 */
struct loaded *loader_result(struct loader *l, int status);

/*
 * Unmap the memory that is shared with the loader, and wipe the key in it
 * unless the loader runs.  Each child calls this before it reads from its
 * client.
 */
void	loader_clear(struct loader *l);

#endif
