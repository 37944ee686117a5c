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
/* hello_frame and hello_parse against tests/vectors/clienthello.tsv. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../intake.h"
#include "tsv.h"

enum { NAME, HEX, SNI, ALPN, VERDICT, SOURCE, TAGS };

/* Frame and parse the first n bytes, in a buffer of just that size. */
static enum parse
parse_prefix(const struct tsv_row *row, size_t n, struct hello *h)
{
	struct hello_frame f;
	uint8_t *copy = malloc(n > 0 ? n : 1), *msg;
	enum parse r;

	assert_non_null(copy);
	memcpy(copy, row->bytes, n);
	memset(&f, 0, sizeof(f));
	memset(h, 0, sizeof(*h));
	r = hello_frame(copy, n, &f);
	assert_true(f.off <= n);
	assert_true((r == PARSE_BAD) == (f.why != NULL));
	if (r == PARSE_DONE) {
		assert_true(f.want <= HELLO_MAX && f.have == f.want);
		msg = malloc(f.want);
		assert_non_null(msg);
		hello_join(copy, &f, msg);
		memset(h, 0xaa, sizeof(*h));
		r = hello_parse(msg, f.want, h);
		assert_true(r == PARSE_DONE || r == PARSE_BAD);
		assert_true((r == PARSE_BAD) == (h->why != NULL));
		free(msg);
	}
	free(copy);
	return (r);
}

/* The same, fed byte by byte into one frame: it must remember rightly. */
static void
check_byte_by_byte(const struct tsv_row *row, enum parse whole)
{
	struct hello_frame f;
	enum parse r = PARSE_MORE;
	size_t n, step = row->len > 8192 ? 31 : 1;

	memset(&f, 0, sizeof(f));
	for (n = 0; r == PARSE_MORE && n < row->len; ) {
		n = n + step < row->len ? n + step : row->len;
		r = hello_frame(row->bytes, n, &f);
	}
	if (r != PARSE_DONE)	/* else hello_parse had the last word */
		assert_int_equal(r, whole);
}

/* Before the end of a good hello "more", whatever is cut off. */
static void
check_prefixes(const struct tsv_row *row)
{
	struct hello_frame f;
	struct hello h;
	size_t step = row->len > 8192 ? 61 : 1;

	memset(&f, 0, sizeof(f));
	assert_int_equal(hello_frame(row->bytes, row->len, &f), PARSE_DONE);
	for (size_t n = 0; n < f.off; n += step)
		assert_int_equal(parse_prefix(row, n, &h), PARSE_MORE);
	assert_int_equal(parse_prefix(row, f.off - 1, &h), PARSE_MORE);
	assert_int_equal(parse_prefix(row, f.off, &h), PARSE_DONE);
}

static void
check_names(const struct tsv_row *row, const struct hello *h)
{
	char *sni = strdup(row->col[SNI]), *alpn = strdup(row->col[ALPN]);
	size_t len;
	int acme = 0;

	assert_non_null(sni);
	assert_non_null(alpn);
	if (strcmp(sni, "-") == 0)
		assert_int_equal(h->has_sni, 0);
	else {
		len = tsv_unescape(sni);
		assert_int_equal(h->has_sni, 1);
		assert_int_equal(h->sni_len, len);
		assert_memory_equal(h->sni, sni,
		    len < HELLO_SNI_KEPT ? len : HELLO_SNI_KEPT);
	}
	assert_int_equal(h->has_alpn, strcmp(alpn, "-") != 0);
	for (char *p = strtok(alpn, ","); p != NULL; p = strtok(NULL, ","))
		if (strcmp(p, "acme-tls/1") == 0)
			acme = 1;
	assert_int_equal(h->acme_tls, acme);
	free(sni);
	free(alpn);
}

/*
 * The contract refuses a name with a NUL, or one too long, as a bad name
 * (alert 112), not as a bad hello; the table has no such column.
 */
static int
is_bad_name_by_contract(const struct tsv_row *row)
{
	return (strstr(row->col[TAGS], "NUL in host_name") != NULL ||
	    strstr(row->col[TAGS], "host_name longer than 255") != NULL);
}

static void
test_vector(void **state)
{
	const struct tsv_row *row = *state;
	struct hello h;
	enum parse r;
	char name[NAME_SIZE];

	r = parse_prefix(row, row->len, &h);
	check_byte_by_byte(row, r);
	if (strcmp(row->col[VERDICT], "valid") == 0) {
		assert_int_equal(r, PARSE_DONE);
		check_names(row, &h);
		check_prefixes(row);
		/* "noext" stands in place of "pre-tls12", not beside it */
		if (strstr(row->col[TAGS], "noext") != NULL)
			assert_int_equal(h.tls12 || h.tls13,
			    h.legacy_version >= 0x0303);
		else
			assert_int_equal(h.tls12 || h.tls13,
			    strstr(row->col[TAGS], "pre-tls12") == NULL);
		return;
	}
	if (r == PARSE_DONE && is_bad_name_by_contract(row)) {
		assert_true(h.sni_len > HELLO_SNI_KEPT ||
		    name_canonical(h.sni, h.sni_len, name) == -1);
		return;
	}
	if (r == PARSE_MORE)
		assert_non_null(strstr(row->col[TAGS], "truncated"));
	else
		assert_true(r == PARSE_BAD || r == PARSE_NONE);
}

/* hello_clear() sets each member: what it leaves is the padding of tls12. */
static void
test_clear(void **state)
{
	struct hello h;
	size_t left = 0;

	(void)state;
	memset(&h, 0xff, sizeof(h));
	hello_clear(&h);
	for (size_t i = 0; i < sizeof(h); i++)
		if (((const unsigned char *)&h)[i] != 0)
			left++;
	assert_int_equal(left, offsetof(struct hello, tls12) -
	    sizeof(h.legacy_version));
}

int
main(int argc, char *argv[])
{
	struct CMUnitTest *tests;
	struct tsv_row *table;
	size_t rows;

	table = tsv_read(argc > 1 ? argv[1] : "tests/vectors",
	    "clienthello.tsv", &rows);
	if ((tests = calloc(rows + 1, sizeof(*tests))) == NULL)
		return (1);
	for (size_t i = 0; i < rows; i++)
		tests[i] = (struct CMUnitTest){ table[i].col[NAME],
		    test_vector, NULL, NULL, &table[i] };
	tests[rows] = (struct CMUnitTest)cmocka_unit_test(test_clear);
	return (_cmocka_run_group_tests("hello", tests, rows + 1, NULL, NULL));
}
