/*
 * alpnd-check: finds out what is wrong before the CA does.  Flags, and the
 * directory as a whole; one pair is in check_pair.c, one connection in
 * check_connect.c.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "cert.h"
#include "check_connect.h"
#include "check_pair.h"
#include "flag.h"
#include "reader.h"
#include "row.h"

#ifndef CERTDIR
#define CERTDIR		"/etc/dehydrated/alpn-certs"
#endif
#ifndef ALPND_VERSION
#define ALPND_VERSION	"unknown"
#endif
#ifdef __OpenBSD__
#define MAKE_USER	"useradd -d /var/empty -s /sbin/nologin " READER_USER
#else
#define MAKE_USER	"useradd --system --shell /usr/sbin/nologin " \
			READER_USER
#endif

#define DIRECTORY_MAX	512	/* bytes; two such paths fit into a remedy */
#define SECONDS		10	/* as long as a CA waits */
#define SECONDS_MAX	60
#define AT_ONCE_MAX	64
#define QUIET		2	/* seconds before progress is shown */
#define WRITING		".alpnd-pair."	/* alpnd-pair's files, not yet named */
#define SUFFIX_LEN	(sizeof(".crt.pem") - 1)	/* .key.pem, too */
#define STALE		3600	/* seconds; alpnd-pair takes less than one */

struct options {
	const char		*user;		/* NULL: see choose_reader */
	const char		*directory;	/* NULL: not given */
	const char		*for_connect;	/* a flag that wants -c */
	struct connect_options	 connect;	/* host NULL: pairs */
};

struct names {
	char	**v;
	size_t	  n, room;
};

struct summary {
	size_t	pairs, warnings, errors;	/* pairs: with those two */
	int	of_names;	/* those that were asked for */
	time_t	started, shown;
};

static const char usage_text[] =
    "usage: alpnd-check [-j] [-d directory] [-u user] [name ...]\n"
    "       alpnd-check -c host[:port] [-4 | -6] [-j] [-d directory] "
    "[-n count]\n"
    "                   [-t seconds] [-x v1|v2] name ...\n"
    "       alpnd-check -h | -V\n";

static void
usage(const char *why)
{
	(void)fprintf(stderr, "alpnd-check: %s\n%s", why, usage_text);
	exit(EX_USAGE);
}

