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
/* proxy_parse: what it promises in proxy.h, for any bytes. */
#include <assert.h>
#include <string.h>

#include "../../proxy.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct proxy p, q;
	size_t used = SIZE_MAX, again;
	enum parse r;

	memset(&p, 0xa5, sizeof(p));
	r = proxy_parse(data, len, &p, &used);
	assert(used <= len);
	assert((r == PARSE_DONE) == (used > 0));
	assert((r == PARSE_BAD) == (p.why != NULL));
	assert(p.version >= 0 && p.version <= 2);
	assert(p.local == 0 || p.local == 1);
	assert(p.client.family == 0 || p.client.family == AF_INET ||
	    p.client.family == AF_INET6);
	assert(p.client.family == 0 || (r == PARSE_DONE && !p.local));
	assert(p.client.family != AF_INET6 || memcmp(p.client.ip,
	    "\0\0\0\0\0\0\0\0\0\0\377\377", 12) != 0);
	if (r != PARSE_DONE)
		return (0);
	assert(p.version != 0);
	assert(p.version == 2 || used <= PROXY_V1_MAX);
	/* what follows does not matter, and one byte less is not enough */
	assert(proxy_parse(data, used, &q, &again) == PARSE_DONE);
	assert(again == used && q.client.port == p.client.port);
	assert(proxy_parse(data, used - 1, &q, &again) == PARSE_MORE);
	return (0);
}
