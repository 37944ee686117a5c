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
#include <sys/wait.h>

#include <arpa/inet.h>

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

#define SYSTEMD_RUNS	"/run/systemd/system"	/* sd_booted(3) */
#define SECONDS		10
#define ANY6		"00000000000000000000000000000000"
#define HEX_SIZE	sizeof(ANY6 ":0000")

/* In the child: its output is the answer. */
static void
ask_systemctl(int fd)
{
	const int null = open("/dev/null", O_RDWR);

	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDERR_FILENO) == -1 || dup2(fd, STDOUT_FILENO) == -1)
		_exit(1);
	if (fd != STDOUT_FILENO)
		close(fd);
	alarm(SECONDS);		/* execve(2) keeps it */
	execlp("systemctl", "systemctl", "show",
	    "--property=LoadState,ActiveState,Listen", "alpnd.socket",
	    (char *)NULL);
	_exit(1);
}

/*
 * Write the address at s as /proc/net/tcp does: in words of 32 bits, in the
 * byte order of the host.  Returns -1 if s is no IP address with a port.
 */
static int
kernel_form(const char *s, char hex[HEX_SIZE])
{
	char ip[INET6_ADDRSTRLEN];
	unsigned int port;
	uint32_t w[4];

	if (sscanf(s, "[%45[^]]]:%5u", ip, &port) == 2 &&
	    inet_pton(AF_INET6, ip, w) == 1)
		snprintf(hex, HEX_SIZE, "%08" PRIX32 "%08" PRIX32 "%08" PRIX32
		    "%08" PRIX32 ":%04X", w[0], w[1], w[2], w[3], port);
	else if (sscanf(s, "%15[0-9.]:%5u", ip, &port) == 2 &&
	    inet_pton(AF_INET, ip, w) == 1)
		snprintf(hex, HEX_SIZE, "%08" PRIX32 ":%04X", w[0], port);
	else
		return (-1);
	return (0);
}

/* Returns 0 if no socket listens there; 1: one does, or this is not known. */
static int
has_listener(const char *hex)
{
	FILE *f = fopen(strchr(hex, ':') - hex == 8 ? "/proc/self/net/tcp" :
	    "/proc/self/net/tcp6", "re");
	char line[512], local[HEX_SIZE], state[3];
	int found = 0;

	if (f == NULL)
		return (1);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, " %*[0-9]: %37s %*s %2s", local,
		    state) == 2 && strcmp(local, hex) == 0 &&
		    strcmp(state, "0A") == 0;	/* TCP_LISTEN */
	fclose(f);
	return (found);
}

/* "Listen=[::]:10443 (Stream)" */
static void
add_address(struct unit *u, const char *s)
{
	const size_t n = strlen(u->listens);
	char hex[HEX_SIZE];

	/* a socket of 0.0.0.0 takes the place of one of [::] */
	if (kernel_form(s, hex) == 0 && !has_listener(hex) &&
	    (strncmp(hex, ANY6, strlen(ANY6)) != 0 ||
	    !has_listener(hex + strlen(ANY6) - 8)))
		u->not_listening = 1;
	snprintf(u->listens + n, sizeof(u->listens) - n, "%s%.*s",
	    n == 0 ? "" : ", ", (int)strcspn(s, " "), s);
}

/* Take a line of systemctl's answer.  Returns 1 if it says "loaded". */
static int
take_line(struct unit *u, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "ActiveState=", 12) == 0)
		snprintf(u->state, sizeof(u->state), "%s", line + 12);
	else if (strncmp(line, "Listen=", 7) == 0)
		add_address(u, line + 7);
	return (strcmp(line, "LoadState=loaded") == 0);
}

int
unit_look(struct unit *u)
{
	char line[UNIT_TEXT_SIZE];
	int fds[2], loaded = 0;
	FILE *f;
	pid_t pid;

	memset(u, 0, sizeof(*u));
	if (access(SYSTEMD_RUNS, F_OK) == -1 || pipe(fds) == -1)
		return (-1);
	if ((pid = fork()) == 0)
		ask_systemctl(fds[1]);
	close(fds[1]);
	if ((f = fdopen(fds[0], "r")) == NULL)
		err(EXIT_FAILURE, NULL);
	while (fgets(line, sizeof(line), f) != NULL)
		loaded |= take_line(u, line);
	fclose(f);
	if (pid != -1)
		waitpid(pid, NULL, 0);
	return (loaded ? 0 : -1);
}
