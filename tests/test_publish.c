/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "message/command.h"
#include "message/frame.h"
#include "record/publish.h"
#include "record/run.h"
#include "samples.h"
#include "fake_output.h"
#include "scenario/criterion.h"

#define START (300 * SEC)
#define WALL  (1800000000 * SEC)

static uint64_t fake_wall_ns(void)
{
	return WALL;
}

struct stage_set {
	struct scenario *scene;
	struct criterion criterion;
	struct run *run;
	struct publisher *publisher;
};

static void setup(struct stage_set *set)
{
	static char text[] = "failures <= 100";

	memset(set, 0, sizeof(*set));
	set->scene = scene_new(4, 2, false);
	/* GET /endpoint/0000, POST ..1, GET ..2, POST ..3: make two share a name, one be rude */
	free(set->scene->endpoints[0].name);
	set->scene->endpoints[0].name = mem_strdup("/endpoint/0003");
	free(set->scene->endpoints[2].name);
	set->scene->endpoints[2].name = mem_strdup("/bad\x1b[2J");
	set->scene->load.duration_ns = 60 * SEC;
	set->criterion = (struct criterion){
		.text = text, .metric = METRIC_FAILURES, .op = OP_LE, .value = 100
	};
	set->scene->criteria = &set->criterion;
	set->scene->criterion_count = 1;
	set->run = run_new(&(struct run_config){ .scenario = set->scene,
						 .engine_count = 1,
						 .scenario_count = 3,
						 .wall_ns = fake_wall_ns });
	set->publisher = publisher_new(set->scene, "next one", 10 * SEC);
}

static void teardown(struct stage_set *set)
{
	publisher_free(set->publisher);
	run_free(set->run);
	scene_free(set->scene);
}

static struct frame *frame_at(struct stage_set *set, uint64_t t)
{
	return publisher_frame(set->publisher, set->run, START + t, "", "");
}

static void put(struct stage_set *set, uint64_t t, struct sample sample)
{
	sample.end_ns = START + t;
	run_sample(set->run, &sample, START + t);
}

static void started(struct stage_set *set)
{
	put(set, 0, sample_event(0, 0, EVENT_STARTED, START, 0));
}

static void rows_are_sorted_clean_and_complete(void **state)
{
	struct stage_set set;
	struct frame *frame;

	(void)state;
	setup(&set);
	started(&set);
	put(&set, SEC, sample_ok(2, 1, START, 0));
	frame = frame_at(&set, 2 * SEC);
	assert_int_equal(frame->row_count, 4);
	assert_string_equal(frame->rows[0].name, "/bad\xef\xbf\xbd[2J");
	assert_string_equal(frame->rows[1].name, "/endpoint/0001");
	assert_string_equal(frame->rows[2].method, "GET"); /* same name: by method */
	assert_string_equal(frame->rows[3].method, "POST");
	assert_int_equal(frame->rows[0].endpoint, 2);
	assert_int_equal(frame->rows[0].requests, 1);
	assert_int_equal(frame->all.requests, 1);
	assert_int_equal(frame->all.endpoint, SAMPLE_ALL);
	assert_int_equal(frame->class_count, 2);
	assert_string_equal(frame->classes[1].name, "Class1");
	assert_int_equal(frame->classes[1].row.requests, 1);
	assert_string_equal(frame->next_scenario, "next one");
	assert_int_equal(frame->scenario_count, 3);
	assert_int_equal(frame->wall_start_ns, WALL);
	assert_int_equal(frame->elapsed_ns, 2 * SEC);
	frame_free(frame);
	teardown(&set);
}

