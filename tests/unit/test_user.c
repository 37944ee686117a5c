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
/*
 * user: classes and modes, and the way to a directory, by the modes alone:
 * this process does not become the user.
 */
#include <sys/stat.h>
#include <sys/types.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/user.h"

#define UID		4242U
#define GID		4343U
#define OTHER_GROUP	4444U

static struct user u;
static struct findings f;
static char dir[] = "/tmp/alpnd-user.XXXXXX";

static int
setup(void **state)
{
	(void)state;
	memset(&u, 0, sizeof(u));
	strcpy(u.name, "reader");
	u.uid = UID;
	u.gid = u.groups[0] = GID;
	u.groups[1] = OTHER_GROUP;
	u.n_groups = 2;
	findings_clear(&f);
	return (0);
}

static const struct {
	const char	*name;
	mode_t		 mode;
	uid_t		 uid;
	gid_t		 gid;
	int		 may_read;	/* the user, as a file */
	int		 may_write;	/* the user or all, as a directory */
	const char	*group;		/* needed: "" or the user's */
	const char	*class;
} modes[] = {
	{ "dehydrated's key", 0640, 0, GID, 1, 0, "", "g" },
	{ "a group of the user", 0640, 0, OTHER_GROUP, 1, 0, "", "g" },
	{ "another group", 0640, 0, 0, 0, 0, "4343", "o" },
	{ "for the owner only", 0600, 0, GID, 0, 0, "", "g" },
	{ "for others", 0604, 0, 0, 1, 0, "4343", "o" },
	{ "for others, not for the group", 0604, 0, GID, 0, 0, "", "g" },
	{ "the owner", 0400, UID, 0, 1, 0, "", "u" },
	{ "for all but the owner", 0044, UID, 0, 0, 0, "", "u" },
	{ "writable by the group", 0770, 0, GID, 1, 1, "", "g" },
	{ "writable by all", 0777, 0, 0, 1, 1, "4343", "o" },
	{ "writable by all but the group", 0757, 0, GID, 1, 1, "", "g" },
	{ "the owner's, writable", 0700, UID, GID, 1, 0, "", "u" },
};

static void
test_modes(void **state)
{
	char text[64];
	struct stat st;

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		memset(&st, 0, sizeof(st));
		st.st_mode = modes[i].mode;
		st.st_uid = modes[i].uid;
		st.st_gid = modes[i].gid;
		if (user_may_read(&u, -1, "x", &st) != modes[i].may_read)
			fail_msg("%s: may_read", modes[i].name);
		if (user_or_all_may_write(&u, &st) != modes[i].may_write)
			fail_msg("%s: may_write", modes[i].name);
		findings_clear(&f);
		user_add(&u, &f, FINDING_FILE_UNREADABLE, "/x", &st);
		assert_string_equal(findings_detail(&f,
		    FINDING_FILE_UNREADABLE, 1), "/x");
		assert_string_equal(findings_detail(&f,
		    FINDING_FILE_UNREADABLE, 2), "reader");
		assert_string_equal(findings_detail(&f,
		    FINDING_FILE_UNREADABLE, 3), modes[i].group);
		snprintf(text, sizeof(text), "mode %04o, owner ",
		    modes[i].mode);
		assert_memory_equal(findings_detail(&f,
		    FINDING_FILE_UNREADABLE, 4), text, strlen(text));
		assert_string_equal(findings_detail(&f,
		    FINDING_FILE_UNREADABLE, 5), modes[i].class);
	}
}

/* Root needs no mode. */
static void
test_root(void **state)
{
	struct stat st;

	(void)state;
	u.uid = 0;
	memset(&st, 0, sizeof(st));
	st.st_uid = 1;
	assert_true(user_may_read(&u, -1, "x", &st));
	assert_true(user_gets_new_files(&u, -1, &st));
	assert_false(user_or_all_may_write(&u, &st));
}

static void
test_new_files(void **state)
{
	struct stat st;

	(void)state;
	memset(&st, 0, sizeof(st));
	st.st_mode = S_IFDIR | S_ISGID | 0750;
	st.st_gid = GID;
	assert_true(user_gets_new_files(&u, -1, &st));
	st.st_gid = 0;
	assert_false(user_gets_new_files(&u, -1, &st));
	st.st_uid = UID;
	assert_true(user_gets_new_files(&u, -1, &st));
#ifdef __linux__
	st.st_uid = 0;
	st.st_gid = GID;
	st.st_mode = S_IFDIR | 0750;
	assert_false(user_gets_new_files(&u, -1, &st));
#endif
}

