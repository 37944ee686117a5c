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
 * sandbox: each promise by trying, in a child linked with the same code.  The
 * child is another user than root where it can be: RLIMIT_NPROC exempts root.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/mman.h>
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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../sandbox.h"

#define NOBODY	65534

/* Does seccomp.c know this processor?  All that Debian builds for here do. */
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__) || \
    defined(__arm__) || defined(__s390x__) || defined(__riscv)
#define FILTERED	1
#define FORK_DENIED	EPERM
#define EXEC_DENIED	EPERM
#else
#define FILTERED	0
#define FORK_DENIED	EAGAIN
#define EXEC_DENIED	EACCES
#endif
#if FILTERED && !defined(__s390x__)
#define SHARED_DENIED	EPERM
#else
#define SHARED_DENIED	0
#endif

static char dir[] = "/tmp/alpnd-sandbox.XXXXXX";
static int listener;
static struct sockaddr_in address = { .sin_family = AF_INET };

static long
landlock_abi(void)
{
	return (syscall(444, NULL, 0, 1U));
}

static void
become_nobody(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) == -1 ||
	    setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
		_exit(200);
}

/* Run fn in a child inside the sandbox; 0 is success, the rest an errno. */
static int
in_child(int (*fn)(int), int libraries, int handshake)
{
	int dirfd, status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		become_nobody();
		if ((dirfd = open(dir, O_RDONLY | O_DIRECTORY)) == -1)
			_exit(201);
		sandbox_enter(dirfd, dir, libraries, 10);
		if (handshake)
			sandbox_handshake(libraries);
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

static int
mapped(size_t size, int protection, int flags)
{
	void *p = mmap(NULL, size, protection, flags | MAP_ANON, -1, 0);

	if (p == MAP_FAILED)	/* musl makes ENOMEM of EPERM */
		return (flags == MAP_SHARED && errno == ENOMEM ? EPERM : errno);
	munmap(p, size);
	return (0);
}

/* Private memory that is only read; RLIMIT_DATA does not count it. */
static int
try_mapping(int dirfd)
{
	(void)dirfd;
	return (mapped(200UL * 1024 * 1024, PROT_READ,
	    MAP_PRIVATE | MAP_NORESERVE));
}

static int
try_shared(int dirfd)
{
	(void)dirfd;
	return (mapped(4096, PROT_READ | PROT_WRITE, MAP_SHARED));
}

/* The log needs a local socket. */
static int
try_local(int dirfd)
{
	int fds[2];

	(void)dirfd;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1)
		return (errno);
	return (send(fds[0], "", 1, MSG_NOSIGNAL) == 1 &&
	    close(socket(AF_UNIX, SOCK_DGRAM, 0)) == 0 ? 0 : errno);
}