static void failures_come_by_falling_count_with_times_of_the_run(void **state)
{
	struct stage_set set;
	struct frame *frame;

	(void)state;
	setup(&set);
	started(&set);
	put(&set, 1 * SEC, sample_failed(1, 0, START, 0, FAILURE_REFUSED, 0, 0));
	for (unsigned i = 2; i < 5; i++)
		put(&set, i * SEC, sample_failed(3, 0, START, 0, FAILURE_STATUS, 503, 0));
	frame = frame_at(&set, 10 * SEC);
	assert_int_equal(frame->failure_count, 2);
	assert_string_equal(frame->failures[0].text, "HTTP 503 Service Unavailable");
	assert_string_equal(frame->failures[0].name, "/endpoint/0003");
	assert_int_equal(frame->failures[0].count, 3);
	assert_int_equal(frame->failures[0].first_ns, 2 * SEC);
	assert_int_equal(frame->failures[0].last_ns, 4 * SEC);
	assert_true(frame->failures[0].per_second > 0.29 && frame->failures[0].per_second < 0.31);
	assert_string_equal(frame->failures[1].text, "connection refused");
	frame_free(frame);
	/* more than fit into the table: the rest has no row of its own */
	for (int i = 0; i < 2200; i++)
		put(&set, 11 * SEC, sample_failed(0, 0, START, 0, FAILURE_OTHER, 0, i));
	frame = frame_at(&set, 12 * SEC);
	assert_int_equal(frame->failure_count, 200);
	assert_int_equal(frame->failures[0].count, 202);
	assert_string_equal(frame->failures[0].name, "");
	frame_free(frame);
	teardown(&set);
}

static void a_pause_makes_the_run_longer(void **state)
{
	struct stage_set set;
	struct frame *frame;

	(void)state;
	setup(&set);
	started(&set);
	put(&set, 10 * SEC, sample_event(0, 0, EVENT_PAUSED, 0, 0));
	frame = frame_at(&set, 15 * SEC);
	assert_int_equal(frame->duration_ns, 65 * SEC);
	frame_free(frame);
	put(&set, 30 * SEC, sample_event(0, 0, EVENT_RESUMED, 0, 0));
	frame = frame_at(&set, 40 * SEC);
	assert_int_equal(frame->duration_ns, 80 * SEC);
	assert_int_equal(frame->elapsed_ns, 40 * SEC);
	assert_int_equal(frame->mark_count, 2);
	frame_free(frame);
	teardown(&set);
}

static void assert_notice(struct stage_set *set, uint64_t t, const char *problem,
			  const char *notice)
{
	struct frame *frame = publisher_frame(set->publisher, set->run, START + t, problem, "");

	assert_string_equal(frame->notice, notice);
	frame_free(frame);
}

static void the_notice_says_what_is_going_on(void **state)
{
	struct stage_set set;

	(void)state;
	setup(&set);
	assert_notice(&set, 0, "", "");
	put(&set, 1 * SEC, sample_status(0, 0, RUN_SETUP, 0));
	assert_notice(&set, 4 * SEC, "", "setting up (3 s)");
	set.scene->health.path = (struct template *)(void *)set.scene; /* only looked at for NULL */
	assert_notice(&set, 13 * SEC, "", "waiting for http://localhost:8000 (12 s)");
	started(&set);
	put(&set, 14 * SEC, sample_status(0, 0, RUN_RUNNING, 10));
	assert_notice(&set, 15 * SEC, "", "");
	assert_notice(&set, 15 * SEC, "x.json: disk full",
		      "results cannot be written: x.json: disk full");
	struct sample status = sample_status(0, 0, RUN_DRAINING, 10);
	status.u.status.in_flight = 7;
	put(&set, 20 * SEC, sample_event(0, 0, EVENT_STOPPING, 0, 0));
	put(&set, 20 * SEC, status);
	assert_notice(&set, 21 * SEC, "", "draining: 7 requests in flight");
	struct frame *frame = frame_at(&set, 22 * SEC);
	assert_int_equal(frame->drain_left_ns, 8 * SEC);
	frame_free(frame);
	frame = frame_at(&set, 31 * SEC);
	assert_int_equal(frame->drain_left_ns, 0);
	frame_free(frame);
	set.scene->health.path = NULL;
	teardown(&set);

	setup(&set);
	put(&set, 0, sample_event(0, 0, EVENT_SETUP_FAILED, FAILURE_STATUS, 401));
	assert_notice(
		&set, SEC, "",
		"setup failed: HTTP 401 Unauthorized (http://localhost:8000). The test users may "
		"not exist (run the user creation script again and log in once by hand), their "
		"login may have failed (then it is among the failures), or their token ran out.");
	teardown(&set);
}

