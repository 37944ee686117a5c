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
/* name_canonical: of its alphabet, 1 to 253 bytes, and a fixed point. */
#include <assert.h>
#include <string.h>

#include "../../name.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char name[NAME_SIZE + 1], again[NAME_SIZE];
	size_t n;

	memset(name, '!', sizeof(name));
	if (name_canonical(data, len, name) == -1) {
		assert(name[0] == '\0');
		return (0);
	}
	assert(name[NAME_SIZE] == '!');
	n = strlen(name);
	assert(n >= 1 && n <= NAME_MAX_LEN && (n == len || n + 1 == len));
	assert(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == n);
	assert(name[0] != '.' && name[n - 1] != '.' && name[0] != '-');
	assert(strstr(name, "..") == NULL);
	assert(name_canonical((const uint8_t *)name, n, again) == 0);
	assert(strcmp(again, name) == 0);
	return (0);
}
