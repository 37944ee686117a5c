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
/* addr: an IP address and port, scanned to binary, formatted for the log. */
#ifndef ADDR_H
#define ADDR_H

#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

/* "[" + 45 + "]:65535" + NUL, with room to spare */
#define ADDR_STRLEN	64

struct addr {
	int		family;		/* AF_INET, AF_INET6, or 0: not known */
	uint8_t		ip[16];		/* network order; AF_INET uses 4 */
	uint16_t	port;		/* host order */
};

/*
 * Set a->family and a->ip from the 4 (AF_INET) or 16 (AF_INET6) bytes at ip.
 * An IPv4-mapped IPv6 address (RFC 4291 2.5.5.2) becomes the IPv4 address in
 * its last 4 bytes.
 */
void	addr_set(struct addr *a, int family, const uint8_t *ip);

/*
 * From a socket address, by addr_set().  Returns 0, or -1 with a->family 0 if
 * ss is neither AF_INET nor AF_INET6.
 */
int	addr_from_sockaddr(struct addr *a, const struct sockaddr_storage *ss);

/*
 * From text: ip by inet_pton(3), with or without brackets, then by addr_set();
 * and a decimal port (NULL: 0).  Returns 0, or -1 with a->family 0.
 */
int	addr_from_text(struct addr *a, const char *ip, const char *port);

/*
 * The peer of the connection on fd: getpeername(2), or, if fd is not a TCP
 * socket, what the super-server put into the environment (UCSPI, systemd,
 * xinetd, socat).  Returns 0, or -1 with a->family 0 if the peer is unknown.
 */
int	addr_of_peer(struct addr *a, int fd);

/* "192.0.2.7:4711", "[2001:db8::7]:4711", or "" for family 0.  Returns buf. */
const char *addr_format(const struct addr *a, char buf[ADDR_STRLEN]);

/*
 * Parse the len bytes at s as a decimal number 0..65535 without sign or
 * leading zero.  Returns 0 with *port set, or -1 with *port 0.
 */
int	port_parse(const uint8_t *s, size_t len, uint16_t *port);

#endif
