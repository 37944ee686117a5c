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
 * rehearsal: libtls answers a ClientHello that is built in.  libcrypto looks
 * up each algorithm when it is first used, and keeps what it found.  A server
 * does this once, so that its children need not.
 */
#ifndef REHEARSAL_H
#define REHEARSAL_H

struct tls;

/*
 * server is configured for TLS 1.3, with ALPN acme-tls/1 and a pair.  The
 * server handles a built-in ClientHello without a server name (RFC 8446 4.1.2),
 * and stops after the Finished of the server is sent.  Then the connection is
 * dropped.  Does no input or output, and leaves server as it was.  Returns 0,
 * or -1: libtls did not get that far.
 */
int	rehearsal_run(struct tls *server);

#endif
