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
 * diagnose: what a CA would report of a probe, and why.  The words are those
 * of Let's Encrypt (boulder's va/va.go and va/tlsalpn.go).  Pure.
 */
#ifndef DIAGNOSE_H
#define DIAGNOSE_H

#include "cert.h"
#include "certdir.h"
#include "finding.h"
#include "identifier.h"
#include "probe.h"

/* The pair in a directory, to compare with what a server sends. */
struct disk {
	const char	*directory;	/* NULL: nothing to compare with */
	enum pair_result state;
	char		 why[WHY_SIZE];	/* PAIR_BAD: what is wrong */
	struct cert	 cert;		/* PAIR_OK: judged */
};

struct question {
	const struct identifier	*id;
	enum proxy_header	 proxy;
	const struct disk	*disk;
};

/*
 * Add to f what a probe that has ended means for the question.  cert: the
 * judged certificate of the probe, NULL if there is none that can be read.
 * Returns the finding that the CA would report, or FINDING_NONE: the CA would
 * accept.
 */
enum finding diagnose(const struct probe *p, const struct cert *cert,
	    const struct question *q, struct findings *f);

#endif
