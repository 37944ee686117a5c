#include <sys/types.h>
#include <sys/resource.h>

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox.h"

#define FILES_MAX	64			/* 5 are in use */
#define CPU_GRACE	3			/* seconds; the hard end: after 2 */
#define MEMORY_MAX	(64UL * 1024 * 1024)	/* 7 MB are in use */

/* A sanitizer's shadow memory has no place in any limit. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED	1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED	0
#endif

static void
no_core(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);	/* it would have a key in it */
}

static void
limits(int seconds)
{
	const struct rlimit none = { 0, 0 };
	const struct rlimit files = { FILES_MAX, FILES_MAX };
	const rlim_t enough = (rlim_t)seconds + CPU_GRACE;
	const struct rlimit cpu = { enough, enough };
	const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };

	no_core();
	(void)setrlimit(RLIMIT_NOFILE, &files);
#ifdef RLIMIT_NPROC
	(void)setrlimit(RLIMIT_NPROC, &none);	/* root would be exempt */
#endif
	(void)setrlimit(RLIMIT_CPU, &cpu);
	if (!SANITIZED)
		(void)setrlimit(RLIMIT_DATA, &memory);
}

#if defined(__OpenBSD__)

void
sandbox_server(void)
{
	no_core();
}

void
sandbox_enter(int dirfd, const char *path, int libraries, int seconds)
{
	limits(seconds);
	if (dirfd == -1) {
		/* unveil(NULL, NULL) alone would hide nothing from rpath */
		sandbox_no_files(libraries);
		return;
	}
	if (unveil(path, "r") == -1 || unveil(NULL, NULL) == -1)
		_exit(1);
	/*
	 * stdio: the connection, poll, the clock, syslog by sendsyslog(2).
	 * rpath: the pair.  fattr, inet, proc and all others: never.
	 */
	if (pledge("stdio rpath", NULL) == -1)
		_exit(1);
}

void
sandbox_no_files(int libraries)
{
	(void)libraries;		/* there is no libsystemd */
	if (pledge("stdio", NULL) == -1)
		_exit(1);
}

#elif defined(__linux__)

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <fcntl.h>

/*
 * landlock(7).  linux/landlock.h of the machine that builds may be older than
 * the kernel that runs, so what is needed of it is here.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_add_rule		445
#define SYS_landlock_restrict_self	446
#endif
#define CREATE_RULESET_VERSION	1U
#define RULE_PATH_BENEATH	1
#define ACCESS_FS_READ_FILE	(UINT64_C(1) << 2)
#define ACCESS_FS_READ_DIR	(UINT64_C(1) << 3)

struct ruleset {
	uint64_t	fs;		/* all of ABI 1: bits 0 to 12 */
	uint64_t	net;		/* ABI 4: bind and connect of TCP */
	uint64_t	scoped;		/* ABI 6: abstract sockets, signals */
};

struct path_beneath {
	uint64_t	access;
	int32_t		fd;
} __attribute__((__packed__));

/* Everything that this kernel can forbid; returns the size to pass, or 0. */
static size_t
everything(struct ruleset *r)
{
	long abi;

	memset(r, 0, sizeof(*r));
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    CREATE_RULESET_VERSION);
	if (abi < 1)
		return (0);
	r->fs = (UINT64_C(1) << 13) - 1;
	if (abi >= 2)
		r->fs |= UINT64_C(1) << 13;	/* refer */
	if (abi >= 3)
		r->fs |= UINT64_C(1) << 14;	/* truncate */
	if (abi >= 5)
		r->fs |= UINT64_C(1) << 15;	/* ioctl of devices */
	if (abi >= 4)
		r->net = 3;
	if (abi >= 6)
		r->scoped = 3;
	return (abi >= 6 ? sizeof(*r) : abi >= 4 ?
	    offsetof(struct ruleset, scoped) : offsetof(struct ruleset, net));
}

static void
allow_reading(int ruleset, int fd)
{
	struct path_beneath rule;

	memset(&rule, 0, sizeof(rule));
	rule.access = ACCESS_FS_READ_FILE | ACCESS_FS_READ_DIR;
	rule.fd = fd;
	(void)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH,
	    &rule, 0);
}

/* The directory that libc came from, where libsystemd is as well. */
static void
allow_libraries(int ruleset)
{
	char path[4096], *slash;
	Dl_info info;
	int fd;

	memset(&info, 0, sizeof(info));
	/*
	 * By name: a pointer to it may be to the program itself.  And of a
	 * function that no sanitizer puts another in the place of.
	 */
	if (dladdr(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), &info) == 0 ||
	    info.dli_fname == NULL ||
	    strlen(info.dli_fname) >= sizeof(path))
		return;
	memcpy(path, info.dli_fname, strlen(info.dli_fname) + 1);
	if ((slash = strrchr(path, '/')) == NULL)
		return;
	*slash = '\0';
	if ((fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return;
	allow_reading(ruleset, fd);
	(void)close(fd);
}

static void
landlock(int dirfd, int libraries)
{
	struct ruleset r;
	size_t size;
	long fd;

	if ((size = everything(&r)) == 0)
		return;
	fd = syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd < 0)
		return;
	if (dirfd != -1)
		allow_reading((int)fd, dirfd);
	if (libraries)
		allow_libraries((int)fd);
	(void)syscall(SYS_landlock_restrict_self, (int)fd, 0);
	(void)close((int)fd);
}

void
sandbox_server(void)
{
	/* Not for others of the same user to trace, or to read in /proc. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	no_core();
}

void
sandbox_enter(int dirfd, const char *path, int libraries, int seconds)
{
	(void)path;
	sandbox_server();
	landlock(dirfd, libraries);
	limits(seconds);
}

void
sandbox_no_files(int libraries)
{
	landlock(-1, libraries);
}

#else

void
sandbox_server(void)
{
	no_core();
}

void
sandbox_enter(int dirfd, const char *path, int libraries, int seconds)
{
	(void)dirfd;
	(void)path;
	(void)libraries;
	limits(seconds);
}

void
sandbox_no_files(int libraries)
{
	(void)libraries;
}

#endif
