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
/* pages: memory of a server that its children do not inherit. */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

/*
 * Allocate size bytes, all zero.  A child of fork(2) must not use this memory:
 * in the child it is unmapped, zero or a copy, depending on the system.
 * Returns NULL with errno if out of memory.
 */
void	*pages_alloc(size_t size);

/* Free the memory that pages_alloc() returned, or NULL; size is the same. */
void	pages_free(void *p, size_t size);

#endif
