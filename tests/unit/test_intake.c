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
 * intake_feed: PROXY header and hello together, however they are cut; the
 * decision and its alert for every mode of -p.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../intake.h"
#include "tsv.h"

static struct tsv_row *hellos, *proxies;
static size_t n_hellos, n_proxies;

static const struct tsv_row *
find(const struct tsv_row *table, size_t rows, const char *name)
{
	for (size_t i = 0; i < rows; i++)
		if (strcmp(table[i].col[0], name) == 0)
			return (&table[i]);
	fail_msg("no vector %s", name);
	return (NULL);
}

static uint8_t *
join(const struct tsv_row *a, const struct tsv_row *b, size_t *len)
{
	size_t n = a == NULL ? 0 : a->len, m = b == NULL ? 0 : b->len;
	uint8_t *p = malloc(n + m + 1);

	assert_non_null(p);
	if (n > 0)
		memcpy(p, a->bytes, n);
	if (m > 0)
		memcpy(p + n, b->bytes, m);
	*len = n + m;
	return (p);
}

/* Feed in steps; returns what was answered first that is not "more". */
static enum parse
feed(struct intake *in, enum proxy_mode mode, const uint8_t *buf, size_t len,
    size_t first, size_t step)
{
	enum parse r = PARSE_MORE;

	intake_init(in, mode);
	for (size_t n = first; r == PARSE_MORE; n += step) {
		r = intake_feed(in, buf, n < len ? n : len);
		if (n >= len)
			break;
	}
	return (r);
}

static void
same_decision(const struct intake *a, const struct intake *b)
{
	assert_int_equal(a->phase, b->phase);
	assert_int_equal(a->reason, b->reason);
	assert_ptr_equal(a->why, b->why);
	assert_int_equal(a->tls_off, b->tls_off);
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->proxy.client.family, b->proxy.client.family);
	assert_int_equal(a->proxy.client.port, b->proxy.client.port);
}

/* Every hello behind no header, v1 and v2, cut everywhere in two. */
static void
test_cuts(void **state)
{
	const struct tsv_row *headers[] = { NULL,
	    find(proxies, n_proxies, "spec-v1-tcp6-max-104"),
	    find(proxies, n_proxies, "spec-v2-local-empty") };
	struct intake whole, cut;
	size_t len, step;
	uint8_t *buf;
	enum parse r;

	(void)state;
	for (size_t i = 0; i < n_hellos; i++) {
		for (size_t h = 0; h < 3; h++) {
			buf = join(headers[h], &hellos[i], &len);
			r = feed(&whole, PROXY_AUTO, buf, len, len, 1);
			step = len > 1000 ? 101 : 7;
			for (size_t n = 0; n < len; n += step) {
				assert_int_equal(feed(&cut, PROXY_AUTO, buf,
				    len, n, len), r);
				same_decision(&whole, &cut);
			}
			assert_int_equal(feed(&cut, PROXY_AUTO, buf, len, 0,
			    len > 4000 ? 7 : 1), r);
			same_decision(&whole, &cut);
			free(buf);
		}
	}
}

/* After a header the beginning of another one waits for the rest. */
static void
test_second_header(void **state)
{
	static const struct {
		const char	*rest;
		size_t		 len;
		enum parse	 r;
		enum reason	 reason;
	} table[] = {
		{ "P", 1, PARSE_MORE, REASON_NONE },
		{ "PROXY", 5, PARSE_MORE, REASON_NONE },
		{ "PROXY ", 6, PARSE_DONE, REASON_PROXY },
		{ "PROXY x", 7, PARSE_DONE, REASON_PROXY },
		{ "PROXX", 5, PARSE_DONE, REASON_NOT_TLS },
		{ "\r\n\r\n\0\r\nQUIT", 11, PARSE_MORE, REASON_NONE },
		{ "\r\n\r\n\0\r\nQUIT\n", 12, PARSE_DONE, REASON_PROXY },
		{ "\r\n\r\n\r\n", 6, PARSE_DONE, REASON_NOT_TLS },
	};
	static const char head[] = "PROXY UNKNOWN\r\n";
	uint8_t buf[64];
	struct intake in;
	size_t len;

	(void)state;
	memcpy(buf, head, sizeof(head) - 1);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		memcpy(buf + sizeof(head) - 1, table[i].rest, table[i].len);
		len = sizeof(head) - 1 + table[i].len;
		assert_int_equal(feed(&in, PROXY_AUTO, buf, len, 0, 1),
		    table[i].r);
		assert_int_equal(in.reason, table[i].reason);
		if (table[i].reason == REASON_PROXY)
			assert_string_equal(in.why, "second PROXY header");
	}
}

