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
/* finding: the table is whole, and the set loses nothing. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/finding.h"

static struct findings f, one;

/* A code, a severity and a cause each; no remedy is a question. */
static void
test_table(void **state)
{
	const struct finding_words *w, *v;

	(void)state;
	for (enum finding id = FINDING_NONE + 1; id < FINDING_N; id++) {
		w = finding_words(id);
		assert_non_null(w->code);
		assert_int_equal(strspn(w->code, "abcdefghijklmnopqrstuvwxyz-"),
		    strlen(w->code));
		assert_int_not_equal(w->severity, SEVERITY_OK);
		assert_non_null(w->cause);
		assert_null(strchr(w->remedy, '?'));
		/* a code is of one part, and has one severity */
		for (enum finding k = FINDING_NONE + 1; k < id; k++) {
			v = finding_words(k);
			if (strcmp(v->code, w->code) == 0)
				assert_true(FINDING_IS_OF_SERVER(k) ==
				    FINDING_IS_OF_SERVER(id) &&
				    v->severity == w->severity);
		}
	}
}

static void
test_set(void **state)
{
	(void)state;
	findings_clear(&f);
	assert_int_equal(findings_worst(&f), SEVERITY_OK);
	findings_add(&f, FINDING_EXPIRED, "a");
	assert_int_equal(findings_worst(&f), SEVERITY_WARNING);
	findings_add(&f, FINDING_CHAIN, "b", "", "c");
	assert_int_equal(findings_worst(&f), SEVERITY_ERROR);
	findings_add(&f, FINDING_CHAIN, "again");
	assert_string_equal(findings_detail(&f, FINDING_EXPIRED, 1), "a");
	assert_null(findings_detail(&f, FINDING_EXPIRED, 2));
	assert_string_equal(findings_detail(&f, FINDING_CHAIN, 1), "b");
	assert_string_equal(findings_detail(&f, FINDING_CHAIN, 2), "");
	assert_string_equal(findings_detail(&f, FINDING_CHAIN, 3), "c");
	assert_null(findings_detail(&f, FINDING_CHAIN, 4));
	assert_null(findings_detail(&f, FINDING_STRAY, 1));
	findings_clear(&f);
	assert_int_equal(findings_worst(&f), SEVERITY_OK);
}

/* All of them at once, each with more details than there is room for. */
static void
test_full(void **state)
{
	static char big[FINDINGS_TEXT_SIZE + 1];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	findings_clear(&f);
	for (enum finding id = FINDING_NONE + 1; id < FINDING_N; id++) {
		findings_add(&f, id, big, big + 1, "");
		assert_int_equal(f.has[id], 1);
		for (int n = 1; n <= FINDING_DETAILS_MAX; n++) {
			const char *s = findings_detail(&f, id, n);

			assert_true(s == NULL || strlen(s) <= strlen(big));
		}
	}
	for (enum finding id = FINDING_NONE + 1; id < FINDING_N; id++)
		assert_int_equal(f.has[id], 1);
	assert_int_equal(findings_worst(&f), SEVERITY_ERROR);
	findings_clear(&f);
	findings_add(&f, FINDING_CHAIN, "1", "2", "3", "4", "5", "6");
	assert_string_equal(findings_detail(&f, FINDING_CHAIN, 5), "5");
	assert_null(findings_detail(&f, FINDING_CHAIN, 6));
}

static void
test_merge(void **state)
{
	(void)state;
	findings_clear(&f);
	findings_add(&f, FINDING_NOT_ALL, "1", "3");
	for (int i = 0; i < 64; i++) {
		findings_clear(&one);
		findings_add(&one, FINDING_REFUSED, i == 0 ? "first" : "x");
		if (i % 2 == 1)
			findings_add(&one, FINDING_STALLED, "s", "t");
		findings_merge(&f, &one);
	}
	assert_int_equal(f.times[FINDING_REFUSED], 64);
	assert_int_equal(f.times[FINDING_STALLED], 32);
	assert_int_equal(f.times[FINDING_NOT_ALL], 0);
	assert_string_equal(findings_detail(&f, FINDING_REFUSED, 1), "first");
	assert_string_equal(findings_detail(&f, FINDING_STALLED, 2), "t");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_merge),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
