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
 * processes; among equals, to the client that has waited longest.  After a
 * source has got a slot, its other clients count as newly arrived.
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

/*
 * One connection.  The policy uses only the first five members, and sets only
 * the first three.  But policy_arrive() zeroes all members, and policy_remove()
 * moves the last client of the array into the place of the removed one.
 */
struct client {
	size_t			 source;	/* index of its source */
	uint64_t		 order;		/* of arrival */
	enum client_state	 state;
	int			 incomplete;	/* its process has read all that
						   came: no whole ClientHello */
	int			 done;		/* has its log line; only the
						   process is still there */
	int			 fd;		/* while it waits; else -1 */
	pid_t			 pid;		/* of its process, or 0 */
	uint64_t		 token;		/* of its process's reports */
	int			 has_pair;	/* 1: REPORT_PAIR came */
	struct addr		 peer;
	long long		 start;		/* now_ms() at accept(2) */
};

/*
 * An IPv4 address, or an IPv6 /64, the smallest network that a provider gives
 * to a customer.
 */
struct client_source {
	struct addr		 addr;
	size_t			 silent, ready;	/* clients that wait */
	size_t			 processes;	/* running and ended */
	uint64_t		 turn;		/* its last turn; 0: none */
};

struct policy {
	size_t			 slots;		/* processes at most */
	size_t			 room;		/* clients that may wait */
	struct client		*clients;	/* room + 1 + slots */
	size_t			 n;		/* clients in use */
	struct client_source		*sources;	/* room + 1 + slots */
	size_t			 n_sources;	/* higher ones are unused */
	size_t			 waiting;	/* silent and ready */
	size_t			 processes;	/* running and ended */
	size_t			 ended;
	uint64_t		 order;		/* the next one */
};

/*@
  predicate counts_ok{L}(struct policy *p, struct client_source *s) =
      s->silent <= p->n && s->ready <= p->n && s->processes <= p->n;
  predicate policy_ok{L}(struct policy *p) = \valid(p) &&
      \valid(p->clients + (0 .. p->n - 1)) &&
      \valid(p->sources + (0 .. p->n_sources - 1)) &&
      p->n <= SIZE_MAX / 4 && p->ended <= p->n &&
      (\forall integer i; 0 <= i < p->n ==>
	  p->clients[i].source < p->n_sources) &&
      (\forall integer i; 0 <= i < p->n_sources ==>
	  counts_ok(p, p->sources + i));
  predicate a_client{L}(struct policy *p, struct client *c) =
      \exists integer i; 0 <= i < p->n && c == p->clients + i;
  predicate apart{L}(struct policy *p) = \separated(p,
      p->clients + (0 .. p->n - 1), p->sources + (0 .. p->n_sources - 1));
  // the arrays have place for one more
  predicate has_place{L}(struct policy *p) =
      \valid(p->clients + (0 .. p->n)) &&
      \valid(p->sources + (0 .. p->n_sources)) && \separated(p,
      p->clients + (0 .. p->n), p->sources + (0 .. p->n_sources));
  // c is counted
  predicate counted{L}(struct policy *p, struct client *c) =
      \let s = p->sources + c->source;
      c->state == CLIENT_SILENT ? s->silent > 0 && p->waiting > 0 :
      c->state == CLIENT_READY ? s->ready > 0 && p->waiting > 0 :
      s->processes > 0 && p->processes > 0 &&
      (c->state == CLIENT_ENDED ==> p->ended > 0);

  // when the wait of c began: the arrival of c, or the last turn of its source
  // if that is later
  logic integer since{L}(struct policy *p, struct client *c) =
      p->sources[c->source].turn > c->order ? p->sources[c->source].turn :
      c->order;
  logic integer processes{L}(struct policy *p, struct client *c) =
      p->sources[c->source].processes;
  // it is the turn of a before that of b
  predicate first{L}(struct policy *p, struct client *a, struct client *b) =
      processes(p, a) < processes(p, b) ||
      processes(p, a) == processes(p, b) && (since(p, a) < since(p, b) ||
	  since(p, a) == since(p, b) && a->order < b->order);
  // a loses its process rather than b
  predicate loses{L}(struct policy *p, struct client *a, struct client *b) =
      processes(p, a) > processes(p, b) ||
      processes(p, a) == processes(p, b) && a->order < b->order;
  // no whole ClientHello came, and the process has read all that came
  predicate incomplete{L}(struct client *c) = c->state == CLIENT_RUNNING &&
      c->incomplete != 0;
*/

