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
/* output: order, words, and that no byte reaches the terminal raw. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/output.h"

static struct findings set, more;
static struct row r;

static void
begin(const char *name)
{
	findings_clear(&set);
	findings_clear(&more);
	output_begin(&r, name, &set);
}

/* What output_row writes. */
static const char *
printed_row(const struct row *row, int json, int colour)
{
	static char buf[64 * 1024];
	struct output o = { .json = json, .colour = colour };

	o.f = fmemopen(buf, sizeof(buf), "w");
	assert_non_null(o.f);
	output_row(&o, row);
	assert_int_equal(output_end(&o), 0);
	assert_int_equal(fclose(o.f), 0);
	return (buf);
}

static const char *
printed(int json, int colour)
{
	return (printed_row(&r, json, colour));
}

static void
test_good(void **state)
{
	(void)state;
	begin("example.org");
	assert_string_equal(printed(0, 0), "ok      example.org\n");
	strcpy(r.good, "TLSv1.3, 4 ms");
	assert_string_equal(printed(0, 0),
	    "ok      example.org: TLSv1.3, 4 ms\n");
	assert_string_equal(printed(0, 1),
	    "\033[32mok\033[0m      example.org: TLSv1.3, 4 ms\n");
	assert_string_equal(printed(1, 1), "{\"name\":\"example.org\","
	    "\"address\":null,\"port\":null,\"tls\":null,\"ms\":null,"
	    "\"digest\":null,\"age\":null,\"result\":\"ok\",\"findings\":[]}\n");
	strcpy(r.address, "2001:db8::1");
	strcpy(r.tls, "TLSv1.3");
	strcpy(r.digest, "ab");
	r.port = 443;
	r.ms = 4;
	r.age = 90;
	r.connections = 1;
	assert_string_equal(printed(0, 0),
	    "ok      example.org [2001:db8::1]:443: TLSv1.3, 4 ms\n");
	assert_string_equal(printed(1, 0), "{\"name\":\"example.org\","
	    "\"address\":\"2001:db8::1\",\"port\":443,\"tls\":\"TLSv1.3\","
	    "\"ms\":4,\"digest\":\"ab\",\"age\":90,\"result\":\"ok\","
	    "\"findings\":[]}\n");
}

/* Errors of both sets, then warnings of both. */
static void
test_order(void **state)
{
	(void)state;
	begin("n");
	r.sets[1] = &more;
	strcpy(r.good, "not said");
	findings_add(&set, FINDING_EXPIRED, "a");
	findings_add(&set, FINDING_RSA_SMALL, "b", "512");
	findings_add(&set, FINDING_SAN_DIFFERS, "b", "DNS:x", "DNS:y");
	findings_add(&more, FINDING_KEY_EXPOSED, "/k", "u", "", "mode");
	findings_add(&more, FINDING_KEY_MALFORMED, "/k");
	assert_string_equal(printed(0, 0), "error   n\n"
	    "    b: its subjectAltName is DNS:x, not DNS:y\n"
	    "    -> renew the pair with the ACME client\n"
	    "    b: an RSA key of 512 bits, under 2048\n"
	    "    -> renew the pair with the ACME client\n"
	    "    /k: no private key that can be read\n"
	    "    -> remove both files of the pair, and run the ACME client "
	    "again\n"
	    "    warning: a: expired\n"
	    "    -> remove both files if they are left over from an old "
	    "validation; otherwise renew the pair with the ACME client\n"
	    "    warning: /k: its mode lets every user read it: mode\n"
	    "    -> chmod 640 /k\n");
	assert_non_null(strstr(printed(0, 1), "\033[31merror\033[0m   n\n"));
	assert_non_null(strstr(printed(0, 1),
	    "    \033[33mwarning\033[0m: a: expired\n"));
	assert_non_null(strstr(printed(1, 0), "\"result\":\"error\","
	    "\"findings\":[{\"code\":\"san-differs\","
	    "\"severity\":\"error\",\"message\":"
	    "\"b: its subjectAltName is DNS:x, not DNS:y\",\"remedy\":"
	    "\"renew the pair with the ACME client\"},"
	    "{\"code\":\"rsa-small\",\"severity\":\"error\","));
	begin("of another");	/* no remedy for what is not the pair */
	findings_add(&set, FINDING_FALLBACK, "n", "a:1", "x");
	findings_add(&set, FINDING_SAN_DIFFERS, "b", "DNS:x", "DNS:y");
	assert_non_null(strstr(printed(0, 0),
	    "    -> run alpnd-check without -c on that host, to find a web "
	    "certificate among alpnd's pairs\n"
	    "    b: its subjectAltName is DNS:x, not DNS:y\n"));
	assert_null(strstr(printed(0, 0), "renew"));
	begin("m");
	findings_add(&set, FINDING_EXPIRED, "a");
	assert_non_null(strstr(printed(0, 0), "warning m\n    a: expired\n"));
}

