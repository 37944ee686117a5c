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
#include <sys/time.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "deadline.h"
#include "log.h"
#include "text.h"

#define HANDLER_MS	1000	/* after the deadline: SIGALRM */
#define KILL_MS		2000	/* after the deadline: SIGKILL */
#define LOG_MS		1000	/* for the log, after the close */
#define LAST_LOG_MS	500	/* after the close: from SIGALRM to SIGKILL */

/*
 * What the handler logs.  There are two copies: the handler reads one while
 * deadline_step() writes the other.
 */
static struct told {
	const char	*step;
	char		 subject[EVENT_LINE_SIZE];
} told[2] = { { .step = "starting" } };
static volatile sig_atomic_t current;

static long long began, kill_at;	/* now_ms() */
static int armed;

/* Only calls that signal-safety(7) lists.  It does not return. */
static void
on_alarm(int sig)
{
	char line[EVENT_LINE_SIZE];
	struct text text = { line, sizeof(line), 0 };
	const struct told *t = &told[current];

	(void)sig;
	text_add(&text, "error");
	text_add(&text, t->subject);
	text_add(&text, " ms=");
	text_add_number(&text, now_ms() - began);
	text_add(&text, " detail=\"stuck while ");
	text_add(&text, t->step);
	text_add(&text, "\"");
	log_try(LOG_ERR, line);
	_exit(1);
}

/*
 * The super-server may have left SIGALRM blocked, or ignored.  The children of
 * a server inherit what the server has done.
 */
static int
catch_alarm(int flags)
{
	static int caught;
	struct sigaction sa;
	sigset_t set;

	if (caught)
		return (0);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_alarm;
	sa.sa_flags = flags;
	sigfillset(&sa.sa_mask);
	if ((flags & SA_NODEFER) != 0)
		sigdelset(&sa.sa_mask, SIGALRM);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	caught = sigaction(SIGALRM, &sa, NULL) == 0 &&
	    sigprocmask(SIG_UNBLOCK, &set, NULL) == 0;
	return (caught ? 0 : -1);
}

#if defined(__OpenBSD__) || !defined(_POSIX_TIMERS) || _POSIX_TIMERS <= 0

static int
timers_create(void)
{
	/* The second SIGALRM ends the process, even while the handler runs. */
	return (catch_alarm((int)SA_RESETHAND | SA_NODEFER));
}

static int
timers_set(long long alarm_at, long long fatal_at)
{
	const long long now = now_ms();
	long long first = alarm_at > now ? alarm_at - now : 1;
	long long second = fatal_at > now + first ? fatal_at - now - first : 1;
	struct itimerval it;

	it.it_value.tv_sec = (time_t)(first / 1000);
	it.it_value.tv_usec = (suseconds_t)(first % 1000 * 1000);
	it.it_interval.tv_sec = (time_t)(second / 1000);
	it.it_interval.tv_usec = (suseconds_t)(second % 1000 * 1000);
	return (setitimer(ITIMER_REAL, &it, NULL));
}

static void
timers_delete(void)
{
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &none, NULL);
}

#else

static timer_t handler_timer, fatal_timer;

static int
create(timer_t *timer, int sig)
{
	struct sigevent ev;

	memset(&ev, 0, sizeof(ev));
	ev.sigev_notify = SIGEV_SIGNAL;
	ev.sigev_signo = sig;
	return (timer_create(CLOCK_MONOTONIC, &ev, timer));
}

static int
timers_create(void)
{
	int error;

	if (catch_alarm(0) == -1 || create(&fatal_timer, SIGKILL) == -1)
		return (-1);
	if (create(&handler_timer, SIGALRM) == 0)
		return (0);
	error = errno;
	timer_delete(fatal_timer);
	errno = error;
	return (-1);
}

static int
set(timer_t timer, long long ms)
{
	struct itimerspec it;

	memset(&it, 0, sizeof(it));	/* no interval */
	it.it_value.tv_sec = (time_t)(ms / 1000);
	it.it_value.tv_nsec = (long)(ms % 1000 * 1000000);
	return (timer_settime(timer, TIMER_ABSTIME, &it, NULL));
}

static int
timers_set(long long alarm_at, long long fatal_at)
{
	return (set(fatal_timer, fatal_at) == -1 ||
	    set(handler_timer, alarm_at) == -1 ? -1 : 0);
}

static void
timers_delete(void)
{
	timer_delete(handler_timer);
	timer_delete(fatal_timer);
}

#endif

int
deadline_arm(int seconds, long long start)
{
	const long long deadline = start + seconds * 1000LL;
	int error;

	deadline_disarm();
	began = start;
	kill_at = deadline + KILL_MS;
	if (timers_create() == -1)
		return (-1);
	armed = 1;
	if (timers_set(deadline + HANDLER_MS, kill_at) == 0)
		return (0);
	error = errno;
	deadline_disarm();
	errno = error;
	return (-1);
}

void
deadline_disarm(void)
{
	if (armed)
		timers_delete();
	armed = 0;
}

void
deadline_step(const char *step, const struct event *e)
{
	const int next = !current;

	told[next].step = step;
	if (e != NULL)
		event_subject(e, told[next].subject);
	else
		memcpy(told[next].subject, told[current].subject,
		    strlen(told[current].subject) + 1);
	/* The new text must be written before current points to it. */
	atomic_signal_fence(memory_order_seq_cst);
	current = next;
}

void
deadline_closed(const struct event *e)
{
	static const char *const steps[] = {
		[RESULT_SERVED] = "logging that the connection was served",
		[RESULT_REFUSED] = "logging that the connection was refused",
		[RESULT_CLOSED] = "logging that the client said nothing",
		[RESULT_ERROR] = "logging an error",
	};
	const long long now = now_ms();
	long long handler = now + LOG_MS, fatal = now + LOG_MS + LAST_LOG_MS;

	deadline_step(steps[e->result], e);
	if (!armed)
		return;
	if (fatal > kill_at) {
		fatal = kill_at;
		handler = kill_at - LAST_LOG_MS;
	}
	/* If this fails, the old timers remain, and end the process. */
	timers_set(handler, fatal);
}
