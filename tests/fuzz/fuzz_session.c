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
 * intake_feed: everything before libtls.  The first byte of the input is the
 * mode of -p, the second how the rest is cut; the decision must not depend on
 * the second.
 */
#include <assert.h>
#include <string.h>

#include "../../intake.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct intake *in, enum parse r, size_t len)
{
	char again[NAME_SIZE];
	int alert;

	assert(r == PARSE_MORE || r == PARSE_DONE);
	assert((r == PARSE_DONE) == (in->phase == PHASE_DECIDED));
	assert(in->tls_off <= len);
	if (r == PARSE_MORE)
		return;
	alert = reason_alert(in->reason);
	assert(alert == -1 || alert == 50 || alert == 70 || alert == 109 ||
	    alert == 112 || alert == 120);
	if (in->reason == REASON_NONE) {	/* a pair may be opened */
		assert(in->hello.acme_tls &&
		    (in->hello.tls12 || in->hello.tls13));
		assert(name_canonical((const uint8_t *)in->name,
		    strlen(in->name), again) == 0);
		assert(strcmp(in->name, again) == 0);
		assert(in->mode != PROXY_REQUIRE || in->proxy.version != 0);
		assert(in->mode != PROXY_OFF || in->proxy.version == 0);
	}
	assert(in->reason == REASON_NONE ||
	    reason_name(in->reason)[0] != '\0');
	assert(in->reason <= REASON_PROXY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct intake whole, cut;
	enum parse r, s = PARSE_MORE;
	uint32_t seed;
	size_t n = 0;

	if (len < 2)
		return (0);
	seed = data[1];
	intake_init(&whole, (enum proxy_mode)(data[0] % 3));
	intake_init(&cut, (enum proxy_mode)(data[0] % 3));
	data += 2;
	len -= 2;
	r = intake_feed(&whole, data, len);
	check(&whole, r, len);
	while (s == PARSE_MORE && n < len) {
		seed = seed * 1103515245 + 12345;
		n += 1 + (seed >> 16) % (len / 4 + 1);
		if (n > len)
			n = len;
		s = intake_feed(&cut, data, n);
	}
	check(&cut, s, n);
	assert(r == s && whole.reason == cut.reason);
	assert(whole.tls_off == cut.tls_off && whole.why == cut.why);
	assert(strcmp(whole.name, cut.name) == 0);
	assert(whole.proxy.client.family == cut.proxy.client.family &&
	    whole.proxy.client.port == cut.proxy.client.port);
	assert(memcmp(whole.proxy.client.ip, cut.proxy.client.ip,
	    sizeof(whole.proxy.client.ip)) == 0);
	return (0);
}
