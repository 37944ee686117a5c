/* session: one connection from its first byte to its log line. */
#ifndef SESSION_H
#define SESSION_H

#include "intake.h"

struct options {
	const char	*directory;	/* of the pairs */
	const char	*fallback;	/* canonical name, or NULL */
	enum proxy_mode	 proxy;
	int		 seconds;	/* the deadline */
	int		 verbose;
};

/*
 * Serve the connection that is read from rfd and written to wfd (they may be
 * one), and log how it went.  Returns the exit status: 0, a client's fault
 * included, or 1 where the operator has to look.
 */
int	session_run(const struct options *opt, int rfd, int wfd);

#endif
