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
#include <string.h>

#include "hello.h"

#define RECORD_HANDSHAKE	22
#define MSG_CLIENT_HELLO	1

/* IANA "TLS ExtensionType Values" */
#define EXT_SERVER_NAME			0
#define EXT_SUPPORTED_GROUPS		10
#define EXT_SIGNATURE_ALGORITHMS	13
#define EXT_ALPN			16
#define EXT_PRE_SHARED_KEY		41
#define EXT_SUPPORTED_VERSIONS		43
#define EXT_KEY_SHARE			51

#define NAME_TYPE_HOST_NAME	0

static const char acme_tls_1[] = "acme-tls/1";

/*
 * Take the n handshake bytes of the record at buf[f->off], of which the first
 * avail are there.  Refuse as soon as a byte is wrong.
 */
/*@
  requires \valid(f) && frame_open(f) && f->why == \null;
  requires \valid_read(buf + (0 .. f->off + RECORD_HEAD + avail - 1));
  requires \separated(f, buf + (0 .. f->off + RECORD_HEAD + avail - 1));
  requires !foreign(buf, f->off, 2) && n == record_len(buf, f->off);
  requires avail <= n && 1 <= n <= RECORD_MAX;
  requires f->off + RECORD_HEAD + avail <= SIZE_MAX;
  assigns *f;
  // what is decided does not depend on the bytes that are not there
  ensures \result != PARSE_MORE ==> \forall integer l;
      l >= \old(f->off) + RECORD_HEAD + avail ==> record_says(buf, l,
      \old(f->off), \old(f->have), \old(f->head)) == \result;
  behavior bad:
    assumes misfit(buf + (f->off + RECORD_HEAD), avail, n, f->have, f->head);
    ensures \result == PARSE_BAD && f->why != \null;
    ensures f->off == \old(f->off) && f->have == \old(f->have);
  behavior cut:
    assumes avail < n &&
	!misfit(buf + (f->off + RECORD_HEAD), avail, n, f->have, f->head);
    ensures \result == PARSE_MORE && f->why == \null && frame_open(f);
    ensures f->off == \old(f->off) && f->have == \old(f->have) &&
	f->head == \old(f->head);
  behavior whole:
    assumes avail == n &&
	!misfit(buf + (f->off + RECORD_HEAD), avail, n, f->have, f->head);
    ensures next_record(buf, \old(f->off), \old(f->have), f->off, f->have);
    ensures f->head == new_head(buf + (\old(f->off) + RECORD_HEAD), n,
	\old(f->have), \old(f->head));
    ensures \result == PARSE_DONE && f->have == message_len(f->head) &&
	HANDSHAKE_HEAD <= f->want == f->have <= HELLO_MAX ||
	\result == PARSE_MORE && frame_open(f) && next_fragment(buf,
	\old(f->off), \old(f->have), \old(f->head),
	f->off, f->have, f->head);
    ensures f->why == \null;
  complete behaviors;
  disjoint behaviors;
*/
static enum parse
frame_record(const uint8_t *buf, size_t avail, size_t n, struct hello_frame *f)
{
	const uint8_t *p = buf + f->off + RECORD_HEAD;
	uint32_t head = f->head;

	if (f->have == 0 && avail > 0 && p[0] != MSG_CLIENT_HELLO) {
		f->why = "first message is not a ClientHello";
		return (PARSE_BAD);
	}
	/*@
	  loop invariant 0 <= i <= avail;
	  loop invariant i == 0 || f->have + i <= HANDSHAKE_HEAD;
	  loop invariant head == extend(p, i, f->head);
	  loop invariant f->have + i == 0 ==> head == 0;
	  loop invariant f->have + i == 1 ==> head < 0x100;
	  loop invariant f->have + i == 2 ==> head < 0x10000;
	  loop invariant f->have + i == 3 ==> head < 0x1000000;
	  loop assigns i, head;
	  loop variant avail - i;
	*/
	for (size_t i = 0; i < avail && f->have + i < HANDSHAKE_HEAD; i++)
		head = head * 256 + p[i];
	if (f->have + avail >= HANDSHAKE_HEAD) {
		f->want = HANDSHAKE_HEAD + head % 0x1000000;
		if (f->want > HELLO_MAX) {
			f->why = "ClientHello too long";
			return (PARSE_BAD);
		}
		/* RFC 8446 5.1: the record must end with the ClientHello. */
		if (f->have + n > f->want) {
			f->why = "data after the ClientHello in its record";
			return (PARSE_BAD);
		}
	}
	if (avail < n)
		return (PARSE_MORE);
	f->head = head;
	f->have += n;
	f->off += RECORD_HEAD + n;
	return (f->have == f->want ? PARSE_DONE : PARSE_MORE);
}

