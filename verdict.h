/*
 * verdict: what a CA would report of a probe, in the words of Let's Encrypt
 * (boulder's va/va.go and va/tlsalpn.go), why that may be, and what to do.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "cert.h"
#include "certdir.h"
#include "probe.h"
#include "row.h"

/* The pair that the directory has for the name. */
struct on_disk {
	const char	*directory;	/* NULL: none to compare with */
	enum pair_result state;
	int		 is_wrong;	/* PAIR_OK: but no CA would accept it */
	char		 why[WHY_SIZE];	/* PAIR_BAD, is_wrong: what is wrong */
	struct cert	 cert;		/* PAIR_OK */
};

struct question {
	const struct identifier	*id;
	enum connect_proxy	 proxy;
	struct on_disk		 disk;
};

/* Read the pair of q->id in directory, or nothing if that is NULL. */
void	on_disk_load(struct question *q, const char *directory);

/* Free it. */
void	on_disk_free(struct on_disk *d);

/* "example.org", or the address where it is one: as the CA calls it. */
const char *question_name(const struct question *q, char buf[NAME_SIZE]);

/*
 * Add to row what is wrong with a probe that has ended.  Without an error in
 * row the CA would have been content, and digest is what it was shown.
 */
void	verdict(const struct probe *p, const struct question *q,
	    struct row *row, uint8_t digest[ACME_DIGEST_SIZE]);

#endif
