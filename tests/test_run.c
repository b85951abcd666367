/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/command.h"
#include "message/frame.h"
#include "record/criteria.h"
#include "record/detail.h"
#include "record/health.h"
#include "record/insight.h"
#include "record/live.h"
#include "record/marks.h"
#include "record/phases.h"
#include "record/run.h"
#include "record/series.h"
#include "record/stats.h"
#include "record/steering_log.h"
#include "samples.h"
#include "fake_output.h"
#include "scenario/criterion.h"

#define START (900 * SEC)
#define WALL  (1800000000 * SEC)

static uint64_t fake_wall_ns(void)
{
	return WALL;
}

/* A run with a clock of its own: t is nanoseconds since START. */
struct play {
	struct scenario *scene;
	struct criterion criteria[2];
	struct output *output;
	struct run *run;
	unsigned engines;
};

static void setup_with(struct play *play, unsigned engines, bool open, bool reset_stats)
{
	static char text[] = "rule";

	play->engines = engines;
	play->scene = scene_new(3, 2, open);
	for (unsigned i = 0; i < 2; i++)
		play->criteria[i].text = text;
	play->scene->criteria = play->criteria;
	assert_int_equal(output_new(&play->output, NULL, NULL), 0);
	play->run = run_new(&(struct run_config){ .scenario = play->scene,
						  .engine_count = engines,
						  .reset_stats = reset_stats,
						  .output = play->output,
						  .wall_ns = fake_wall_ns });
}

static void setup(struct play *play, unsigned engines)
{
	setup_with(play, engines, false, false);
}

/* The same with n criteria, which the caller has put into play->criteria. */
static void setup_rules(struct play *play, unsigned n)
{
	struct criterion criteria[2] = { play->criteria[0], play->criteria[1] };

	setup(play, 1);
	run_free(play->run);
	for (unsigned i = 0; i < n; i++) {
		char *text = play->criteria[i].text;
		play->criteria[i] = criteria[i];
		play->criteria[i].text = text;
	}
	play->scene->criterion_count = n;
	play->run = run_new(&(struct run_config){ .scenario = play->scene,
						  .engine_count = 1,
						  .output = play->output,
						  .wall_ns = fake_wall_ns });
}

static void teardown(struct play *play)
{
	run_free(play->run);
	output_free(play->output);
	scene_free(play->scene);
}

static const struct record_view *view_at(struct play *play, uint64_t t)
{
	return run_view(play->run, START + t);
}

static void status(struct play *play, unsigned engine, uint64_t t, enum run_state state,
		   unsigned live)
{
	struct sample sample = sample_status(engine, START + t, state, live);

	run_sample(play->run, &sample, START + t);
}

static void event(struct play *play, uint64_t t, enum sample_event kind, int64_t a)
{
	struct sample sample = sample_event(0, START + t, kind, a, 0);

	run_sample(play->run, &sample, START + t);
}

static void request(struct play *play, unsigned engine, uint64_t t, uint64_t us, bool failed)
{
	struct sample sample = failed ? sample_failed(0, 0, START + t, us, FAILURE_RESET, 0, 0)
				      : sample_ok(1, 1, START + t, us);

	sample.engine = (uint8_t)engine;
	run_sample(play->run, &sample, START + t);
}

static void end(struct play *play, uint64_t t)
{
	for (unsigned i = 0; i < play->engines; i++) {
		struct sample sample = { .type = SAMPLE_END, .engine = (uint8_t)i };
		run_sample(play->run, &sample, START + t);
	}
	assert_true(run_ended(play->run));
	run_finish(play->run, START + t);
}

