/* children: the order, the sources, and who makes room. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../children.h"

static struct addr
source(const char *ip)
{
	struct addr a;

	assert_int_equal(addr_from_text(&a, ip, "1"), ip[0] == '\0' ? -1 : 0);
	return (a);
}

static void
fill(struct children *c, const char *const *ips, size_t n)
{
	

	assert_int_equal(children_init(c, n), 0);
	for (size_t i = 0; i < n; i++) {
		struct addr a = source(ips[i]);

		children_add(c, (pid_t)(100 + i), &a, &a, 0);
	}
}

static void
test_sources(void **state)
{
	static const char *const ips[] = { "192.0.2.1", "192.0.2.2",
	    "192.0.2.1", "2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1",
	    "", "" };
	static const struct {
		const char	*ip;
		size_t		 want;
	} table[] = { { "192.0.2.1", 2 }, { "192.0.2.2", 1 },
	    { "192.0.2.3", 0 }, { "2001:db8::9", 2 },
	    { "2001:db8:0:1::9", 1 }, { "2001:db8:0:2::9", 0 }, { "", 0 } };
	struct children c;
	struct addr a;

	(void)state;
	fill(&c, ips, 8);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		a = source(table[i].ip);
		assert_int_equal(children_of(&c, &a), table[i].want);
	}
	free(c.all);
}

static void
test_room(void **state)
{
	static const char *const ips[] = { "192.0.2.1", "192.0.2.2",
	    "192.0.2.1", "192.0.2.2" };
	struct children c;
	struct addr two = source("192.0.2.2"), nine = source("192.0.2.9");

	(void)state;
	fill(&c, ips, 4);
	assert_int_equal(children_silent(&c, NULL)->pid, 100);
	assert_int_equal(children_silent(&c, &two)->pid, 101);
	assert_null(children_silent(&c, &nine));
	children_find(&c, 100)->hello = 1;
	assert_int_equal(children_silent(&c, NULL)->pid, 101);
	children_remove(&c, children_find(&c, 101));
	assert_null(children_find(&c, 101));
	assert_int_equal(c.n, 3);
	assert_int_equal(children_silent(&c, NULL)->pid, 102);
	assert_int_equal(children_silent(&c, &two)->pid, 103);
	children_remove(&c, children_find(&c, 103));
	assert_null(children_silent(&c, &two));
	children_find(&c, 102)->hello = 1;
	assert_null(children_silent(&c, NULL));
	/* who is done goes before all others */
	children_find(&c, 102)->done = 1;
	assert_int_equal(children_silent(&c, NULL)->pid, 102);
	assert_null(children_silent(&c, &two));
	children_remove(&c, children_find(&c, 100));
	children_remove(&c, children_find(&c, 102));
	assert_int_equal(c.n, 0);
	free(c.all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_room),
	};

	return (cmocka_run_group_tests_name("children", tests, NULL, NULL));
}
