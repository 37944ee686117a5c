#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "fault.h"

#define ROUTE	"have the proxy route acme-tls/1 to alpnd: nginx by " \
		"ssl_preread, HAProxy by req.ssl_alpn (EXAMPLES in " \
		"alpnd(8)). If it does: has it been reloaded, and does its " \
		"error log say that it could not bind? Or is this not the " \
		"address of the proxy?"

static const struct {
	const char	*code;
	const char	*words;		/* of Let's Encrypt; NULL: see words */
	const char	*cause;		/* a detail may follow */
	const char	*remedy;
} faults[] = {
	[FAULT_REFUSED] = { "refused", "Connection refused",
	    "nothing listens on this port of this address",
	    "start alpnd.socket, or the proxy; ss -ltn shows who listens: on "
	    "this address too, IPv6 as well as IPv4?" },
	[FAULT_CONNECT_TIMEOUT] = { "connect-timeout",
	    "Timeout during connect (likely firewall problem)",
	    "not one packet came back: a firewall, or not the server's address",
	    "let TCP to this port through, from anywhere, for IPv6 as well; is "
	    "the address in the DNS right?" },
	[FAULT_NO_ROUTE] = { "no-route", "Network unreachable",
	    "this machine has no way there: ",
	    "if only this machine has none (no IPv6?), ask from another, or "
	    "leave it out with -4 or -6; else repair the route or the DNS" },
	[FAULT_CONNECT] = { "connect-failed", "Error getting validation data",
	    "no connection: ", "is it the right address and port, and does a "
	    "firewall on the way reject it?" },
	[FAULT_LOCAL] = { "local-error", NULL,
	    "this machine could not ask: ", "try again with a smaller -n" },
	[FAULT_CLOSED] = { "closed", NULL,
	    "the ClientHello was not answered by one byte",
	    "does alpnd start? journalctl -t alpnd says if a flag is wrong, "
	    "systemctl status 'alpnd*' if its path is. Behind a proxy: has it "
	    "no backend for acme-tls/1, or is that down? Does it send a PROXY "
	    "header exactly if alpnd's -p wants one? Asked directly: alpnd "
	    "has -p require if it answers with -x v2. Or it is busy, or was "
	    "asked too much by a large -n" },
	[FAULT_CLOSED_PROXY] = { "closed-after-proxy", NULL,
	    "PROXY header and ClientHello were not answered by one byte",
	    "no PROXY header is wanted here (alpnd -p off): try without -x, "
	    "and have the proxy in front send none" },
	[FAULT_HUNG_UP] = { "hung-up", NULL,
	    "closed in the middle of the handshake",
	    "has it crashed, or run into a limit? See its log, and that of "
	    "the proxy in front" },
	[FAULT_SILENT] = { "silent",
	    "Timeout after connect (your server may be slow or overloaded)",
	    "it accepts connections and says nothing",
	    "what listens there? A proxy whose backend does not answer, a "
	    "server with all its places taken, or one that waits for a PROXY "
	    "header (try -x v2)" },
	[FAULT_STALLED] = { "stalled",
	    "Timeout after connect (your server may be slow or overloaded)",
	    "the handshake has begun and did not end in time",
	    "is the host overloaded, or are large packets lost on the way "
	    "(path MTU)?" },
	[FAULT_HTTP] = { "plain-http", "Server only speaks HTTP, not TLS",
	    "a web server without TLS is on this port",
	    "is it the right port? It must lead to alpnd, or to a proxy that "
	    "routes by ALPN" },
	[FAULT_NOT_TLS] = { "not-tls", "Error getting validation data",
	    "what answers is no TLS: ", "is it the right port?" },
	[FAULT_UNKNOWN_NAME] = { "unknown-name",
	    "remote error: tls: unrecognized name",
	    "alpnd, or what answers, has no pair for this name",
	    "expected unless the ACME client is at work: it writes the pair "
	    "just before the CA asks, and removes it after; EXAMPLES in "
	    "alpnd-check(8) make one to try. Else compare dehydrated's --alpn "
	    "or ALPNCERTDIR with alpnd's -d" },
	[FAULT_OTHER_DIRECTORY] = { "wrong-directory",
	    "remote error: tls: unrecognized name",
	    "what answers has no pair for this name, and there is one in ",
	    "alpnd reads another directory (its -d: systemctl cat "
	    "alpnd@.service alpnd.service), or another host answers" },
	[FAULT_NO_ALPN] = { "no-acme-tls",
	    "remote error: tls: no application protocol",
	    "what answers does not know acme-tls/1: a web server; or it is "
	    "lighttpd and has no pair for this name", ROUTE },
	[FAULT_INTERNAL] = { "server-error",
	    "remote error: tls: internal error",
	    "it has failed by a fault of its own; alpnd logs which file it is",
	    "on that host: journalctl -t alpnd -p err, and alpnd-check "
	    "without -c" },
	[FAULT_NOTHING_IN_COMMON] = { "handshake-failure",
	    "remote error: tls: handshake failure",
	    "no cipher or signature in common, or it has no certificate "
	    "for this name",
	    "which key has the pair? P-256 or RSA of 2048 bits are accepted "
	    "everywhere" },
	[FAULT_OLD_TLS] = { "old-tls", NULL,
	    "it can do neither TLS 1.2 nor 1.3",
	    "what listens there is not alpnd; " ROUTE },
	[FAULT_BAD_NAME] = { "illegal-parameter",
	    "remote error: tls: illegal parameter",
	    "the ClientHello was not liked",
	    "LibreSSL says so to a name with an underscore (CAVEATS in "
	    "alpnd(8)); nothing can be done there but build with LibreTLS" },
	[FAULT_ALERT] = { "alert", NULL, "it has refused the handshake",
	    "see the log of what answers" },
	[FAULT_TLS] = { "tls-failed", "Error getting validation data",
	    "the handshake has failed: ", "see the log of what answers" },
	[FAULT_WEB_SERVER] = { "web-server",
	    "Cannot negotiate ALPN protocol \"acme-tls/1\" for tls-alpn-01 "
	    "challenge",
	    "an ordinary web server has answered, with its certificate of ",
	    ROUTE },
	[FAULT_FALLBACK] = { "fallback", NULL,
	    "it does know acme-tls/1, and has sent a certificate that is for "
	    "no validation: a fallback, as it has no pair for this name, or a "
	    "web certificate put among the pairs",
	    "does it read the directory that the ACME client writes, and is "
	    "that at work now? Of alpnd: has a web certificate been put among "
	    "its pairs? alpnd-check without -c, on that host, says" },
	[FAULT_OTHER_NAME] = { "other-name", NULL,
	    "it has answered with the pair of another name",
	    "alpnd's -f does so; or it is not alpnd, and confuses its pairs" },
	[FAULT_BAD_CERTIFICATE] = { "bad-certificate", NULL,
	    "the pair is not as RFC 8737 wants it",
	    "see below; alpnd-check without -c says more, on that host" },
};

