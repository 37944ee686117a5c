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
/* The ASCII form of international names; some are of RFC 3492 7.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/idna.h"

#define L59	"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvw"

static const struct {
	const char	*utf8;
	const char	*ascii;		/* NULL: no hint */
} names[] = {
	{ "b\u00fccher.example", "xn--bcher-kva.example" },
	{ "B\u00dcCHER.Example", "xn--bcher-kva.example" },
	{ "www.b\u00fccher.example.", "www.xn--bcher-kva.example." },
	{ "\u00fc", "xn--tda" },
	{ "\u0142\u00f3d\u017a.example", "xn--d-uga0v4h.example" },
	{ "\u0141\u00d3D\u0179.example", "xn--d-uga0v4h.example" },
	{ "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
	    "xn--e1afmkfd.xn--p1ai" },
	{ "\u041f\u0420\u0418\u041c\u0415\u0420.\u0420\u0424",
	    "xn--e1afmkfd.xn--p1ai" },
	{ "\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587",
	    "xn--ihqwcrb4cv8a8dqg056pqjye" },
	{ "\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648"
	    "\u0634\u0639\u0631\u0628\u064a\u061f",
	    "xn--egbpdaj6bu4bxfgehfvwxn" },
	{ "3\u5e74b\u7d44\u91d1\u516b\u5148\u751f",
	    "xn--3b-ww4c5e180e575a65lsy2b" },
	{ "\U0001f600.example", "xn--e28h.example" },
	{ "example.org", NULL },		/* ASCII */
	{ "", NULL },
	{ ".", NULL },
	{ "m\u00fc n.example", NULL },		/* a blank */
	{ "\u00fc..example", NULL },
	{ "\u0130.example", NULL },	/* its small letter is i and a dot */
	{ "\u01c4.example", NULL },	/* a capital beyond the table */
	{ "\u0178.example", NULL },
	{ "bucure\u0219ti.ro", "xn--bucureti-m9c.ro" },
	{ "BUCURE\u0218TI.ro", "xn--bucureti-m9c.ro" },
	{ "\u0111\u01b0\u1eddng.vn", "xn--ng-pma05d708i.vn" },
	{ "\u03aa.gr", "xn--cya.gr" },
	{ "stra\u1e9ee.example", NULL },
	{ "\u0176.example", "xn--cha.example" },
	{ "vi\u1ec6t.example", "xn--vit-5kz.example" },
	{ "\u0490.example", "xn--03a.example" },
	{ L59 ".b\u00fccher.example", L59 ".xn--bcher-kva.example" },
	{ L59 "\u00fc.example", NULL },	/* 64 bytes and more */
	{ "u\u0308.example", NULL },		/* an accent of its own */
	{ "\u0386.example", NULL },		/* a capital with one */
	{ "\xff.example", NULL },		/* no UTF-8 */
	{ "\xc3", NULL },
	{ "\xc3(.example", NULL },
	{ "\xc0\xae.example", NULL },
	{ "\xf0\x9f\x98", NULL },
};

static void
test_names(void **state)
{
	char out[NAME_SIZE], *copy;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		copy = strdup(names[i].utf8);	/* for AddressSanitizer */
		if (names[i].ascii == NULL)
			assert_int_equal(idna_to_ascii(copy, out), -1);
		else {
			assert_int_equal(idna_to_ascii(copy, out), 0);
			assert_string_equal(out, names[i].ascii);
		}
		free(copy);
	}
}

/* Labels and names of every length: a name that fits, or no hint. */
static void
test_lengths(void **state)
{
	char in[2048] = "", out[NAME_SIZE];

	(void)state;
	for (int i = 0; i < 500; i++) {
		strcat(in, i % 20 == 19 ? ".\u00fc" : i % 3 ? "\u4e2d" : "a");
		if (idna_to_ascii(in, out) == 0) {
			assert_true(strlen(out) < NAME_SIZE);
			for (char *l = strtok(out, "."); l != NULL;
			    l = strtok(NULL, "."))
				assert_true(strlen(l) <= 63);
		}
	}
	assert_int_equal(idna_to_ascii(in, out), -1);
	in[0] = '\0';
	for (int i = 0; i < 70; i++) {
		strcat(in, "\U0010ffff");
		if (i > 57)
			assert_int_equal(idna_to_ascii(in, out), -1);
		else
			idna_to_ascii(in, out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lengths),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
