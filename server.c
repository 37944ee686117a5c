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
#include "children.h"
#include "clock.h"
#include "handshake.h"
#include "loader.h"
#include "log.h"
#include "report.h"
#include "sandbox.h"
#include "server.h"
#include "systemd.h"

#define GRACE		2	/* seconds for a child beyond its deadline */
#define TICK_MS		1000	/* how often that is looked at */
#define MUTE_MS		100	/* a client that has not spoken by then */

struct server {
	const struct options	*opt;
	struct pollfd		 pfd[1 + LISTENERS_MAX];	/* 0: reports */
	nfds_t			 n_pfd;
	nfds_t			 turn;		/* of this listener, from 0 */
	int			 report;	/* the children's end */
	struct children		 children;
	struct cache		 cache;
	size_t			 share;		/* of one source */
	long long		 last;		/* connection */
	long long		 told;		/* STATUS */
	long long		 fed;		/* WATCHDOG */
	long			 watchdog_ms;	/* 0: not asked for */
	unsigned long		 served, refused;
	int			 changed;	/* since told */
	int			 starved;	/* of descriptors or memory */
	int			 stopping;
};

static volatile sig_atomic_t terminate;

static void
on_signal(int sig)
{
	if (sig != SIGCHLD)	/* which is only there to wake ppoll(2) */
		terminate = 1;
}

static long long
age(const long long *then)
{
	return (now_ms() - *then);
}

/* End a child for another's sake, and say so in its place if it has not. */
static void
displace(struct server *s, struct child *child, enum reason reason)
{
	struct event e;

	memset(&e, 0, sizeof(e));
	e.result = RESULT_REFUSED;
	e.reason = reason;
	e.peer = child->peer;
	e.ms = (long)age(&child->start);
	/* It is not waited for, lest what blocks it blocks us: reap(). */
	(void)kill(child->pid, SIGKILL);
	if (!child->done) {
		s->refused++;
		s->changed = 1;
		log_event(&e);
	}
	children_remove(&s->children, child);
}

static void
reap(struct server *s)
{
	struct child *child;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if ((child = children_find(&s->children, pid)) == NULL)
			continue;
		if (WIFSIGNALED(status))
			log_message("alpnd: child %ld ended by signal %d",
			    (long)pid, WTERMSIG(status));
		children_remove(&s->children, child);
		s->changed = 1;
	}
	/* Nothing of ours blocks, but a file system may. */
	while (s->children.n > 0 && age(&s->children.all[0].start) >
	    (s->opt->seconds + GRACE) * 1000L)
		displace(s, &s->children.all[0], REASON_TIMEOUT);
}

static void
load_for_cache(struct server *s, const char *name)
{
	static struct loaded to;
	struct timespec now = { 0, 0 };
	struct pair p = { to.cert, to.key, 0, 0 };

	memset(&to, 0, sizeof(to));
	clock_gettime(CLOCK_REALTIME, &now);
	if (loader_read(&to, s->opt->directory, name, &now) == 0) {
		p.cert_len = to.cert_len;
		p.key_len = to.key_len;
		cache_add(&s->cache, name, &p, &to.stamp, now_ms());
	}
	explicit_bzero(to.key, to.key_len);
}

static void
read_reports(struct server *s)
{
	struct report r;
	struct child *child;

	/* A child sends at most three; the limit stops a compromised one. */
	for (size_t n = 0; n <= 3 * s->children.max &&
	    report_read(s->pfd[0].fd, &r) == 1; n++) {
		child = children_find(&s->children, (pid_t)r.key);
		if (r.what == REPORT_INCOMPLETE)
			continue;
		if (r.what == REPORT_HELLO) {
			if (child != NULL && !child->hello) {
				child->hello = 1;
				if (r.name[0] != '\0' && cache_use(&s->cache,
				    r.name, !r.cached, now_ms()))
					load_for_cache(s, r.name);
			}
			continue;
		}
		if (r.what == REPORT_SERVED)
			s->served++;
		else
			s->refused++;
		s->changed = 1;
		if (child != NULL)
			child->done = 1;
	}
}

