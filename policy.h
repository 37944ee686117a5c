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
 * policy: busy mode decides here which client gets a process, whose process
 * is ended, and who is turned away.  Pure: no system calls and no clock.
 *
 * A client waits in the waiting room until it has sent something and a slot is
 * free.  Sources take turns: a free slot goes to the source that has the fewest
 * processes; among equals the oldest client is first, but a client counts as
 * no older than the last turn of its source.
 */
#ifndef POLICY_H
#define POLICY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "addr.h"

enum client_state {
	CLIENT_SILENT,	/* waits; has sent nothing */
	CLIENT_READY,	/* waits; has sent something */
	CLIENT_RUNNING,	/* has a process */
	CLIENT_ENDED	/* its process was killed, and is not yet reaped */
};

/* One connection.  The policy reads and sets the first six members only. */
struct client {
	size_t			 source;	/* index of its source */
	uint64_t		 order;		/* of arrival */
	enum client_state	 state;
	int			 incomplete;	/* no whole ClientHello yet, and
						   its process has read all */
	int			 hello;		/* read a whole ClientHello */
	int			 done;		/* has its log line; only the
						   process is still there */
	int			 fd;		/* while it waits; else -1 */
	pid_t			 pid;		/* of its process, or 0 */
	uint64_t		 key;		/* of its process's reports */
	struct addr		 peer;
	long long		 start;		/* now_ms() at accept(2) */
};

/* An IPv4 address, or a /64 of IPv6, which is what one customer has. */
struct client_source {
	struct addr		 addr;
	size_t			 silent, ready;	/* clients that wait */
	size_t			 processes;	/* running and ended */
	uint64_t		 turn;		/* order of the last one; 0 */
};

struct policy {
	size_t			 slots;		/* processes at most */
	size_t			 room;		/* clients that may wait */
	struct client		*clients;	/* room + 1 + slots */
	size_t			 n;		/* clients in use */
	struct client_source		*sources;	/* room + 1 + slots */
	size_t			 n_sources;	/* the used ones are below */
	size_t			 waiting;	/* silent and ready */
	size_t			 processes;	/* running and ended */
	size_t			 ended;
	uint64_t		 order;		/* the next one */
};

/* Clients and sources that the arrays of policy_init() have place for. */
size_t	policy_size(size_t slots, size_t room);

/*
 * Begin without a client.  slots and room are 1 or more; clients and sources
 * have policy_size() elements and belong to the caller.
 */
void	policy_init(struct policy *p, size_t slots, size_t room,
	    struct client *clients, struct client_source *sources);

/*
 * A client has come: the caller sets its other members.  After each call,
 * policy_overflow() must be asked before the next one.  Pointers to clients
 * are good until the next policy_remove().
 */
struct client *policy_arrive(struct policy *p, const struct addr *peer);

/* A silent client has sent something. */
void	policy_speak(struct policy *p, struct client *c);

/* The client that policy_next() returned has got a process. */
void	policy_start(struct policy *p, struct client *c);

/* The process of a running client has been killed. */
void	policy_end(struct policy *p, struct client *c);

/* A client that waits is gone, or the process of one has been reaped. */
void	policy_remove(struct policy *p, struct client *c);

/* The client that is to get a process now, or NULL. */
struct client *policy_next(struct policy *p);

/*
 * The client whose process must be ended because all slots are in use and
 * another client waits, or NULL.  That is a client that is done; or else, if a
 * source without a process waits, the oldest client whose process has read all
 * that came and no whole ClientHello, of the source that has the most
 * processes.
 */
struct client *policy_evict(struct policy *p);

/*
 * If more clients wait than the waiting room holds: the newest one of the
 * source that has the most waiting clients.  Else NULL.
 */
struct client *policy_overflow(struct policy *p);

#endif
