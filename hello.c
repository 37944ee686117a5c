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
 * The n handshake bytes of one record, of which the first avail are at p.
 * Refuses as soon as a byte is wrong.
 */
static enum parse
frame_record(const uint8_t *p, size_t avail, size_t n, struct hello_frame *f)
{
	for (size_t i = 0; i < avail && f->have + i < HANDSHAKE_HEAD; i++)
		f->head[f->have + i] = p[i];
	if (f->have + avail > 0 && f->head[0] != MSG_CLIENT_HELLO) {
		f->why = "first message is not a ClientHello";
		return (PARSE_BAD);
	}
	if (f->have + avail >= HANDSHAKE_HEAD) {
		f->want = HANDSHAKE_HEAD + ((size_t)f->head[1] << 16 |
		    (size_t)f->head[2] << 8 | f->head[3]);
		if (f->want > HELLO_MAX) {
			f->why = "ClientHello too long";
			return (PARSE_BAD);
		}
		/* RFC 8446 5.1: nothing may follow before the key change. */
		if (f->have + n > f->want) {
			f->why = "data after the ClientHello in its record";
			return (PARSE_BAD);
		}
	}
	if (avail < n)
		return (PARSE_MORE);
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
		n = (size_t)p[3] << 8 | p[4];
		if (n == 0 || n > RECORD_MAX) {
			f->why = n == 0 ? "empty record" : "record too long";
			return (PARSE_BAD);
		}
		left -= RECORD_HEAD;
		r = frame_record(p + RECORD_HEAD, left < n ? left : n, n, f);
		if (r != PARSE_MORE || left < n)
			return (r);
	}
}

void
hello_join(const uint8_t *buf, const struct hello_frame *f, uint8_t *msg)
{
	size_t n;

	for (size_t off = 0; off < f->off; off += RECORD_HEAD + n) {
		n = (size_t)buf[off + 3] << 8 | buf[off + 4];
		memcpy(msg, buf + off + RECORD_HEAD, n);
		msg += n;
	}
}

static enum parse
bad(struct hello *out, const char *why)
{
	memset(out, 0, sizeof(*out));
	out->why = why;
	return (PARSE_BAD);
}

/*
 * RFC 6066 section 3.  At most one host_name.  Names of other types are
 * skipped; RFC 6066 defines no other form for them.
 */
static const char *
parse_server_name(struct cursor ext, struct hello *out)
{
	struct cursor list, name;
	uint32_t type;

	if (cursor_vector(&ext, 2, &list) == -1 || ext.len != 0 ||
	    list.len == 0)
		return ("server_name: bad list");
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
static const char *
parse_alpn(struct cursor ext, struct hello *out)
{
	struct cursor list, proto;

	if (cursor_vector(&ext, 2, &list) == -1 || ext.len != 0 ||
	    list.len == 0)
		return ("ALPN: bad list");
	out->has_alpn = 1;
	while (list.len > 0) {
		if (cursor_vector(&list, 1, &proto) == -1 || proto.len == 0)
			return ("ALPN: bad protocol name");
		if (proto.len == sizeof(acme_tls_1) - 1 &&
		    memcmp(proto.p, acme_tls_1, proto.len) == 0)
			out->acme_tls = 1;
	}
	return (NULL);
}

/* RFC 8446 section 4.2.1: if present, legacy_version does not count. */
static const char *
parse_supported_versions(struct cursor ext, struct hello *out)
{
	struct cursor list;
	uint32_t v;

	if (cursor_vector(&ext, 1, &list) == -1 || ext.len != 0 ||
	    list.len == 0)
		return ("supported_versions: bad list");
	out->tls12 = out->tls13 = 0;
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
static const char *
parse_key_share(struct cursor ext)
{
	struct cursor list, key;
	uint32_t group;

	if (cursor_vector(&ext, 2, &list) == -1 || ext.len != 0)
		return ("key_share: bad list");
	while (list.len > 0)
		if (cursor_uint(&list, 2, &group) == -1 ||
		    cursor_vector(&list, 2, &key) == -1 || key.len == 0)
			return ("key_share: bad entry");
	return (NULL);
}

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
static const char *
parse_extensions(struct cursor list, struct hello *out)
{
	uint8_t seen[65536 / 8] = { 0 };
	struct cursor ext;
	const char *why;
	uint32_t type;

	while (list.len > 0) {
		if (cursor_uint(&list, 2, &type) == -1 ||
		    cursor_vector(&list, 2, &ext) == -1)
			return ("extension cut short");
		if (seen[type / 8] & 1U << type % 8)
			return ("extension given twice");
		seen[type / 8] |= (uint8_t)(1U << type % 8);
		if (type == EXT_PRE_SHARED_KEY && list.len > 0)
			return ("pre_shared_key is not last");
		if ((why = parse_extension(type, ext, out)) != NULL)
			return (why);
	}
	return (NULL);
}

/* RFC 8446 section 4.1.2, the fields before the extensions. */
static const char *
parse_fixed_part(struct cursor *c, struct hello *out)
{
	struct cursor random, session, ciphers, compression;
	uint32_t v;

	if (cursor_uint(c, 2, &v) == -1)
		return ("version cut short");
	if (v >> 8 != 3)
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
	if (cursor_vector(c, 1, &compression) == -1 || compression.len == 0 ||
	    memchr(compression.p, 0, compression.len) == NULL)
		return ("bad compression methods");
	return (NULL);
}

enum parse
hello_parse(const uint8_t *msg, size_t len, struct hello *out)
{
	struct cursor extensions, body, c = { msg, len };
	const char *why;
	uint32_t type;

	memset(out, 0, sizeof(*out));
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
