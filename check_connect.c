#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "check_connect.h"
#include "probe.h"
#include "resolve.h"
#include "verdict.h"

#define ASK_DNS		"has the host such a record? The CA asks the servers " \
			"of the domain, you may see an older answer"
#define ASK_RESOLVER	"does this machine's resolver work? Else give an " \
			"address in place of the name"

/* All connections to one address, and what was found. */
struct target {
	struct probe	*probes;
	struct row	 row;
	int		 good;			/* how many of at_once */
	uint8_t		 digest[ACME_DIGEST_SIZE];	/* of the first good */
};

/* boulder's bdns/problem.go and bdns/dns.go */
static void
add_dns_fault(struct row *row, const char *host, const char *kind, int error)
{
	switch (error) {
	case EAI_NONAME:
		row_add(row, SEVERITY_ERROR, "no-address", ASK_DNS, "\"DNS "
		    "problem: NXDOMAIN looking up %s for %s - check that a "
		    "DNS record exists for this domain\"", kind, host);
		break;
	case 0:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		row_add(row, SEVERITY_ERROR, "no-address", ASK_DNS,
		    "\"no valid %s records found for %s\"", kind, host);
		break;
	case EAI_AGAIN:
	case EAI_FAIL:
		row_add(row, SEVERITY_ERROR, "dns-failed", ASK_RESOLVER,
		    "\"DNS problem: SERVFAIL looking up %s for %s - the "
		    "domain's nameservers may be malfunctioning\"", kind,
		    host);
		break;
	default:
		row_add(row, SEVERITY_ERROR, "local-error", ASK_RESOLVER,
		    "this machine could not look up %s: %s", host,
		    gai_strerror(error));
	}
}

static void
no_address(const struct connect_options *opt, const struct question *q,
    const struct addresses *a, int late, struct row *row)
{
	char subject[ROW_SUBJECT_SIZE], name[NAME_SIZE];
	const char *kind = opt->family == AF_INET6 ? "AAAA" : "A";

	(void)snprintf(subject, sizeof(subject), "%s %s",
	    question_name(q, name), opt->host);
	row_begin(row, subject);
	if (late)
		row_add(row, SEVERITY_ERROR, "dns-timeout", ASK_RESOLVER,
		    "\"DNS problem: query timed out looking up %s for %s\"",
		    kind, opt->host);
	else
		add_dns_fault(row, opt->host, kind, a->error);
}

/* For a person who waits; to be wiped out by the next. */
static void
progress(size_t running, long long left, int *shown)
{
	*shown = 1;
	(void)fprintf(stderr, "\r%zu without an answer, %lld s left \b",
	    running, (left + 999) / 1000);
	(void)fflush(stderr);
}

/* poll(2) wants no more of them than there may be descriptors. */
static size_t
watch_running(struct probe *all, size_t n, struct pollfd *fds,
    size_t *who)
{
	size_t running = 0;

	for (size_t i = 0; i < n; i++) {
		if (all[i].end != PROBE_RUNNING)
			continue;
		fds[running].fd = all[i].fd;
		fds[running].events = all[i].events;
		fds[running].revents = 0;
		who[running++] = i;
	}
	return (running);
}

/* All of them to their end, which is the deadline at the latest. */
static void
run(struct probe *all, size_t n, struct pollfd *fds, size_t *who,
    long long deadline)
{
	const int tty = isatty(STDERR_FILENO);
	const long long start = now_ms();
	long long left, now;
	size_t running;
	int r = 0, shown = 0;

	while ((running = watch_running(all, n, fds, who)) > 0) {
		now = now_ms();
		if ((left = deadline - now) <= 0 || (r == -1 && errno != EINTR))
			break;
		if (tty && now - start >= 2000)
			progress(running, left, &shown);
		r = poll(fds, (nfds_t)running, (int)(tty && left > 1000 ?
		    1000 : left));
		for (size_t i = 0; r > 0 && i < running; i++)
			if (fds[i].revents != 0)
				probe_step(&all[who[i]], now_ms());
	}
	for (size_t i = 0; i < n; i++)
		probe_expire(&all[i], now_ms());
	if (shown)
		(void)fprintf(stderr, "\r%40s\r", "");
}

/* The findings of all connections, each code once, with their number. */
static void
merge(struct row *row, const struct row *ones, int n)
{
	const struct finding *f;
	char count[32];
	int like;

	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < ones[i].n; k++) {
			f = &ones[i].findings[k];
			if (row_find(row, f->code) != NULL)
				continue;
			like = 0;
			for (int j = i; j < n; j++)
				like += row_find(&ones[j], f->code) != NULL;
			(void)snprintf(count, sizeof(count), "%d of %d: ",
			    like, n);
			row_add(row, f->severity, f->code, f->remedy, "%s%s",
			    n > 1 ? count : "", f->what);
		}
}

static void
add_digests_differ(struct row *row, const char *where)
{
	row_add(row, SEVERITY_ERROR, "digests-differ", "find the host that "
	    "has an old pair; all that answer must have the same directory",
	    "not all answer with the same certificate %s: the CA accepts one "
	    "of them at most", where);
}

static void
say_good(struct target *t, int n, const struct question *q)
{
	char hex[ACME_HEX_SIZE], many[32] = "";
	long long slow = 0, fast = t->probes[0].ms;

	for (int i = 0; i < n; i++) {
		if (t->probes[i].ms > slow)
			slow = t->probes[i].ms;
		if (t->probes[i].ms < fast)
			fast = t->probes[i].ms;
	}
	cert_hex(t->digest, hex);
	if (n > 1)
		(void)snprintf(many, sizeof(many), "%d of %d, %lld to ",
		    t->good, n, fast);
	row_good(&t->row, "%s, %s%lld ms, digest %s%s",
	    t->probes[0].version, many, slow, hex,
	    q->disk.state == PAIR_OK && q->disk.directory != NULL ?
	    ", as on disk" : "");
}

