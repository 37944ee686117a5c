/*
 * children: the connections of a busy host, in the order in which they came,
 * and which of them has to make room.  No I/O.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <sys/types.h>

#include <stddef.h>

#include "addr.h"

struct child {
	pid_t		 pid;		/* the key of its reports, too */
	struct addr	 peer;		/* for the log */
	struct addr	 source;	/* family 0: counts for nobody */
	int		 hello;		/* has sent a valid ClientHello */
	int		 done;		/* all is said; it is about to end */
	long long	 start;		/* time of now_ms() */
};

struct children {
	struct child	*all;		/* the oldest first */
	size_t		 n, max;
};

/* Room for max children.  0, or -1: out of memory. */
int	children_init(struct children *c, size_t max);

/* Append; there must be room. */
void	children_add(struct children *c, pid_t pid, const struct addr *peer,
	    const struct addr *source, long long start);

/* The child of that pid, or NULL. */
struct child *children_find(struct children *c, pid_t pid);

/* Take it out. */
void	children_remove(struct children *c, struct child *child);

/*
 * How many come from the same source: its IPv4 address, or the /64 of its
 * IPv6 address, which is what one customer has.  0 if it is not known.
 */
size_t	children_of(const struct children *c, const struct addr *source);

/*
 * A child that is done, or else the oldest that has not yet sent a valid
 * ClientHello: of that source, or of any if it is NULL.  NULL if there is
 * none.
 */
struct child *children_silent(struct children *c,
	    const struct addr *source);

#endif
