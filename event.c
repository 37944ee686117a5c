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
#include <stdio.h>
#include <string.h>

#include "event.h"

const char *
result_name(enum result result)
{
	static const char *const names[] = {
		[RESULT_SERVED] = "served",
		[RESULT_REFUSED] = "refused",
		[RESULT_CLOSED] = "closed",
		[RESULT_ERROR] = "error",
	};

	return (names[result]);
}

const char *
reason_name(enum reason reason)
{
	static const char *const names[] = {
		[REASON_NONE] = "",
		[REASON_ALPN] = "alpn",
		[REASON_NO_NAME] = "no-name",
		[REASON_BAD_NAME] = "bad-name",
		[REASON_UNKNOWN_NAME] = "unknown-name",
		[REASON_BAD_HELLO] = "bad-hello",
		[REASON_VERSION] = "version",
		[REASON_NOT_TLS] = "not-tls",
		[REASON_PROXY] = "proxy",
		[REASON_HUNG_UP] = "hung-up",
		[REASON_TIMEOUT] = "timeout",
		[REASON_HANDSHAKE] = "handshake",
		[REASON_BUSY] = "busy",
		[REASON_FALLBACK] = "fallback",
	};

	return (names[reason]);
}

int
reason_alert(enum reason reason)
{
	switch (reason) {
	case REASON_ALPN:
		return (120);	/* no_application_protocol, RFC 7301 3.2 */
	case REASON_NO_NAME:
		return (109);	/* missing_extension, RFC 8446 9.2 */
	case REASON_BAD_NAME:
	case REASON_UNKNOWN_NAME:
		return (112);	/* unrecognized_name, RFC 6066 3 */
	case REASON_BAD_HELLO:
		return (50);	/* decode_error */
	case REASON_VERSION:
		return (70);	/* protocol_version */
	default:
		return (-1);
	}
}

/*@
  assigns \nothing;
  ensures \result != 0 <==> plain(c);
*/
static int
is_plain(uint8_t c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_');
}

/*@
  requires n < 16;
  assigns \nothing;
  ensures '0' <= \result <= '9' || 'A' <= \result <= 'F';
*/
static char
hex_digit(unsigned int n)
{
	return ((char)(n < 10 ? '0' + n : 'A' + (n - 10)));
}

/* Append bytes, escaped.  quoted: spaces and punctuation stay as they are. */
/*@
  requires off < EVENT_LINE_SIZE && \valid(buf + (0 .. EVENT_LINE_SIZE - 1));
  requires \valid_read(s + (0 .. len - 1));
  requires \separated(buf + (0 .. EVENT_LINE_SIZE - 1), s + (0 .. len - 1));
  assigns buf[off .. EVENT_LINE_SIZE - 1];
  ensures off <= \result < EVENT_LINE_SIZE && buf[\result] == '\0';
  ensures \forall integer i; off <= i < \result ==> buf[i] == '%' ||
      (quoted == 0 ? plain(buf[i]) : unquoted(buf[i]));
*/
static size_t
append_escaped(char *buf, size_t off, const uint8_t *s, size_t len, int quoted)
{
	/*@
	  loop invariant 0 <= i <= len && \at(off, Pre) <= off;
	  loop invariant off < EVENT_LINE_SIZE;
	  loop invariant \forall integer j; \at(off, Pre) <= j < off ==>
	      buf[j] == '%' ||
	      (quoted == 0 ? plain(buf[j]) : unquoted(buf[j]));
	  loop assigns i, off, buf[\at(off, Pre) .. EVENT_LINE_SIZE - 1];
	  loop variant len - i;
	*/
	for (size_t i = 0; i < len && off + 4 < EVENT_LINE_SIZE; i++) {
		if (quoted ? s[i] >= ' ' && s[i] <= '~' && s[i] != '"' &&
		    s[i] != '%' : is_plain(s[i]))
			buf[off++] = (char)s[i];
		else {
			buf[off++] = '%';
			buf[off++] = hex_digit(s[i] / 16);
			buf[off++] = hex_digit(s[i] % 16);
		}
	}
	buf[off] = '\0';
	return (off);
}

