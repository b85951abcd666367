/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "message/example.h"
#include "message/frame.h"
#include "record/baseline.h"
#include "record/criteria.h"
#include "record/exchanges.h"
#include "record/findings.h"
#include "record/health.h"
#include "record/live.h"
#include "record/insight.h"
#include "record/marks.h"
#include "record/panel.h"
#include "record/publish_insight.h"
#include "record/replay.h"
#include "record/run.h"
#include "record/scenario_saver.h"
#include "record/series.h"
#include "record/stats.h"
#include "record/view.h"
#include "scenario/criterion.h"
#include "scenario/plan.h"
#include "scenario/scenario.h"

/* Names are cleaned and sorted once; a frame then costs one copy of what it shows and a walk over
 * the histograms of its rows: about 0.2 ms with ten endpoints. */

#define FAILURES_SHOWN  200
#define DETAIL_FAILURES 50
#define PLAN_MAX        (256 * 1024)

struct row {
	unsigned endpoint;
	char *method, *name;
};

struct publisher {
	const struct scenario *scenario;
	uint64_t sequence;
	uint64_t stop_timeout_ns;
	struct scenario_saver *saver;
	char *title, *target, *next;
	char *plan;
	struct row *rows; /* by (name, method) */
	char **classes;
	char **criteria;
};

static char *cleaned(const char *text)
{
	size_t room = 3 * strlen(text) + 1; /* each bad byte becomes U+FFFD */
	char *clean = mem_array(room, 1);

	text_clean(clean, room, text, SIZE_MAX, false);
	return clean;
}

static int by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->method, y->method);
}

static char *plan_text(const struct scenario *scenario)
{
	struct buf buf;
	char *text;

	buf_init(&buf, PLAN_MAX);
	plan_print(scenario, &buf);
	text = mem_strdup(buf_str(&buf));
	buf_fini(&buf);
	return text;
}

struct publisher *publisher_new(const struct scenario *scenario, const char *next_scenario,
				uint64_t stop_timeout_ns)
{
	struct publisher *publisher = mem_new(sizeof(*publisher));

	publisher->scenario = scenario;
	publisher->stop_timeout_ns = stop_timeout_ns;
	publisher->saver = scenario_saver_new();
	publisher->title = cleaned(scenario->name);
	publisher->target = cleaned(scenario->target.text);
	publisher->next = cleaned(next_scenario != NULL ? next_scenario : "");
	publisher->plan = plan_text(scenario);
	publisher->rows = mem_array(scenario->endpoint_count, sizeof(*publisher->rows));
	for (unsigned i = 0; i < scenario->endpoint_count; i++)
		publisher->rows[i] = (struct row){ i, cleaned(scenario->endpoints[i].method),
						   cleaned(scenario->endpoints[i].name) };
	qsort(publisher->rows, scenario->endpoint_count, sizeof(*publisher->rows), by_name);
	publisher->classes = mem_array(scenario->class_count, sizeof(char *));
	for (size_t i = 0; i < scenario->class_count; i++)
		publisher->classes[i] = cleaned(scenario->classes[i].name);
	publisher->criteria = mem_array(scenario->criterion_count, sizeof(char *));
	for (size_t i = 0; i < scenario->criterion_count; i++)
		publisher->criteria[i] = cleaned(scenario->criteria[i].text);
	return publisher;
}

void publisher_free(struct publisher *publisher)
{
	if (publisher == NULL)
		return;
	for (size_t i = 0; i < publisher->scenario->endpoint_count; i++) {
		free(publisher->rows[i].method);
		free(publisher->rows[i].name);
	}
	for (size_t i = 0; i < publisher->scenario->class_count; i++)
		free(publisher->classes[i]);
	for (size_t i = 0; i < publisher->scenario->criterion_count; i++)
		free(publisher->criteria[i]);
	scenario_saver_free(publisher->saver);
	free(publisher->rows);
	free(publisher->classes);
	free(publisher->criteria);
	free(publisher->title);
	free(publisher->target);
	free(publisher->next);
	free(publisher->plan);
	free(publisher);
}

static void add_rows(const struct publisher *publisher, const struct record_view *view,
		     struct frame *frame)
{
	const struct scenario *scenario = publisher->scenario;

