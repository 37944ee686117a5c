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
#include <sys/socket.h>

#include <string.h>

#include "policy.h"

size_t
policy_size(size_t slots, size_t room)
{
	return (room + 1 + slots);
}

void
policy_init(struct policy *p, size_t slots, size_t room,
    struct client *clients, struct client_source *sources)
{
	memset(p, 0, sizeof(*p));
	p->slots = slots;
	p->room = room;
	p->clients = clients;
	p->sources = sources;
}

/*@
  requires \valid_read(c);
  assigns \nothing;
  ensures \result != 0 <==>
      c->state == CLIENT_SILENT || c->state == CLIENT_READY;
*/
static int
is_waiting(const struct client *c)
{
	return (c->state == CLIENT_SILENT || c->state == CLIENT_READY);
}

/*@
  requires \valid_read(s) && s->silent + s->ready + s->processes <= SIZE_MAX;
  assigns \nothing;
  ensures \result != 0 <==> s->silent > 0 || s->ready > 0 || s->processes > 0;
*/
static int
is_used(const struct client_source *s)
{
	return (s->silent + s->ready + s->processes > 0);
}

/* Bytes of an address that tell sources apart. */
/*@
  assigns \nothing;
  ensures \result == (family == AF_INET ? 4 : family == AF_INET6 ? 8 : 0);
*/
static size_t
source_bytes(int family)
{
	switch (family) {
	case AF_INET:
		return (4);
	case AF_INET6:
		return (8);
	default:
		return (0);	/* all unknown addresses are one source */
	}
}

/*@
  requires \valid_read(a) && \valid_read(b);
  assigns \nothing;
*/
static int
same_source(const struct addr *a, const struct addr *b)
{
	return (a->family == b->family &&
	    memcmp(a->ip, b->ip, source_bytes(a->family)) == 0);
}

/* The source of an address; a new one if it has no client. */
/*@
  requires policy_ok(p) && has_place(p) && p->n_sources < SIZE_MAX;
  requires \valid_read(addr) && \separated(addr, p,
      p->sources + (0 .. p->n_sources));
  assigns p->n_sources, p->sources[0 .. p->n_sources];
  ensures \result < p->n_sources <= \old(p->n_sources) + 1;
  ensures \result <= \old(p->n_sources);
  ensures p->sources[\result].silent <= p->n;
*/
static size_t
find_source(struct policy *p, const struct addr *addr)
{
	size_t place = p->n_sources;
	struct client_source *s;

	/*@
	  loop invariant 0 <= i <= p->n_sources && place <= p->n_sources;
	  loop assigns i, place;
	  loop variant p->n_sources - i;
	*/
	for (size_t i = 0; i < p->n_sources; i++) {
		if (!is_used(&p->sources[i]))
			place = i;
		else if (same_source(&p->sources[i].addr, addr))
			return (i);
	}
	if (place == p->n_sources)
		p->n_sources++;
	s = &p->sources[place];
	s->addr = *addr;
	s->silent = s->ready = s->processes = 0;
	s->turn = 0;
	return (place);
}

struct client *
policy_arrive(struct policy *p, const struct addr *peer)
{
	struct client *c = &p->clients[p->n];

	memset(c, 0, sizeof(*c));
	c->source = find_source(p, peer);
	c->order = p->order++;
	c->state = CLIENT_SILENT;
	p->sources[c->source].silent++;
	p->waiting++;
	p->n++;
	return (c);
}

void
policy_speak(struct policy *p, struct client *c)
{
	struct client_source *s = &p->sources[c->source];

	c->state = CLIENT_READY;
	s->silent--;
	s->ready++;
}

void
policy_start(struct policy *p, struct client *c)
{
	struct client_source *s = &p->sources[c->source];

	c->state = CLIENT_RUNNING;
	s->ready--;
	s->processes++;
	s->turn = p->order++;
	p->waiting--;
	p->processes++;
}

void
policy_end(struct policy *p, struct client *c)
{
	c->state = CLIENT_ENDED;
	p->ended++;
}

