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
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "systemd.h"
#include "text.h"

#define JOURNAL_SOCKET	"/run/systemd/journal/socket"
#define LINGER_MS	50

static int journal_told;	/* 1: log_linger() must wait */
static int has_socket;		/* 1: the journal can take entries */
static int serving;		/* in a server: never block */
static int nonblocking_fd = -1;	/* in a server: fd 2, opened again */
static unsigned long dropped;	/* lines, in a server */
static enum {
	TO_NOWHERE,		/* before log_open() */
	TO_STDERR,
	TO_JOURNAL_STREAM,
	TO_JOURNAL,
	TO_SYSLOG
} target;

/* The ids are those of units/alpnd.catalog. */
static const struct {
	int		 level;
	const char	*id;
} results[] = {
	[RESULT_SERVED] = { LOG_NOTICE, "a6f0c32f9d1c4d3c9f5b1f6f4e5a7c01" },
	[RESULT_REFUSED] = { LOG_INFO, "5b1d3be0a2f74b0d8f0c6a9e17d2c402" },
	[RESULT_CLOSED] = { LOG_DEBUG, NULL },
	[RESULT_ERROR] = { LOG_ERR, "c09e8d7f62b14e5aa3d4f1b2907e6c03" },
};

/* Can fd be a connection?  A terminal cannot. */
static int
is_channel(int fd, struct stat *st)
{
	return (fstat(fd, st) == 0 &&
	    (S_ISSOCK(st->st_mode) || S_ISFIFO(st->st_mode)));
}

static int
same_file(const struct stat *a, const struct stat *b)
{
	return (a->st_dev == b->st_dev && a->st_ino == b->st_ino);
}

/* In "alpnd 2>&1 | more", fd 1 and 2 are one pipe, but fd 0 is a terminal. */
static int
stderr_is_connection(void)
{
	struct stat in, out, err;

	return (is_channel(STDIN_FILENO, &in) &&
	    is_channel(STDERR_FILENO, &err) && (same_file(&in, &err) ||
	    (is_channel(STDOUT_FILENO, &out) && same_file(&out, &err))));
}

