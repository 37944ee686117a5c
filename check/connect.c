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

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "clock.h"
#include "connect.h"
#include "diagnose.h"
#include "pair.h"
#include "resolve.h"

#define PROGRESS_MS	2000	/* shown after so much waiting */
#define JUDGE_MS	500	/* after the deadline, for all certificates */
#define PROBES_MAX	(ADDRESSES_MAX * CONNECT_AT_ONCE_MAX)

/* All connections to one address, and what they mean. */
struct target {
	const struct probe *probes;		/* at_once of them */
	const struct probe *shown;		/* the first good, or first */
	struct findings	 found;
	enum finding	 first;			/* of the first that failed */
	int		 good;			/* connections */
	uint8_t		 digest[ACME_DIGEST_SIZE];	/* of the first good */
};

/* What is known while one name is checked. */
struct name_check {
	const struct connect_options	*opt;
	struct question	 q;
	struct disk	 disk;
	long long	 deadline;		/* of now_ms */
	struct addresses addresses;
	int		 in_hosts;		/* /etc/hosts has the host */
	struct target	 targets[ADDRESSES_MAX];
	struct cert	 cert;			/* the last that was judged */
	const struct probe *judged;		/* the probe that has cert */
	struct row	 rows[ADDRESSES_MAX];
	size_t		 n_probes;		/* at_once an address */
	struct probe	 probes[PROBES_MAX];
	struct pollfd	 fds[PROBES_MAX];	/* of those that run */
	struct probe	*running[PROBES_MAX];	/* running[i] has fds[i] */
};

/* boulder's bdns/problem.go and bdns/dns.go */
static enum finding
finding_of_dns(int error)
{
	switch (error) {
	case EAI_NONAME:
		return (FINDING_NXDOMAIN);
	case 0:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return (FINDING_NO_ADDRESS);
	case EAI_AGAIN:
	case EAI_FAIL:
		return (FINDING_DNS_FAILED);
	default:
		return (FINDING_LOCAL_RESOLVER);
	}
}

static int
no_address(const struct name_check *s, enum finding id,
    const struct output *out)
{
	struct findings f;
	char name[NAME_SIZE];

	findings_clear(&f);
	if (id == FINDING_LOCAL_RESOLVER)
		findings_add(&f, id, s->opt->host,
		    gai_strerror(s->addresses.error));
	else
		findings_add(&f, id, s->opt->family == AF_INET6 ? "AAAA" : "A",
		    s->opt->host);
	output_set(out, identifier_text(s->q.id, name), &f);
	return (1);
}

/*
 * poll(2) fails with EINVAL if nfds exceeds RLIMIT_NOFILE, so pass only
 * running probes.
 */
static size_t
collect_running(struct name_check *s)
{
	size_t n = 0;

	for (struct probe *p = s->probes; p < s->probes + s->n_probes; p++)
		if (p->end == PROBE_RUNNING) {
			s->fds[n] = (struct pollfd){ p->fd, p->events, 0 };
			s->running[n++] = p;
		}
	return (n);
}

/* Run all probes to their end, which is the deadline at the latest. */
static void
run_probes(struct name_check *s)
{
	const int tty = isatty(STDERR_FILENO);
	const long long start = now_ms();
	long long left;
	size_t n;
	int r = 0, shown = 0;

	while ((n = collect_running(s)) > 0) {
		left = s->deadline - now_ms();
		if (left <= 0 || (r == -1 && errno != EINTR))
			break;
		/* the blank wipes the rest of a line with one more digit */
		if (tty && now_ms() - start >= PROGRESS_MS)
			shown = fprintf(stderr, "\r%zu without an answer, "
			    "%lld s left \b", n, (left + 999) / 1000);
		r = poll(s->fds, (nfds_t)n, (int)(tty && left > 1000 ? 1000 :
		    left));
		for (size_t i = 0; r > 0 && i < n &&
		    now_ms() < s->deadline; i++)
			if (s->fds[i].revents != 0)
				probe_step(s->running[i], now_ms());
	}
	for (size_t i = 0; i < s->n_probes; i++)
		probe_expire(&s->probes[i], now_ms());
	if (shown > 0)
		fprintf(stderr, "\r%40s\r", "");
}

