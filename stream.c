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

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "stream.h"

#define FIRST_BUFFER	4096		/* a usual ClientHello has 2 kB */
#define DRAIN_MAX	(256UL * 1024)

static void
set_nonblocking(int fd)
{
	int flags;

	/* If fcntl(2) fails, go on: poll(2) precedes most calls. */
	flags = fcntl(fd, F_GETFL);
	if (flags != -1 && (flags & O_NONBLOCK) == 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void
stream_init(struct stream *s, int rfd, int wfd, long long start, int seconds)
{
	memset(s, 0, sizeof(*s));
	s->rfd = rfd;
	s->wfd = wfd;
	s->start = start;
	s->deadline = start + seconds * 1000LL;
	set_nonblocking(rfd);
	if (wfd != rfd)
		set_nonblocking(wfd);
}

long
stream_ms(const struct stream *s)
{
	return ((long)(now_ms() - s->start));
}

int
stream_readable(const struct stream *s)
{
	struct pollfd pfd = { .fd = s->rfd, .events = POLLIN };

	return (poll(&pfd, 1, 0) == 1);
}

enum io
stream_wait(struct stream *s, short events)
{
	struct pollfd pfd = { .events = events };
	long long left;
	int n;

	pfd.fd = events == POLLIN ? s->rfd : s->wfd;
	for (;;) {
		if ((left = s->deadline - now_ms()) <= 0)
			return (IO_TIMEOUT);
		n = poll(&pfd, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n == 1)		/* read(2), write(2) find POLLERR */
			return ((pfd.revents & POLLNVAL) ? IO_RESET : IO_OK);
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return (IO_RESET);
	}
}

static enum io
read_now(int fd, void *p, size_t n, size_t *got)
{
	ssize_t r;

	*got = 0;
	do
		r = read(fd, p, n);
	while (r == -1 && errno == EINTR);
	if (r > 0) {
		*got = (size_t)r;
		return (IO_OK);
	}
	if (r == 0)
		return (IO_EOF);
	return (errno == EAGAIN || errno == EWOULDBLOCK ? IO_AGAIN : IO_RESET);
}

static enum io
grow(struct stream *s, size_t limit)
{
	size_t cap = s->cap == 0 ? FIRST_BUFFER : s->cap * 2;
	uint8_t *p;

	if (cap > limit)
		cap = limit;
	if (cap <= s->len || (p = realloc(s->buf, cap)) == NULL)
		return (IO_NOMEM);
	s->buf = p;
	s->cap = cap;
	return (IO_OK);
}

enum io
stream_fill(struct stream *s, size_t limit)
{
	size_t got;
	enum io r;

	if (s->len == s->cap && (r = grow(s, limit)) != IO_OK)
		return (r);
	for (;;) {
		/* Wait first: reading at once would rarely find anything. */
		if ((r = stream_wait(s, POLLIN)) != IO_OK)
			return (r);
		r = read_now(s->rfd, s->buf + s->len, s->cap - s->len, &got);
		s->len += got;
		if (r != IO_AGAIN)
			return (r);
	}
}

enum io
stream_read(struct stream *s, void *p, size_t n, size_t *got)
{
	if (s->off == s->len)
		return (read_now(s->rfd, p, n, got));
	*got = n < s->len - s->off ? n : s->len - s->off;
	memcpy(p, s->buf + s->off, *got);
	s->off += *got;
	return (IO_OK);
}

enum io
stream_write(struct stream *s, const void *p, size_t n, size_t *put)
{
	ssize_t w;

	*put = 0;
	do
		w = write(s->wfd, p, n);
	while (w == -1 && errno == EINTR);
	if (w >= 0) {
		*put = (size_t)w;
		return (IO_OK);
	}
	return (errno == EAGAIN || errno == EWOULDBLOCK ? IO_AGAIN : IO_RESET);
}

void
stream_close(struct stream *s)
{
	uint8_t scrap[4096];
	size_t got, total = 0;

	/* A pipe has no shutdown(2).  This process has the only copy. */
	if (shutdown(s->wfd, SHUT_WR) == -1 && errno == ENOTSOCK)
		close(s->wfd);
	while (total < DRAIN_MAX &&
	    read_now(s->rfd, scrap, sizeof(scrap), &got) == IO_OK)
		total += got;
	free(s->buf);
	s->buf = NULL;
	s->len = s->cap = s->off = 0;
}
