/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "base/error.h"
#include "engine/engine.h"
#include "scenario/scenario.h"

static struct rlimit original;

static int remember(void **state)
{
	(void)state;
	return getrlimit(RLIMIT_NOFILE, &original);
}

static int restore(void **state)
{
	(void)state;
	return setrlimit(RLIMIT_NOFILE, &original);
}

static void the_limit_is_raised_to_the_hard_one(void **state)
{
	(void)state;
	struct scenario sc = { .http = { .max_connections = 1 } };
	struct rlimit limit = original;
	struct error err;

	limit.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(engine_check_files(&sc, 10, &err), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(limit.rlim_cur, original.rlim_max);
}

static void a_run_that_cannot_fit_is_refused_with_number_and_remedy(void **state)
{
	(void)state;
	struct scenario sc = { .http = { .max_connections = 6 } };
	struct error err = { 0 };
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > 6000000) {
		skip();
	}
	assert_int_equal(engine_check_files(&sc, 1000000, &err), -EMFILE);
	assert_non_null(strstr(err.text, "1000000 users"));
	assert_non_null(strstr(err.text, "ulimit -n 6000256"));
}

static void local_ports_are_counted_but_not_for_unix_sockets(void **state)
{
	(void)state;
	char path[] = "/run/x";
	struct scenario sc = { .http = { .max_connections = 1 } };
	struct error err = { 0 };
	struct rlimit limit = { 300000, 300000 };

	if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
		skip(); /* not root: the limit on files comes first */
	}
	assert_int_equal(engine_check_files(&sc, 200000, &err), -EADDRNOTAVAIL);
	assert_non_null(strstr(err.text, "ip_local_port_range"));
	sc.http.unix_socket = path;
	assert_int_equal(engine_check_files(&sc, 200000, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_limit_is_raised_to_the_hard_one, remember,
						restore),
		cmocka_unit_test_setup_teardown(
			a_run_that_cannot_fit_is_refused_with_number_and_remedy, remember, restore),
		cmocka_unit_test_setup_teardown(local_ports_are_counted_but_not_for_unix_sockets,
						remember, restore),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
