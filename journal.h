/*
 * journal: structured entries for journald through libsystemd, which is
 * loaded when there is something to say and not before: linked, it costs
 * every process start about a millisecond for its five libraries.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stddef.h>

struct journal_field {
	const char	*key;
	const char	*value;		/* NULL or "": the field is left out */
};

#define JOURNAL_FIELDS_MAX	16

/* Was alpnd built with libsystemd?  1 or 0. */
int	journal_supported(void);

/*
 * Send one entry of up to JOURNAL_FIELDS_MAX fields.  Returns 0, or -1 if it
 * could not be sent: no libsystemd, no journal, out of memory.
 */
int	journal_send(const struct journal_field *fields, size_t n);

#endif
