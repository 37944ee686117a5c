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
 * proxy: the PROXY protocol header, versions 1 and 2, as specified in
 * HAProxy's doc/proxy-protocol.txt.  Pure.
 */
#ifndef PROXY_H
#define PROXY_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "parse.h"

#define PROXY_V1_MAX	107			/* section 2.1, CRLF included */
#define PROXY_V2_HEAD	16			/* section 2.2 */
#define PROXY_V2_MAX	(PROXY_V2_HEAD + 65535)

/* Is a header taken if there (the default), required, or refused? */
enum proxy_mode { PROXY_AUTO, PROXY_REQUIRE, PROXY_OFF };

struct proxy {
	int		 version;	/* 1, 2, or 0: no signature */
	int		 local;		/* 1: v2 LOCAL, from the proxy itself */
	struct addr	 client;	/* claimed; family 0: not claimed */
	const char	*why;		/* reason of PARSE_BAD, or NULL */
};

/*
 * Does buf[0..len) begin with the signature of a header?  PARSE_DONE with
 * *version 1 or 2, else *version is 0.  PARSE_MORE: buf is too short to tell.
 * PARSE_NONE: no.
 */
enum parse proxy_signature(const uint8_t *buf, size_t len, int *version);

/*
 * Parse a header at the start of buf[0..len).  *out and *used are always set.
 * PARSE_DONE: the header has *used bytes.  PARSE_MORE: buf may be the
 * beginning of a header.  PARSE_BAD: buf begins with a signature, but the
 * header is malformed; out->why says how.  PARSE_NONE: buf does not begin with
 * a header.  *used is 0 except for PARSE_DONE, and never more than len.
 */
enum parse proxy_parse(const uint8_t *buf, size_t len, struct proxy *out,
	    size_t *used);

#endif
