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
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

void
addr_set(struct addr *a, int family, const uint8_t *ip)
{
	static const uint8_t mapped[12] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
	};

	if (family == AF_INET6 && memcmp(ip, mapped, sizeof(mapped)) == 0) {
		family = AF_INET;
		ip += sizeof(mapped);
	}
	a->family = family;
	memcpy(a->ip, ip, family == AF_INET ? 4 : 16);
}

int
addr_from_sockaddr(struct addr *a, const struct sockaddr_storage *ss)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	memset(a, 0, sizeof(*a));
	if (ss->ss_family == AF_INET) {
		memcpy(&sin, ss, sizeof(sin));
		addr_set(a, AF_INET, (const uint8_t *)&sin.sin_addr);
		a->port = ntohs(sin.sin_port);
		return (0);
	}
	if (ss->ss_family != AF_INET6)
		return (-1);
	memcpy(&sin6, ss, sizeof(sin6));
	addr_set(a, AF_INET6, sin6.sin6_addr.s6_addr);
	a->port = ntohs(sin6.sin6_port);
	return (0);
}

int
port_parse(const uint8_t *s, size_t len, uint16_t *port)
{
	unsigned int v = 0;

	*port = 0;
	if (len < 1 || len > 5 || (s[0] == '0' && len > 1))
		return (-1);
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (-1);
		v = v * 10 + (unsigned int)(s[i] - '0');
	}
	if (v > 65535)
		return (-1);
	*port = (uint16_t)v;
	return (0);
}

int
addr_from_text(struct addr *a, const char *ip, const char *port)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	uint16_t number = 0;
	size_t len = strlen(ip);

	memset(a, 0, sizeof(*a));
	if (len >= 2 && ip[0] == '[' && ip[len - 1] == ']') {
		ip++;			/* socat writes [2001:...] */
		len -= 2;
	}
	if (len >= sizeof(text))
		return (-1);
	memcpy(text, ip, len);
	text[len] = '\0';
	if (port != NULL && port_parse((const uint8_t *)port, strlen(port),
	    &number) == -1)
		return (-1);
	if (inet_pton(AF_INET, text, bytes) == 1)
		addr_set(a, AF_INET, bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		addr_set(a, AF_INET6, bytes);
	else
		return (-1);
	a->port = number;
	return (0);
}

int
addr_of_peer(struct addr *a, int fd)
{
	static const char *const names[][2] = {
		{ "TCPREMOTEIP", "TCPREMOTEPORT" },	/* UCSPI-TCP */
		{ "REMOTE_ADDR", "REMOTE_PORT" },	/* systemd */
		{ "SOCAT_PEERADDR", "SOCAT_PEERPORT" },
		{ "NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT" },
		{ "REMOTE_HOST", NULL },		/* xinetd */
	};
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	const char *ip;

	memset(&ss, 0, sizeof(ss));
	if (getpeername(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    addr_from_sockaddr(a, &ss) == 0)
		return (0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((ip = getenv(names[i][0])) == NULL)
			continue;
		if (addr_from_text(a, ip, names[i][1] == NULL ? NULL :
		    getenv(names[i][1])) == 0)
			return (0);
	}
	memset(a, 0, sizeof(*a));
	return (-1);
}

const char *
addr_format(const struct addr *a, char buf[ADDR_STRLEN])
{
	char ip[INET6_ADDRSTRLEN];

	buf[0] = '\0';
	if (a->family == 0 ||
	    inet_ntop(a->family, a->ip, ip, sizeof(ip)) == NULL)
		return (buf);
	(void)snprintf(buf, ADDR_STRLEN, a->family == AF_INET6 ?
	    "[%s]:%u" : "%s:%u", ip, (unsigned int)a->port);
	return (buf);
}
