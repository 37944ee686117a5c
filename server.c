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
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "clock.h"
#include "deadline.h"
#include "fds.h"
#include "handshake.h"
#include "loader.h"
#include "log.h"
#include "pages.h"
#include "policy.h"
#include "report.h"
#include "sandbox.h"
#include "server.h"
#include "session.h"
#include "status.h"
#include "systemd.h"
#include "tally.h"

#define ROOM		1024	/* clients that may wait */
#define ACCEPT_MAX	64	/* of one listener at a time */
#define TICK_MS		1000	/* the longest wait, unless all is idle */
/*
 * The hard end of a child comes at most 2 s after its deadline; see deadline.h.
 * The server waits one second more.
 */
#define STUCK_MS	3000

struct server {
	const struct options	*opt;
	struct policy		 policy;
	size_t			 tables_size;	/* bytes of clients, sources
						   and pfd, one allocation */
	struct pollfd		*pfd;		/* reports, listeners, silent
						   clients */
	nfds_t			 n_pfd;
	int			 listeners[LISTENERS_MAX];
	size_t			 n_listeners;
	int			 report[2];	/* children write to [1] */
	struct cache		 cache;
	struct loader		 loader;
	long long		 loader_start;
	struct tally		 busy, timeout;	/* refusals */
	struct status		 status;
	long long		 last_connection;
	long long		 starved_until;	/* see starve(); or 0 */
	long long		 paused_until;	/* see pause_accept() */
	int			 stopping, failed;
};

static volatile sig_atomic_t terminate, child_ended;

static void
on_signal(int sig)
{
	if (sig == SIGCHLD)
		child_ended = 1;
	else
		terminate = 1;
}

/* The server cannot go on; the service manager starts another one. */
static void
give_up(struct server *s, const char *what)
{
	log_message("%s: %s; the server ends", what, strerror(errno));
	s->failed = 1;
}

/*
 * No child can be made.  Try again when a child or the loader has ended.  They
 * may be stuck, so try again after a second, too.  If there are none, give up.
 */
static void
starve(struct server *s, const char *what)
{
	if (s->policy.processes == 0 && s->loader.pid == 0) {
		give_up(s, what);
		return;
	}
	if (s->starved_until == 0)
		log_message("%s: %s; clients wait", what, strerror(errno));
	s->starved_until = now_ms() + TICK_MS;
}

/*
 * No connection can be accepted, usually for want of descriptors.  Try again
 * in a second.  If there is neither a client nor a loader, give up.
 */
static void
pause_accept(struct server *s)
{
	const long long now = now_ms();

	if (s->policy.n == 0 && s->loader.pid == 0) {
		give_up(s, "accept");
		return;
	}
	if (s->paused_until <= now)	/* not for each listener */
		log_message("accept: %s; new connections wait",
		    strerror(errno));
	s->paused_until = now + TICK_MS;
}

static struct event
client_event(const struct client *c, enum result result, enum reason reason)
{
	return ((struct event){ .result = result, .reason = reason,
	    .peer = c->peer, .ms = (long)(now_ms() - c->start) });
}

static struct tally *
tally_of(struct server *s, enum reason reason)
{
	return (reason == REASON_BUSY ? &s->busy : &s->timeout);
}

/* The server itself refuses c.  Log the first refusal, and count the others. */
static void
refuse(struct server *s, const struct client *c, enum reason reason)
{
	const struct event e = client_event(c, RESULT_REFUSED, reason);

	s->status.refused++;
	s->status.changed = 1;
	if (tally_add(tally_of(s, reason), now_ms()))
		log_event(&e);
}

/* Log how many refusals of a reason were counted, if a line is due at now. */
static void
log_count(struct server *s, enum reason reason, long long now)
{
	struct event e = { .result = RESULT_REFUSED, .reason = reason };

	if ((e.count = tally_take(tally_of(s, reason), now)) > 0)
		log_event(&e);
}

/* Close the connection of a client that waits. */
static void
drop(struct server *s, struct client *c)
{
	close(c->fd);
	policy_remove(&s->policy, c);
	s->status.changed = 1;
}

static void
kill_child(struct server *s, struct client *c)
{
	/* The child may be stuck: do not wait here.  reap() collects it. */
	kill(c->pid, SIGKILL);
	policy_end(&s->policy, c);
	/* the result of c is in the status already: ignore later reports */
	c->done = 1;
	s->status.changed = 1;
}

/*
 * In a child or the loader: give up what belongs to the server.  SIGTERM and
 * SIGINT, which are for the server, remain blocked: a child goes on to the end
 * of its connection.
 */
