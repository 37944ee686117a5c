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

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "alpnd.h"
#include "handshake.h"
#include "probe.h"

/*
 * The suites Go's crypto/tls offers below TLS 1.3; Let's Encrypt's validator is
 * written in Go.
 */
#define CIPHERS		"ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES"
#define CURVES		"X25519,P-256,P-384,P-521"

#define ANSWER_MAX	(512 * 1024)	/* bytes; a handshake has a few KiB */
#define RECORD_HEAD	5		/* RFC 8446 section 5.1 */
#define RECORD_ALERT	21

struct tls_config *
probe_config(void)
{
	struct tls_config *c;

	if (tls_init() == -1 || (c = tls_config_new()) == NULL)
		return (NULL);
	if (tls_config_set_protocols(c, TLS_PROTOCOL_TLSv1_2 |
	    TLS_PROTOCOL_TLSv1_3) == -1 ||
	    tls_config_set_ciphers(c, CIPHERS) == -1 ||
	    tls_config_set_ecdhecurves(c, CURVES) == -1 ||
	    tls_config_set_alpn(c, ACME_TLS_1) == -1) {
		tls_config_free(c);
		return (NULL);
	}
	/* The certificate is self-signed; cert_judge verifies it. */
	tls_config_insecure_noverifycert(c);
	tls_config_insecure_noverifyname(c);
	return (c);
}

/*
 * Follow the records (RFC 8446 5.1) for the last alert in the clear, because
 * libtls gives only a text for an alert.
 */
static void
follow_record(struct probe *p, uint8_t byte)
{
	const size_t at = p->record_at++;
	size_t len;

	if (at < RECORD_HEAD)
		p->record[at] = byte;
	/*
	 * Another record begins.  Nothing follows a fatal alert, so an earlier
	 * alert was a warning: forget that alert.
	 */
	if (at == 0 && byte != RECORD_ALERT)
		p->alert = -1;
	if (at < RECORD_HEAD - 1)
		return;
	len = (size_t)p->record[3] << 8 | p->record[4];
	/* level, description; an encrypted one is longer */
	if (p->record[0] == RECORD_ALERT && len == 2 && at == RECORD_HEAD + 1)
		p->alert = byte;
	if (p->record_at == RECORD_HEAD + len)
		p->record_at = 0;
}

static void
keep_received(struct probe *p, const uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++, p->got++) {
		if (p->got < sizeof(p->first))
			p->first[p->got] = buf[i];
		follow_record(p, buf[i]);
	}
}

/* Keep the first error: libssl may still try to send an alert. */
static void
hung_up(struct probe *p, int error)
{
	if (p->end == PROBE_RUNNING) {
		p->end = PROBE_HUNG_UP;
		p->error = error;
	}
}

static ssize_t
read_cb(struct tls *tls, void *buf, size_t len, void *arg)
{
	struct probe *p = arg;
	ssize_t n;

	(void)tls;
	/* libssl reads any number of empty messages: limit the answer */
	if (p->got >= ANSWER_MAX) {
		errno = EMSGSIZE;
		return (-1);
	}
	n = recv(p->fd, buf, len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (TLS_WANT_POLLIN);
	if (n > 0)
		keep_received(p, buf, (size_t)n);
	else
		hung_up(p, n == 0 ? 0 : errno);
	return (n);
}

static ssize_t
write_cb(struct tls *tls, const void *buf, size_t len, void *arg)
{
	struct probe *p = arg;
	ssize_t n;

	(void)tls;
	n = send(p->fd, buf, len, MSG_NOSIGNAL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (TLS_WANT_POLLOUT);
	if (n == -1)
		hung_up(p, errno);
	return (n);
}

/* If text is NULL and error is not 0, p->text is that of strerror(3). */
static void
end_probe(struct probe *p, enum probe_end end, int error, const char *text,
    long long now)
{
	uint8_t rest[PROBE_FIRST_SIZE];
	ssize_t n;

	/* libtls may give up after five bytes, with more to be read. */
	if (p->connected && end != PROBE_COMPLETE &&
	    (n = recv(p->fd, rest, sizeof(rest), MSG_DONTWAIT)) > 0)
		keep_received(p, rest, (size_t)n);
	p->end = end;
	p->error = error;
	p->ms = now - p->started;
	if (text == NULL && error != 0)
		text = strerror(error);
	if (text != NULL)
		snprintf(p->text, sizeof(p->text), "%s", text);
	tls_free(p->tls);
	p->tls = NULL;
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
}

static void
header_append(struct probe *p, const void *bytes, size_t len)
{
	memcpy(p->out + p->out_len, bytes, len);
	p->out_len += len;
}

/* haproxy's doc/proxy-protocol.txt section 2.1. */
static void
header_v1(struct probe *p, const struct addr *from)
{
	char src[INET6_ADDRSTRLEN] = "", dst[INET6_ADDRSTRLEN] = "";

	inet_ntop(from->family, from->ip, src, sizeof(src));
	inet_ntop(p->to.family, p->to.ip, dst, sizeof(dst));
	p->out_len = (size_t)snprintf((char *)p->out, sizeof(p->out),
	    "PROXY TCP%c %s %s %u %u\r\n", from->family == AF_INET6 ? '6' : '4',
	    src, dst, (unsigned int)from->port, (unsigned int)p->to.port);
}

/*
 * Section 2.2: signature, PROXY, TCP over IPv4 or IPv6, length, addresses,
 * ports.
 */
static void
header_v2(struct probe *p, const struct addr *from)
{
	static const uint8_t sig[] = "\r\n\r\n\0\r\nQUIT\n";
	const size_t n = from->family == AF_INET6 ? 16 : 4;
	const uint8_t head[] = { 0x21, from->family == AF_INET6 ? 0x21 : 0x11,
	    0, (uint8_t)(2 * n + 4) };
	const uint16_t ports[] = { htons(from->port), htons(p->to.port) };

	header_append(p, sig, sizeof(sig) - 1);
	header_append(p, head, sizeof(head));
	header_append(p, from->ip, n);
	header_append(p, p->to.ip, n);
	header_append(p, ports, sizeof(ports));
}

/* The PROXY header that a proxy would send for a connection of this machine. */
static int
make_header(struct probe *p, enum proxy_header proxy)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr from;

	memset(&ss, 0, sizeof(ss));
	if (getsockname(p->fd, (struct sockaddr *)&ss, &len) == -1 ||
	    addr_from_sockaddr(&from, &ss) == -1)
		return (-1);
	if (proxy == PROXY_HEADER_V1)
		header_v1(p, &from);
	else
		header_v2(p, &from);
	return (0);
}

static int
prepare_tls(struct probe *p, struct tls_config *config, const char *servername)
{
	if ((p->tls = tls_client()) == NULL) {
		snprintf(p->text, sizeof(p->text), "out of memory");
		return (-1);
	}
	if (tls_configure(p->tls, config) == -1 || tls_connect_cbs(p->tls,
	    read_cb, write_cb, p, servername) == -1) {
		snprintf(p->text, sizeof(p->text), "libtls: %s",
		    tls_error(p->tls));
		return (-1);
	}
	return (0);
}

void
probe_start(struct probe *p, const struct sockaddr_storage *to,
    enum proxy_header proxy, struct tls_config *config,
    const char *servername, long long now)
{
	socklen_t len = to->ss_family == AF_INET6 ?
	    sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	memset(p, 0, sizeof(*p));
	p->alert = -1;
	p->started = now;
	addr_from_sockaddr(&p->to, to);
	p->fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (p->fd == -1) {
		end_probe(p, errno == EMFILE || errno == ENFILE ||
		    errno == ENOBUFS || errno == ENOMEM ? PROBE_LOCAL :
		    PROBE_NOT_CONNECTED, errno, NULL, now);
		return;
	}
	if (prepare_tls(p, config, servername) == -1) {
		end_probe(p, PROBE_LOCAL, 0, NULL, now);
		return;
	}
	p->events = POLLOUT;
	if (connect(p->fd, (const struct sockaddr *)to, len) == -1 &&
	    errno != EINPROGRESS) {
		end_probe(p, PROBE_NOT_CONNECTED, errno, NULL, now);
		return;
	}
	/* connect(2) has chosen the source address. */
	if (proxy != PROXY_HEADER_NONE && make_header(p, proxy) == -1)
		end_probe(p, PROBE_LOCAL, 0, "getsockname(2) has failed", now);
}

static void
copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from == NULL ? "" : from);
}

