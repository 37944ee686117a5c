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
 * alpnd-check: finds out what is wrong before the CA does.  Flags, the user,
 * and privileges.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "addr.h"
#include "alpnd.h"
#include "connect.h"
#include "directory.h"
#include "flag.h"
#include "identifier.h"
#include "idna.h"
#include "user.h"

#define DIRECTORY_MAX	512	/* bytes; a remedy has room for two paths */

struct flags {
	const char		*user;		/* NULL: see choose_user */
	const char		*directory;	/* NULL: not given */
	int			 json;
	int			 wants_connect;	/* -4, -6, -n, -t or -x given */
	struct connect_options	 connect;	/* host NULL: no -c */
};

static const char version_text[] = "alpnd-check " ALPND_VERSION "\n";
static const char usage_text[] =
    "usage: alpnd-check [-j] [-d directory] [-u user] [name ...]\n"
    "       alpnd-check -c host[:port] [-4 | -6] [-j] [-d directory] "
    "[-n count]\n"
    "                   [-t seconds] [-x v1|v2] [name ...]\n"
    "       alpnd-check -h | -V\n";

static void	usage(const char *why, ...)
		    __attribute__((format(printf, 1, 2), noreturn));

static void
usage(const char *why, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	/* An argument may come from a hook. */
	for (char *s = text; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
	fprintf(stderr, "alpnd-check: %s\n%s", text, usage_text);
	exit(EX_USAGE);
}

static void
print_and_exit(const char *text)
{
	fputs(text, stdout);
	exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int
parse_number(const char *s, int max, const char *why)
{
	const int n = flag_number(s, 1, max);

	if (n == -1)
		usage("%s", why);
	return (n);
}

/* If s has a "/" or is not ASCII, explain why s is no host, and exit. */
static void
explain_host(char *s)
{
	char *url = strstr(s, "://"), ascii[NAME_SIZE];

	if (strchr(s, '/') != NULL) {
		url = url != NULL ? url + 3 : s;
		url[strcspn(url, "/")] = '\0';
		usage("-c is a host, not a URL: try -c %s", url);
	}
	if (idna_to_ascii(s, ascii) == 0)
		usage("-c is a host in ASCII: try -c %s", ascii);
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			usage("-c is a host in ASCII: an international name "
			    "begins with xn--");
}

/* "host", "host:port", "[2001:db8::1]:port", "2001:db8::1" */
static void
parse_host(char *s, struct connect_options *c)
{
	char *end, *colon = strchr(s, ':');	/* of a port, or NULL */
	struct in6_addr ip;
	uint16_t port = 443;

	explain_host(s);
	c->host = s;
	c->port = "443";
	if (s[0] == '[') {
		c->host++;
		end = s + strcspn(s, "]");
		colon = *end == ']' && end[1] == ':' ? end + 1 : NULL;
		if (colon == NULL && strcmp(end, "]") != 0)
			port = 0;
		*end = '\0';
	} else if (colon != strrchr(s, ':')) {
		if (strchr(s, '%') == NULL && inet_pton(AF_INET6, s, &ip) != 1)
			usage("-c: an IPv6 address with a port is in brackets, "
			    "as in [2001:db8::1]:443");
		colon = NULL;
	}
	if (colon != NULL) {
		*colon = '\0';
		c->port = colon + 1;
		port_parse(c->port, &port);
	}
	if (port == 0 || c->host[0] == '\0')
		usage("-c is host, host:port, or [address]:port");
}

/* The flags that need -c. */
static void
parse_connect(struct flags *flags, int ch)
{
	struct connect_options *c = &flags->connect;
	const int family = ch == '4' ? AF_INET : AF_INET6;
	char problem[FLAG_PROBLEM_SIZE];

	switch (ch) {
	case '4':
	case '6':
		if (c->family != AF_UNSPEC && c->family != family)
			usage("use -4 or -6, not both");
		c->family = family;
		break;
	case 'n':
		c->at_once = parse_number(optarg, CONNECT_AT_ONCE_MAX,
		    "-n is a number from 1 to 64");
		break;
	case 't':
		c->seconds = parse_number(optarg, DEADLINE_MAX,
		    "-t is a number of seconds from 1 to 60");
		break;
	case 'x':
		if (strcmp(optarg, "v1") == 0)
			c->proxy = PROXY_HEADER_V1;
		else if (strcmp(optarg, "v2") == 0)
			c->proxy = PROXY_HEADER_V2;
		else
			usage("-x is v1 or v2");
		break;
	default:
		usage("%s", flag_problem(ch, problem));
	}
	flags->wants_connect = 1;
}

static void
parse_flags(struct flags *flags, int argc, char *argv[])
{
	int ch;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		print_and_exit(usage_text);
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		print_and_exit(version_text);
	while ((ch = getopt(argc, argv, ":46c:d:hjn:t:u:Vx:")) != -1) {
		switch (ch) {
		case 'c':
			parse_host(optarg, &flags->connect);
			break;
		case 'd':
			flags->directory = optarg;
			break;
		case 'h':
			print_and_exit(usage_text);
			break;
		case 'j':
			flags->json = 1;
			break;
		case 'u':
			flags->user = optarg;
			break;
		case 'V':
			print_and_exit(version_text);
			break;
		default:
			parse_connect(flags, ch);
		}
	}
}

/* Do the flags and names go together? */
static void
check_options(const struct flags *flags, char *const names[])
{
	struct identifier id;
	char ascii[NAME_SIZE];

	if (flags->directory != NULL && flags->directory[0] == '\0')
		usage("-d wants the path of a directory");
	if (flags->connect.host == NULL && flags->wants_connect)
		usage("-4, -6, -n, -t and -x need -c");
	if (flags->connect.host != NULL && flags->user != NULL)
		usage("use -u or -c, not both: -c does not check what a user "
		    "can read");
	for (; *names != NULL; names++) {
		if (**names == '\0' || strchr(*names, '/') != NULL ||
		    directory_pair_name(*names) > 0)
			usage("give the name only, without a directory and "
			    "without .crt.pem");
		if (flags->connect.host == NULL ||
		    identifier_parse(*names, &id) == 0)
			continue;
		if (idna_to_ascii(*names, ascii) == 0)
			usage("a name is in ASCII: try %s", ascii);
		usage("a name is a host name, or an IP address; tls-alpn-01 "
		    "validates no wildcards");
	}
}

static void
restrict_self(const char *directory)
{
#ifdef __OpenBSD__
	if (directory != NULL && (unveil(directory, "r") == -1 ||
	    unveil("/etc", "r") == -1))	/* names of users and groups */
		err(EXIT_FAILURE, "unveil");
	/*
	 * rpath: the directory and the files in it.  getpw: owners of files.
	 * inet, dns: only to connect; proc: to look up in a child.
	 */
	if (pledge(directory != NULL ? "stdio rpath getpw" :
	    "stdio rpath inet dns proc", NULL) == -1)
		err(EXIT_FAILURE, "pledge");
#else
	(void)directory;
#endif
}

static void
become_user(struct user *user, const char *name)
{
	if (user_lookup(user, name) == -1) {
		if (errno != E2BIG)
			usage("-u: no such user");
		errx(EXIT_FAILURE, "user %s is in more than %d groups",
		    user->name, USER_GROUPS_MAX);
	}
	user->stands_in = name == NULL;
	if (user_become(user) == -1)
		err(EXIT_FAILURE, "cannot become user %s", user->name);
}

/* The user to check for: _alpnd if that user exists, else NULL, the caller. */
static const char *
choose_user(const struct output *out)
{
	struct findings f;

	if (getpwnam(USER_DEFAULT) != NULL)
		return (USER_DEFAULT);
	findings_clear(&f);
	findings_add(&f, FINDING_NO_USER, USER_DEFAULT);
	output_set(out, USER_DEFAULT, &f);
	return (NULL);
}

static const char *
absolute(const char *directory, char path[DIRECTORY_MAX])
{
	char cwd[DIRECTORY_MAX] = "";
	int n;

	if (directory[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
		err(EXIT_FAILURE, "%s", directory);
	n = snprintf(path, DIRECTORY_MAX, "%s%s%s", cwd,
	    cwd[0] == '\0' ? "" : "/", directory);
	if (n >= DIRECTORY_MAX)
		usage("-d: too long");
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return (path);
}

static int
run_connect(struct flags *flags, char *names[], const struct output *out)
{
	char path[DIRECTORY_MAX];
	struct identifier id;
	struct user user;
	int rc = 0;

	if (flags->directory != NULL)
		flags->connect.directory = absolute(flags->directory, path);
	signal(SIGPIPE, SIG_IGN);	/* a server may hang up */
	/* drop root before connecting to an untrusted server */
	if (geteuid() == 0 && getpwnam(USER_DEFAULT) != NULL)
		become_user(&user, USER_DEFAULT);
	restrict_self(NULL);
	for (; *names != NULL; names++)
		if (identifier_parse(*names, &id) == 0)
			rc |= connect_check(&flags->connect, &id, out);
	return (rc);
}

static void
show_unit(const struct unit *unit, const struct output *out)
{
	enum finding id = FINDING_SOCKET_INACTIVE;
	struct findings f;

	if (strcmp(unit->state, "active") == 0) {
		if (!unit->not_listening)
			return;
		id = FINDING_SOCKET_CHANGED;
	} else if (strcmp(unit->state, "failed") == 0)
		id = FINDING_SOCKET_FAILED;
	else if (!unit->not_listening)
		id = FINDING_SOCKET_OTHER;	/* perhaps an inetd */
	findings_clear(&f);
	findings_add(&f, id, unit->state, unit->listens);
	output_set(out, "alpnd.socket", &f);
}

static int
run_directory(const struct flags *flags, char *names[],
    const struct output *out)
{
	char path[DIRECTORY_MAX];
	struct user user;
	struct unit unit;
	struct directory d = { .user = &user, .out = out };

	d.path = absolute(flags->directory == NULL ? CERTDIR : flags->directory,
	    path);
	directory_look(&d);
	if (unit_look(&unit) == 0)
		d.unit = &unit;
	become_user(&user, flags->user != NULL ? flags->user :
	    choose_user(out));
	if (d.unit != NULL)
		show_unit(d.unit, out);
	if (directory_open(&d) == -1)
		return (1);
	restrict_self(d.path);
	return (directory_check(&d, names));
}

int
main(int argc, char *argv[])
{
	struct flags flags = {
		.connect = {
			.family = AF_UNSPEC,
			.at_once = 1,
			.seconds = DEADLINE,
		},
	};
	const struct rlimit none = { 0, 0 };
	struct output out = { .f = stdout };
	char *own[2] = { NULL };
	int rc;

	parse_flags(&flags, argc, argv);
	argv += optind;
	/* without a name, ask for the name of the host */
	own[0] = flags.connect.host;
	if (*argv == NULL && own[0] != NULL)
		argv = own;
	check_options(&flags, argv);
	out.json = flags.json;
	out.colour = !flags.json && isatty(STDOUT_FILENO) &&
	    getenv("NO_COLOR") == NULL;
	setrlimit(RLIMIT_CORE, &none);	/* it would have a key in it */
	if (flags.connect.host != NULL)
		rc = run_connect(&flags, argv, &out);
	else
		rc = run_directory(&flags, argv, &out);
	if (output_end(&out) == -1)
		err(EXIT_FAILURE, "standard output");
	return (rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
