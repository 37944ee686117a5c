#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "row.h"

static const char *const words[] = {
	[SEVERITY_OK] = "ok",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
};
static const char *const colours[] = {
	[SEVERITY_OK] = "\033[32m",
	[SEVERITY_WARNING] = "\033[33m",
	[SEVERITY_ERROR] = "\033[31m",
};

void
row_begin(struct row *r, const char *subject)
{
	r->worst = SEVERITY_OK;
	r->n = 0;
	r->good[0] = '\0';
	(void)snprintf(r->subject, sizeof(r->subject), "%s", subject);
}

void
row_good(struct row *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->good, sizeof(r->good), fmt, ap);
	va_end(ap);
}

/* Make room behind all that are as bad; NULL if there is none. */
static struct finding *
make_room(struct row *r, enum severity severity)
{
	size_t i;

	if (r->n == ROW_FINDINGS_MAX) {
		if (r->findings[r->n - 1].severity >= severity)
			return (NULL);
		r->n--;
	}
	for (i = r->n; i > 0 && r->findings[i - 1].severity < severity; i--)
		r->findings[i] = r->findings[i - 1];
	r->n++;
	return (&r->findings[i]);
}

void
row_add(struct row *r, enum severity severity, const char *code,
    const char *remedy, const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	if (severity > r->worst)
		r->worst = severity;
	if ((f = make_room(r, severity)) == NULL)
		return;
	f->severity = severity;
	f->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
	(void)snprintf(f->remedy, sizeof(f->remedy), "%s",
	    remedy == NULL ? "" : remedy);
}

const struct finding *
row_find(const struct row *r, const char *code)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->findings[i].code, code) == 0)
			return (&r->findings[i]);
	return (NULL);
}

/* As it is; all else is escaped. */
static int
is_shown(char c)
{
	return (c >= ' ' && c <= '~');
}

void
row_remedy(char buf[ROW_TEXT_SIZE], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, ROW_TEXT_SIZE, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= ROW_TEXT_SIZE)
		buf[0] = '\0';
	for (const char *s = buf; *s != '\0'; s++)
		if (!is_shown(*s)) {
			buf[0] = '\0';
			break;
		}
}

const char *
row_quote(const char *s, char buf[ROW_TEXT_SIZE])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-+:,@";
	size_t n = 0;

	if (s[0] != '\0' && s[strspn(s, plain)] == '\0') {
		row_remedy(buf, "%s", s);
		return (buf);
	}
	buf[n++] = '\'';
	for (; *s != '\0' && n + 6 < ROW_TEXT_SIZE; s++) {
		if (*s != '\'') {
			buf[n++] = *s;
			continue;
		}
		memcpy(buf + n, "'\\''", 4);
		n += 4;
	}
	if (*s != '\0')
		n = 1;
	buf[n++] = '\'';
	buf[n] = '\0';
	return (buf);
}

static void
put_text(const char *s, FILE *f)
{
	for (; *s != '\0'; s++) {
		if (is_shown(*s))
			(void)putc(*s, f);
		else
			(void)fprintf(f, "\\x%02x", (unsigned char)*s);
	}
}

/* A string of JSON; \u takes the bytes as Latin-1, so that none is lost. */
static void
put_string(const char *key, const char *s, FILE *f)
{
	(void)fprintf(f, "\"%s\":\"", key);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			(void)fprintf(f, "\\%c", *s);
		else if (*s >= ' ' && *s <= '~')
			(void)putc(*s, f);
		else
			(void)fprintf(f, "\\u%04x", (unsigned char)*s);
	}
	(void)putc('"', f);
}

static void
print_json(const struct row *r, FILE *f)
{
	(void)putc('{', f);
	put_string("subject", r->subject, f);
	(void)putc(',', f);
	put_string("result", words[r->worst], f);
	(void)putc(',', f);
	put_string("good", r->good, f);
	(void)fprintf(f, ",\"findings\":[");
	for (size_t i = 0; i < r->n; i++) {
		(void)fprintf(f, i == 0 ? "{" : ",{");
		put_string("severity", words[r->findings[i].severity], f);
		(void)putc(',', f);
		put_string("code", r->findings[i].code, f);
		(void)putc(',', f);
		put_string("what", r->findings[i].what, f);
		(void)putc(',', f);
		put_string("remedy", r->findings[i].remedy, f);
		(void)putc('}', f);
	}
	(void)fprintf(f, "]}\n");
}

static void
print_word(enum severity severity, const struct row_style *style, FILE *f)
{
	if (style->colour)
		(void)fprintf(f, "%s%s\033[0m", colours[severity],
		    words[severity]);
	else
		(void)fprintf(f, "%s", words[severity]);
}

static void
print_text(const struct row *r, const struct row_style *style, FILE *f)
{
	print_word(r->worst, style, f);
	(void)fprintf(f, "%*s", (int)(8 - strlen(words[r->worst])), "");
	put_text(r->subject, f);
	if (r->n == 0 && r->good[0] != '\0') {
		(void)fprintf(f, ": ");
		put_text(r->good, f);
	}
	(void)putc('\n', f);
	for (size_t i = 0; i < r->n; i++) {
		(void)fprintf(f, "    ");
		/* as bad as the row, unless it says otherwise */
		if (r->findings[i].severity != r->worst) {
			print_word(r->findings[i].severity, style, f);
			(void)fprintf(f, ": ");
		}
		put_text(r->findings[i].what, f);
		(void)putc('\n', f);
		if (r->findings[i].remedy[0] == '\0')
			continue;
		(void)fprintf(f, "    -> ");
		put_text(r->findings[i].remedy, f);
		(void)putc('\n', f);
	}
}

int
row_print(const struct row *r, const struct row_style *style, FILE *f)
{
	if (style->json)
		print_json(r, f);
	else
		print_text(r, style, f);
	return (ferror(f) ? -1 : 0);
}
