#include <stdlib.h>
#include <string.h>

#include "children.h"

int
children_init(struct children *c, size_t max)
{
	c->n = 0;
	c->max = max;
	c->all = calloc(max, sizeof(*c->all));
	return (c->all == NULL ? -1 : 0);
}

void
children_add(struct children *c, pid_t pid, const struct addr *peer,
    const struct addr *source, long long start)
{
	struct child *child = &c->all[c->n++];

	child->pid = pid;
	child->peer = *peer;
	child->source = *source;
	child->hello = child->done = 0;
	child->start = start;
}

struct child *
children_find(struct children *c, pid_t pid)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].pid == pid)
			return (&c->all[i]);
	return (NULL);
}

void
children_remove(struct children *c, struct child *child)
{
	size_t i = (size_t)(child - c->all);

	c->n--;
	memmove(child, child + 1, (c->n - i) * sizeof(*child));
}

static int
same_source(const struct addr *a, const struct addr *b)
{
	if (a->family == 0 || a->family != b->family)
		return (0);
	return (memcmp(a->ip, b->ip, a->family == AF_INET ? 4 : 8) == 0);
}

size_t
children_of(const struct children *c, const struct addr *source)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (same_source(&c->all[i].source, source))
			n++;
	return (n);
}

struct child *
children_silent(struct children *c, const struct addr *source)
{
	struct child *silent = NULL;

	for (size_t i = 0; i < c->n; i++) {
		struct child *child = &c->all[i];

		if (source != NULL && !same_source(&child->source, source))
			continue;
		if (child->done)
			return (child);
		if (silent == NULL && !child->hello)
			silent = child;
	}
	return (silent);
}
