/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "message/command.h"
#include "message/reading.h"
#include "message/sample.h"
#include "record/criteria.h"
#include "record/evidence.h"
#include "record/health.h"
#include "record/insight.h"
#include "record/levels.h"
#include "record/live.h"
#include "record/marks.h"
#include "record/output.h"
#include "record/panel.h"
#include "record/phases.h"
#include "record/requests.h"
#include "record/run_events.h"
#include "record/run_verdict.h"
#include "record/series.h"
#include "record/stats.h"
#include "record/steering_log.h"
#include "record/view.h"
#include "scenario/plan.h"
#include "scenario/scenario.h"

/* Figures per second are closed when every engine has passed the second's end (the watermark), so
 * that a request is counted in the second it ended in whichever engine reports later. An engine
 * that says nothing for STALL_NS (the process was stopped, the machine is drowning) holds nothing
 * up any longer; what it then reports late is counted in the oldest open second. */

#define STALL_NS (2 * CLOCK_NS_PER_SEC)
#define JUDGE_NS (100 * CLOCK_NS_PER_MS)

struct run {
	struct run_config config;
	struct record_view view;
	struct stats *stats;
	struct series *series;
	struct phases *phases;
	struct criteria *criteria;
	struct marks *marks;
	struct health *health;
	struct evidence *evidence;
	struct insight insight;
	struct live *live;
	struct panel *panel;
	struct run_events *events;
	struct steering_log *steering;
	struct requests *requests;
	/* the second closed last */
	struct constant {
		enum run_state state;
		uint32_t users, target;
		double rate;
	} last;
	enum run_state state; /* shown last */
	uint64_t state_since_ns;
	uint64_t judged_ns; /* last time */
	bool rate_by_hand;  /* the schedule's arrival rate was overruled */
	bool stop_wanted, stop_given;
	bool files_failed;
	bool finished;
};

static bool started(const struct run *run)
{
	return run->view.start_ns != 0;
}

static uint64_t since_start(const struct run *run, uint64_t at_ns)
{
	return started(run) && at_ns > run->view.start_ns ? at_ns - run->view.start_ns : 0;
}

struct run *run_new(const struct run_config *config)
{
	struct run *run = mem_new(sizeof(*run));
	const struct scenario *scenario = config->scenario;

	run->config = *config;
	run->stats = stats_new(scenario, config->engine_count);
	run->series = series_new();
	run->phases = phases_new();
	run->criteria = criteria_new(scenario);
	run->marks = marks_new();
	run->health = health_new();
	run->evidence = evidence_new(scenario, run->series);
	insight_init(&run->insight, scenario);
	run->live = live_new(scenario, config->engine_count);
	run->panel = panel_new(scenario, run->marks);
	run->events = run_events_new(scenario, run->marks);
	run->steering = steering_log_new();
	run->requests = requests_new(&(struct requests_config){ .stats = run->stats,
								.criteria = run->criteria,
								.output = config->output,
								.series = run->series,
								.phases = run->phases,
								.evidence = run->evidence,
								.insight = &run->insight },
				     scenario->endpoint_count);
	run->view = (struct record_view){ .scenario = scenario,
					  .seed = config->seed,
					  .engine_count = config->engine_count,
					  .scenario_index = config->scenario_index,
					  .scenario_count = config->scenario_count,
					  .end_criterion = -1,
					  .setup_problem = "",
					  .stats = run->stats,
					  .series = run->series,
					  .phases = run->phases,
					  .criteria = run->criteria,
					  .marks = run->marks,
					  .health = run->health,
					  .findings = evidence_findings(run->evidence),
					  .insight = &run->insight,
					  .exchanges = run->insight.exchanges,
					  .steering = run->steering,
					  .replay = config->replay,
					  .baseline = config->baseline,
					  .live = run->live,
					  .verdict = VERDICT_PENDING };
	return run;
}

void run_free(struct run *run)
{
	if (run == NULL)
		return;
	requests_free(run->requests);
	steering_log_free(run->steering);
	run_events_free(run->events);
	panel_free(run->panel);
	live_free(run->live);
	insight_fini(&run->insight);
	evidence_free(run->evidence);
	health_free(run->health);
	marks_free(run->marks);
	criteria_free(run->criteria);
	phases_free(run->phases);
	series_free(run->series);
	stats_free(run->stats);
	free(run);
}