static void
leave_server(struct server *s)
{
	close(s->report[0]);
	for (size_t i = 0; i < s->n_listeners; i++)
		close(s->listeners[i]);
	log_child();
}

static _Noreturn void
be_child(struct server *s, const struct client *c, uint64_t token)
{
	const struct child child = { .report = s->report[1], .token = token,
	    .cache = &s->cache, .start = c->start, .peer = c->peer };

	/* If this fails, the child has no hard end; expire() kills it. */
	deadline_arm(s->opt->seconds, c->start);
	leave_server(s);
	loader_clear(&s->loader);
	if (c->fd != FDS_CLIENTS && dup2(c->fd, FDS_CLIENTS) == -1)
		_exit(EXIT_FAILURE);
	/* The connections of other clients must not stay within reach. */
	fds_close_from(FDS_CLIENTS + 1);
	_exit(session_run(s->opt, &child, FDS_CLIENTS, FDS_CLIENTS));
}

/* What the loader does first: arm its hard end, and leave the server. */
static void
be_loader(void *arg)
{
	struct server *s = arg;

	deadline_arm(s->opt->seconds, now_ms());
	deadline_step("reading a pair for the cache", NULL);
	leave_server(s);
	close(s->report[1]);
	fds_close_from(FDS_CLIENTS);
}

/*
 * A large request makes malloc(3) consolidate its free lists.  Do this before
 * fork(2), or each child does it, and copies the pages of the lists.
 */
static void
tidy_heap(void)
{
	void *volatile p = malloc(4096);	/* volatile: keep the call */

	free(p);
}

/* Fork a process for a ready client.  Returns 0, or -1: not now. */
static int
start_child(struct server *s, struct client *c)
{
	const struct client copy = *c;	/* the child cannot read c: pages.h */
	uint64_t token;
	pid_t pid;

	if (getentropy(&token, sizeof(token)) == -1) {
		starve(s, "getentropy");
		return (-1);
	}
	tidy_heap();
	pid = fork();
	if (pid == 0)
		be_child(s, &copy, token);
	if (pid == -1) {
		starve(s, "fork");
		return (-1);
	}
	s->starved_until = 0;
	close(c->fd);
	c->fd = -1;
	c->pid = pid;
	c->token = token;
	explicit_bzero(&token, sizeof(token));
	policy_start(&s->policy, c);
	s->status.changed = 1;
	return (0);
}

/* Give free slots to ready clients.  Then end processes that must make room. */
static void
start_children(struct server *s)
{
	const int may_fork = !s->failed && s->starved_until <= now_ms();
	struct client *c;

	while (may_fork && (c = policy_next(&s->policy)) != NULL)
		if (start_child(s, c) == -1)
			return;
	while ((c = policy_evict(&s->policy)) != NULL) {
		if (!c->done)
			refuse(s, c, REASON_BUSY);
		kill_child(s, c);
	}
}

static struct client *
find_by_token(struct server *s, uint64_t token)
{
	for (size_t i = 0; i < s->policy.n; i++)
		if (s->policy.clients[i].pid != 0 &&
		    s->policy.clients[i].token == token)
			return (&s->policy.clients[i]);
	return (NULL);
}

static struct client *
find_by_pid(struct server *s, pid_t pid)
{
	for (size_t i = 0; i < s->policy.n; i++)
		if (s->policy.clients[i].pid == pid)
			return (&s->policy.clients[i]);
	return (NULL);
}

static void
take_report(struct server *s, struct client *c, const struct report *r)
{
	switch (r->what) {
	case REPORT_INCOMPLETE:
		c->incomplete = 1;
		return;
	case REPORT_HELLO:
		c->incomplete = 0;
		return;
	case REPORT_PAIR:
		c->incomplete = 0;
		/* Only once: a compromised child could keep the loader busy. */
		if (!c->has_pair && r->name[0] != '\0' &&
		    cache_use(&s->cache, r->name, r->stale, now_ms()) &&
		    s->loader.pid == 0) {
			s->loader_start = now_ms();
			loader_start(&s->loader, s->opt->directory, r->name,
			    be_loader, s);
		}
		c->has_pair = 1;
		return;
	case REPORT_SERVED:
		s->status.served++;
		break;
	case REPORT_FAILED:
		s->status.failed++;
		break;
	case REPORT_CLOSED:
		break;
	case REPORT_REFUSED:
		s->status.refused++;
		break;
	}
	c->done = 1;
	s->status.changed = 1;
}

