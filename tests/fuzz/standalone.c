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
 * Runs a fuzz target on each file named, or on standard input: for AFL++
 * (afl-clang-fast), and for compilers without libFuzzer.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
run(FILE *f, const char *name)
{
	enum { MAX = 1 << 20 };
	uint8_t *buf, *exact;
	size_t n;

	if ((buf = malloc(MAX)) == NULL)
		err(1, NULL);
	n = fread(buf, 1, MAX, f);
	if (ferror(f))
		err(1, "%s", name);
	/* of just that size, so that a byte too far is seen */
	if ((exact = realloc(buf, n > 0 ? n : 1)) == NULL)
		err(1, NULL);
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

int
main(int argc, char *argv[])
{
	FILE *f;

	if (argc < 2)
		run(stdin, "stdin");
	for (int i = 1; i < argc; i++) {
		if ((f = fopen(argv[i], "rb")) == NULL)
			err(1, "%s", argv[i]);
		run(f, argv[i]);
		(void)fclose(f);
	}
	return (0);
}