/* From second `from` to `to`: constant load, ten statuses and `rps` requests a second and engine. */
static void load(struct play *play, unsigned from, unsigned to, unsigned rps, unsigned failing)
{
	for (uint64_t t = from * SEC; t < to * SEC; t += 100 * MS) {
		for (unsigned e = 0; e < play->engines; e++) {
			for (unsigned i = 0; i < rps / 10; i++)
				request(play, e, t + i, 5000, i < failing);
			status(play, e, t + 100 * MS - 1, RUN_RUNNING, 50);
		}
		run_advance(play->run, START + t + 100 * MS);
	}
}

static void a_run_counts_everything_from_its_start_to_its_end(void **state)
{
	struct play play;

	(void)state;
	setup(&play, 2);
	assert_int_equal(view_at(&play, 0)->start_ns, 0);
	status(&play, 0, 0, RUN_SETUP, 0);
	struct sample login = sample_ok(0, 0, START, 10);
	login.u.request.flags = SAMPLE_FLAG_SETUP;
	run_sample(play.run, &login, START);
	run_advance(play.run, START + 5);
	assert_int_equal(view_at(&play, 5)->start_ns, 0);
	event(&play, 10, EVENT_STARTED, START + 2);
	load(&play, 0, 20, 100, 1);
	assert_int_equal(view_at(&play, 20 * SEC)->start_ns, START + 2);
	assert_int_equal(play.output->starts, 1);
	assert_int_equal(play.output->start_ns, START + 2);
	assert_int_equal(play.output->wall_start_ns, WALL - 8);
	event(&play, 20 * SEC, EVENT_STOPPING, 0);
	struct sample cut = sample_ok(1, 1, START + 20 * SEC, 100);
	cut.outcome = OUTCOME_ABORTED;
	run_sample(play.run, &cut, START + 20 * SEC);
	request(&play, 1, 20 * SEC + 300 * MS, 700, false);
	end(&play, 20 * SEC + 400 * MS);

	const struct record_view *view = view_at(&play, 99 * SEC);
	const struct stats_cell *all = stats_all(view->stats);
	assert_int_equal(all->requests, 2 * 20 * 100 + 1);
	assert_int_equal(all->failures, 2 * 20 * 10);
	assert_int_equal(all->aborted, 1);
	assert_int_equal(play.output->samples, all->requests + 1);
	assert_int_equal(play.output->aborted, 1);
	assert_int_equal(play.output->finishes, 1);
	assert_true(play.output->over);
	assert_int_equal(play.output->verdict, VERDICT_FAIL);
	assert_true(view->over);
	assert_int_equal(view->end, RUN_END_SCHEDULE);
	assert_int_equal(view->elapsed_ns, 20 * SEC + 400 * MS - 2); /* stands still */
	struct series_view series = series_whole(view->series);
	double sum = 0;
	for (size_t i = 0; i < series.count; i++)
		sum += (double)series.values[SERIES_RPS][i];
	assert_int_equal(series.count, 21);
	assert_true(sum == 2 * 20 * 100 + 1);
	assert_true(series.values[SERIES_USERS][5] == 100);
	teardown(&play);
}

static void seconds_wait_for_the_slowest_engine_but_not_for_ever(void **state)
{
	struct play play;

	(void)state;
	setup(&play, 2);
	event(&play, 0, EVENT_STARTED, START);
	status(&play, 0, 100 * MS, RUN_RUNNING, 1);
	status(&play, 1, 100 * MS, RUN_RUNNING, 1);
	request(&play, 0, 200 * MS, 10, false);
	status(&play, 0, SEC + 900 * MS, RUN_RUNNING, 1);
	run_advance(play.run, START + SEC + 900 * MS);
	assert_int_equal(series_recent(view_at(&play, 0)->series).count, 0);
	/* engine 1 reports late what ended in second 0 */
	request(&play, 1, 950 * MS, 10, false);
	status(&play, 1, SEC, RUN_RUNNING, 1);
	run_advance(play.run, START + SEC + 950 * MS);
	struct series_view series = series_recent(view_at(&play, 0)->series);
	assert_int_equal(series.count, 1);
	assert_true(series.values[SERIES_RPS][0] == 2);
	assert_int_equal(play.output->ticks, 1);
	/* and then nothing more from it */
	status(&play, 0, 5 * SEC, RUN_RUNNING, 1);
	run_advance(play.run, START + 5 * SEC);
	assert_int_equal(series_recent(view_at(&play, 0)->series).count, 3);
	teardown(&play);
}

