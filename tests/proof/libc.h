/*
 * The two functions of <arpa/inet.h> that alpnd calls, with the contracts that
 * POSIX gives them.  Frama-C's own header has none for the size of dst.  The
 * buffers of inet_pton(3) and inet_ntop(3) are void * in POSIX.
 */
#ifndef PROOF_LIBC_H
#define PROOF_LIBC_H

#define inet_ntop	frama_c_inet_ntop
#define inet_pton	frama_c_inet_pton
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#undef inet_ntop
#undef inet_pton

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
