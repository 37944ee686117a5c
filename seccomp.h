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
 * seccomp: system calls that the kernel refuses with EPERM from here on.  The
 * filter lists what it denies.  A list of what it allows would depend on the C
 * library.  Best effort: where there is no seccomp(2), or for a processor that
 * seccomp.c does not know, nothing is denied.
 */
#ifndef SECCOMP_H
#define SECCOMP_H

/*
 * For a process whose libtls is about to read what a client has sent.  Call it
 * after PR_SET_NO_NEW_PRIVS.  Denies the calls by which a process reads,
 * changes, limits, starves, signals or traces other processes of its user,
 * starts a program or a process, makes a socket that is not local, changes
 * O_NONBLOCK of a descriptor that others share, or reaches parts of the kernel
 * that no session needs.  If libraries is 0, no library has to be loaded, and
 * opening files is denied, too.  Returns 1 if files cannot be opened, or 0.
 */
int	seccomp_session(int libraries);

#endif
