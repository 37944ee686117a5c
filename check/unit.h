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
/* unit: what systemd says of alpnd.socket. */
#ifndef UNIT_H
#define UNIT_H

#define UNIT_TEXT_SIZE	256

struct unit {
	char	state[UNIT_TEXT_SIZE];	/* "active", "inactive", "failed" */
	char	listens[UNIT_TEXT_SIZE];	/* "[::]:443, [::]:10443" */
	int	not_listening;	/* nothing listens on one of these addresses */
};

/*
 * Ask systemctl(1), for ten seconds at most, and look whether the kernel has
 * the sockets.  systemctl shows the addresses in the unit files.  If the files
 * changed and the socket was not restarted, nothing listens on the new
 * addresses.  u->not_listening stays 0 if the kernel cannot be asked.  Returns
 * 0 with *u set, or -1: systemd does not run, or knows no alpnd.socket.
 */
int	unit_look(struct unit *u);

#endif