enum parse
hello_frame(const uint8_t *buf, size_t len, struct hello_frame *f)
{
	size_t left, n;
	const uint8_t *p;
	enum parse r;

	f->why = NULL;
	/*@
	  loop invariant frame_open(f) && \at(f->off, Pre) <= f->off <= len;
	  loop invariant f->why == \null && (f->off == \at(f->off, Pre) ||
	      !foreign(buf, \at(f->off, Pre), 2));
	  loop invariant \forall integer l; l >= len ==>
	      verdict(buf, l, f->off, f->have, f->head) == verdict(buf, l,
	      \at(f->off, Pre), \at(f->have, Pre), \at(f->head, Pre));
	  loop invariant \forall integer e, n;
	      chain(buf, f->off, f->have, e, n) ==>
	      chain(buf, \at(f->off, Pre), \at(f->have, Pre), e, n);
	  loop assigns *f, p, left, n, r;
	  loop variant len - f->off;
	*/
	for (;;) {
		p = buf + f->off;
		left = len - f->off;
		if ((left > 0 && p[0] != RECORD_HANDSHAKE) ||
		    (left > 1 && p[1] != 3)) {
			if (f->off == 0)
				return (PARSE_NONE);
			f->why = "another record within the ClientHello";
			return (PARSE_BAD);
		}
		if (left < RECORD_HEAD)
			return (PARSE_MORE);
		n = (size_t)p[3] * 256 + p[4];
		if (n == 0 || n > RECORD_MAX) {
			f->why = n == 0 ? "empty record" : "record too long";
			return (PARSE_BAD);
		}
		left -= RECORD_HEAD;
		r = frame_record(buf, left < n ? left : n, n, f);
		if (r != PARSE_MORE || left < n)
			return (r);
	}
}

void
hello_join(const uint8_t *buf, const struct hello_frame *f, uint8_t *msg)
{
	size_t n, have = 0;

	/*@
	  loop invariant have <= f->want && off <= f->off;
	  loop invariant \forall integer i; 0 <= i < f->off ==>
	      buf[i] == \at(buf[i], Pre);
	  loop invariant chain{Pre}(buf, off, have, f->off, f->want);
	  loop invariant \forall integer m; have <= m ==>
	      byte_at{Pre}(buf, 0, 0, m) == byte_at{Pre}(buf, off, have, m);
	  loop invariant \forall integer m; 0 <= m < have ==>
	      msg[m] == \at(buf[byte_at(buf, 0, 0, m)], Pre);
	  loop assigns off, n, have, msg[0 .. f->want - 1];
	  loop variant f->off - off;
	*/
	for (size_t off = 0; off < f->off; off += RECORD_HEAD + n) {
		n = (size_t)buf[off + 3] * 256 + buf[off + 4];
		/*@
		  assert next_record{Pre}(buf, off, have, off + RECORD_HEAD + n,
		      have + n);
		*/
		/*@
		  loop invariant 0 <= i <= n;
		  loop invariant \forall integer k; 0 <= k < f->off ==>
		      buf[k] == \at(buf[k], Pre);
		  loop invariant \forall integer m; 0 <= m < have + i ==>
		      msg[m] == \at(buf[byte_at(buf, 0, 0, m)], Pre);
		  loop assigns i, msg[0 .. f->want - 1];
		  loop variant n - i;
		*/
		for (size_t i = 0; i < n; i++)
			msg[have + i] = buf[off + RECORD_HEAD + i];
		have += n;
	}
}

void
hello_clear(struct hello *out)
{
	/* each member: WP does not know what memset(3) makes of the whole */
	memset(out->sni, 0, sizeof(out->sni));
	out->legacy_version = 0;
	out->tls12 = out->tls13 = 0;
	out->has_sni = out->has_alpn = out->acme_tls = 0;
	out->sni_len = 0;
	out->why = NULL;
}

/*@
  requires \valid(out);
  assigns *out;
  ensures \result == PARSE_BAD && out->why == why;
  ensures offers_nothing(out) && hello_ok(out);
*/
static enum parse
bad(struct hello *out, const char *why)
{
	hello_clear(out);
	out->why = why;
	return (PARSE_BAD);
}

/*
 * RFC 6066 section 3.  At most one host_name.  Names of other types are
 * skipped; by RFC 6066, they begin with a length of two bytes, too.
 */