static void a_rule_lost_for_good_shows_in_the_verdict_at_once(void **state)
{
	struct stage_set set;
	struct frame *frame;

	(void)state;
	setup(&set);
	frame = frame_at(&set, 0);
	assert_int_equal(frame->verdict, VERDICT_PENDING);
	assert_string_not_equal(frame->plan, "");
	frame_free(frame);
	started(&set);
	for (unsigned i = 0; i < 101; i++)
		put(&set, SEC, sample_failed(1, 0, START, 0, FAILURE_RESET, 0, 0));
	run_advance(set.run, START + 2 * SEC);
	frame = frame_at(&set, 2 * SEC);
	assert_int_equal(frame->criterion_count, 1);
	assert_string_equal(frame->criteria[0].text, "failures <= 100");
	assert_string_equal(frame->criteria[0].value, "101");
	assert_int_equal(frame->criteria[0].state, VERDICT_FAIL);
	assert_true(frame->criteria[0].final);
	assert_int_equal(frame->verdict, VERDICT_FAIL);
	assert_string_equal(frame->plan, "");
	frame_free(frame);
	teardown(&set);
}

static void frames_live_on_when_the_run_goes_on(void **state)
{
	struct stage_set set;
	struct frame *first, *second;

	(void)state;
	setup(&set);
	started(&set);
	put(&set, 100 * MS, sample_status(0, 0, RUN_RUNNING, 10));
	put(&set, SEC, sample_status(0, 0, RUN_RUNNING, 10));
	put(&set, 2 * SEC, sample_status(0, 0, RUN_RUNNING, 10));
	run_advance(set.run, START + 2 * SEC);
	first = frame_at(&set, 2 * SEC);
	for (unsigned s = 3; s < 1500; s++) {
		put(&set, s * SEC, sample_status(0, 0, RUN_RUNNING, s));
		run_advance(set.run, START + s * SEC);
	}
	second = frame_at(&set, 1500 * SEC);
	assert_int_equal(first->recent.count, 2);
	assert_true(first->recent.values[SERIES_USERS][1] == 10);
	assert_int_equal(second->recent.count, 600);
	assert_int_equal(second->recent.step_ns, SEC);
	assert_true(second->recent.values[SERIES_USERS][599] >= 1496);
	assert_true(second->whole.count <= 600);
	assert_true(second->sequence > first->sequence);
	frame_free(first);
	frame_free(second);
	teardown(&set);
}

static const struct frame_quantile *quantile_of(const struct frame_spread *spread, double q)
{
	for (unsigned i = 0; i < FRAME_QUANTILES; i++)
		if (spread->quantiles[i].q >= q && spread->quantiles[i].q <= q)
			return &spread->quantiles[i];
	fail_msg("no quantile %g", q);
	return NULL;
}

static void focus(struct stage_set *set, double value)
{
	run_command(set->run, &(struct command){ .type = COMMAND_FOCUS, .value = value });
}