static void
print_and_exit(const char *text)
{
	(void)fputs(text, stdout);
	exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int
parse_number(const char *s, int max, const char *why)
{
	const int n = flag_number(s, 1, max);

	if (n == -1)
		usage(why);
	return (n);
}

/* "host", "host:port", "[2001:db8::1]:port", "2001:db8::1" */
static void
parse_host(char *s, struct connect_options *c)
{
	static const char why[] = "-c is host, host:port, or [address]:port";
	char *end = NULL;
	struct in6_addr ip;
	uint16_t port;

	c->host = s;
	if (s[0] == '[') {
		if ((end = strchr(s, ']')) == NULL)
			usage(why);
		c->host = s + 1;
		*end++ = '\0';
	} else if (strchr(s, ':') == strrchr(s, ':'))
		end = strchr(s, ':');
	if (end != NULL && *end != '\0') {
		if (*end != ':' || port_parse((uint8_t *)end + 1,
		    strlen(end + 1), &port) == -1 || port == 0)
			usage(why);
		*end = '\0';
		c->port = end + 1;
	}
	if (c->host[0] == '\0')
		usage(why);
	if (end == NULL && strchr(s, ':') != NULL && strchr(s, '%') == NULL &&
	    inet_pton(AF_INET6, s, &ip) != 1)
		usage("-c: an IPv6 address with a port is in brackets, as in "
		    "[2001:db8::1]:443");
}

static enum connect_proxy
parse_proxy(const char *s)
{
	if (strcmp(s, "v1") == 0)
		return (CONNECT_PROXY_V1);
	if (strcmp(s, "v2") != 0)
		usage("-x is v1 or v2");
	return (CONNECT_PROXY_V2);
}

/* The flags that -c alone has. */
static void
parse_connect(struct options *opt, int ch)
{
	struct connect_options *c = &opt->connect;
	const int family = ch == '4' ? AF_INET : AF_INET6;
	char problem[FLAG_PROBLEM_SIZE];

	switch (ch) {
	case '4':
	case '6':
		if (c->family != AF_UNSPEC && c->family != family)
			usage("-4 and -6 together leave no address");
		c->family = family;
		break;
	case 'n':
		c->at_once = parse_number(optarg, AT_ONCE_MAX,
		    "-n is a number from 1 to 64");
		break;
	case 't':
		c->seconds = parse_number(optarg, SECONDS_MAX,
		    "-t is a number of seconds from 1 to 60");
		break;
	case 'x':
		c->proxy = parse_proxy(optarg);
		break;
	default:
		usage(flag_problem(ch, problem));
	}
	opt->for_connect = "-4, -6, -n, -t and -x go with -c";
}

/* A file name of len bytes: does it end as those of a pair do? */
static int
is_of_pair(const char *file, size_t len)
{
	return (len > SUFFIX_LEN &&
	    (strcmp(file + len - SUFFIX_LEN, ".crt.pem") == 0 ||
	    strcmp(file + len - SUFFIX_LEN, ".key.pem") == 0));
}

static void
parse_options(struct options *opt, int argc, char *argv[])
{
	int ch;

	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		print_and_exit(usage_text);
	while ((ch = getopt(argc, argv, ":46c:d:hjn:t:u:Vx:")) != -1) {
		switch (ch) {
		case 'c':
			parse_host(optarg, &opt->connect);
			break;
		case 'd':
			opt->directory = optarg;
			break;
		case 'h':
			print_and_exit(usage_text);
			break;
		case 'j':
			opt->connect.style.json = 1;
			break;
		case 'u':
			opt->user = optarg;
			break;
		case 'V':
			print_and_exit("alpnd-check " ALPND_VERSION "\n");
			break;
		default:
			parse_connect(opt, ch);
		}
	}
	if (opt->directory != NULL && opt->directory[0] == '\0')
		usage("-d is a directory");
	if (opt->connect.host == NULL && opt->for_connect != NULL)
		usage(opt->for_connect);
	if (opt->connect.host != NULL && opt->user != NULL)
		usage("-u and -c do not go together: another host reads there");
	for (int i = optind; i < argc; i++)
		if (argv[i][0] == '\0' || strchr(argv[i], '/') != NULL ||
		    is_of_pair(argv[i], strlen(argv[i])))
			usage("a name has neither a directory nor .crt.pem");
	if (opt->connect.host != NULL && optind == argc)
		usage("-c wants the names that a CA would ask for");
}

static int
by_name(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

static void
names_add(struct names *names, const char *s, size_t len)
{
	if (names->n == names->room) {
		names->room = names->room == 0 ? 64 : 2 * names->room;
		names->v = reallocarray(names->v, names->room,
		    sizeof(*names->v));
		if (names->v == NULL)
			err(EXIT_FAILURE, NULL);
	}
	if ((names->v[names->n++] = strndup(s, len)) == NULL)
		err(EXIT_FAILURE, NULL);
}

/* Sort, and drop those that are there twice. */
static void
names_sort(struct names *names)
{
	size_t n = 0;

	if (names->n == 0)
		return;
	qsort(names->v, names->n, sizeof(*names->v), by_name);
	for (size_t i = 1; i < names->n; i++)
		if (strcmp(names->v[n], names->v[i]) == 0)
			free(names->v[i]);
		else
			names->v[++n] = names->v[i];
	names->n = n + 1;
}

static void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
}

static void
show(const struct row *row, const struct row_style *style)
{
	if (row_print(row, style, stdout) == -1)
		err(EXIT_FAILURE, "standard output");
}

/* Is it a file of an alpnd-pair that was killed, or none of ours at all? */
static int
is_stray(int dirfd, const char *file)
{
	struct stat st;

	if (strncmp(file, WRITING, sizeof(WRITING) - 1) != 0)
		return (file[0] != '.');
	return (fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    time(NULL) - st.st_mtime >= STALE);
}

static void
show_stray(const char *path, const char *file, const struct row_style *style)
{
	char whole[PATH_MAX], buf[ROW_TEXT_SIZE], quoted[ROW_TEXT_SIZE];
	struct row row;

	row_begin(&row, file);
	(void)snprintf(whole, sizeof(whole), "%s/%s", path, file);
	if (file[0] == '.') {
		row_remedy(buf, "rm %s", row_quote(whole, quoted));
		row_add(&row, SEVERITY_WARNING, "left-over", buf,
		    "%s: left by an alpnd-pair that was killed", whole);
	} else
		row_add(&row, SEVERITY_WARNING, "stray", "move it elsewhere; "
		    "what a web server reads has a directory of its own",
		    "%s: neither .crt.pem nor .key.pem; alpnd never reads it",
		    whole);
	show(&row, style);
}

/* The names of all pairs and halves of pairs, and of all else. */
static void
read_directory(int dirfd, const char *path, struct names *names,
    struct names *strays)
{
	const struct dirent *e;
	size_t len;
	DIR *dir;
	int fd;

	if ((fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1 || (dir = fdopendir(fd)) == NULL)
		err(EXIT_FAILURE, "%s", path);
	while ((e = readdir(dir)) != NULL) {
		len = strlen(e->d_name);
		if (is_of_pair(e->d_name, len))
			names_add(names, e->d_name, len - SUFFIX_LEN);
		else if (is_stray(dirfd, e->d_name))
			names_add(strays, e->d_name, len);
	}
	(void)closedir(dir);
	names_sort(names);
	names_sort(strays);
}

/* Over a pipe or into a file nobody sees the rows come. */
static void
progress(struct summary *sum, size_t n)
{
	const time_t now = time(NULL);

	if (now - sum->started < QUIET || now == sum->shown ||
	    !isatty(STDERR_FILENO) || isatty(STDOUT_FILENO))
		return;
	sum->shown = now;
	(void)fprintf(stderr, "\r%zu of %zu ", sum->pairs, n);
}

static void
check_pairs(int dirfd, const char *path, const struct names *names,
    const struct reader *who, const struct row_style *style,
    struct summary *sum)
{
	struct row row;

	for (size_t i = 0; i < names->n; i++) {
		check_pair(dirfd, path, names->v[i], who, &row);
		sum->pairs++;
		sum->warnings += row.worst == SEVERITY_WARNING;
		sum->errors += row.worst == SEVERITY_ERROR;
		show(&row, style);
		progress(sum, names->n);
	}
	if (sum->shown != 0)
		(void)fprintf(stderr, "\r%*s\r", 40, "");
}

static void
print_summary(const struct summary *sum, const struct row_style *style)
{
	if (style->json || sum->pairs == 0)
		return;
	(void)printf("%zu %s%s: %zu good", sum->pairs, sum->of_names ?
	    "name" : "pair", sum->pairs == 1 ? "" : "s",
	    sum->pairs - sum->warnings - sum->errors);
	if (sum->warnings > 0)
		(void)printf(", %zu with warnings", sum->warnings);
	if (sum->errors > 0)
		(void)printf(", %zu with errors", sum->errors);
	(void)printf("\n");
}

/*
 * Empty is what it is between validations: then only the directory can tell
 * whether alpnd will be able to read a pair.
 */
static void
say_empty(int dirfd, const char *path, const struct reader *who,
    const struct row_style *style, int has_strays)
{
	char buf[ROW_TEXT_SIZE], owner[ROW_TEXT_SIZE];
	struct stat st;
	struct row row;

	row_begin(&row, path);
	if (!who->stands_in && fstat(dirfd, &st) == 0 &&
	    !reader_gets_new_files(who, &st))
		row_add(&row, SEVERITY_WARNING, "directory-group",
		    reader_remedy(who, &st, "2750", path, buf),
		    "%s: files that root makes there get no group that user %s "
		    "is in: %s", path, who->name, reader_owner(&st, owner));
	row_good(&row, "no pairs, as usual between validations: dehydrated "
	    "removes them when the CA has answered");
	if (has_strays)
		row_add(&row, SEVERITY_WARNING, "no-pairs", "is this the "
		    "directory that the ACME client writes to (dehydrated "
		    "--alpn), and nothing else?",
		    "%s: no pairs, but other files", path);
	show(&row, style);
}

#ifdef __OpenBSD__
static void
give_up(const char *directory)
{
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
}
#else
static void
give_up(const char *directory)
{
	(void)directory;
}
#endif

/* If alpnd cannot get at it there is no use in looking at the pairs. */
static int
open_directory(const char *path, const struct reader *who,
    const struct row_style *style)
{
	char buf[ROW_TEXT_SIZE], owner[ROW_TEXT_SIZE];
	struct stat st;
	struct row row;
	int fd = -1;

	row_begin(&row, path);
	if (reader_check_directory(who, path, &row) == 0 &&
	    ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    faccessat(fd, ".", R_OK | X_OK, 0) == -1)) {
		row_add(&row, SEVERITY_ERROR, "not-looked-at",
		    "run alpnd-check as root", "%s: %s", path, strerror(errno));
		fd = -1;	/* alpnd can, but not we */
	}
	if (fd != -1 && fstat(fd, &st) == 0 &&
	    reader_or_all_may_write(who, &st))
		row_add(&row, SEVERITY_WARNING, "directory-writable",
		    reader_remedy(who, &st, "2750", path, buf),
		    "%s: others than root may put pairs there: %s", path,
		    reader_owner(&st, owner));
	if (row.n > 0)
		show(&row, style);
	return (fd);
}

/* A name that the user has asked for, if not its files in capitals. */
static void
add_given(int dirfd, const char *name, struct names *names)
{
	char file[NAME_SIZE + 8];
	struct identifier id;
	struct stat st;

	(void)snprintf(file, sizeof(file), "%s.crt.pem", name);
	if (identifier_parse(name, &id) == 0 &&
	    fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == -1)
		name = id.name;
	names_add(names, name, strlen(name));
}

/* No names: all. */
static int
check_directory(const struct options *opt, const char *path,
    const struct reader *who, char *given[])
{
	const struct row_style *style = &opt->connect.style;
	struct summary sum = { .started = time(NULL) };
	struct names names = { 0 }, strays = { 0 };
	int dirfd;

	if ((dirfd = open_directory(path, who, style)) == -1)
		return (EXIT_FAILURE);
	give_up(path);
	sum.of_names = *given != NULL;
	for (; *given != NULL; given++)
		add_given(dirfd, *given, &names);
	if (names.n == 0)
		read_directory(dirfd, path, &names, &strays);
	if (names.n == 0)
		say_empty(dirfd, path, who, style, strays.n > 0);
	for (size_t i = 0; i < strays.n; i++)
		show_stray(path, strays.v[i], style);
	check_pairs(dirfd, path, &names, who, style, &sum);
	print_summary(&sum, style);
	names_free(&names);
	names_free(&strays);
	(void)close(dirfd);
	if (fflush(stdout) != 0)
		err(EXIT_FAILURE, "standard output");
	return (sum.errors > 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int
connect_to_all(struct options *opt, char *given[])
{
	struct identifier id;
	int rc = EXIT_SUCCESS;

	for (char **s = given; *s != NULL; s++)
		if (identifier_parse(*s, &id) == -1)
			usage("a name is a host name, or an IP address; "
			    "tls-alpn-01 validates no wildcards");
	give_up(NULL);
	for (; *given != NULL; given++) {
		(void)identifier_parse(*given, &id);
		if (check_connect(&opt->connect, &id, stdout) != 0)
			rc = EXIT_FAILURE;
	}
	if (fflush(stdout) != 0)
		err(EXIT_FAILURE, "standard output");
	return (rc);
}

/* As whom: alpnd's own user where there is one, else the caller. */
static void
choose_reader(const char *user, struct reader *who,
    const struct row_style *style)
{
	struct row row;

	if (user == NULL && getpwnam(READER_USER) != NULL)
		user = READER_USER;
	if (user == NULL) {
		row_begin(&row, READER_USER);
		row_add(&row, SEVERITY_WARNING, "no-user", MAKE_USER
		    "; or name the user that alpnd runs as with -u", "there "
		    "is no user " READER_USER ": what can be read is judged "
		    "by what you can read");
		show(&row, style);
	}
	if (reader_lookup(who, user) == -1) {
		if (errno != E2BIG)
			usage("-u: no such user");
		errx(EXIT_FAILURE, "user %s is in more than %d groups",
		    who->name, READER_GROUPS_MAX);
	}
	who->stands_in = user == NULL;
	if (reader_become(who) == -1)
		err(EXIT_FAILURE, "cannot become user %s", who->name);
}

/* Who speaks to a server that may be anybody's is not root, if he can be. */
static void
give_up_root(void)
{
	struct reader who;

	if (geteuid() == 0 && getpwnam(READER_USER) != NULL &&
	    reader_lookup(&who, READER_USER) == 0)
		(void)reader_become(&who);
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

int
main(int argc, char *argv[])
{
	struct options opt = {
		.connect = {
			.port = "443",
			.family = AF_UNSPEC,
			.at_once = 1,
			.seconds = SECONDS,
		},
	};
	const struct rlimit none = { 0, 0 };
	char path[DIRECTORY_MAX];
	struct reader who;

	parse_options(&opt, argc, argv);
	opt.connect.style.colour = !opt.connect.style.json &&
	    isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
	(void)setrlimit(RLIMIT_CORE, &none);	/* it would have a key in it */
	if (opt.connect.host != NULL) {
		if (opt.directory != NULL)
			opt.connect.directory = absolute(opt.directory, path);
		(void)signal(SIGPIPE, SIG_IGN);	/* a server may hang up */
		give_up_root();
		return (connect_to_all(&opt, argv + optind));
	}
	(void)absolute(opt.directory == NULL ? CERTDIR : opt.directory, path);
	choose_reader(opt.user, &who, &opt.connect.style);
	return (check_directory(&opt, path, &who, argv + optind));
}
