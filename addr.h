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
#include <string.h>

/* "[" + 45 + "]:65535" + NUL, with room to spare */
#define ADDR_STRLEN	64

struct addr {
	int		family;		/* AF_INET, AF_INET6, or 0: not known */
	uint8_t		ip[16];		/* network order; AF_INET uses 4 */
	uint16_t	port;		/* host order */
};

/*@
  predicate addr_ok{L}(struct addr *a) = a->family == 0 ||
      a->family == AF_INET || a->family == AF_INET6;
  predicate addr_byte(char c) = '0' <= c <= '9' || 'a' <= c <= 'f' ||
      c == '.' || c == ':' || c == '[' || c == ']';
  // the number of the n <= 5 decimal digits at s
  logic integer decimal{L}(char *s, integer n) = n <= 0 ? 0 :
      n == 1 ? s[0] - '0' : n == 2 ? s[0] * 10 + s[1] - 11 * '0' :
      n == 3 ? s[0] * 100 + s[1] * 10 + s[2] - 111 * '0' :
      n == 4 ? s[0] * 1000 + s[1] * 100 + s[2] * 10 + s[3] - 1111 * '0' :
      s[0] * 10000 + s[1] * 1000 + s[2] * 100 + s[3] * 10 + s[4] -
	  11111 * '0';
  // not ::ffff:0:0/96
  predicate unmapped{L}(struct addr *a) = a->family == AF_INET6 ==>
      a->ip[11] != 0xff || a->ip[10] != 0xff ||
      \exists integer i; 0 <= i < 10 && a->ip[i] != 0;
*/

/* Set a to no address: family, ip and port 0. */
/*@
  requires \valid(a);
  assigns *a;
  ensures a->family == 0 && a->port == 0;
  ensures \forall integer i; 0 <= i < 16 ==> a->ip[i] == 0;
*/
void	addr_clear(struct addr *a);

/*
 * Set a->family and a->ip from the 4 (AF_INET) or 16 (AF_INET6) bytes at ip.
 * An IPv4-mapped IPv6 address (RFC 4291 2.5.5.2) becomes the IPv4 address in
 * its last 4 bytes.
 */
/*@
  requires \valid(a) && (family == AF_INET || family == AF_INET6);
  requires \valid_read(ip + (0 .. (family == AF_INET ? 3 : 15)));
  requires \separated(a, ip + (0 .. (family == AF_INET ? 3 : 15)));
  assigns a->family, a->ip[0 .. 15];
  ensures (a->family == AF_INET || a->family == AF_INET6) && unmapped(a);
  ensures family == AF_INET ==> a->family == AF_INET;
  ensures a->family == AF_INET6 ==>
      \forall integer i; 0 <= i < 16 ==> a->ip[i] == ip[i];
  ensures a->family == AF_INET ==> \forall integer i; 0 <= i < 4 ==>
      a->ip[i] == ip[family == AF_INET ? i : i + 12];
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
/*@
  requires \valid(a) && valid_read_string(ip);
  requires port == \null || valid_read_string(port);
  requires \separated(a, ip + (0 .. strlen(ip)), port + (0 .. strlen(port)));
  assigns *a;
  ensures \result == 0 && a->family != 0 || \result == -1 && a->family == 0;
  ensures addr_ok(a) && unmapped(a);
*/
int	addr_from_text(struct addr *a, const char *ip, const char *port);

/*
 * The peer of the connection on fd: getpeername(2), or, if that gives no IP
 * address, what the super-server put into the environment (UCSPI, systemd,
 * xinetd, socat, ncat).  Returns 0, or -1 with a->family 0: peer unknown.
 */
int	addr_of_peer(struct addr *a, int fd);

/* "192.0.2.7:4711", "[2001:db8::7]:4711", or "" for family 0.  Returns buf. */
/*@
  requires \valid_read(a) && addr_ok(a) && \valid(buf + (0 .. ADDR_STRLEN - 1));
  requires \separated(a, buf + (0 .. ADDR_STRLEN - 1));
  assigns \result \from buf;
  assigns buf[0 .. ADDR_STRLEN - 1];
  ensures \result == buf && 0 <= strlen(buf) < ADDR_STRLEN;
  ensures a->family == 0 <==> buf[0] == '\0';
  ensures \forall integer i; 0 <= i < strlen(buf) ==> addr_byte(buf[i]);
*/
const char *addr_format(const struct addr *a, char buf[ADDR_STRLEN]);

/*@
  predicate is_port{L}(char *s) = 1 <= strlen(s) <= 5 &&
      (s[0] == '0' ==> s[1] == '\0') && decimal(s, strlen(s)) <= 65535 &&
      \forall integer i; 0 <= i < strlen(s) ==> '0' <= s[i] <= '9';
*/

/*
 * Parse the string s as a decimal number 0..65535 without sign or leading
 * zero.  Returns 0 with *port set, or -1 with *port 0.
 */
/*@
  requires valid_read_string(s) && \valid(port);
  requires \separated(port, s + (0 .. strlen(s)));
  assigns *port;
  ensures is_port(s) ? \result == 0 && *port == decimal(s, strlen(s)) :
      \result == -1 && *port == 0;
*/
int	port_parse(const char *s, uint16_t *port);

#endif
