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
 * findings: the catalogue of alpnd-check, for tests.  Prints a line for each
 * finding: "connect" or "files", the code and the severity.  SEVERITY_NOTE
 * prints as "warning", too.
 */
#include <stdio.h>

#include "check/finding.h"

int
main(void)
{
	for (enum finding id = FINDING_NONE + 1; id < FINDING_N; id++)
		printf("%s %s %s\n", FINDING_IS_OF_SERVER(id) ? "connect" :
		    "files", finding_words(id)->code,
		    finding_words(id)->severity == SEVERITY_ERROR ? "error" :
		    "warning");
	return (0);
}