static void steering_becomes_marks_and_moves_become_one(void **state)
{
	struct play play;
	const struct marks *marks;
	struct command note = { .type = COMMAND_MARK, .at_ns = START + 9 * SEC };
	static const char *const texts[] = { "users 100 → 103", "paused",
					     "resumed",         "spawn rate 10 → 20 users/s",
					     "deploy",          "stopped by hand" };

	(void)state;
	setup(&play, 1);
	play.scene->load.spawn_rate = 10;
	run_free(play.run);
	play.run = run_new(&(struct run_config){ .scenario = play.scene,
						 .engine_count = 1,
						 .output = play.output,
						 .wall_ns = fake_wall_ns });
	event(&play, 0, EVENT_STARTED, START);
	struct sample users = sample_class(0, START, 0, 100, 100);
	run_sample(play.run, &users, START);
	marks = view_at(&play, 0)->marks;
	event(&play, 1 * SEC, EVENT_TARGET, 101);
	event(&play, 1 * SEC + 300 * MS, EVENT_TARGET, 102);
	event(&play, 1 * SEC + 600 * MS, EVENT_TARGET, 103);
	run_advance(play.run, START + 2 * SEC);
	assert_int_equal(marks_count(marks), 0); /* still moving */
	run_advance(play.run, START + 3 * SEC);
	assert_int_equal(marks_count(marks), 1);
	event(&play, 4 * SEC, EVENT_PAUSED, 0);
	assert_int_equal(run_paused_ns(play.run, START + 5 * SEC), SEC);
	event(&play, 7 * SEC, EVENT_RESUMED, 0);
	assert_int_equal(run_paused_ns(play.run, START + 50 * SEC), 3 * SEC);
	event(&play, 8 * SEC, EVENT_SPAWN_RATE, 20000);
	snprintf(note.text, sizeof(note.text), "deploy");
	run_command(play.run, &note);
	event(&play, 10 * SEC, EVENT_STOPPING, 1);
	end(&play, 11 * SEC);
	assert_int_equal(marks_count(marks), 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(marks_at(marks, i)->text, texts[i]);
	assert_int_equal(marks_at(marks, 0)->at_ns, SEC);
	assert_true(marks_at(marks, 4)->by_hand);
	assert_int_equal(view_at(&play, 0)->end, RUN_END_HAND);
	teardown(&play);
}

static void a_reset_zeroes_statistics_criteria_and_files(void **state)
{
	struct play play;
	struct command reset = { .type = COMMAND_RESET, .at_ns = START + 5 * SEC };

	(void)state;
	setup(&play, 1);
	run_command(play.run, &reset); /* before the start: nothing to forget */
	assert_int_equal(play.output->resets, 0);
	event(&play, 0, EVENT_STARTED, START);
	load(&play, 0, 5, 100, 2);
	run_command(play.run, &reset);
	const struct record_view *view = view_at(&play, 5 * SEC);
	assert_int_equal(stats_all(view->stats)->requests, 0);
	assert_int_equal(view->reset_ns, START + 5 * SEC);
	assert_int_equal(view->start_ns, START);
	assert_int_equal(play.output->resets, 1);
	assert_string_equal(marks_at(view->marks, 0)->text, "statistics reset");
	load(&play, 5, 8, 100, 0);
	end(&play, 8 * SEC);
	assert_int_equal(run_exit_status(play.run), 0);
	assert_int_equal(stats_all(view->stats)->requests, 300);
	assert_int_equal(series_whole(view->series).count, 8); /* history stays */
	teardown(&play);
}

static void reset_stats_zeroes_when_all_users_are_there(void **state)
{
	static const bool wanted[] = { false, true };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct play play;
		setup_with(&play, 1, false, wanted[i]);
		event(&play, 0, EVENT_STARTED, START);
		load(&play, 0, 2, 100, 0);
		event(&play, 2 * SEC, EVENT_SPAWNED_ALL, 50);
		assert_int_equal(play.output->resets, wanted[i]);
		assert_int_equal(stats_all(view_at(&play, 2 * SEC)->stats)->requests,
				 wanted[i] ? 0 : 200);
		teardown(&play);
	}
}

