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
 * alpnd: a one-shot TLS-ALPN-01 (RFC 8737) responder.  Parse the flags, and
 * check that there is a connection, or a listening socket.  session.c serves
 * one connection; server.c serves listening sockets.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <tls.h>

#include "alpnd.h"
#include "clock.h"
#include "deadline.h"
#include "flag.h"
#include "log.h"
#include "server.h"
#include "session.h"
#include "systemd.h"

#ifndef LIBTLS_VERSION
#define LIBTLS_VERSION	"unknown"
#endif

#define CHILDREN	64	/* slots of a server */
#define CHILDREN_MAX	1024
#define IDLE		60	/* seconds until a server ends by itself */
#define IDLE_MAX	65535

static const char usage_text[] =
    "usage: alpnd [-v] [-d directory] [-f name] [-i seconds] [-m children]\n"
    "             [-p auto|require|off] [-t seconds]\n"
    "       alpnd -h | -V";

/* The command line is wrong. */
static _Noreturn void
fatal_usage(const char *why)
{
	log_open();
	log_message("%s\n%s", why, usage_text);
	exit(EX_USAGE);
}

/* alpnd cannot serve what it got.  Call log_open() first. */
static _Noreturn void
fatal(int status, const char *why)
{
	log_message("%s", why);
	exit(status);
}

static _Noreturn void
help(void)
{
	printf("%s\n", usage_text);
	exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Print the libtls of the build, and the file of the libtls in use. */
static _Noreturn void
version(void)
{
	Dl_info info;

	printf("alpnd %s, libtls %s (API %d)", ALPND_VERSION,
	    LIBTLS_VERSION, TLS_API);
	memset(&info, 0, sizeof(info));
	if (dladdr(dlsym(RTLD_DEFAULT, "tls_init"), &info) != 0 &&
	    info.dli_fname != NULL)
		printf(", %s", info.dli_fname);
	printf("\n");
	exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static enum proxy_mode
parse_proxy_mode(const char *s)
{
	if (strcmp(s, "auto") == 0)
		return (PROXY_AUTO);
	if (strcmp(s, "require") == 0)
		return (PROXY_REQUIRE);
	if (strcmp(s, "off") != 0)
		fatal_usage("-p is auto, require or off");
	return (PROXY_OFF);
}

static int
parse_number(const char *s, int min, int max, const char *why)
{
	const int n = flag_number(s, min, max);

	if (n == -1)
		fatal_usage(why);
	return (n);
}

static const char *
parse_fallback(const char *s)
{
	static char name[NAME_SIZE];

	if (name_canonical((const uint8_t *)s, strlen(s), name) == -1)
		fatal_usage("-f is the name of a pair in the directory, "
		    "without .crt.pem");
	return (name);
}

/*
 * The hard end is not armed yet, so nothing here may wait: open no file.  Only
 * before exiting, fatal_usage() opens the log and may wait.
 */
static void
parse_options(struct options *opt, int argc, char *argv[])
{
	char problem[FLAG_PROBLEM_SIZE];
	int ch;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		help();
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		version();
	/* ':' silences getopt(3): fd 2 may be the connection */
	while ((ch = getopt(argc, argv, ":d:f:hi:m:p:t:vV")) != -1) {
		switch (ch) {
		case 'd':
			opt->directory = optarg;
			break;
		case 'f':
			opt->fallback = parse_fallback(optarg);
			break;
		case 'h':
			help();
			break;
		case 'i':
			opt->idle = parse_number(optarg, 0, IDLE_MAX,
			    "-i is a number of seconds from 0 to 65535");
			break;
		case 'm':
			opt->children = (size_t)parse_number(optarg, 1,
			    CHILDREN_MAX, "-m is a number from 1 to 1024");
			break;
		case 'p':
			opt->proxy = parse_proxy_mode(optarg);
			break;
		case 't':
			opt->seconds = parse_number(optarg, 1, DEADLINE_MAX,
			    "-t is a number of seconds from 1 to 60");
			break;
		case 'v':
			opt->verbose = 1;
			break;
		case 'V':
			version();
			break;
		default:
			fatal_usage(flag_problem(ch, problem));
		}
	}
	if (optind != argc)
		fatal_usage("alpnd takes flags only");
}

static int
is_listener(int fd)
{
	int v = 0;
	socklen_t len = sizeof(v);

	return (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &v, &len) == 0 &&
	    v != 0);
}

/* What is wrong with fd as one end of a connection, or NULL. */
static const char *
connection_problem(int fd)
{
	const int wrong = fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY;
	struct stat st;
	int v = 0;
	socklen_t len = sizeof(v);

	if (fstat(fd, &st) == -1)
		return ("is closed");
	if (S_ISFIFO(st.st_mode))
		return ((fcntl(fd, F_GETFL) & O_ACCMODE) == wrong ?
		    "is the wrong end of a pipe" : NULL);
	if (!S_ISSOCK(st.st_mode))
		return ("is not a connection");
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &v, &len) == -1 ||
	    v != SOCK_STREAM)
		return ("is not a stream socket");
	return (NULL);
}