static void
judge(struct target *t, int n, const struct question *q, struct row *ones)
{
	char addr[ADDR_STRLEN], name[NAME_SIZE], subject[ROW_SUBJECT_SIZE];
	uint8_t digest[ACME_DIGEST_SIZE];
	int differ = 0;

	(void)snprintf(subject, sizeof(subject), "%s %s",
	    question_name(q, name), addr_format(&t->probes[0].to, addr));
	row_begin(&t->row, subject);
	for (int i = 0; i < n; i++) {
		row_begin(&ones[i], subject);
		verdict(&t->probes[i], q, &ones[i], digest);
		if (ones[i].worst == SEVERITY_ERROR)
			continue;
		if (t->good++ == 0)
			memcpy(t->digest, digest, sizeof(digest));
		else if (memcmp(t->digest, digest, sizeof(digest)) != 0)
			differ = 1;
	}
	if (t->good > 0 && t->good < n)
		row_add(&t->row, SEVERITY_ERROR, "not-all", "more than one "
		    "host, or process, answers here: each needs the pair",
		    "only %d of %d connections were good", t->good, n);
	if (differ)
		add_digests_differ(&t->row, "at this address");
	merge(&t->row, ones, n);
	if (t->good == n)
		say_good(t, n, q);
}

/* IPv6 and IPv4 may well be two hosts, or two proxies. */
static void
compare(struct target *t, size_t n, int at_once)
{
	char addr[ADDR_STRLEN];
	const struct target *good = NULL;

	for (size_t i = 0; i < n && good == NULL; i++)
		if (t[i].good == at_once)
			good = &t[i];
	if (good == NULL)
		return;
	(void)addr_format(&good->probes[0].to, addr);
	for (size_t i = 0; i < n; i++) {
		if (row_find(&t[i].row, "no-route") != NULL)
			continue;	/* that is about us */
		if (t[i].good < at_once)
			row_add(&t[i].row, SEVERITY_WARNING,
			    "addresses-differ", "a CA asks IPv6 first, and may "
			    "take any address: correct this one, or its record "
			    "in the DNS", "%s answers as it should", addr);
		else if (memcmp(t[i].digest, good->digest,
		    sizeof(t[i].digest)) != 0)
			add_digests_differ(&t[i].row, "at all addresses");
	}
}

/* Begin all at the same moment. */
static void
start_all(const struct connect_options *opt, const struct question *q,
    const struct addresses *a, struct tls_config *config, struct probe *all)
{
	const size_t n = (size_t)opt->at_once;

	for (size_t i = 0; i < a->n * n; i++)
		probe_start(&all[i], &a->to[i / n], opt->proxy, config,
		    q->id->name, now_ms());
}

static int
out_of_memory(void)
{
	(void)fprintf(stderr, "alpnd-check: out of memory\n");
	return (1);
}

/* Ask at all addresses, and have a row of each. */
static int
ask(const struct connect_options *opt, const struct question *q,
    const struct addresses *a, long long deadline, struct target *targets)
{
	const size_t n = (size_t)opt->at_once, all = a->n * n;
	struct tls_config *config = probe_config();
	struct probe *probes = calloc(all, sizeof(*probes));
	size_t *who = calloc(all, sizeof(*who));
	struct pollfd *fds = calloc(all, sizeof(*fds));
	struct row *ones = calloc(n, sizeof(*ones));
	int r = -1;

	if (config == NULL || probes == NULL || who == NULL || fds == NULL ||
	    ones == NULL)
		goto out;
	start_all(opt, q, a, config, probes);
	run(probes, all, fds, who, deadline);
	for (size_t i = 0; i < a->n; i++) {
		targets[i].probes = probes + i * n;
		judge(&targets[i], opt->at_once, q, ones);
	}
	compare(targets, a->n, opt->at_once);
	for (size_t i = 0; i < all; i++)
		probe_free(&probes[i]);
	r = 0;
out:
	tls_config_free(config);
	free(probes);
	free(who);
	free(fds);
	free(ones);
	return (r);
}

int
check_connect(const struct connect_options *opt, const struct identifier *id,
    FILE *out)
{
	const long long deadline = now_ms() + opt->seconds * 1000LL;
	struct addresses *a = malloc(sizeof(*a));
	struct target *targets = calloc(ADDRESSES_MAX, sizeof(*targets));
	struct question q = { .id = id, .proxy = opt->proxy };
	size_t n = 1;
	int late, r = 1;

	if (a == NULL || targets == NULL) {
		(void)out_of_memory();
		goto out;
	}
	on_disk_load(&q, opt->directory);
	late = resolve(opt, a, deadline) == -1;
	if (late || a->n == 0)
		no_address(opt, &q, a, late, &targets[0].row);
	else if (ask(opt, &q, a, deadline, targets) == -1) {
		(void)out_of_memory();
		goto out;
	} else
		n = a->n;
	r = 0;
	for (size_t i = 0; i < n; i++) {
		if (targets[i].row.worst == SEVERITY_ERROR)
			r = 1;
		if (row_print(&targets[i].row, &opt->style, out) == -1)
			r = 1;
	}
out:
	on_disk_free(&q.disk);
	free(targets);
	free(a);
	return (r);
}
