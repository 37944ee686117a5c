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
static const uint8_t v1_unknown[] = { 'U', 'N', 'K', 'N', 'O', 'W', 'N' };
static const uint8_t v2_signature[] = {
	0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
};

/* section 2.2: version and command, family and transport protocol */
#define V2_VERSION(b)	((b) / 16)
#define V2_COMMAND(b)	((b) % 16)
#define V2_LOCAL	0
#define V2_PROXY	1
#define V2_FAMILY(b)	((b) / 16)
#define V2_UNSPEC	0
#define V2_INET		1
#define V2_INET6	2
#define V2_UNIX		3
#define V2_TRANSPORT(b)	((b) % 16)
#define V2_STREAM	1
#define V2_DGRAM	2

/*@
  requires \valid(out) && why != \null;
  assigns out->why;
  ensures \result == PARSE_BAD && out->why == why;
*/
static enum parse
bad(struct proxy *out, const char *why)
{
	out->why = why;
	return (PARSE_BAD);
}

/* Does buf begin with sig?  PARSE_MORE: buf is too short to tell. */
/*@
  requires \valid_read(buf + (0 .. len - 1));
  requires \valid_read(sig + (0 .. siglen - 1));
  assigns \nothing;
  ensures \result == PARSE_NONE <==> \exists integer i;
      0 <= i < len && i < siglen && buf[i] != sig[i];
  ensures \result != PARSE_NONE ==>
      \result == (len < siglen ? PARSE_MORE : PARSE_DONE);
*/
static enum parse
begins_with(const uint8_t *buf, size_t len, const uint8_t *sig, size_t siglen)
{
	/*@
	  loop invariant 0 <= i <= len && i <= siglen;
	  loop invariant \forall integer j; 0 <= j < i ==> buf[j] == sig[j];
	  loop assigns i;
	  loop variant len - i;
	*/
	for (size_t i = 0; i < len && i < siglen; i++)
		if (buf[i] != sig[i])
			return (PARSE_NONE);
	return (len < siglen ? PARSE_MORE : PARSE_DONE);
}

/*@
  // a header may set the client of out
  predicate unclaimed{L}(struct proxy *out) =
      \valid(out) && out->client.family == 0 && out->why == \null;
  // the verdict r of a header that is whole, and what it set
  predicate decided{L}(enum parse r, struct proxy *out) =
      (r == PARSE_DONE && out->why == \null ||
      r == PARSE_BAD && out->why != \null && out->client.family == 0) &&
      addr_ok(&out->client) && unmapped(&out->client);
  predicate printable{L}(uint8_t *buf, integer b, integer e) =
      \forall integer i; b <= i < e ==> ' ' <= buf[i] <= '~';
*/

/* A field of a v1 line begins at buf[b].  Returns its end: a space, or end. */
/*@
  requires b <= end && \valid_read(buf + (b .. end - 1));
  assigns \nothing;
  ensures b <= \result <= end && (\result < end ==> buf[\result] == ' ');
  ensures \forall integer i; b <= i < \result ==> buf[i] != ' ';
*/
static size_t
v1_field_end(const uint8_t *buf, size_t b, size_t end)
{
	/*@
	  loop invariant \at(b, Pre) <= b <= end;
	  loop invariant \forall integer i; \at(b, Pre) <= i < b ==>
	      buf[i] != ' ';
	  loop assigns b;
	  loop variant end - b;
	*/
	while (b < end && buf[b] != ' ')
		b++;
	return (b);
}

/*
 * Go on from the field buf[*b..*e) to the next one.  Returns 0, or -1 if there
 * is none before end.
 */
/*@
  requires \valid(b) && \valid(e) && \separated(b, e) && *e <= end;
  requires \valid_read(buf + (*e .. end - 1)) && (*e < end ==> buf[*e] == ' ');
  assigns *b, *e;
  behavior last:
    assumes *e == end;
    ensures \result == -1 && *e == end;
  behavior more:
    assumes *e < end;
    ensures \result == 0 && *b == \old(*e) + 1 && *b <= *e <= end;
    ensures *e < end ==> buf[*e] == ' ';
    ensures \forall integer i; *b <= i < *e ==> buf[i] != ' ';
  complete behaviors;
  disjoint behaviors;
*/
static int
v1_next(const uint8_t *buf, size_t end, size_t *b, size_t *e)
{
	if (*e == end)
		return (-1);
	*b = *e + 1;
	*e = v1_field_end(buf, *b, end);
	return (0);
}

