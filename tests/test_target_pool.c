/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "target/target_pool.h"
#include "target_client.h"

#define HOUR_MS 3600000.0
#define LIST    "/api/v1/deployments/"

enum { MANY = 20 };

/* Change keys of the behaviour while it serves. */
static void configure(const char *url, const char *json)
{
	assert_int_equal(
		fetch_status(url, &(struct fetch){ .path = "/_target/config", .body = json }), 200);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void service_times_are_log_normal(void **state)
{
	enum { DRAWS = 100001 };
	const struct target_behaviour how = { .latency_median_ms = 50, .latency_sigma = 0.5 };
	uint64_t *ns = malloc(DRAWS * sizeof(*ns));
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1, 1);
	for (int i = 0; i < DRAWS; i++)
		ns[i] = target_pool_service_ns(&how, 0, &rng);
	qsort(ns, DRAWS, sizeof(*ns), compare);
	/* quantiles of exp(mu + sigma z): z = 0, and ±1.2816 at 10 and 90 % */
	assert_true(fabs((double)ns[DRAWS / 2] / 50e6 - 1) < 0.02);
	assert_true(fabs((double)ns[DRAWS / 10] / (50e6 * exp(-0.5 * 1.2816)) - 1) < 0.02);
	assert_true(fabs((double)ns[DRAWS / 10 * 9] / (50e6 * exp(0.5 * 1.2816)) - 1) < 0.02);
	free(ns);
}

static void service_times_grow_with_the_queue_when_told_to(void **state)
{
	struct target_behaviour how = { .latency_median_ms = 10, .workers = 4 };
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1, 1);
	assert_int_equal(target_pool_service_ns(&how, 8, &rng), 10000000);
	how.degrade = 1.5;
	assert_int_equal(target_pool_service_ns(&how, 0, &rng), 10000000);
	assert_int_equal(target_pool_service_ns(&how, 8, &rng), 40000000);
	how.latency_median_ms = 0;
	assert_int_equal(target_pool_service_ns(&how, 8, &rng), 0);
}

static void a_full_queue_answers_500_at_once_and_a_long_wait_later(void **state)
{
	struct target *target =
		target_begin(&(struct target_config){ .workers = 2, .queue_limit = 5, .seed = 1 });
	const char *url = target_url(target);
	char *token = login(url, "loadtest_user");
	char answer[512];
	int fds[MANY];

	(void)state;
	configure(url, "{\"latency_median_ms\":3600000}"); /* workers that never finish */
	for (int i = 0; i < MANY; i++) {
		fds[i] = raw_connect(url);
		raw_request(fds[i], "GET", LIST, token);
		wait_stat(url, "endpoints.GET " LIST, i + 1);
	}
	assert_int_equal(stat_at(url, "pool.busy"), 2);
	assert_int_equal(stat_at(url, "pool.queued"), 5);
	assert_int_equal(stat_at(url, "pool.rejected"), MANY - 7);
	assert_int_equal(stat_at(url, "pool.max_queued"), 5);
	assert_int_equal(stat_at(url, "max_in_flight"), 7 + 1); /* one being refused */
	assert_int_equal(stat_at(url, "in_flight"), 7);
	for (int i = 7; i < MANY; i++) {
		assert_true(raw_read(fds[i], answer, 100) == 100);
		assert_int_equal(strncmp(answer, "HTTP/1.1 500 ", 13), 0);
	}
	/* health never waits for a worker */
	assert_int_equal(fetch_status(url, &(struct fetch){ .path = "/api/v1/health/" }), 200);

	configure(url, "{\"queue_timeout_ms\":1}");
	wait_stat(url, "pool.timed_out", 5);
	memset(answer, 0, sizeof(answer));
	assert_true(raw_read(fds[2], answer, 220) == 220);
	assert_non_null(strstr(answer, "QueuePool limit of size 2 overflow 0 reached, connection "
				       "timed out, timeout 0.00"));
	assert_int_equal(stat_at(url, "pool.queued"), 0);
	assert_int_equal(stat_at(url, "pool.busy"), 2);
	assert_int_equal(stat_at(url, "statuses.500"), MANY - 2);
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	target_end(target);
	free(token);
}