static void
keep_results(struct probe *p)
{
	const uint8_t *pem;
	size_t len = 0;

	copy_text(p->version, sizeof(p->version), tls_conn_version(p->tls));
	copy_text(p->alpn, sizeof(p->alpn), tls_conn_alpn_selected(p->tls));
	copy_text(p->subject, sizeof(p->subject),
	    tls_peer_cert_subject(p->tls));
	pem = tls_peer_cert_chain_pem(p->tls, &len);
	if (pem == NULL || len == 0 || (p->cert = malloc(len)) == NULL)
		return;
	memcpy(p->cert, pem, len);
	p->cert_len = len;
}

static void
continue_handshake(struct probe *p, long long now)
{
	int r;

	r = tls_handshake(p->tls);
	if (r == TLS_WANT_POLLIN || r == TLS_WANT_POLLOUT) {
		p->events = r == TLS_WANT_POLLIN ? POLLIN : POLLOUT;
		return;
	}
	if (r == 0 && handshake_completed(p->tls)) {
		keep_results(p);
		tls_close(p->tls);	/* as far as it gets at once */
		end_probe(p, PROBE_COMPLETE, 0, NULL, now);
	} else if (p->end == PROBE_HUNG_UP || r == 0)
		end_probe(p, PROBE_HUNG_UP, p->error, "", now);
	else
		end_probe(p, PROBE_FAILED, 0, p->got >= ANSWER_MAX ?
		    "the answer is over 512 KiB" : tls_error(p->tls), now);
}

void
probe_step(struct probe *p, long long now)
{
	int error = 0;
	socklen_t len = sizeof(error);
	ssize_t n;

	if (!p->connected && (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error,
	    &len) == -1 || error != 0)) {
		end_probe(p, PROBE_NOT_CONNECTED, error != 0 ? error : errno,
		    NULL, now);
		return;
	}
	p->connected = 1;
	while (p->out_put < p->out_len) {
		n = send(p->fd, p->out + p->out_put, p->out_len - p->out_put,
		    MSG_NOSIGNAL);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n == -1) {
			end_probe(p, PROBE_HUNG_UP, errno, "", now);
			return;
		}
		p->out_put += (size_t)n;
	}
	continue_handshake(p, now);
}

void
probe_expire(struct probe *p, long long now)
{
	if (p->end != PROBE_RUNNING)
		return;
	if (p->connected)
		end_probe(p, PROBE_TIMEOUT, 0, NULL, now);
	else
		end_probe(p, PROBE_NOT_CONNECTED, ETIMEDOUT, "", now);
}

void
probe_free(struct probe *p)
{
	tls_free(p->tls);
	if (p->fd != -1)
		close(p->fd);
	free(p->cert);
	memset(p, 0, sizeof(*p));
	p->fd = -1;
}
