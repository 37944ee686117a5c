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
/* event_format: the line of each result, and what a hostile name becomes. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../event.h"

static void
check(const struct event *e, const char *want)
{
	char line[EVENT_LINE_SIZE];

	memset(line, 'X', sizeof(line));
	assert_string_equal(event_format(e, line), want);
}

static void
test_lines(void **state)
{
	struct event e = { .result = RESULT_SERVED, .ms = 4 };

	(void)state;
	e.name = (const uint8_t *)"example.org";
	e.name_len = 11;
	assert_int_equal(addr_from_text(&e.client, "192.0.2.7", "4711"), 0);
	assert_int_equal(addr_from_text(&e.peer, "2001:db8::2", "51514"), 0);
	e.tls = "TLSv1.3";
	e.cipher = "TLS_AES_256_GCM_SHA384";
	check(&e, "served name=example.org client=192.0.2.7:4711 "
	    "peer=[2001:db8::2]:51514 tls=TLSv1.3 "
	    "cipher=TLS_AES_256_GCM_SHA384 ms=4");
	e.reason = REASON_FALLBACK;
	e.name_len = 0;
	e.client.family = 0;
	check(&e, "served reason=fallback peer=[2001:db8::2]:51514 "
	    "tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 ms=4");

	memset(&e, 0, sizeof(e));
	e.result = RESULT_REFUSED;
	e.reason = REASON_UNKNOWN_NAME;
	e.name = (const uint8_t *)"www.example.org";
	e.name_len = 15;
	assert_int_equal(addr_from_text(&e.peer, "192.0.2.9", "40110"), 0);
	e.ms = 1;
	check(&e, "refused reason=unknown-name name=www.example.org "
	    "peer=192.0.2.9:40110 ms=1");
	e.detail = "say \"hi\"\n100%\001";
	check(&e, "refused reason=unknown-name name=www.example.org "
	    "peer=192.0.2.9:40110 ms=1 detail=\"say %22hi%22%0A100%25%01\"");
	e.result = RESULT_CLOSED;
	e.reason = REASON_NONE;
	e.name_len = 0;
	e.detail = NULL;
	check(&e, "closed peer=192.0.2.9:40110 ms=1");
	e.result = RESULT_ERROR;
	e.detail = "/d/x.key.pem: empty";
	check(&e, "error peer=192.0.2.9:40110 ms=1 "
	    "detail=\"/d/x.key.pem: empty\"");

	memset(&e, 0, sizeof(e));
	e.result = RESULT_REFUSED;
	e.reason = REASON_BUSY;
	e.count = 1;		/* the time of a sum is not known */
	check(&e, "refused reason=busy count=1");
	e.count = 800;
	check(&e, "refused reason=busy count=800");
}

/* No byte value gets into the line raw, except those of host names. */
static void
test_every_byte(void **state)
{
	struct event e = { .result = RESULT_REFUSED,
	    .reason = REASON_BAD_NAME };
	char line[EVENT_LINE_SIZE];
	uint8_t b;

	(void)state;
	e.name = &b;
	e.name_len = 1;
	for (int c = 0; c < 256; c++) {
		b = (uint8_t)c;
		(void)event_format(&e, line);
		for (const char *p = line; *p != '\0'; p++)
			assert_true(*p >= ' ' && *p <= '~');
		if (strchr("= \"%\\';$`&|<>(){}[]*?!#~", c) != NULL)
			assert_non_null(strstr(line, "name=%"));
	}
}

/* The longest of everything still fits, and is cut with a mark. */
static void
test_long(void **state)
{
	uint8_t name[EVENT_NAME_MAX];
	char detail[8192], line[EVENT_LINE_SIZE];
	struct event e = { .result = RESULT_REFUSED,
	    .reason = REASON_BAD_NAME, .name = name, .name_len = 16000,
	    .detail = detail };

	(void)state;
	memset(name, 0xff, sizeof(name));
	memset(detail, 1, sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	(void)event_format(&e, line);
	assert_true(strlen(line) < EVENT_LINE_SIZE);
	assert_non_null(strstr(line, "%FF%FF... ms=0 detail=\"%01"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_long),
	};

	return (cmocka_run_group_tests_name("log", tests, NULL, NULL));
}
