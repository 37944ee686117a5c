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
/* idna: UTF-8, and the ASCII form of a name in UTF-8 (RFC 3492).  Pure. */
#ifndef IDNA_H
#define IDNA_H

#include <stdint.h>

#include "name.h"

/*
 * Read a character of UTF-8 (RFC 3629) at *s, which is before end, and move *s
 * behind the character.  Returns -1 if it is malformed.
 */
int32_t	idna_character(const uint8_t **s, const uint8_t *end);

/*
 * The A-labels, "xn--...", of s, a name in UTF-8, with Latin, Greek and
 * Cyrillic capitals made small.  Returns 0, or -1: s is ASCII already, no
 * UTF-8, or too long, or has a capital or an accent that idna.c cannot make
 * small.  The name is for a hint: other scripts are not normalized.
 */
int	idna_to_ascii(const char *s, char out[NAME_SIZE]);

#endif
