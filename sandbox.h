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
 * sandbox: what the process gives up.  The functions are the same on all
 * systems.  Each does what the running kernel supports.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

/*
 * For a server, before it accepts: no core dumps, no tracing, no new
 * privileges, and bounded memory.  Its children inherit this, and do the rest.
 */
void	sandbox_server(void);

/*
 * Call it before the first byte of the network is read.  From now on:
 *
 *   no core dumps, no tracing, no new privileges, and no new processes; but on
 *   Linux root can make processes until sandbox_handshake();
 *
 *   bounded memory and open files, and bounded CPU time, a little over the
 *   deadline of the session, which is the argument seconds;
 *
 *   of the file system, only the open directory dirfd can be read, or nothing
 *   if dirfd is -1.  unveil(2) needs path, the path of dirfd.  If libraries is
 *   1, the directory of the system libraries can be read, too: libsystemd will
 *   be loaded to log.
 *
 * Best effort: what the kernel does not have is left out.  If the kernel has
 * Landlock but refuses it, sandbox_enter() logs this.  On OpenBSD, if unveil(2)
 * or pledge(2) fails, the process ends.
 */
void	sandbox_enter(int dirfd, const char *path, int libraries, int seconds);

/*
 * Call it after the pair has been read, and before libtls reads what the client
 * has sent.  From now on, dirfd cannot be read either, and seccomp_session()
 * denies system calls.  A refused session does not call sandbox_handshake():
 * its bytes reach only parsers that make no system calls, and the filter takes
 * time to install.
 */
void	sandbox_handshake(int libraries);

#endif