static void the_endpoint_in_focus_is_shown_in_full(void **state)
{
	struct stage_set set;
	struct frame *frame;
	uint64_t sum = 0;

	(void)state;
	setup(&set);
	started(&set);
	for (unsigned i = 1; i <= 1000; i++)
		put(&set, SEC, sample_ok(3, 0, START + SEC, i * 100));
	put(&set, SEC, sample_failed(3, 0, START + SEC, 0, FAILURE_STATUS, 503, 0));
	put(&set, SEC, sample_failed(1, 0, START + SEC, 0, FAILURE_REFUSED, 0, 0));
	put(&set, 3 * SEC, sample_status(0, 0, RUN_RUNNING, 10));
	run_advance(set.run, START + 3 * SEC);
	frame = frame_at(&set, 3 * SEC);
	assert_false(frame->detail.present);
	frame_free(frame);
	focus(&set, 3);
	frame = frame_at(&set, 3 * SEC);
	const struct frame_detail *detail = &frame->detail;
	assert_true(detail->present);
	assert_int_equal(detail->endpoint, 3);
	assert_string_equal(detail->row->method, "POST");
	assert_int_equal(detail->row->requests, 1001);
	assert_in_range(detail->service.bar_count, 2, FRAME_BARS);
	for (size_t i = 0; i < detail->service.bar_count; i++) {
		const struct frame_bar *bar = &detail->service.bars[i];
		assert_true(bar->low_us < bar->high_us);
		if (i > 0)
			assert_int_equal(bar->low_us, bar[-1].high_us);
		assert_int_equal(bar->window_count, bar->count);
		sum += bar->count;
	}
	assert_int_equal(sum, 1001);
	assert_true(quantile_of(&detail->service, 0.75)->us >= 74900 &&
		    quantile_of(&detail->service, 0.75)->us <= 75100);
	assert_int_equal(quantile_of(&detail->service, 1)->us, 100000);
	assert_int_equal(quantile_of(&detail->service, 0.5)->window_us,
			 quantile_of(&detail->service, 0.5)->us);
	assert_ptr_equal(detail->response.bars, detail->service.bars);
	assert_int_equal(detail->status_count, 2);
	assert_int_equal(detail->statuses[0].status, 200);
	assert_int_equal(detail->failure_count, 1);
	assert_string_equal(detail->failures[0].text, "HTTP 503 Service Unavailable");
	assert_int_equal(detail->recent.count, frame->recent.count);
	assert_int_equal(detail->whole.step_ns, frame->whole.step_ns);
	assert_true(detail->recent.values[SERIES_RPS][1] == 1001);
	frame_free(frame);
	teardown(&set);
}

static void all_requests_or_none_can_be_in_focus(void **state)
{
	struct stage_set set;
	struct frame *frame;

	(void)state;
	setup(&set);
	started(&set);
	focus(&set, SAMPLE_ALL);
	frame = frame_at(&set, 0); /* nothing measured yet */
	assert_true(frame->detail.present);
	assert_int_equal(frame->detail.service.bar_count, 0);
	frame_free(frame);
	put(&set, SEC, sample_ok(3, 0, START + SEC, 40));
	put(&set, SEC,
	    sample_ok(0, 0, START + SEC, 3600000000ULL)); /* from start to end of the scale */
	put(&set, SEC, sample_failed(1, 0, START + SEC, 1, FAILURE_REFUSED, 0, 0));
	put(&set, 3 * SEC, sample_status(0, 0, RUN_RUNNING, 10));
	run_advance(set.run, START + 3 * SEC);
	frame = frame_at(&set, 3 * SEC);
	assert_ptr_equal(frame->detail.row, &frame->all);
	assert_in_range(frame->detail.service.bar_count, 2, FRAME_BARS);
	assert_int_equal(frame->detail.status_count, 2);
	assert_int_equal(frame->detail.failure_count, 1);
	assert_ptr_equal(frame->detail.recent.values[SERIES_RPS], frame->recent.values[SERIES_RPS]);
	frame_free(frame);
	for (unsigned i = 0; i < 2; i++) {
		focus(&set, i == 0 ? -1 : 4); /* an endpoint there is not */
		frame = frame_at(&set, 3 * SEC);
		assert_false(frame->detail.present);
		frame_free(frame);
	}
	teardown(&set);
}

