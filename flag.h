/* flag: the flags of a command line that alpnd and alpnd-check have alike. */
#ifndef FLAG_H
#define FLAG_H

#define FLAG_PROBLEM_SIZE	64

/*
 * What is wrong where getopt(3), its list of flags beginning with ':', has
 * returned ch, ':' or '?'.  Returns buf.
 */
const char *flag_problem(int ch, char buf[FLAG_PROBLEM_SIZE]);

/*
 * A decimal number from min to max, 0 to 65535, without sign, blank or leading
 * zero; -1 if s is none.
 */
int	flag_number(const char *s, int min, int max);

#endif