/* How many of the connections, what the CA says, the cause. */
static void
test_count(void **state)
{
	(void)state;
	begin("n");
	findings_add(&more, FINDING_REFUSED, "192.0.2.1: ", "", "", "");
	findings_merge(&set, &more);
	findings_merge(&set, &more);
	findings_add(&set, FINDING_NOT_ALL, "1", "3");
	r.connections = 1;
	assert_non_null(strstr(printed(0, 0), "    \"192.0.2.1: Connection "
	    "refused\": nothing listens on this port of this address\n"));
	r.connections = 3;
	assert_non_null(strstr(printed(0, 0), "    2 of 3: \"192.0.2.1: "
	    "Connection refused\": nothing"));
	assert_non_null(strstr(printed(0, 0),
	    "    only 1 of 3 connections were good\n"));
}

/* Text has a finding of several addresses once; JSON has it for each. */
static void
test_addresses(void **state)
{
	static const char *const addresses[] = { "192.0.2.1", "2001:db8::2",
	    "192.0.2.3" };
	static struct findings sets[3];
	static struct row rows[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		findings_clear(&sets[i]);
		output_begin(&rows[i], "n", &sets[i]);
		strcpy(rows[i].address, addresses[i]);
		strcpy(rows[i].good, "good");
		rows[i].port = 443;
		rows[i].all = rows;
		rows[i].n_all = 3;
		findings_add(&sets[i], FINDING_HERE, addresses[i], "h", "n");
	}
	findings_add(&sets[0], FINDING_NOT_TLS, "192.0.2.1: ", "SSH", "", "");
	findings_add(&sets[1], FINDING_NOT_TLS, "2001:db8::2: ", "x", "", "");
	assert_string_equal(printed_row(&rows[0], 0, 0),
	    "error   n 192.0.2.1:443\n"
	    "    \"192.0.2.1: Error getting validation data\": the server does "
	    "not speak TLS: SSH\n"
	    "    -> check the port\n"
	    "    note: 192.0.2.1 is an address of this machine, so this does "
	    "not show what a CA sees: a firewall, a router or the DNS may keep "
	    "a CA out; also at [2001:db8::2]:443, 192.0.2.3:443\n"
	    "    -> run alpnd-check -c h n on another machine\n");
	assert_string_equal(printed_row(&rows[1], 0, 0),
	    "error   n [2001:db8::2]:443\n"
	    "    \"2001:db8::2: Error getting validation data\": the server "
	    "does not speak TLS: x\n"
	    "    -> check the port\n");
	assert_string_equal(printed_row(&rows[2], 0, 0),
	    "ok      n 192.0.2.3:443: good\n");
	assert_non_null(strstr(printed_row(&rows[2], 1, 0), "\"here\""));
	findings_clear(&sets[1]);
	findings_add(&sets[1], FINDING_NOT_TLS, "2001:db8::2: ", "SSH", "", "");
	assert_non_null(strstr(printed_row(&rows[0], 0, 0),
	    "TLS: SSH; also at [2001:db8::2]:443\n"));
	assert_string_equal(printed_row(&rows[1], 0, 0),
	    "error   n [2001:db8::2]:443: as above\n");
	/* each text has its own address, but says something else */
	findings_clear(&sets[0]);
	findings_add(&sets[0], FINDING_NOT_TLS, "192.0.2.1: ",
	    "220 192.0.2.1 A", "", "");
	findings_clear(&sets[1]);
	findings_add(&sets[1], FINDING_NOT_TLS, "2001:db8::2: ",
	    "220 2001:db8::2 B", "", "");
	assert_non_null(strstr(printed_row(&rows[1], 0, 0), "::2 B\n"));
	findings_clear(&sets[1]);
	findings_add(&sets[1], FINDING_NOT_TLS, "2001:db8::2: ",
	    "220 2001:db8::2 A", "", "");
	assert_string_equal(printed_row(&rows[1], 0, 0),
	    "error   n [2001:db8::2]:443: as above\n");
}

