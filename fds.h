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
/* fds: the descriptors of a server, and how many it may have. */
#ifndef FDS_H
#define FDS_H

#include <stddef.h>

/*
 * Descriptors of clients are FDS_CLIENTS or above, so that a child can close
 * them all with one call.
 */
#define FDS_CLIENTS	32

/*
 * The limit of open files for a waiting room of this size: FDS_CLIENTS, one for
 * each client that waits, one for the client that is turned away, and one for
 * accept(2).
 */
#define FDS_NEEDED(room)	(FDS_CLIENTS + 2 + (room))

/*
 * Raise the limit of open files, as far as the hard limit allows, for a server
 * with a waiting room of this size.  Returns how many clients the limit allows
 * to wait, at most room; 0: none.
 */
size_t	fds_allow(size_t room);

/*
 * Move fd to FDS_CLIENTS or above, close-on-exec.  Returns the new descriptor,
 * or -1 with errno; fd is closed in both cases.
 */
int	fds_raise(int fd);

/* Close all descriptors from lowest on. */
void	fds_close_from(int lowest);

#endif
