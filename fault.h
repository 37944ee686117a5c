/*
 * fault: what a CA can meet at a server, in its words, with the likely cause
 * and what to do.  The words are those of Let's Encrypt: boulder's va/va.go and
 * va/tlsalpn.go, and the alerts as Go's crypto/tls names them.
 */
#ifndef FAULT_H
#define FAULT_H

#include "probe.h"
#include "row.h"

enum fault {
	FAULT_REFUSED, FAULT_CONNECT_TIMEOUT, FAULT_NO_ROUTE, FAULT_CONNECT,
	FAULT_LOCAL, FAULT_CLOSED, FAULT_CLOSED_PROXY, FAULT_HUNG_UP,
	FAULT_SILENT, FAULT_STALLED, FAULT_HTTP, FAULT_NOT_TLS,
	FAULT_UNKNOWN_NAME, FAULT_OTHER_DIRECTORY, FAULT_NO_ALPN,
	FAULT_INTERNAL, FAULT_NOTHING_IN_COMMON, FAULT_OLD_TLS,
	FAULT_BAD_NAME, FAULT_ALERT, FAULT_TLS, FAULT_WEB_SERVER,
	FAULT_FALLBACK, FAULT_OTHER_NAME, FAULT_BAD_CERTIFICATE
};

/* What it means that the handshake was ended by this alert. */
enum fault fault_of_alert(int alert);

/*
 * Add to row the fault that p has met.  words is what the CA says, NULL where
 * that does not depend on more; detail follows the cause.
 */
void	fault_add(struct row *row, const struct probe *p,
	    enum connect_proxy proxy, enum fault f, const char *words,
	    const char *detail);

#endif