/* The filter is of no use to a process that cannot abort(3). */
static int
try_raise(int dirfd)
{
	(void)dirfd;
	signal(SIGUSR1, SIG_IGN);
	return (raise(SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0 ? 0 :
	    errno);
}

static int
try_own_limit(int dirfd)
{
	struct rlimit r;

	(void)dirfd;
	return (prlimit(0, RLIMIT_STACK, NULL, &r) == 0 ? 0 : errno);
}

static const struct {
	const char	*what;
	int		(*try)(int);
	int		 handshake;	/* after the pair has been read */
	int		 want;
	int		 abi;		/* of Landlock, that it needs */
} table[] = {
	{ "limits, no dumps, no new privileges", check_limits, 0, 0, 0 },
	{ "reading the pair", try_pair, 0, 0, 0 },
	{ "memory", try_memory, 0, ENOMEM, 0 },
	{ "fork before the handshake", try_fork, 0, EAGAIN, 0 },
	{ "fork", try_fork, 1, FORK_DENIED, 0 },
	{ "200 MB of mapped memory", try_mapping, 0, ENOMEM, 0 },
	{ "shared memory", try_shared, 1, SHARED_DENIED, 0 },
	{ "signals to itself", try_raise, 1, 0, 0 },
	{ "local sockets", try_local, 1, 0, 0 },
	{ "limits of its own", try_own_limit, 1, 0, 0 },
	{ "creating a file in the directory", try_create, 0, EACCES, 0 },
	{ "/etc/passwd", try_passwd, 0, EACCES, 1 },
	{ "/etc/passwd by ..", try_upwards, 0, EACCES, 1 },
	{ "creating a file in /tmp", try_write_tmp, 0, EACCES, 1 },
	{ "exec before the handshake", try_exec, 0, EACCES, 1 },
	{ "exec", try_exec, 1, EXEC_DENIED, 1 },
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
	/* without libraries, seccomp.c denies what Landlock shall deny here */
	assert_int_equal(in_child(table[i].try, table[i].handshake,
	    table[i].handshake), table[i].want);
}

/*
 * System calls by number, as seccomp.c denies them.  VICTIM stands for another
 * process of the same user, WORD for an address that can be written.
 */
enum { VICTIM = -100, WORD = -101 };
#define OWN_CALL	1	/* works without the filter, or says why not */
#define ROOT_CALL	2	/* denied to others than root in any case */

static const struct denied {
	const char	*what;
	int		 kind;
	long		 call;
	long		 arg[5];
} denied[] = {
	{ "prlimit of another", OWN_CALL, SYS_prlimit64,
	    { VICTIM, RLIMIT_NOFILE, 0, WORD, 0 } },
	{ "kill", OWN_CALL, SYS_kill, { VICTIM, 0, 0, 0, 0 } },
	{ "kill of the group", OWN_CALL, SYS_kill, { 0, 0, 0, 0, 0 } },
	{ "kill of all", OWN_CALL, SYS_kill, { -1, 0, 0, 0, 0 } },
	{ "tkill", OWN_CALL, SYS_tkill, { VICTIM, 0, 0, 0, 0 } },
	{ "tgkill", OWN_CALL, SYS_tgkill, { VICTIM, VICTIM, 0, 0, 0 } },
	{ "rt_sigqueueinfo", OWN_CALL, SYS_rt_sigqueueinfo,
	    { VICTIM, 0, WORD, 0, 0 } },
	{ "rt_tgsigqueueinfo", OWN_CALL, SYS_rt_tgsigqueueinfo,
	    { VICTIM, VICTIM, 0, WORD, 0 } },
	{ "pidfd_open", OWN_CALL, 434, { VICTIM, 0, 0, 0, 0 } },
	{ "pidfd_send_signal", OWN_CALL, 424, { -1, 0, 0, 0, 0 } },
	{ "pidfd_getfd", OWN_CALL, 438, { -1, 0, 0, 0, 0 } },
	{ "signal by F_SETOWN", OWN_CALL, SYS_fcntl,
	    { 0, 8, VICTIM, 0, 0 } },
	{ "signal by F_SETOWN_EX", OWN_CALL, SYS_fcntl,
	    { 0, 15, WORD, 0, 0 } },
	{ "signal by F_SETSIG", OWN_CALL, SYS_fcntl, { 0, 10, 9, 0, 0 } },
	{ "signal by FIOSETOWN", OWN_CALL, SYS_ioctl,
	    { 0, 0x8901, WORD, 0, 0 } },
	{ "signal by SIOCSPGRP", OWN_CALL, SYS_ioctl,
	    { 0, 0x8902, WORD, 0, 0 } },
	{ "blocking by F_SETFL", OWN_CALL, SYS_fcntl, { 0, 4, 0, 0, 0 } },
	{ "size of a pipe", OWN_CALL, SYS_fcntl, { 0, 1031, 4096, 0, 0 } },
	{ "blocking by FIONBIO", OWN_CALL, SYS_ioctl,
	    { 0, 0x5421, WORD, 0, 0 } },
	{ "socket of IPv4", OWN_CALL, SYS_socket,
	    { AF_INET, SOCK_STREAM, 0, 0, 0 } },
	{ "socket of Multipath TCP", OWN_CALL, SYS_socket,
	    { AF_INET, SOCK_STREAM, 262, 0, 0 } },
	{ "sendto with MSG_FASTOPEN", OWN_CALL, SYS_sendto,
	    { -1, WORD, 0, 0x20000000, 0 } },
	{ "sendmsg with MSG_FASTOPEN", OWN_CALL, SYS_sendmsg,
	    { -1, WORD, 0x20000000, 0, 0 } },
	{ "sendmmsg with MSG_FASTOPEN", OWN_CALL, SYS_sendmmsg,
	    { -1, WORD, 1, 0x20000000, 0 } },
	{ "openat", OWN_CALL, SYS_openat, { -1, 0, 0, 0, 0 } },
	{ "openat2", OWN_CALL, 437, { -1, 0, 0, 0, 0 } },
	{ "keys by TIOCSTI", OWN_CALL, SYS_ioctl, { 0, 0x5412, WORD, 0, 0 } },
	{ "ptrace", OWN_CALL, SYS_ptrace, { 16, -1, 0, 0, 0 } },
	{ "process_vm_readv", OWN_CALL, SYS_process_vm_readv,
	    { -1, 0, 0, 0, 0 } },
	{ "process_vm_writev", OWN_CALL, SYS_process_vm_writev,
	    { -1, 0, 0, 0, 0 } },
	{ "process_madvise", OWN_CALL, 440, { -1, 0, 0, 0, 0 } },
	{ "process_mrelease", OWN_CALL, 448, { -1, 0, 0, 0, 0 } },
	{ "kcmp", OWN_CALL, SYS_kcmp, { -1, -1, 0, 0, 0 } },
	{ "perf_event_open", OWN_CALL, SYS_perf_event_open,
	    { 0, 0, 0, 0, 0 } },
	{ "setpriority", OWN_CALL, SYS_setpriority, { 0, VICTIM, 0, 0, 0 } },
	{ "sched_setaffinity", OWN_CALL, SYS_sched_setaffinity,
	    { VICTIM, 0, 0, 0, 0 } },
	{ "sched_setattr", OWN_CALL, SYS_sched_setattr,
	    { VICTIM, 0, 0, 0, 0 } },
	{ "sched_setparam", OWN_CALL, SYS_sched_setparam,
	    { VICTIM, WORD, 0, 0, 0 } },
	{ "sched_setscheduler", OWN_CALL, SYS_sched_setscheduler,
	    { VICTIM, 0, WORD, 0, 0 } },
	{ "ioprio_set", OWN_CALL, SYS_ioprio_set,
	    { 1, VICTIM, 2 << 13, 0, 0 } },
	{ "migrate_pages", OWN_CALL, SYS_migrate_pages,
	    { -1, 0, 0, 0, 0 } },
	{ "move_pages", OWN_CALL, SYS_move_pages, { -1, 0, 0, 0, 0 } },
	{ "execve", OWN_CALL, SYS_execve, { 0, 0, 0, 0, 0 } },
	{ "execveat", OWN_CALL, SYS_execveat, { -1, 0, 0, 0, 0 } },
	{ "clone", OWN_CALL, SYS_clone, { 0x10000, 0, 0, 0, 0 } },
	{ "clone3", OWN_CALL, 435, { 0, 0, 0, 0, 0 } },
	{ "timer_create", OWN_CALL, SYS_timer_create, { 99, 0, 0, 0, 0 } },
	{ "memfd_create", OWN_CALL, SYS_memfd_create, { 0, 0, 0, 0, 0 } },
	{ "memfd_secret", OWN_CALL, 447, { -1, 0, 0, 0, 0 } },
	{ "add_key", OWN_CALL, SYS_add_key, { 0, 0, 0, 0, 0 } },
	{ "request_key", OWN_CALL, SYS_request_key, { 0, 0, 0, 0, 0 } },
	{ "keyctl", OWN_CALL, SYS_keyctl, { 0, -3, 1, 0, 0 } },
	{ "inotify_init1", OWN_CALL, SYS_inotify_init1, { 0, 0, 0, 0, 0 } },
	{ "mq_open", OWN_CALL, SYS_mq_open, { 0, 0, 0, 0, 0 } },
	{ "mq_unlink", OWN_CALL, SYS_mq_unlink, { 0, 0, 0, 0, 0 } },
#ifdef SYS_shmget
	{ "shmget", OWN_CALL, SYS_shmget, { 0, 0, 0, 0, 0 } },
	{ "shmat", OWN_CALL, SYS_shmat, { -1, 0, 0, 0, 0 } },
	{ "shmctl", OWN_CALL, SYS_shmctl, { -1, 0, 0, 0, 0 } },
	{ "semget", OWN_CALL, SYS_semget, { 0, -1, 0, 0, 0 } },
	{ "semctl", OWN_CALL, SYS_semctl, { -1, 0, 0, 0, 0 } },
	{ "msgget", OWN_CALL, SYS_msgget, { 99, 0, 0, 0, 0 } },
	{ "msgctl", OWN_CALL, SYS_msgctl, { -1, 0, 0, 0, 0 } },
#endif
	{ "io_uring_setup", OWN_CALL, 425, { 0, 0, 0, 0, 0 } },
	{ "io_uring_enter", OWN_CALL, 426, { -1, 0, 0, 0, 0 } },
	{ "unshare", OWN_CALL, SYS_unshare, { 0, 0, 0, 0, 0 } },
	{ "setns", OWN_CALL, SYS_setns, { -1, 0, 0, 0, 0 } },
	{ "name_to_handle_at", OWN_CALL, SYS_name_to_handle_at,
	    { -1, 0, 0, 0, 0 } },
	{ "bpf", ROOT_CALL, SYS_bpf, { 0, 0, 0, 0, 0 } },
	{ "userfaultfd", ROOT_CALL, SYS_userfaultfd, { 0, 0, 0, 0, 0 } },
	{ "fanotify_init", ROOT_CALL, SYS_fanotify_init, { 0, 0, 0, 0, 0 } },
	{ "open_by_handle_at", ROOT_CALL, SYS_open_by_handle_at,
	    { -1, 0, 0, 0, 0 } },
	{ "mount", ROOT_CALL, SYS_mount, { 0, 0, 0, 0, 0 } },
	{ "umount2", ROOT_CALL, SYS_umount2, { 0, 0, 0, 0, 0 } },
	{ "pivot_root", ROOT_CALL, SYS_pivot_root, { 0, 0, 0, 0, 0 } },
	{ "chroot", ROOT_CALL, SYS_chroot, { 0, 0, 0, 0, 0 } },
	{ "open_tree", OWN_CALL, 428, { -1, 0, 0, 0, 0 } },
	{ "fsopen", ROOT_CALL, 430, { 0, 0, 0, 0, 0 } },
};

static const struct denied *chosen;
static pid_t victim;

static int
try_call(int dirfd)
{
	static int word[64] = { [2] = SI_QUEUE };	/* as si_code */
	long a[5], r;

	(void)dirfd;
	for (int i = 0; i < 5; i++)
		a[i] = chosen->arg[i] == VICTIM ? victim :
		    chosen->arg[i] == WORD ? (long)(uintptr_t)word :
		    chosen->arg[i];
	r = syscall(chosen->call, a[0], a[1], a[2], a[3], a[4]);
	if (r == 0 && chosen->call == SYS_clone)
		_exit(0);
	return (r == -1 ? errno : 0);
}

/* As in_child(), but only of the same user, without the sandbox. */
static int
without_sandbox(void)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		become_nobody();
		_exit(try_call(-1));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}

