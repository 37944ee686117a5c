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
 * No use of an unset value: Frama-C's Eva runs main() for all values of any at
 * once, and prove.py fails if a value may be read that was never set, or if a
 * check may be false.  The checks say that each output is set on each path.
 * Eva sees the program without its contracts.
 */
#include <netinet/in.h>

#include <limits.h>
#include <string.h>

#include "event.h"
#include "hello.h"
#include "intake.h"
#include "name.h"
#include "policy.h"
#include "proxy.h"

/*@
  predicate cursor_set{L}(struct cursor *c) =
      \initialized(&c->p) && \initialized(&c->len);
  predicate addr_set{L}(struct addr *a) = \initialized(&a->family) &&
      \initialized(&a->ip[0 .. 15]) && \initialized(&a->port);
  predicate frame_set{L}(struct hello_frame *f) = \initialized(&f->off) &&
      \initialized(&f->have) && \initialized(&f->want) &&
      \initialized(&f->head) && \initialized(&f->why);
  predicate hello_set{L}(struct hello *h) =
      \initialized(&h->legacy_version) && \initialized(&h->tls12) &&
      \initialized(&h->tls13) && \initialized(&h->has_sni) &&
      \initialized(&h->sni_len) &&
      \initialized(&h->sni[0 .. HELLO_SNI_KEPT - 1]) &&
      \initialized(&h->has_alpn) && \initialized(&h->acme_tls) &&
      \initialized(&h->why);
  predicate proxy_set{L}(struct proxy *p) = \initialized(&p->version) &&
      \initialized(&p->local) && addr_set(&p->client) &&
      \initialized(&p->why);
  predicate intake_set{L}(struct intake *in) = \initialized(&in->mode) &&
      \initialized(&in->phase) && proxy_set(&in->proxy) &&
      \initialized(&in->tls_off) && frame_set(&in->frame) &&
      \initialized(&in->whole) && hello_set(&in->hello) &&
      \initialized(&in->name[0]) && \initialized(&in->reason) &&
      \initialized(&in->why);
  predicate policy_set{L}(struct policy *p) = \initialized(&p->slots) &&
      \initialized(&p->room) && \initialized(&p->clients) &&
      \initialized(&p->n) && \initialized(&p->sources) &&
      \initialized(&p->n_sources) && \initialized(&p->waiting) &&
      \initialized(&p->processes) && \initialized(&p->ended) &&
      \initialized(&p->order);
*/

#define CLIENTS	64

/* each time another value */
volatile size_t any;

static uint8_t input[INTAKE_MAX];
static char text[1024];

/* dst is set only for an address. */
int
inet_pton(int af, const char *src, uint8_t *dst)
{
	(void)src;
	if (any)
		return (0);
	memset(dst, (int)any, af == AF_INET ? 4 : 16);
	return (1);
}

const char *
inet_ntop(int af, const uint8_t *src, char *dst, socklen_t size)
{
	(void)af;
	(void)src;
	(void)size;
	memset(dst, (int)any, INET6_ADDRSTRLEN);
	return (dst);
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return (x[i] < y[i] ? -1 : 1);
	return (0);
}

static size_t
up_to(size_t max)
{
	const size_t n = any;

	return (n <= max ? n : max);
}

static void
cursors(void)
{
	struct cursor c, out, vector;
	uint32_t n;

	c.p = input;
	c.len = up_to(sizeof(input));
	cursor_uint(&c, 1 + up_to(3), &n);
	/*@ check cursor_set(&c) && \initialized(&n); */
	cursor_take(&c, any, &out);
	/*@ check cursor_set(&c) && cursor_set(&out); */
	cursor_vector(&c, 1 + up_to(2), &vector);
	/*@ check cursor_set(&c) && cursor_set(&vector); */
	cursor_is(c, "acme-tls/1", 10);
}

static void
names(void)
{
	char out[NAME_SIZE];

	name_canonical(input, up_to(sizeof(input)), out);
	/*@ check \initialized(&out[0]); */
}

