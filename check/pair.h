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
/* pair: one pair in the directory, as alpnd and a CA would see it. */
#ifndef PAIR_H
#define PAIR_H

#include "finding.h"
#include "user.h"

#define PAIR_AGE_SIZE	64

enum { CRT, KEY, PAIR_FILES };

/*
 * Check the pair of name for the user.  name is a file name without its suffix,
 * and may have any bytes.  path is the directory, absolute; dirfd is the
 * directory, open.  Findings of the key file go to f[KEY].  All others go to
 * f[CRT].  So do FINDING_FILE_BAD and FINDING_HALF_A_PAIR, whichever file they
 * are about.  Returns the seconds since the newer file was written, or -1:
 * unknown.
 */
long long pair_check(int dirfd, const char *path, const char *name,
	    const struct user *user, struct findings f[PAIR_FILES]);

/*
 * End why, the text of pair_load() for the directory path, before what to do.
 * Returns what to do, or "".
 */
const char *pair_cut_advice(const char *path, char *why);

/* "1 second", "3 minutes", "40 days".  Returns buf. */
const char *pair_age(long long seconds, char buf[PAIR_AGE_SIZE]);

#endif