/* How many clients, and how many sources, the arrays must have place for. */
/*@
  requires room + 1 + slots <= SIZE_MAX;
  assigns \nothing;
  ensures \result == room + 1 + slots;
*/
size_t	policy_size(size_t slots, size_t room);

/*
 * Begin without a client.  slots and room are 1 or more; clients and sources
 * have policy_size() elements and belong to the caller.
 */
/*@
  requires \valid(p);
  assigns *p;
  ensures policy_ok(p) && p->slots == slots && p->room == room;
  ensures p->clients == clients && p->sources == sources;
  ensures p->n == p->waiting == p->processes == p->ended == 0;
*/
void	policy_init(struct policy *p, size_t slots, size_t room,
	    struct client *clients, struct client_source *sources);

/*
 * A client has come.  Sets source, order and state, and zeroes the other
 * members, which the caller sets.  After each call, policy_overflow() must be
 * asked before the next one.  Pointers to clients are good until the next
 * policy_remove().
 */
/*@
  requires policy_ok(p) && has_place(p) && \valid_read(peer);
  requires \separated(peer, p, p->sources + (0 .. p->n_sources),
      p->clients + (0 .. p->n));
  requires addr_ok(peer) && p->n < SIZE_MAX / 4;
  requires p->n_sources < SIZE_MAX && p->waiting < SIZE_MAX;
  requires p->order < UINT64_MAX;
  assigns p->clients[p->n], p->sources[0 .. p->n_sources], p->n_sources,
      p->n, p->waiting, p->order;
  ensures \result == p->clients + \old(p->n) && p->n == \old(p->n) + 1;
  ensures \result->state == CLIENT_SILENT && \result->order == \old(p->order);
  ensures \result->source < p->n_sources <= \old(p->n_sources) + 1;
  ensures p->order == \old(p->order) + 1 && p->waiting == \old(p->waiting) + 1;
*/
struct client *policy_arrive(struct policy *p, const struct addr *peer);

/* A silent client has sent something. */
/*@
  requires policy_ok(p) && a_client(p, c) && c->state == CLIENT_SILENT;
  requires counted(p, c);
  requires apart(p);
  assigns c->state, p->sources[c->source].silent, p->sources[c->source].ready;
  ensures c->state == CLIENT_READY;
*/
void	policy_speak(struct policy *p, struct client *c);

/* The client that policy_next() returned has got a process. */
/*@
  requires policy_ok(p) && a_client(p, c) && c->state == CLIENT_READY;
  requires p->processes < p->slots && counted(p, c) && p->order < UINT64_MAX;
  requires apart(p);
  assigns c->state, p->sources[c->source].ready,
      p->sources[c->source].processes, p->sources[c->source].turn,
      p->order, p->waiting, p->processes;
  ensures c->state == CLIENT_RUNNING && p->processes <= p->slots;
  ensures c->source == \old(c->source);
  ensures p->processes == \old(p->processes) + 1;
  ensures p->sources[c->source].turn == \old(p->order) < p->order;
  ensures p->sources[c->source].processes ==
      \old(p->sources[c->source].processes) + 1;
  // the other sources, and the places of all clients, stay as they are
  ensures p->sources == \old(p->sources) && p->clients == \old(p->clients);
  ensures p->n_sources == \old(p->n_sources) && p->n == \old(p->n);
  ensures p->order == \old(p->order) + 1;
  ensures \forall integer i; 0 <= i < p->n_sources && i != c->source ==>
      p->sources[i].turn == \old(p->sources[i].turn) &&
      p->sources[i].processes == \old(p->sources[i].processes);
  ensures \forall integer i; 0 <= i < p->n ==>
      p->clients[i].source == \old(p->clients[i].source) &&
      p->clients[i].order == \old(p->clients[i].order);
*/
void	policy_start(struct policy *p, struct client *c);