static void a_breached_abort_rule_stops_the_run_once(void **state)
{
	struct play play;

	(void)state;
	play.criteria[0] = (struct criterion){ .metric = METRIC_REQUESTS, .op = OP_GE };
	play.criteria[1] = (struct criterion){
		.metric = METRIC_FAILURES, .op = OP_LE, .value = 10, .abort = true
	};
	setup_rules(&play, 2);
	event(&play, 0, EVENT_STARTED, START);
	load(&play, 0, 5, 100, 0);
	assert_false(run_takes_stop(play.run));
	load(&play, 5, 6, 100, 1); /* ten: not yet */
	assert_false(run_takes_stop(play.run));
	load(&play, 6, 7, 100, 1);
	assert_true(run_takes_stop(play.run));
	assert_false(run_takes_stop(play.run));
	load(&play, 7, 8, 100, 1);
	assert_false(run_takes_stop(play.run));
	event(&play, 8 * SEC, EVENT_STOPPING, 2);
	end(&play, 8 * SEC + 100 * MS);
	const struct record_view *view = view_at(&play, 9 * SEC);
	assert_int_equal(view->end, RUN_END_CRITERION);
	assert_int_equal(view->end_criterion, 1);
	assert_string_equal(marks_at(view->marks, 0)->text, "stopped by criterion: rule");
	assert_int_equal(run_exit_status(play.run), 1);
	teardown(&play);
}

static void verdict_and_exit_status_follow_the_rules(void **state)
{
	static const struct {
		const char *what;
		unsigned rules;
		double most_failures;
		unsigned rps, failing;
		bool starved; /* of files */
		int finish_rc;
		enum verdict verdict;
		int exit_status;
	} cases[] = {
		{ "no rules, no failures", 0, 0, 100, 0, false, 0, VERDICT_PASS, 0 },
		{ "no rules, a failure", 0, 0, 100, 1, false, 0, VERDICT_FAIL, 1 },
		{ "no rules, no requests", 0, 0, 0, 0, false, 0, VERDICT_FAIL, 1 },
		{ "rules hold", 1, 1e6, 100, 1, false, 0, VERDICT_PASS, 0 },
		{ "a rule is broken", 1, 3, 100, 1, false, 0, VERDICT_FAIL, 1 },
		{ "the generator was the limit", 1, 1e6, 100, 1, true, 0, VERDICT_INVALID, 4 },
		{ "limit and broken rule", 1, 3, 100, 1, true, 0, VERDICT_INVALID, 4 },
		{ "files not written", 1, 1e6, 100, 0, false, -28, VERDICT_PASS, 3 },
		{ "files not written, failed", 1, 3, 100, 1, false, -28, VERDICT_FAIL, 1 },
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		struct play play;
		play.criteria[0] = (struct criterion){ .metric = METRIC_FAILURES,
						       .op = OP_LE,
						       .value = cases[c].most_failures };
		setup_rules(&play, cases[c].rules);
		play.output->finish_rc = cases[c].finish_rc;
		event(&play, 0, EVENT_STARTED, START);
		load(&play, 0, 3, cases[c].rps, cases[c].failing);
		if (cases[c].starved)
			event(&play, 3 * SEC, EVENT_NO_FILES, 24);
		end(&play, 3 * SEC + 500 * MS);
		if (view_at(&play, 0)->verdict != cases[c].verdict ||
		    run_exit_status(play.run) != cases[c].exit_status)
			fail_msg("%s: %s, exit %d", cases[c].what,
				 verdict_name(view_at(&play, 0)->verdict),
				 run_exit_status(play.run));
		teardown(&play);
	}
}