	stats_fill_row(view->stats, stats_all(view->stats), view->now_ns, &frame->all);
	frame->row_count = scenario->endpoint_count;
	frame->rows = frame_alloc(frame, frame->row_count, sizeof(*frame->rows));
	for (size_t i = 0; i < frame->row_count; i++) {
		const struct row *from = &publisher->rows[i];
		struct frame_row *row = &frame->rows[i];
		row->method = frame_strdup(frame, from->method);
		row->name = frame_strdup(frame, from->name);
		row->endpoint = (uint16_t)from->endpoint;
		stats_fill_row(view->stats, stats_endpoint(view->stats, from->endpoint),
			       view->now_ns, row);
	}
	frame->class_count = scenario->class_count;
	frame->classes = frame_alloc(frame, frame->class_count, sizeof(*frame->classes));
	for (unsigned i = 0; i < frame->class_count; i++) {
		struct frame_class *class = &frame->classes[i];
		class->name = frame_strdup(frame, publisher->classes[i]);
		class->live = view->live->classes[i].users;
		class->target = view->live->classes[i].target;
		class->row.method = "";
		class->row.name = class->name;
		class->row.endpoint = SAMPLE_ALL;
		stats_fill_row(view->stats, stats_class(view->stats, i), view->now_ns, &class->row);
	}
}

static int by_falling_count(const void *a, const void *b)
{
	const struct stats_failure *x = *(const struct stats_failure *const *)a;
	const struct stats_failure *y = *(const struct stats_failure *const *)b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return (x->first_ns > y->first_ns) - (x->first_ns < y->first_ns);
}

static void add_examples(const struct record_view *view, const struct stats_failure *from,
			 struct frame *frame, struct frame_failure *to)
{
	const struct example *const *list;
	const struct example **held;
	size_t count = exchanges_of(view->exchanges, from->endpoint, from->kind, from->status,
				    from->detail, &list);

	held = frame_alloc(frame, count, sizeof(*held));
	for (size_t i = 0; i < count; i++)
		held[i] = frame_hold(frame, list[i]);
	to->examples = held;
	to->example_count = count;
}

static void add_failure(const struct publisher *publisher, const struct record_view *view,
			const struct stats_failure *from, struct frame *frame,
			struct frame_failure *to)
{
	double seconds = stats_window_seconds(view->stats, view->now_ns);
	char text[256];

	stats_failure_text(publisher->scenario, from, text, sizeof(text));
	to->method = to->name = "";
	if (from->endpoint < publisher->scenario->endpoint_count) {
		char clean[512];
		const struct endpoint *endpoint = &publisher->scenario->endpoints[from->endpoint];
		text_clean(clean, sizeof(clean), endpoint->method, SIZE_MAX, false);
		to->method = frame_strdup(frame, clean);
		text_clean(clean, sizeof(clean), endpoint->name, SIZE_MAX, false);
		to->name = frame_strdup(frame, clean);
	}
	to->kind = from->kind;
	to->status = from->status;
	to->text = frame_strdup(frame, text);
	to->count = from->count;
	to->first_ns = from->first_ns > view->start_ns ? from->first_ns - view->start_ns : 0;
	to->last_ns = from->last_ns > view->start_ns ? from->last_ns - view->start_ns : 0;
	to->per_second = (double)from->window_count / (seconds < 1 ? 1 : seconds);
	add_examples(view, from, frame, to);
}

/* Those of the endpoint in focus, or the first of all. */
static void add_detail_failures(const struct publisher *publisher, const struct record_view *view,
				const struct stats_failure *const *sorted, size_t count,
				struct frame *frame)
{
	struct frame_detail *detail = &frame->detail;
	unsigned endpoint = (unsigned)view->insight->focus;

	detail->failures = frame_alloc(frame, DETAIL_FAILURES, sizeof(*detail->failures));
	for (size_t i = 0; i < count && detail->failure_count < DETAIL_FAILURES; i++)
		if (endpoint == SAMPLE_ALL || sorted[i]->endpoint == endpoint)
			add_failure(publisher, view, sorted[i], frame,
				    &detail->failures[detail->failure_count++]);
}

static void add_failures(const struct publisher *publisher, const struct record_view *view,
			 struct frame *frame)
{
	const struct stats_failure *sorted[STATS_FAILURES_MAX + 1];
	size_t count = stats_failure_count(view->stats);

