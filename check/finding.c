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

#include <string.h>

#include "finding.h"

#define E		SEVERITY_ERROR
#define W		SEVERITY_WARNING
#define N		SEVERITY_NOTE

/* boulder's va/va.go, va/tlsalpn.go, bdns/problem.go and bdns/dns.go */
#define CA_SLOW		"Timeout after connect (your server may be slow or " \
			"overloaded)"
#define CA_CERTIFICATE	"Incorrect validation certificate for tls-alpn-01 " \
			"challenge. Requested %1 from %2. Received " \
			"certificate %3"
#define CA_EXTENSION	"with unexpected extensions: \""
#define CA_ABSENT	" is not present\""
#define CA_IDENTIFIER	"with unexpected identifiers: \""
#define CA_OTHER	CA_IDENTIFIER "identifier does not match expected " \
			"identifier\""

#define ROUTE		"make the proxy route acme-tls/1 to alpnd: nginx by " \
			"ssl_preread, HAProxy by req.ssl_alpn (SETTING UP in " \
			"alpnd(8))\n" \
			"check that the route leads to the port on which " \
			"alpnd listens (ss -ltn), and that the proxy was " \
			"reloaded and its error log has no failed bind\n" \
			"check that this address is the proxy's"
#define NO_HEADER	"{3:\ntry without -x: the server may want no PROXY " \
			"header}"
#define DNS_RECORD	"check the records of the host; the CA asks the " \
			"servers of the domain, and you may see an older " \
			"answer"
#define RESOLVER	"check the resolver of this machine, or give an " \
			"address instead of the host"
#define SERVER_LOG	"check the log of the server"

#define AS_ROOT		"run alpnd-check as root"
#define ELSEWHERE	"check that this is the directory that the ACME " \
			"client writes to"
#define CHGRP		"!{3:chgrp %q3 %q1 && }chmod "
#define RENEW		"renew the pair with the ACME client"
#define REMOVE		"!remove both files of the pair, and run the ACME " \
			"client again"
#define WEB		"!" RENEW "; move it elsewhere, if it is a web " \
			"server's certificate"
#define NAMED		"%1/%2.crt.pem: "
#define NOT_FOUND	NAMED "alpnd never finds this file: alpnd looks for " \
			"the name %3"
#define MISNAMED	NAMED "misnamed by dehydrated, which expands \"::\" " \
			"at the start or end of %4 incorrectly; a CA asks " \
			"for %3.  A deploy_challenge hook can rename the " \
			"files each time"
#define RENAME		"!mv -n %q1/%q2.crt.pem %q1/%q3.crt.pem && " \
			"mv -n %q1/%q2.key.pem %q1/%q3.key.pem"
#define REMOVE_OLD	"!rm -f %q1/%q2.crt.pem %q1/%q2.key.pem"
#define KEEP_ONE	"!remove the files of %2 and, if they are old, those " \
			"of %3; then " RENEW
#define SAN		"%1: its subjectAltName is %2"

#ifdef __OpenBSD__
#define USERADD		"useradd -d /var/empty -s /sbin/nologin %1"
#define LET_THROUGH	"chmod %5+x %q1"
#else
#define USERADD		"useradd --system --shell /usr/sbin/nologin %1"
#define LET_THROUGH	"setfacl -m u:%q2:x %q1"
#endif

/*
 * The details that add() of diagnose.c gives; other callers give others:
 *	%1	the address of the server and a colon
 *	%2	a text: an error of the system or of libtls, what the server
 *		sent, the subject of its certificate, or a directory
 *	%3	not empty if a PROXY header was sent
 *	%4	the words of the CA, if they vary
 * In findings of a certificate, %1 is its file or "the certificate".
 */
