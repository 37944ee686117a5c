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

/* -p: a header may come (the default), must come, or must not come. */
enum proxy_mode { PROXY_AUTO, PROXY_REQUIRE, PROXY_OFF };

struct proxy {
	int		 version;	/* 1, 2, or 0: no signature */
	int		 local;		/* 1: v2 LOCAL, from the proxy itself */
	struct addr	 client;	/* claimed; family 0: not claimed */
	const char	*why;		/* PARSE_BAD: what is wrong; or NULL */
};

/*@
  predicate byte_is{L}(uint8_t *buf, integer len, integer i, integer c) =
      i < len ==> buf[i] == c;
  // as far as buf[0..len) goes, it is the signature
  predicate like_v1{L}(uint8_t *buf, integer len) =
      byte_is(buf, len, 0, 'P') && byte_is(buf, len, 1, 'R') &&
      byte_is(buf, len, 2, 'O') && byte_is(buf, len, 3, 'X') &&
      byte_is(buf, len, 4, 'Y') && byte_is(buf, len, 5, ' ');
  predicate like_v2{L}(uint8_t *buf, integer len) =
      byte_is(buf, len, 0, 0x0d) && byte_is(buf, len, 1, 0x0a) &&
      byte_is(buf, len, 2, 0x0d) && byte_is(buf, len, 3, 0x0a) &&
      byte_is(buf, len, 4, 0x00) && byte_is(buf, len, 5, 0x0d) &&
      byte_is(buf, len, 6, 0x0a) && byte_is(buf, len, 7, 0x51) &&
      byte_is(buf, len, 8, 0x55) && byte_is(buf, len, 9, 0x49) &&
      byte_is(buf, len, 10, 0x54) && byte_is(buf, len, 11, 0x0a);
  predicate is_v1{L}(uint8_t *buf, integer len) =
      len >= 6 && like_v1(buf, len);
  predicate is_v2{L}(uint8_t *buf, integer len) =
      len >= 12 && like_v2(buf, len);

  // v1: a CRLF that ends at buf[i], and a byte that is wrong before the CRLF
  predicate crlf{L}(uint8_t *buf, integer i) =
      buf[i - 1] == '\r' && buf[i] == '\n';
  predicate unknown{L}(uint8_t *buf, integer len) = len >= 13 &&
      buf[6] == 'U' && buf[7] == 'N' && buf[8] == 'K' && buf[9] == 'N' &&
      buf[10] == 'O' && buf[11] == 'W' && buf[12] == 'N';
  predicate v1_fault{L}(uint8_t *buf, integer i) = !crlf(buf, i) &&
      (buf[i - 1] == '\r' || buf[i] != '\r' && !(' ' <= buf[i] <= '~'));
  predicate v1_open{L}(uint8_t *buf, integer len) = len < PROXY_V1_MAX &&
      \forall integer i; 6 <= i < len ==> !crlf(buf, i) &&
	  (!unknown(buf, len) ==> !v1_fault(buf, i));

  // v2: nothing wrong in the head so far, and bytes are missing
  logic integer v2_need(integer family) =
      family == 1 ? 12 : family == 2 ? 36 : family == 3 ? 216 : 0;
  predicate v2_open{L}(uint8_t *buf, integer len) =
      len < PROXY_V2_HEAD + (len < 16 ? 0 : buf[14] * 256 + buf[15]) &&
      (len > 12 ==> buf[12] / 16 == 2 && buf[12] % 16 <= 1) &&
      (len > 13 && buf[12] % 16 == 1 ==>
	  buf[13] / 16 <= 3 && buf[13] % 16 <= 2) &&
      (len > 15 && buf[12] % 16 == 1 ==>
	  buf[14] * 256 + buf[15] >= v2_need(buf[13] / 16));
*/

/*
 * Does buf[0..len) begin with the signature of a header?  PARSE_DONE with
 * *version 1 or 2, else *version is 0.  PARSE_MORE: buf is too short to tell.
 * PARSE_NONE: no.
 */
/*@
  requires \valid_read(buf + (0 .. len - 1)) && \valid(version);
  requires \separated(version, buf + (0 .. len - 1));
  assigns *version;
  ensures is_v1(buf, len) ==> \result == PARSE_DONE && *version == 1;
  ensures is_v2(buf, len) ==> \result == PARSE_DONE && *version == 2;
  ensures !is_v1(buf, len) && !is_v2(buf, len) ==> *version == 0 &&
      (like_v1(buf, len) || like_v2(buf, len) ?
	  \result == PARSE_MORE : \result == PARSE_NONE);
*/
enum parse proxy_signature(const uint8_t *buf, size_t len, int *version);

/*
 * Parse a header at the start of buf[0..len).  *out and *used are always set.
 * PARSE_DONE: the header has *used bytes.  PARSE_MORE: buf may be the
 * beginning of a header.  PARSE_BAD: buf begins with a signature, but the
 * header is malformed; out->why says how.  PARSE_NONE: buf does not begin with
 * a header.  *used is 0 except for PARSE_DONE, and never more than len.
 */
/*@
  requires \valid_read(buf + (0 .. len - 1)) && \valid(out) && \valid(used);
  requires \separated(out, used, buf + (0 .. len - 1));
  assigns *out, *used;
  ensures \result == PARSE_DONE ? 0 < *used <= len : *used == 0;
  ensures \result == PARSE_BAD <==> out->why != \null;
  ensures \result == PARSE_DONE || \result == PARSE_MORE ||
      \result == PARSE_BAD || \result == PARSE_NONE;
  ensures \result == PARSE_NONE <==>
      \old(!like_v1(buf, len) && !like_v2(buf, len));
  ensures \old(is_v1(buf, len)) ==>
      (\result == PARSE_MORE <==> \old(v1_open(buf, len)));
  ensures \old(is_v2(buf, len)) ==>
      (\result == PARSE_MORE <==> \old(v2_open(buf, len)));
  ensures \old(!is_v1(buf, len) && !is_v2(buf, len)) ==>
      \result == PARSE_MORE || \result == PARSE_NONE;
  ensures \old(is_v1(buf, len)) ? out->version == 1 :
      \old(is_v2(buf, len)) ? out->version == 2 : out->version == 0;
  ensures out->local == 0 || out->local == 1 && out->client.family == 0;
  ensures addr_ok(&out->client) && unmapped(&out->client);
  ensures out->client.family != 0 ==> \result == PARSE_DONE;
*/
enum parse proxy_parse(const uint8_t *buf, size_t len, struct proxy *out,
	    size_t *used);

#endif
