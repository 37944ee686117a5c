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

#include <stdio.h>
#include <string.h>

#include "disk.h"

void
disk_load(struct disk *d, const char *directory, const struct identifier *id)
{
	struct certdir dir;
	struct pair pair;
	char path[WHY_SIZE];

	memset(d, 0, sizeof(*d));
	if ((d->directory = directory) == NULL)
		return;
	certdir_open(&dir, directory);
	d->state = pair_load(&dir, id->name, &pair, d->why);
	certdir_close(&dir);
	snprintf(path, sizeof(path), "%s/%s" CRT_SUFFIX, directory, id->name);
	if (d->state == PAIR_OK &&
	    cert_parse(pair.cert, pair.cert_len, &d->cert) == -1) {
		d->state = PAIR_BAD;
		snprintf(d->why, sizeof(d->why),
		    "%.900s: no certificate that can be read", path);
	} else if (d->state == PAIR_OK)
		cert_judge(&d->cert, id, path);
	pair_free(&pair);
}

void
disk_free(struct disk *d)
{
	cert_free(&d->cert);
	memset(d, 0, sizeof(*d));
}
