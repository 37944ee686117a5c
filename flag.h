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
/* flag: what alpnd and alpnd-check share to parse their flags. */
#ifndef FLAG_H
#define FLAG_H

#define FLAG_PROBLEM_SIZE	64

/*
 * Write to buf what is wrong after getopt(3) has returned ch, ':' or '?'.  The
 * option string must begin with ':'.  Returns buf.
 */
const char *flag_problem(int ch, char buf[FLAG_PROBLEM_SIZE]);

/*
 * Parse a decimal number without sign, blank or leading zero.  min and max are
 * 0 to 65535.  Returns the number, or -1 if s is not a number from min to max.
 */
int	flag_number(const char *s, int min, int max);

#endif
