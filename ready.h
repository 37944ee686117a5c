/*
 * ready: the pairs that a server holds ready for its children, who inherit
 * them by fork(2).  A CA asks from several places within a second: all but the
 * first find libtls prepared for the pair, by TLS 1.3, which all of them speak.
 */
#ifndef READY_H
#define READY_H

#include <time.h>

#include "certdir.h"
#include "handshake.h"

#define READY_MAX	16	/* pairs */
#define READY_SECONDS	10	/* after they were last asked for */

struct ready_pair {
	char			 name[NAME_SIZE];	/* "": a free place */
	struct pair_stamp	 stamp;
	struct handshake	 hs;
	struct timespec		 used;		/* CLOCK_MONOTONIC */
};

struct ready {
	struct ready_pair	 all[READY_MAX];
};

/*
 * The server, when a child has been asked for a pair: hold it ready, for
 * READY_SECONDS from now, unless it cannot be loaded (which the child has
 * said already), or was written a moment ago, or there is no place: one that
 * was asked for within the last second keeps its own.  name must come from
 * name_canonical.
 */
void	ready_want(struct ready *r, const char *directory, const char *name);

/* The server, now and then: forget, and wipe, what nobody asks for any more. */
void	ready_expire(struct ready *r);

/* The server, at its end: forget and wipe everything. */
void	ready_free(struct ready *r);

/* Is there anything to expire? */
int	ready_any(const struct ready *r);

/*
 * A child: the pair of that name, if it is ready and its files in the
 * directory are still those that it was made from; else NULL.
 */
const struct handshake *ready_find(const struct ready *r,
	    const struct certdir *d, const char *name);

#endif
