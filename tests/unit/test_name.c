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
/* name_canonical, addresses, ports: tables of {input, want}. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "../../addr.h"
#include "../../name.h"

#define L63	"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"
#define L61	"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy"
#define IP6	"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
#define S(s)	(const uint8_t *)(s), sizeof(s) - 1

static const struct {
	const uint8_t	*in;
	size_t		 len;
	const char	*want;		/* NULL: no host name */
} names[] = {
	{ S("example.org"), "example.org" },
	{ S("EXAMPLE.Org"), "example.org" },
	{ S("example.org."), "example.org" },
	{ S("localhost"), "localhost" },
	{ S("a"), "a" },
	{ S("_acme.example.org"), "_acme.example.org" },
	{ S("a_b.example.org"), "a_b.example.org" },
	{ S("xn--mgbh0fb.example"), "xn--mgbh0fb.example" },
	{ S("1.0.0.127.in-addr.arpa"), "1.0.0.127.in-addr.arpa" },
	{ S("1.0.0.127.in-addr.arpa."), "1.0.0.127.in-addr.arpa" },
	{ S(IP6 ".ip6.arpa"), IP6 ".ip6.arpa" },
	{ S(IP6 ".IP6.ARPA."), IP6 ".ip6.arpa" },
	{ S("3com.com"), "3com.com" },
	{ S("0x7f000001"), "0x7f000001" },	/* a label like any other */
	{ S(L63 ".org"), L63 ".org" },
	{ S(L63 "." L63 "." L63 "." L61), L63 "." L63 "." L63 "." L61 },
	{ S(L63 "." L63 "." L63 "." L61 "."), L63 "." L63 "." L63 "." L61 },
	{ S(""), NULL },
	{ S("."), NULL },
	{ S(".."), NULL },
	{ S("..."), NULL },
	{ S("example.org.."), NULL },
	{ S(".example.org"), NULL },
	{ S("a..b"), NULL },
	{ S("../example.org"), NULL },
	{ S("..\\example.org"), NULL },
	{ S("/etc/passwd"), NULL },
	{ S("a/b"), NULL },
	{ S("example.org\0"), NULL },
	{ S("exam\0ple.org"), NULL },
	{ S("\0"), NULL },
	{ S("example.org\n"), NULL },
	{ S("a b"), NULL },
	{ S("\033[2Jexample.org"), NULL },
	{ S("b\303\274cher.example"), NULL },
	{ S("%s.example.org"), NULL },
	{ S("*.example.org"), NULL },
	{ S("a;b.example.org"), NULL },
	{ S("-a.example.org"), NULL },
	{ S("a-.example.org"), NULL },
	{ S("--help.example.org"), NULL },
	{ S("example.org-"), NULL },
	{ S("192.0.2.1"), NULL },
	{ S("192.0.2.1."), NULL },
	{ S("2130706433"), NULL },
	{ S("::1"), NULL },
	{ S("[::1]"), NULL },
	{ S("2001:db8::1"), NULL },
	{ S(L63 "x.org"), NULL },
	{ S(L63 "." L63 "." L63 "." L61 "x"), NULL },
	{ S(L63 "." L63 "." L63 "." L63 "." L63), NULL },
};

static void
test_names(void **state)
{
	char out[NAME_SIZE], again[NAME_SIZE];
	int r;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint8_t *copy = malloc(names[i].len + 1);

		assert_non_null(copy);
		memcpy(copy, names[i].in, names[i].len);
		memset(out, 'X', sizeof(out));
		r = name_canonical(copy, names[i].len, out);
		assert_string_equal(out, names[i].want == NULL ? "" :
		    names[i].want);
		assert_int_equal(r, names[i].want == NULL ? -1 : 0);
		if (r == 0) {
			assert_int_equal(name_canonical((uint8_t *)out,
			    strlen(out), again), 0);
			assert_string_equal(again, out);
			/* the same with its NUL is another name */
			assert_int_equal(name_canonical((uint8_t *)out,
			    strlen(out) + 1, again), -1);
		}
		free(copy);
	}
}

