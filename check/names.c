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

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

static int
by_name(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

void
names_add(struct names *names, const char *s, size_t len)
{
	if (names->n == names->room) {
		names->room = names->room == 0 ? 64 : 2 * names->room;
		names->v = reallocarray(names->v, names->room,
		    sizeof(*names->v));
		if (names->v == NULL)
			err(EXIT_FAILURE, NULL);
	}
	if ((names->v[names->n++] = strndup(s, len)) == NULL)
		err(EXIT_FAILURE, NULL);
}

void
names_sort(struct names *names)
{
	size_t n = 0;

	if (names->n == 0)
		return;
	qsort(names->v, names->n, sizeof(*names->v), by_name);
	for (size_t i = 1; i < names->n; i++)
		if (strcmp(names->v[n], names->v[i]) == 0)
			free(names->v[i]);
		else
			names->v[++n] = names->v[i];
	names->n = n + 1;
}

void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
}