static const struct {
	int		 alert;		/* RFC 8446 section 6.2, RFC 7301 3.2 */
	const char	*text;		/* as Go's crypto/tls says it */
	enum fault	 fault;
} alerts[] = {
	{ 10, "unexpected message", FAULT_ALERT },
	{ 40, "handshake failure", FAULT_NOTHING_IN_COMMON },
	{ 47, "illegal parameter", FAULT_BAD_NAME },
	{ 49, "access denied", FAULT_ALERT },
	{ 50, "error decoding message", FAULT_ALERT },
	{ 70, "protocol version not supported", FAULT_OLD_TLS },
	{ 71, "insufficient security level", FAULT_NOTHING_IN_COMMON },
	{ 80, "internal error", FAULT_INTERNAL },
	{ 109, "missing extension", FAULT_ALERT },
	{ 112, "unrecognized name", FAULT_UNKNOWN_NAME },
	{ 120, "no application protocol", FAULT_NO_ALPN },
};

enum fault
fault_of_alert(int alert)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].alert == alert)
			return (alerts[i].fault);
	return (FAULT_ALERT);
}

/* The words, where they depend on more than the fault. */
static void
alert_words(int alert, char *buf, size_t size)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].alert == alert) {
			(void)snprintf(buf, size, "remote error: tls: %s",
			    alerts[i].text);
			return;
		}
	(void)snprintf(buf, size, "remote error: tls: alert(%d)", alert);
}

static const char *
words_of(const struct probe *p, enum fault f, char *buf, size_t size)
{
	if (faults[f].words != NULL)
		return (faults[f].words);
	if (p->alert > 0) {
		alert_words(p->alert, buf, size);
		return (buf);
	}
	/* boulder knows a reset; an EOF is among "all other" */
	return (p->end == PROBE_HUNG_UP && p->error != 0 ?
	    "Connection reset by peer" : "Error getting validation data");
}

/* Could it be that the server takes the PROXY header for the client's? */
static int
may_be_header(enum fault f)
{
	switch (f) {
	case FAULT_HUNG_UP:
	case FAULT_SILENT:
	case FAULT_STALLED:
	case FAULT_HTTP:
	case FAULT_NOT_TLS:
	case FAULT_OLD_TLS:
	case FAULT_ALERT:
	case FAULT_TLS:
		return (1);
	default:
		return (0);
	}
}

/* boulder puts the address before all that is not said of a certificate. */
void
fault_add(struct row *row, const struct probe *p, enum connect_proxy proxy,
    enum fault f, const char *words, const char *detail)
{
	char buf[64], ip[INET6_ADDRSTRLEN] = "", remedy[ROW_TEXT_SIZE];
	const char *colon = "", *s = faults[f].remedy;

	if (proxy != CONNECT_PROXY_NONE && may_be_header(f))
		(void)snprintf(remedy, sizeof(remedy), "%s%s is no PROXY "
		    "header wanted here? Try without -x", s,
		    s[strlen(s) - 1] == '?' ? " Or" : "; or");
	else
		(void)snprintf(remedy, sizeof(remedy), "%s", s);
	if (f == FAULT_LOCAL) {
		row_add(row, SEVERITY_ERROR, faults[f].code, remedy, "%s%s",
		    faults[f].cause, detail);
		return;
	}
	if (p->end != PROBE_COMPLETE && inet_ntop(p->to.family, p->to.ip, ip,
	    sizeof(ip)) != NULL)
		colon = ": ";
	if (words == NULL)
		words = words_of(p, f, buf, sizeof(buf));
	row_add(row, SEVERITY_ERROR, faults[f].code, remedy, "\"%s%s%s\": %s%s",
	    ip, colon, words, faults[f].cause, detail);
}
