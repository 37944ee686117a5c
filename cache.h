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
 * cache: the pairs that a server keeps prepared for its children, which
 * inherit the cache by fork(2).  A CA connects from several places within a
 * second: most connections find libtls prepared for the pair.  Only for
 * TLS 1.3, which every CA speaks.  now is a time of now_ms().
 */
#ifndef CACHE_H
#define CACHE_H

#include "certdir.h"
#include "handshake.h"

#define CACHE_MAX	16	/* pairs */
#define CACHE_MS	10000	/* ms until an unused pair is dropped */

struct cached_pair {
	char			 name[NAME_SIZE];	/* "": free */
	struct pair_stamp	 stamp;
	struct handshake	 hs;
	/*
	 * Time of the last use with unchanged files; before the first such use,
	 * the time of cache_add().
	 */
	long long		 used;
};

struct cache {
	struct cached_pair	 all[CACHE_MAX];
	int			 rehearsed;	/* 1: rehearsal_run() ran */
};

/*
 * Server: note that a child has used the pair of name, a canonical name.
 * stale is 1 if the pair is cached and its files have changed.  Returns 1 if
 * the server should load the pair: the cached pair is stale; or the pair is
 * new, and a place is free or holds a pair that nobody has used for a second.
 */
int	cache_use(struct cache *c, const char *name, int stale, long long now);

/*
 * Server: prepare a pair and keep it, in the place of the same name, else in a
 * free place, else in the least recently used one.  stamp is that of the files
 * of the pair.  If the pair cannot be prepared, the cache stays as it is; the
 * next child that reads the pair logs why.
 */
void	cache_add(struct cache *c, const char *name, const struct pair *pair,
	    const struct pair_stamp *stamp, long long now);

/* Server: wipe and drop the pairs that have not been used for CACHE_MS. */
void	cache_expire(struct cache *c, long long now);

/* Server: wipe and drop all pairs. */
void	cache_free(struct cache *c);

/* Is a pair in the cache?  1 or 0. */
int	cache_any(const struct cache *c);

/* Child: is a pair of name in the cache, stale or not?  1 or 0. */
int	cache_has(const struct cache *c, const char *name);

/*
 * Child: the prepared pair of name, or NULL if name is not cached, or if the
 * files of the pair in d have changed.
 */
const struct handshake *cache_find(const struct cache *c,
	    const struct certdir *d, const char *name);

#endif
