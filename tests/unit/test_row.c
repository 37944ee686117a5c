/* row: order, room, and that no byte reaches the terminal raw. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../row.h"

static struct row r;

/* What row_print writes. */
static const char *
printed(int json, int colour)
{
	static char buf[64 * 1024];
	const struct row_style style = { .json = json, .colour = colour };
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	assert_non_null(f);
	assert_int_equal(row_print(&r, &style, f), 0);
	assert_int_equal(fclose(f), 0);
	return (buf);
}

static void
test_good(void **state)
{
	(void)state;
	row_begin(&r, "example.org");
	assert_string_equal(printed(0, 0), "ok      example.org\n");
	row_good(&r, "%s, %d ms", "TLSv1.3", 4);
	assert_string_equal(printed(0, 0),
	    "ok      example.org: TLSv1.3, 4 ms\n");
	assert_string_equal(printed(0, 1),
	    "\033[32mok\033[0m      example.org: TLSv1.3, 4 ms\n");
	assert_string_equal(printed(1, 1), "{\"subject\":\"example.org\","
	    "\"result\":\"ok\",\"good\":\"TLSv1.3, 4 ms\",\"findings\":[]}\n");
}

static void
test_order(void **state)
{
	(void)state;
	row_begin(&r, "n");
	row_add(&r, SEVERITY_WARNING, "w1", "do", "a %d", 1);
	assert_int_equal(r.worst, SEVERITY_WARNING);
	row_add(&r, SEVERITY_ERROR, "e1", NULL, "b");
	row_add(&r, SEVERITY_WARNING, "w2", "", "c");
	row_add(&r, SEVERITY_ERROR, "e2", "do it", "d");
	row_good(&r, "not said");
	assert_string_equal(printed(0, 0), "error   n\n    b\n    d\n"
	    "    -> do it\n    warning: a 1\n    -> do\n    warning: c\n");
	assert_string_equal(printed(0, 1), "\033[31merror\033[0m   n\n    b\n"
	    "    d\n    -> do it\n    \033[33mwarning\033[0m: a 1\n    -> do\n"
	    "    \033[33mwarning\033[0m: c\n");
	assert_non_null(strstr(printed(1, 0), "\"findings\":["
	    "{\"severity\":\"error\",\"code\":\"e1\",\"what\":\"b\","
	    "\"remedy\":\"\"},{\"severity\":\"error\",\"code\":\"e2\","));
	row_begin(&r, "m");
	assert_string_equal(printed(0, 0), "ok      m\n");
}

static void
test_room(void **state)
{
	(void)state;
	row_begin(&r, "n");
	for (int i = 0; i < ROW_FINDINGS_MAX + 2; i++)
		row_add(&r, SEVERITY_WARNING, "w", NULL, "w%d", i);
	assert_int_equal(r.n, ROW_FINDINGS_MAX);
	assert_string_equal(r.findings[ROW_FINDINGS_MAX - 1].what, "w7");
	for (int i = 0; i < ROW_FINDINGS_MAX + 2; i++)
		row_add(&r, SEVERITY_ERROR, "e", NULL, "e%d", i);
	assert_int_equal(r.n, ROW_FINDINGS_MAX);
	assert_int_equal(r.worst, SEVERITY_ERROR);
	for (int i = 0; i < ROW_FINDINGS_MAX; i++) {
		assert_int_equal(r.findings[i].what[0], 'e');
		assert_int_equal(r.findings[i].what[1], '0' + i);
	}
	/* dropped, and still the worst */
	row_begin(&r, "n");
	for (int i = 0; i < ROW_FINDINGS_MAX; i++)
		row_add(&r, SEVERITY_WARNING, "w", NULL, "w");
	row_add(&r, SEVERITY_ERROR, "e", NULL, "e");
	assert_int_equal(r.n, ROW_FINDINGS_MAX);
	assert_string_equal(r.findings[0].what, "e");
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
	row_begin(&r, all);
	row_add(&r, SEVERITY_ERROR, "x", all, "%s", all);
	text = copy = strdup(printed(0, 0));
	json = printed(1, 0);
	for (const char *s = text; *s != '\0'; s++)
		assert_true(*s == '\n' || (*s >= ' ' && *s <= '~'));
	for (int i = 0; i < 3; i++) {
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
test_cut(void **state)
{
	static char big[4096], buf[ROW_TEXT_SIZE];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	row_begin(&r, big);
	assert_int_equal(strlen(r.subject), ROW_SUBJECT_SIZE - 1);
	row_add(&r, SEVERITY_ERROR, "x", big, "%s", big);
	assert_int_equal(strlen(r.findings[0].what), ROW_TEXT_SIZE - 1);
	assert_int_equal(strlen(r.findings[0].remedy), ROW_TEXT_SIZE - 1);
	row_good(&r, "%s", big);
	assert_int_equal(strlen(r.good), ROW_TEXT_SIZE - 1);
	/* but no command is */
	big[ROW_TEXT_SIZE - 1] = '\0';
	row_remedy(buf, "%s", big);
	assert_string_equal(buf, big);
	row_remedy(buf, "%sx", big);
	assert_string_equal(buf, "");
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
		{ "a\nb", "'a\nb'" },
		{ "~", "'~'" },
	};
	char big[2 * ROW_TEXT_SIZE], buf[ROW_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(row_quote(table[i][0], buf), table[i][1]);
	for (const char *c = "'\"x"; *c != '\0'; c++)
		for (size_t n = 1; n < sizeof(big); n++) {
			const char *q;

			memset(big, *c, n);
			big[n] = '\0';
			q = row_quote(big, buf);
			assert_true(strlen(q) < ROW_TEXT_SIZE);
			if (n < 200)
				assert_true(strlen(q) >= n);
			if (n > ROW_TEXT_SIZE)
				assert_true(strlen(q) <= 2);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_quote),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