static void
test_denied(void **state)
{
	int r;

	chosen = *state;
	/*
	 * An older kernel lacks the call, a container may refuse it.  EPERM
	 * without the filter as well would show nothing.
	 */
	r = without_sandbox();
	if (r == ENOSYS || (chosen->kind == OWN_CALL && r == EPERM))
		skip();
	assert_int_equal(in_child(try_call, 0, 1), EPERM);
}

/* A server forks and signals: it has limits, and no filter. */
static int
be_server(int dirfd)
{
	int status;
	pid_t pid;

	(void)dirfd;
	sandbox_server();
	if ((pid = fork()) == 0) {
		for (;;)
			pause();
	}
	if (pid == -1 || kill(pid, SIGKILL) == -1 ||
	    waitpid(pid, &status, 0) != pid)
		return (errno);
	if (try_shared(-1) != 0 || fcntl(0, F_SETFL, 0) == -1)
		return (254);
	return (try_memory(-1) == ENOMEM ? 0 : 253);
}

/* Read what other children write into the same pipe. */
static int
try_pipe(void)
{
	char path[32];
	int fds[2], fd;

	if (pipe(fds) == -1)
		return (252);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[1]);
	if ((fd = open(path, O_RDONLY)) == -1)
		return (errno);
	close(fd);
	return (0);
}