/* Beginning, reset, end of the load */

static void begin(struct run *run, uint64_t start_ns, uint64_t now_ns)
{
	if (started(run))
		return;
	run->view.start_ns = run->view.reset_ns = start_ns;
	run->view.now_ns = now_ns;
	run->view.wall_start_ns = run->config.wall_ns() - (now_ns - start_ns);
	stats_reset(run->stats, start_ns);
	series_start(run->series, start_ns);
	requests_start(run->requests, start_ns);
	insight_start(&run->insight, start_ns);
	criteria_start(run->criteria, start_ns);
	if (run->config.output != NULL)
		output_start(run->config.output, &run->view);
}

static void reset(struct run *run, uint64_t now_ns)
{
	if (!started(run) || run->finished)
		return;
	requests_settle(run->requests);
	run->view.reset_ns = run->view.now_ns = now_ns;
	stats_reset(run->stats, now_ns);
	insight_reset(&run->insight);
	criteria_reset(run->criteria, now_ns);
	marks_add(run->marks, since_start(run, now_ns), false, "statistics reset");
	if (run->config.output != NULL)
		output_reset(run->config.output, run_view(run, now_ns));
}

static void stopping(struct run *run, uint64_t at_ns, enum run_end end)
{
	if (run->view.stop_ns != 0)
		return;
	run->view.stop_ns = at_ns;
	run->view.end = end;
	if (end != RUN_END_CRITERION)
		run->view.end_criterion = -1;
	criteria_stop(run->criteria, at_ns);
}

/* Records */

static void take_request(struct run *run, const struct sample *sample, uint64_t now_ns)
{
	health_add(run->health, sample);
	if (sample->u.request.flags & SAMPLE_FLAG_SETUP)
		return;
	/* EVENT_STARTED comes first; should it be missing, the first request is the beginning */
	begin(run, sample->u.request.intended_ns, now_ns);
	requests_add(run->requests, sample);
}

/* What the load is measured in: users, or the arrival rate wanted. */
static double load_of(const struct run *run)
{
	return run->view.scenario->load.open ? run->live->rate : run->live->users;
}

static void take_status(struct run *run, const struct sample *sample)
{
	requests_take(run->requests);
	live_add(run->live, sample);
	health_add(run->health, sample);
	if (run->live->state != run->state) {
		run->state = run->live->state;
		run->state_since_ns = sample->end_ns;
	}
	if (!started(run))
		return;
	series_set(run->series, sample->end_ns, SERIES_USERS, run->live->users);
	series_set(run->series, sample->end_ns, SERIES_IN_FLIGHT, run->live->in_flight);
	evidence_load(run->evidence, since_start(run, sample->end_ns), load_of(run),
		      run->live->in_flight);
	phases_update(run->phases, since_start(run, sample->end_ns), run->live->state,
		      run->live->users, run->live->target);
}

static void take_event(struct run *run, const struct sample *sample, uint64_t now_ns)
{
	uint64_t at_ns = since_start(run, sample->end_ns);

	requests_take(run->requests);
	health_add(run->health, sample);
	switch ((enum sample_event)sample->kind) {
	case EVENT_STARTED:
		begin(run, sample->u.event.a > 0 ? (uint64_t)sample->u.event.a : sample->end_ns,
		      now_ns);
		break;
	case EVENT_SPAWNED_ALL:
		if (run->config.reset_stats)
			reset(run, now_ns);
		break;
	case EVENT_PAUSED:
	case EVENT_RESUMED:
		criteria_pause(run->criteria, sample->end_ns, sample->kind == EVENT_PAUSED);
		break;
	case EVENT_STOPPING:
		stopping(run, sample->end_ns,
			 sample->u.event.a == 2   ? RUN_END_CRITERION
			 : sample->u.event.a == 1 ? RUN_END_HAND
						  : RUN_END_SCHEDULE);
		break;
	case EVENT_SETUP_FAILED:
		run->view.end = RUN_END_SETUP;
		run->view.setup_problem = run_events_setup_problem(run->events, sample);
		break;
	case EVENT_TARGET:
	case EVENT_SPAWN_RATE:
	case EVENT_PANIC:
	case EVENT_NO_FILES:
		break;
	}
	run_events_add(run->events, sample, at_ns, run->live, run->view.end_criterion);
}

