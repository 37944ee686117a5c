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
/* curve: certificates of openssl, and what is none. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../curve.h"

/* openssl req -x509 -nodes -newkey ... -subj /CN=a */
#define HEAD	"-----BEGIN CERTIFICATE-----\n"
#define TAIL	"\n-----END CERTIFICATE-----\n"

static const struct {
	const char	*what;
	int		 usable;
	const char	*pem;
} certs[] = {
	{ "P-256", 1, HEAD
	    "MIIBbTCCAROgAwIBAgIUAwFG0kgIJKLbzA8b6PI2XZ+C5K8wCgYIKoZIzj0EAwIw\n"
	    "DDEKMAgGA1UEAwwBYTAeFw0yNjExMjgwMjMwMjFaFw0yNjEyMDcwMjMwMjFaMAwx\n"
	    "CjAIBgNVBAMMAWEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQY8/bkn3bvE5/X\n"
	    "BztDYTkTwI8SgdL/ubFDZjVu/4BM6+CheHdac9EihZLC7s82syWGS6eFO2XI+Nw7\n"
	    "ys8KSSNEo1MwUTAdBgNVHQ4EFgQUL2NWNWqnlmloheJGDAkqMBZertMwHwYDVR0j\n"
	    "BBgwFoAUL2NWNWqnlmloheJGDAkqMBZertMwDwYDVR0TAQH/BAUwAwEB/zAKBggq\n"
	    "hkjOPQQDAgNIADBFAiEA1RkVb1amihkIZSOfSg2kwGnukzffja8/RMtBFhjJQtMC\n"
	    "IBFZZ/Za4Yb25JcrqWRu7SbQ201wHdOUCWEMidjiu9Il" TAIL },
	{ "P-384", 1, HEAD
	    "MIIBqjCCATCgAwIBAgIUMKq8jShw2tI4UFWYWqmM6FncOZwwCgYIKoZIzj0EAwIw\n"
	    "DDEKMAgGA1UEAwwBYTAeFw0yNjExMjgwMjMwMjFaFw0yNjEyMDcwMjMwMjFaMAwx\n"
	    "CjAIBgNVBAMMAWEwdjAQBgcqhkjOPQIBBgUrgQQAIgNiAATfH7uvvwMAIsub168G\n"
	    "5WZA/IJSKZ8pubAXM5oGPVfcug0/DK9tO5mzlYfGUjVe/Bhelw7QsU2d2dLTR8pR\n"
	    "d9P1j6EPTAGfaE0UbTl/UVyZlJPWnxt26CpB6w+cKl1pf/OjUzBRMB0GA1UdDgQW\n"
	    "BBQrrLFgrRhJ9nF8za1uuT7xBh1JFzAfBgNVHSMEGDAWgBQrrLFgrRhJ9nF8za1u\n"
	    "uT7xBh1JFzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA2gAMGUCMAW436t/\n"
	    "ejofKycK1aDqbaPM191ZtODm/H92RndQVL4E6qI+MedBSDtLRJ2ZCexhPQIxAN4O\n"
	    "f6L6og0wAxW+Znb1Cp0VUSffF6NGBewFIRvMInD8rZOPbriB5c1WUPHpHRiIGg==" TAIL },
	{ "P-521", 1, HEAD
	    "MIIB9DCCAVagAwIBAgIUGVMvoifdyqOiYI38ci2aZlx2vhYwCgYIKoZIzj0EAwIw\n"
	    "DDEKMAgGA1UEAwwBYTAeFw0yNjExMjgwMjMwMjFaFw0yNjEyMDcwMjMwMjFaMAwx\n"
	    "CjAIBgNVBAMMAWEwgZswEAYHKoZIzj0CAQYFK4EEACMDgYYABABiiEKyZYipAz41\n"
	    "G4DpXab8UXlkJ5kPk2bveSnU1MXzbTflOjogwqk4RnRKmptp3z/HwzYkUqRcnwyz\n"
	    "tf2OKVaBEwAXS3bcdCiZlIf/SNwbyCSLvXUi49+89aBJi38fsyLXdNgkpPgqhfV1\n"
	    "DT3ezb8UjIA2cj1CCJS3cKGYtb5lhFeZYKNTMFEwHQYDVR0OBBYEFAJPmzfELMY9\n"
	    "D1RPAQ4hn2lXpW1MMB8GA1UdIwQYMBaAFAJPmzfELMY9D1RPAQ4hn2lXpW1MMA8G\n"
	    "A1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDgYsAMIGHAkIAm45m6cFijEUM2Rbk\n"
	    "eWC1Uz+ycPIfiiybjXh2to/MYPLZGOOXYkPQsyq3/933cfh9+72NqorFJoIiRu2H\n"
	    "CNBmJS0CQVh2WlMNcPQlqpYnGYPLlxya4dE9KCAuUJL+XdZ3wBOeKi0Gx3rKDA6+\n"
	    "pBVkYSykvPrpy/KNAmlZvFk9hOKU/lKk" TAIL },
	{ "secp224r1", 0, HEAD
	    "MIIBWjCCAQigAwIBAgIUXG91ZjUwadiI4FnQWyVp8dlKdE4wCgYIKoZIzj0EAwIw\n"
	    "DDEKMAgGA1UEAwwBYTAeFw0yNjExMjgwMjMwMjFaFw0yNjEyMDcwMjMwMjFaMAwx\n"
	    "CjAIBgNVBAMMAWEwTjAQBgcqhkjOPQIBBgUrgQQAIQM6AARz0nPhW/m9McQ5f8JB\n"
	    "mNA3JJY2siURt4+fb5Bz2sibA7eajNYF9/BYMYs//cqX5qDZPao5i24MuKNTMFEw\n"
	    "HQYDVR0OBBYEFAEEScAgzpDhHBRf2/IKlCTefJVuMB8GA1UdIwQYMBaAFAEEScAg\n"
	    "zpDhHBRf2/IKlCTefJVuMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDQAAw\n"
	    "PQIdANYsO1c4Beqr+C9qfYKiPdOIJqPaIjGy9MTcuToCHE75b68TFafznvQAP+zv\n"
	    "m98eZ9/CJ+m9p+9Dp9w=" TAIL },
	{ "secp256k1", 0, HEAD
	    "MIIBaTCCARCgAwIBAgIUM2ldsT8y4aR95S0XD62XtnfiLb4wCgYIKoZIzj0EAwIw\n"
	    "DDEKMAgGA1UEAwwBYTAeFw0yNjExMjgwMjMwMjFaFw0yNjEyMDcwMjMwMjFaMAwx\n"
	    "CjAIBgNVBAMMAWEwVjAQBgcqhkjOPQIBBgUrgQQACgNCAAT99s466mWVF7gH5/rJ\n"
	    "O1Ed9ASQdhOSpVvd73FN1jVqLXgSO245ZV27KN9Vgvi4ZQIswxzqU7Fxu6aomSdd\n"
	    "kURIo1MwUTAdBgNVHQ4EFgQUvDukIFWTCGJWF7DAr4EMLgZNgKQwHwYDVR0jBBgw\n"
	    "FoAUvDukIFWTCGJWF7DAr4EMLgZNgKQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjO\n"
	    "PQQDAgNHADBEAiBRM4z64zwP50lLxQu9nKeSMZWPmhiuT2E86hAhU/5vjQIgTm8B\n"
	    "k3A+pDAiQHEtpBWosdvMgWXlf1Gbrx9L9j8+anM=" TAIL },
	{ "brainpoolP256r1", 0, HEAD
	    "MIIBbTCCARSgAwIBAgIUG0knrq//LCB3Aq0O8L+lRTbglA8wCgYIKoZIzj0EAwIw\n"
	    "DDEKMAgGA1UEAwwBYTAeFw0yNjExMjgwMjMwMjFaFw0yNjEyMDcwMjMwMjFaMAwx\n"
	    "CjAIBgNVBAMMAWEwWjAUBgcqhkjOPQIBBgkrJAMDAggBAQcDQgAER8F+F8eeu7sF\n"
	    "yYy1DUXQKzDt1GQfbu0aAdCczfDcxGogXZLjlHDkqDNP2H0etcFU4suJJW5sUqU2\n"
	    "Tvug9PXrQqNTMFEwHQYDVR0OBBYEFOk2pZ6o5QmV40vHLT29kGHuiQcFMB8GA1Ud\n"
	    "IwQYMBaAFOk2pZ6o5QmV40vHLT29kGHuiQcFMA8GA1UdEwEB/wQFMAMBAf8wCgYI\n"
	    "KoZIzj0EAwIDRwAwRAIgZF36t6TTdUnFStERxOx7ANioF2pukCC4cn8FixkEWzkC\n"
	    "IEbKbEY3fd9BmItVNwNH/Kd1+8wWqbHhsr8xdJmDxbOV" TAIL },
	{ "P-256 by its parameters", 0, HEAD
	    "MIICYjCCAgegAwIBAgIUPYz5g+9SEFUn+VTLk9WI9gy2B/wwCgYIKoZIzj0EAwIw\n"
	    "DDEKMAgGA1UEAwwBYTAeFw0yNjExMjgwMjMwMjFaFw0yNjEyMDcwMjMwMjFaMAwx\n"
	    "CjAIBgNVBAMMAWEwggFLMIIBAwYHKoZIzj0CATCB9wIBATAsBgcqhkjOPQEBAiEA\n"
	    "/////wAAAAEAAAAAAAAAAAAAAAD///////////////8wWwQg/////wAAAAEAAAAA\n"
	    "AAAAAAAAAAD///////////////wEIFrGNdiqOpPns+u9VXaYhrxlHQawzFOw9jvO\n"
	    "PD4n0mBLAxUAxJ02CIbnBJNqZnjhE50mt4GffpAEQQRrF9Hy4SxCR/i85uVjpEDy\n"
	    "dwN9gS3rM6D0oTlF2JjClk/jQuL+Gn+bjufrSnwPnhYrzjNXazFezsu2QGg3v1H1\n"
	    "AiEA/////wAAAAD//////////7zm+q2nF56E87nKwvxjJVECAQEDQgAE0eB6qdbc\n"
	    "TeTmaaU0ZilICRIafpv2gqYVAyxHaMI+uUeYiXBk49VZd4wEgf9s0ugz8wzkJPt2\n"
	    "FpHvgwWofAXELaNTMFEwHQYDVR0OBBYEFBZ3Mt0gkORLHtPmvSU0sG09n4x+MB8G\n"
	    "A1UdIwQYMBaAFBZ3Mt0gkORLHtPmvSU0sG09n4x+MA8GA1UdEwEB/wQFMAMBAf8w\n"
	    "CgYIKoZIzj0EAwIDSQAwRgIhAIBIkpdUsN3zQctySf4PF+s5kozUc6ZGKCnjjYHY\n"
	    "gu96AiEA7vs7p3kGtbxmGGFt8VKYD/lcqNyfHeO/7KjzqFGnWY4=" TAIL },
	{ "Ed25519", 1, HEAD
	    "MIIBLDCB36ADAgECAhRyVbudLtY2IK93NA29Ubl1W/Y8FTAFBgMrZXAwDDEKMAgG\n"
	    "A1UEAwwBYTAeFw0yNjExMjgwMjMwMjFaFw0yNjEyMDcwMjMwMjFaMAwxCjAIBgNV\n"
	    "BAMMAWEwKjAFBgMrZXADIQBUKf3+pNaHwLNpWrgWqvczwGd1IsV2ChDfiRUdZkjU\n"
	    "+qNTMFEwHQYDVR0OBBYEFJfcow6MjjLVuMtQIopteLCjRDo7MB8GA1UdIwQYMBaA\n"
	    "FJfcow6MjjLVuMtQIopteLCjRDo7MA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EA\n"
	    "qi9qk94C/Udv2lYhP/Bi9fe3GClOr08pBQpBIb4ct54tXOoG551FkMlsg8rEVJEs\n"
	    "OkahGiNVh7fIMJeFn92iCw==" TAIL },
	{ "RSA", 1, HEAD
	    "MIIB9DCCAV2gAwIBAgIUE//s3F4DZlMjJbdOe9YD5ejp2sAwDQYJKoZIhvcNAQEL\n"
	    "BQAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjgwMjMwMjFaFw0yNjEyMDcwMjMwMjFa\n"
	    "MAwxCjAIBgNVBAMMAWEwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBALxVXFdl\n"
	    "TG5GivIQUB2SfZrlg1ub9T5pC6klJBdJ8EnEDqRZJjynuPpAn7BvbGfZNCIAqGXY\n"
	    "5PnHdJqghFlkRX1AleS+rU7opXoqfWQjL/1tgMdKP/b3UA8W/3zR3ayyYDyAauy9\n"
	    "vqHOkAh/OJHfpNJiClvnOGzEpRo2VkIkC7QPAgMBAAGjUzBRMB0GA1UdDgQWBBRm\n"
	    "F/+87yWNTzY/lVOEz7srLS7EJzAfBgNVHSMEGDAWgBRmF/+87yWNTzY/lVOEz7sr\n"
	    "LS7EJzAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAHogRvLcLTkS\n"
	    "dVgMERrvYEnmdfIve6axX47UvH42/cht7wbricjK9wsLBsMdl20eVD8GIPqs2zAi\n"
	    "cjUV0S+LKZbfbXSayjwINV8Qu3BI4iziA3mI8TaJ1riTElTRWs/mjWCWnCWH7P5+\n"
	    "xQAO+X0KQ0AQpOI9TKMh8UaBjlnrLogy" TAIL },
};