	for (size_t i = 0; i < count; i++)
		sorted[i] = stats_failure_at(view->stats, i);
	if (count > 0)
		qsort(sorted, count, sizeof(*sorted), by_falling_count);
	if (view->insight->focus >= 0)
		add_detail_failures(publisher, view, sorted, count, frame);
	if (count > FAILURES_SHOWN)
		count = FAILURES_SHOWN;
	frame->failure_count = count;
	frame->failures = frame_alloc(frame, count, sizeof(*frame->failures));
	for (size_t i = 0; i < count; i++)
		add_failure(publisher, view, sorted[i], frame, &frame->failures[i]);
}

static void add_criteria(const struct publisher *publisher, const struct record_view *view,
			 struct frame *frame)
{
	frame->criterion_count = criteria_count(view->criteria);
	frame->criteria = frame_alloc(frame, frame->criterion_count, sizeof(*frame->criteria));
	for (size_t i = 0; i < frame->criterion_count; i++) {
		const struct criterion_state *state = criteria_at(view->criteria, i);
		frame->criteria[i] = (struct frame_criterion){
			.text = frame_strdup(frame, publisher->criteria[i]),
			.value = frame_strdup(frame, state->text),
			.state = state->state,
			.final = state->final,
		};
	}
	/* while it runs only what is lost already is said */
	frame->verdict = view->verdict;
	if (!view->over && view->start_ns != 0 && criteria_verdict(view->criteria) == VERDICT_FAIL)
		frame->verdict = VERDICT_FAIL;
}

static void copy_series(struct frame *frame, const struct series_view *from,
			struct frame_series *to)
{
	to->start_ns = from->start_ns;
	to->step_ns = from->step_ns;
	to->count = from->count;
	for (unsigned m = 0; m < SERIES_METRICS; m++) {
		to->values[m] = frame_alloc(frame, from->count, sizeof(float));
		memcpy(to->values[m], from->values[m], from->count * sizeof(float));
	}
}

static void add_history(const struct record_view *view, struct frame *frame)
{
	struct series_view recent = series_recent(view->series);
	struct series_view middle = series_middle(view->series);
	struct series_view whole = series_whole(view->series);

	copy_series(frame, &recent, &frame->recent);
	copy_series(frame, &middle, &frame->middle);
	copy_series(frame, &whole, &frame->whole);
	frame->mark_count = marks_count(view->marks);
	frame->marks = frame_alloc(frame, frame->mark_count, sizeof(*frame->marks));
	for (size_t i = 0; i < frame->mark_count; i++) {
		const struct mark *mark = marks_at(view->marks, i);
		frame->marks[i] = (struct frame_mark){ .at_ns = mark->at_ns,
						       .text = frame_strdup(frame, mark->text),
						       .by_hand = mark->by_hand };
	}
	/* what is well belongs into the report, not on the screen */
	frame->findings = frame_alloc(frame, findings_count(view->findings), sizeof(char *));
	for (size_t i = 0; i < findings_count(view->findings); i++) {
		const struct finding *finding = findings_at(view->findings, i);
		if (finding->warning)
			frame->findings[frame->finding_count++] =
				frame_strdup(frame, finding->text);
	}
}

static void add_generator(const struct record_view *view, struct frame *frame)
{
	const char *reason;

	frame->generator.cpu_pct = view->live->cpu_pct;
	frame->generator.lag_p99_us = view->live->lag_p99_us;
	frame->generator.slip_max_us = view->live->slip_max_us;
	frame->generator.held_back = view->live->held_back;
	frame->generator.ring_waits = view->live->ring_waits;
	frame->generator.engines = view->engine_count;
	frame->generator.connections = view->live->connections;
	frame->generator.limited = health_troubled(view->health, &reason);
	frame->generator.reason = frame_strdup(frame, reason);
}

static const char *notice(struct frame *frame, const struct record_view *view, struct run *run,
			  const char *problem)
{
	const struct live *live = view->live;
	uint64_t since_ns = run_state_since_ns(run);
	unsigned long seconds =
		view->now_ns > since_ns && since_ns != 0
			? (unsigned long)((view->now_ns - since_ns) / CLOCK_NS_PER_SEC)
			: 0;
	char target[256];

	text_clean(target, sizeof(target), view->scenario->target.text, SIZE_MAX, false);
	if (problem[0] != '\0')
		return frame_printf(frame, "results cannot be written: %s", problem);
	if (view->end == RUN_END_SETUP)
		return frame_strdup(frame, view->setup_problem);
	if (live->state == RUN_SETUP && view->scenario->health.path != NULL)
		return frame_printf(frame, "waiting for %s (%lu s)", target, seconds);
	if (live->state == RUN_SETUP)
		return frame_printf(frame, "setting up (%lu s)", seconds);
	if (view->end == RUN_END_CRITERION && view->end_criterion >= 0)
		return frame_printf(frame, "stopped by criterion: %s",
				    view->scenario->criteria[view->end_criterion].text);
	if (live->state == RUN_DRAINING)
		return frame_printf(frame, "draining: %u requests in flight", live->in_flight);
	return "";
}

