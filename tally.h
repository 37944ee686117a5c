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
 * tally: count events that would fill the log, and allow one line a second.
 * now is a time of now_ms().
 */
#ifndef TALLY_H
#define TALLY_H

#define TALLY_MS	1000

/* All zero: nothing has been counted. */
struct tally {
	unsigned long	 count;		/* not yet logged */
	long long	 last;		/* time of the last line */
	int		 logged;		/* 1: last is set */
};

/* An event.  Returns 1 if the caller must log it now, or 0: it is counted. */
static inline int
tally_add(struct tally *t, long long now)
{
	if (t->count == 0 && (!t->logged || now - t->last >= TALLY_MS)) {
		t->logged = 1;
		t->last = now;
		return (1);
	}
	t->count++;
	return (0);
}

/* If a line is due now, return count and reset it; otherwise return 0. */
static inline unsigned long
tally_take(struct tally *t, long long now)
{
	const unsigned long count = t->count;

	if (count == 0 || now - t->last < TALLY_MS)
		return (0);
	t->count = 0;
	t->last = now;
	return (count);
}

#endif
