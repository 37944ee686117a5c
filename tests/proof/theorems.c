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
 * What follows from the contracts: each function is a theorem about calls of
 * alpnd's functions, and is proven, not run.
 */
#include "hello.h"
#include "intake.h"
#include "name.h"
#include "policy.h"
#include "proxy.h"

/*
 * hello_frame(): what is decided stays decided with more bytes, and a verdict
 * does not depend on how the bytes are cut.
 */
/*@
  requires n <= m && \valid_read(buf + (0 .. m - 1));
  assigns \nothing;
  ensures \result == 1;
*/
int
verdict_is_independent_of_cuts(const uint8_t *buf, size_t n, size_t m)
{
	struct hello_frame whole = { 0 }, cut = { 0 };
	enum parse first, second, at_once;

	at_once = hello_frame(buf, m, &whole);
	first = hello_frame(buf, n, &cut);
	if (first != PARSE_MORE)
		return (first == at_once);
	second = hello_frame(buf, m, &cut);
	return (second == at_once);
}

/* A first record of a handshake is never "not TLS", whatever follows. */
/*@
  requires 2 <= n <= m && \valid_read(buf + (0 .. m - 1));
  assigns \nothing;
  ensures \result == 1;
*/
int
tls_stays_tls(const uint8_t *buf, size_t n, size_t m)
{
	struct hello_frame f = { 0 }, g = { 0 };

	if (hello_frame(buf, n, &f) == PARSE_NONE)
		return (1);
	return (hello_frame(buf, m, &g) != PARSE_NONE);
}

/*
 * proxy_parse() with more bytes, by its contract: what is decided stays
 * decided, "no header" stays "no header", and a whole signature is never "no
 * header".  For version 1 from 13 bytes on: with less, the line may still
 * become "PROXY UNKNOWN".
 */
/*@
  lemma v1_stays_decided{L}: \forall uint8_t *buf, integer n, m;
      13 <= n <= m && v1_open(buf, m) ==> v1_open(buf, n);
  lemma v2_stays_decided{L}: \forall uint8_t *buf, integer n, m;
      n <= m && v2_open(buf, m) ==> v2_open(buf, n);
  lemma none_stays_none{L}: \forall uint8_t *buf, integer n, m; n <= m ==>
      (like_v1(buf, m) ==> like_v1(buf, n)) &&
      (like_v2(buf, m) ==> like_v2(buf, n));
  lemma signature_stays{L}: \forall uint8_t *buf, integer n, m; n <= m ==>
      (is_v1(buf, n) ==> is_v1(buf, m)) && (is_v2(buf, n) ==> is_v2(buf, m));
*/

/*
 * A canonical name, validated again, is accepted and comes out as it is: form
 * has the bytes that name_canonical() writes for the host name in[0..n).
 */
/*@
  requires \valid_read(in + (0 .. n - 1)) && host_name(in, n);
  requires \valid_read(form + (0 .. n - 1));
  requires \forall integer i; 0 <= i < n ==> form[i] == lower(in[i]);
  requires \valid(again + (0 .. NAME_SIZE - 1));
  requires \separated(again + (0 .. NAME_SIZE - 1), in + (0 .. n - 1),
      form + (0 .. n - 1));
  assigns again[0 .. NAME_SIZE - 1];
  ensures \result == 0 && again[n] == '\0';
  ensures \forall integer i; 0 <= i < n ==> again[i] == form[i];
*/
int
canonical_is_a_fixed_point(const uint8_t *in, const uint8_t *form, size_t n,
    char *again)
{
	/*@
	  assert \forall integer i; 0 <= i < n ==>
	      (form[i] == '.' <==> in[i] == '.') &&
	      (form[i] == '-' <==> in[i] == '-');
	*/
	/*@
	  assert \forall integer i; 0 <= i < n ==>
	      (name_byte(form[i]) <==> name_byte(in[i])) &&
	      (digit(form[i]) <==> digit(in[i]));
	*/
	/*@
	  assert \forall integer b, e; piece(form, n, b, e) ==>
	      piece(in, n, b, e);
	*/
	/*@
	  assert \forall integer b, e; 0 <= b <= e <= n && label(in, b, e) ==>
	      label(form, b, e);
	*/
	/*@
	  assert \forall integer b, e; 0 <= b <= e <= n &&
	      all_digits(form, b, e) ==> all_digits(in, b, e);
	*/
	/*@
	  assert \forall integer i; 0 <= i < n ==>
	      name_byte(form[i]) || form[i] == '.';
	*/
	/*@ assert in[n - 1] == '.' ==> piece(in, n, n, n); */
	/*@ assert form[n - 1] != '.' && without_dot(form, n) == n; */
	/*@
	  assert \forall integer b, e; piece(form, n, b, e) ==>
	      label(form, b, e) && (e == n ==> !all_digits(form, b, e));
	*/
	/*@ assert host_name(form, n); */
	/*@
	  assert \forall integer i; 0 <= i < n ==> lower(form[i]) == form[i];
	*/
	return (name_canonical(form, n, again));
}