/* Copy buf[b..e) to text, as a string.  Returns 0, or -1 if it is too long. */
/*@
  requires b <= e && \valid_read(buf + (b .. e - 1)) && printable(buf, b, e);
  requires \valid(text + (0 .. INET6_ADDRSTRLEN - 1));
  requires \separated(text + (0 .. INET6_ADDRSTRLEN - 1), buf + (b .. e - 1));
  assigns text[0 .. INET6_ADDRSTRLEN - 1];
  ensures \result == (e - b < INET6_ADDRSTRLEN ? 0 : -1);
  ensures \result == 0 ==> valid_read_string(text) && strlen(text) == e - b;
  ensures \result == 0 ==> \forall integer i; 0 <= i < e - b ==>
      text[i] == buf[b + i];
*/
static int
v1_text(const uint8_t *buf, size_t b, size_t e, char text[INET6_ADDRSTRLEN])
{
	size_t len = e - b;

	if (len >= INET6_ADDRSTRLEN)
		return (-1);
	/*@
	  loop invariant 0 <= i <= len;
	  loop invariant \forall integer j; 0 <= j < i ==>
	      text[j] == buf[b + j];
	  loop assigns i, text[0 .. INET6_ADDRSTRLEN - 1];
	  loop variant len - i;
	*/
	for (size_t i = 0; i < len; i++)
		text[i] = (char)buf[b + i];
	text[len] = '\0';
	return (0);
}

/* The family of a v1 protocol; AF_UNSPEC for UNKNOWN, -1 for no protocol. */
/*@
  requires readable(protocol);
  assigns \nothing;
  ensures \result == AF_UNSPEC || \result == -1 ||
      (\result == AF_INET || \result == AF_INET6) && protocol.p[0] == 'T';
*/
static int
v1_family(struct cursor protocol)
{
	if (cursor_is(protocol, "UNKNOWN", 7))
		return (AF_UNSPEC);
	if (cursor_is(protocol, "TCP4", 4))
		return (AF_INET);
	return (cursor_is(protocol, "TCP6", 4) ? AF_INET6 : -1);
}

/*
 * Parse buf[b..end), a line after "PROXY " and without its CRLF.  The
 * destination may be of the other family, or the path of a UNIX socket: nginx
 * with realip writes such a line.
 */
/*@
  requires b <= end && \valid_read(buf + (0 .. end)) && unclaimed(out);
  requires buf[b] == 'U' || printable(buf, b, end);
  requires \separated(out, buf + (0 .. end));
  assigns *out;
  ensures decided(\result, out);
  ensures out->local == \old(out->local);
  ensures out->version == \old(out->version);
*/
static enum parse
v1_line(const uint8_t *buf, size_t b, size_t end, struct proxy *out)
{
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t ip[16];
	uint16_t port, dstport;
	size_t e = v1_field_end(buf, b, end);
	struct cursor protocol = { buf + b, e - b };
	int family = v1_family(protocol);

	if (family == AF_UNSPEC)
		return (PARSE_DONE);	/* ignore the rest of the line */
	if (family == -1)
		return (bad(out, "v1: protocol is not TCP4, TCP6 or UNKNOWN"));

	/*@ assert buf[b] == 'T' && printable(buf, b, end); */
	/* inet_pton(3) takes neither 1.2 nor 0x7f000001, and no zone. */
	if (v1_next(buf, end, &b, &e) == -1 ||
	    v1_text(buf, b, e, text) == -1 || inet_pton(family, text, ip) != 1)
		return (bad(out, "v1: bad source address"));
	if (v1_next(buf, end, &b, &e) == -1 || b == e)
		return (bad(out, "v1: no destination address"));
	if (v1_next(buf, end, &b, &e) == -1 ||
	    v1_text(buf, b, e, text) == -1 || port_parse(text, &port) == -1)
		return (bad(out, "v1: bad source port"));
	if (v1_next(buf, end, &b, &e) == -1 || e != end ||
	    v1_text(buf, b, e, text) == -1 || port_parse(text, &dstport) == -1)
		return (bad(out, "v1: bad destination port"));
	addr_set(&out->client, family, ip);
	out->client.port = port;
	return (PARSE_DONE);
}

