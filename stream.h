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
 * stream: the connection, with one deadline, and a buffer that keeps what was
 * read before libtls is called, to replay it to libtls.
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
	IO_NOMEM,	/* out of memory, or buf has reached its limit */
	IO_AGAIN	/* stream_read(), stream_write(): would block */
};

struct stream {
	int		 rfd, wfd;	/* may be one socket or two pipes */
	long long	 start, deadline;	/* times of now_ms() */
	uint8_t		*buf;
	size_t		 len, cap;	/* bytes in buf, bytes allocated */
	size_t		 off;		/* next byte of buf to replay */
};

/*
 * Set s up for the descriptors of a connection, and make them non-blocking.
 * start is a time of now_ms(): when the connection came.  The deadline is
 * seconds, 1 or more, after start.
 */
void	stream_init(struct stream *s, int rfd, int wfd, long long start,
	    int seconds);

/*
 * Wait for more bytes, and append them to s->buf, which never has more than
 * limit bytes.  IO_OK: at least one byte was appended.  Otherwise IO_EOF,
 * IO_RESET, IO_TIMEOUT or IO_NOMEM.
 */
enum io	stream_fill(struct stream *s, size_t limit);

/*
 * Wait until rfd can be read (events is POLLIN) or wfd written (POLLOUT).
 * IO_OK, IO_TIMEOUT or IO_RESET.
 */
enum io	stream_wait(struct stream *s, short events);

/*
 * Read up to n bytes, never waiting: from the buffer while s->off has not
 * reached its end, then from the connection.  IO_OK with *got > 0, or IO_EOF,
 * IO_RESET or IO_AGAIN with *got 0.
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