static void
require_connection(int fd, const char *which)
{
	const char *problem;

	if ((problem = connection_problem(fd)) == NULL)
		return;
	log_message("%s %s\n"
	    "alpnd answers one TLS connection on its standard input and "
	    "output.  It is started by\n"
	    "systemd (systemctl enable --now alpnd.socket), inetd, xinetd or "
	    "tcpserver: see alpnd(8).", which, problem);
	exit(EX_USAGE);
}

/*
 * _exit(2) skips the exit handlers of libcrypto, which take time to free its
 * tables.  session_run() has wiped the secrets.
 */
static _Noreturn void
serve_one(const struct options *opt, int rfd, int wfd)
{
	_exit(session_run(opt, NULL, rfd, wfd));
}

/* The hard end comes first: log_open() may wait for a file system. */
static void
arm_hard_end_and_open_log(const struct options *opt, long long start)
{
	const int error = deadline_arm(opt->seconds, start) == -1 ? errno : 0;

	log_open();
	if (error != 0)
		log_message("cannot arm timers: %s; a process that hangs will "
		    "not end itself; allow timer_create(2) and "
		    "timer_settime(2); in a unit, add both to "
		    "SystemCallFilter=",
		    strerror(error));
}

/* A server has no deadline; its children have one each. */
static int
serve_all(const struct options *opt, const int *fds, size_t n)
{
	deadline_disarm();
	return (server_run(opt, fds, n));
}

/*
 * The sockets that systemd has passed: listening, or one connection.  Returns
 * only after serve_all().
 */
static int
serve_passed(const struct options *opt, int n)
{
	int fds[LISTENERS_MAX];

	if (n == 1 && !is_listener(LISTEN_FDS_START)) {
		require_connection(LISTEN_FDS_START, "the socket passed");
		serve_one(opt, LISTEN_FDS_START, LISTEN_FDS_START);
	}
	if (n > LISTENERS_MAX)
		fatal(EXIT_FAILURE, "more than 16 sockets were passed; remove "
		    "some ListenStream= from alpnd.socket");
	for (int i = 0; i < n; i++) {
		fds[i] = LISTEN_FDS_START + i;
		if (!is_listener(fds[i]))
			fatal(EXIT_FAILURE, "a socket that was passed does "
			    "not listen; keep only ListenStream= lines in "
			    "alpnd.socket");
	}
	return (serve_all(opt, fds, (size_t)n));
}

/*
 * inetd passes the listening socket as fd 0, 1 and 2.  Keep one copy above 2,
 * and put /dev/null in place of the three.
 */
static int
move_listener(void)
{
	int fd, null;

	fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd == -1 || null == -1)
		fatal(EXIT_FAILURE, strerror(errno));
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (is_listener(i))
			(void)dup2(null, i);
	close(null);
	return (fd);
}

int
main(int argc, char *argv[])
{
	struct options opt = {
		.directory = CERTDIR,
		.proxy = PROXY_AUTO,
		.seconds = DEADLINE,
		.children = CHILDREN,
		.idle = IDLE,
	};
	const long long start = now_ms();
	int listener, n;

	parse_options(&opt, argc, argv);
	arm_hard_end_and_open_log(&opt, start);

	systemd_forget_parent();
	/* The CA hangs up first: let a write fail with EPIPE. */
	signal(SIGPIPE, SIG_IGN);

	if ((n = systemd_listen_fds()) > 0)
		return (serve_passed(&opt, n));
	if (is_listener(STDIN_FILENO)) {	/* inetd, "wait" */
		listener = move_listener();
		return (serve_all(&opt, &listener, 1));
	}
	/*
	 * Of our units, only alpnd.service sets NOTIFY_SOCKET.  An inetd that
	 * systemd has started may pass its NOTIFY_SOCKET on: look for a
	 * connection, too.
	 */
	if (getenv("NOTIFY_SOCKET") != NULL &&
	    connection_problem(STDIN_FILENO) != NULL)
		fatal(EX_UNAVAILABLE, "systemd has passed no socket; start "
		    "alpnd.socket instead of alpnd.service: with Accept=no, "
		    "the socket starts the service");
	require_connection(STDIN_FILENO, "standard input");
	require_connection(STDOUT_FILENO, "standard output");
	serve_one(&opt, STDIN_FILENO, STDOUT_FILENO);
}
