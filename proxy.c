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
#include <sys/socket.h>

#include <arpa/inet.h>

#include <string.h>

#include "proxy.h"

static const uint8_t v1_signature[] = { 'P', 'R', 'O', 'X', 'Y', ' ' };
static const uint8_t v2_signature[] = {
	0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
};

/* section 2.2: version and command, family and transport protocol */
#define V2_VERSION(b)	((b) >> 4)
#define V2_COMMAND(b)	((b) & 0xf)
#define V2_LOCAL	0
#define V2_PROXY	1
#define V2_FAMILY(b)	((b) >> 4)
#define V2_UNSPEC	0
#define V2_INET		1
#define V2_INET6	2
#define V2_UNIX		3
#define V2_TRANSPORT(b)	((b) & 0xf)
#define V2_STREAM	1
#define V2_DGRAM	2

/* The fields of *out that a header sets are set after its last check. */
static enum parse
bad(struct proxy *out, const char *why)
{
	out->why = why;
	return (PARSE_BAD);
}

/* Does buf begin with sig?  PARSE_MORE: buf is too short to tell. */
static enum parse
begins_with(const uint8_t *buf, size_t len, const uint8_t *sig, size_t siglen)
{
	if (memcmp(buf, sig, len < siglen ? len : siglen) != 0)
		return (PARSE_NONE);
	return (len < siglen ? PARSE_MORE : PARSE_DONE);
}

/*
 * Split off the next field of a v1 line.  It ends before a space, or at the
 * end of the line; then *last is set.
 */
static struct cursor
v1_field(struct cursor *line, int *last)
{
	struct cursor field = { line->p, 0 };
	const uint8_t *sp = NULL;

	if (line->len > 0)
		sp = memchr(line->p, ' ', line->len);
	*last = (sp == NULL);
	field.len = sp == NULL ? line->len : (size_t)(sp - line->p);
	line->p += field.len;
	line->len -= field.len;
	if (sp != NULL) {
		line->p++;
		line->len--;
	}
	return (field);
}

/* inet_pton(3) and nothing laxer: no 1.2, no 0x7f000001, no zone. */
static int
v1_address(int family, struct cursor field, uint8_t ip[16])
{
	char text[INET6_ADDRSTRLEN];

	if (field.len >= sizeof(text) ||
	    memchr(field.p, '\0', field.len) != NULL)
		return (-1);
	memcpy(text, field.p, field.len);
	text[field.len] = '\0';
	return (inet_pton(family, text, ip) == 1 ? 0 : -1);
}

/*
 * The line after "PROXY ", without its CRLF.  The destination may be of the
 * other family, or a UNIX socket's path: nginx writes it so behind realip.
 */
static enum parse
v1_line(struct cursor line, struct proxy *out)
{
	struct cursor field;
	uint8_t ip[16];
	uint16_t port, dstport;
	int family, last;

	field = v1_field(&line, &last);
	if (field.len == 7 && memcmp(field.p, "UNKNOWN", 7) == 0)
		return (PARSE_DONE);	/* the rest of the line is ignored */
	if (field.len == 4 && memcmp(field.p, "TCP4", 4) == 0)
		family = AF_INET;
	else if (field.len == 4 && memcmp(field.p, "TCP6", 4) == 0)
		family = AF_INET6;
	else
		return (bad(out, "v1: protocol is not TCP4, TCP6 or UNKNOWN"));

	field = v1_field(&line, &last);
	if (last || v1_address(family, field, ip) == -1)
		return (bad(out, "v1: bad source address"));
	field = v1_field(&line, &last);
	if (last || field.len == 0)
		return (bad(out, "v1: no destination address"));
	field = v1_field(&line, &last);
	if (last || port_parse(field.p, field.len, &port) == -1)
		return (bad(out, "v1: bad source port"));
	field = v1_field(&line, &last);
	if (!last || port_parse(field.p, field.len, &dstport) == -1)
		return (bad(out, "v1: bad destination port"));
	addr_set(&out->client, family, ip);
	out->client.port = port;
	return (PARSE_DONE);
}

static enum parse
v1_parse(const uint8_t *buf, size_t len, struct proxy *out, size_t *used)
{
	static const uint8_t unknown[] = { 'U', 'N', 'K', 'N', 'O', 'W', 'N' };
	const size_t siglen = sizeof(v1_signature);
	struct cursor line = { buf + siglen, 0 };
	size_t i, n = len < PROXY_V1_MAX ? len : PROXY_V1_MAX;
	int ignore;
	enum parse r;

	/* An UNKNOWN line may have any byte before its CRLF. */
	ignore = n >= siglen + sizeof(unknown) && memcmp(line.p, unknown,
	    sizeof(unknown)) == 0;
	for (i = siglen; i < n; i++) {
		if (buf[i - 1] == '\r' && buf[i] == '\n')
			break;
		if (!ignore && buf[i] != '\r' && (buf[i] < ' ' || buf[i] > '~'))
			return (bad(out, "v1: control byte before CRLF"));
		if (!ignore && buf[i - 1] == '\r')
			return (bad(out, "v1: CR without LF"));
	}
	if (i == n)
		return (len < PROXY_V1_MAX ? PARSE_MORE :
		    bad(out, "v1: no CRLF in 107 bytes"));
	line.len = i - 1 - siglen;
	if ((r = v1_line(line, out)) == PARSE_DONE)
		*used = i + 1;
	return (r);
}