/*@
  requires off < EVENT_LINE_SIZE && \valid(buf + (0 .. EVENT_LINE_SIZE - 1));
  requires valid_read_string(s);
  requires \separated(buf + (0 .. EVENT_LINE_SIZE - 1), s + (0 .. strlen(s)));
  assigns buf[off .. EVENT_LINE_SIZE - 1];
  ensures off <= \result < EVENT_LINE_SIZE && buf[\result] == '\0';
  ensures \old(printable_string(s)) ==> printed(buf, off, \result);
*/
static size_t
append(char *buf, size_t off, const char *s)
{
	/*@
	  loop invariant i == off - \at(off, Pre) <= \at(strlen(s), Pre);
	  loop invariant \at(off, Pre) <= off < EVENT_LINE_SIZE;
	  loop invariant \forall integer j; 0 <= j <= \at(strlen(s), Pre) ==>
	      s[j] == \at(s[j], Pre);
	  loop invariant \at(printable_string(s), Pre) ==>
	      printed(buf, \at(off, Pre), off);
	  loop assigns i, off, buf[\at(off, Pre) .. EVENT_LINE_SIZE - 1];
	  loop variant \at(strlen(s), Pre) - i;
	*/
	for (size_t i = 0; s[i] != '\0' && off < EVENT_LINE_SIZE - 1; i++)
		buf[off++] = s[i];
	buf[off] = '\0';
	return (off);
}

/* Append " key=value", or nothing without a value.  value needs no escape. */
static size_t
append_field(char *buf, size_t off, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return (off);
	off = append(buf, off, " ");
	off = append(buf, off, key);
	off = append(buf, off, "=");
	return (append(buf, off, value));
}

static size_t
append_name(char *buf, size_t off, const struct event *e)
{
	size_t len = e->name_len;

	if (e->name == NULL || len == 0)
		return (off);
	off = append_escaped(buf, off, e->name,
	    len > EVENT_NAME_MAX ? EVENT_NAME_MAX : len, 0);
	return (append(buf, off, len > EVENT_NAME_MAX ? "..." : ""));
}

/* Append the name and the addresses. */
static size_t
append_subject(char *buf, size_t off, const struct event *e)
{
	char addr[ADDR_STRLEN];

	if (e->name_len > 0) {
		off = append(buf, off, " name=");
		off = append_name(buf, off, e);
	}
	off = append_field(buf, off, "client", addr_format(&e->client, addr));
	return (append_field(buf, off, "peer", addr_format(&e->peer, addr)));
}

const char *
event_format(const struct event *e, char buf[EVENT_LINE_SIZE])
{
	char number[32];
	size_t off;

	off = append(buf, 0, result_name(e->result));
	off = append_field(buf, off, "reason", reason_name(e->reason));
	off = append_subject(buf, off, e);
	off = append_field(buf, off, "tls", e->tls);
	off = append_field(buf, off, "cipher", e->cipher);
	if (e->count > 1) {
		snprintf(number, sizeof(number), "%lu", e->count);
		off = append_field(buf, off, "count", number);
	} else {
		snprintf(number, sizeof(number), "%ld", e->ms);
		off = append_field(buf, off, "ms", number);
	}
	if (e->detail != NULL && e->detail[0] != '\0') {
		off = append(buf, off, " detail=\"");
		off = append_escaped(buf, off, (const uint8_t *)e->detail,
		    strlen(e->detail), 1);
		append(buf, off, "\"");
	}
	return (buf);
}

const char *
event_subject(const struct event *e, char buf[EVENT_LINE_SIZE])
{
	buf[0] = '\0';
	append_subject(buf, 0, e);
	return (buf);
}

const char *
event_name(const struct event *e, char buf[EVENT_LINE_SIZE])
{
	buf[0] = '\0';
	append_name(buf, 0, e);
	return (buf);
}
