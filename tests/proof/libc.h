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
 * The two functions of <arpa/inet.h> that alpnd calls, with the contracts that
 * POSIX gives them.  Frama-C's own header has none for the size of dst.  The
 * buffers of inet_pton(3) and inet_ntop(3) are void * in POSIX.  Its struct
 * sockaddr_storage is smaller than the addresses.
 */
#ifndef PROOF_LIBC_H
#define PROOF_LIBC_H

#define inet_ntop	frama_c_inet_ntop
#define sockaddr_storage	frama_c_sockaddr_storage
#define inet_pton	frama_c_inet_pton
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#undef inet_ntop
#undef sockaddr_storage
#undef inet_pton

struct sockaddr_storage {
	sa_family_t	ss_family;
	unsigned long	rest[15];
};

/*@
  requires af == AF_INET || af == AF_INET6;
  requires valid_read_string(src);
  requires \valid(dst + (0 .. (af == AF_INET ? 3 : 15)));
  requires \separated(dst + (0 .. 15), src + (0 .. strlen(src)));
  assigns \result, dst[0 .. (af == AF_INET ? 3 : 15)] \from af, src[0 ..];
  ensures \result == 1 || \result == 0;
*/
int	inet_pton(int af, const char *src, uint8_t *dst);

/*@
  requires af == AF_INET || af == AF_INET6;
  requires \valid_read(src + (0 .. (af == AF_INET ? 3 : 15)));
  requires \valid(dst + (0 .. size - 1)) && size >= INET6_ADDRSTRLEN;
  assigns \result \from dst;
  assigns dst[0 .. size - 1] \from af, src[0 .. 15];
  ensures \result == dst && strlen(dst) < INET6_ADDRSTRLEN;
  ensures 0 <= strlen(dst) && valid_read_string(dst);
  ensures \forall integer i; 0 <= i < strlen(dst) ==>
      '0' <= dst[i] <= '9' || 'a' <= dst[i] <= 'f' || dst[i] == '.' ||
      dst[i] == ':';
*/
const char *inet_ntop(int af, const uint8_t *src, char *dst, socklen_t size);

#endif