/*@
  requires \valid_read(buf + (0 .. len - 1)) && \valid(out) && \valid(used);
  requires \separated(out, used, buf + (0 .. len - 1));
  requires len >= 6 && buf[5] == ' ';
  requires *used == 0 && out->client.family == 0 && out->why == \null;
  assigns *out, *used;
  ensures \result == PARSE_DONE || \result == PARSE_MORE ||
      \result == PARSE_BAD;
  ensures \result == PARSE_DONE ? 8 <= *used <= len &&
      *used <= PROXY_V1_MAX && \old(buf)[*used - 1] == '\n' : *used == 0;
  ensures \result == PARSE_MORE ==> \old(v1_open(buf, len));
  ensures \old(v1_open(buf, len)) ==> \result == PARSE_MORE;
  ensures \result == PARSE_BAD <==> out->why != \null;
  ensures addr_ok(&out->client) && unmapped(&out->client);
  ensures out->client.family != 0 ==> \result == PARSE_DONE;
  ensures out->local == \old(out->local);
  ensures out->version == \old(out->version);
*/
static enum parse
v1_parse(const uint8_t *buf, size_t len, struct proxy *out, size_t *used)
{
	const size_t siglen = sizeof(v1_signature);
	size_t i, n = len < PROXY_V1_MAX ? len : PROXY_V1_MAX;
	int ignore;
	enum parse r;

	/* An UNKNOWN line may have any byte before its CRLF. */
	ignore = begins_with(buf + siglen, n - siglen, v1_unknown,
	    sizeof(v1_unknown)) == PARSE_DONE;
	/*@ assert ignore != 0 <==> unknown(buf, len); */
	/*@
	  loop invariant 6 <= i <= n && (\forall integer j; 6 <= j < i ==>
	      !crlf(buf, j) && (ignore == 0 ==> !v1_fault(buf, j)));
	  loop invariant ignore == 0 ==> \forall integer j; 6 <= j < i - 1 ==>
	      ' ' <= buf[j] <= '~';
	  loop assigns i;
	  loop variant n - i;
	*/
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
	if ((r = v1_line(buf, siglen, i - 1, out)) == PARSE_DONE)
		*used = i + 1;
	return (r);
}

/* Do whole TLVs fill the rest of the header (section 2.2.1)? */
/*@
  requires readable(c);
  assigns \nothing;
*/
static int
v2_tlvs_fit(struct cursor c)
{
	struct cursor value;
	uint32_t type;

	/*@
	  loop invariant readable(c);
	  loop assigns c, type, value;
	  loop variant c.len;
	*/
	while (c.len > 0)
		if (cursor_uint(&c, 1, &type) == -1 ||
		    cursor_vector(&c, 2, &value) == -1)
			return (0);
	return (1);
}

/* Bytes of the address block of a family. */
/*@
  requires family <= V2_UNIX;
  assigns \nothing;
  ensures \result == v2_need(family);
*/
static size_t
v2_address_length(uint32_t family)
{
	switch (family) {
	case V2_INET:
		return (2 * 4 + 2 * 2);
	case V2_INET6:
		return (2 * 16 + 2 * 2);
	case V2_UNIX:
		return (2 * 108);
	default:
		return (0);
	}
}

