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
/* proxy_parse against every vector of tests/vectors/proxy.tsv. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../proxy.h"
#include "tsv.h"

enum { NAME, HEX, VERDICT, SRC_IP, SRC_PORT, SOURCE, OPTS };

/* The first n bytes in a buffer of just that size. */
static enum parse
parse_prefix(const struct tsv_row *row, size_t n, struct proxy *p, size_t *used)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	enum parse r;

	assert_non_null(copy);
	memcpy(copy, row->bytes, n);
	memset(p, 0xaa, sizeof(*p));	/* every field must be set */
	*used = SIZE_MAX;
	r = proxy_parse(copy, n, p, used);
	free(copy);
	assert_true(*used <= n);
	assert_true(r == PARSE_DONE ? *used > 0 : *used == 0);
	assert_true((r == PARSE_BAD) == (p->why != NULL));
	assert_true(p->client.family == 0 || r == PARSE_DONE);
	return (r);
}

/* Before the end of a header "more", from its end on the same answer. */
static void
check_prefixes(const struct tsv_row *row, size_t used)
{
	struct proxy p;
	size_t u, step = row->len > 4096 ? 97 : 1;

	for (size_t n = 0; n < row->len; n += step) {
		if (n < used)
			assert_int_equal(parse_prefix(row, n, &p, &u),
			    PARSE_MORE);
		else {
			assert_int_equal(parse_prefix(row, n, &p, &u),
			    PARSE_DONE);
			assert_int_equal(u, used);
		}
	}
}

/* Once refused, no further byte can make it good again. */
static void
check_refusal_is_final(const struct tsv_row *row)
{
	enum parse r, before = PARSE_MORE;
	struct proxy p;
	size_t u;

	for (size_t n = 0; n <= row->len; n++) {
		r = parse_prefix(row, n, &p, &u);
		if (before != PARSE_MORE)
			assert_int_equal(r, before);
		before = r;
	}
}

static void
check_client(const struct tsv_row *row, const struct proxy *p)
{
	struct addr want;

	if (strcmp(row->col[VERDICT], "local") == 0) {
		assert_int_equal(p->client.family, 0);
		return;
	}
	assert_int_equal(addr_from_text(&want, row->col[SRC_IP],
	    row->col[SRC_PORT]), 0);
	assert_int_equal(p->client.family, want.family);
	assert_int_equal(p->client.port, want.port);
	assert_memory_equal(p->client.ip, want.ip,
	    want.family == AF_INET ? 4 : 16);
}

/* By a look of its own: is this the beginning of a header without its end? */
static int
is_cut_header(const struct tsv_row *row)
{
	size_t n = row->len;

	if (n > 0 && row->bytes[0] == '\r')
		return (n < 16 || n < 16 + (size_t)row->bytes[14] * 256 +
		    row->bytes[15]);
	return (n < 107 && memmem(row->bytes, n, "\r\n", 2) == NULL);
}

/*
 * alpnd does not check the CRC32C TLV (optional by section 2.2.3); the table
 * says so of its other wrong checksums by "badcrc".
 */
static int
is_bad_crc(const struct tsv_row *row)
{
	return (strstr(row->col[OPTS], "badcrc") != NULL ||
	    strcmp(row->col[NAME], "varnish-o00005-1") == 0);
}

static void
test_vector(void **state)
{
	const struct tsv_row *row = *state;
	int reject = strcmp(row->col[VERDICT], "reject") == 0;
	struct proxy p;
	enum parse r;
	size_t used;

	r = parse_prefix(row, row->len, &p, &used);
	if (!reject && r == PARSE_DONE) {
		check_client(row, &p);
		check_prefixes(row, used);
		return;
	}
	check_refusal_is_final(row);
	if (strstr(row->col[OPTS], "either") != NULL)
		return;
	assert_true(reject);
	/*
	 * A good header is followed by TLS: behind it anything else is refused
	 * by the next parser.  A header that was cut is refused by the end of
	 * file.  Everything else must be refused here.
	 */
	if (r == PARSE_DONE)
		assert_true(is_bad_crc(row) ||
		    (used < row->len && row->bytes[used] != 0x16));
	else if (r == PARSE_MORE)
		assert_true(is_cut_header(row));
}

int
main(int argc, char *argv[])
{
	struct CMUnitTest *tests;
	struct tsv_row *table;
	size_t rows;

	table = tsv_read(argc > 1 ? argv[1] : "tests/vectors", "proxy.tsv",
	    &rows);
	if ((tests = calloc(rows, sizeof(*tests))) == NULL)
		return (1);
	for (size_t i = 0; i < rows; i++)
		tests[i] = (struct CMUnitTest){ table[i].col[NAME],
		    test_vector, NULL, NULL, &table[i] };
	return (_cmocka_run_group_tests("proxy", tests, rows, NULL, NULL));
}
