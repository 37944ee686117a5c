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
/* hello_frame, hello_join, hello_parse: what hello.h promises. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../hello.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_hello(const uint8_t *msg, size_t len)
{
	struct hello h;
	enum parse r;

	memset(&h, 0xa5, sizeof(h));
	r = hello_parse(msg, len, &h);
	assert(r == PARSE_DONE || r == PARSE_BAD);
	assert((r == PARSE_BAD) == (h.why != NULL));
	assert(h.has_sni == 0 || h.has_sni == 1);
	assert(h.has_alpn == 0 || h.has_alpn == 1);
	assert(h.acme_tls <= h.has_alpn);
	assert(h.sni_len <= len && (h.has_sni == 1) == (h.sni_len > 0));
	assert(r == PARSE_DONE || (!h.has_sni && !h.acme_tls));
	for (size_t i = h.sni_len; i < HELLO_SNI_KEPT; i++)
		assert(h.sni[i] == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct hello_frame f, g;
	uint8_t *msg;
	enum parse r;

	memset(&f, 0, sizeof(f));
	r = hello_frame(data, len, &f);
	assert(f.off <= len && f.have <= len);
	assert((r == PARSE_BAD) == (f.why != NULL));
	/* the same in two steps */
	memset(&g, 0, sizeof(g));
	if (hello_frame(data, len / 2, &g) == PARSE_MORE)
		assert(hello_frame(data, len, &g) == r && g.off == f.off);
	else
		assert(r != PARSE_MORE);
	if (r != PARSE_DONE) {
		if (len > 0)		/* any bytes, as a message */
			check_hello(data + 1, len - 1);
		return (0);
	}
	assert(f.have == f.want && f.want <= HELLO_MAX);
	if ((msg = malloc(f.want)) == NULL)
		abort();
	hello_join(data, &f, msg);
	check_hello(msg, f.want);
	free(msg);
	return (0);
}
