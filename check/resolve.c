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

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clock.h"
#include "resolve.h"

/* Skip duplicates: /etc/hosts may have an address twice. */
static void
add_address(struct addresses *a, const struct addrinfo *ai)
{
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(&a->to[i], ai->ai_addr, ai->ai_addrlen) == 0)
			return;
	if (a->n < ADDRESSES_MAX)
		memcpy(&a->to[a->n++], ai->ai_addr, ai->ai_addrlen);
}

/* In the child: IPv6 first, as CAs do. */
static void
ask_resolver(const char *host, const char *port, int family, int fd)
{
	static struct addresses a;
	struct addrinfo hints, *res = NULL, *ai;
	const int order[] = { AF_INET6, AF_INET };

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = family;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICSERV;
	a.error = getaddrinfo(host, port, &hints, &res);
	for (int i = 0; a.error == 0 && i < 2; i++)
		for (ai = res; ai != NULL; ai = ai->ai_next)
			if (ai->ai_family == order[i])
				add_address(&a, ai);
	/* The answer fits into a pipe: write(2) does not wait. */
	(void)!write(fd, &a, sizeof(a));
	_exit(0);
}

/* 0, or -1: nothing by the deadline. */
static int
read_answer(int fd, struct addresses *a, long long deadline, const char *host)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int say = isatty(STDERR_FILENO);
	size_t have = 0;
	long long left;
	ssize_t n;

	while (have < sizeof(*a)) {
		if ((left = deadline - now_ms()) <= 0)
			return (-1);
		if (poll(&pfd, 1, (int)(say && left > 2000 ? 2000 :
		    left)) <= 0) {
			if (say)
				fprintf(stderr, "looking up %s ...\n",
				    host);
			say = 0;
			continue;
		}
		n = read(fd, (char *)a + have, sizeof(*a) - have);
		if (n == 0 || (n == -1 && errno != EINTR)) {
			a->error = EAI_SYSTEM;	/* the child has crashed */
			break;
		}
		if (n > 0)
			have += (size_t)n;
	}
	/* Do not trust the child: it parsed what the network sent. */
	if (a->error != 0 || a->n > ADDRESSES_MAX)
		a->n = 0;
	return (0);
}

int
resolve_is_here(const struct addr *to)
{
	struct ifaddrs *all;
	struct addr mine;
	int here = to->family == AF_INET && to->ip[0] == IN_LOOPBACKNET;

	if (getifaddrs(&all) == -1)
		return (here);
	for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next)
		here |= i->ifa_addr != NULL && addr_from_sockaddr(&mine,
		    (const struct sockaddr_storage *)i->ifa_addr) == 0 &&
		    mine.family == to->family &&
		    memcmp(mine.ip, to->ip, sizeof(mine.ip)) == 0;
	freeifaddrs(all);
	return (here);
}

int
resolve_is_in_hosts(const char *host)
{
	char line[1024], *word;
	FILE *f;
	int found = 0;

	if ((f = fopen("/etc/hosts", "r")) == NULL)
		return (0);
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "#")] = '\0';
		if (strtok(line, " \t\n") == NULL)	/* the address */
			continue;
		while ((word = strtok(NULL, " \t\n")) != NULL)
			found |= strcasecmp(word, host) == 0;
	}
	fclose(f);
	return (found);
}

int
resolve(const char *host, const char *port, int family, long long deadline,
    struct addresses *a)
{
	int fds[2], r;
	pid_t pid;

	memset(a, 0, sizeof(*a));
	a->error = EAI_SYSTEM;
	if (pipe(fds) == -1)
		return (0);
	if ((pid = fork()) == 0)
		ask_resolver(host, port, family, fds[1]);
	close(fds[1]);
	r = pid == -1 ? 0 : read_answer(fds[0], a, deadline, host);
	close(fds[0]);
	if (pid != -1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return (r);
}
