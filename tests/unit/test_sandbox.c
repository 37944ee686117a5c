/*
 * sandbox: each promise by trying, in a child linked with the same code.  The
 * child is another user than root where it can be: RLIMIT_NPROC exempts root.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../sandbox.h"

#define NOBODY	65534

static char dir[] = "/tmp/alpnd-sandbox.XXXXXX";
static int listener;
static struct sockaddr_in address = { .sin_family = AF_INET };

static long
landlock_abi(void)
{
	return (syscall(444, NULL, 0, 1U));
}

/* Run fn in a child inside the sandbox; 0 is success, the rest an errno. */
static int
in_child(int (*fn)(int), int libraries, int no_files)
{
	int dirfd, status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (geteuid() == 0 && (setgroups(0, NULL) == -1 ||
		    setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
			_exit(200);
		if ((dirfd = open(dir, O_RDONLY | O_DIRECTORY)) == -1)
			_exit(201);
		sandbox_enter(dirfd, dir, libraries, 10);
		if (no_files)
			sandbox_no_files(libraries);
		_exit(fn(dirfd));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static int
opened(int fd)
{
	return (fd == -1 ? errno : 0);
}

static int
try_passwd(int dirfd)
{
	(void)dirfd;
	return (opened(open("/etc/passwd", O_RDONLY)));
}

static int
try_upwards(int dirfd)
{
	return (opened(openat(dirfd, "../../etc/passwd", O_RDONLY)));
}

static int
try_pair(int dirfd)
{
	char c;
	int fd = openat(dirfd, "a.key.pem", O_RDONLY);

	if (fd == -1)
		return (errno);
	return (read(fd, &c, 1) == 1 && c == 'k' ? 0 : EIO);
}

static int
try_create(int dirfd)
{
	return (opened(openat(dirfd, "new", O_WRONLY | O_CREAT, 0600)));
}

static int
try_write_tmp(int dirfd)
{
	(void)dirfd;
	return (opened(open("/tmp/alpnd-sandbox-new", O_WRONLY | O_CREAT,
	    0600)));
}

static int
try_fork(int dirfd)
{
	pid_t pid = fork();

	(void)dirfd;
	if (pid == 0)
		_exit(0);
	return (pid == -1 ? errno : 0);
}

static int
try_exec(int dirfd)
{
	(void)dirfd;
	(void)execl("/bin/true", "true", (char *)NULL);
	return (errno);
}

static int
try_connect(int dirfd)
{
	int s = socket(AF_INET, SOCK_STREAM, 0);

	(void)dirfd;
	return (s == -1 || connect(s, (struct sockaddr *)&address,
	    sizeof(address)) == -1 ? errno : 0);
}

static int
try_bind(int dirfd)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	(void)dirfd;
	return (s == -1 || bind(s, (struct sockaddr *)&any, sizeof(any)) ==
	    -1 ? errno : 0);
}

static int
try_memory(int dirfd)
{
	/* volatile: clang knows malloc, and would not call it */
	void *(*volatile allocate)(size_t) = malloc;

	(void)dirfd;
	return (allocate(80UL * 1024 * 1024) == NULL ? errno : 0);
}

static int
check_limits(int dirfd)
{
	struct rlimit core, cpu, files;

	(void)dirfd;
	if (getrlimit(RLIMIT_CORE, &core) == -1 ||
	    getrlimit(RLIMIT_CPU, &cpu) == -1 ||
	    getrlimit(RLIMIT_NOFILE, &files) == -1)
		return (errno);
	return (core.rlim_max == 0 && cpu.rlim_max == 13 &&
	    files.rlim_max == 64 && prctl(PR_GET_DUMPABLE) == 0 &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EINVAL);
}

static int
try_libraries(int dirfd)
{
	(void)dirfd;
	return (opened(open("/lib", O_RDONLY | O_DIRECTORY)));
}

static const struct {
	const char	*what;
	int		(*try)(int);
	int		 no_files;	/* after the pair has been read */
	int		 want;
	int		 abi;		/* of Landlock, that it needs */
} table[] = {
	{ "limits, no dumps, no new privileges", check_limits, 0, 0, 0 },
	{ "reading the pair", try_pair, 0, 0, 0 },
	{ "memory", try_memory, 0, ENOMEM, 0 },
	{ "fork", try_fork, 0, EAGAIN, 0 },
	{ "creating a file in the directory", try_create, 0, EACCES, 0 },
	{ "/etc/passwd", try_passwd, 0, EACCES, 1 },
	{ "/etc/passwd by ..", try_upwards, 0, EACCES, 1 },
	{ "creating a file in /tmp", try_write_tmp, 0, EACCES, 1 },
	{ "exec", try_exec, 0, EACCES, 1 },
	{ "connect", try_connect, 0, EACCES, 4 },
	{ "bind", try_bind, 0, EACCES, 4 },
	{ "reading the pair again", try_pair, 1, EACCES, 1 },
	{ "/etc/passwd at the end", try_passwd, 1, EACCES, 1 },
	{ "libraries, not needed", try_libraries, 0, EACCES, 1 },
};

static void
test_try(void **state)
{
	size_t i = (size_t)(uintptr_t)*state;

	if (landlock_abi() < table[i].abi)
		skip();
	assert_int_equal(in_child(table[i].try, 0, table[i].no_files),
	    table[i].want);
}

/* What the sandbox forbids would work without it: the tries are good. */
static void
test_tries_are_good(void **state)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_int_equal(try_passwd(fd), 0);
	assert_int_equal(try_upwards(fd), 0);
	assert_int_equal(try_pair(fd), 0);
	assert_int_equal(try_connect(fd), 0);
	assert_int_equal(try_bind(fd), 0);
	assert_int_equal(try_fork(fd), 0);
	(void)close(fd);
}

static int
setup(void **state)
{
	char path[PATH_MAX];
	socklen_t len = sizeof(address);
	FILE *f;

	(void)state;
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) == -1)
		return (-1);
	(void)snprintf(path, sizeof(path), "%s/a.key.pem", dir);
	if ((f = fopen(path, "w")) == NULL || fputs("key\n", f) == EOF ||
	    fclose(f) == EOF)
		return (-1);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (bind(listener, (struct sockaddr *)&address,
	    sizeof(address)) == -1 || listen(listener, 8) == -1 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) == -1 ?
	    -1 : 0);
}

static int
teardown(void **state)
{
	char path[PATH_MAX];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/a.key.pem", dir);
	return (unlink(path) == -1 || rmdir(dir) == -1 ? -1 : 0);
}

int
main(void)
{
	enum { N = sizeof(table) / sizeof(table[0]) };
	struct CMUnitTest tests[N + 1];

	memset(tests, 0, sizeof(tests));
	tests[0].name = "without the sandbox all of it works";
	tests[0].test_func = test_tries_are_good;
	for (size_t i = 0; i < N; i++) {
		tests[i + 1].name = table[i].what;
		tests[i + 1].test_func = test_try;
		tests[i + 1].initial_state = (void *)(uintptr_t)i;
	}
	return (_cmocka_run_group_tests("sandbox", tests, N + 1, setup,
	    teardown));
}
