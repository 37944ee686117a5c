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

#include <stdio.h>
#include <string.h>

#include "output.h"

static const char *const words[] = {
	[SEVERITY_OK] = "ok",
	[SEVERITY_NOTE] = "note",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
};
static const char *const colours[] = {
	[SEVERITY_OK] = "\033[32m",
	[SEVERITY_NOTE] = "\033[36m",
	[SEVERITY_WARNING] = "\033[33m",
	[SEVERITY_ERROR] = "\033[31m",
};

/* A text of the table, with its details put in. */
struct expansion {
	char	*buf;
	size_t	 size, len;
	int	 is_cut;
};

/* Is c shown as it is?  All else is escaped. */
static int
is_shown(char c)
{
	return (c >= ' ' && c <= '~');
}

static void
append(struct expansion *t, const char *s, size_t n)
{
	if (n >= t->size - t->len) {
		n = t->size - t->len - 1;
		t->is_cut = 1;
	}
	memcpy(t->buf + t->len, s, n);
	t->len += n;
	t->buf[t->len] = '\0';
}

/* Quote s for sh(1) if need be. */
static void
append_quoted(struct expansion *t, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-+:,@";
	size_t n;

	for (const char *c = s; *c != '\0'; c++)
		t->is_cut |= !is_shown(*c);
	if (s[0] != '\0' && s[strspn(s, plain)] == '\0') {
		append(t, s, strlen(s));
		return;
	}
	append(t, "'", 1);
	for (; *s != '\0'; s += n) {
		n = strcspn(s, "'");
		append(t, s, n);
		if (s[n] == '\'') {
			append(t, "'\\''", 4);
			n++;
		}
	}
	append(t, "'", 1);
}

static void
expand(struct expansion *t, const struct findings *f, enum finding id,
    const char *s)
{
	const char *detail;
	int quoted;

	for (; *s != '\0'; s++) {
		if (*s == '{') {
			detail = findings_detail(f, id, s[1] - '0');
			if (detail == NULL || detail[0] == '\0')
				s = strchr(s, '}');
			else
				s += 2;
		} else if (*s == '%') {
			quoted = s[1] == 'q';
			s += 1 + quoted;
			detail = findings_detail(f, id, *s - '0');
			if (detail == NULL)
				t->is_cut = 1;
			else if (quoted)
				append_quoted(t, detail);
			else
				append(t, detail, strlen(detail));
		} else if (*s != '}')
			append(t, s, 1);
	}
}

int
output_expand(const struct findings *f, enum finding id, const char *s,
    char *buf, size_t size)
{
	struct expansion t = { .buf = buf, .size = size };

	buf[0] = '\0';
	expand(&t, f, id, s);
	return (t.is_cut ? -1 : 0);
}

/* What is wrong: how many have it, what the CA says, and why. */
static void
describe(const struct row *r, const struct findings *f, enum finding id,
    char buf[OUTPUT_TEXT_SIZE])
{
	const struct finding_words *w = finding_words(id);
	struct expansion t = { .buf = buf, .size = OUTPUT_TEXT_SIZE };

	buf[0] = '\0';
	if (r->connections > 1 && f->times[id] > 0)
		t.len = (size_t)snprintf(buf, t.size, "%d of %d: ",
		    f->times[id], r->connections);
	if (w->ca != NULL && FINDING_IS_OF_SERVER(id)) {
		append(&t, "\"", 1);
		expand(&t, f, id, w->ca);
		append(&t, "\": ", 3);
	}
	expand(&t, f, id, w->cause);
}

/*
 * If the server answered with a fallback, or with the pair of another name,
 * there is nothing to repair in that certificate.
 */
static int
has_no_remedy(const struct findings *f, enum finding id)
{
	return (!FINDING_IS_OF_SERVER(id) &&
	    (f->has[FINDING_FALLBACK] || f->has[FINDING_OTHER_NAME]));
}