static void the_queue_is_first_come_first_served(void **state)
{
	enum { CALLS = 6 };
	struct target *target = target_begin(&(struct target_config){ .workers = 1, .seed = 1 });
	const char *url = target_url(target);
	char *token = login(url, "loadtest_user");
	int fds[CALLS];

	(void)state;
	configure(url, "{\"latency_median_ms\":3600000}");
	for (int i = 0; i < CALLS; i++) {
		fds[i] = raw_connect(url);
		raw_request(fds[i], "POST", LIST, token); /* 400: in the order of the work */
		wait_stat(url, "endpoints.POST " LIST, i + 1);
	}
	/* one more worker for the others: each answer must come while all later ones wait */
	configure(url, "{\"latency_median_ms\":30,\"workers\":2}");
	for (int i = 1; i < CALLS; i++) {
		char answer[16];

		assert_int_equal(raw_read(fds[i], answer, 12), 12);
		assert_true(stat_at(url, "pool.served") >= i + 1); /* with the login */
		if (i < CALLS - 1)
			assert_true(recv(fds[CALLS - 1], answer, 1, MSG_DONTWAIT) < 0);
	}
	for (int i = 0; i < CALLS; i++)
		close(fds[i]);
	target_end(target);
	free(token);
}

static void the_moment_of_collapse_is_remembered(void **state)
{
	struct target *target = target_begin(
		&(struct target_config){ .workers = 1, .queue_timeout_ms = 1, .seed = 1 });
	const char *url = target_url(target);
	char *tokens[3];
	int fds[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		tokens[i] = login(url, "loadtest_user");
	assert_int_equal(stat_at(url, "collapse.first_queued.users"), -1);
	assert_int_equal(stat_at(url, "collapse.first_failure.users"), -1);
	configure(url, "{\"latency_median_ms\":3600000}");
	for (int i = 0; i < 3; i++) {
		fds[i] = raw_connect(url);
		raw_request(fds[i], "GET", LIST, tokens[i]);
		wait_stat(url, "endpoints.GET " LIST, i + 1);
		wait_stat(url, "pool.queued", 0);
	}
	assert_int_equal(stat_at(url, "pool.timed_out"), 2);
	assert_int_equal(stat_at(url, "collapse.first_queued.users"), 3);
	assert_int_equal(stat_at(url, "collapse.first_queued.in_flight"), 2);
	assert_int_equal(stat_at(url, "collapse.first_queued.requests"), 5);
	assert_int_equal(stat_at(url, "collapse.first_failure.in_flight"), 2);
	assert_int_equal(stat_at(url, "collapse.first_failure.queued"), 1);
	assert_int_equal(stat_at(url, "collapse.saturated.users"), -1);
	for (int i = 0; i < 3; i++) {
		close(fds[i]);
		free(tokens[i]);
	}
	target_end(target);
}

/* `count` requests at once that are answered one after another; waits for all. */
static void crowd(const char *url, const char *token, int count, int *sent)
{
	char answer[16];
	int fds[8];

	assert_true(count <= 8);
	for (int i = 0; i < count; i++) {
		fds[i] = raw_connect(url);
		raw_request(fds[i], "GET", LIST, token);
		wait_stat(url, "endpoints.GET " LIST, ++*sent);
	}
	for (int i = 0; i < count; i++)
		assert_int_equal(raw_read(fds[i], answer, 12), 12);
	for (int i = 0; i < count; i++)
		close(fds[i]);
}

static void the_longest_queue_of_a_whole_second_means_saturation(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .workers = 1, .seed = 1 });
	const char *url = target_url(target);
	char *token = login(url, "loadtest_user"), *other = login(url, "cab_approver"), *third;
	int sent = 0;

	(void)state;
	/* the third leaves the queue 1.2 s after the second had entered it */
	configure(url, "{\"latency_median_ms\":600}");
	crowd(url, token, 3, &sent);
	assert_int_equal(stat_at(url, "collapse.saturated.users"), 2);
	assert_int_equal(stat_at(url, "collapse.saturated.in_flight"), 2);
	/* a shorter crowd with more users changes nothing, a longer one does */
	configure(url, "{\"latency_median_ms\":0}");
	third = login(url, "publisher_user");
	configure(url, "{\"latency_median_ms\":30}");
	crowd(url, token, 3, &sent);
	assert_int_equal(stat_at(url, "collapse.saturated.users"), 2);
	configure(url, "{\"latency_median_ms\":600}");
	crowd(url, other, 5, &sent);
	assert_int_equal(stat_at(url, "collapse.saturated.users"), 3);
	target_end(target);
	free(token);
	free(other);
	free(third);
}

