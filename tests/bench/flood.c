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
 * flood ADDR PORT KIND FIRST SOURCES EACH SECONDS: a flood of connections for
 * SECONDS, from SOURCES IPv4 addresses beginning with FIRST; each of them keeps
 * EACH connections open and replaces those that are closed, as fast as it goes.
 * KIND: silent	nothing is sent
 *	 drip	one byte that may begin a ClientHello is sent
 * Prints how many connections were made.
 */
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in target = { .sin_family = AF_INET };
static int drip, epoll;
static unsigned long made;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

/* A new connection from an address.  Returns 0, or -1: not now. */
static int
dial(uint32_t from)
{
	const int one = 1;
	struct sockaddr_in source = { .sin_family = AF_INET };
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP };
	int fd;

	source.sin_addr.s_addr = htonl(from);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	/* on loopback the handshake of TCP is complete at once, or it waits */
	if (bind(fd, (struct sockaddr *)&source, sizeof(source)) == -1 ||
	    (connect(fd, (struct sockaddr *)&target, sizeof(target)) == -1 &&
	    errno != EINPROGRESS)) {
		close(fd);
		return (-1);
	}
	if (drip && send(fd, "\x16", 1, MSG_NOSIGNAL) == -1)
		ev.events |= EPOLLOUT;	/* later */
	ev.data.u64 = (uint64_t)from << 32 | (uint32_t)fd;
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
	made++;
	return (0);
}

static void
serve_event(const struct epoll_event *ev)
{
	struct epoll_event in = { .events = EPOLLIN | EPOLLRDHUP };
	const int fd = (int)(uint32_t)ev->data.u64;

	if (ev->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
		close(fd);
		dial((uint32_t)(ev->data.u64 >> 32));
	} else if (ev->events & EPOLLOUT) {
		send(fd, "\x16", 1, MSG_NOSIGNAL);
		in.data = ev->data;
		epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &in);
	}
}

int
main(int argc, char *argv[])
{
	struct epoll_event events[256];
	struct rlimit files;
	struct in_addr first;
	double end;
	int sources, each, n;

	if (argc != 8 || inet_pton(AF_INET, argv[1], &target.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[4], &first) != 1)
		errx(64, "usage: flood ADDR PORT KIND FIRST SOURCES EACH "
		    "SECONDS");
	target.sin_port = htons((uint16_t)atoi(argv[2]));
	drip = strcmp(argv[3], "drip") == 0;
	sources = atoi(argv[5]);
	each = atoi(argv[6]);
	end = now() + atof(argv[7]);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if ((epoll = epoll_create1(0)) == -1)
		err(1, "epoll_create1");
	for (int i = 0; i < each; i++)
		for (int s = 0; s < sources && now() < end; s++)
			dial(ntohl(first.s_addr) + (uint32_t)s);
	puts("begun");
	fflush(stdout);
	while (now() < end) {
		n = epoll_wait(epoll, events, 256, 100);
		for (int i = 0; i < n; i++)
			serve_event(&events[i]);
	}
	printf("%lu\n", made);
	return (0);
}
