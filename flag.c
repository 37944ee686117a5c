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
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "addr.h"
#include "flag.h"

const char *
flag_problem(int ch, char buf[FLAG_PROBLEM_SIZE])
{
	snprintf(buf, FLAG_PROBLEM_SIZE, ch == ':' ?
	    "-%c wants an argument" : "there is no flag -%c", optopt);
	return (buf);
}

int
flag_number(const char *s, int min, int max)
{
	uint16_t n;

	/* A port has the same syntax. */
	if (port_parse(s, &n) == -1 || n < min || n > max)
		return (-1);
	return (n);
}