/* A server's child inherits limits. */
static int
be_servers_child(int dirfd)
{
	sandbox_server();
	if (try_pipe() != 0)
		return (250);
	sandbox_enter(dirfd, dir, 0, 10);
	/* what the server did for its children, and what each does itself */
	if (check_limits(-1) != 0 || try_memory(-1) != ENOMEM ||
	    try_mapping(-1) != ENOMEM || try_fork(-1) != EAGAIN)
		return (249);
	if (try_pipe() != 0)
		return (251);
	sandbox_handshake(0);
	if (try_pipe() != EPERM)
		return (253);
#ifdef SYS_creat
	if (syscall(SYS_creat, "/dev/null", 0600) != -1 || errno != EPERM)
		return (252);
#endif
	if (try_shared(-1) != EPERM || try_raise(-1) != 0 ||
	    fcntl(dirfd, F_SETFL, 0) != -1 || errno != EPERM)
		return (254);
	return (try_call(-1));
}

static int
as_nobody(int (*fn)(int))
{
	int dirfd, status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		become_nobody();
		dirfd = open(dir, O_RDONLY | O_DIRECTORY);
		_exit(dirfd == -1 ? 201 : fn(dirfd));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}

static void
test_server(void **state)
{
	(void)state;
	assert_int_equal(as_nobody(be_server), 0);
	chosen = &denied[0];
	assert_int_equal(as_nobody(be_servers_child), EPERM);
}