/* The remedy, or "" if there is none, or none that is safe. */
static void
advise(const struct row *r, const struct findings *f, enum finding id,
    char buf[OUTPUT_TEXT_SIZE])
{
	const char *remedy = finding_words(id)->remedy;

	if (remedy[0] == '!')
		remedy = r->doubt != NULL ? r->doubt : remedy + 1;
	if (output_expand(f, id, remedy, buf, OUTPUT_TEXT_SIZE) == -1 ||
	    has_no_remedy(f, id))
		buf[0] = '\0';
}

/* Would s be the same text as t, if address a were replaced by b? */
static int
is_like(const char *s, const char *a, const char *t, const char *b)
{
	const char *at = strstr(s, a);

	return (at != NULL && strncmp(s, t, (size_t)(at - s)) == 0 &&
	    strncmp(t + (at - s), b, strlen(b)) == 0 &&
	    strcmp(at + strlen(a), t + (at - s) + strlen(b)) == 0);
}

/* Have both rows the finding, in words that differ only in their addresses? */
static int
is_same(const struct row *a, const struct row *b, enum finding id)
{
	const struct findings *f = a->sets[0], *g = b->sets[0];
	const char *s, *t;

	if (!f->has[id] || !g->has[id] || f->times[id] != g->times[id] ||
	    has_no_remedy(f, id) != has_no_remedy(g, id))
		return (0);
	for (int n = 1; (s = findings_detail(f, id, n)) != NULL; n++)
		if ((t = findings_detail(g, id, n)) == NULL ||
		    (strcmp(s, t) != 0 &&
		    !is_like(s, a->address, t, b->address)))
			return (0);
	return (1);
}

/* Has f a finding id of this severity that no row above r shows? */
static int
is_new(const struct output *o, const struct row *r, const struct findings *f,
    enum finding id, enum severity severity)
{
	if (!f->has[id] || finding_words(id)->severity != severity)
		return (0);
	for (int i = 0; !o->json && i < r->n_all && &r->all[i] < r; i++)
		if (is_same(&r->all[i], r, id))
			return (0);
	return (1);
}

static void
put_text(const char *s, FILE *f)
{
	for (; *s != '\0'; s++)
		fprintf(f, is_shown(*s) ? "%c" : "\\x%02x", (unsigned char)*s);
}

/* A member of JSON; \u takes the bytes as Latin-1, so that none is lost. */
static void
put_string(const char *before, const char *key, const char *s, FILE *f)
{
	fprintf(f, "%s\"%s\":\"", before, key);
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else
			fprintf(f, is_shown(*s) ? "%c" : "\\u%04x",
			    (unsigned char)*s);
	putc('"', f);
}

/* A member that is null if s is "". */
static void
put_optional(const char *key, const char *s, FILE *f)
{
	if (s[0] == '\0')
		fprintf(f, ",\"%s\":null", key);
	else
		put_string(",", key, s, f);
}

static void
put_number(const char *key, long long n, int is_known, FILE *f)
{
	if (is_known)
		fprintf(f, ",\"%s\":%lld", key, n);
	else
		fprintf(f, ",\"%s\":null", key);
}

static void
put_address(const struct row *r, FILE *f)
{
	fprintf(f, strchr(r->address, ':') == NULL ? " %s:%d" : " [%s]:%d",
	    r->address, r->port);
}

static void
put_word(const struct output *o, enum severity severity)
{
	fprintf(o->f, "%s%s%s", o->colour ? colours[severity] : "",
	    words[severity], o->colour ? "\033[0m" : "");
}

static void
json_finding(const struct output *o, const struct row *r,
    const struct findings *f, enum finding id, const char *before)
{
	char text[OUTPUT_TEXT_SIZE];

	put_string(before, "code", finding_words(id)->code, o->f);
	put_string(",", "severity", words[finding_words(id)->severity], o->f);
	describe(r, f, id, text);
	put_string(",", "message", text, o->f);
	advise(r, f, id, text);
	put_string(",", "remedy", text, o->f);
	putc('}', o->f);
}