/* systemd.exec(5): JOURNAL_STREAM is "device:inode" of our stdout or stderr. */
static int
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char id[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return (0);
	snprintf(id, sizeof(id), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return (strcmp(stream, id) == 0);
}

/* syslog(3) also reaches the journal. */
static int
uses_syslog(void)
{
	return (target == TO_SYSLOG || target == TO_JOURNAL);
}

void
log_open(void)
{
	int fd, closed;

	closed = fcntl(STDERR_FILENO, F_GETFD) == -1;
	/* No file or socket of ours may become fd 0, 1 or 2. */
	while ((fd = open("/dev/null", O_RDWR)) != -1 && fd <= STDERR_FILENO)
		continue;
	if (fd != -1)
		close(fd);

	if (!closed && !stderr_is_connection())
		target = stderr_is_journal() ? TO_JOURNAL_STREAM : TO_STDERR;
	/* Without a socket, sd_journal_sendv(3) drops lines, and returns 0. */
	if (target != TO_STDERR)
		has_socket = systemd_supported() &&
		    access(JOURNAL_SOCKET, W_OK) == 0;
	if (target == TO_NOWHERE)
		target = has_socket ? TO_JOURNAL : TO_SYSLOG;
	/*
	 * tzset(3) and openlog(3) need files that the sandbox takes away.
	 * Either may hang.  The hard end then calls log_try(), which reads
	 * target; so set target first.
	 */
	if (uses_syslog()) {
		tzset();
		openlog("alpnd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	}
}

static int
goes_to_journal(void)
{
	return (has_socket &&
	    (target == TO_JOURNAL || target == TO_JOURNAL_STREAM));
}

int
log_needs_libraries(void)
{
	return (goes_to_journal() && !systemd_loaded());
}

/* Do not call syslog(3): it blocks while the log is full. */
static int
try_syslog(const char *line, size_t len)
{
#ifdef __OpenBSD__
	return (sendsyslog(line, len, 0));
#else
	struct sockaddr_un sun = { .sun_family = AF_UNIX,
	    .sun_path = _PATH_LOG };
	ssize_t n;
	int fd;

	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	n = sendto(fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&sun, sizeof(sun));
	close(fd);
	return (n == -1 ? -1 : 0);
#endif
}

static int
try_stderr(const char *line, size_t len)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };
	const size_t at_once = len > PIPE_BUF ? PIPE_BUF : len;
	int n;

	if (send(STDERR_FILENO, line, len, MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
		return (0);
	if (errno != ENOTSOCK)
		return (-1);
	if (nonblocking_fd != -1)
		return (write(nonblocking_fd, line, len) == -1 ? -1 : 0);
	/* A pipe that is writable takes PIPE_BUF bytes. */
	n = poll(&pfd, 1, 0);
	if (n == 0 || (n == 1 && (pfd.revents & POLLOUT) == 0))
		return (-1);
	return (write(STDERR_FILENO, line, at_once) == -1 ? -1 : 0);
}

int
log_try(int level, const char *line)
{
	const int to_syslog = uses_syslog();
	char buf[EVENT_LINE_SIZE + 64];
	struct text text = { buf, sizeof(buf), 0 };

	if (target == TO_NOWHERE)
		return (-1);
	if (target != TO_STDERR) {
		text_add(&text, "<");
		text_add_number(&text, to_syslog ? LOG_DAEMON | level : level);
		text_add(&text, ">");
	}
	if (to_syslog) {
		/* RFC 3164 section 4.3.3: the receiver adds the time. */
		text_add(&text, "alpnd[");
		text_add_number(&text, getpid());
		text_add(&text, "]: ");
	}
	text_add(&text, line);
	if (to_syslog)
		return (try_syslog(buf, text.len));
	text_add(&text, "\n");
	return (try_stderr(buf, text.len));
}

static void
write_line(int level, const char *line)
{
	char prefix[4] = { '<', (char)('0' + level), '>', '\0' };
	struct iovec iov[3] = {
		{ prefix, target == TO_JOURNAL_STREAM ? 3 : 0 },
		{ (char *)(uintptr_t)line, strlen(line) },
		{ (char *)(uintptr_t)"\n", 1 },
	};

	if (serving) {
		if (log_try(level, line) == -1)
			dropped++;
	} else if (uses_syslog())
		syslog(level, "%s", line);
	else if (writev(STDERR_FILENO, iov, 3) == -1)
		return;		/* there is no other place to log this */
}

void
log_server(void)
{
	struct stat st;

	serving = 1;
	/* If libsystemd cannot be loaded, the children log plain lines. */
	if (!systemd_loaded())
		has_socket = 0;
	/* A regular file does not block, and would get a second offset. */
	if (fstat(STDERR_FILENO, &st) == 0 && !S_ISREG(st.st_mode) &&
	    (target == TO_STDERR || target == TO_JOURNAL_STREAM))
		nonblocking_fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC);
}

void
log_child(void)
{
	serving = 0;
	/* The server shares its flags: a child could clear O_NONBLOCK. */
	if (nonblocking_fd != -1)
		close(nonblocking_fd);
	nonblocking_fd = -1;
}

unsigned long
log_dropped(void)
{
	return (dropped);
}

/* The fields of an event, as documented in alpnd(8), LOGGING. */
static int
to_journal(int level, const char *line, const struct event *e)
{
	char name[EVENT_LINE_SIZE], client[ADDR_STRLEN], peer[ADDR_STRLEN];
	char ms[32], priority[2] = { (char)('0' + level), '\0' };
	struct journal_field fields[] = {
		{ "MESSAGE", line },
		{ "PRIORITY", priority },
		{ "SYSLOG_IDENTIFIER", "alpnd" },
		{ "MESSAGE_ID", results[e->result].id },
		{ "ALPND_RESULT", result_name(e->result) },
		{ "ALPND_REASON", reason_name(e->reason) },
		{ "ALPND_NAME", event_name(e, name) },
		{ "ALPND_CLIENT", addr_format(&e->client, client) },
		{ "ALPND_PEER", addr_format(&e->peer, peer) },
		{ "ALPND_TLS", e->tls },
		{ "ALPND_CIPHER", e->cipher },
		{ "ALPND_MS", ms },
		{ "ALPND_DETAIL", e->detail },
	};

	snprintf(ms, sizeof(ms), "%ld", e->ms);
	return (systemd_journal(fields, sizeof(fields) / sizeof(fields[0])));
}

void
log_event(const struct event *e)
{
	char line[EVENT_LINE_SIZE];
	int level = results[e->result].level;

	event_format(e, line);
	if (goes_to_journal() && !serving && to_journal(level, line, e) == 0) {
		journal_told = 1;
		return;
	}
	write_line(level, line);
}

void
log_linger(void)
{
	if (journal_told)
		poll(NULL, 0, LINGER_MS);
}

void
log_message(const char *fmt, ...)
{
	char text[EVENT_LINE_SIZE] = "alpnd: ";
	const size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	write_line(LOG_ERR, text);
}