static void
read_reports(struct server *s)
{
	const size_t max = 4 * s->policy.slots;
	struct report r;
	struct client *c;

	/* A child sends at most four, unless it is compromised. */
	for (size_t n = 0; n < max && report_read(s->report[0], &r) == 1; n++)
		if ((c = find_by_token(s, r.token)) != NULL && !c->done)
			take_report(s, c, &r);
	explicit_bzero(&r, sizeof(r));	/* a child gets a copy of the stack */
}

/* A signal that the server did not send has ended the child. */
static void
log_death(const struct client *c, int signal)
{
	struct event e = client_event(c, RESULT_ERROR, REASON_NONE);
	char detail[192];

	/*
	 * The hard end of a child is SIGKILL, or SIGALRM where there is no
	 * timer_create(2).
	 */
	snprintf(detail, sizeof(detail), "ended by signal %d: %s; %s", signal,
	    strsignal(signal), signal == SIGKILL || signal == SIGALRM ?
	    "it was stuck after its deadline, or another process or the "
	    "kernel (out of memory) killed it" :
	    "unless another process sent this signal, report this to the "
	    "authors of alpnd");
	e.detail = detail;
	log_event(&e);
}

static void
finish_loader(struct server *s, int status)
{
	struct loaded *got = loader_result(&s->loader, status);

	if (WIFSIGNALED(status))
		log_message("the process that reads pairs for the cache was "
		    "ended by signal %d: %s", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	if (got == NULL)
		return;
	cache_add(&s->cache, got->name, &(const struct pair){
	    .cert = got->cert, .cert_len = got->cert_len,
	    .key = got->key, .key_len = got->key_len },
	    &got->stamp, now_ms());
	loader_clear(&s->loader);
}

static void
reap(struct server *s)
{
	struct client *c;
	int status;
	pid_t pid;

	child_ended = 0;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		s->starved_until = 0;
		if (pid == s->loader.pid)
			finish_loader(s, status);
		/* The child may have reported just before its end. */
		read_reports(s);
		if ((c = find_by_pid(s, pid)) == NULL)
			continue;
		if (WIFSIGNALED(status) && c->state == CLIENT_RUNNING)
			log_death(c, WTERMSIG(status));
		if (!c->done && status != 0)
			s->status.failed++;
		policy_remove(&s->policy, c);
		s->status.changed = 1;
	}
}

/*
 * End what has outlived its deadline.  Go backwards, because drop() moves the
 * last client into the place of a dropped one.
 */
static void
expire(struct server *s)
{
	const long long now = now_ms(), limit = s->opt->seconds * 1000LL;
	struct event e;

	for (size_t i = s->policy.n; i-- > 0;) {
		struct client *c = &s->policy.clients[i];

		if (c->state == CLIENT_RUNNING &&
		    now - c->start >= limit + STUCK_MS) {
			e = client_event(c, RESULT_ERROR, REASON_NONE);
			e.detail = "stuck: the server killed the process";
			log_event(&e);
			if (!c->done)
				s->status.failed++;
			kill_child(s, c);
		} else if (c->fd != -1 && now - c->start >= limit) {
			refuse(s, c, c->state == CLIENT_READY ? REASON_BUSY :
			    REASON_TIMEOUT);
			drop(s, c);
		}
	}
	if (s->loader.pid != 0 && now - s->loader_start >= limit + STUCK_MS)
		kill(s->loader.pid, SIGKILL);
}

/*
 * Has a silent client sent something, or gone?  Only peek: the process of the
 * client reads the bytes.
 */
static void
check_silent(struct server *s, struct client *c)
{
	struct event e;
	ssize_t n;
	char byte;

	n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n > 0) {
		policy_speak(&s->policy, c);
		return;
	}
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == EINTR))
		return;
	if (s->opt->verbose) {
		e = client_event(c, RESULT_CLOSED, REASON_NONE);
		log_event(&e);
	}
	drop(s, c);
}

/*
 * Does this error of accept(2) concern one connection at most?  Then call
 * accept(2) again at once.
 */
static int
is_lost(int error)
{
	switch (error) {
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
#ifdef ENONET
	case ENONET:
#endif
		return (1);
	default:
		return (0);
	}
}

