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
 * finding: all that alpnd-check can find wrong, and the set of what it has
 * found about one thing.  A finding is a number; its words are in one table.
 */
#ifndef FINDING_H
#define FINDING_H

#include <stddef.h>
#include <stdint.h>

#define FINDING_DETAILS_MAX	5	/* of one finding */
#define FINDINGS_TEXT_SIZE	16384	/* bytes, details of all findings */

/* The text of boulder for all errors without a text of their own. */
#define CA_DATA			"Error getting validation data"

enum severity { SEVERITY_OK, SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

/*
 * Errors are shown first, then warnings, then notes; those of one severity in
 * this order.  Findings that differ only in their words have the same code.
 */
enum finding {
	FINDING_NONE,

	/* what a CA meets at a server */
	FINDING_NOT_ALL, FINDING_DIGESTS_DIFFER, FINDING_NXDOMAIN,
	FINDING_NO_ADDRESS, FINDING_DNS_FAILED, FINDING_DNS_TIMEOUT,
	FINDING_LOCAL_RESOLVER, FINDING_REFUSED, FINDING_CONNECT_TIMEOUT,
	FINDING_NO_ROUTE, FINDING_CONNECT_FAILED, FINDING_CLOSED,
	FINDING_CLOSED_PROXY, FINDING_HUNG_UP, FINDING_SILENT, FINDING_STALLED,
	FINDING_HTTP, FINDING_NOT_TLS, FINDING_UNKNOWN_NAME,
	FINDING_WRONG_DIRECTORY, FINDING_NO_ACME_TLS, FINDING_SERVER_ERROR,
	FINDING_HANDSHAKE_FAILURE, FINDING_OLD_TLS, FINDING_ILLEGAL_PARAMETER,
	FINDING_ALERT, FINDING_TLS_FAILED, FINDING_TLS_FAILED_AT_CA,
	FINDING_WEB_SERVER, FINDING_FALLBACK, FINDING_OTHER_NAME,
	FINDING_BAD_CERTIFICATE, FINDING_OTHER_CERTIFICATE, FINDING_LOCAL,
	FINDING_SAME_DIGEST, FINDING_NOT_ON_DISK,
	FINDING_NOT_COMPARED, FINDING_NOT_COMPARED_WRONG,
	FINDING_ADDRESSES_DIFFER, FINDING_PROXY_HEADER,
	FINDING_PROXY_HEADER_443, FINDING_HERE, FINDING_HOSTS_FILE,

	/* the user and the directory */
	FINDING_NO_USER, FINDING_SOCKET_INACTIVE, FINDING_SOCKET_OTHER,
	FINDING_SOCKET_FAILED,
	FINDING_SOCKET_CHANGED, FINDING_OTHER_DIRECTORY,
	FINDING_DIRECTORY_MISSING, FINDING_NOT_A_DIRECTORY,
	FINDING_DIRECTORY_DENIED, FINDING_DIRECTORY_ERROR,
	FINDING_DIRECTORY_UNSEARCHABLE, FINDING_DIRECTORY_UNREADABLE,
	FINDING_DIRECTORY_NOT_LOOKED_AT, FINDING_DIRECTORY_WRITABLE,
	FINDING_DIRECTORY_GROUP, FINDING_NO_PAIRS, FINDING_STRAYS,
	FINDING_STRAY, FINDING_LEFT_OVER,

	/*
	 * The names and files of a pair.  Keep X, X_OLD and X_TAKEN together,
	 * in this order: add_misnamed() of pair.c counts on it.
	 */
	FINDING_BAD_NAME, FINDING_WILDCARD, FINDING_NOT_REVERSE,
	FINDING_NOT_CANONICAL, FINDING_NOT_CANONICAL_OLD,
	FINDING_NOT_CANONICAL_TAKEN, FINDING_DEHYDRATED_REVERSE,
	FINDING_DEHYDRATED_REVERSE_OLD, FINDING_DEHYDRATED_REVERSE_TAKEN,
	FINDING_NO_PAIR, FINDING_FILE_DENIED, FINDING_FILE_ERROR,
	FINDING_SYMLINK, FINDING_SYMLINK_DANGLING, FINDING_NOT_REGULAR,
	FINDING_EMPTY, FINDING_TOO_LARGE, FINDING_FILE_UNREADABLE,
	FINDING_FILE_NOT_LOOKED_AT, FINDING_HALF_A_PAIR,
	FINDING_DEHYDRATED_LONG_NAME, FINDING_FILE_BAD, FINDING_KEY_EXPOSED,

