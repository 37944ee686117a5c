#include <string.h>

#include "clock.h"
#include "ready.h"

/*
 * The clock of file systems is coarse.  A file that was changed just now may
 * be changed again without its times telling, so it is not held ready yet.
 */
#define SETTLED_MS	100
#define SECONDS_MS	2100	/* of one that has whole seconds only */
#define KEEP_MS		1000	/* asked for so recently: not given up */

static void
forget(struct ready_pair *p)
{
	handshake_free(&p->hs);
	memset(p, 0, sizeof(*p));
}

/* The place of that name, or else a free one or the one longest not used. */
static struct ready_pair *
place(struct ready *r, const char *name)
{
	struct ready_pair *best = &r->all[0];

	for (size_t i = 0; i < READY_MAX; i++) {
		struct ready_pair *p = &r->all[i];

		if (strcmp(p->name, name) == 0)
			return (p);
		if (best->name[0] != '\0' && (p->name[0] == '\0' ||
		    ms_since(CLOCK_MONOTONIC, &p->used) >
		    ms_since(CLOCK_MONOTONIC, &best->used)))
			best = p;
	}
	return (best);
}

/* Load it into what is empty, if its files do not move meanwhile. */
static int
load(struct ready_pair *p, const struct certdir *d, const char *name)
{
	struct pair pair;
	char why[WHY_SIZE];
	int ok;

	ok = pair_load(d, name, &pair, why) == PAIR_OK &&
	    handshake_prepare(&p->hs, &pair, 1, why) == 0;
	pair_free(&pair);
	return (ok && pair_unchanged(d, name, &p->stamp));
}

static int
file_settled(const struct file_stamp *f)
{
	return (ms_since(CLOCK_REALTIME, &f->changed) >=
	    (f->changed.tv_nsec == 0 ? SECONDS_MS : SETTLED_MS));
}

static int
settled(const struct pair_stamp *stamp)
{
	return (file_settled(&stamp->crt) && file_settled(&stamp->key));
}

void
ready_want(struct ready *r, const char *directory, const char *name)
{
	struct ready_pair *p = place(r, name), new;
	struct certdir d;

	if (p->name[0] != '\0' && strcmp(p->name, name) != 0 &&
	    ms_since(CLOCK_MONOTONIC, &p->used) < KEEP_MS)
		return;
	certdir_open(&d, directory);
	if (strcmp(p->name, name) != 0 ||
	    !pair_unchanged(&d, name, &p->stamp)) {
		if (strcmp(p->name, name) == 0)
			forget(p);
		/* Another pair keeps the place until this one is loaded. */
		memset(&new, 0, sizeof(new));
		if (pair_stamp(&d, name, &new.stamp) == 0 &&
		    settled(&new.stamp) && load(&new, &d, name)) {
			forget(p);
			*p = new;
			memcpy(p->name, name, strlen(name) + 1);
		} else
			forget(&new);
	}
	if (strcmp(p->name, name) == 0)
		(void)clock_gettime(CLOCK_MONOTONIC, &p->used);
	certdir_close(&d);
}

void
ready_expire(struct ready *r)
{
	for (size_t i = 0; i < READY_MAX; i++)
		if (r->all[i].name[0] != '\0' && ms_since(CLOCK_MONOTONIC,
		    &r->all[i].used) >= READY_SECONDS * 1000LL)
			forget(&r->all[i]);
}

void
ready_free(struct ready *r)
{
	for (size_t i = 0; i < READY_MAX; i++)
		forget(&r->all[i]);
}

int
ready_any(const struct ready *r)
{
	for (size_t i = 0; i < READY_MAX; i++)
		if (r->all[i].name[0] != '\0')
			return (1);
	return (0);
}

const struct handshake *
ready_find(const struct ready *r, const struct certdir *d, const char *name)
{
	for (size_t i = 0; i < READY_MAX; i++)
		if (strcmp(r->all[i].name, name) == 0)
			return (pair_unchanged(d, name, &r->all[i].stamp) ?
			    &r->all[i].hs : NULL);
	return (NULL);
}