/* Start all probes at the same moment. */
static void
start_probes(struct name_check *s)
{
	const size_t at_once = (size_t)s->opt->at_once;
	struct tls_config *config;

	if ((config = probe_config()) == NULL)
		errx(EXIT_FAILURE, "out of memory");
	s->n_probes = s->addresses.n * at_once;
	for (size_t i = 0; i < s->n_probes; i++)
		probe_start(&s->probes[i], &s->addresses.to[i / at_once],
		    s->opt->proxy, config, s->q.id->name, now_ms());
	tls_config_free(config);
}

/*
 * One connection of a target.  Returns what the CA says, see diagnose.  s->cert
 * keeps the certificate, because with -n most probes get the same one.
 */
static enum finding
judge_probe(struct name_check *s, const struct probe *p, struct findings *f)
{
	findings_clear(f);
	if (p->cert == NULL)
		return (diagnose(p, NULL, &s->q, f));
	if (now_ms() > s->deadline + JUDGE_MS) {
		findings_add(f, FINDING_LOCAL, "",
		    "no time was left to look at the certificate", "");
		return (FINDING_LOCAL);
	}
	if (s->judged == NULL || s->judged->cert_len != p->cert_len ||
	    memcmp(s->judged->cert, p->cert, p->cert_len) != 0) {
		cert_free(&s->cert);
		s->judged = p;
		if (cert_parse(p->cert, p->cert_len, &s->cert) == 0)
			cert_judge(&s->cert, s->q.id, "the certificate");
	}
	return (diagnose(p, s->cert.x509 == NULL ? NULL : &s->cert, &s->q, f));
}

static void
judge_target(struct name_check *s, const struct probe *probes, struct target *t)
{
	const int n = s->opt->at_once;
	struct findings one;
	char good[16], all[16];
	enum finding id;

	findings_clear(&t->found);
	t->probes = t->shown = probes;
	t->first = FINDING_NONE;
	t->good = 0;
	for (int i = 0; i < n; i++) {
		id = judge_probe(s, &probes[i], &one);
		findings_merge(&t->found, &one);
		if (t->first == FINDING_NONE)
			t->first = id;
		if (findings_worst(&one) == SEVERITY_ERROR)
			continue;
		/* judge_probe() has left the certificate in s->cert */
		if (t->good++ == 0) {
			t->shown = &probes[i];
			memcpy(t->digest, s->cert.digest, sizeof(t->digest));
		} else if (memcmp(t->digest, s->cert.digest,
		    sizeof(t->digest)) != 0)
			findings_add(&t->found, FINDING_DIGESTS_DIFFER,
			    "at this address");
	}
	snprintf(good, sizeof(good), "%d", t->good);
	snprintf(all, sizeof(all), "%d", n);
	if (t->good > 0 && t->good < n)
		findings_add(&t->found, FINDING_NOT_ALL, good, all);
}

/* IPv6 and IPv4 may well be two hosts, or two proxies. */
static void
compare_targets(struct name_check *s)
{
	const int at_once = s->opt->at_once;
	const struct target *good = NULL;
	char addr[ADDR_STRLEN];
	struct target *t;

	for (size_t i = 0; i < s->addresses.n && good == NULL; i++)
		if (s->targets[i].good == at_once)
			good = &s->targets[i];
	if (good == NULL)
		return;
	addr_format(&good->probes[0].to, addr);
	for (size_t i = 0; i < s->addresses.n; i++) {
		t = &s->targets[i];
		if (t->first == FINDING_NO_ROUTE)
			continue;	/* a fault of this machine */
		if (t->good < at_once)
			findings_add(&t->found, FINDING_ADDRESSES_DIFFER, addr);
		else if (memcmp(t->digest, good->digest,
		    sizeof(t->digest)) != 0)
			findings_add(&t->found, FINDING_DIGESTS_DIFFER,
			    "at all addresses");
	}
}

/*
 * Make the row of one address, and add notes on what a check from this machine
 * cannot see.
 */
