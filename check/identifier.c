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

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "identifier.h"

static const char in_addr[] = ".in-addr.arpa", ip6_arpa[] = ".ip6.arpa";

/* RFC 1035 3.5 and RFC 3596 2.5, by which RFC 8738 6 names addresses. */
static void
reverse_name(const struct addr *a, char name[NAME_SIZE])
{
	char *s = name;
	const uint8_t *ip = a->ip;

	if (a->family == AF_INET) {
		snprintf(name, NAME_SIZE, "%u.%u.%u.%u%s",
		    ip[3], ip[2], ip[1], ip[0], in_addr);
		return;
	}
	for (int i = 15; i >= 0; i--)
		s += snprintf(s, 5, "%x.%x.", ip[i] & 15U, ip[i] >> 4);
	snprintf(s - 1, sizeof(ip6_arpa), "%s", ip6_arpa);
}

/* Is s below the zone, or the zone itself? */
static int
is_in_zone(const char *s, const char *zone)
{
	size_t len = strlen(s), n = strlen(zone);

	return (strcmp(s, zone + 1) == 0 ||
	    (len > n && strcmp(s + len - n, zone) == 0));
}

/* The address of a reverse name, if the name is complete and canonical. */
static int
reverse_address(const char *name, struct addr *a)
{
	char again[NAME_SIZE];
	unsigned int o[4], hi, lo;

	memset(a, 0, sizeof(*a));
	if (sscanf(name, "%3u.%3u.%3u.%3u.", &o[0], &o[1], &o[2], &o[3]) == 4 &&
	    is_in_zone(name, in_addr)) {
		a->family = AF_INET;
		for (int i = 0; i < 4; i++)
			a->ip[i] = (uint8_t)o[3 - i];
	} else if (strlen(name) == 64 + sizeof(ip6_arpa) - 2) {
		a->family = AF_INET6;
		for (int i = 0; i < 16; i++) {
			if (sscanf(name + 4 * i, "%1x.%1x.", &lo, &hi) != 2)
				return (-1);
			a->ip[15 - i] = (uint8_t)(hi << 4 | lo);
		}
	} else
		return (-1);
	reverse_name(a, again);
	return (strcmp(name, again) == 0 ? 0 : -1);
}

int
identifier_parse(const char *text, struct identifier *id)
{
	memset(id, 0, sizeof(*id));
	if (addr_from_text(&id->ip, text, NULL) == 0) {
		reverse_name(&id->ip, id->name);
		return (0);
	}
	if (name_canonical((const uint8_t *)text, strlen(text), id->name) == -1)
		return (-1);
	if (!is_in_zone(id->name, in_addr) && !is_in_zone(id->name, ip6_arpa))
		return (0);
	if (reverse_address(id->name, &id->ip) == 0)
		return (0);
	memset(id, 0, sizeof(*id));
	return (-1);
}

const char *
identifier_text(const struct identifier *id, char buf[NAME_SIZE])
{
	if (id->ip.family == 0 ||
	    inet_ntop(id->ip.family, id->ip.ip, buf, NAME_SIZE) == NULL)
		snprintf(buf, NAME_SIZE, "%s", id->name);
	return (buf);
}
