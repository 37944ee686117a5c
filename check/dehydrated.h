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
/* dehydrated: names of files that dehydrated writes, and alpnd never finds. */
#ifndef DEHYDRATED_H
#define DEHYDRATED_H

#include "identifier.h"

#define DEHYDRATED_CN_MAX	64	/* of a CN, X.520 ub-common-name */
#define DEHYDRATED_NAME_SIZE	256	/* 18 groups of 4, and ".ip6.arpa" */

/*
 * The name without suffix that dehydrated after 0.7.0 gives the files of an
 * IPv6 address.  In place of "::", ip_to_ptr of dehydrated writes the missing
 * groups once for each empty field.  "::1" has two empty fields and "::" three,
 * so the name has too many zeros.  Returns 0 with the wrong name, or -1 if
 * dehydrated writes the right one.
 */
int	dehydrated_name(const struct identifier *id,
	    char name[DEHYDRATED_NAME_SIZE]);

/*
 * Set *id to the address for which dehydrated writes this wrong name.  Returns
 * 0, or -1 with *id undefined: dehydrated writes this name for no address.
 */
int	dehydrated_right(const char *name, struct identifier *id);

#endif
