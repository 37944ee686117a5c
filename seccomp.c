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
#include "seccomp.h"

/* The processors whose calls are known: AUDIT_ARCH_* of linux/audit.h. */
#if defined(__linux__)
#define EM_LITTLE	0x40000000U
#define EM_64BIT	0x80000000U
#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCH		(62U | EM_64BIT | EM_LITTLE)
#define HIGHEST_CALL	0x3fffffffU	/* beyond are those of x32 */
#elif defined(__i386__)
#define ARCH		(3U | EM_LITTLE)
#elif defined(__aarch64__) && defined(__AARCH64EL__) && !defined(__ILP32__)
#define ARCH		(183U | EM_64BIT | EM_LITTLE)
#elif defined(__arm__) && defined(__ARM_EABI__) && defined(__ARMEL__)
#define ARCH		(40U | EM_LITTLE)
#elif defined(__s390x__)
#define ARCH		(22U | EM_64BIT)
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH		(243U | EM_64BIT | EM_LITTLE)
#endif
#endif

#ifdef ARCH

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/*
 * seccomp(2).  linux/seccomp.h, linux/filter.h and linux/audit.h are not where
 * every C library finds them, so what is needed of them is here.
 */
#define MODE_FILTER	2
#define LOAD		0x20	/* BPF_LD | BPF_W | BPF_ABS */
#define IF_EQUAL	0x15	/* BPF_JMP | BPF_JEQ | BPF_K */
#define IF_ABOVE	0x25	/* BPF_JMP | BPF_JGT | BPF_K */
#define IF_BITS		0x45	/* BPF_JMP | BPF_JSET | BPF_K */
#define RETURN		0x06	/* BPF_RET | BPF_K */
#define ALLOW		0x7fff0000U
#define DENY		0x00050001U	/* SECCOMP_RET_ERRNO | EPERM */

/* struct seccomp_data */
#define DATA_CALL	0
#define DATA_ARCH	4
#define DATA_ARGS	16

#if defined(SYS_mmap2)
#define CALL_MMAP	SYS_mmap2
#elif !defined(__s390x__)	/* on s390x the arguments are in memory */
#define CALL_MMAP	SYS_mmap
#endif

/* struct sock_filter and struct sock_fprog */
struct instruction {
	uint16_t	code;
	uint8_t		if_true, if_false;	/* instructions to skip */
	uint32_t	k;
};

struct program {
	unsigned short		 len;
	struct instruction	*code;
};

#define LENGTH_MAX	400
#define RULES_MAX	128
#define LEAF_MAX	8
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* When a call is denied: always, or by the value of an argument. */
enum condition { ALWAYS, IF_ONE_OF, IF_NONE_OF, IF_HAS_BITS };

struct rule {
	uint32_t	 call;
	enum condition	 condition;
	int		 argument;	/* its index */
	const uint32_t	*values;
	size_t		 n;		/* values */
};

struct filter {
	struct instruction	code[LENGTH_MAX];
	size_t			len;
	struct rule		rules[RULES_MAX];	/* sorted by call */
	size_t			n_rules;
	int			overflow;	/* 1: not all fits */
};

/* What a session does not need. */
static const uint32_t denied[] = {
	/* memory, registers and files of other processes */
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp,
	438,			/* pidfd_getfd */
	440,			/* process_madvise */
	448,			/* process_mrelease */
	SYS_move_pages, SYS_migrate_pages, SYS_perf_event_open,
	/* signals of other kinds than kill(2) */
	SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
	424,			/* pidfd_send_signal */
	434,			/* pidfd_open */
	/* priorities of other processes */
	SYS_setpriority, SYS_sched_setaffinity, SYS_sched_setattr,
	SYS_sched_setparam, SYS_sched_setscheduler, SYS_ioprio_set,
	/* programs */
	SYS_execve, SYS_execveat,
	/* what all processes of a user share, and may use up */
	SYS_add_key, SYS_keyctl, SYS_request_key,
	SYS_inotify_init1, SYS_fanotify_init, SYS_mq_open, SYS_mq_unlink,
#ifdef SYS_inotify_init
	SYS_inotify_init,
#endif
#ifdef SYS_ipc
	SYS_ipc,
#endif
#ifdef SYS_shmget
	SYS_msgctl, SYS_msgget, SYS_semctl, SYS_semget, SYS_shmat, SYS_shmctl,
	SYS_shmget,
#endif
	/* memory that no limit counts */
	SYS_memfd_create,
	447,			/* memfd_secret */
	SYS_remap_file_pages,
	/* parts of the kernel that no session needs, and that had faults */
	SYS_bpf, SYS_userfaultfd, SYS_unshare, SYS_setns, SYS_mount,
	SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_name_to_handle_at,
	SYS_open_by_handle_at,
	425, 426, 427,		/* io_uring: it makes calls unseen */
	428, 429, 430, 431, 432, 433, 442,	/* mounts by descriptor */
	/* processes */
	SYS_clone,
	435,			/* clone3 */
#ifdef SYS_fork
	SYS_fork,
#endif
#ifdef SYS_vfork
	SYS_vfork,
#endif
	/* a limit of the user counts timers; deadline.c has armed its own */
	SYS_timer_create,
#ifdef __i386__
	SYS_mmap,		/* it takes its arguments from memory */
#endif
};

