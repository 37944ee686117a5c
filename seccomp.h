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
 * seccomp: system calls that the kernel refuses with EPERM from here on.  A
 * list of what is denied does not depend on the C library, as a list of what
 * is allowed would.  Best effort: where there is no seccomp(2), or for a
 * processor that seccomp.c does not know, nothing is denied.
 */
#ifndef SECCOMP_H
#define SECCOMP_H

/*
 * For a server and its children: the calls by which a process reads, changes,
 * limits, starves or traces other processes of its user, starts a program, or
 * reaches parts of the kernel that no session needs.
 */
void	seccomp_server(void);

/*
 * For a process that is about to talk to a client.  Denies new processes,
 * timers and shared memory, and signals to other processes; and what
 * seccomp_server() denies.  A child of a server has inherited that filter;
 * for a child, seccomp_session() also denies to open files.
 */
void	seccomp_session(void);

#endif