/* The process of a running client has been killed. */
/*@
  requires policy_ok(p) && a_client(p, c) && c->state == CLIENT_RUNNING;
  requires apart(p) && p->ended < p->n;
  assigns c->state, p->ended;
  ensures c->state == CLIENT_ENDED && p->ended == \old(p->ended) + 1;
*/
void	policy_end(struct policy *p, struct client *c);

/* A client that waits is gone, or the process of one has been reaped. */
/*@
  requires policy_ok(p) && a_client(p, c) && counted(p, c);
  requires \separated(p, c, p->sources + (0 .. p->n_sources - 1));
  assigns *c, p->sources[c->source], p->n_sources, p->n, p->waiting,
      p->processes, p->ended;
  ensures p->n == \old(p->n) - 1;
  ensures p->n_sources <= \old(p->n_sources);
  ensures p->processes + p->waiting ==
      \old(p->processes + p->waiting) - 1;
  ensures p->processes <= \old(p->processes);
*/
void	policy_remove(struct policy *p, struct client *c);

/* The client that is to get a process now, or NULL. */
/*@
  requires policy_ok(p);
  assigns \result \from p, p->clients[0 .. p->n - 1];
  ensures \result == \null ==> p->processes >= p->slots ||
      \forall integer i; 0 <= i < p->n ==>
	  p->clients[i].state != CLIENT_READY;
  ensures \result != \null ==> p->processes < p->slots &&
      a_client(p, \result) && \result->state == CLIENT_READY;
  ensures \result != \null ==> \forall integer i; 0 <= i < p->n &&
      p->clients[i].state == CLIENT_READY ==>
	  !first(p, p->clients + i, \result);
*/
struct client *policy_next(struct policy *p);

/*
 * The client whose process must be ended to free a slot, or NULL.  Each of the
 * p->ended killed processes will free one slot.  If more clients are ready than
 * p->ended: the oldest client that is done.  If no client is done, and more
 * than p->ended sources have a ready client and no process: an incomplete
 * client.  Of the incomplete clients, policy_evict() returns one whose source
 * has the most processes; among equals, the oldest.
 */
/*@
  requires policy_ok(p);
  assigns \result \from p, p->clients[0 .. p->n - 1];
  ensures \result != \null ==> p->processes >= p->slots &&
      a_client(p, \result) && \result->state == CLIENT_RUNNING;
  ensures \result != \null && \result->done == 0 ==> incomplete(\result) &&
      \exists integer i; 0 <= i < p->n_sources &&
	  p->sources[i].ready > 0 && p->sources[i].processes == 0;
  ensures \result != \null && \result->done == 0 ==>
      \forall integer i; 0 <= i < p->n && incomplete(p->clients + i) ==>
	  !loses(p, p->clients + i, \result);
*/
struct client *policy_evict(struct policy *p);

/*
 * If more clients wait than the waiting room holds: the newest one of the
 * source that has the most waiting clients.  Else NULL.
 */
/*@
  requires policy_ok(p);
  assigns \result \from p, p->clients[0 .. p->n - 1];
  ensures \result != \null ==> p->waiting > p->room && a_client(p, \result) &&
      (\result->state == CLIENT_SILENT || \result->state == CLIENT_READY);
  ensures \result != \null ==> \forall integer i; 0 <= i < p->n_sources ==>
      p->sources[i].silent + p->sources[i].ready <=
      p->sources[\result->source].silent + p->sources[\result->source].ready;
*/
struct client *policy_overflow(struct policy *p);

#endif
