/* session: one connection from its first byte to its log line. */
#ifndef SESSION_H
#define SESSION_H

#include <sys/types.h>

#include "intake.h"
#include "ready.h"

struct options {
	const char	*directory;	/* of the pairs */
	const char	*fallback;	/* canonical name, or NULL */
	enum proxy_mode	 proxy;
	int		 seconds;	/* the deadline */
	int		 verbose;
	size_t		 children;	/* server: at most so many at once */
	int		 idle;		/* server: seconds; 0: for ever */
	int		 report;	/* pipe to the server, or -1 */
	const struct ready *ready;	/* the server's, or NULL */
};

enum report_what { REPORT_HELLO, REPORT_SERVED, REPORT_OTHER };

/* What a child of the server writes to opt->report. */
struct report {
	pid_t			pid;
	enum report_what	what;
	/* REPORT_HELLO by TLS 1.3: of the pair; else "" */
	char			name[NAME_SIZE];
};

/*
 * Serve the connection that is read from rfd and written to wfd (they may be
 * one), and log how it went.  Returns the exit status: 0, a client's fault
 * included, or 1 where the operator has to look.
 */
int	session_run(const struct options *opt, int rfd, int wfd);

#endif