static void add_load(const struct publisher *publisher, const struct record_view *view,
		     struct run *run, struct frame *frame)
{
	const struct load *load = &publisher->scenario->load;

	frame->at_ns = view->now_ns;
	frame->wall_start_ns = view->wall_start_ns;
	frame->state = view->over ? RUN_DONE : view->live->state;
	frame->elapsed_ns = view->elapsed_ns;
	/* a pause makes the run longer: its schedule stands still */
	frame->duration_ns =
		load->duration_ns == 0 ? 0 : load->duration_ns + run_paused_ns(run, view->now_ns);
	frame->users_live = view->live->users;
	frame->users_target = view->live->target;
	frame->users_max = load->max_users;
	frame->spawn_rate = view->live->spawn_rate;
	frame->open = load->open;
	frame->rate = view->live->rate;
	frame->rate_max = load->max_rate;
	frame->in_flight = view->live->in_flight;
	frame->oldest_age_ns = frame->all.oldest_age_ns;
	if (frame->state == RUN_DRAINING && view->stop_ns != 0 &&
	    view->stop_ns + publisher->stop_timeout_ns > view->now_ns)
		frame->drain_left_ns = view->stop_ns + publisher->stop_timeout_ns - view->now_ns;
}

/* Rows and detail show what the same row was in the earlier run. */
static void add_baseline(const struct record_view *view, struct frame *frame)
{
	struct frame_earlier *earlier;

	if (view->baseline == NULL)
		return;
	frame->baseline = frame_strdup(frame, baseline_name(view->baseline));
	earlier = frame_alloc(frame, frame->row_count + 1, sizeof(*earlier));
	for (size_t i = 0; i <= frame->row_count; i++) {
		struct frame_row *row = i < frame->row_count ? &frame->rows[i] : &frame->all;
		const struct frame_earlier *from = baseline_row(view->baseline, row->endpoint);
		if (from == NULL)
			continue;
		earlier[i] = *from;
		row->earlier = &earlier[i];
	}
}

void publisher_save_scenario(struct publisher *publisher, struct run *run, uint64_t now_ns,
			     const char *file)
{
	scenario_saver_ask(publisher->saver, run_view(run, now_ns), file);
}

static void add_replay(const struct record_view *view, struct frame *frame)
{
	char text[REPLAY_TEXT_MAX];

	if (view->replay != NULL && view->stop_ns == 0)
		frame->replay = frame_strdup(
			frame, replay_text(view->replay, view->start_ns, view->now_ns, text));
}

struct frame *publisher_frame(struct publisher *publisher, struct run *run, uint64_t now_ns,
			      const char *problem, const char *table)
{
	const struct record_view *view = run_view(run, now_ns);
	struct frame *frame = frame_new();

	frame->sequence = ++publisher->sequence;
	frame->scenario = frame_strdup(frame, publisher->title);
	frame->target = frame_strdup(frame, publisher->target);
	frame->scenario_index = view->scenario_index;
	frame->scenario_count = view->scenario_count;
	frame->next_scenario = frame_strdup(frame, publisher->next);
	if (view->start_ns == 0)
		frame->plan = frame_strdup(frame, publisher->plan);
	frame->notice = notice(frame, view, run, problem);
	add_rows(publisher, view, frame);
	add_load(publisher, view, run, frame);
	add_failures(publisher, view, frame);
	add_criteria(publisher, view, frame);
	add_history(view, frame);
	publish_insight(view, frame);
	add_baseline(view, frame);
	add_replay(view, frame);
	frame->answer =
		frame_strdup(frame, scenario_saver_answer(publisher->saver, &frame->answer_sequence,
							  &frame->answer_bad));
	add_generator(view, frame);
	panel_publish(run_panel(run), view->now_ns, frame);
	frame->console_table = frame_strdup(frame, table);
	return frame;
}
