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
 * verdict: what the parsers say to inputs from stdin, for the comparison with
 * tests/unit/oracle.py.  Each case is a byte 'p', 'h' or 'n', a length of 4 bytes,
 * and so many bytes; the answer is one line.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../hello.h"
#include "../../name.h"
#include "../../proxy.h"

static const char *const words[] = {
	[PARSE_DONE] = "done", [PARSE_MORE] = "more", [PARSE_BAD] = "bad",
	[PARSE_NONE] = "none"
};

static void
say_proxy(const uint8_t *buf, size_t len)
{
	char addr[ADDR_STRLEN];
	struct proxy p;
	size_t used;
	enum parse r;

	r = proxy_parse(buf, len, &p, &used);
	if (r != PARSE_DONE) {
		puts(words[r]);
		return;
	}
	printf("done used=%zu version=%d local=%d client=%s\n", used,
	    p.version, p.local, p.client.family == 0 ? "-" :
	    addr_format(&p.client, addr));
}

static void
say_hello(const uint8_t *buf, size_t len)
{
	struct hello_frame f;
	struct hello h;
	uint8_t *msg;
	enum parse r;

	memset(&f, 0, sizeof(f));
	r = hello_frame(buf, len, &f);
	if (r == PARSE_DONE) {
		if ((msg = malloc(f.want)) == NULL)
			err(1, NULL);
		hello_join(buf, &f, msg);
		r = hello_parse(msg, f.want, &h);
		free(msg);
	}
	if (r != PARSE_DONE) {
		puts(words[r]);
		return;
	}
	printf("done used=%zu tls=%d sni=", f.off,
	    h.tls12 || h.tls13);
	for (size_t i = 0; i < h.sni_len && i < HELLO_SNI_KEPT; i++)
		printf("%02x", h.sni[i]);
	if (h.sni_len > HELLO_SNI_KEPT)
		printf("...%zu", h.sni_len);
	printf("%s alpn=%d acme=%d\n", h.has_sni ? "" : "-", h.has_alpn,
	    h.acme_tls);
}

static void
say_name(const uint8_t *buf, size_t len)
{
	char name[NAME_SIZE];

	if (name_canonical(buf, len, name) == 0)
		printf("ok %s\n", name);
	else
		puts("bad");
}

int
main(void)
{
	uint8_t head[5], *buf;
	size_t len;

	while (fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
		len = (size_t)head[1] << 24 | (size_t)head[2] << 16 |
		    (size_t)head[3] << 8 | head[4];
		if ((buf = malloc(len > 0 ? len : 1)) == NULL)
			err(1, NULL);
		if (fread(buf, 1, len, stdin) != len)
			errx(1, "input cut");
		if (head[0] == 'p')
			say_proxy(buf, len);
		else if (head[0] == 'h')
			say_hello(buf, len);
		else
			say_name(buf, len);
		free(buf);
	}
	return (0);
}
