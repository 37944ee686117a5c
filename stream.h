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
 * stream: the connection, with one deadline for all of it, and a buffer that
 * keeps what was read until it is replayed to libtls.
 */
#ifndef STREAM_H
#define STREAM_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

enum io {
	IO_OK,
	IO_EOF,		/* the peer has closed its side */
	IO_RESET,	/* the connection is gone */
	IO_TIMEOUT,	/* the deadline has passed */
	IO_NOMEM,	/* out of memory, or at the limit of stream_fill() */
	IO_AGAIN	/* stream_read, stream_write: nothing moves now */
};

struct stream {
	int		 rfd, wfd;	/* may be one socket or two pipes */
	long long	 start, deadline;	/* times of now_ms() */
	uint8_t		*buf;
	size_t		 len, cap;	/* bytes in buf, bytes allocated */
	size_t		 off;		/* next byte of buf to replay */
};

/*
 * Begin with the connection's descriptors, which become non-blocking.  start
 * is the time, of now_ms(), at which the connection came.  The deadline is
 * start plus seconds, which is more than 0.
 */
void	stream_init(struct stream *s, int rfd, int wfd, long long start,
	    int seconds);

/*
 * Wait for more bytes and append them to s->buf, of at most limit bytes.
 * IO_OK: at least one byte more.  IO_EOF, IO_RESET, IO_TIMEOUT, IO_NOMEM.
 */
enum io	stream_fill(struct stream *s, size_t limit);

/*
 * Wait until the connection is ready for poll(2)'s events (POLLIN on rfd,
 * POLLOUT on wfd).  IO_OK, IO_TIMEOUT or IO_RESET.
 */
enum io	stream_wait(struct stream *s, short events);

/*
 * Read up to n bytes: first what is left of the buffer, from s->off, then the
 * connection.  Never waits.  IO_OK with *got > 0; else *got is 0.
 */
enum io	stream_read(struct stream *s, void *p, size_t n, size_t *got);

/*
 * Write up to n bytes, never waiting.  IO_OK with *put > 0, IO_RESET or
 * IO_AGAIN with *put 0.
 */
enum io	stream_write(struct stream *s, const void *p, size_t n, size_t *put);

/*
 * End the connection.  Send FIN with shutdown(2): systemd has a copy of the
 * socket, so close(2) would send nothing.  Then read and discard what is left:
 * the kernel would answer unread input with RST, and the client could lose our
 * alert.  Frees the buffer.
 */
void	stream_close(struct stream *s);

/* Is there something to read now?  1 or 0. */
int	stream_readable(const struct stream *s);

/* Milliseconds since the connection came. */
long	stream_ms(const struct stream *s);

#endif
