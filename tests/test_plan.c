/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "scenario_text.h"

#include "base/buf.h"
#include "base/clock.h"
#include "scenario/plan.h"

#define S CLOCK_NS_PER_SEC

/* A scenario around its load and classes. */
static struct scenario *with(const char *load, const char *users, const char *criteria)
{
	struct scenario *scenario;
	char *text;

	assert_true(asprintf(&text,
			     "{\"name\":\"t\",\"target\":\"http://localhost\",\"load\":%s,"
			     "\"users\":%s,\"criteria\":[%s]}",
			     load, users, criteria) > 0);
	scenario = scenario_text(text, NULL);
	free(text);
	return scenario;
}

#define ONE_TASK "\"tasks\":{\"t\":{\"get\":\"/a\"}}"

static void near(const char *what, double is, double want)
{
	if (isinf(want) ? !isinf(is) : fabs(is - want) > 1e-6 * fmax(1, fabs(want)))
		fail_msg("%s: %.9g, wanted %.9g", what, is, want);
}

/* ---- users and rate over time ------------------------------------------------------------ */

static void users_move_as_the_load_says(void **state)
{
	static const struct {
		const char *load;
		uint64_t at_s;
		double users, rate;
	} cases[] = {
		{ "{\"users\":100,\"spawn_rate\":10,\"duration\":\"5m\"}", 0, 0, 0 },
		{ "{\"users\":100,\"spawn_rate\":10,\"duration\":\"5m\"}", 5, 50, 0 },
		{ "{\"users\":100,\"spawn_rate\":10,\"duration\":\"5m\"}", 10, 100, 0 },
		{ "{\"users\":100,\"spawn_rate\":10,\"duration\":\"5m\"}", 299, 100, 0 },
		{ "[{\"users\":1000,\"over\":\"10s\"},{\"hold\":\"4m\"},{\"users\":0,\"over\":"
		  "\"1m\"}]",
		  5, 500, 0 },
		{ "[{\"users\":1000,\"over\":\"10s\"},{\"hold\":\"4m\"},{\"users\":0,\"over\":"
		  "\"1m\"}]",
		  100, 1000, 0 },
		{ "[{\"users\":1000,\"over\":\"10s\"},{\"hold\":\"4m\"},{\"users\":0,\"over\":"
		  "\"1m\"}]",
		  280, 500, 0 },
		{ "[{\"users\":1000,\"over\":\"10s\"},{\"hold\":\"4m\"},{\"users\":0,\"over\":"
		  "\"1m\"}]",
		  400, 0, 0 },
		{ "{\"spawn_rate\":20,\"stages\":[{\"users\":100},{\"users\":50}]}", 4, 80, 0 },
		{ "{\"spawn_rate\":20,\"stages\":[{\"users\":100},{\"users\":50}]}", 6, 80, 0 },
		{ "{\"rate\":200,\"over\":\"10s\",\"users\":50,\"spawn_rate\":100}", 5, 50, 100 },
		{ "{\"rate\":200,\"over\":\"10s\",\"users\":50,\"spawn_rate\":100}", 20, 50, 200 },
		{ "{\"rate\":200,\"users\":50,\"spawn_rate\":100}", 0, 0, 200 },
		{ "{\"users\":10,\"spawn_rate\":10,\"stages\":[{\"rate\":100,\"over\":\"10s\"},"
		  "{\"rate\":0,\"over\":\"10s\"}]}",
		  15, 10, 50 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scenario *s = with(cases[i].load, "{\"U\":{" ONE_TASK "}}", "");

		near(cases[i].load, plan_users_at(s, cases[i].at_s * S), cases[i].users);
		near(cases[i].load, plan_rate_at(s, cases[i].at_s * S), cases[i].rate);
		scenario_free(s);
	}
}

/* ---- the ceiling ------------------------------------------------------------------------- */

#define LOAD(n) "{\"users\":" #n ",\"spawn_rate\":100,\"duration\":\"100s\"}"
#define TWO_AND_ONE                                                                      \
	"\"tasks\":{\"a\":{\"weight\":3,\"steps\":[{\"get\":\"/a\"},{\"get\":\"/b\"}]}," \
	"\"b\":{\"weight\":1,\"get\":\"/b\"}}"

static void the_ceiling_is_users_by_mean_wait(void **state)
{
	static const struct {
		const char *what, *load, *users;
		double rps, users_for_1000;
	} cases[] = {
		{ "uniform: run 1 of the procedure", LOAD(100),
		  "{\"U\":{\"wait\":{\"between\":[\"0.5s\",\"2s\"]}," ONE_TASK "}}", 80, 1250 },
		{ "constant", LOAD(50), "{\"U\":{\"wait\":\"2s\"," ONE_TASK "}}", 25, 2000 },
		{ "a plain number is seconds", LOAD(50), "{\"U\":{\"wait\":2," ONE_TASK "}}", 25,
		  2000 },
		{ "pacing", LOAD(50), "{\"U\":{\"wait\":{\"pacing\":\"500ms\"}," ONE_TASK "}}", 100,
		  500 },
		{ "exponential, cap at 20 means", LOAD(50),
		  "{\"U\":{\"wait\":{\"exponential\":\"1s\"}," ONE_TASK "}}", 50, 1000 },
		{ "exponential with a cap", LOAD(100),
		  "{\"U\":{\"wait\":{\"exponential\":\"1s\",\"max\":\"1s\"}," ONE_TASK "}}",
		  158.19767, 632.12056 },
		{ "no wait", LOAD(5), "{\"U\":{" ONE_TASK "}}", INFINITY, 0 },
		{ "tasks of several requests", LOAD(100),
		  "{\"U\":{\"wait\":\"1s\"," TWO_AND_ONE "}}", 175, 571.428571 },
		{ "two classes by weight", LOAD(100),
		  "{\"A\":{\"weight\":3,\"wait\":\"1s\"," ONE_TASK
		  "},\"B\":{\"wait\":\"0.5s\"," ONE_TASK "}}",
		  125, 800 },
		{ "a fixed class and a weighted one", LOAD(100),
		  "{\"A\":{\"count\":10,\"wait\":\"1s\"," ONE_TASK
		  "},\"B\":{\"wait\":\"0.5s\"," ONE_TASK "}}",
		  190, 505 },
		{ "fixed classes only", "{\"duration\":\"10s\"}",
		  "{\"A\":{\"count\":10,\"wait\":\"1s\"," ONE_TASK
		  "},\"B\":{\"count\":20,\"wait\":\"2s\"," ONE_TASK "}}",
		  20, 1500 },
		{ "stages: the highest level counts",
		  "[{\"users\":10,\"over\":\"1s\"},{\"users\":40,\"over\":\"1s\"},{\"users\":0,"
		  "\"over\":"
		  "\"1s\"}]",
		  "{\"A\":{\"wait\":\"1s\"," ONE_TASK "}}", 40, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scenario *s = with(cases[i].load, cases[i].users, "");

		near(cases[i].what, plan_max_rps(s), cases[i].rps);
		near(cases[i].what, plan_users_for_rps(s, 1000), cases[i].users_for_1000);
		scenario_free(s);
	}
}

static void an_arrival_rate_is_its_own_ceiling(void **state)
{
	struct scenario *s = with("{\"rate\":300,\"users\":50,\"duration\":\"10s\"}",
				  "{\"U\":{\"wait\":\"9s\"," ONE_TASK "}}", "");

	(void)state;
	near("rate", plan_max_rps(s), 300);
	near("requests", plan_expected_requests(s, 0), 3000);
	scenario_free(s);
}

/* ---- requests over the run --------------------------------------------------------------- */

static void requests_count_ramp_weights_steps_and_logins(void **state)
{
	/* 100 users at 10 per second for 100 s: 100 x (100 - 5) = 9,500 user seconds, each user
	 * half a wait ahead (the first task comes at once): 9,500 / 1 + 100 / 2 = 9,550 tasks. */
	struct scenario *s = with(
		"{\"users\":100,\"spawn_rate\":10,\"duration\":\"100s\"}",
		"{\"U\":{\"wait\":\"1s\",\"on_start\":[{\"post\":\"/login\"},{\"get\":\"/a\"}],"
		"\"on_stop\":[{\"post\":\"/logout\"}]," TWO_AND_ONE "}}",
		"");

	(void)state;
	near("login", plan_expected_requests(s, 0), 100);
	near("/a: three of four tasks and the start", plan_expected_requests(s, 1),
	     9550 * 0.75 + 100);
	near("/b: every task", plan_expected_requests(s, 2), 9550);
	near("logout", plan_expected_requests(s, 3), 100);
	scenario_free(s);
}

static void a_short_run_has_at_least_one_task_for_each_user(void **state)
{
	struct scenario *s = with("{\"users\":10,\"spawn_rate\":1000,\"duration\":\"1s\"}",
				  "{\"U\":{\"wait\":\"60s\"," ONE_TASK "}}", "");

	(void)state;
	near("one each", plan_expected_requests(s, 0), 10);
	scenario_free(s);
}

static void a_run_that_ends_within_its_ramp_counts_who_came(void **state)
{
	/* 10 of 100 users come in 10 s: a triangle of 50 user seconds. */
	struct scenario *s =
		with("{\"users\":100,\"spawn_rate\":1,\"duration\":\"10s\"}",
		     "{\"U\":{\"wait\":\"1s\",\"on_start\":[{\"get\":\"/b\"}]," ONE_TASK "}}", "");

	(void)state;
	near("logins", plan_expected_requests(s, 0), 10);
	near("tasks", plan_expected_requests(s, 1), 50 + 5);
	scenario_free(s);
}

static void stages_count_by_their_area(void **state)
{
	/* Triangle of 10 s, 20 s held, triangle of 10 s at 100 users: 3,000 user seconds. */
	struct scenario *s = with("[{\"users\":100,\"over\":\"10s\"},{\"hold\":\"20s\"},{\"users\":"
				  "0,\"over\":\"10s\"}]",
				  "{\"U\":{\"wait\":\"1s\"," ONE_TASK "}}", "");

	(void)state;
	near("area", plan_expected_requests(s, 0), 3000 + 50);
	scenario_free(s);
}

static void no_end_and_no_wait_are_unbounded(void **state)
{
	struct scenario *s =
		with("{\"users\":5}",
		     "{\"U\":{\"wait\":\"1s\",\"on_start\":[{\"get\":\"/b\"}]," ONE_TASK "}}", "");

	(void)state;
	near("no end", plan_expected_requests(s, 1), INFINITY);
	near("login still known", plan_expected_requests(s, 0), 5);
	scenario_free(s);
	s = with("{\"users\":5,\"duration\":\"5s\"}", "{\"U\":{" ONE_TASK "}}", "");
	near("no wait", plan_expected_requests(s, 0), INFINITY);
	scenario_free(s);
}

/* ---- warnings ---------------------------------------------------------------------------- */

#define CAB   "{\"C\":{\"wait\":{\"between\":[\"1s\",\"3s\"]}," ONE_TASK "}}"
#define BURST "{\"H\":{\"wait\":{\"between\":[\"0.1s\",\"0.5s\"]}," ONE_TASK "}}"

static void what_is_out_of_reach_is_said_with_what_it_takes(void **state)
{
	static const struct {
		const char *load, *users, *criteria;
		int criterion;
		const char *want; /* NULL: no warning */
	} cases[] = {
		{ "{\"users\":50,\"spawn_rate\":5,\"duration\":\"5m\",\"target_rps\":[80,120]}",
		  CAB, "", -1,
		  "80–120 req/s cannot be reached: 50 users waiting 2.0 s on average make at most "
		  "25 "
		  "req/s; it takes 160–240 users" },
		{ "{\"stages\":[{\"users\":1000,\"over\":\"10s\"},{\"hold\":\"4m\"}],\"target_"
		  "rps\":10000}",
		  BURST, "", -1,
		  "10,000 req/s cannot be reached: 1,000 users waiting 0.3 s on average make at "
		  "most "
		  "3,333 req/s; it takes about 3,000 users" },
		{ "{\"users\":100,\"spawn_rate\":10,\"duration\":\"5m\",\"target_rps\":[25,100]}",
		  CAB, "", 0, NULL },
		{ "{\"users\":160,\"spawn_rate\":10,\"duration\":\"5m\",\"target_rps\":80}", CAB,
		  "", 0, NULL },
		{ "{\"rate\":50,\"duration\":\"1m\",\"target_rps\":[80,120]}", CAB, "", -1,
		  "80–120 req/s cannot be reached: the arrival rate makes 50 req/s; it takes a "
		  "rate of "
		  "80–120" },
		{ "{\"users\":100,\"spawn_rate\":1,\"duration\":\"60s\"}", CAB, "", -1,
		  "100 users are never there: the way to them takes 1m40s, the run ends after 1m "
		  "with "
		  "60" },
		{ "{\"users\":50,\"spawn_rate\":50,\"duration\":\"1m\"}", CAB, "\"rps >= 25\"", 0,
		  NULL },
		{ "{\"users\":50,\"spawn_rate\":50,\"duration\":\"1m\"}", CAB,
		  "\"p99 < 1s\",\"rps >= 50\"", 1,
		  "\"rps >= 50\" is out of reach: at most 25 req/s; it takes about 100 users" },
		{ "{\"users\":50,\"spawn_rate\":50,\"duration\":\"1m\"}", CAB, "\"rps <= 1\"", 0,
		  NULL },
		{ "{\"users\":50,\"spawn_rate\":50,\"duration\":\"1m\"}", CAB,
		  "\"requests >= 400\"", 0, NULL },
		{ "{\"users\":50,\"spawn_rate\":50,\"duration\":\"1m\"}", CAB,
		  "\"requests >= 15000\"", 0,
		  "\"requests >= 15000\" is out of reach: about 1,515 requests in 1m; it takes "
		  "about "
		  "496 users or a longer run" },
		{ "{\"users\":1,\"spawn_rate\":1,\"duration\":\"1m\"}", CAB,
		  "\"endpoints active == 2\"", 0,
		  "\"endpoints active == 2\" is out of reach: only 1 such row is there" },
		{ "{\"users\":1,\"spawn_rate\":1,\"duration\":\"1m\"}",
		  "{\"A\":{\"weight\":1,\"wait\":1," ONE_TASK
		  "},\"B\":{\"weight\":3,\"wait\":1," ONE_TASK "}}",
		  "\"class A rps >= 1\"", 0,
		  "\"class A rps >= 1\" is out of reach: at most 0.25 req/s; it takes about 4 "
		  "users" },
		/* waiting to be sent is not in the service time */
		{ "{\"rate\":50,\"duration\":\"1m\"}", CAB,
		  "\"rps >= 40\",\"p99 < 1s\",\"max < 2s\"", 1,
		  "\"p99 < 1s\" judges the service time: how long arrivals waited to be sent is in "
		  "\"response p99\" and its like" },
		{ "{\"rate\":50,\"duration\":\"1m\"}", CAB, "\"p99 < 1s\",\"response p99 < 2s\"", 0,
		  NULL },
		{ "{\"rate\":50,\"duration\":\"1m\"}", CAB, "\"failures == 0\",\"min < 1s\"", 0,
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scenario *s = with(cases[i].load, cases[i].users, cases[i].criteria);
		struct plan_warning warnings[4];
		size_t count = plan_warnings(s, warnings, 4);

		if (!cases[i].want && count)
			fail_msg("%s: %s", cases[i].load, warnings[0].text);
		if (cases[i].want) {
			if (count != 1)
				fail_msg("%s %s: %zu warnings", cases[i].load, cases[i].criteria,
					 count);
			assert_string_equal(warnings[0].text, cases[i].want);
			assert_int_equal(warnings[0].criterion, cases[i].criterion);
		}
		scenario_free(s);
	}
}

static void warnings_beyond_the_room_are_counted(void **state)
{
	struct scenario *s = with("{\"users\":1,\"duration\":\"1s\"}", CAB,
				  "\"rps >= 50\",\"rps >= 60\",\"rps >= 70\"");
	struct plan_warning one[1];

	(void)state;
	assert_int_equal(plan_warnings(s, one, 1), 3);
	assert_int_equal(plan_warnings(s, NULL, 0), 3);
	scenario_free(s);
}

/* ---- the page ---------------------------------------------------------------------------- */

static void the_page_of_run_2_says_what_the_arithmetic_says(void **state)
{
	struct errors *errs = errors_new();
	struct scenario *s;
	struct buf out;

	(void)state;
	assert_int_equal(scenario_load(&s, TOP_SRCDIR "/scenarios/cab-approvals.json", NULL, errs),
			 0);
	buf_init(&out, 1 << 20);
	plan_print(s, &out);
	assert_string_equal(
		buf_str(&out),
		"CAB approval backlog  http://localhost:8000\n"
		"  Run 2 of the procedure: 50 reviewers list what is pending, approve and reject.\n"
		"  warning   80–120 req/s cannot be reached: 50 users waiting 2.0 s on average "
		"make at most 25 req/s; it takes 160–240 users\n"
		"  load      50 users, 5 per second, 5m (by hand up to 300 users)\n"
		"  users     00:00 0  →  00:10 50  →  05:00 50\n"
		"  classes   CABApprovalUser                 50 users, 3 tasks, waits 1.0 s to 3.0 "
		"s, "
		"mean 2.0 s\n"
		"  ceiling   25 req/s, when answers take no time; wanted: 80–120\n"
		"  requests   EXPECTED   SHARE   REQ/S  METHOD  NAME\n"
		"                   50   0.7 %          POST    /api/v1/auth/login/\n"
		"                3,701  49.7 %    12.5  GET     /api/v1/cab/pending/\n"
		"                2,776  37.2 %    9.38  POST    /api/v1/cab/{id}/approve/\n"
		"                  925  12.4 %    3.12  POST    /api/v1/cab/{id}/reject/\n"
		"                7,452              25          all\n"
		"  criteria  requests >= 400\n"
		"            failures == 0\n"
		"            success >= 99%\n"
		"            GET /api/v1/cab/pending/ median < 1000ms\n"
		"            POST /api/v1/cab/{id}/approve/ median < 200ms\n"
		"            POST /api/v1/cab/{id}/reject/ median < 200ms\n"
		"            gauge duplicate_approvals == 0\n");
	buf_fini(&out);
	scenario_free(s);
	errors_free(errs);
}

static void the_page_shows_stages_rates_and_what_has_no_bound(void **state)
{
	static const struct {
		const char *load, *users, *want;
	} cases[] = {
		{ "[{\"users\":10,\"over\":\"10s\"},{\"hold\":\"1m\"},{\"users\":0,\"over\":\"5s\"}"
		  "]",
		  CAB, "users     00:00 0  →  00:10 10  →  01:10 10  →  01:15 0\n" },
		{ "{\"users\":10,\"spawn_rate\":1}", CAB,
		  "users     00:00 0  →  00:10 10  →  until it is stopped\n" },
		{ "{\"users\":10,\"spawn_rate\":1}", "{\"U\":{" ONE_TASK "}}",
		  "ceiling   none: users do not wait, the target's speed decides\n" },
		{ "{\"users\":10,\"spawn_rate\":1}", "{\"U\":{" ONE_TASK "}}",
		  "unbounded                  GET     /a\n" },
		{ "{\"rate\":1000,\"over\":\"30s\",\"users\":100,\"duration\":\"1m\"}", CAB,
		  "rate      00:00 0  →  00:30 1,000  →  01:00 1,000\n" },
		{ "{\"rate\":1000,\"over\":\"30s\",\"users\":100,\"duration\":\"1m\"}", CAB,
		  "answers slower than 100 ms on average hold starts back\n" },
		{ "{\"users\":10,\"duration\":\"1m\",\"warmup\":\"10s\"}", CAB,
		  "warm-up   10s, left out of the criteria\n" },
		{ "{\"users\":10,\"duration\":\"1m\"}",
		  "{\"U\":{\"wait\":{\"exponential\":\"2s\"}," ONE_TASK "}}",
		  "1 task, waits at random, mean 2.0 s\n" },
		{ "{\"users\":10,\"duration\":\"1m\"}",
		  "{\"U\":{\"wait\":{\"pacing\":\"2s\"}," ONE_TASK "}}",
		  "1 task, a task every 2.0 s\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scenario *s = with(cases[i].load, cases[i].users, "");
		struct buf out;

		buf_init(&out, 1 << 20);
		plan_print(s, &out);
		if (!strstr(buf_str(&out), cases[i].want))
			fail_msg("no \"%s\" in\n%s", cases[i].want, buf_str(&out));
		buf_fini(&out);
		scenario_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_move_as_the_load_says),
		cmocka_unit_test(the_ceiling_is_users_by_mean_wait),
		cmocka_unit_test(an_arrival_rate_is_its_own_ceiling),
		cmocka_unit_test(requests_count_ramp_weights_steps_and_logins),
		cmocka_unit_test(a_short_run_has_at_least_one_task_for_each_user),
		cmocka_unit_test(a_run_that_ends_within_its_ramp_counts_who_came),
		cmocka_unit_test(stages_count_by_their_area),
		cmocka_unit_test(no_end_and_no_wait_are_unbounded),
		cmocka_unit_test(what_is_out_of_reach_is_said_with_what_it_takes),
		cmocka_unit_test(warnings_beyond_the_room_are_counted),
		cmocka_unit_test(the_page_of_run_2_says_what_the_arithmetic_says),
		cmocka_unit_test(the_page_shows_stages_rates_and_what_has_no_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