void
policy_remove(struct policy *p, struct client *c)
{
	struct client_source *s = &p->sources[c->source];

	if (is_waiting(c)) {
		if (c->state == CLIENT_SILENT)
			s->silent--;
		else
			s->ready--;
		p->waiting--;
	} else {
		if (c->state == CLIENT_ENDED)
			p->ended--;
		s->processes--;
		p->processes--;
	}
	/*@
	  loop invariant 0 <= p->n_sources <= \at(p->n_sources, Pre);
	  loop assigns p->n_sources;
	  loop variant p->n_sources;
	*/
	while (p->n_sources > 0 && !is_used(&p->sources[p->n_sources - 1]))
		p->n_sources--;
	p->n--;
	*c = p->clients[p->n];
}

/*
 * Since when c counts as waiting, in the order of events: since its arrival, or
 * since the last turn of its source, whichever is later.
 */
/*@
  requires policy_ok(p) && a_client(p, c);
  assigns \nothing;
  ensures \result == since(p, c);
*/
static uint64_t
waits_since(const struct policy *p, const struct client *c)
{
	const uint64_t turn = p->sources[c->source].turn;

	return (turn > c->order ? turn : c->order);
}

/* Is it the turn of a before that of b? */
/*@
  requires policy_ok(p) && a_client(p, a) && a_client(p, b);
  assigns \nothing;
  ensures \result != 0 <==> first(p, a, b);
*/
static int
goes_first(const struct policy *p, const struct client *a,
    const struct client *b)
{
	const size_t mine = p->sources[a->source].processes;
	const size_t others = p->sources[b->source].processes;

	if (mine != others)
		return (mine < others);
	if (waits_since(p, a) != waits_since(p, b))
		return (waits_since(p, a) < waits_since(p, b));
	return (a->order < b->order);
}

struct client *
policy_next(struct policy *p)
{
	struct client *next = NULL, *c;

	if (p->processes >= p->slots)
		return (NULL);
	/*@
	  loop invariant 0 <= i <= p->n;
	  loop invariant next == \null ==> \forall integer j; 0 <= j < i ==>
	      p->clients[j].state != CLIENT_READY;
	  loop invariant next != \null ==> a_client(p, next) &&
	      next->state == CLIENT_READY;
	  loop invariant next != \null ==> \forall integer j; 0 <= j < i &&
	      p->clients[j].state == CLIENT_READY ==>
	          !first(p, p->clients + j, next);
	  loop assigns i, c, next;
	  loop variant p->n - i;
	*/
	for (size_t i = 0; i < p->n; i++) {
		c = &p->clients[i];
		if (c->state == CLIENT_READY &&
		    (next == NULL || goes_first(p, c, next)))
			next = c;
	}
	return (next);
}

/*@
  requires policy_ok(p);
  assigns \result \from p, p->clients[0 .. p->n - 1];
  ensures \result != \null ==> a_client(p, \result) &&
      \result->state == CLIENT_RUNNING && \result->done != 0;
*/
static struct client *
oldest_done(struct policy *p)
{
	struct client *oldest = NULL;

	/*@
	  loop invariant 0 <= i <= p->n;
	  loop invariant oldest != \null ==> a_client(p, oldest) &&
	      oldest->state == CLIENT_RUNNING && oldest->done != 0;
	  loop assigns i, oldest;
	  loop variant p->n - i;
	*/
	for (size_t i = 0; i < p->n; i++)
		if (p->clients[i].state == CLIENT_RUNNING &&
		    p->clients[i].done &&
		    (oldest == NULL || p->clients[i].order < oldest->order))
			oldest = &p->clients[i];
	return (oldest);
}

/* Is c evicted before the client other? */
/*@
  requires policy_ok(p) && a_client(p, c) && a_client(p, other);
  assigns \nothing;
  ensures \result != 0 <==> loses(p, c, other);
*/
static int
is_evicted_before(const struct policy *p, const struct client *c,
    const struct client *other)
{
	const size_t mine = p->sources[c->source].processes;
	const size_t others = p->sources[other->source].processes;

	return (mine != others ? mine > others : c->order < other->order);
}