static void a_run_that_never_began_could_not_be_done(void **state)
{
	struct play play;

	(void)state;
	setup(&play, 2);
	status(&play, 0, 0, RUN_SETUP, 0);
	event(&play, 30 * SEC, EVENT_SETUP_FAILED, FAILURE_REFUSED);
	end(&play, 30 * SEC);
	const struct record_view *view = view_at(&play, 0);
	assert_int_equal(view->end, RUN_END_SETUP);
	assert_string_equal(view->setup_problem,
			    "setup failed: connection refused (http://localhost:8000). Nobody "
			    "listens on the target's port: wait about 30 seconds for the backend "
			    "to start, then try its health endpoint with curl.");
	assert_int_equal(view->verdict, VERDICT_FAIL);
	assert_int_equal(run_exit_status(play.run), 3);
	assert_int_equal(play.output->starts, 0);
	assert_int_equal(play.output->finishes, 1);
	teardown(&play);
	/* left on the plan page */
	setup(&play, 1);
	end(&play, SEC);
	assert_int_equal(run_exit_status(play.run), 3);
	assert_int_equal(view_at(&play, 0)->verdict, VERDICT_PENDING);
	teardown(&play);
}

static void without_a_started_event_the_first_request_begins_the_run(void **state)
{
	struct play play;

	(void)state;
	setup(&play, 1);
	request(&play, 0, 2 * SEC, 500000, false);
	assert_int_equal(view_at(&play, 2 * SEC)->start_ns, START + SEC + 500 * MS);
	teardown(&play);
}

static void a_stop_is_kept_though_its_effect_is_seen_first(void **state)
{
	struct play play;
	struct command stop = { .type = COMMAND_STOP, .at_ns = START + 2 * SEC };
	struct command late = { .type = COMMAND_USERS, .at_ns = START + 3 * SEC, .value = 5 };

	(void)state;
	setup(&play, 1);
	event(&play, 0, EVENT_STARTED, START);
	event(&play, 2 * SEC + 1, EVENT_STOPPING, 1);
	run_command(play.run, &stop);
	run_command(play.run, &late); /* changes nothing any more */
	const struct steering_log *log = view_at(&play, 0)->steering;
	assert_int_equal(steering_log_count(log), 1);
	assert_int_equal(steering_log_at(log, 0)->type, COMMAND_STOP);
	assert_int_equal(steering_log_at(log, 0)->at_ns, 2 * SEC);
	teardown(&play);
}

static void phases_follow_the_states(void **state)
{
	struct play play;

	(void)state;
	setup(&play, 1);
	event(&play, 0, EVENT_STARTED, START);
	struct sample users = sample_class(0, START, 0, 0, 50);
	run_sample(play.run, &users, START);
	for (unsigned t = 0; t < 50; t++)
		status(&play, 0, t * 100 * MS, RUN_RAMPING, t);
	load(&play, 5, 15, 100, 0);
	status(&play, 0, 15 * SEC, RUN_DRAINING, 50);
	end(&play, 15 * SEC + 100 * MS);
	const struct phases *phases = view_at(&play, 0)->phases;
	assert_int_equal(phases_count(phases), 3);
	assert_int_equal(phases_at(phases, 0).kind, PHASE_RAMP_UP);
	assert_int_equal(phases_at(phases, 1).kind, PHASE_CONSTANT);
	assert_in_range(phases_at(phases, 1).requests, 990, 1000);
	teardown(&play);
}