static int
be_aborted(int dirfd)
{
	(void)dirfd;
	abort();
}

static void
test_abort(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		become_nobody();
		sandbox_enter(-1, dir, 0, 10);
		sandbox_handshake(0);
		_exit(be_aborted(-1));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
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
	assert_int_equal(try_mapping(fd), 0);
	assert_int_equal(try_shared(fd), 0);
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
	if ((victim = fork()) == 0) {
		become_nobody();
		for (;;)
			pause();
	}
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
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	return (unlink(path) == -1 || rmdir(dir) == -1 ? -1 : 0);
}

int
main(void)
{
	enum {
		N = sizeof(table) / sizeof(table[0]),
		N_DENIED = FILTERED ? sizeof(denied) / sizeof(denied[0]) : 0,
		FIXED = 3
	};
	struct CMUnitTest tests[FIXED + N + N_DENIED] = {
		cmocka_unit_test(test_tries_are_good),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_server),
	};

	for (size_t i = 0; i < N; i++) {
		tests[FIXED + i].name = table[i].what;
		tests[FIXED + i].test_func = test_try;
		tests[FIXED + i].initial_state = (void *)(uintptr_t)i;
	}
	for (size_t i = 0; i != N_DENIED; i++) {
		tests[FIXED + N + i].name = denied[i].what;
		tests[FIXED + N + i].test_func = test_denied;
		tests[FIXED + N + i].initial_state =
		    (void *)(uintptr_t)&denied[i];
	}
	return (_cmocka_run_group_tests("sandbox", tests, FIXED + N + N_DENIED,
	    setup, teardown));
}
