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
/* policy: who gets a process, whose process is ended, who is turned away. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../policy.h"

#define SIZE	64

static struct policy p;
static struct client clients[SIZE];
static struct client_source sources[SIZE];

static void
begin(size_t slots, size_t room)
{
	assert_true(policy_size(slots, room) <= SIZE);
	policy_init(&p, slots, room, clients, sources);
}

/* The tests name a client by a number, which is kept as its descriptor. */
static struct client *
client(int id)
{
	for (size_t i = 0; i < p.n; i++)
		if (p.clients[i].fd == id)
			return (&p.clients[i]);
	fail_msg("there is no client %d", id);
	return (NULL);
}

static int
id_of(const struct client *c)
{
	return (c == NULL ? 0 : c->fd);
}

static void
arrive(int id, const char *ip)
{
	struct addr a;

	assert_int_equal(addr_from_text(&a, ip, "1"), ip[0] == '\0' ? -1 : 0);
	policy_arrive(&p, &a)->fd = id;
}

static void
ready(int id, const char *ip)
{
	arrive(id, ip);
	policy_speak(&p, client(id));
}

static void
running(int id, const char *ip)
{
	ready(id, ip);
	policy_start(&p, client(id));
}

static void
incomplete(int id, const char *ip)
{
	running(id, ip);
	client(id)->incomplete = 1;
}

static int
next(void)
{
	struct client *c = policy_next(&p);
	const int id = id_of(c);

	if (c != NULL)
		policy_start(&p, c);
	return (id);
}

static int
evict(void)
{
	struct client *c = policy_evict(&p);

	if (c != NULL)
		policy_end(&p, c);
	return (id_of(c));
}

static void
gone(int id)
{
	policy_remove(&p, client(id));
}

#define A	"192.0.2.1"
#define B	"192.0.2.2"
#define C	"2001:db8::1"

