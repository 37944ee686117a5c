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
/* disk: a pair read from a directory, to compare with what a server sends. */
#ifndef DISK_H
#define DISK_H

#include "cert.h"
#include "certdir.h"

struct disk {
	const char	*directory;	/* NULL: nothing to compare with */
	enum pair_result state;
	char		 why[WHY_SIZE];	/* PAIR_BAD: what is wrong */
	struct cert	 cert;		/* PAIR_OK: judged */
};

/* Read and judge the pair of id; directory may be NULL. */
void	disk_load(struct disk *d, const char *directory,
	    const struct identifier *id);

void	disk_free(struct disk *d);

#endif