	/*
	 * What is in them.  FINDING_ISSUED to FINDING_ACME_MALFORMED are what
	 * boulder looks for, in its order.
	 */
	FINDING_KEY_MALFORMED, FINDING_KEY_MISMATCH, FINDING_KEY_UNLOADABLE,
	FINDING_CERTIFICATE_MALFORMED, FINDING_CHAIN, FINDING_CA_CANNOT_READ,
	FINDING_KEY_UNKNOWN, FINDING_ISSUED, FINDING_SIGNATURE_UNKNOWN,
	FINDING_NOT_SELF_SIGNED, FINDING_VERSION, FINDING_EXTENSION_TWICE,
	FINDING_SAN_MISSING, FINDING_SAN_MALFORMED, FINDING_ACME_MISSING,
	FINDING_SAN_SEVERAL, FINDING_SAN_DIFFERS, FINDING_SAN_NAME_FOR_IP,
	FINDING_SAN_CAPITALS, FINDING_ACME_NOT_CRITICAL, FINDING_ACME_MALFORMED,
	FINDING_RSA_SMALL, FINDING_CURVE_UNUSABLE, FINDING_EXPIRED,
	FINDING_NOT_YET_VALID, FINDING_OLD, FINDING_N
};

/*
 * Is id in the first group of enum finding?  For such a finding, ca is the
 * whole sentence of the CA.  For a fault of a certificate, ca is only the last
 * words of CA_CERTIFICATE (finding.c); diagnose.c puts these words there as %3.
 */
#define FINDING_IS_OF_SERVER(id)	((id) < FINDING_NO_USER)

/*
 * The words of a finding.  "%1" to "%5" stand for its details, "%q1" for one
 * that is quoted for sh(1), and "{1:text}" for text, unless detail 1 is empty.
 */
struct finding_words {
	const char	*code;		/* for programs: "key-mismatch" */
	enum severity	 severity;
	const char	*ca;		/* what Let's Encrypt says, or NULL */
	const char	*cause;
	const char	*remedy;	/* one a line, the likeliest first; if
					   it begins with "!", all of them
					   change files */
};

/* What was found about one pair, address, or directory: a set. */
struct findings {
	uint8_t		 has[FINDING_N];	/* 1: is in the set */
	uint8_t		 times[FINDING_N];	/* connections that had it */
	uint8_t		 n_details[FINDING_N];
	uint16_t	 at[FINDING_N];		/* offset of details in text */
	size_t		 used;			/* bytes of text */
	char		 text[FINDINGS_TEXT_SIZE];
};

/* The words of id, which is neither FINDING_NONE nor FINDING_N. */
const struct finding_words *finding_words(enum finding id);

/* Make the set empty. */
void	findings_clear(struct findings *f);

/*
 * Add id with its details, up to FINDING_DETAILS_MAX strings; NULL: none.  Does
 * nothing if id is there.  If a detail does not fit, id is added without this
 * and all later details.
 */
#define findings_add(f, id, ...) \
	findings_add_list(f, id, (const char *const []){ __VA_ARGS__, NULL })
void	findings_add_list(struct findings *f, enum finding id,
	    const char *const details[]);

/*
 * Add each finding in *one to *f.  f->times counts the sets that had the
 * finding.
 */
void	findings_merge(struct findings *f, const struct findings *one);

/* Detail n of id, 1 to FINDING_DETAILS_MAX; NULL: there is no such detail. */
const char *findings_detail(const struct findings *f, enum finding id, int n);

/* The worst severity in the set; SEVERITY_OK: it is empty. */
enum severity findings_worst(const struct findings *f);

#endif
