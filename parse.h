/* parse: what every parser of alpnd answers. */
#ifndef PARSE_H
#define PARSE_H

enum parse {
	PARSE_DONE,	/* complete and well-formed */
	PARSE_MORE,	/* a prefix of something well-formed: read on */
	PARSE_BAD,	/* malformed, whatever may follow */
	PARSE_NONE	/* something else altogether begins here */
};

#endif
