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
#include <sys/mman.h>
#include <sys/resource.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"
#include "seccomp.h"

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#define FILES_MAX	64			/* 5 are in use */
#define CPU_GRACE	3	/* seconds; the hard end comes after 2 */
#define MEMORY_MAX	(64UL * 1024 * 1024)	/* 7 MB are in use */
#define MAPPED_MAX	(128UL * 1024 * 1024)	/* 20 MB are in use */

/* A sanitizer maps terabytes of shadow memory: set no limit then. */
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

/*
 * Ignore the result: see sandbox.h.  A macro, because the type of the first
 * argument differs between C libraries: glibc has an enum.
 */
#define LIMIT(resource, max)	\
	setrlimit(resource, &(const struct rlimit){ max, max })

/*
 * RLIMIT_DATA counts only private memory that can be written, so also limit
 * RLIMIT_AS.  valgrind lives in the same address space and is above the limit
 * from the start: if mmap(2) fails, undo the limit.
 */
static void
limit_mappings(void)
{
#ifdef RLIMIT_AS
	struct rlimit old, new;
	void *p;

	if (getrlimit(RLIMIT_AS, &old) == -1)
		return;
	new = old;
	new.rlim_cur = MAPPED_MAX;
	if (new.rlim_cur > old.rlim_cur ||
	    setrlimit(RLIMIT_AS, &new) == -1)
		return;
	p = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED) {
		setrlimit(RLIMIT_AS, &old);
		return;
	}
	munmap(p, 1);
	LIMIT(RLIMIT_AS, MAPPED_MAX);
#endif
}

/* The limits that suit a server too.  Its children inherit them. */
static void
limit_process(void)
{
	LIMIT(RLIMIT_CORE, 0);		/* a core dump would have a key in it */
#ifdef RLIMIT_MSGQUEUE
	LIMIT(RLIMIT_MSGQUEUE, 0);
#endif
	if (SANITIZED)
		return;
	LIMIT(RLIMIT_DATA, MEMORY_MAX);
	limit_mappings();
}

/* The limits that would stop a server. */
static void
limit_session(int seconds)
{
	LIMIT(RLIMIT_NOFILE, FILES_MAX);
	LIMIT(RLIMIT_CPU, (rlim_t)seconds + CPU_GRACE);
#ifdef RLIMIT_NPROC
	LIMIT(RLIMIT_NPROC, 0);		/* root is exempt */
#endif
#ifdef RLIMIT_SIGPENDING
	/* no more timers, which count against a limit of the whole user */
	LIMIT(RLIMIT_SIGPENDING, 0);
#endif
}

static void
no_privileges(void)
{
#if defined(__linux__)
	/* Other processes of the user must not trace this one or read it. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#endif
}

/* Once: the children of a server inherit all of it. */
static void
restrict_process(void)
{
	static int restricted;

	if (restricted)
		return;
	restricted = 1;
	no_privileges();
	limit_process();
}

#if defined(__OpenBSD__)

/* Do not go on unprotected. */
static _Noreturn void
refused(const char *call)
{
	log_message("%s: %s", call, strerror(errno));
	_exit(1);
}

void
sandbox_server(void)
{
	restrict_process();
}

void
sandbox_enter(int dirfd, const char *path, int libraries, int seconds)
{
	restrict_process();
	limit_session(seconds);
	if (dirfd == -1) {
		/*
		 * There is no path to unveil, and unveil(NULL, NULL) alone
		 * hides nothing: drop rpath at once.
		 */
		sandbox_handshake(libraries);
		return;
	}
	if (unveil(path, "r") == -1 || unveil(NULL, NULL) == -1)
		refused("unveil");
	/*
	 * stdio: the connection, poll, the clock, syslog by sendsyslog(2).
	 * rpath: the pair.  fattr, inet, proc and all others: never.
	 */
	if (pledge("stdio rpath", NULL) == -1)
		refused("pledge");
}

void
sandbox_handshake(int libraries)
{
	(void)libraries;		/* there is no libsystemd */
	if (pledge("stdio", NULL) == -1)
		refused("pledge");
}

#elif defined(__linux__)

#include <sys/syscall.h>

#include <dlfcn.h>
#include <fcntl.h>

/*
 * landlock(7).  The linux/landlock.h of the build may be older than the running
 * kernel, so its definitions are repeated here.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_add_rule		445
#define SYS_landlock_restrict_self	446
#endif
#define CREATE_RULESET_VERSION	1U
#define RULE_PATH_BENEATH	1

/* LANDLOCK_ACCESS_FS_* */
#define FS_EXECUTE	(UINT64_C(1) << 0)
#define FS_WRITE_FILE	(UINT64_C(1) << 1)
#define FS_READ_FILE	(UINT64_C(1) << 2)
#define FS_READ_DIR	(UINT64_C(1) << 3)
#define FS_REMOVE_DIR	(UINT64_C(1) << 4)
#define FS_REMOVE_FILE	(UINT64_C(1) << 5)
#define FS_MAKE_CHAR	(UINT64_C(1) << 6)
#define FS_MAKE_DIR	(UINT64_C(1) << 7)
#define FS_MAKE_REG	(UINT64_C(1) << 8)
#define FS_MAKE_SOCK	(UINT64_C(1) << 9)
#define FS_MAKE_FIFO	(UINT64_C(1) << 10)
#define FS_MAKE_BLOCK	(UINT64_C(1) << 11)
#define FS_MAKE_SYM	(UINT64_C(1) << 12)
#define FS_REFER	(UINT64_C(1) << 13)	/* ABI 2 */
#define FS_TRUNCATE	(UINT64_C(1) << 14)	/* ABI 3 */
#define FS_IOCTL_DEV	(UINT64_C(1) << 15)	/* ABI 5 */
/* LANDLOCK_ACCESS_NET_*, ABI 4 */
#define NET_BIND_TCP	(UINT64_C(1) << 0)
#define NET_CONNECT_TCP	(UINT64_C(1) << 1)
/* LANDLOCK_SCOPE_*, ABI 6 */
#define SCOPE_ABSTRACT_UNIX_SOCKET	(UINT64_C(1) << 0)
#define SCOPE_SIGNAL			(UINT64_C(1) << 1)

#define FS_ABI_1	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | \
			FS_READ_DIR | FS_REMOVE_DIR | FS_REMOVE_FILE | \
			FS_MAKE_CHAR | FS_MAKE_DIR | FS_MAKE_REG | \
			FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_BLOCK | \
			FS_MAKE_SYM)