/* users held for `seconds`, each with `count` requests of us microseconds. */
static uint64_t hold(struct stage_set *set, uint64_t t, unsigned users, unsigned seconds,
		     unsigned count, uint64_t us)
{
	for (unsigned s = 0; s < seconds; s++, t += SEC) {
		put(set, t, sample_class(0, 0, 0, users, users));
		put(set, t, sample_status(0, 0, RUN_RUNNING, users));
		for (unsigned i = 0; i < count; i++) {
			uint64_t end = START + t + 10 * MS + i;
			struct sample sample = sample_ok(i % 4, 0, end, us);
			run_sample(set->run, &sample, end);
		}
		run_advance(set->run, START + t + 20 * MS);
	}
	return t;
}

static void held_loads_fill_the_table_and_the_knee_is_marked(void **state)
{
	struct stage_set set;
	struct frame *frame;
	uint64_t t = MS;

	(void)state;
	setup(&set);
	started(&set);
	for (unsigned users = 100; users <= 600; users += 100)
		t = hold(&set, t, users, 6, 50, users <= 300 ? 10000 : 10000 + (users - 300) * 200);
	frame = frame_at(&set, t);
	assert_int_equal(frame->level_count, 6);
	for (size_t i = 0; i < 6; i++) {
		const struct frame_level *level = &frame->levels[i];
		assert_true(level->load == 100.0 * (double)(i + 1));
		assert_true(level->seconds >= 4 && level->seconds <= 6);
		assert_true(level->rps == 50);
		assert_int_equal(level->requests, (uint64_t)(50 * level->seconds));
		assert_int_equal(level->knee, i == 3);
		assert_int_equal(level->beyond_knee, i >= 3);
		assert_int_equal(level->now, i == 5);
	}
	assert_true(frame->knee.found);
	assert_true(frame->knee.load > 250 && frame->knee.load < 350);
	assert_non_null(strstr(frame->knee.text, "response times bend at"));
	frame_free(frame);
	teardown(&set);
}

static void the_heat_map_shows_the_rows_in_use(void **state)
{
	struct stage_set set;
	struct frame *frame;
	uint64_t t;

	(void)state;
	setup(&set);
	started(&set);
	frame = frame_at(&set, MS);
	assert_int_equal(frame->heat_recent.rows, 0);
	frame_free(frame);
	t = hold(&set, MS, 10, 5, 30, 2000);
	t = hold(&set, t, 10, 5, 20, 50000);
	frame = frame_at(&set, t);
	const struct frame_heat *heat = &frame->heat_recent;
	assert_int_equal(heat->columns, frame->recent.count);
	assert_int_equal(heat->max, 30);
	assert_true(heat->edges_us[0] <= 2000 && heat->edges_us[1] > 2000);
	assert_true(heat->edges_us[heat->rows] > 50000 && heat->edges_us[heat->rows - 1] <= 50000);
	assert_int_equal(heat->counts[0], 30);
	assert_int_equal(heat->counts[8 * heat->rows + heat->rows - 1], 20);
	assert_int_equal(heat->counts[8 * heat->rows], 0);
	assert_int_equal(frame->heat_whole.columns, frame->whole.count);
	frame_free(frame);
	teardown(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_clean_and_complete),
		cmocka_unit_test(failures_come_by_falling_count_with_times_of_the_run),
		cmocka_unit_test(a_pause_makes_the_run_longer),
		cmocka_unit_test(the_notice_says_what_is_going_on),
		cmocka_unit_test(a_rule_lost_for_good_shows_in_the_verdict_at_once),
		cmocka_unit_test(frames_live_on_when_the_run_goes_on),
		cmocka_unit_test(the_endpoint_in_focus_is_shown_in_full),
		cmocka_unit_test(all_requests_or_none_can_be_in_focus),
		cmocka_unit_test(held_loads_fill_the_table_and_the_knee_is_marked),
		cmocka_unit_test(the_heat_map_shows_the_rows_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