/*@
  requires parses_into(ext, out);
  assigns out->has_sni, out->sni_len, out->sni[0 .. HELLO_SNI_KEPT - 1];
  ensures hello_ok(out);
*/
static const char *
parse_server_name(struct cursor ext, struct hello *out)
{
	struct cursor list, name;
	uint32_t type;

	if (cursor_vector(&ext, 2, &list) == -1 || ext.len != 0 ||
	    list.len == 0)
		return ("server_name: bad list");
	/*@
	  loop invariant parses_into(list, out);
	  loop assigns list, type, name, out->has_sni, out->sni_len,
	      out->sni[0 .. HELLO_SNI_KEPT - 1];
	  loop variant list.len;
	*/
	while (list.len > 0) {
		if (cursor_uint(&list, 1, &type) == -1 ||
		    cursor_vector(&list, 2, &name) == -1 || name.len == 0)
			return ("server_name: bad entry");
		if (type != NAME_TYPE_HOST_NAME)
			continue;
		if (out->has_sni)
			return ("server_name: two host names");
		out->has_sni = 1;
		out->sni_len = name.len;
		memcpy(out->sni, name.p, name.len < HELLO_SNI_KEPT ?
		    name.len : HELLO_SNI_KEPT);
	}
	return (NULL);
}

/* RFC 7301 section 3.1. */
/*@
  requires parses_into(ext, out);
  assigns out->has_alpn, out->acme_tls;
  ensures hello_ok(out);
*/
static const char *
parse_alpn(struct cursor ext, struct hello *out)
{
	struct cursor list, proto;

	if (cursor_vector(&ext, 2, &list) == -1 || ext.len != 0 ||
	    list.len == 0)
		return ("ALPN: bad list");
	out->has_alpn = 1;
	/*@
	  loop invariant parses_into(list, out) && out->has_alpn == 1;
	  loop assigns list, proto, out->acme_tls;
	  loop variant list.len;
	*/
	while (list.len > 0) {
		if (cursor_vector(&list, 1, &proto) == -1 || proto.len == 0)
			return ("ALPN: bad protocol name");
		if (cursor_is(proto, acme_tls_1, sizeof(acme_tls_1) - 1))
			out->acme_tls = 1;
	}
	return (NULL);
}

/* RFC 8446 section 4.2.1: if present, legacy_version does not count. */
/*@
  requires parses_into(ext, out);
  assigns out->tls12, out->tls13;
  ensures hello_ok(out);
*/
static const char *
parse_supported_versions(struct cursor ext, struct hello *out)
{
	struct cursor list;
	uint32_t v;

	if (cursor_vector(&ext, 1, &list) == -1 || ext.len != 0 ||
	    list.len == 0)
		return ("supported_versions: bad list");
	out->tls12 = out->tls13 = 0;
	/*@
	  loop invariant parses_into(list, out);
	  loop assigns list, v, out->tls12, out->tls13;
	  loop variant list.len;
	*/
	while (list.len > 0) {
		if (cursor_uint(&list, 2, &v) == -1)
			return ("supported_versions: odd length");
		if (v == TLS1_2_VERSION_WIRE)
			out->tls12 = 1;
		if (v == TLS1_3_VERSION_WIRE)
			out->tls13 = 1;
	}
	return (NULL);
}

/* RFC 8446 sections 4.2.3 and 4.2.7: a list of 16-bit numbers, not empty. */
/*@
  requires readable(ext) && why != \null;
  assigns \nothing;
  ensures ext.len >= 4 && number(ext.p, 2) == ext.len - 2 &&
      ext.len % 2 == 0 ? \result == \null : \result == why;
*/
static const char *
parse_uint16_list(struct cursor ext, const char *why)
{
	struct cursor list;

	if (cursor_vector(&ext, 2, &list) == -1 || ext.len != 0 ||
	    list.len == 0 || list.len % 2 != 0)
		return (why);
	return (NULL);
}

/* RFC 8446 section 4.2.8: client_shares may be empty, a share may not. */
/*@
  requires readable(ext);
  assigns \nothing;
*/
static const char *
parse_key_share(struct cursor ext)
{
	struct cursor list, key;
	uint32_t group;

	if (cursor_vector(&ext, 2, &list) == -1 || ext.len != 0)
		return ("key_share: bad list");
	/*@
	  loop invariant readable(list);
	  loop assigns list, group, key;
	  loop variant list.len;
	*/
	while (list.len > 0)
		if (cursor_uint(&list, 2, &group) == -1 ||
		    cursor_vector(&list, 2, &key) == -1 || key.len == 0)
			return ("key_share: bad entry");
	return (NULL);
}