void run_sample(struct run *run, const struct sample *sample, uint64_t now_ns)
{
	assert(!run->finished);
	switch ((enum sample_type)sample->type) {
	case SAMPLE_REQUEST:
		take_request(run, sample, now_ns);
		break;
	case SAMPLE_STATUS:
		take_status(run, sample);
		break;
	case SAMPLE_CLASS:
		live_add(run->live, sample);
		break;
	case SAMPLE_IN_FLIGHT:
		stats_in_flight(run->stats, sample);
		break;
	case SAMPLE_EVENT:
		take_event(run, sample, now_ns);
		break;
	case SAMPLE_END:
		live_add(run->live, sample);
		return; /* its instant may be missing */
	}
	live_touch(run->live, sample->engine, sample->end_ns);
}

void run_exchange(struct run *run, const struct exchange *exchange, uint64_t now_ns)
{
	insight_exchange(&run->insight, exchange, &run->view, run->config.wall_ns() - now_ns);
}

void run_reading(struct run *run, const struct reading *reading)
{
	panel_add(run->panel, reading, since_start(run, reading->at_ns));
	criteria_reading(run->criteria, reading);
	evidence_reading(run->evidence, reading, since_start(run, reading->at_ns),
			 started(run) && reading->at_ns >= run->view.start_ns);
	if (run->config.output != NULL)
		output_reading(run->config.output, reading);
}

void run_command(struct run *run, const struct command *command)
{
	if (run->view.stop_ns == 0 || command->at_ns <= run->view.stop_ns ||
	    command->type == COMMAND_MARK) /* what came of a stop may be here sooner */
		steering_log_add(run->steering, since_start(run, command->at_ns), command);
	if (command->type == COMMAND_RESET) {
		reset(run, command->at_ns);
		return;
	}
	if (command->type == COMMAND_FOCUS)
		insight_focus(&run->insight, command->value);
	run_events_command(run->events, command, since_start(run, command->at_ns), run->live->rate);
	if (command->type == COMMAND_ARRIVAL_RATE) {
		double most = run->view.scenario->load.max_rate;
		run->live->rate = most > 0 && command->value > most ? most : command->value;
		run->rate_by_hand = true;
	}
}

/* Time */

static bool is_constant(struct run *run)
{
	struct constant now = { .state = run->live->state,
				.users = run->live->users,
				.target = run->live->target,
				.rate = run->live->rate };
	bool constant = now.state == RUN_RUNNING && run->last.state == RUN_RUNNING &&
			now.users == run->last.users && now.target == run->last.target &&
			!(now.rate > run->last.rate) && !(now.rate < run->last.rate);

	run->last = now;
	return constant;
}

static void second_over(struct run *run, size_t point, bool constant)
{
	struct series_view recent = series_recent(run->series);
	double requests = (double)recent.values[SERIES_RPS][point];
	double failures = (double)recent.values[SERIES_FAIL_RPS][point];
	double p99_us = (double)recent.values[SERIES_P99_US][point];

	health_second(run->health, run->live->state);
	criteria_second(run->criteria, requests, failures, p99_us, constant);
	evidence_second(run->evidence, recent.start_ns + point * recent.step_ns, load_of(run),
			(double)recent.values[SERIES_P50_US][point],
			(double)recent.values[SERIES_P95_US][point], constant);
	levels_second(run->insight.levels, recent.start_ns + point * recent.step_ns, load_of(run),
		      requests, failures, (double)recent.values[SERIES_CPU_PCT][point],
		      (double)recent.values[SERIES_CONNECTIONS][point], constant);
}