/* Returns 0: there may be another connection; or -1: stop accepting for now. */
static int
accept_one(struct server *s, int listener)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct client *c;
	struct addr peer;
	int fd;

	memset(&ss, 0, sizeof(ss));
	fd = accept(listener, (struct sockaddr *)&ss, &len);
	if (fd != -1)
		fd = fds_raise(fd);
	if (fd == -1) {
		if (is_lost(errno))
			return (0);
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			pause_accept(s);
		return (-1);
	}
	s->last_connection = now_ms();
	s->status.changed = 1;
	addr_from_sockaddr(&peer, &ss);
	c = policy_arrive(&s->policy, &peer);
	c->fd = fd;
	c->peer = peer;
	c->start = s->last_connection;
	check_silent(s, c);
	if ((c = policy_overflow(&s->policy)) != NULL) {
		refuse(s, c, REASON_BUSY);
		drop(s, c);
	}
	return (0);
}

static void
accept_all(struct server *s)
{
	int n;

	for (size_t i = 0; i < s->n_listeners; i++) {
		n = s->pfd[1 + i].revents != 0 ? ACCEPT_MAX : 0;
		while (n-- > 0 && accept_one(s, s->listeners[i]) == 0)
			continue;
	}
}

static int
is_idle_too_long(const struct server *s)
{
	return (s->policy.n == 0 && s->opt->idle > 0 &&
	    now_ms() - s->last_connection >= s->opt->idle * 1000LL);
}

/* A killed process may be stuck, so do not wait until it is reaped. */
static int
is_finished(const struct server *s)
{
	return (s->failed || is_idle_too_long(s) ||
	    (s->stopping && s->policy.n == s->policy.ended));
}

static void
shorten(long long *ms, long long limit)
{
	if (limit < 0)
		limit = 0;
	if (*ms == -1 || *ms > limit)
		*ms = limit;
}

/* Milliseconds until there is something to do, or -1: there is no timer. */
static long long
time_to_wait(const struct server *s, long long now)
{
	long long ms = status_wait(&s->status);

	if (s->paused_until > now)
		shorten(&ms, s->paused_until - now);
	if (s->policy.n == 0 && s->opt->idle > 0)
		shorten(&ms, s->last_connection + s->opt->idle * 1000LL - now);
	if (s->policy.n > 0 || s->loader.pid != 0 ||
	    s->busy.count > 0 || s->timeout.count > 0 || cache_any(&s->cache))
		shorten(&ms, TICK_MS);
	for (size_t i = 0; i < s->policy.n; i++)
		if (s->policy.clients[i].fd != -1)
			shorten(&ms, s->policy.clients[i].start +
			    s->opt->seconds * 1000LL - now);
	return (ms);
}

static void
watch(struct server *s, int fd, short events)
{
	s->pfd[s->n_pfd++] = (struct pollfd){ .fd = fd, .events = events };
}

/*
 * ppoll(2) delivers a signal only if no descriptor is ready.  During a flood
 * one is always ready.
 */
static void
let_signals_in(void)
{
	const struct timespec zero = { 0, 0 };
	sigset_t none;

	sigemptyset(&none);
	ppoll(NULL, 0, &zero, &none);
}

/* The one place where the server waits. */
static void
wait_for_events(struct server *s)
{
	const long long now = now_ms(), ms = time_to_wait(s, now);
	const int may_accept = now >= s->starved_until &&
	    now >= s->paused_until;
	struct timespec ts = { (time_t)(ms / 1000),
	    (long)(ms % 1000) * 1000000 };
	sigset_t none;

	sigemptyset(&none);
	s->n_pfd = 0;
	watch(s, s->report[0], POLLIN);
	for (size_t i = 0; i < s->n_listeners; i++)
		watch(s, may_accept ? s->listeners[i] : -1, POLLIN);
	for (size_t i = 0; i < s->policy.n; i++)
		if (s->policy.clients[i].state == CLIENT_SILENT)
			watch(s, s->policy.clients[i].fd, POLLIN);
	if (ppoll(s->pfd, s->n_pfd, ms == -1 ? NULL : &ts, &none) != -1) {
		let_signals_in();
		return;
	}
	for (nfds_t i = 0; i < s->n_pfd; i++)
		s->pfd[i].revents = 0;
	if (errno != EINTR)
		give_up(s, "ppoll");
}

/*
 * Check the silent clients that ppoll(2) named.  Call it before the array of
 * clients changes: pfd ends with the silent clients, in the order of the array.
 */
static void
check_all_silent(struct server *s)
{
	nfds_t k = s->n_pfd;

	for (size_t i = s->policy.n; i-- > 0;) {
		if (s->policy.clients[i].state != CLIENT_SILENT)
			continue;
		if (s->pfd[--k].revents != 0)
			check_silent(s, &s->policy.clients[i]);
	}
}

