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
#include "event.h"
#include "text.h"

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

#define ESCAPED	3	/* bytes of "%XX" */

/*
 * Write a byte to buf[n], escaped.  quoted: spaces and punctuation stay as they
 * are.  Returns the new n.
 */
/*@
  requires \valid(buf + (n .. n + ESCAPED - 1)) && n + ESCAPED <= SIZE_MAX;
  assigns buf[n .. n + ESCAPED - 1];
  ensures n < \result <= n + ESCAPED;
  ensures \forall integer i; n <= i < \result ==> buf[i] == '%' ||
      (quoted == 0 ? plain(buf[i]) : unquoted(buf[i]));
*/
static inline size_t
escape(char *buf, size_t n, uint8_t c, int quoted)
{
	if (quoted ? c >= ' ' && c <= '~' && c != '"' && c != '%' :
	    is_plain(c)) {
		buf[n++] = (char)c;
		return (n);
	}
	buf[n++] = '%';
	buf[n++] = hex_digit(c / 16);
	buf[n++] = hex_digit(c % 16);
	return (n);
}

/*@
  requires text_ok(t) && \valid_read(s + (0 .. len - 1));
  requires \separated(t, t->buf + (0 .. t->size - 1), s + (0 .. len - 1));
  assigns t->len, t->buf[t->len .. t->size - 1];
  ensures \old(t->len) <= t->len < t->size;
  ensures \forall integer i; \old(t->len) <= i < t->len ==>
      t->buf[i] == '%' || plain(t->buf[i]);
*/
static void
append_escaped(struct text *t, const uint8_t *s, size_t len)
{
	size_t n = t->len;

	/*@
	  loop invariant 0 <= i <= len && t->len <= n < t->size;
	  loop invariant \forall integer j; t->len <= j < n ==>
	      t->buf[j] == '%' || plain(t->buf[j]);
	  loop assigns i, n, t->buf[t->len .. t->size - 1];
	  loop variant len - i;
	*/
	for (size_t i = 0; i < len && t->size - n > ESCAPED; i++)
		n = escape(t->buf, n, s[i], 0);
	t->len = n;
}

/*@
  requires text_ok(t) && fits(t, s);
  assigns t->len, t->buf[t->len .. t->size - 1];
  ensures \old(t->len) <= t->len < t->size;
  ensures \forall integer i; \old(t->len) <= i < t->len ==>
      unquoted(t->buf[i]);
*/
static void
append_quoted(struct text *t, const char *s)
{
	size_t n = t->len;

	/*@
	  loop invariant 0 <= i <= \at(strlen(s), Pre) && i <= n - t->len;
	  loop invariant \forall integer j; 0 <= j <= \at(strlen(s), Pre) ==>
	      s[j] == \at(s[j], Pre);
	  loop invariant t->len <= n < t->size;
	  loop invariant \forall integer j; t->len <= j < n ==>
	      unquoted(t->buf[j]);
	  loop assigns i, n, t->buf[t->len .. t->size - 1];
	  loop variant t->size - n;
	*/
	for (size_t i = 0; s[i] != '\0' && t->size - n > ESCAPED; i++)
		/* (uint8_t)s[i], in a form that the prover accepts */
		n = escape(t->buf, n, (uint8_t)((s[i] + 256) % 256), 1);
	t->len = n;
}

/* Append " key=value", or nothing without a value.  value needs no escape. */
static void
append_field(struct text *t, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	text_add(t, " ");
	text_add(t, key);
	text_add(t, "=");
	text_add(t, value);
}

static void
append_number(struct text *t, const char *key, long long n)
{
	text_add(t, " ");
	text_add(t, key);
	text_add(t, "=");
	text_add_number(t, n);
}

/* Append the name, and terminate. */
static void
append_name(struct text *t, const struct event *e)
{
	const size_t len = e->name == NULL ? 0 : e->name_len;

	append_escaped(t, e->name, len > EVENT_NAME_MAX ? EVENT_NAME_MAX : len);
	text_add(t, len > EVENT_NAME_MAX ? "..." : "");
}

/* Append the name and the addresses. */
static void
append_subject(struct text *t, const struct event *e)
{
	char addr[ADDR_STRLEN] = "";

	if (e->name_len > 0) {
		text_add(t, " name=");
		append_name(t, e);
	}
	append_field(t, "client", addr_format(&e->client, addr));
	append_field(t, "peer", addr_format(&e->peer, addr));
}

const char *
event_format(const struct event *e, char buf[EVENT_LINE_SIZE])
{
	struct text t = { buf, EVENT_LINE_SIZE, 0 };

	text_add(&t, result_name(e->result));
	append_field(&t, "reason", reason_name(e->reason));
	append_subject(&t, e);
	append_field(&t, "tls", e->tls);
	append_field(&t, "cipher", e->cipher);
	if (e->count > 0)
		append_number(&t, "count", (long long)e->count);
	else
		append_number(&t, "ms", e->ms);
	if (e->detail != NULL && e->detail[0] != '\0') {
		text_add(&t, " detail=\"");
		append_quoted(&t, e->detail);
		text_add(&t, "\"");
	}
	return (buf);
}

const char *
event_subject(const struct event *e, char buf[EVENT_LINE_SIZE])
{
	struct text t = { buf, EVENT_LINE_SIZE, 0 };

	buf[0] = '\0';
	append_subject(&t, e);
	return (buf);
}

const char *
event_name(const struct event *e, char buf[EVENT_LINE_SIZE])
{
	struct text t = { buf, EVENT_LINE_SIZE, 0 };

	buf[0] = '\0';
	append_name(&t, e);
	return (buf);
}
