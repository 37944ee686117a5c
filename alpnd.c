/*
 * alpnd: a one-shot TLS-ALPN-01 (RFC 8737) responder.  Flags and the check
 * that there is a connection; what happens on it is in session.c.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <tls.h>

#include "addr.h"
#include "log.h"
#include "session.h"

#ifndef CERTDIR
#define CERTDIR		"/etc/dehydrated/alpn-certs"
#endif
#ifndef ALPND_VERSION
#define ALPND_VERSION	"unknown"
#endif
#ifndef LIBTLS_VERSION
#define LIBTLS_VERSION	"unknown"
#endif

#define DEADLINE	10	/* seconds; as long as a CA waits */
#define DEADLINE_MAX	60

static void
usage(const char *why)
{
	log_message("alpnd: %s\n"
	    "usage: alpnd [-v] [-d directory] [-f name] "
	    "[-p auto|require|off] [-t seconds]\n"
	    "       alpnd -V", why);
	exit(EX_USAGE);
}

/* The libtls of the build, and where the running one was found. */
static void
version(void)
{
	Dl_info info;

	(void)printf("alpnd %s, libtls %s (API %d)", ALPND_VERSION,
	    LIBTLS_VERSION, TLS_API);
	memset(&info, 0, sizeof(info));
	if (dladdr(dlsym(RTLD_DEFAULT, "tls_init"), &info) != 0 &&
	    info.dli_fname != NULL)
		(void)printf(", %s", info.dli_fname);
	(void)printf("\n");
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
		usage("-p is auto, require or off");
	return (PROXY_OFF);
}

static int
parse_seconds(const char *s)
{
	uint16_t n;

	if (port_parse((const uint8_t *)s, strlen(s), &n) == -1 || n < 1 ||
	    n > DEADLINE_MAX)
		usage("-t is a number of seconds from 1 to 60");
	return (n);
}

static void
parse_options(struct options *opt, int argc, char *argv[])
{
	static char fallback[NAME_SIZE];
	int ch;

	opterr = 0;	/* getopt(3) would write to fd 2 whatever that is */
	while ((ch = getopt(argc, argv, "d:f:p:t:vV")) != -1) {
		switch (ch) {
		case 'd':
			opt->directory = optarg;
			break;
		case 'f':
			if (name_canonical((const uint8_t *)optarg,
			    strlen(optarg), fallback) == -1)
				usage("-f is the name of a pair in the "
				    "directory, without .crt.pem");
			opt->fallback = fallback;
			break;
		case 'p':
			opt->proxy = parse_proxy_mode(optarg);
			break;
		case 't':
			opt->seconds = parse_seconds(optarg);
			break;
		case 'v':
			opt->verbose = 1;
			break;
		case 'V':
			version();
			break;
		default:
			usage("no such flag, or a flag without its argument");
		}
	}
	if (optind != argc)
		usage("alpnd takes flags only");
}

/* What is wrong with fd as one end of a connection, or NULL. */
static const char *
connection_problem(int fd)
{
	const int wrong = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
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
	v = 0;
	len = sizeof(v);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &v, &len) == 0 && v != 0)
		return ("is a listening socket; alpnd serves one connection: "
		    "Accept=yes for systemd, nowait for inetd");
	return (NULL);
}

static void
require_connection(int fd, const char *which)
{
	const char *problem;

	if ((problem = connection_problem(fd)) == NULL)
		return;
	log_message("alpnd: %s %s\n"
	    "alpnd answers one TLS connection on its standard input and "
	    "output.  It is started by\n"
	    "systemd (systemctl enable --now alpnd.socket), inetd, xinetd or "
	    "tcpserver: see alpnd(8).", which, problem);
	exit(EX_USAGE);
}

int
main(int argc, char *argv[])
{
	struct options opt = {
		.directory = CERTDIR,
		.proxy = PROXY_AUTO,
		.seconds = DEADLINE,
	};
	struct sigaction sa;

	log_open();
	parse_options(&opt, argc, argv);
	require_connection(STDIN_FILENO, "standard input");
	require_connection(STDOUT_FILENO, "standard output");

	/* The CA hangs up first; EPIPE says that as well. */
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);

	return (session_run(&opt, STDIN_FILENO, STDOUT_FILENO));
}