static void
hellos(void)
{
	static uint8_t message[HELLO_MAX];
	struct hello_frame f = { 0 };
	struct hello h, cleared;

	while (hello_frame(input, up_to(sizeof(input)), &f) == PARSE_MORE)
		continue;
	/*@ check frame_set(&f); */
	hello_join(input, &f, message);
	hello_parse(input, up_to(sizeof(input)), &h);
	/*@ check hello_set(&h); */
	hello_clear(&cleared);
	/*@ check hello_set(&cleared); */
}

static void
addresses(void)
{
	struct addr a, b, c, d;
	struct sockaddr_storage ss;
	char buf[ADDR_STRLEN];
	uint16_t port;

	memset(&ss, (int)any, sizeof(ss));
	addr_from_sockaddr(&a, &ss);
	/*@ check addr_set(&a); */
	addr_from_text(&b, text, any ? text : NULL);
	/*@ check addr_set(&b); */
	addr_of_peer(&c, 0);
	/*@ check addr_set(&c); */
	addr_clear(&d);
	/*@ check addr_set(&d); */
	addr_set(&d, any ? AF_INET : AF_INET6, input);
	port_parse(text, &port);
	/*@ check \initialized(&port); */
	addr_format(&b, buf);
	/*@ check \initialized(&buf[0]); */
}

static void
proxies(void)
{
	struct proxy out;
	size_t used;
	int version;

	proxy_signature(input, up_to(sizeof(input)), &version);
	/*@ check \initialized(&version); */
	proxy_parse(input, up_to(sizeof(input)), &out, &used);
	/*@ check proxy_set(&out) && \initialized(&used); */
}

static void
intakes(void)
{
	struct intake in;

	intake_init(&in, any ? PROXY_AUTO : any ? PROXY_REQUIRE : PROXY_OFF);
	/*@ check intake_set(&in); */
	while (intake_feed(&in, input, up_to(sizeof(input))) == PARSE_MORE)
		continue;
	/*@ check intake_set(&in); */
}

static void
events(void)
{
	struct event e;
	char line[EVENT_LINE_SIZE], subject[EVENT_LINE_SIZE],
	    name[EVENT_LINE_SIZE];

	e.result = (enum result)up_to(RESULT_ERROR);
	e.reason = (enum reason)up_to(REASON_FALLBACK);
	e.name = any ? input : NULL;
	e.name_len = up_to(sizeof(input));
	addr_clear(&e.client);
	addr_from_text(&e.peer, text, text);
	e.tls = any ? text : NULL;
	e.cipher = any ? text : NULL;
	e.ms = (long)any;
	e.detail = any ? text : NULL;
	e.count = up_to(LONG_MAX);
	reason_alert(e.reason);
	event_format(&e, line);
	/*@ check \initialized(&line[0]); */
	event_subject(&e, subject);
	/*@ check \initialized(&subject[0]); */
	event_name(&e, name);
	/*@ check \initialized(&name[0]); */
}

/* The members of a client that the policy does not set are set by server.c. */
static void
policies(void)
{
	static struct client clients[CLIENTS];
	static struct client_source sources[CLIENTS];
	struct policy p;
	struct client *c;
	struct addr peer;

	policy_init(&p, up_to(CLIENTS), up_to(CLIENTS), clients, sources);
	/*@ check policy_set(&p); */
	policy_size(p.slots, p.room);
	while (any) {
		addr_from_text(&peer, text, text);
		c = policy_arrive(&p, &peer);
		c->incomplete = (int)any;
		c->done = (int)any;
		if (any)
			policy_speak(&p, c);
		if ((c = policy_overflow(&p)) != NULL)
			policy_remove(&p, c);
		if ((c = policy_next(&p)) != NULL)
			policy_start(&p, c);
		if ((c = policy_evict(&p)) != NULL)
			policy_end(&p, c);
		if (any)
			policy_remove(&p, clients + up_to(CLIENTS - 1));
	}
	/*@ check policy_set(&p); */
}

int
main(void)
{
	memset(input, (int)any, sizeof(input));
	memset(text, (int)any, sizeof(text));
	text[sizeof(text) - 1] = '\0';
	cursors();
	names();
	hellos();
	addresses();
	proxies();
	intakes();
	events();
	policies();
	return (0);
}