/*@
  requires policy_ok(p);
  assigns \result \from p, p->clients[0 .. p->n - 1];
  ensures \result != \null ==> a_client(p, \result) &&
      incomplete(\result) && \forall integer i; 0 <= i < p->n &&
      incomplete(p->clients + i) ==> !loses(p, p->clients + i, \result);
*/
static struct client *
first_incomplete(struct policy *p)
{
	struct client *first = NULL, *c;

	/*@
	  loop invariant 0 <= i <= p->n;
	  loop invariant first != \null ==> a_client(p, first) &&
	      incomplete(first);
	  loop invariant \forall integer j; 0 <= j < i &&
	      incomplete(p->clients + j) ==>
	          first != \null && !loses(p, p->clients + j, first);
	  loop assigns i, c, first;
	  loop variant p->n - i;
	*/
	for (size_t i = 0; i < p->n; i++) {
		c = &p->clients[i];
		if (c->state == CLIENT_RUNNING && c->incomplete &&
		    (first == NULL || is_evicted_before(p, c, first)))
			first = c;
	}
	return (first);
}

struct client *
policy_evict(struct policy *p)
{
	struct client *done;
	size_t ready = 0, sources_without = 0;

	if (p->processes < p->slots)
		return (NULL);
	/*@
	  loop invariant 0 <= i <= p->n_sources;
	  loop invariant ready <= p->ended + p->n && sources_without <= i;
	  loop invariant sources_without > 0 ==>
	      \exists integer j; 0 <= j < i &&
	      p->sources[j].ready > 0 && p->sources[j].processes == 0;
	  loop assigns i, ready, sources_without;
	  loop variant p->n_sources - i;
	*/
	for (size_t i = 0; i < p->n_sources; i++) {
		/*
		 * Below, ready is only compared with p->ended, so stop there.
		 * The bound is for the prover.
		 */
		if (ready <= p->ended)
			ready += p->sources[i].ready;
		if (p->sources[i].ready > 0 && p->sources[i].processes == 0)
			sources_without++;
	}
	/*
	 * Each killed process will free a slot for one ready client.  End
	 * another process only if more clients are ready than processes were
	 * killed.  End the process of an incomplete client only if more sources
	 * without a process are ready than processes were killed.
	 */
	if (ready > p->ended && (done = oldest_done(p)) != NULL)
		return (done);
	return (sources_without > p->ended ? first_incomplete(p) : NULL);
}

/*@
  requires policy_ok(p) && source < p->n_sources;
  assigns \nothing;
  ensures \result == p->sources[source].silent + p->sources[source].ready;
*/
static size_t
waiting_of(const struct policy *p, size_t source)
{
	return (p->sources[source].silent + p->sources[source].ready);
}

struct client *
policy_overflow(struct policy *p)
{
	struct client *newest = NULL, *c;
	size_t most = 0;

	if (p->waiting <= p->room)
		return (NULL);
	/*@
	  loop invariant 0 <= i <= p->n_sources;
	  loop invariant \forall integer j; 0 <= j < i ==>
	      p->sources[j].silent + p->sources[j].ready <= most;
	  loop assigns i, most;
	  loop variant p->n_sources - i;
	*/
	for (size_t i = 0; i < p->n_sources; i++)
		if (waiting_of(p, i) > most)
			most = waiting_of(p, i);
	/*@
	  loop invariant 0 <= i <= p->n;
	  loop invariant newest != \null ==> a_client(p, newest) &&
	      (newest->state == CLIENT_SILENT ||
	          newest->state == CLIENT_READY) &&
	      p->sources[newest->source].silent +
	          p->sources[newest->source].ready == most;
	  loop assigns i, c, newest;
	  loop variant p->n - i;
	*/
	for (size_t i = 0; i < p->n; i++) {
		c = &p->clients[i];
		if (is_waiting(c) && waiting_of(p, c->source) == most &&
		    (newest == NULL || c->order > newest->order))
			newest = c;
	}
	return (newest);
}
