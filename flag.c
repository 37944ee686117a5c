#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"
#include "flag.h"

const char *
flag_problem(int ch, char buf[FLAG_PROBLEM_SIZE])
{
	(void)snprintf(buf, FLAG_PROBLEM_SIZE, ch == ':' ?
	    "-%c wants an argument" : "there is no flag -%c", optopt);
	return (buf);
}

int
flag_number(const char *s, int min, int max)
{
	uint16_t n;

	/* A port is a number without frills. */
	if (port_parse((const uint8_t *)s, strlen(s), &n) == -1 || n < min ||
	    n > max)
		return (-1);
	return (n);
}
