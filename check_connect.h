/*
 * check_connect: look at a name as a CA does that validates it by tls-alpn-01
 * (RFC 8737), and say what it would report.
 */
#ifndef CHECK_CONNECT_H
#define CHECK_CONNECT_H

#include "cert.h"
#include "row.h"

enum connect_proxy { CONNECT_PROXY_NONE, CONNECT_PROXY_V1, CONNECT_PROXY_V2 };

struct connect_options {
	const char		*host;		/* name or address */
	const char		*port;		/* decimal; default "443" */
	int			 family;	/* AF_UNSPEC: both */
	enum connect_proxy	 proxy;		/* header to send first */
	int			 at_once;	/* -n: connections, 1 to 64 */
	int			 seconds;	/* for each; 10, as a CA has */
	const char		*directory;	/* to compare with, or NULL */
	struct row_style	 style;
};

/*
 * Validate id at every address of the host, IPv6 first, opt->at_once times at
 * the same moment, and print a row for each address.  Returns 0: all would
 * have been accepted by a CA; 1: not.
 */
int	check_connect(const struct connect_options *opt,
	    const struct identifier *id, FILE *out);

#endif
