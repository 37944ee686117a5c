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
#include <string.h>

#include "cache.h"
#include "rehearsal.h"

#define KEEP_MS		1000	/* a pair used so recently is not replaced */

static void
drop(struct cached_pair *p)
{
	handshake_free(&p->hs);
	memset(p, 0, sizeof(*p));
}

/* The index of name, or CACHE_MAX; "" is the name of a free place. */
static size_t
lookup(const struct cache *c, const char *name)
{
	size_t i = 0;

	while (i < CACHE_MAX && strcmp(c->all[i].name, name) != 0)
		i++;
	return (i);
}

/* A free place, or else the least recently used one. */
static struct cached_pair *
place_for_new(struct cache *c)
{
	size_t best = lookup(c, "");

	if (best == CACHE_MAX) {
		best = 0;
		for (size_t i = 1; i < CACHE_MAX; i++)
			if (c->all[i].used < c->all[best].used)
				best = i;
	}
	return (&c->all[best]);
}

int
cache_use(struct cache *c, const char *name, int stale, long long now)
{
	const size_t i = lookup(c, name);
	const struct cached_pair *p;

	if (i < CACHE_MAX) {
		/* a stale pair that cannot be replaced must expire */
		if (!stale)
			c->all[i].used = now;
		return (stale);
	}
	p = place_for_new(c);
	return (p->name[0] == '\0' || now - p->used >= KEEP_MS);
}

void
cache_add(struct cache *c, const char *name, const struct pair *pair,
    const struct pair_stamp *stamp, long long now)
{
	const size_t i = lookup(c, name);
	struct cached_pair *p = i < CACHE_MAX ? &c->all[i] : place_for_new(c);
	struct handshake hs;
	char why[WHY_SIZE];

	if (handshake_prepare(&hs, pair, OFFERS_TLS13, why) != PREPARED_OK) {
		handshake_free(&hs);
		return;
	}
	/* Later pairs mostly have keys of the same type. */
	if (!c->rehearsed)
		rehearsal_run(hs.server);
	c->rehearsed = 1;
	drop(p);
	p->hs = hs;
	memcpy(p->name, name, strlen(name) + 1);
	p->stamp = *stamp;
	p->used = now;
}

void
cache_expire(struct cache *c, long long now)
{
	for (size_t i = 0; i < CACHE_MAX; i++)
		if (c->all[i].name[0] != '\0' &&
		    now - c->all[i].used >= CACHE_MS)
			drop(&c->all[i]);
}

void
cache_free(struct cache *c)
{
	for (size_t i = 0; i < CACHE_MAX; i++)
		drop(&c->all[i]);
}

int
cache_has(const struct cache *c, const char *name)
{
	return (lookup(c, name) < CACHE_MAX);
}

int
cache_any(const struct cache *c)
{
	for (size_t i = 0; i < CACHE_MAX; i++)
		if (c->all[i].name[0] != '\0')
			return (1);
	return (0);
}

const struct handshake *
cache_find(const struct cache *c, const struct certdir *d, const char *name)
{
	const size_t i = lookup(c, name);

	return (i < CACHE_MAX && pair_unchanged(d, name, &c->all[i].stamp) ?
	    &c->all[i].hs : NULL);
}
