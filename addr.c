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

#include <stdlib.h>
#include <string.h>

#include "addr.h"

void
addr_clear(struct addr *a)
{
	a->family = 0;
	memset(a->ip, 0, sizeof(a->ip));
	a->port = 0;
}

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

	addr_clear(a);
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
port_parse(const char *s, uint16_t *port)
{
	unsigned int v = 0;
	size_t i;

	*port = 0;
	/*@
	  loop invariant 0 <= i <= strlen(s) && v == decimal(s, i);
	  loop invariant v <= 65535 && i <= 5;
	  loop invariant \forall integer j; 0 <= j < i ==> '0' <= s[j] <= '9';
	  loop assigns i, v;
	  loop variant 5 - i;
	*/
	for (i = 0; s[i] != '\0'; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (-1);
		v = v * 10 + (unsigned int)(s[i] - '0');
		if (v > 65535 || i == 5)
			return (-1);
	}
	if (i == 0 || (s[0] == '0' && i > 1))
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

	addr_clear(a);
	if (len >= 2 && ip[0] == '[' && ip[len - 1] == ']') {
		ip++;			/* socat writes [2001:...] */
		len -= 2;
	}
	if (len >= sizeof(text))
		return (-1);
	memcpy(text, ip, len);
	text[len] = '\0';
	if (port != NULL && port_parse(port, &number) == -1)
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
	addr_clear(a);
	return (-1);
}

/* Write port in decimal to buf from buf[n] on.  Returns the new n. */
/*@
  requires \valid(buf + (n .. n + 4)) && n < ADDR_STRLEN;
  assigns buf[n .. n + 4];
  ensures \forall integer i; n <= i < \result ==> '0' <= buf[i] <= '9';
  ensures \result - n == (port < 10 ? 1 : port < 100 ? 2 : port < 1000 ? 3 :
      port < 10000 ? 4 : 5);
  ensures buf[\result - 1] == '0' + port % 10;
  ensures port >= 10 ==> buf[\result - 2] == '0' + port / 10 % 10;
  ensures port >= 100 ==> buf[\result - 3] == '0' + port / 100 % 10;
  ensures port >= 1000 ==> buf[\result - 4] == '0' + port / 1000 % 10;
  ensures port >= 10000 ==> buf[\result - 5] == '0' + port / 10000;
*/
static size_t
append_port(char *buf, size_t n, uint16_t port)
{
	if (port >= 10000)
		buf[n++] = (char)('0' + port / 10000);
	if (port >= 1000)
		buf[n++] = (char)('0' + port / 1000 % 10);
	if (port >= 100)
		buf[n++] = (char)('0' + port / 100 % 10);
	if (port >= 10)
		buf[n++] = (char)('0' + port / 10 % 10);
	buf[n++] = (char)('0' + port % 10);
	return (n);
}

const char *
addr_format(const struct addr *a, char buf[ADDR_STRLEN])
{
	char ip[INET6_ADDRSTRLEN];
	size_t n = 0;

	buf[0] = '\0';
	if (a->family == 0)
		return (buf);
	if (a->family == AF_INET6)
		buf[n++] = '[';
	inet_ntop(a->family, a->ip, ip, sizeof(ip));
	/*@
	  loop invariant 0 <= i <= \at(strlen(&ip[0]), LoopEntry);
	  loop invariant i <= n <= i + 1;
	  loop invariant \forall integer j; 0 <= j < INET6_ADDRSTRLEN ==>
	      ip[j] == \at(ip[j], LoopEntry);
	  loop invariant \forall integer j; 0 <= j < n ==> addr_byte(buf[j]);
	  loop assigns i, n, buf[0 .. INET6_ADDRSTRLEN];
	  loop variant \at(strlen(&ip[0]), LoopEntry) - i;
	*/
	for (size_t i = 0; ip[i] != '\0'; i++)
		buf[n++] = ip[i];
	if (a->family == AF_INET6)
		buf[n++] = ']';
	buf[n++] = ':';
	/*@ assert \forall integer i; 0 <= i < n ==> addr_byte(buf[i]); */
	n = append_port(buf, n, a->port);
	/*@ assert \forall integer i; 0 <= i < n ==> addr_byte(buf[i]); */
	buf[n] = '\0';
	return (buf);
}