/* Parse what follows the 16 bytes of the head, if the command is PROXY. */
/*@
  requires readable(body) && unclaimed(out) && V2_FAMILY(fam) <= V2_UNIX;
  requires body.len >= v2_need(V2_FAMILY(fam));
  requires \separated(out, body.p + (0 .. body.len - 1));
  assigns *out;
  ensures decided(\result, out);
  ensures out->local == \old(out->local);
  ensures out->version == \old(out->version);
*/
static enum parse
v2_addresses(struct cursor body, uint32_t fam, struct proxy *out)
{
	struct cursor block, ip, skip;
	uint32_t port;
	size_t iplen = V2_FAMILY(fam) == V2_INET ? 4 : 16;

	if (V2_FAMILY(fam) == V2_UNSPEC)
		return (PARSE_DONE);	/* the rest has no known form */
	if (cursor_take(&body, v2_address_length(V2_FAMILY(fam)),
	    &block) == -1 || !v2_tlvs_fit(body))
		return (bad(out, "v2: TLV beyond the header"));
	if (V2_FAMILY(fam) == V2_UNIX || V2_TRANSPORT(fam) != V2_STREAM)
		return (PARSE_DONE);	/* not an address of TCP */
	cursor_take(&block, iplen, &ip);
	cursor_take(&block, iplen, &skip);
	cursor_uint(&block, 2, &port);
	addr_set(&out->client, iplen == 4 ? AF_INET : AF_INET6, ip.p);
	out->client.port = (uint16_t)port;
	return (PARSE_DONE);
}

/*@
  requires \valid_read(buf + (0 .. len - 1)) && \valid(out) && \valid(used);
  requires \separated(out, used, buf + (0 .. len - 1)) && len >= 12;
  requires *used == 0 && out->client.family == 0 && out->local == 0;
  requires out->why == \null;
  assigns *out, *used;
  ensures \result == PARSE_DONE || \result == PARSE_MORE ||
      \result == PARSE_BAD;
  ensures \result == PARSE_DONE ? PROXY_V2_HEAD <= *used <= len &&
      *used == PROXY_V2_HEAD + buf[14] * 256 + buf[15] : *used == 0;
  ensures \result == PARSE_MORE <==> \old(v2_open(buf, len));
  ensures \result == PARSE_BAD <==> out->why != \null;
  ensures addr_ok(&out->client) && unmapped(&out->client);
  ensures out->client.family != 0 ==> \result == PARSE_DONE;
  ensures out->local == 0 || out->local == 1 && out->client.family == 0;
  ensures out->version == \old(out->version);
*/
static enum parse
v2_parse(const uint8_t *buf, size_t len, struct proxy *out, size_t *used)
{
	struct cursor body, c = { buf, len };
	uint32_t vercmd, fam, n;
	enum parse r;

	cursor_take(&c, sizeof(v2_signature), &body);
	if (cursor_uint(&c, 1, &vercmd) == -1)
		return (PARSE_MORE);
	if (V2_VERSION(vercmd) != 2)
		return (bad(out, "v2: version is not 2"));
	if (V2_COMMAND(vercmd) > V2_PROXY)
		return (bad(out, "v2: command is not LOCAL or PROXY"));
	if (cursor_uint(&c, 1, &fam) == -1)
		return (PARSE_MORE);
	/* The family of a LOCAL header must be ignored (section 2.2). */
	if (V2_COMMAND(vercmd) == V2_PROXY && (V2_FAMILY(fam) > V2_UNIX ||
	    V2_TRANSPORT(fam) > V2_DGRAM))
		return (bad(out, "v2: no such address family or transport"));
	if (cursor_uint(&c, 2, &n) == -1)
		return (PARSE_MORE);
	if (V2_COMMAND(vercmd) == V2_PROXY &&
	    n < v2_address_length(V2_FAMILY(fam)))
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

	r = proxy_signature(buf, len, &out->version);
	out->local = 0;
	addr_clear(&out->client);
	/*@
	  assert \forall integer i; 0 <= i < len ==>
	      buf[i] == \at(buf[i], Pre);
	*/
	/*@ assert unknown(buf, len) <==> \at(unknown(buf, len), Pre); */
	/*@ assert v1_open(buf, len) <==> \at(v1_open(buf, len), Pre); */
	out->why = NULL;
	*used = 0;
	if (r != PARSE_DONE)
		return (r);
	if (out->version == 1)
		return (v1_parse(buf, len, out, used));
	return (v2_parse(buf, len, out, used));
}
