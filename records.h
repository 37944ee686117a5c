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
 * records: how a ClientHello is divided into TLS records (RFC 8446 section
 * 5.1): the sizes; and in ACSL, for the contracts of hello.h, what a record
 * does to the message.  There, off is where a record begins, have is how many
 * bytes of the message come before that record, and head is the first (at most
 * 4) of these bytes as one number.  doc/proof.md says how to read it.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdint.h>

#include "parse.h"

#define RECORD_HEAD		5	/* type, version, length */
#define RECORD_MAX		16384	/* RFC 8446 5.1 */
#define HANDSHAKE_HEAD		4	/* msg_type, length */
/* The longest ClientHello body that libssl takes, measured. */
#define HELLO_BODY_MAX		131396
#define HELLO_MAX		(HANDSHAKE_HEAD + HELLO_BODY_MAX)

/*@
  logic integer min(integer a, integer b) = a < b ? a : b;
  axiomatic Extend {
    // head with n more bytes of a number
    logic integer extend{L}(uint8_t *p, integer n, integer head)
	reads p[0 .. n - 1];
    axiom extend_none{L}: \forall uint8_t *p, integer head;
	extend(p, 0, head) == head;
    axiom extend_one{L}: \forall uint8_t *p, integer n, m, head;
	n == m + 1 > 0 ==>
	extend(p, n, head) == extend(p, m, head) * 256 + p[m];
  }
  // the head after avail more bytes at p, and the length that a head tells
  logic integer new_head{L}(uint8_t *p, integer avail, integer have,
      integer head) = have >= HANDSHAKE_HEAD ? head :
      extend(p, min(avail, HANDSHAKE_HEAD - have), head);
  logic integer message_len(integer head) = HANDSHAKE_HEAD + head % 0x1000000;
  // the first avail of the n bytes of a record, at p, cannot continue a
  // ClientHello
  logic boolean misfit{L}(uint8_t *p, integer avail, integer n, integer have,
      integer head) = have == 0 && avail > 0 && p[0] != 1 ||
      have + avail >= HANDSHAKE_HEAD && (have + n >
      message_len(new_head(p, avail, have, head)) ||
      message_len(new_head(p, avail, have, head)) > HELLO_MAX);

  // the record at off: its length; and that its type is not handshake
  logic integer record_len{L}(uint8_t *buf, integer off) =
      buf[off + 3] * 256 + buf[off + 4];
  logic boolean foreign{L}(uint8_t *buf, integer off, integer left) =
      left > 0 && buf[off] != 22 || left > 1 && buf[off + 1] != 3;
  // the whole record at off is good, and the message goes on in the next one
  predicate passes{L}(uint8_t *buf, integer off, integer have, integer head) =
      \let n = record_len(buf, off);
      !foreign(buf, off, 2) && 1 <= n <= RECORD_MAX &&
      !misfit(buf + (off + RECORD_HEAD), n, n, have, head) &&
      (have + n < HANDSHAKE_HEAD || have + n !=
	  message_len(new_head(buf + (off + RECORD_HEAD), n, have, head)));
  // what hello_frame() returns for a record that does not pass, or is not whole
  logic integer record_says{L}(uint8_t *buf, integer len, integer off,
      integer have, integer head) =
      foreign(buf, off, len - off) ? (off == 0 ? PARSE_NONE : PARSE_BAD) :
      len - off < RECORD_HEAD ? PARSE_MORE :
      !(1 <= record_len(buf, off) <= RECORD_MAX) ? PARSE_BAD :
      misfit(buf + (off + RECORD_HEAD), min(len - off - RECORD_HEAD,
	  record_len(buf, off)), record_len(buf, off), have, head) ? PARSE_BAD :
      len - off - RECORD_HEAD < record_len(buf, off) ? PARSE_MORE :
      PARSE_DONE;

  // the next record after that at off is at off2, with have2 bytes before it
  predicate next_record{L}(uint8_t *buf, integer off, integer have,
      integer off2, integer have2) = 1 <= record_len(buf, off) &&
      off2 == off + RECORD_HEAD + record_len(buf, off) &&
      have2 == have + record_len(buf, off);
  // as next_record, and the record passes
  predicate next_fragment{L}(uint8_t *buf, integer off, integer have,
      integer head, integer off2, integer have2, integer head2) =
      passes(buf, off, have, head) &&
      next_record(buf, off, have, off2, have2) &&
      head2 == new_head(buf + (off + RECORD_HEAD), record_len(buf, off),
	  have, head);

  // Definitions by recursion over the records.  They are axioms that name the
  // next record, so that a prover does not unfold them without end.
  axiomatic Records {
    // what hello_frame() says of the records from off on
    logic integer verdict{L}(uint8_t *buf, integer len, integer off,
	integer have, integer head) reads buf[0 ..];
    axiom verdict_here{L}: \forall uint8_t *buf, integer len, off, have, head;
	off + RECORD_HEAD > len || off + RECORD_HEAD + record_len(buf, off) >
	len || !passes(buf, off, have, head) ==>
	verdict(buf, len, off, have, head) ==
	record_says(buf, len, off, have, head);
    axiom verdict_next{L}: \forall uint8_t *buf,
	integer len, off, have, head, off2, have2, head2;
	next_fragment(buf, off, have, head, off2, have2, head2) &&
	off2 <= len ==> verdict(buf, len, off, have, head) ==
	verdict(buf, len, off2, have2, head2);

    // whole records lead from off, with have bytes before it, to end with n
    predicate chain{L}(uint8_t *buf, integer off, integer have, integer end,
	integer n) reads buf[0 ..];
    axiom chain_bounds{L}: \forall uint8_t *buf, integer off, have, end, n;
	chain(buf, off, have, end, n) ==> have <= n && (off == end ?
	have == n : off + RECORD_HEAD + record_len(buf, off) <= end &&
	1 <= record_len(buf, off) <= n - have);
    axiom chain_end{L}: \forall uint8_t *buf, integer end, n;
	chain(buf, end, n, end, n);
    axiom chain_next{L}: \forall uint8_t *buf,
	integer off, have, end, n, off2, have2;
	next_record(buf, off, have, off2, have2) && off < end ==>
	(chain(buf, off, have, end, n) <==>
	    off2 <= end && have2 <= n && chain(buf, off2, have2, end, n));

    // the offset of byte m of the message; the record at off begins with byte
    // have
    logic integer byte_at{L}(uint8_t *buf, integer off, integer have,
	integer m) reads buf[0 ..];
    axiom byte_here{L}: \forall uint8_t *buf, integer off, have, m;
	have <= m < have + record_len(buf, off) ==>
	byte_at(buf, off, have, m) == off + RECORD_HEAD + m - have;
    axiom byte_next{L}: \forall uint8_t *buf,
	integer off, have, m, off2, have2;
	next_record(buf, off, have, off2, have2) && have2 <= m ==>
	byte_at(buf, off, have, m) == byte_at(buf, off2, have2, m);
  }

  // the records before off are whole
  predicate reached{L}(uint8_t *buf, integer off, integer have) =
      \forall integer e, n; chain(buf, off, have, e, n) ==>
	  chain(buf, 0, 0, e, n);
*/

#endif