/*
 * What a session does not need once the libraries are loaded.  A child of a
 * server must not open /proc/self/fd to read the reports of other children.
 */
static const uint32_t opens[] = {
#ifdef SYS_open
	SYS_open,
#endif
#ifdef SYS_creat
	SYS_creat,
#endif
	SYS_openat,
	437,			/* openat2 */
};

static void
add(struct filter *f, uint16_t code, uint32_t k, uint8_t if_true,
    uint8_t if_false)
{
	if (f->len == LENGTH_MAX) {
		f->overflow = 1;
		return;
	}
	f->code[f->len++] = (struct instruction){ code, if_true, if_false, k };
}

/* The distance of a jump over n instructions. */
static uint8_t
jump(struct filter *f, size_t n)
{
	if (n > UINT8_MAX)
		f->overflow = 1;
	return ((uint8_t)n);
}

/* The lower half of an argument, which is all that an int has. */
static void
load_argument(struct filter *f, int i)
{
	const uint32_t offset = DATA_ARGS + 8 * (uint32_t)i;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	add(f, LOAD, offset + 4, 0, 0);
#else
	add(f, LOAD, offset, 0, 0);
#endif
}

/*
 * Emit a rule with a condition: the call, the argument, a comparison for each
 * value, and two RETURNs.  If no value matches, the first RETURN decides.  A
 * match jumps to the second.
 */
static void
add_rule(struct filter *f, const struct rule *r)
{
	const size_t start = f->len;
	const int match_is_allowed = r->condition == IF_NONE_OF;

	add(f, IF_EQUAL, r->call, 0, 0);
	load_argument(f, r->argument);
	for (size_t i = 0; i < r->n; i++)
		add(f, r->condition == IF_HAS_BITS ? IF_BITS : IF_EQUAL,
		    r->values[i], jump(f, r->n - i), 0);
	add(f, RETURN, match_is_allowed ? DENY : ALLOW, 0, 0);
	add(f, RETURN, match_is_allowed ? ALLOW : DENY, 0, 0);
	if (!f->overflow)
		f->code[start].if_false = jump(f, f->len - start - 1);
}

/*
 * Emit the rules of one leaf.  The calls that are always denied share the last
 * instruction: the kernel takes time for each instruction of a new filter.
 */
static void
add_leaf(struct filter *f, size_t from, size_t to)
{
	size_t left = 0;	/* instructions before the last one */

	for (size_t i = from; i < to; i++)
		if (f->rules[i].condition != ALWAYS)
			add_rule(f, &f->rules[i]);
		else
			left++;
	for (size_t i = from; i < to; i++)
		if (f->rules[i].condition == ALWAYS)
			add(f, IF_EQUAL, f->rules[i].call, jump(f, left--), 0);
	add(f, RETURN, ALLOW, 0, 0);
	add(f, RETURN, DENY, 0, 0);
}

/*
 * Emit the rules as a binary tree.  To install a filter, the kernel runs the
 * filter for the number of each system call; a list would make that slow.
 */
static void
add_rules(struct filter *f, size_t from, size_t to)
{
	const size_t middle = from + (to - from) / 2, branch = f->len;

	if (to - from <= LEAF_MAX) {
		add_leaf(f, from, to);
		return;
	}
	add(f, IF_ABOVE, f->rules[middle - 1].call, 0, 0);
	add_rules(f, from, middle);
	if (!f->overflow)
		f->code[branch].if_true = jump(f, f->len - branch - 1);
	add_rules(f, middle, to);
}

static void
deny_if(struct filter *f, uint32_t call, enum condition condition, int argument,
    const uint32_t *values, size_t n)
{
	size_t at;

	if (f->n_rules == RULES_MAX) {
		f->overflow = 1;
		return;
	}
	for (at = f->n_rules++; at > 0 && f->rules[at - 1].call > call; at--)
		f->rules[at] = f->rules[at - 1];
	f->rules[at] = (struct rule){ call, condition, argument, values, n };
}