/* The child's side of fork(2).  It keeps the report pipe and its socket. */
static void
be_child(struct server *s, int fd)
{
	struct link link = { s->report, (uint64_t)getpid(), &s->cache,
	    s->last };
	struct sigaction sa;
	sigset_t none;

	for (nfds_t i = 0; i < s->n_pfd; i++)
		(void)close(s->pfd[i].fd);
	memset(&sa, 0, sizeof(sa));
	/* Who stops the server lets the connections under way finish. */
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_DFL;
	(void)sigaction(SIGCHLD, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(session_run(s->opt, &link, fd, fd));
}

/*
 * Who makes room: of that source, or of any.  Not one whose client may have
 * spoken already, but it had no time to read that: in a burst all of them.
 */
static struct child *
who_makes_room(struct server *s, const struct addr *source)
{
	struct child *child = children_silent(&s->children, source);

	if (child == NULL || child->done || age(&child->start) >= MUTE_MS)
		return (child);
	return (NULL);
}

/* Is there a place for a connection from peer?  Makes one if it can. */
static int
make_room(struct server *s, const struct addr *peer)
{
	struct child *child;

	read_reports(s);	/* who has sent a hello by now? */
	if (children_of(&s->children, peer) >= s->share) {
		if ((child = who_makes_room(s, peer)) == NULL)
			return (0);
		displace(s, child, REASON_BUSY);
	} else if (s->children.n == s->children.max) {
		if ((child = who_makes_room(s, NULL)) == NULL)
			return (0);
		displace(s, child, REASON_BUSY);
	}
	return (1);
}

/* Everybody behind a proxy has its address: its share is all there is. */
static int
is_proxy(const struct server *s, const struct addr *peer)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	return (s->opt->proxy == PROXY_REQUIRE ||
	    (peer->family == AF_INET && peer->ip[0] == 127) ||
	    (peer->family == AF_INET6 && memcmp(peer->ip, loopback6, 16) == 0));
}

static void
turn_away(struct server *s, int fd, const struct addr *peer)
{
	struct event e;

	(void)close(fd);
	memset(&e, 0, sizeof(e));
	e.result = RESULT_REFUSED;
	e.reason = REASON_BUSY;
	e.peer = *peer;
	s->refused++;
	s->changed = 1;
	log_event(&e);
}

/* Something is short: say so, and let connections queue for a while. */
static void
starve(struct server *s, const char *what)
{
	log_message("alpnd: %s: %s", what, strerror(errno));
	s->starved = 1;
}

/*
 * malloc(3) puts off some of its work until somebody asks for more than a
 * little.  Let that not be every child anew: it touches pages, which are then
 * copied.
 */
static void
tidy_heap(void)
{
	void *volatile p = malloc(4096);	/* no compiler leaves it out */

	free(p);
}

static void
accept_one(struct server *s, int listener)
{
	struct sockaddr_storage ss;
	struct addr peer, source;
	socklen_t len = sizeof(ss);
	pid_t pid;
	int fd;

	memset(&ss, 0, sizeof(ss));
	if ((fd = accept(listener, (struct sockaddr *)&ss, &len)) == -1) {
		if (errno != EAGAIN && errno != EWOULDBLOCK &&
		    errno != EINTR && errno != ECONNABORTED &&
		    errno != EPROTO)
			starve(s, "accept");
		return;
	}
	s->last = now_ms();
	(void)addr_from_sockaddr(&peer, &ss);
	source = peer;
	if (is_proxy(s, &peer))
		source.family = 0;
	if (!make_room(s, &source)) {
		turn_away(s, fd, &peer);
		return;
	}
	tidy_heap();
	pid = fork();
	if (pid == 0)
		be_child(s, fd);
	if (pid == -1) {
		starve(s, "fork, a connection is lost");
		(void)close(fd);
		return;
	}
	(void)close(fd);
	children_add(&s->children, pid, &peer, &source, s->last);
	s->changed = 1;
}

static void
tell(struct server *s)
{
	char state[128];

	if (s->watchdog_ms > 0 && age(&s->fed) >= s->watchdog_ms / 2) {
		systemd_notify("WATCHDOG=1");
		s->fed = now_ms();
	}
	if (!s->changed || age(&s->told) < TICK_MS)
		return;
	(void)snprintf(state, sizeof(state),
	    "STATUS=%lu served, %lu refused, %zu running", s->served,
	    s->refused, s->children.n);
	systemd_notify(state);
	s->told = now_ms();
	s->changed = 0;
}

/*
 * How long to wait for an event, in milliseconds; -1 for ever, -2: it is
 * over.
 */