static const struct finding_words table[FINDING_N] = {
	[FINDING_NOT_ALL] = { "not-all", E, NULL,
	    "only %1 of %2 connections were good",
	    "copy the pair to each host that answers at this address" },
	[FINDING_DIGESTS_DIFFER] = { "digests-differ", E, NULL,
	    "the certificates %1 are different: the CA accepts one of them at "
	    "most", "find the host that has an old pair; all hosts that answer "
	    "must have the same directory" },
	[FINDING_NXDOMAIN] = { "no-address", E,
	    "DNS problem: NXDOMAIN looking up %1 for %2 - check that a DNS "
	    "record exists for this domain", "there is no such host",
	    DNS_RECORD },
	[FINDING_NO_ADDRESS] = { "no-address", E,
	    "no valid %1 records found for %2",
	    "the host has no address of this kind", DNS_RECORD },
	[FINDING_DNS_FAILED] = { "dns-failed", E,
	    "DNS problem: SERVFAIL looking up %1 for %2 - the domain's "
	    "nameservers may be malfunctioning",
	    "the resolver of this machine failed", RESOLVER },
	[FINDING_DNS_TIMEOUT] = { "dns-timeout", E,
	    "DNS problem: query timed out looking up %1 for %2",
	    "the resolver of this machine did not answer in time", RESOLVER },
	[FINDING_LOCAL_RESOLVER] = { "local-error", E, NULL,
	    "this machine could not look up %1: %2", RESOLVER },
	[FINDING_REFUSED] = { "refused", E, "%1Connection refused",
	    "nothing listens on this port of this address",
	    "start alpnd.socket, or the proxy; check with ss -ltn that it "
	    "listens on this address, IPv6 as well as IPv4\n"
	    "check the port: alpnd.socket listens on 10443 unless it was "
	    "changed; 443 must be forwarded to 10443, or a front proxy must "
	    "listen on 443\n"
	    "check that the DNS has the address of this server, and that the "
	    "router forwards the port to the server" },
	[FINDING_CONNECT_TIMEOUT] = { "connect-timeout", E,
	    "%1Timeout during connect (likely firewall problem)",
	    "no packet came back: a firewall drops the packets, or this is not "
	    "the address of the server",
	    "let TCP to this port through, from anywhere, for IPv6 as well\n"
	    "check the address in the DNS" },
	[FINDING_NO_ROUTE] = { "no-route", E, "%1Network unreachable",
	    "this machine has no route to the address: %2",
	    "run alpnd-check with -4, if this machine has no IPv6, or on "
	    "another machine\n"
	    "repair the route, or the record in the DNS, if other machines "
	    "have no route either" },
	[FINDING_CONNECT_FAILED] = { "connect-failed", E, "%1" CA_DATA,
	    "no connection: %2", "check the address and the port, and whether "
	    "a firewall on the way rejects the connection" },
	[FINDING_CLOSED] = { "closed", E, "%1%4",
	    "the server closed the connection and sent nothing",
	    "run journalctl -n 20 -t alpnd on that host; if a line has "
	    "reason=proxy, compare the proxy with alpnd: with -p require the "
	    "proxy must send a PROXY header, with -p off none\n"
	    "check that alpnd starts: journalctl -n 20 -u 'alpnd*'\n"
	    "check that the proxy's backend for acme-tls/1 is the port on "
	    "which alpnd listens (ss -ltn), if neither journalctl command "
	    "shows a line of this time\n"
	    "try -x v2: if alpnd then answers, it runs with -p require\n"
	    "try a smaller -n, as alpnd may be busy" },
	[FINDING_CLOSED_PROXY] = { "closed-after-proxy", E, "%1%4",
	    "the server closed the connection after the PROXY header and "
	    "ClientHello, and sent nothing",
	    "try without -x; if alpnd then answers, it runs with -p off: make "
	    "the proxy send no PROXY header" },
	[FINDING_HUNG_UP] = { "hung-up", E, "%1%4",
	    "the connection was closed during the handshake",
	    "check the logs of the server and of the proxy in front of it; one "
	    "of them may have crashed or reached a limit" NO_HEADER },
	[FINDING_SILENT] = { "silent", E, "%1" CA_SLOW,
	    "the server accepts connections and says nothing",
	    "check the backend of the proxy, which may not answer\n"
	    "try -x v2: the server may wait for a PROXY header\n"
	    "check the load of the host: all slots may be in use" NO_HEADER },
	[FINDING_STALLED] = { "stalled", E, "%1" CA_SLOW,
	    "the handshake began and did not end in time",
	    "check the load of the host\n"
	    "check whether large packets are lost on the way (path MTU)"
	    NO_HEADER },
	[FINDING_HTTP] = { "plain-http", E, "%1%4",
	    "a web server without TLS is on this port",
	    "check the port: it must lead to alpnd, or to a proxy that routes "
	    "by ALPN" NO_HEADER },
	[FINDING_NOT_TLS] = { "not-tls", E, "%1" CA_DATA,
	    "the server does not speak TLS: %2", "check the port" NO_HEADER },
	[FINDING_UNKNOWN_NAME] = { "unknown-name", E,
	    "%1remote error: tls: unrecognized name",
	    "alpnd, or another server, has no pair for this name"
	    "{2:, and %2 has none}",
	    "do nothing if no order is in progress: the ACME client writes the "
	    "pair just before the CA connects and removes it afterwards "
	    "(alpnd-pair -c makes one to try)\n"
	    "compare dehydrated's --alpn or ALPNCERTDIR with alpnd's -d" },
	[FINDING_WRONG_DIRECTORY] = { "wrong-directory", E,
	    "%1remote error: tls: unrecognized name",
	    "the server has no pair for this name, and there is one in %2",
	    "check whether alpnd reads another directory (systemctl cat "
	    "alpnd@.service alpnd.service), and correct -d\n"
	    "look for another host that answers at this address" },
	[FINDING_NO_ACME_TLS] = { "no-acme-tls", E,
	    "%1remote error: tls: no application protocol",
	    "the server refused acme-tls/1: it is an ordinary web server, or a "
	    "lighttpd that has no pair for this name", ROUTE },
	[FINDING_SERVER_ERROR] = { "server-error", E,
	    "%1remote error: tls: internal error",
	    "an error of the server; the log of alpnd names the file",
	    "run journalctl -t alpnd -p err on that host, and "
	    "alpnd-check without -c" },
	[FINDING_HANDSHAKE_FAILURE] = { "handshake-failure", E,
	    "%1remote error: tls: handshake failure",
	    "no cipher or signature in common, or the server has no "
	    "certificate for this name",
	    "use a P-256 or RSA-2048 key; every CA accepts these" },
	[FINDING_OLD_TLS] = { "old-tls", E, "%1%4",
	    "the server speaks neither TLS 1.2 nor 1.3, so it is not alpnd",
	    ROUTE NO_HEADER },
	[FINDING_ILLEGAL_PARAMETER] = { "illegal-parameter", E,
	    "%1remote error: tls: illegal parameter",
	    "the server rejected the ClientHello",
	    "build alpnd with LibreTLS if the name has an underscore: LibreSSL "
	    "rejects such a name (CAVEATS in alpnd(8))" },
	[FINDING_ALERT] = { "alert", E, "%1%4",
	    "the server refused the handshake", SERVER_LOG NO_HEADER },
	[FINDING_TLS_FAILED] = { "tls-failed", E, "%1" CA_DATA,
	    "the handshake failed: %2", SERVER_LOG NO_HEADER },
	[FINDING_TLS_FAILED_AT_CA] = { "tls-failed", E, "%1" CA_DATA,
	    "a CA ends the handshake, because it cannot use the certificate",
	    "run alpnd-check without -c on that host" },
	[FINDING_WEB_SERVER] = { "web-server", E,
	    "Cannot negotiate ALPN protocol \"acme-tls/1\" for tls-alpn-01 "
	    "challenge",
	    "an ordinary web server answered, with its certificate of %2",
	    ROUTE },
	[FINDING_FALLBACK] = { "fallback", E, CA_CERTIFICATE,
	    "the server negotiated acme-tls/1, and sent a certificate that is "
	    "not for a validation",
	    "remove acme-tls/1 from the front proxy's own list of protocols "
	    "(HAProxy's \"alpn\" at a bind with \"ssl\", nginx's "
	    "\"ssl_alpn\"), and make the front proxy pass acme-tls/1 to alpnd "
	    "without ending TLS (SETTING UP in alpnd(8))\n"
	    "check that the server reads the directory that the ACME client "
	    "writes to, and that an order is in progress\n"
	    "run alpnd-check without -c on that host, to find a web "
	    "certificate among alpnd's pairs" },
	[FINDING_OTHER_NAME] = { "other-name", E, CA_CERTIFICATE,
	    "the server answered with the pair of another name",
	    "remove -f from alpnd's flags\n"
	    "check which server answers: without -f, alpnd never answers with "
	    "the pair of another name" },
	[FINDING_BAD_CERTIFICATE] = { "bad-certificate", E, CA_CERTIFICATE,
	    "the certificate is not as RFC 8737 wants it",
	    "run alpnd-check without -c on that host" },
	[FINDING_OTHER_CERTIFICATE] = { "other-certificate", E,
	    "Received certificate with acmeValidationV1 extension value %3 "
	    "but expected %4.",
	    "the server answers with another certificate than "
	    "%1/%2.crt.pem",
	    "look for an old alpnd with another directory, or for another "
	    "host behind the front proxy" },
	[FINDING_LOCAL] = { "local-error", E, NULL,
	    "this machine could not finish the test: %2",
	    "try again with a smaller -n" },
	[FINDING_SAME_DIGEST] = { "same-digest", W, NULL,
	    "another certificate than %1/%2.crt.pem, with the same "
	    "acmeIdentifier",
	    "do nothing: the CA accepts it; it probably comes from another "
	    "host behind the front proxy" },
	[FINDING_NOT_ON_DISK] = { "not-on-disk", W, NULL,
	    "%1 has no pair for this name",
	    "look for the directory that the server reads, here or on another "
	    "host" },
	[FINDING_NOT_COMPARED] = { "not-compared", W, NULL,
	    "%1", "run alpnd-check without -c" },
	[FINDING_NOT_COMPARED_WRONG] = { "not-compared", W, NULL,
	    NAMED "not as a CA wants it", "run alpnd-check without -c" },
	[FINDING_ADDRESSES_DIFFER] = { "addresses-differ", W, NULL,
	    "another address of the host, %1, answers as it should",
	    "repair the server at the address of this row, or correct the "
	    "record in the DNS: a CA tries IPv6 first, and may try any "
	    "address" },

	/* 1 the address, 2 the host, 3 the name */
	[FINDING_PROXY_HEADER] = { "proxy-header", N, NULL,
	    "a PROXY header was sent first, which no CA does: this shows only "
	    "what is behind the proxy",
	    "run alpnd-check again without -x, on the port of the front proxy "
	    "(usually 443)" },
	[FINDING_PROXY_HEADER_443] = { "front-proxy-header", W, NULL,
	    "a PROXY header was sent first, which no CA does; a CA asks port "
	    "443",
	    "run again without -x; if the server does not answer, make it "
	    "accept connections without a PROXY header on this port" },
	[FINDING_HERE] = { "here", N, NULL,
	    "%1 is an address of this machine, so this does not show what a "
	    "CA sees: a firewall, a router or the DNS may keep a CA out",
	    "run alpnd-check -c %2 %3 on another machine" },
	[FINDING_HOSTS_FILE] = { "hosts-file", N, NULL,
	    "/etc/hosts of this machine has %2; a CA asks the DNS, and may get "
	    "another address",
	    "run alpnd-check -c %2 %3 on another machine" },

	/*
	 * 1 the path, 2 to 5 as user_add() sets them.  main.c, directory.c and
	 * add_missing() of user.c set other details.
	 */
	[FINDING_NO_USER] = { "no-user", W, NULL,
	    "there is no user %1: the files are judged for you, the user who "
	    "runs alpnd-check", USERADD "\n"
	    "run alpnd-check with -u and the user that alpnd runs as" },
	[FINDING_SOCKET_OTHER] = { "socket-other", N, NULL,
	    "alpnd.socket is %1, and something else may listen on %2",
	    "if systemd should start alpnd here, free the port and run "
	    "systemctl enable --now alpnd.socket" },
	[FINDING_SOCKET_INACTIVE] = { "socket-inactive", W, NULL,
	    "alpnd.socket is %1: alpnd does not answer on %2",
	    "systemctl enable --now alpnd.socket" },
	[FINDING_SOCKET_FAILED] = { "socket-failed", W, NULL,
	    "alpnd.socket has failed: alpnd does not answer on %2",
	    "correct what journalctl -n 20 -u 'alpnd*' shows, such as a "
	    "second ExecStart= without an empty one before it, or a port that "
	    "another program uses (ss -ltnp); then run systemctl restart "
	    "alpnd.socket" },
	[FINDING_SOCKET_CHANGED] = { "socket-changed", W, NULL,
	    "alpnd.socket was changed and not restarted: nothing listens on "
	    "%2", "systemctl restart alpnd.socket" },
	[FINDING_OTHER_DIRECTORY] = { "other-directory", N, NULL,
	    "%2 exists, too: by default dehydrated writes there",
	    "check that dehydrated's --alpn or ALPNCERTDIR names %1" },
	[FINDING_DIRECTORY_MISSING] = { "directory-missing", E, NULL,
	    "%1: no such directory",
	    "!install -d -o root -g %q3 -m 2750 %q2" },
	[FINDING_NOT_A_DIRECTORY] = { "not-a-directory", E, NULL,
	    "%1: not a directory", ELSEWHERE },
	[FINDING_DIRECTORY_DENIED] = { "directory-unreadable", E, NULL,
	    "%1: %2", AS_ROOT },
	[FINDING_DIRECTORY_ERROR] = { "directory-unreadable", E, NULL,
	    "%1: %2", ELSEWHERE },
	[FINDING_DIRECTORY_UNSEARCHABLE] = { "directory-unreadable", E, NULL,
	    "%1: user %2 cannot search it: %4",
	    "!move the directory of the pairs elsewhere, or let user %2 "
	    "through: "
	    LET_THROUGH },
	[FINDING_DIRECTORY_UNREADABLE] = { "directory-unreadable", E, NULL,
	    "%1: user %2 cannot read it: %4", CHGRP "2750 %q1" },
	[FINDING_DIRECTORY_NOT_LOOKED_AT] = { "not-looked-at", E, NULL,
	    "%1: %2", AS_ROOT },
	[FINDING_DIRECTORY_WRITABLE] = { "directory-writable", W, NULL,
	    "%1: users other than root can put pairs there: %4",
	    CHGRP "2750 %q1" },
	[FINDING_DIRECTORY_GROUP] = { "directory-group", W, NULL,
	    "%1: user %2 cannot read files that root makes there: %4",
	    CHGRP "2750 %q1" },
	[FINDING_NO_PAIRS] = { "no-pairs", W, NULL,
	    "%1: no pairs, but other files",
	    ELSEWHERE " (dehydrated --alpn), and that no other program writes "
	    "there" },
	[FINDING_STRAYS] = { "stray", W, NULL,
	    "%1: files that belong to no pair: %2", ELSEWHERE },
	[FINDING_STRAY] = { "stray", W, NULL,
	    "%1/%2: neither .crt.pem nor .key.pem; alpnd never reads it",
	    "!move it elsewhere: keep the files of a web server in another "
	    "directory" },
	[FINDING_LEFT_OVER] = { "left-over", W, NULL,
	    "%1/%2: left by an alpnd-pair that was killed", "!rm -r %q1/%q2" },

	/* 1 the directory, 2 the name, 3 the right name, 4 its address */
	[FINDING_BAD_NAME] = { "bad-name", E, NULL,
	    NAMED "not a name that a CA can ask for",
	    "!{3:rename the files to %3, the name that a CA asks for}"
	    "{4:take another name, with letters, digits, '-', '_' and '.' "
	    "only, or a whole IP address in reverse order, as in "
	    "1.0.0.127.in-addr.arpa}" },
	[FINDING_WILDCARD] = { "bad-name", E, NULL,
	    NAMED "not a name that a CA can ask for",
	    "use dns-01; tls-alpn-01 validates no wildcards" },
	[FINDING_NOT_REVERSE] = { "bad-name", E, NULL,
	    NAMED "not the reverse name of an IP address",
	    "!name the files by the whole address in reverse order, as "
	    "alpnd-pair(8) does" },
	[FINDING_NOT_CANONICAL] = { "name-not-canonical", E, NULL,
	    NOT_FOUND, RENAME },
	[FINDING_NOT_CANONICAL_OLD] = { "name-not-canonical", E, NULL,
	    NOT_FOUND, REMOVE_OLD },
	[FINDING_NOT_CANONICAL_TAKEN] = { "name-not-canonical", E, NULL,
	    NOT_FOUND, KEEP_ONE },
	[FINDING_DEHYDRATED_REVERSE] = { "dehydrated-reverse-name", E, NULL,
	    MISNAMED, RENAME },
	[FINDING_DEHYDRATED_REVERSE_OLD] = { "dehydrated-reverse-name", E,
	    NULL, MISNAMED, REMOVE_OLD },
	[FINDING_DEHYDRATED_REVERSE_TAKEN] = { "dehydrated-reverse-name", E,
	    NULL, MISNAMED, KEEP_ONE },
	[FINDING_NO_PAIR] = { "no-pair", E, NULL, "%1/%2: no pair",
	    "do nothing if no order is in progress: the ACME client removes "
	    "the pair when the CA has answered; during an order, check that "
	    "dehydrated --alpn and alpnd -d name the same directory" },

	/* 1 the file; 2 to 5 as user_add() sets them, or others of pair.c */
	[FINDING_FILE_DENIED] = { "file-unreadable", E, NULL,
	    "%1: %2", AS_ROOT },
	[FINDING_FILE_ERROR] = { "file-unreadable", E, NULL,
	    "%1: %2", "look at the disk and the kernel's log" },
	[FINDING_SYMLINK] = { "symlink", E, NULL,
	    "%1: a symbolic link, which alpnd does not follow",
	    "!let the ACME client write the file itself there, not a link to "
	    "it" },
	[FINDING_SYMLINK_DANGLING] = { "symlink", E, NULL,
	    "%1: a symbolic link that leads nowhere", "!rm %q1" },
	[FINDING_NOT_REGULAR] = { "not-regular", E, NULL,
	    "%1: not a regular file", REMOVE },
	[FINDING_EMPTY] = { "empty", E, NULL, "%1: empty",
	    REMOVE "; the client was interrupted, or the disk was full" },
	[FINDING_TOO_LARGE] = { "too-large", E, NULL,
	    "%1: larger than 64 KiB, so it is not a file of a pair", REMOVE },
	[FINDING_FILE_UNREADABLE] = { "file-unreadable", E, NULL,
	    "%1: user %2 cannot read it: %4", CHGRP "640 %q1" },
	[FINDING_FILE_NOT_LOOKED_AT] = { "not-looked-at", E, NULL,
	    "%1: user %2 can read it, but you cannot", AS_ROOT },
	[FINDING_HALF_A_PAIR] = { "half-a-pair", E, NULL,
	    "%1: missing, while %2 is there",
	    RENEW ", which writes both files" },
	[FINDING_DEHYDRATED_LONG_NAME] = { "dehydrated-long-name", E, NULL,
	    "%1: missing, while the key is there: dehydrated 0.7.0 makes no "
	    "certificate for names of over 64 characters, because no CN can "
	    "be longer", "make the pair with alpnd-pair(8) from a hook, "
	    "or use another challenge" },
	[FINDING_FILE_BAD] = { "file-unreadable", E, NULL, "%1", "!%2" },
	[FINDING_KEY_EXPOSED] = { "key-world-readable", W, NULL,
	    "%1: its mode lets every user read it: %4", CHGRP "640 %q1" },

	[FINDING_KEY_MALFORMED] = { "key-malformed", E, NULL,
	    "%1: no private key that can be read",
	    REMOVE },
	[FINDING_KEY_MISMATCH] = { "key-mismatch", E, NULL,
	    "%1: not the key of %2",
	    RENEW ", and run only one ACME client at a time" },
	[FINDING_KEY_UNLOADABLE] = { "key-unloadable", E, NULL,
	    "%1: the libtls that alpnd is built with has no Ed25519: %2",
	    RENEW ", with a key of P-256" },
	[FINDING_CERTIFICATE_MALFORMED] = { "certificate-malformed", E, NULL,
	    "%1: no certificate that can be read", REMOVE },
	[FINDING_CHAIN] = { "chain", E, NULL,
	    "%1: %2 certificates; there must be one, without a chain", RENEW },
	[FINDING_CA_CANNOT_READ] = { "certificate-refused", E, NULL,
	    "%1: Let's Encrypt cannot read it: malformed or forbidden %2",
	    RENEW },
	[FINDING_KEY_UNKNOWN] = { "key-unknown", E, NULL,
	    "%1: a key that Let's Encrypt cannot use; RSA (not RSA-PSS), "
	    "ECDSA and Ed25519 are known", RENEW },
	[FINDING_ISSUED] = { "not-self-signed", E, "which is not self-signed.",
	    "%1: not self-signed, but issued by %2", WEB },
	[FINDING_NOT_SELF_SIGNED] = { "not-self-signed", E,
	    "which is not self-signed.",
	    "%1: not self-signed: the signature is not by its own key",
	    RENEW },
	[FINDING_SIGNATURE_UNKNOWN] = { "signature-unknown", E,
	    "which is not self-signed.",
	    "%1: signed in a way that Let's Encrypt cannot verify: %2",
	    RENEW ", with SHA-256" },
	[FINDING_VERSION] = { "certificate-version", E,
	    CA_EXTENSION "Required extension OID 1.3.6.1.5.5.7.1.31" CA_ABSENT,
	    "%1: its X.509 version is %2, so a CA ignores its extensions; the "
	    "version must be 3", RENEW },
	[FINDING_EXTENSION_TWICE] = { "extension-twice", E,
	    CA_EXTENSION "Extension OID ... seen twice\"",
	    "%1: it has extension %2 twice", RENEW },
	[FINDING_SAN_MISSING] = { "san-missing", E,
	    CA_EXTENSION "Required extension OID 2.5.29.17" CA_ABSENT,
	    "%1: no subjectAltName", RENEW },
	[FINDING_SAN_MALFORMED] = { "san-missing", E,
	    CA_IDENTIFIER "SAN extension does not match expected bytes\"",
	    "%1: its subjectAltName is malformed", RENEW },
	[FINDING_ACME_MISSING] = { "acme-missing", E,
	    CA_EXTENSION "Required extension OID 1.3.6.1.5.5.7.1.31" CA_ABSENT,
	    "%1: no acmeIdentifier in it", WEB },
	[FINDING_SAN_SEVERAL] = { "san-several", E,
	    CA_IDENTIFIER "wrong number of identifiers\"",
	    "%1: %2 names in its subjectAltName; must be one", WEB },
	[FINDING_SAN_DIFFERS] = { "san-differs", E, CA_OTHER,
	    SAN ", not %3", RENEW },
	[FINDING_SAN_NAME_FOR_IP] = { "san-differs", E, CA_OTHER,
	    SAN ", not %3", RENEW "; dehydrated 0.7.0 cannot validate IP "
	    "addresses, alpnd-pair(8) makes such pairs" },
	[FINDING_SAN_CAPITALS] = { "san-capitals", E,
	    CA_IDENTIFIER "SAN extension does not match expected bytes\"",
	    SAN "; Let's Encrypt accepts lower case only", RENEW },
	[FINDING_ACME_NOT_CRITICAL] = { "acme-not-critical", E,
	    "with acmeValidationV1 extension that is not Critical.",
	    "%1: its acmeIdentifier is not critical", RENEW },
	[FINDING_ACME_MALFORMED] = { "acme-malformed", E,
	    "with malformed acmeValidationV1 extension value.",
	    "%1: its acmeIdentifier is not an OCTET STRING of 32 bytes",
	    RENEW },
	[FINDING_RSA_SMALL] = { "rsa-small", E, NULL,
	    "%1: an RSA key of %2 bits, under 2048", RENEW },
	[FINDING_CURVE_UNUSABLE] = { "curve-unusable", E, NULL,
	    "%1: a key on a curve that TLS 1.3 does not have; use P-256, P-384 "
	    "or P-521", RENEW },
	[FINDING_EXPIRED] = { "expired", W, NULL, "%1: expired",
	    "!remove both files if they are left over from an old validation; "
	    "otherwise " RENEW },
	[FINDING_NOT_YET_VALID] = { "not-yet-valid", W, NULL,
	    "%1: not valid yet", "check the clock of this machine" },
	[FINDING_OLD] = { "old", W, NULL,
	    "%1: %2 old: left over from an earlier validation",
	    "!remove both files of the pair, unless an order for this name is "
	    "in progress" },
};