static void
stop(struct server *s)
{
	systemd_notify("STOPPING=1");
	for (size_t i = 0; i < s->n_listeners; i++)
		close(s->listeners[i]);
	s->n_listeners = 0;
	s->stopping = 1;
}

static void
loop(struct server *s)
{
	while (!is_finished(s)) {
		wait_for_events(s);
		check_all_silent(s);
		if (terminate && !s->stopping)
			stop(s);
		if (s->pfd[0].revents != 0)
			read_reports(s);
		if (child_ended)
			reap(s);
		accept_all(s);
		expire(s);
		start_children(s);
		log_count(s, REASON_BUSY, now_ms());
		log_count(s, REASON_TIMEOUT, now_ms());
		cache_expire(&s->cache, now_ms());
		status_tell(&s->status, s->policy.processes,
		    s->policy.waiting, now_ms());
	}
}

static void
catch_signals(void)
{
	struct sigaction sa;
	sigset_t mask;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	/* Only wait_for_events() lets signals in: none is missed before it. */
	sigprocmask(SIG_BLOCK, &mask, NULL);
	sigaction(SIGCHLD, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

/* Memory for the policy and for ppoll(2).  Returns 0, or -1 with errno. */
static int
make_tables(struct server *s, size_t room)
{
	const size_t size = policy_size(s->opt->children, room);
	struct client *clients;
	struct client_source *sources;

	s->tables_size = size * (sizeof(*clients) + sizeof(*sources)) +
	    (1 + LISTENERS_MAX + room + 1) * sizeof(*s->pfd);
	/* A child must not see the tokens of other children. */
	if ((clients = pages_alloc(s->tables_size)) == NULL)
		return (-1);
	sources = (struct client_source *)(clients + size);
	s->pfd = (struct pollfd *)(sources + size);
	policy_init(&s->policy, s->opt->children, room, clients, sources);
	return (0);
}

static int
set_up(struct server *s, const int *fds, size_t n)
{
	const size_t room = fds_allow(ROOM);

	if (room == 0) {
		log_message("the limit of open files is too low for a "
		    "server; raise it (LimitNOFILE= in systemd) to %d",
		    FDS_NEEDED(ROOM));
		return (-1);
	}
	if (room < ROOM)
		log_message("the limit of open files leaves room for "
		    "%zu waiting clients instead of %d; raise it (LimitNOFILE= "
		    "in systemd)", room, ROOM);
	if (make_tables(s, room) == -1 || pipe(s->report) == -1) {
		log_message("cannot make the tables of clients and the pipe of "
		    "reports: %s; raise the limits of memory and open files",
		    strerror(errno));
		return (-1);
	}
	/*
	 * A child moves its client to FDS_CLIENTS, and closes all higher
	 * descriptors.  The pipe of reports must be below.
	 */
	if (s->report[0] >= FDS_CLIENTS || s->report[1] >= FDS_CLIENTS) {
		log_message("too many open files were passed to alpnd; close "
		    "them before alpnd starts");
		return (-1);
	}
	fcntl(s->report[0], F_SETFL, O_NONBLOCK);
	fcntl(s->report[1], F_SETFL, O_NONBLOCK);
	for (size_t i = 0; i < n; i++) {
		s->listeners[s->n_listeners++] = fds[i];
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	}
	return (0);
}

int
server_run(const struct options *opt, const int *fds, size_t n)
{
	struct server s;

	memset(&s, 0, sizeof(s));
	s.opt = opt;
	if (set_up(&s, fds, n) == -1)
		return (EXIT_FAILURE);
	catch_signals();
	/* Do once what each child would do: libraries, tables of libcrypto. */
	if (log_needs_libraries())
		systemd_load();
	handshake_warm_up();
	log_server();
	sandbox_server();
	s.last_connection = now_ms();
	status_ready(&s.status, s.last_connection);

	loop(&s);
	if (!s.stopping)
		systemd_notify("STOPPING=1");
	if (s.loader.pid != 0)
		kill(s.loader.pid, SIGKILL);
	/* Log the rest of the counts, though no line is due yet. */
	log_count(&s, REASON_BUSY, now_ms() + TALLY_MS);
	log_count(&s, REASON_TIMEOUT, now_ms() + TALLY_MS);
	cache_free(&s.cache);
	pages_free(s.policy.clients, s.tables_size);
	return (s.failed ? EXIT_FAILURE : EXIT_SUCCESS);
}
