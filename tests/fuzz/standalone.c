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