const struct finding_words *
finding_words(enum finding id)
{
	return (&table[id]);
}

void
findings_clear(struct findings *f)
{
	memset(f, 0, offsetof(struct findings, text));
}

void
findings_add_list(struct findings *f, enum finding id,
    const char *const details[])
{
	size_t size;

	if (f->has[id])
		return;
	f->has[id] = 1;
	f->at[id] = (uint16_t)f->used;
	for (int n = 0; n < FINDING_DETAILS_MAX && details[n] != NULL; n++) {
		if ((size = strlen(details[n]) + 1) > sizeof(f->text) - f->used)
			break;
		memcpy(f->text + f->used, details[n], size);
		f->used += size;
		f->n_details[id]++;
	}
}

const char *
findings_detail(const struct findings *f, enum finding id, int n)
{
	const char *s = f->text + f->at[id];

	if (n > f->n_details[id])
		return (NULL);
	for (; n > 1; n--)
		s += strlen(s) + 1;
	return (s);
}

void
findings_merge(struct findings *f, const struct findings *one)
{
	const char *details[FINDING_DETAILS_MAX];

	for (enum finding id = 0; id < FINDING_N; id++) {
		if (!one->has[id])
			continue;
		for (int n = 0; n < FINDING_DETAILS_MAX; n++)
			details[n] = findings_detail(one, id, n + 1);
		findings_add_list(f, id, details);
		f->times[id]++;
	}
}

enum severity
findings_worst(const struct findings *f)
{
	enum severity worst = SEVERITY_OK;

	for (enum finding id = 0; id < FINDING_N; id++)
		if (f->has[id] && table[id].severity > worst)
			worst = table[id].severity;
	return (worst);
}