/* A mapped IPv4 client is logged as IPv4; the destination does not matter. */
static void
test_clients(void **state)
{
	static const struct {
		const char *line, *want;
	} table[] = {
		{ "TCP4 192.0.2.7 192.0.2.1 4711 443", "192.0.2.7:4711" },
		{ "TCP6 ::ffff:192.0.2.7 ::1 4711 443", "192.0.2.7:4711" },
		{ "TCP6 ::fffe:192.0.2.7 ::1 1 443", "[::fffe:c000:207]:1" },
		{ "TCP6 2001:db8::7 192.0.2.1 1 443", "[2001:db8::7]:1" },
		{ "TCP4 192.0.2.7 2001:db8::1 1 443", "192.0.2.7:1" },
		{ "TCP4 192.0.2.7 unix:/run/x.sock 4711 0", "192.0.2.7:4711" },
		{ "TCP4 192.0.2.7 ? 4711 443", "192.0.2.7:4711" },
		{ "TCP4 192.0.2.7  4711 443", NULL },
		{ "TCP4 192.0.2.7 192.0.2.1 4711", NULL },
		{ "TCP4 192.0.2.7 192.0.2.1 4711 0443", NULL },
		{ "TCP4 192.0.2.7 unix:/a b 4711 0", NULL },
		{ "TCP4 192.0.2.7 unix:/a\tb 4711 0", NULL },
		{ "TCP4 ::ffff:192.0.2.7 192.0.2.1 4711 443", NULL },
	};
	char buf[PROXY_V1_MAX + 1], addr[ADDR_STRLEN];
	struct proxy p;
	size_t used, n;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		n = (size_t)snprintf(buf, sizeof(buf), "PROXY %s\r\n",
		    table[i].line);
		assert_int_equal(proxy_parse((const uint8_t *)buf, n, &p,
		    &used), table[i].want == NULL ? PARSE_BAD : PARSE_DONE);
		assert_string_equal(addr_format(&p.client, addr),
		    table[i].want == NULL ? "" : table[i].want);
	}
}

static void
test_modes(void **state)
{
	const struct tsv_row *good = find(hellos, n_hellos, "alpn:acme-only"),
	    *v1 = find(proxies, n_proxies, "spec-v1-tcp4-max-56"),
	    *v2 = find(proxies, n_proxies, "spec-v2-tcp4-tlv-64k");
	const struct {
		enum proxy_mode		 mode;
		const struct tsv_row	*header, *hello;
		enum reason		 reason;
	} table[] = {
		{ PROXY_AUTO, NULL, good, REASON_NONE },
		{ PROXY_AUTO, v1, good, REASON_NONE },
		{ PROXY_AUTO, v2, good, REASON_NONE },
		{ PROXY_REQUIRE, NULL, good, REASON_PROXY },
		{ PROXY_REQUIRE, v1, good, REASON_NONE },
		{ PROXY_REQUIRE, v2, good, REASON_NONE },
		{ PROXY_OFF, NULL, good, REASON_NONE },
		{ PROXY_OFF, v1, good, REASON_PROXY },
		{ PROXY_OFF, v2, good, REASON_PROXY },
		{ PROXY_AUTO, v1, v1, REASON_PROXY },
		{ PROXY_AUTO, v1, v2, REASON_PROXY },
		{ PROXY_REQUIRE, v2, v1, REASON_PROXY },
		{ PROXY_AUTO, v2, v2, REASON_PROXY },
		{ PROXY_AUTO, v2, find(hellos, n_hellos, "frame:http"),
		    REASON_NOT_TLS },
		{ PROXY_AUTO, NULL, find(proxies, n_proxies,
		    "spec-none-text"), REASON_NOT_TLS },
		{ PROXY_REQUIRE, NULL, find(proxies, n_proxies,
		    "spec-none-text"), REASON_PROXY },
		{ PROXY_AUTO, NULL, find(proxies, n_proxies,
		    "spec-v1-octet-256"), REASON_PROXY },
		{ PROXY_AUTO, NULL, find(hellos, n_hellos, "frame:http"),
		    REASON_NOT_TLS },
		{ PROXY_AUTO, v1, find(hellos, n_hellos, "alpn:absent"),
		    REASON_ALPN },
		{ PROXY_AUTO, NULL, find(hellos, n_hellos, "alpn:nul"),
		    REASON_ALPN },
		{ PROXY_AUTO, v1, find(hellos, n_hellos, "sni:only-type1"),
		    REASON_NO_NAME },
		{ PROXY_AUTO, v1, find(hellos, n_hellos, "sni:slash"),
		    REASON_BAD_NAME },
		{ PROXY_AUTO, v1, find(hellos, n_hellos, "sni:16000"),
		    REASON_BAD_NAME },
		{ PROXY_AUTO, v1, find(hellos, n_hellos, "alpn:empty-list"),
		    REASON_BAD_HELLO },
	};
	struct intake in;
	size_t len;
	uint8_t *buf;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		buf = join(table[i].header, table[i].hello, &len);
		assert_int_equal(feed(&in, table[i].mode, buf, len, len, 1),
		    PARSE_DONE);
		assert_string_equal(reason_name(in.reason),
		    reason_name(table[i].reason));
		free(buf);
	}
}

static void
test_alerts(void **state)
{
	(void)state;
	assert_int_equal(reason_alert(REASON_ALPN), 120);
	assert_int_equal(reason_alert(REASON_NO_NAME), 109);
	assert_int_equal(reason_alert(REASON_BAD_NAME), 112);
	assert_int_equal(reason_alert(REASON_UNKNOWN_NAME), 112);
	assert_int_equal(reason_alert(REASON_BAD_HELLO), 50);
	assert_int_equal(reason_alert(REASON_VERSION), 70);
	assert_int_equal(reason_alert(REASON_NOT_TLS), -1);
	assert_int_equal(reason_alert(REASON_PROXY), -1);
	assert_int_equal(reason_alert(REASON_HUNG_UP), -1);
	assert_int_equal(reason_alert(REASON_TIMEOUT), -1);
	assert_int_equal(reason_alert(REASON_HANDSHAKE), -1);
}

int
main(int argc, char *argv[])
{
	const char *dir = argc > 1 ? argv[1] : "tests/vectors";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_second_header),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_alerts),
	};

	hellos = tsv_read(dir, "clienthello.tsv", &n_hellos);
	proxies = tsv_read(dir, "proxy.tsv", &n_proxies);
	return (cmocka_run_group_tests_name("intake", tests, NULL, NULL));
}
