/*
 * proxy: the PROXY protocol header, versions 1 and 2, as specified in
 * HAProxy's doc/proxy-protocol.txt.  Pure: bytes in, answer out.
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
	int		 version;	/* 1 or 2; 0: none seen */
	int		 local;		/* v2 LOCAL: it is the proxy's own */
	struct addr	 client;	/* claimed; family 0: not claimed */
	const char	*why;		/* PARSE_BAD: what is wrong; or NULL */
};

/*
 * Parse a header at the start of buf[0..len).  *out and *used are always set.
 * PARSE_DONE: *used bytes are the header.  PARSE_MORE: what is there may
 * become one.  PARSE_BAD: it begins like one and is malformed, out->why says
 * how.  PARSE_NONE: the bytes are not the beginning of a PROXY header.
 * *used is 0 except for PARSE_DONE, and never more than len.
 */
enum parse proxy_parse(const uint8_t *buf, size_t len, struct proxy *out,
	    size_t *used);

#endif