/* What libtls will refuse, or what has no curve. */
static const struct {
	const char	*what, *pem;
} others[] = {
	{ "nothing", "" },
	{ "no PEM", "hello\n" },
	{ "a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n"
	    "-----END PRIVATE KEY-----\n" },
	{ "an empty certificate", HEAD TAIL },
	{ "a first line alone", HEAD },
	{ "nonsense", HEAD "!!!! \t\r\n\xff\x80" TAIL },
};

static void
test_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (curve_is_usable((const uint8_t *)others[i].pem,
		    strlen(others[i].pem)) != 1)
			fail_msg("%s", others[i].what);
}

static void
test_certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(certs) / sizeof(certs[0]); i++) {
		const char *pem = certs[i].pem;

		if (curve_is_usable((const uint8_t *)pem, strlen(pem)) !=
		    certs[i].usable)
			fail_msg("%s", certs[i].what);
	}
}

/* Every prefix, in a buffer of its size: ASan sees what is read beyond. */
static void
test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(certs) / sizeof(certs[0]); i++) {
		const size_t len = strlen(certs[i].pem);

		for (size_t n = 0; n < len; n++) {
			uint8_t *copy = test_malloc(n + 1);

			memcpy(copy, certs[i].pem, n);
			curve_is_usable(copy, n);
			test_free(copy);
		}
	}
}

/* More base64 than a file can have is not written beyond the buffer. */
static void
test_long(void **state)
{
	static char pem[200000];

	(void)state;
	memset(pem, 'A', sizeof(pem));
	memcpy(pem, HEAD, sizeof(HEAD) - 1);
	assert_int_equal(curve_is_usable((const uint8_t *)pem, sizeof(pem)), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_long),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