static void
text_finding(const struct output *o, const struct row *r,
    const struct findings *f, enum finding id, enum severity worst)
{
	char text[OUTPUT_TEXT_SIZE], *line;
	int n = 0;

	fprintf(o->f, "    ");
	/* show the severity only if it differs from that of the row */
	if (finding_words(id)->severity != worst) {
		put_word(o, finding_words(id)->severity);
		fprintf(o->f, ": ");
	}
	describe(r, f, id, text);
	put_text(text, o->f);
	for (int i = 0; i < r->n_all; i++)
		if (&r->all[i] > r && is_same(r, &r->all[i], id)) {
			fprintf(o->f, "%s", n++ == 0 ? "; also at" : ",");
			put_address(&r->all[i], o->f);
		}
	putc('\n', o->f);
	advise(r, f, id, text);
	for (line = strtok(text, "\n"); line != NULL;
	    line = strtok(NULL, "\n")) {
		fprintf(o->f, "    -> ");
		put_text(line, o->f);
		putc('\n', o->f);
	}
}

/* Print the findings of a severity.  n came before; returns the new n. */
static int
put_findings(const struct output *o, const struct row *r,
    enum severity severity, enum severity worst, int n)
{
	const struct findings *f;

	for (int i = 0; i < OUTPUT_SETS_MAX && r->sets[i] != NULL; i++) {
		f = r->sets[i];
		for (enum finding id = 0; id < FINDING_N; id++) {
			if (!is_new(o, r, f, id, severity))
				continue;
			if (o->json)
				json_finding(o, r, f, id, n > 0 ? ",{" : "{");
			else
				text_finding(o, r, f, id, worst);
			n++;
		}
	}
	return (n);
}

static void
json_head(const struct row *r, const char *result, FILE *f)
{
	put_string("{", "name", r->name, f);
	put_optional("address", r->address, f);
	put_number("port", r->port, r->port != 0, f);
	put_optional("tls", r->tls, f);
	put_number("ms", r->ms, r->connections > 0, f);
	put_optional("digest", r->digest, f);
	put_number("age", r->age, r->age != -1, f);
	put_string(",", "result", result, f);
	fprintf(f, ",\"findings\":[");
}

/* Is one of the worst findings of this address shown in this row? */
static int
shows_worst(const struct output *o, const struct row *r, enum severity worst)
{
	const struct findings *f = r->sets[0];

	for (enum finding id = 0; f != NULL && id < FINDING_N; id++)
		if (is_new(o, r, f, id, worst))
			return (1);
	return (0);
}

static void
text_head(const struct output *o, const struct row *r, enum severity worst)
{
	const char *said = r->about;

	if (worst == SEVERITY_OK && r->good[0] != '\0')
		said = r->good;
	else if (r->n_all > 0)
		said = shows_worst(o, r, worst) ? "" : "as above";
	put_word(o, worst);
	fprintf(o->f, "%*s", (int)(8 - strlen(words[worst])), "");
	put_text(r->name, o->f);
	if (r->address[0] != '\0')
		put_address(r, o->f);
	if (said[0] != '\0') {
		fprintf(o->f, ": ");
		put_text(said, o->f);
	}
	putc('\n', o->f);
}

enum severity
output_row(const struct output *o, const struct row *r)
{
	enum severity worst = SEVERITY_OK, s;
	int n = 0;

	for (int i = 0; i < OUTPUT_SETS_MAX && r->sets[i] != NULL; i++)
		if ((s = findings_worst(r->sets[i])) > worst)
			worst = s;
	if (worst == SEVERITY_NOTE)
		worst = SEVERITY_OK;
	if (o->json)
		json_head(r, words[worst], o->f);
	else
		text_head(o, r, worst);
	for (s = SEVERITY_ERROR; s >= SEVERITY_NOTE; s--)
		n = put_findings(o, r, s, worst, n);
	if (o->json)
		fprintf(o->f, "]}\n");
	return (worst);
}

void
output_begin(struct row *r, const char *name, const struct findings *set)
{
	*r = (struct row){ .age = -1, .sets = { set } };
	snprintf(r->name, sizeof(r->name), "%s", name);
}

enum severity
output_set(const struct output *o, const char *name,
    const struct findings *set)
{
	struct row r;

	output_begin(&r, name, set);
	return (output_row(o, &r));
}

int
output_end(const struct output *o)
{
	return (fflush(o->f) != 0 || ferror(o->f) ? -1 : 0);
}