/*
 * As a file name, a canonical name leads nowhere: it has no slash and no
 * leading dot, and is not empty.
 */
/*@
  lemma no_path{L}: \forall char *s, integer n; canonical(s, n) ==>
      s[0] != '\0' && s[0] != '.' &&
      \forall integer i; 0 <= i < n ==> s[i] != '/' && s[i] != '\0';
*/

/* A connection whose verdict is "serve" has a name that is safe to open. */
/*@
  requires \valid(in) && intake_open(in) && intake_reached(in, buf, len);
  requires \valid_read(buf + (0 .. len - 1));
  requires \separated(in, buf + (0 .. len - 1));
  ensures \result == 1;
*/
int
served_name_is_safe(struct intake *in, const uint8_t *buf, size_t len)
{
	if (intake_feed(in, buf, len) != PARSE_DONE ||
	    in->reason != REASON_NONE)
		return (1);
	return (in->name[0] != '.' && in->name[0] != '/' &&
	    in->name[0] != '\0' && in->hello.acme_tls);
}

/* The server starts a process only for policy_next(); so never more than -m. */
/*@
  requires policy_ok(p) && apart(p) && p->processes <= p->slots;
  requires p->order < UINT64_MAX;
  requires \forall integer i; 0 <= i < p->n ==> counted(p, p->clients + i);
  ensures p->processes <= p->slots;
*/
void
slots_are_never_exceeded(struct policy *p)
{
	struct client *c;

	if ((c = policy_next(p)) == NULL)
		return;
	policy_start(p, c);
}

/*
 * A source that waits with a is served within one turn of the others: while it
 * waits, another source is not served twice, unless it has fewer processes.
 * For any number of calls: policy_start() makes "had_turn" true of the source
 * that it serves, and leaves it true of each other one; and while it is true of
 * a source, policy_next() does not choose it.  No other function sets a turn,
 * but policy_arrive() for a source that has no client left: its new client is
 * younger than a.
 */
/*@
  // s was served since a client of source own came that has the given order
  // and since the last turn of own, and has as many processes
  predicate had_turn{L}(struct policy *p, integer order, integer own,
      integer s) = s != own && p->sources[s].turn > order &&
      p->sources[s].turn > p->sources[own].turn &&
      p->sources[s].processes >= p->sources[own].processes;
*/
/*@
  requires policy_ok(p) && a_client(p, a) && a->state == CLIENT_READY;
  requires s < p->n_sources && had_turn(p, a->order, a->source, s);
  assigns \nothing;
  ensures \result == 1;
*/
int
no_source_has_two_turns(struct policy *p, const struct client *a, size_t s)
{
	const struct client *c = policy_next(p);

	return (c == NULL || c->source != s);
}

/*@
  requires policy_ok(p) && apart(p) && a_client(p, c);
  requires c->state == CLIENT_READY && counted(p, c);
  requires p->processes < p->slots && p->order < UINT64_MAX;
  requires other == c->source && own != other && own < p->n_sources;
  // the client came before now, and so did the last turn of its source
  requires order < p->order && p->sources[own].turn < p->order;
  requires p->sources[own].processes <= p->sources[other].processes + 1;
  requires s < p->n_sources && had_turn(p, order, own, s);
  // had_turn() of other, and of s
  ensures p->sources[other].turn > order &&
      p->sources[other].turn > p->sources[own].turn &&
      p->sources[other].processes >= p->sources[own].processes;
  ensures p->sources[s].turn > order &&
      p->sources[s].turn > p->sources[own].turn &&
      p->sources[s].processes >= p->sources[own].processes;
  ensures order < p->order && p->sources[own].turn < p->order;
*/
void
turns_are_kept(struct policy *p, struct client *c, uint64_t order, size_t own,
    size_t other, size_t s)
{
	/*@ assert other < p->n_sources; */
	policy_start(p, c);
	/*@ assert c->source == other; */
	/*@
	  assert p->sources[own].processes ==
	      \at(p->sources[own].processes, Pre) &&
	      p->sources[own].turn == \at(p->sources[own].turn, Pre);
	*/
	/*@
	  assert p->sources[other].processes ==
	      \at(p->sources[other].processes, Pre) + 1 &&
	      p->sources[other].turn == \at(p->order, Pre);
	*/
	/*@
	  assert s != other ==> p->sources[s].processes ==
	      \at(p->sources[s].processes, Pre) &&
	      p->sources[s].turn == \at(p->sources[s].turn, Pre);
	*/
}