static void seconds_over(struct run *run, unsigned closed)
{
	struct series_view recent = series_recent(run->series);
	bool constant = is_constant(run);
	unsigned shown = closed < recent.count ? closed : (unsigned)recent.count;

	for (unsigned i = shown; i > 0; i--)
		second_over(run, recent.count - i, constant && closed == 1);
	evidence_update(run->evidence, closed, false);
	run->view.bend = evidence_bend(run->evidence);
}

static uint64_t complete_until_ns(const struct run *run, uint64_t now_ns)
{
	uint64_t mark = live_watermark_ns(run->live);

	if (mark > now_ns)
		return now_ns;
	return mark + STALL_NS < now_ns ? now_ns - STALL_NS : mark;
}

static void judge(struct run *run, uint64_t complete_ns)
{
	int abort_by = criteria_judge(run->criteria, complete_ns, run->live->held_back);

	if (abort_by < 0 || run->view.stop_ns != 0 || run->stop_wanted)
		return;
	run->stop_wanted = true;
	run->view.end_criterion = abort_by;
}

void run_advance(struct run *run, uint64_t now_ns)
{
	if (run->finished || !started(run))
		return;
	requests_take(run->requests);
	uint64_t complete_ns = complete_until_ns(run, now_ns);
	if (!run->rate_by_hand)
		run->live->rate = plan_rate_at(
			run->view.scenario, since_start(run, now_ns) - run_paused_ns(run, now_ns));
	series_set(run->series, complete_ns, SERIES_CPU_PCT, panel_hottest_cpu(run->panel, now_ns));
	series_set(run->series, complete_ns, SERIES_CONNECTIONS,
		   panel_connections(run->panel, now_ns));
	unsigned closed = series_advance(run->series, complete_ns);
	if (closed > 0)
		seconds_over(run, closed);
	run_events_advance(run->events, since_start(run, now_ns));
	if (closed > 0 || now_ns - run->judged_ns >= JUDGE_NS) {
		run->judged_ns = now_ns;
		judge(run, complete_ns);
	}
	if (closed > 0 && run->config.output != NULL)
		output_tick(run->config.output, run_view(run, now_ns));
}

bool run_takes_stop(struct run *run)
{
	bool wanted = run->stop_wanted && !run->stop_given;

	run->stop_given |= wanted;
	return wanted;
}

bool run_ended(const struct run *run)
{
	return live_ended(run->live) == run->config.engine_count;
}

void run_finish(struct run *run, uint64_t now_ns)
{
	assert(!run->finished);
	requests_settle(run->requests);
	if (started(run)) {
		if (run->view.stop_ns == 0)
			stopping(run, now_ns, RUN_END_SCHEDULE);
		unsigned closed = series_finish(run->series, now_ns);
		if (closed > 0)
			seconds_over(run, closed);
		else
			health_second(run->health, run->live->state);
	}
	run_events_finish(run->events);
	criteria_finish(run->criteria, now_ns, run->live->held_back);
	if (started(run))
		evidence_update(run->evidence, 0, true);
	run->view.bend = evidence_bend(run->evidence);
	assert(stats_consistent(run->stats));
	const struct record_view *view = run_view(run, now_ns);
	run->finished = true;
	run->view.over = true;
	run->view.verdict = run_verdict(&run->view);
	if (run->config.output != NULL)
		run->files_failed = output_finish(run->config.output, view) != 0;
}

int run_exit_status(const struct run *run)
{
	return run_verdict_status(&run->view, run->files_failed);
}

const struct record_view *run_view(struct run *run, uint64_t now_ns)
{
	if (run->finished)
		return &run->view; /* stands still */
	requests_settle(run->requests);
	run->view.now_ns = now_ns;
	run->view.elapsed_ns = since_start(run, now_ns);
	stats_advance(run->stats, now_ns);
	return &run->view;
}

uint64_t run_start_ns(const struct run *run)
{
	return run->view.start_ns;
}

bool run_stopping(const struct run *run)
{
	return run->view.stop_ns != 0;
}

const struct panel *run_panel(const struct run *run)
{
	return run->panel;
}

uint64_t run_paused_ns(const struct run *run, uint64_t now_ns)
{
	return run_events_paused_ns(run->events, since_start(run, now_ns));
}

uint64_t run_state_since_ns(const struct run *run)
{
	return run->state_since_ns;
}