/* Of one byte, exactly letters and '_' are names. */
static void
test_every_byte(void **state)
{
	char out[NAME_SIZE];

	(void)state;
	for (int c = 0; c < 256; c++) {
		uint8_t b = (uint8_t)c;
		uint8_t mid[3] = { 'a', b, 'a' };
		int want = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '_';

		assert_int_equal(name_canonical(&b, 1, out), want ? 0 : -1);
		want = want || (c >= '0' && c <= '9') || c == '-' || c == '.';
		assert_int_equal(name_canonical(mid, 3, out), want ? 0 : -1);
	}
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *ip, *port, *want;
	} table[] = {
		{ "192.0.2.7", "4711", "192.0.2.7:4711" },
		{ "2001:db8::7", "4711", "[2001:db8::7]:4711" },
		{ "2001:0DB8:0:0:0:0:0:7", "0", "[2001:db8::7]:0" },
		{ "[2001:db8::7]", "65535", "[2001:db8::7]:65535" },
		{ "192.0.2.7", NULL, "192.0.2.7:0" },
		{ "::ffff:192.0.2.7", "4711", "192.0.2.7:4711" },
		{ "::fffe:192.0.2.7", "1", "[::fffe:c000:207]:1" },
		{ "192.0.2.7", "65536", "" },
		{ "192.0.2.7", "080", "" },
		{ "192.0.2.7", "", "" },
		{ "192.0.2.7", "+1", "" },
		{ "192.0.2.7 ", "1", "" },
		{ "192.0.2", "1", "" },
		{ "0x7f000001", "1", "" },
		{ "fe80::1%lo", "1", "" },
		{ "[::1", "1", "" },
		{ "", "1", "" },
		{ "host.example.org", "1", "" },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb",
		    "1", "" },
	};
	char buf[ADDR_STRLEN];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		memset(&a, 0xaa, sizeof(a));
		assert_int_equal(addr_from_text(&a, table[i].ip,
		    table[i].port), table[i].want[0] == '\0' ? -1 : 0);
		assert_string_equal(addr_format(&a, buf), table[i].want);
	}
}

static void
test_sockaddr(void **state)
{
	struct sockaddr_storage ss;
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	char buf[ADDR_STRLEN];
	struct addr a;

	(void)state;
	memset(&ss, 0, sizeof(ss));
	sin.sin_port = htons(4711);
	assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &sin.sin_addr), 1);
	memcpy(&ss, &sin, sizeof(sin));
	assert_int_equal(addr_from_sockaddr(&a, &ss), 0);
	assert_string_equal(addr_format(&a, buf), "192.0.2.7:4711");

	sin6.sin6_port = htons(443);
	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.7",
	    &sin6.sin6_addr), 1);
	memcpy(&ss, &sin6, sizeof(sin6));
	assert_int_equal(addr_from_sockaddr(&a, &ss), 0);
	assert_string_equal(addr_format(&a, buf), "192.0.2.7:443");

	assert_int_equal(inet_pton(AF_INET6, "2001:db8::7",
	    &sin6.sin6_addr), 1);
	memcpy(&ss, &sin6, sizeof(sin6));
	assert_int_equal(addr_from_sockaddr(&a, &ss), 0);
	assert_string_equal(addr_format(&a, buf), "[2001:db8::7]:443");

	ss.ss_family = AF_UNIX;
	assert_int_equal(addr_from_sockaddr(&a, &ss), -1);
	assert_int_equal(a.family, 0);
	assert_string_equal(addr_format(&a, buf), "");
}

/* What each super-server puts into the environment; none of it is trusted. */
static void
test_peer_from_environment(void **state)
{
	static const char *const table[][4] = {
		/* ip variable, port variable, ip, what the log has */
		{ "TCPREMOTEIP", "TCPREMOTEPORT", "192.0.2.7",
		    "192.0.2.7:99" },
		{ "REMOTE_ADDR", "REMOTE_PORT", "2001:db8::7",
		    "[2001:db8::7]:99" },
		{ "SOCAT_PEERADDR", "SOCAT_PEERPORT",
		    "[2001:0db8:0000:0000:0000:0000:0000:0007]",
		    "[2001:db8::7]:99" },
		{ "NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT", "192.0.2.7",
		    "192.0.2.7:99" },
		{ "REMOTE_HOST", "IGNORED", "192.0.2.7", "192.0.2.7:0" },
		{ "REMOTE_HOST", "IGNORED", "evil\nhost", "" },
		{ "TCPREMOTEHOST", "IGNORED", "192.0.2.7", "" },
	};
	char buf[ADDR_STRLEN];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(setenv(table[i][0], table[i][2], 1), 0);
		assert_int_equal(setenv(table[i][1], "99", 1), 0);
		(void)addr_of_peer(&a, -1);
		assert_string_equal(addr_format(&a, buf), table[i][3]);
		assert_int_equal(unsetenv(table[i][0]), 0);
		assert_int_equal(unsetenv(table[i][1]), 0);
	}
	assert_int_equal(addr_of_peer(&a, -1), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_sockaddr),
		cmocka_unit_test(test_peer_from_environment),
	};

	return (cmocka_run_group_tests_name("name", tests, NULL, NULL));
}