static void
test_sources(void **state)
{
	static const struct {
		const char	*name;
		const char	*one, *other;
		int		 same;
	} table[] = {
		{ "one IPv4 address", A, A, 1 },
		{ "two IPv4 addresses", A, B, 0 },
		{ "one /64", "2001:db8::1", "2001:db8::ffff:2", 1 },
		{ "two /64", "2001:db8::1", "2001:db8:0:1::1", 0 },
		{ "IPv4 and IPv6", "192.0.2.1", "2001:db8::1", 0 },
		{ "unknown addresses", "", "", 1 },
		{ "known and unknown", A, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		begin(1, 10);
		arrive(1, table[i].one);
		arrive(2, table[i].other);
		if ((client(1)->source == client(2)->source) != table[i].same)
			fail_msg("%s", table[i].name);
	}
}

static void
test_silence_gets_no_process(void **state)
{
	(void)state;
	begin(2, 10);
	arrive(1, A);
	assert_int_equal(next(), 0);
	ready(2, B);
	assert_int_equal(next(), 2);
	assert_int_equal(next(), 0);
	policy_speak(&p, client(1));
	assert_int_equal(next(), 1);
}

static void
test_oldest_first(void **state)
{
	(void)state;
	begin(4, 10);
	for (int id = 1; id <= 5; id++)
		ready(id, A);
	gone(2);	/* the last one takes its place in the array */
	assert_int_equal(next(), 1);
	assert_int_equal(next(), 3);
	assert_int_equal(next(), 4);
	assert_int_equal(next(), 5);
}

static void
test_fewest_processes_first(void **state)
{
	(void)state;
	begin(10, 10);
	running(1, A);
	running(2, A);
	running(3, B);
	ready(4, A);
	ready(5, B);
	ready(6, C);
	assert_int_equal(next(), 6);	/* 0 against 2 and 1 */
	assert_int_equal(next(), 5);	/* 1 against 2 */
	assert_int_equal(next(), 4);
}

/* A source that loses its process again and again does not push ahead. */
static void
test_turns(void **state)
{
	(void)state;
	begin(1, 10);
	ready(1, A);
	ready(2, A);
	ready(3, A);
	ready(4, B);
	assert_int_equal(next(), 1);
	gone(1);
	assert_int_equal(next(), 4);	/* though 2 and 3 are older */
	gone(4);
	ready(5, C);
	assert_int_equal(next(), 2);	/* C came after the turn of A */
	gone(2);
	assert_int_equal(next(), 5);
}

static void
test_slots(void **state)
{
	(void)state;
	begin(2, 10);
	for (int id = 1; id <= 3; id++)
		ready(id, A);
	assert_int_equal(next(), 1);
	assert_int_equal(next(), 2);
	assert_int_equal(next(), 0);
	/* a killed process keeps its slot until it is reaped */
	policy_end(&p, client(1));
	assert_int_equal(next(), 0);
	gone(1);
	assert_int_equal(next(), 3);
}

static void
test_evict(void **state)
{
	(void)state;
	begin(4, 10);
	running(1, A);
	incomplete(2, A);
	incomplete(3, A);
	ready(9, B);
	assert_int_equal(evict(), 0);	/* a slot is free */
	gone(9);
	incomplete(4, B);
	assert_int_equal(evict(), 0);	/* no client waits */
	arrive(5, C);
	assert_int_equal(evict(), 0);	/* a silent one does not count */
	ready(6, A);
	ready(7, B);
	assert_int_equal(evict(), 0);	/* both sources have processes */
	policy_speak(&p, client(5));
	assert_int_equal(evict(), 2);	/* the oldest one of A, which has 3 */
	assert_int_equal(evict(), 0);	/* one source, one slot */
	gone(2);
	assert_int_equal(next(), 5);
}

static void
test_evict_spares_hello(void **state)
{
	(void)state;
	begin(2, 10);
	incomplete(1, A);
	client(1)->incomplete = 0;	/* the rest has come */
	running(2, A);			/* has not yet read what came */
	ready(3, B);
	assert_int_equal(evict(), 0);
	client(2)->incomplete = 1;
	assert_int_equal(evict(), 2);
}

static void
test_evict_done_first(void **state)
{
	(void)state;
	begin(3, 10);
	incomplete(1, A);
	running(2, A);
	running(3, B);
	client(2)->done = 1;
	client(3)->done = 1;
	assert_int_equal(evict(), 0);	/* no client waits */
	ready(4, A);
	assert_int_equal(evict(), 2);	/* also for a source with processes */
	assert_int_equal(evict(), 0);	/* its slot is for 4 */
	ready(5, C);
	assert_int_equal(evict(), 3);
	assert_int_equal(evict(), 0);
	ready(6, "192.0.2.3");		/* two sources without a process, */
	assert_int_equal(evict(), 0);	/* two slots */
}

static void
test_overflow(void **state)
{
	(void)state;
	begin(1, 4);
	arrive(1, A);
	ready(2, B);
	arrive(3, B);
	arrive(4, C);
	assert_int_equal(id_of(policy_overflow(&p)), 0);
	arrive(5, A);	/* A and B have two each: the newest of them */
	assert_int_equal(id_of(policy_overflow(&p)), 5);
	gone(5);
	ready(6, B);
	arrive(7, "192.0.2.3");
	assert_int_equal(id_of(policy_overflow(&p)), 6);	/* B has 3 */
	gone(6);
	assert_int_equal(id_of(policy_overflow(&p)), 3);	/* B still has 2 */
}

/* One each: the one that has just come finds no room. */
static void
test_overflow_equals(void **state)
{
	(void)state;
	begin(1, 2);
	arrive(1, A);
	arrive(2, B);
	arrive(3, C);
	assert_int_equal(id_of(policy_overflow(&p)), 3);
}

/* What has a process does not count against the waiting room. */
static void
test_room_is_for_waiting(void **state)
{
	(void)state;
	begin(2, 1);
	running(1, A);
	running(2, A);
	arrive(3, A);
	assert_int_equal(id_of(policy_overflow(&p)), 0);
	arrive(4, B);
	assert_int_equal(id_of(policy_overflow(&p)), 4);
}

/* The same numbers each time, on every system. */
static unsigned int
number(unsigned int below)
{
	static uint32_t x = 1;

	x = x * 1664525 + 1013904223;
	return ((unsigned int)(x >> 16) % below);
}

static void
check_counts(void)
{
	size_t waiting = 0, processes = 0, ended = 0;

	for (size_t i = 0; i < p.n; i++) {
		if (p.clients[i].state == CLIENT_ENDED)
			ended++;
		if (p.clients[i].state == CLIENT_SILENT ||
		    p.clients[i].state == CLIENT_READY)
			waiting++;
		else
			processes++;
	}
	assert_int_equal(waiting, p.waiting);
	assert_int_equal(processes, p.processes);
	assert_int_equal(ended, p.ended);
	assert_true(p.processes <= p.slots);
	assert_true(p.waiting <= p.room);
	assert_true(p.n_sources <= policy_size(p.slots, p.room));
}

/*
 * 16 sources come, speak, are served and go at random: counts stay right, no
 * slot too many is used, a hello is never ended, and a source that waits
 * without a process is passed over at most once by each other source.
 */
static void
test_random(void **state)
{
	char ip[32];
	int id = 1, passed[16] = { 0 };

	(void)state;
	begin(5, 40);
	for (int step = 0; step < 200000; step++) {
		struct client *c = p.n > 0 ? &p.clients[number(
		    (unsigned int)p.n)] : NULL;

		switch (number(4)) {
		case 0:
			snprintf(ip, sizeof(ip), "192.0.2.%u", number(16));
			arrive(id++, ip);
			if ((c = policy_overflow(&p)) != NULL)
				policy_remove(&p, c);
			assert_null(policy_overflow(&p));
			break;
		case 1:
			if (c != NULL && c->state == CLIENT_SILENT)
				policy_speak(&p, c);
			break;
		case 2:
			if (c != NULL && c->state == CLIENT_RUNNING)
				c->incomplete = (int)number(2);
			break;
		default:
			if (c != NULL && c->state != CLIENT_READY)
				policy_remove(&p, c);
		}
		while ((c = policy_next(&p)) != NULL) {
			assert_int_equal(c->state, CLIENT_READY);
			policy_start(&p, c);
			for (size_t i = 0; i < p.n_sources; i++) {
				const struct client_source *s = &p.sources[i];

				if (i == c->source || s->ready == 0 ||
				    s->processes > 0)
					passed[s->addr.ip[3]] = 0;
				else
					assert_true(++passed[s->addr.ip[3]] <=
					    15);
			}
		}
		while ((c = policy_evict(&p)) != NULL) {
			assert_int_equal(c->state, CLIENT_RUNNING);
			assert_true(c->incomplete || c->done);
			policy_end(&p, c);
		}
		check_counts();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_silence_gets_no_process),
		cmocka_unit_test(test_oldest_first),
		cmocka_unit_test(test_fewest_processes_first),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_evict),
		cmocka_unit_test(test_evict_spares_hello),
		cmocka_unit_test(test_evict_done_first),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_overflow_equals),
		cmocka_unit_test(test_room_is_for_waiting),
		cmocka_unit_test(test_random),
	};

	return (cmocka_run_group_tests_name("policy", tests, NULL, NULL));
}
