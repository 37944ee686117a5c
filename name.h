/*
 * name: the only way from bytes of the network to a file name.  Host names as
 * in RFC 1123 2.1, and with underscores, which are in use.
 */
#ifndef NAME_H
#define NAME_H

#include <stddef.h>
#include <stdint.h>

#define NAME_MAX_LEN	253	/* RFC 1035 2.3.4: 255 on the wire */
#define NAME_SIZE	(NAME_MAX_LEN + 1)
#define LABEL_MAX_LEN	63

/*
 * Write the canonical form of the len bytes of an SNI to out: lower case, one
 * trailing dot removed.  A name has 1 to 253 bytes.  Its labels have 1 to 63
 * letters, digits, '-' and '_', and neither begin nor end with '-'.  The last
 * label is not all digits: that would be an IP address, which RFC 6066 3
 * forbids.  So out never has a '/', a NUL, or a leading dot.
 * Returns 0, or -1 with out empty.
 */
int	name_canonical(const uint8_t *in, size_t len, char out[NAME_SIZE]);

#endif