static void
describe(struct name_check *s, struct target *t, struct row *r)
{
	const struct addr *to = &t->shown->to;
	const char *host = s->opt->host;
	long long fast = t->shown->ms;
	char many[64] = "", name[NAME_SIZE];

	output_begin(r, identifier_text(s->q.id, name), &t->found);
	r->all = s->rows;
	r->n_all = (int)s->addresses.n;
	r->connections = s->opt->at_once;
	for (int i = 0; i < r->connections; i++) {
		if (t->probes[i].ms > r->ms)
			r->ms = t->probes[i].ms;
		if (t->probes[i].ms < fast)
			fast = t->probes[i].ms;
	}
	r->port = to->port;
	inet_ntop(to->family, to->ip, r->address, sizeof(r->address));
	snprintf(r->tls, sizeof(r->tls), "%s", t->shown->version);
	if (s->in_hosts)
		findings_add(&t->found, FINDING_HOSTS_FILE, r->address, host,
		    name);
	if (t->good == 0)
		return;
	if (resolve_is_here(to))
		findings_add(&t->found, FINDING_HERE, r->address, host, name);
	if (s->opt->proxy != PROXY_HEADER_NONE)
		findings_add(&t->found, to->port == 443 ?
		    FINDING_PROXY_HEADER_443 : FINDING_PROXY_HEADER, NULL);
	cert_hex(t->digest, r->digest);
	if (r->connections > 1)
		snprintf(many, sizeof(many), "%d of %d, %lld to ", t->good,
		    r->connections, fast);
	snprintf(r->good, sizeof(r->good), "%s, %s%lld ms, digest %s%s",
	    r->tls, many, r->ms, r->digest, s->disk.directory != NULL &&
	    s->disk.state == PAIR_OK ? ", as on disk" : "");
}

/* Connect to all addresses, and print a row of each. */
static int
connect_all(struct name_check *s, const struct output *out)
{
	int rc = 0;

	start_probes(s);
	run_probes(s);
	for (size_t i = 0; i < s->addresses.n; i++)
		judge_target(s, &s->probes[i * (size_t)s->opt->at_once],
		    &s->targets[i]);
	compare_targets(s);
	for (size_t i = 0; i < s->addresses.n; i++)
		describe(s, &s->targets[i], &s->rows[i]);
	for (size_t i = 0; i < s->addresses.n; i++)
		rc |= output_row(out, &s->rows[i]) == SEVERITY_ERROR;
	return (rc);
}

/* Read and judge the pair of id, if there is a directory to compare with. */
static void
load_disk(struct disk *d, const char *directory, const struct identifier *id)
{
	struct certdir dir;
	struct pair pair;
	char path[WHY_SIZE];

	memset(d, 0, sizeof(*d));
	if ((d->directory = directory) == NULL)
		return;
	certdir_open(&dir, directory);
	d->state = pair_load(&dir, id->name, &pair, d->why);
	certdir_close(&dir);
	if (d->state == PAIR_BAD)
		pair_cut_advice(directory, d->why);
	snprintf(path, sizeof(path), "%s/%s" CRT_SUFFIX, directory, id->name);
	if (d->state == PAIR_OK &&
	    cert_parse(pair.cert, pair.cert_len, &d->cert) == -1) {
		d->state = PAIR_BAD;
		snprintf(d->why, sizeof(d->why),
		    "%.900s: no certificate that can be read", path);
	} else if (d->state == PAIR_OK)
		cert_judge(&d->cert, id, path);
	pair_free(&pair);
}

int
connect_check(const struct connect_options *opt, const struct identifier *id,
    const struct output *out)
{
	static struct name_check s;
	int rc;

	s.opt = opt;
	s.n_probes = 0;
	s.judged = NULL;
	s.deadline = now_ms() + opt->seconds * 1000LL;
	s.q.id = id;
	s.q.proxy = opt->proxy;
	s.q.disk = &s.disk;
	s.in_hosts = resolve_is_in_hosts(opt->host);
	load_disk(&s.disk, opt->directory, id);
	if (resolve(opt->host, opt->port, opt->family, s.deadline,
	    &s.addresses) == -1)
		rc = no_address(&s, FINDING_DNS_TIMEOUT, out);
	else if (s.addresses.n == 0)
		rc = no_address(&s, finding_of_dns(s.addresses.error), out);
	else
		rc = connect_all(&s, out);
	for (size_t i = 0; i < s.n_probes; i++)
		probe_free(&s.probes[i]);
	cert_free(&s.cert);
	cert_free(&s.disk.cert);
	return (rc);
}