static void
deny(struct filter *f, const uint32_t *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		deny_if(f, calls[i], ALWAYS, 0, NULL, 0);
}

/* Calls have other numbers for a program of another architecture. */
static void
deny_other_numbers(struct filter *f)
{
	add(f, LOAD, DATA_ARCH, 0, 0);
	add(f, IF_EQUAL, ARCH, 1, 0);
	add(f, RETURN, DENY, 0, 0);
#ifdef HIGHEST_CALL
	add(f, LOAD, DATA_CALL, 0, 0);
	add(f, IF_ABOVE, HIGHEST_CALL, 0, 1);
	add(f, RETURN, DENY, 0, 0);
#endif
}

/* Returns 1: the filter is in force; or 0. */
static int
install(struct filter *f)
{
	struct program p;

	f->len = 0;
	deny_other_numbers(f);
	add(f, LOAD, DATA_CALL, 0, 0);
	add_rules(f, 0, f->n_rules);
	/* Install no incomplete filter.  test_sandbox.c then fails. */
	if (f->overflow)
		return (0);
	p.len = (unsigned short)f->len;
	p.code = f->code;
	/* Best effort: see seccomp.h. */
	return (prctl(PR_SET_SECCOMP, MODE_FILTER, &p) == 0);
}

/*
 * Deny signals to the owner of a descriptor, input into a terminal, and limits
 * of other processes.  setrlimit(3) calls prlimit64 with pid 0, for the process
 * itself.  Deny changes of O_NONBLOCK and of the size of a pipe: other
 * processes share the descriptors of the log and of the reports.
 */
static void
deny_controls(struct filter *f)
{
	static const uint32_t own = 0;
	static const uint32_t ioctls[] = {
		0x8901,			/* FIOSETOWN */
		0x8902,			/* SIOCSPGRP */
		0x5412,			/* TIOCSTI */
		0x541c,			/* TIOCLINUX */
		0x5421,			/* FIONBIO */
	};
	static const uint32_t fcntls[] = {
		4,			/* F_SETFL */
		1031,			/* F_SETPIPE_SZ */
		8,			/* F_SETOWN */
		10,			/* F_SETSIG */
		15,			/* F_SETOWN_EX */
	};

	deny_if(f, SYS_prlimit64, IF_NONE_OF, 0, &own, 1);
	deny_if(f, SYS_ioctl, IF_ONE_OF, 1, ioctls, COUNT(ioctls));
	deny_if(f, SYS_fcntl, IF_ONE_OF, 1, fcntls, COUNT(fcntls));
#ifdef SYS_fcntl64
	deny_if(f, SYS_fcntl64, IF_ONE_OF, 1, fcntls, COUNT(fcntls));
#endif
}

/*
 * Landlock does not see a connect by Multipath TCP or by TCP Fast Open.  TCP
 * Fast Open needs no new socket: connect(2) with AF_UNSPEC frees the socket of
 * the client for a new connection.  The log needs AF_UNIX.
 */
static void
deny_network(struct filter *f)
{
	static const uint32_t local = 1;		/* AF_UNIX */
	static const uint32_t fast_open = 0x20000000;	/* MSG_FASTOPEN */

	deny_if(f, SYS_socket, IF_NONE_OF, 0, &local, 1);
	deny_if(f, SYS_sendto, IF_HAS_BITS, 3, &fast_open, 1);
	deny_if(f, SYS_sendmsg, IF_HAS_BITS, 2, &fast_open, 1);
	deny_if(f, SYS_sendmmsg, IF_HAS_BITS, 3, &fast_open, 1);
}

int
seccomp_session(int libraries)
{
	const uint32_t self = (uint32_t)getpid();
#ifdef CALL_MMAP
	/* MAP_SHARED: RLIMIT_DATA does not count such memory. */
	static const uint32_t shared = 1;
#endif
	struct filter f = { .n_rules = 0 };

	deny(&f, denied, COUNT(denied));
	if (!libraries)
		deny(&f, opens, COUNT(opens));
	deny_controls(&f);
	deny_network(&f);
	/* abort(3) and raise(3) send signals to the process itself. */
	deny_if(&f, SYS_kill, IF_NONE_OF, 0, &self, 1);
	deny_if(&f, SYS_tkill, IF_NONE_OF, 0, &self, 1);
	deny_if(&f, SYS_tgkill, IF_NONE_OF, 0, &self, 1);
#ifdef CALL_MMAP
	deny_if(&f, CALL_MMAP, IF_HAS_BITS, 3, &shared, 1);
#endif
	return (install(&f) && !libraries);
}

#else

int
seccomp_session(int libraries)
{
	(void)libraries;
	return (0);
}

#endif