struct ruleset {
	uint64_t	fs;
	uint64_t	net;		/* from ABI 4 on */
	uint64_t	scoped;		/* from ABI 6 on */
};

struct path_beneath {
	uint64_t	access;
	int32_t		fd;
} __attribute__((__packed__));

/* The part of struct ruleset that a kernel of this ABI knows, in bytes. */
static size_t
ruleset_size(long abi)
{
	if (abi >= 6)
		return (sizeof(struct ruleset));
	if (abi >= 4)
		return (offsetof(struct ruleset, scoped));
	return (offsetof(struct ruleset, net));
}

/*
 * The ABI of Landlock; less than 1: there is none.  The kernel is asked once.
 * The children of a server inherit the answer.
 */
static long
landlock_abi(void)
{
	static long abi;

	if (abi == 0)
		abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
		    CREATE_RULESET_VERSION);
	return (abi);
}

/* Everything that this kernel can forbid; returns the size to pass, or 0. */
static size_t
everything(struct ruleset *r)
{
	const long abi = landlock_abi();

	memset(r, 0, sizeof(*r));
	if (abi < 1)
		return (0);
	r->fs = FS_ABI_1;
	if (abi >= 2)
		r->fs |= FS_REFER;
	if (abi >= 3)
		r->fs |= FS_TRUNCATE;
	if (abi >= 4)
		r->net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 5)
		r->fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		r->scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	return (ruleset_size(abi));
}

static void
allow_reading(int ruleset, int fd)
{
	struct path_beneath rule;

	memset(&rule, 0, sizeof(rule));
	rule.access = FS_READ_FILE | FS_READ_DIR;
	rule.fd = fd;
	syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH,
	    &rule, 0);
}

/* Allow the directory of libc, where libsystemd is as well. */
static void
allow_libraries(int ruleset)
{
	char path[4096], *slash;
	Dl_info info;
	int fd;

	memset(&info, 0, sizeof(info));
	/*
	 * Look up a function of libc by name: its address in this program may
	 * be in the PLT.  No sanitizer replaces this function.
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
	close(fd);
}

/* The kernel has Landlock and refuses it: tell the operator. */
static void
not_restricted(void)
{
	log_message("landlock: %s; the connection is served without it",
	    strerror(errno));
}

static void
landlock(int dirfd, int libraries)
{
	struct ruleset r;
	size_t size;
	int fd;

	if ((size = everything(&r)) == 0)
		return;
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd < 0) {
		not_restricted();
		return;
	}
	if (dirfd != -1)
		allow_reading(fd, dirfd);
	if (libraries)
		allow_libraries(fd);
	if (syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		not_restricted();
	close(fd);
}

void
sandbox_server(void)
{
	restrict_process();
	landlock_abi();
}

void
sandbox_enter(int dirfd, const char *path, int libraries, int seconds)
{
	(void)path;
	restrict_process();
	landlock(dirfd, libraries);
	limit_session(seconds);
}

void
sandbox_handshake(int libraries)
{
	/* Without open(2), there is nothing left for Landlock to forbid. */
	if (!seccomp_session(libraries))
		landlock(-1, libraries);
}

#else

void
sandbox_server(void)
{
	restrict_process();
}

void
sandbox_enter(int dirfd, const char *path, int libraries, int seconds)
{
	(void)dirfd;
	(void)path;
	(void)libraries;
	restrict_process();
	limit_session(seconds);
}

void
sandbox_handshake(int libraries)
{
	(void)libraries;
}

#endif
