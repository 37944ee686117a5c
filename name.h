/*
 * name: the one way from bytes of the network to a name that may become a
 * file name.  Host names are RFC 1123 2.1, with the underscore that is in use.
 */
#ifndef NAME_H
#define NAME_H

#include <stddef.h>
#include <stdint.h>

#define NAME_MAX_LEN	253	/* RFC 1035 2.3.4: 255 on the wire */
#define NAME_SIZE	(NAME_MAX_LEN + 1)
#define LABEL_MAX_LEN	63

/*
 * Make the canonical form of len bytes of an SNI: lower case, one trailing
 * dot removed.  Accepted are labels of 1 to 63 letters, digits, '-' and '_'
 * that neither begin nor end with '-', 253 bytes in all, the last label not
 * all digits (which would make it an IP address, RFC 6066 3 forbids those).
 * So the result never has a '/', a NUL, or a leading dot.
 * Returns 0, or -1 with out empty.
 */
int	name_canonical(const uint8_t *in, size_t len, char out[NAME_SIZE]);

#endif