/* Do whole TLVs fill the rest of the header (section 2.2.1)? */
static int
v2_tlvs_fit(struct cursor c)
{
	struct cursor value;
	uint32_t type;

	while (c.len > 0)
		if (cursor_uint(&c, 1, &type) == -1 ||
		    cursor_vector(&c, 2, &value) == -1)
			return (0);
	return (1);
}

/* Length of the address block of a family, -1 if there is no such family. */
static int
v2_address_length(uint32_t family)
{
	switch (family) {
	case V2_UNSPEC:
		return (0);
	case V2_INET:
		return (2 * 4 + 2 * 2);
	case V2_INET6:
		return (2 * 16 + 2 * 2);
	case V2_UNIX:
		return (2 * 108);
	default:
		return (-1);
	}
}

/* The part after the 16 bytes, of a PROXY command. */
static enum parse
v2_addresses(struct cursor body, uint32_t fam, struct proxy *out)
{
	struct cursor block, ip, skip;
	uint32_t port;
	size_t iplen = V2_FAMILY(fam) == V2_INET ? 4 : 16;

	if (V2_FAMILY(fam) == V2_UNSPEC)
		return (PARSE_DONE);	/* the rest has no known form */
	if (cursor_take(&body, (size_t)v2_address_length(V2_FAMILY(fam)),
	    &block) == -1 || !v2_tlvs_fit(body))
		return (bad(out, "v2: TLV beyond the header"));
	if (V2_FAMILY(fam) == V2_UNIX || V2_TRANSPORT(fam) != V2_STREAM)
		return (PARSE_DONE);	/* not an address of TCP */
	(void)cursor_take(&block, iplen, &ip);
	(void)cursor_take(&block, iplen, &skip);
	(void)cursor_uint(&block, 2, &port);
	addr_set(&out->client, iplen == 4 ? AF_INET : AF_INET6, ip.p);
	out->client.port = (uint16_t)port;
	return (PARSE_DONE);
}

static enum parse
v2_parse(const uint8_t *buf, size_t len, struct proxy *out, size_t *used)
{
	struct cursor body, c = { buf, len };
	uint32_t vercmd, fam, n;
	enum parse r;

	(void)cursor_take(&c, sizeof(v2_signature), &body);
	if (cursor_uint(&c, 1, &vercmd) == -1)
		return (PARSE_MORE);
	if (V2_VERSION(vercmd) != 2)
		return (bad(out, "v2: version is not 2"));
	if (V2_COMMAND(vercmd) > V2_PROXY)
		return (bad(out, "v2: command is not LOCAL or PROXY"));
	if (cursor_uint(&c, 1, &fam) == -1)
		return (PARSE_MORE);
	/* The family of a LOCAL header must be ignored (section 2.2). */
	if (V2_COMMAND(vercmd) == V2_PROXY &&
	    (v2_address_length(V2_FAMILY(fam)) == -1 ||
	    V2_TRANSPORT(fam) > V2_DGRAM))
		return (bad(out, "v2: no such address family or transport"));
	if (cursor_uint(&c, 2, &n) == -1)
		return (PARSE_MORE);
	if (V2_COMMAND(vercmd) == V2_PROXY &&
	    n < (uint32_t)v2_address_length(V2_FAMILY(fam)))
		return (bad(out, "v2: length too small for the addresses"));
	if (cursor_take(&c, n, &body) == -1)
		return (PARSE_MORE);
	if (V2_COMMAND(vercmd) == V2_LOCAL) {
		out->local = 1;
		r = PARSE_DONE;
	} else
		r = v2_addresses(body, fam, out);
	if (r == PARSE_DONE)
		*used = len - c.len;
	return (r);
}

enum parse
proxy_signature(const uint8_t *buf, size_t len, int *version)
{
	enum parse r;

	*version = 0;
	if (len == 0)
		return (PARSE_MORE);
	r = begins_with(buf, len, v1_signature, sizeof(v1_signature));
	if (r == PARSE_DONE)
		*version = 1;
	if (r != PARSE_NONE)
		return (r);
	r = begins_with(buf, len, v2_signature, sizeof(v2_signature));
	if (r == PARSE_DONE)
		*version = 2;
	return (r);
}

enum parse
proxy_parse(const uint8_t *buf, size_t len, struct proxy *out, size_t *used)
{
	enum parse r;

	memset(out, 0, sizeof(*out));
	*used = 0;
	r = proxy_signature(buf, len, &out->version);
	if (r != PARSE_DONE)
		return (r);
	if (out->version == 1)
		return (v1_parse(buf, len, out, used));
	return (v2_parse(buf, len, out, used));
}