static void mix(struct play *play, bool look)
{
	event(play, 0, EVENT_STARTED, START);
	for (unsigned i = 0; i < 12000; i++) {
		uint64_t t = i * MS;
		struct sample sample = sample_ok(i % 7 % 3, i % 2, START + t, 1000 + i % 997 * 31);
		if (i % 100 == 0)
			status(play, 0, t, i < 5000 ? RUN_RAMPING : RUN_RUNNING, i / 1000);
		if (i % 11 == 0)
			sample.outcome = OUTCOME_ABORTED;
		if (i % 13 == 0)
			sample.u.request.flags = SAMPLE_FLAG_SETUP;
		if (i == 11003) /* so far ahead that seconds close to make room */
			sample.end_ns += 15 * SEC;
		run_sample(play->run, &sample, START + t);
		if (look)
			view_at(play, t);
		if (i % 20 == 0)
			run_advance(play->run, START + t);
	}
	status(play, 0, 30 * SEC, RUN_RUNNING, 12);
	run_advance(play->run, START + 30 * SEC);
}

/* Requests are put off, and nobody who looks can tell. */
static void figures_do_not_depend_on_how_often_they_are_looked_at(void **state)
{
	struct play once, often;

	(void)state;
	setup(&once, 1);
	setup(&often, 1);
	mix(&once, false);
	mix(&often, true);
	const struct record_view *a = view_at(&once, 30 * SEC), *b = view_at(&often, 30 * SEC);
	assert_true(stats_consistent(a->stats));
	assert_int_equal(once.output->samples, 12000 - 924);
	assert_int_equal(once.output->settled, once.output->samples);
	assert_int_equal(stats_all(a->stats)->requests + stats_all(a->stats)->aborted,
			 once.output->samples);
	for (unsigned e = 0; e < 3; e++) {
		struct frame_row one = { 0 }, other = { 0 };
		struct frame *frames[] = { frame_new(), frame_new() };
		struct frame_series recent[2], whole[2];
		stats_fill_row(a->stats, stats_endpoint(a->stats, e), START + 30 * SEC, &one);
		stats_fill_row(b->stats, stats_endpoint(b->stats, e), START + 30 * SEC, &other);
		assert_memory_equal(&one, &other, sizeof(one));
		detail_series(a->insight->detail, e, frames[0], &recent[0], &whole[0]);
		detail_series(b->insight->detail, e, frames[1], &recent[1], &whole[1]);
		assert_true(recent[0].count > 20);
		assert_int_equal(recent[0].count, recent[1].count);
		for (unsigned m = 0; m < SERIES_METRICS; m++)
			assert_memory_equal(recent[0].values[m], recent[1].values[m],
					    recent[0].count * sizeof(float));
		/* the one far ahead counts beside the second that is then the oldest */
		assert_float_equal(recent[0].values[SERIES_RPS][20], e == 0, 0);
		frame_free(frames[0]);
		frame_free(frames[1]);
	}
	teardown(&once);
	teardown(&often);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_counts_everything_from_its_start_to_its_end),
		cmocka_unit_test(seconds_wait_for_the_slowest_engine_but_not_for_ever),
		cmocka_unit_test(steering_becomes_marks_and_moves_become_one),
		cmocka_unit_test(a_reset_zeroes_statistics_criteria_and_files),
		cmocka_unit_test(reset_stats_zeroes_when_all_users_are_there),
		cmocka_unit_test(a_breached_abort_rule_stops_the_run_once),
		cmocka_unit_test(verdict_and_exit_status_follow_the_rules),
		cmocka_unit_test(a_run_that_never_began_could_not_be_done),
		cmocka_unit_test(without_a_started_event_the_first_request_begins_the_run),
		cmocka_unit_test(a_stop_is_kept_though_its_effect_is_seen_first),
		cmocka_unit_test(phases_follow_the_states),
		cmocka_unit_test(figures_do_not_depend_on_how_often_they_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