static long long
time_to_wait(const struct server *s)
{
	long long ms = -1, idle;

	if (s->stopping && s->children.n == 0)
		return (-2);
	if (!s->stopping && s->children.n == 0 && s->opt->idle > 0) {
		idle = s->opt->idle * 1000LL - age(&s->last);
		if (idle <= 0)
			return (-2);
		ms = idle;
	}
	if (s->watchdog_ms > 0 && (ms == -1 || ms > s->watchdog_ms / 4))
		ms = s->watchdog_ms / 4;
	if ((s->children.n > 0 || s->changed || cache_any(&s->cache)) &&
	    (ms == -1 || ms > TICK_MS))
		ms = TICK_MS;
	return (ms);
}

static void
stop(struct server *s)
{
	systemd_notify("STOPPING=1");
	for (nfds_t i = 1; i < s->n_pfd; i++)
		(void)close(s->pfd[i].fd);
	s->n_pfd = 1;
	s->stopping = 1;
}

/* All places taken for now, or no means: let connections queue. */
static int
accepting(struct server *s)
{
	return (!s->starved && (s->children.n < s->children.max ||
	    who_makes_room(s, NULL) != NULL));
}

/*
 * One connection of each listener that has some, while there are places; the
 * one after the last that got a place is the first to be asked.
 */
static void
accept_each(struct server *s)
{
	const nfds_t n = s->n_pfd - 1, first = s->turn;
	nfds_t which;

	for (nfds_t i = 0; i < n; i++) {
		which = (first + i) % n;
		if (s->pfd[1 + which].revents == 0 || !accepting(s))
			continue;
		accept_one(s, s->pfd[1 + which].fd);
		s->turn = which + 1;
	}
}

static void
loop(struct server *s)
{
	struct timespec ts;
	sigset_t none;
	long long ms;
	nfds_t n;

	sigemptyset(&none);
	while ((ms = time_to_wait(s)) != -2) {
		n = accepting(s) ? s->n_pfd : 1;
		if (s->starved)		/* a second, or until a child ends */
			ms = TICK_MS;
		else if (n < s->n_pfd && ms > MUTE_MS)	/* who is mute then? */
			ms = MUTE_MS;
		s->starved = 0;
		ts.tv_sec = (time_t)(ms / 1000);
		ts.tv_nsec = (long)(ms % 1000 * 1000000);
		for (nfds_t i = 0; i < s->n_pfd; i++)
			s->pfd[i].revents = 0;
		if (ppoll(s->pfd, n, ms == -1 ? NULL : &ts, &none) == -1) {
			for (nfds_t i = 0; i < n; i++)
				s->pfd[i].revents = 0;
			if (errno != EINTR)
				starve(s, "ppoll");
		}
		if (terminate && !s->stopping) {
			stop(s);
			continue;
		}
		read_reports(s);
		reap(s);
		accept_each(s);
		cache_expire(&s->cache, now_ms());
		tell(s);
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
	/* Only ppoll(2) lets them in, so that none is missed before it. */
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	(void)sigaction(SIGCHLD, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
}

int
server_run(const struct options *opt, const int *fds, size_t n)
{
	struct server s;
	int report[2];

	memset(&s, 0, sizeof(s));
	s.opt = opt;
	s.share = (opt->children + 3) / 4;
	if (children_init(&s.children, opt->children) == -1 ||
	    pipe(report) == -1) {
		log_message("alpnd: %s", strerror(errno));
		return (EXIT_FAILURE);
	}
	(void)fcntl(report[0], F_SETFL, O_NONBLOCK);
	(void)fcntl(report[1], F_SETFL, O_NONBLOCK);
	s.report = report[1];
	s.pfd[0] = (struct pollfd){ .fd = report[0], .events = POLLIN };
	for (s.n_pfd = 1; s.n_pfd <= n; s.n_pfd++) {
		s.pfd[s.n_pfd] = (struct pollfd){ .fd = fds[s.n_pfd - 1],
		    .events = POLLIN };
		(void)fcntl(fds[s.n_pfd - 1], F_SETFL, O_NONBLOCK);
	}
	catch_signals();
	/* What every child would do again: libraries, tables of libcrypto. */
	if (log_needs_libraries())
		(void)systemd_load();
	handshake_warm_up();
	sandbox_server();
	s.watchdog_ms = (long)(systemd_watchdog() / 1000);
	s.last = s.told = s.fed = now_ms();
	systemd_notify("READY=1");

	loop(&s);
	if (!s.stopping)
		systemd_notify("STOPPING=1");
	cache_free(&s.cache);
	free(s.children.all);
	return (EXIT_SUCCESS);
}