/*
 * For a user that stands in for USER_DEFAULT, the finding names the group of
 * USER_DEFAULT.
 */
static void
test_stands_in(void **state)
{
	struct stat st;

	(void)state;
	memset(&st, 0, sizeof(st));
	u.stands_in = 1;
	user_add(&u, &f, FINDING_KEY_EXPOSED, "/x", &st);
	assert_string_equal(findings_detail(&f, FINDING_KEY_EXPOSED, 3),
	    USER_DEFAULT);
}

static void
test_lookup(void **state)
{
	(void)state;
	assert_int_equal(user_lookup(&u, NULL), 0);
	assert_int_equal(u.uid, geteuid());
	assert_int_equal(user_become(&u), 0);
	assert_true(u.is_us);
	assert_int_equal(user_lookup(&u, "no-such-user-here"), -1);
	assert_int_equal(errno, ENOENT);
}

/* What user_check_directory finds of dir/name; only this in the set. */
static void
expect(const char *name, enum finding want, const char *part)
{
	char path[256], whole[256];
	int exposed;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(whole, sizeof(whole), "%s/%s", dir, part);
	findings_clear(&f);
	assert_int_equal(user_check_directory(&u, path, &f, &exposed),
	    want == FINDING_NONE ? 0 : -1);
	for (enum finding id = FINDING_NONE + 1; id < FINDING_N; id++)
		if (f.has[id] != (id == want))
			fail_msg("%s: %s", name, finding_words(id)->code);
	if (want != FINDING_NONE)
		assert_string_equal(findings_detail(&f, want, 1), whole);
}

static void
make(const char *name, mode_t mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
make_link(const char *target, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(symlink(target, path), 0);
}

static void
test_directory(void **state)
{
	char path[256];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	make("open", 0755);
	make("open/certs", 0755);
	make("open/hidden", 0711);
	make("shut", 0700);
	make("shut/certs", 0755);
	make_link("open/certs", "link");
	make_link("shut/certs", "shut-link");
	make_link("loop", "loop");
	make_link("nowhere", "dangling");
	/* each of four links is relative, and below the one before */
	make("d1", 0755);
	make("d1/d2", 0755);
	make("d1/d2/d3", 0755);
	make("d1/d2/d3/d4", 0755);
	make_link("d1", "l1");
	make_link("d2", "d1/l2");
	make_link("../d2/d3", "d1/d2/l3");
	make_link("d4", "d1/d2/d3/l4");
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_non_null(file = fopen(path, "w"));
	fclose(file);
	expect("open/certs", FINDING_NONE, "");
	expect("open//certs/", FINDING_NONE, "");
	expect("link", FINDING_NONE, "");
	expect("l1/l2/l3/l4", FINDING_NONE, "");
	expect("open/hidden", FINDING_DIRECTORY_UNREADABLE, "open/hidden");
	expect("shut/certs", FINDING_DIRECTORY_UNSEARCHABLE, "shut");
	expect("shut-link", FINDING_DIRECTORY_UNSEARCHABLE, "shut");
	expect("open/none", FINDING_DIRECTORY_MISSING, "open/none");
	expect("none/certs", FINDING_DIRECTORY_MISSING, "none");
	expect("dangling", FINDING_DIRECTORY_MISSING, "nowhere");
	expect("loop", FINDING_DIRECTORY_ERROR, "loop");
	expect("file", FINDING_NOT_A_DIRECTORY, "file");
	expect("file/certs", FINDING_NOT_A_DIRECTORY, "file");
	snprintf(path, sizeof(path), "rm -r %s", dir);
	assert_int_equal(system(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_modes, setup),
		cmocka_unit_test_setup(test_root, setup),
		cmocka_unit_test_setup(test_new_files, setup),
		cmocka_unit_test_setup(test_stands_in, setup),
		cmocka_unit_test_setup(test_lookup, setup),
		cmocka_unit_test_setup(test_directory, setup),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