static void
test_bytes(void **state)
{
	char all[256], want[2048] = "", want_json[2048] = "";
	const char *text, *json;
	char *copy;

	(void)state;
	for (int i = 1; i < 256; i++) {
		char one[8];

		all[i - 1] = (char)i;
		(void)snprintf(one, sizeof(one), i >= ' ' && i <= '~' ? "%c" :
		    "\\x%02x", (unsigned int)i);
		strcat(want, one);
		(void)snprintf(one, sizeof(one), i == '"' || i == '\\' ?
		    "\\%c" : i >= ' ' && i <= '~' ? "%c" : "\\u%04x",
		    (unsigned int)i);
		strcat(want_json, one);
	}
	all[255] = '\0';
	begin(all);
	findings_add(&set, FINDING_FILE_BAD, all);
	text = copy = strdup(printed(0, 0));
	json = printed(1, 0);
	for (const char *s = text; *s != '\0'; s++)
		assert_true(*s == '\n' || (*s >= ' ' && *s <= '~'));
	for (int i = 0; i < 2; i++) {
		text = strstr(text, want);
		json = strstr(json, want_json);
		assert_non_null(text);
		assert_non_null(json);
		text++;
		json++;
	}
	free(copy);
}

static void
test_expand(void **state)
{
	static const struct {
		const char	*words, *want;
		int		 rc;
	} table[] = {
		{ "", "", 0 },
		{ "a %1 b %2", "a one b it's", 0 },
		{ "%1%3", "one", 0 },
		{ "rm %q1 %q2", "rm one 'it'\\''s'", 0 },
		{ "{1:is %1}{3:, not %1}", "is one", 0 },
		{ "{5:x}%1", "one", 0 },
		{ "%5", "", -1 },
		{ "%4", "\033", 0 },
		{ "x %q4", "x '\033'", -1 },
	};
	char buf[OUTPUT_TEXT_SIZE];

	(void)state;
	findings_clear(&set);
	findings_add(&set, FINDING_STRAY, "one", "it's", "", "\033");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(output_expand(&set, FINDING_STRAY,
		    table[i].words, buf, sizeof(buf)), table[i].rc);
		assert_string_equal(buf, table[i].want);
	}
}

/* A sentence is cut, a command is not. */
static void
test_cut(void **state)
{
	static char big[2 * OUTPUT_TEXT_SIZE];
	char buf[OUTPUT_TEXT_SIZE];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	begin("n");
	findings_add(&set, FINDING_LEFT_OVER, "/d", big);
	assert_null(strstr(printed(0, 0), "->"));
	assert_int_equal(output_expand(&set, FINDING_LEFT_OVER, "%2", buf,
	    sizeof(buf)), -1);
	assert_int_equal(strlen(buf), sizeof(buf) - 1);
	big[OUTPUT_TEXT_SIZE - 1] = '\0';
	findings_clear(&set);
	findings_add(&set, FINDING_LEFT_OVER, "/d", big);
	assert_int_equal(output_expand(&set, FINDING_LEFT_OVER, "%2", buf,
	    sizeof(buf)), 0);
	assert_string_equal(buf, big);
	begin("n");
	findings_add(&set, FINDING_LEFT_OVER, "/d", "a\nb");
	assert_null(strstr(printed(0, 0), "->"));
	assert_non_null(strstr(printed(1, 0), "\"remedy\":\"\""));
}

static void
test_quote(void **state)
{
	static const char *const table[][2] = {
		{ "/etc/a-b_c.d/x+1:2,3@4", "/etc/a-b_c.d/x+1:2,3@4" },
		{ "", "''" },
		{ "a b", "'a b'" },
		{ "$HOME", "'$HOME'" },
		{ "it's", "'it'\\''s'" },
		{ "'", "''\\'''" },
		{ "~", "'~'" },
	};
	char buf[OUTPUT_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		findings_clear(&set);
		findings_add(&set, FINDING_STRAY, table[i][0]);
		assert_int_equal(output_expand(&set, FINDING_STRAY, "%q1", buf,
		    sizeof(buf)), 0);
		assert_string_equal(buf, table[i][1]);
	}
}

/* The words of every finding can be expanded, with details and without. */
static void
test_table(void **state)
{
	char buf[OUTPUT_TEXT_SIZE];

	(void)state;
	for (enum finding id = FINDING_NONE + 1; id < FINDING_N; id++) {
		const struct finding_words *w = finding_words(id);
		const char *all[] = { w->ca, w->cause, w->remedy };

		findings_clear(&set);
		findings_add(&set, id, "1", "2", "3", "4", "5");
		for (int i = 0; i < 3; i++)
			if (all[i] != NULL)
				assert_int_equal(output_expand(&set, id,
				    all[i], buf, sizeof(buf)), 0);
		findings_clear(&set);
		findings_add(&set, id, NULL);
		for (int i = 0; i < 3; i++)
			if (all[i] != NULL)
				output_expand(&set, id, all[i], buf,
				    sizeof(buf));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_table),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
