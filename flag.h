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
/* flag: the flags of a command line that alpnd and alpnd-check have alike. */
#ifndef FLAG_H
#define FLAG_H

#define FLAG_PROBLEM_SIZE	64

/*
 * Say what is wrong after getopt(3) has returned ch, which is ':' or '?'.  The
 * option string must begin with ':'.  Returns buf.
 */
const char *flag_problem(int ch, char buf[FLAG_PROBLEM_SIZE]);

/*
 * A decimal number from min to max, 0 to 65535, without sign, blank or leading
 * zero.  Returns -1 if s is not such a number.
 */
int	flag_number(const char *s, int min, int max);

#endif