/*@
  requires parses_into(ext, out);
  assigns *out;
  ensures hello_ok(out) && out->why == \old(out->why);
*/
static const char *
parse_extension(uint32_t type, struct cursor ext, struct hello *out)
{
	switch (type) {
	case EXT_SERVER_NAME:
		return (parse_server_name(ext, out));
	case EXT_ALPN:
		return (parse_alpn(ext, out));
	case EXT_SUPPORTED_VERSIONS:
		return (parse_supported_versions(ext, out));
	case EXT_SUPPORTED_GROUPS:
		return (parse_uint16_list(ext, "supported_groups: bad list"));
	case EXT_SIGNATURE_ALGORITHMS:
		return (parse_uint16_list(ext,
		    "signature_algorithms: bad list"));
	case EXT_KEY_SHARE:
		return (parse_key_share(ext));
	default:
		return (NULL);
	}
}

/* RFC 8446 section 4.2: no type twice, pre_shared_key last. */
/*@
  requires parses_into(list, out);
  assigns *out;
  ensures hello_ok(out) && out->why == \old(out->why);
*/
static const char *
parse_extensions(struct cursor list, struct hello *out)
{
	uint32_t seen[65536 / 32] = { 0 };	/* a bit for each type */
	struct cursor ext;
	const char *why;
	uint32_t type, bit;

	/*@
	  loop invariant parses_into(list, out);
	  loop invariant out->why == \at(out->why, Pre);
	  loop assigns list, type, bit, ext, why, seen[0 .. 2047], *out;
	  loop variant list.len;
	*/
	while (list.len > 0) {
		if (cursor_uint(&list, 2, &type) == -1 ||
		    cursor_vector(&list, 2, &ext) == -1)
			return ("extension cut short");
		bit = 0x80000000 >> type % 32;
		if (seen[type / 32] & bit)
			return ("extension given twice");
		seen[type / 32] |= bit;
		if (type == EXT_PRE_SHARED_KEY && list.len > 0)
			return ("pre_shared_key is not last");
		if ((why = parse_extension(type, ext, out)) != NULL)
			return (why);
	}
	return (NULL);
}

/*@
  requires readable(c);
  assigns \nothing;
  ensures \result != 0 <==> \exists integer i; 0 <= i < c.len && c.p[i] == 0;
*/
static int
has_zero(struct cursor c)
{
	/*@
	  loop invariant 0 <= i <= c.len;
	  loop invariant \forall integer j; 0 <= j < i ==> c.p[j] != 0;
	  loop assigns i;
	  loop variant c.len - i;
	*/
	for (size_t i = 0; i < c.len; i++)
		if (c.p[i] == 0)
			return (1);
	return (0);
}

/* RFC 8446 section 4.1.2, the fields before the extensions. */
/*@
  requires \valid(c) && parses_into(*c, out);
  requires \separated(c, out, c->p + (0 .. c->len - 1));
  assigns *c, out->legacy_version, out->tls12;
  ensures readable(*c) && c->len <= \old(c->len) && hello_ok(out);
  ensures \result == \null ==> c->p + c->len == \old(c->p + c->len);
*/
static const char *
parse_fixed_part(struct cursor *c, struct hello *out)
{
	struct cursor random, session, ciphers, compression;
	uint32_t v;

	if (cursor_uint(c, 2, &v) == -1)
		return ("version cut short");
	if (v / 256 != 3)
		return ("version is not one of TLS");
	out->legacy_version = (uint16_t)v;
	out->tls12 = v >= TLS1_2_VERSION_WIRE;
	if (cursor_take(c, 32, &random) == -1)
		return ("random cut short");
	if (cursor_vector(c, 1, &session) == -1 || session.len > 32)
		return ("bad session id");
	if (cursor_vector(c, 2, &ciphers) == -1 || ciphers.len == 0 ||
	    ciphers.len % 2 != 0)
		return ("bad cipher suites");
	if (cursor_vector(c, 1, &compression) == -1 || !has_zero(compression))
		return ("bad compression methods");
	return (NULL);
}

enum parse
hello_parse(const uint8_t *msg, size_t len, struct hello *out)
{
	struct cursor extensions, body, c = { msg, len };
	const char *why;
	uint32_t type;

	hello_clear(out);
	if (cursor_uint(&c, 1, &type) == -1 || type != MSG_CLIENT_HELLO ||
	    cursor_vector(&c, 3, &body) == -1 || c.len != 0)
		return (bad(out, "not one whole ClientHello"));
	if ((why = parse_fixed_part(&body, out)) != NULL)
		return (bad(out, why));
	if (body.len == 0)
		return (PARSE_DONE);	/* TLS 1.2 may have no extensions */
	if (cursor_vector(&body, 2, &extensions) == -1 || body.len != 0)
		return (bad(out, "bad length of the extensions"));
	if ((why = parse_extensions(extensions, out)) != NULL)
		return (bad(out, why));
	return (PARSE_DONE);
}
