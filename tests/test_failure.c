/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "message/failure.h"

#include "message/command.h"
#include "message/sample.h"

#include "unit.h"

static void every_kind_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FAILURE_KINDS; i++) {
		const char *name = failure_name((enum failure_kind)i);

		assert_non_null(name);
		assert_true(strlen(name) > 0);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(name, failure_name((enum failure_kind)j));
	}
	assert_string_equal(failure_name(FAILURE_REFUSED), "refused");
	assert_string_equal(failure_name(FAILURE_CONNECT_TIMEOUT), "connect-timeout");
	assert_string_equal(failure_name(FAILURE_TOO_LARGE), "too-large");
	assert_string_equal(failure_name(FAILURE_KINDS), "unknown");
	assert_string_equal(failure_name((enum failure_kind) - 1), "unknown");
}

static void only_what_cannot_have_reached_the_target_is_unseen(void **state)
{
	static const enum failure_kind unseen[] = { FAILURE_DNS,     FAILURE_REFUSED,
						    FAILURE_CONNECT, FAILURE_CONNECT_TIMEOUT,
						    FAILURE_TLS,     FAILURE_RENDER,
						    FAILURE_LOCAL };

	(void)state;
	for (unsigned i = 0; i < FAILURE_KINDS; i++) {
		bool want = false;

		for (size_t j = 0; j < COUNT(unseen); j++)
			want |= unseen[j] == (enum failure_kind)i;
		assert_int_equal(failure_unseen((enum failure_kind)i) != 0, want);
	}
	assert_false(failure_unseen(FAILURE_KINDS));
}

static void advice_is_one_sentence_where_there_is_any(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FAILURE_KINDS; i++) {
		for (unsigned status = 0; status < 600; status++) {
			const char *advice = failure_advice((enum failure_kind)i, status);

			assert_non_null(advice);
			if (*advice != '\0')
				assert_int_equal(advice[strlen(advice) - 1], '.');
			assert_null(strchr(advice, '\n'));
		}
	}
	assert_string_equal(failure_advice(FAILURE_NONE, 0), "");
	assert_string_equal(failure_advice(FAILURE_KINDS, 0), "");
}

static void advice_follows_the_procedures_list(void **state)
{
	(void)state;
	assert_non_null(strstr(failure_advice(FAILURE_REFUSED, 0), "30 seconds"));
	assert_non_null(strstr(failure_advice(FAILURE_STATUS, 401), "user creation script"));
	assert_non_null(strstr(failure_advice(FAILURE_STATUS, 500), "QueuePool"));
	/* The status matters only where the status is the failure. */
	assert_string_equal(failure_advice(FAILURE_TIMEOUT, 401),
			    failure_advice(FAILURE_TIMEOUT, 0));
	assert_string_equal(failure_advice(FAILURE_STATUS, 418), failure_advice(FAILURE_STATUS, 0));
	assert_string_not_equal(failure_advice(FAILURE_STATUS, 418), "");
}

static void states_and_commands_have_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RUN_STATES; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(run_state_name((enum run_state)i),
						run_state_name((enum run_state)j));
	}
	assert_string_equal(run_state_name(RUN_DRAINING), "draining");
	assert_string_equal(run_state_name(RUN_STATES), "unknown");
	for (unsigned i = 0; i <= COMMAND_LOG; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(command_name((enum command_type)i),
						command_name((enum command_type)j));
	}
	assert_string_equal(command_name(COMMAND_STOP_NOW), "stop-now");
	assert_string_equal(command_name((enum command_type)200), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_a_name_of_its_own),
		cmocka_unit_test(only_what_cannot_have_reached_the_target_is_unseen),
		cmocka_unit_test(advice_is_one_sentence_where_there_is_any),
		cmocka_unit_test(advice_follows_the_procedures_list),
		cmocka_unit_test(states_and_commands_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
