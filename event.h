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
 * event: how a session ended, as the operator sees it: the result, the reason,
 * the alert that goes with the reason, and the log line.  Pure.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define EVENT_NAME_MAX	256	/* bytes of a name that the log shows */
#define EVENT_LINE_SIZE	4096	/* of a log line, its NUL included */

enum result { RESULT_SERVED, RESULT_REFUSED, RESULT_CLOSED, RESULT_ERROR };

/* Why a session was refused; REASON_FALLBACK goes with RESULT_SERVED. */
enum reason {
	REASON_NONE,
	REASON_ALPN,
	REASON_NO_NAME,
	REASON_BAD_NAME,
	REASON_UNKNOWN_NAME,
	REASON_BAD_HELLO,
	REASON_VERSION,
	REASON_NOT_TLS,
	REASON_PROXY,
	REASON_HUNG_UP,
	REASON_TIMEOUT,
	REASON_HANDSHAKE,
	REASON_BUSY,		/* busy mode: no room for the connection */
	REASON_FALLBACK		/* the pair of -f answered */
};

struct event {
	enum result	 result;
	enum reason	 reason;
	const uint8_t	*name;		/* any bytes, or NULL */
	size_t		 name_len;	/* bytes; the log shows the first
					   EVENT_NAME_MAX of them */
	struct addr	 client;	/* claimed by a PROXY header */
	struct addr	 peer;		/* of the socket */
	const char	*tls, *cipher;	/* of a handshake, or NULL */
	long		 ms;		/* from start to close */
	const char	*detail;	/* any text, or NULL */
	unsigned long	 count;		/* sessions that the line sums up, or
					   0: the line is of one session */
};

/*@
  predicate plain(integer c) = 'a' <= c <= 'z' || 'A' <= c <= 'Z' ||
      '0' <= c <= '9' || c == '.' || c == '-' || c == '_';
  predicate unquoted(integer c) = ' ' <= c <= '~' && c != '"';
*/

/* The word of a result in the log: "served" and so on. */
const char *result_name(enum result result);

/* The word of a reason in the log: "unknown-name"; "" for REASON_NONE. */
const char *reason_name(enum reason reason);

/*
 * The fatal alert of a refusal (RFC 8446 section 6), or -1: the connection is
 * closed without a byte.
 */
/*@
  assigns \nothing;
  ensures \result == -1 || 0 < \result < 256;
*/
int	reason_alert(enum reason reason);

/*
 * Make the log line of e, terminated, without newline.  Bytes that could forge
 * a field, a line or an escape sequence are written as %XX.  Returns buf.
 */
const char *event_format(const struct event *e, char buf[EVENT_LINE_SIZE]);

/*
 * The fields of e that tell whose session it is, as the log line has them:
 * " name=... client=... peer=...", without those that are not known.  Returns
 * buf.
 */
const char *event_subject(const struct event *e, char buf[EVENT_LINE_SIZE]);

/* The name of e as the log line has it, terminated.  Returns buf. */
const char *event_name(const struct event *e, char buf[EVENT_LINE_SIZE]);

#endif