static void errors_come_at_the_given_ratio(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .seed = 7 });
	const char *url = target_url(target);
	char *token = login(url, "loadtest_user");
	struct fetch list = { .path = LIST, .token = token };
	int errors = 0;

	(void)state;
	configure(url, "{\"error_ratio\":1}");
	assert_int_equal(fetch_status(url, &list), 500);
	configure(url, "{\"error_ratio\":0.25}");
	for (int i = 0; i < 400; i++)
		errors += fetch_status(url, &list) == 500;
	assert_in_range(errors, 60, 140); /* 4.6 deviations on either side */
	assert_int_equal(stat_at(url, "pool.errors"), errors + 1);
	target_end(target);
	free(token);
}

static void a_setting_out_of_range_changes_nothing(void **state)
{
	static const struct {
		const char *body, *field;
	} cases[] = {
		{ "{\"workers\":3,\"error_ratio\":1.5}", "error_ratio" },
		{ "{\"workers\":-1}", "workers" },
		{ "{\"workers\":1.5}", "workers" },
		{ "{\"workers\":\"many\"}", "workers" },
		{ "{\"wrokers\":1}", "wrokers" },
	};
	struct target *target = target_begin(&(struct target_config){ .workers = 9 });
	const char *url = target_url(target);
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reply = fetch(url,
			      &(struct fetch){ .path = "/_target/config", .body = cases[i].body });
		assert_int_equal(reply.status, 400);
		assert_non_null(json_object_get(reply.json, cases[i].field));
		reply_free(&reply);
	}
	reply = fetch(url, &(struct fetch){ .path = "/_target/config" });
	assert_int_equal(json_number_value(json_object_get(reply.json, "workers")), 9);
	reply_free(&reply);
	assert_int_equal(stat_at(url, "requests"), 0); /* looking at it is not traffic */
	target_end(target);
}

/* Two approvals of one item, both at work at the same time. Returns the duplicates counted. */
static long long approve_twice(bool racy)
{
	struct target *target =
		target_begin(&(struct target_config){ .seed = 1, .racy_approvals = racy });
	const char *url = target_url(target);
	char *token = login(url, "cab_approver");
	struct reply reply = fetch(
		url, &(struct fetch){ .path = "/api/v1/cab/pending/?limit=1", .token = token });
	const json_t *list = json_object_get(reply.json, "approvals");
	char path[128], answer[16];
	long long duplicates;
	int fds[2];

	snprintf(path, sizeof(path), "/api/v1/cab/%s/approve/",
		 json_string_value(json_object_get(json_array_get(list, 0), "id")));
	configure(url, "{\"latency_median_ms\":100,\"workers\":2}");
	for (int i = 0; i < 2; i++) {
		fds[i] = raw_connect(url);
		raw_request(fds[i], "POST", path, token);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(raw_read(fds[i], answer, 12), 12);
	duplicates = stat_at(url, "approvals.duplicates");
	assert_int_equal(stat_at(url, "approvals.approved"), 1 + duplicates);
	assert_int_equal(stat_at(url, "approvals.refused"), 1 - duplicates);
	for (int i = 0; i < 2; i++)
		close(fds[i]);
	reply_free(&reply);
	target_end(target);
	free(token);
	return duplicates;
}

static void only_a_backend_without_row_locks_approves_twice(void **state)
{
	int tries = 0;

	(void)state;
	assert_int_equal(approve_twice(false), 0);
	/* whether the two overlap is up to the machine; they nearly always do */
	while (approve_twice(true) == 0)
		assert_true(++tries < 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(service_times_are_log_normal),
		cmocka_unit_test(service_times_grow_with_the_queue_when_told_to),
		cmocka_unit_test(a_full_queue_answers_500_at_once_and_a_long_wait_later),
		cmocka_unit_test(the_queue_is_first_come_first_served),
		cmocka_unit_test(the_moment_of_collapse_is_remembered),
		cmocka_unit_test(the_longest_queue_of_a_whole_second_means_saturation),
		cmocka_unit_test(errors_come_at_the_given_ratio),
		cmocka_unit_test(a_setting_out_of_range_changes_nothing),
		cmocka_unit_test(only_a_backend_without_row_locks_approves_twice),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
