/* SPDX-License-Identifier: MIT */
/* Wiring of one run. Rings: one of samples and two of commands per engine, one of frames, one of readings. Everything
 * is made before the first thread starts and freed after the last one was joined, so no ring outlives its users. */
#include "config.h"

#include "cli/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/rng.h"
#include "cli/options.h"
#include "cli/summary.h"
#include "engine/engine.h"
#include "engine/transport.h"
#include "message/command.h"
#include "message/exchange.h"
#include "message/frame.h"
#include "message/reading.h"
#include "message/sample.h"
#include "monitor/monitor.h"
#include "record/baseline.h"
#include "record/output_files.h"
#include "record/recorder.h"
#include "record/replay.h"
#include "scenario/scenario.h"

#define SAMPLE_RING_ITEMS  (1u << 17)
#define COMMAND_RING_ITEMS 1024u
#define FRAME_RING_ITEMS   8u
#define READING_RING_ITEMS 4096u
#define PANEL_WAIT_MS \
	1000u /* for the database panel's own connection, when the load begins at once */

struct session {
	unsigned engine_count;
	struct engine **engines;
	struct ring **samples, **commands, **orders;
	struct exchange_link **exchanges;
	struct ring *recorder_commands;
	struct ring *frames;
	struct ring *readings;
	struct recorder *recorder;
	struct monitor *monitor;
	bool recorder_started;
	unsigned engines_started;
	bool monitor_started;
	bool relayed; /* commands go to the recorder, which passes them on */
	char *csv_prefix, *json_file, *report_file, *html_file, *failures_file;
	char *replay_file, *baseline_file;
	bool over;
	int exit_status;
	struct buf summary;
};

char *session_path(const char *path, const struct scenario *scenario)
{
	static const char mark[] = "{scenario}";
	const char *base, *at;
	struct buf out;
	size_t len;

	if (path == NULL)
		return NULL;
	base = strrchr(scenario->file, '/');
	base = base != NULL ? base + 1 : scenario->file;
	len = strlen(base);
	if (len > 5 && strcmp(base + len - 5, ".json") == 0)
		len -= 5;
	buf_init(&out, 65536);
	while ((at = strstr(path, mark)) != NULL) {
		buf_add(&out, path, (size_t)(at - path));
		buf_add(&out, base, len);
		path = at + strlen(mark);
	}
	buf_adds(&out, path);
	return buf_take(&out, NULL);
}

static unsigned engine_count(const struct options *options)
{
	long cores;

	if (options->threads != 0)
		return (unsigned)options->threads;
	/* One core is left for the recorder, the console and the rest of the machine. */
	cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores > 2 ? (unsigned)(cores - 1 < 64 ? cores - 1 : 64) : 1;
}

/* Each scenario has a report of its own; else one report holds them all and only the first finds it
 * missing. */
static bool report_is_own(const char *path)
{
	return path != NULL && strstr(path, "{scenario}") != NULL;
}

/* What an earlier run is to give is looked at before anything is sent. */
static int check_earlier(const struct scenario *scenario, const struct options *options,
			 struct error *err)
{
	char *moves = session_path(options->replay_file, scenario);
	char *figures = session_path(options->baseline_file, scenario);
	struct replay *replay = NULL;
	struct baseline *baseline = NULL;
	int rc = moves != NULL ? replay_load(&replay, moves, scenario, err) : 0;

	if (rc == 0 && figures != NULL)
		rc = baseline_load(&baseline, figures, scenario, err);
	replay_free(replay);
	baseline_free(baseline);
	free(moves);
	free(figures);
	return rc;
}

int session_preflight(const struct scenario *scenario, const struct options *options, bool first,
		      struct error *err)
{
	char *csv = session_path(options->csv_prefix, scenario);
	char *json = session_path(options->json_file, scenario);
	char *report = session_path(options->report_file, scenario);
	char *html = session_path(options->html_file, scenario);
	char *failures = session_path(options->failures_file, scenario);
	struct recorder_outputs outputs = { .csv_prefix = csv,
					    .json_file = json,
					    .failures_file = failures,
					    .overwrite = options->overwrite };
	int rc;

	if (first || report_is_own(options->report_file))
		outputs.report_file = report;
	if (first || report_is_own(options->html_file))
		outputs.html_file = html;
	rc = output_files_check(&outputs, true, err);
	if (rc == 0)
		rc = engine_check_files(scenario, (unsigned)scenario->load.users, err);
	if (rc == 0)
		rc = check_earlier(scenario, options, err);
	free(csv);
	free(json);
	free(report);
	free(html);
	free(failures);
	return rc;
}

static int make_rings(struct session *s, struct error *err)
{
	unsigned i;
	int rc = 0;

	s->samples = mem_array(s->engine_count, sizeof(*s->samples));
	s->commands = mem_array(s->engine_count, sizeof(*s->commands));
	s->orders = mem_array(s->engine_count, sizeof(*s->orders));
	s->engines = mem_array(s->engine_count, sizeof(*s->engines));
	s->exchanges = mem_array(s->engine_count, sizeof(*s->exchanges));
	for (i = 0; i < s->engine_count && rc == 0; i++) {
		rc = ring_new(&s->samples[i], sizeof(struct sample), SAMPLE_RING_ITEMS);
		if (rc == 0)
			rc = ring_new(&s->commands[i], sizeof(struct command), COMMAND_RING_ITEMS);
		if (rc == 0)
			rc = ring_new(&s->orders[i], sizeof(struct command), COMMAND_RING_ITEMS);
		if (rc == 0)
			rc = exchange_link_new(&s->exchanges[i]);
	}
	if (rc == 0)
		rc = ring_new(&s->recorder_commands, sizeof(struct command), COMMAND_RING_ITEMS);
	if (rc == 0)
		rc = ring_new(&s->frames, sizeof(struct frame *), FRAME_RING_ITEMS);
	if (rc == 0)
		rc = ring_new(&s->readings, sizeof(struct reading), READING_RING_ITEMS);
	if (rc != 0)
		error_set(err, "cannot make the rings between threads: %s", strerror(-rc));
	return rc;
}

const struct transport_ops *session_transport(const struct options *options)
{
	if (options->transport == NULL || strcmp(options->transport, "auto") == 0)
		return NULL;
	return strcmp(options->transport, "curl") == 0 ? &transport_curl_ops
						       : &transport_direct_ops;
}

static int make_engines(struct session *s, const struct session_config *config, uint64_t seed,
			struct error *err)
{
	unsigned i;

	for (i = 0; i < s->engine_count; i++) {
		struct engine_config ec = { .scenario = config->scenario,
					    .index = i,
					    .count = s->engine_count,
					    .seed = seed,
					    .samples = s->samples[i],
					    .commands = s->commands[i],
					    .orders = s->orders[i],
					    .exchanges = s->exchanges[i],
					    .stop_timeout_ns = config->options->stop_timeout_ns,
					    .autostart = !config->wait_for_start,
					    .transport = session_transport(config->options),
					    .leader = i > 0 ? s->engines[0] : NULL };
		int rc = engine_new(&s->engines[i], &ec, err);

		if (rc != 0)
			return rc;
	}
	return 0;
}

static int make_recorder(struct session *s, const struct session_config *config, uint64_t seed,
			 struct error *err)
{
	const struct options *options = config->options;
	struct recorder_config rc = { .scenario = config->scenario,
				      .engine_count = s->engine_count,
				      .samples = s->samples,
				      .exchanges = s->exchanges,
				      .readings = s->readings,
				      .commands = s->recorder_commands,
				      .orders = s->orders,
				      .frames = s->frames,
				      .seed = seed,
				      .scenario_index = config->index,
				      .scenario_count = config->count,
				      .next_scenario = config->next_scenario,
				      .outputs = { .csv_prefix = s->csv_prefix,
						   .csv_full_history = options->csv_full_history,
						   .overwrite = options->overwrite,
						   .json_file = s->json_file,
						   .report_file = s->report_file,
						   .html_file = s->html_file,
						   .failures_file = s->failures_file,
						   .report = config->report },
				      .replay_file = s->replay_file,
				      .baseline_file = s->baseline_file,
				      .reset_stats = options->reset_stats,
				      .console_table = config->console_table,
				      .only_summary = options->only_summary,
				      .table_width = config->table_width,
				      .frame_hz = options->frame_hz > 0 ? options->frame_hz : 4,
				      .stop_timeout_ns = options->stop_timeout_ns };

	return recorder_new(&s->recorder, &rc, err);
}

/* Threads start from the end of the sample's way to its beginning, so nothing is ever sent to nobody. */
static int start_threads(struct session *s, bool at_once, struct error *err)
{
	unsigned i;
	int rc;

	rc = recorder_start(s->recorder);
	if (rc == 0) {
		s->recorder_started = true;
		if (s->monitor != NULL) {
			rc = monitor_start(s->monitor);
			s->monitor_started = rc == 0;
			if (rc == 0 && at_once)
				monitor_await(s->monitor, PANEL_WAIT_MS);
		}
	}
	for (i = 0; i < s->engine_count && rc == 0; i++) {
		rc = engine_start(s->engines[i]);
		if (rc == 0)
			s->engines_started++;
	}
	if (rc != 0)
		error_set(err, "cannot start a thread: %s", strerror(-rc));
	return rc;
}

int session_new(struct session **out, const struct session_config *config, struct error *err)
{
	struct session *s = mem_new(sizeof(*s));
	uint64_t seed = config->options->seed;
	int rc;

	if (seed == 0) /* 53 bits: every reader of the JSON result takes it for the same number */
		seed = rng_system_seed() >> 11 | 1;
	s->exit_status = 3;
	s->engine_count = engine_count(config->options);
	s->csv_prefix = session_path(config->options->csv_prefix, config->scenario);
	s->json_file = session_path(config->options->json_file, config->scenario);
	s->report_file = session_path(config->options->report_file, config->scenario);
	s->html_file = session_path(config->options->html_file, config->scenario);
	s->failures_file = session_path(config->options->failures_file, config->scenario);
	s->replay_file = session_path(config->options->replay_file, config->scenario);
	s->baseline_file = session_path(config->options->baseline_file, config->scenario);
	s->relayed = s->replay_file != NULL;
	buf_init(&s->summary, 1 << 20);

	rc = make_rings(s, err);
	if (rc == 0)
		rc = make_engines(s, config, seed, err);
	if (rc == 0)
		rc = make_recorder(s, config, seed, err);
	if (rc == 0 && (config->scenario->panels.docker || config->scenario->panels.postgres))
		rc = monitor_new(&s->monitor, config->scenario, s->readings, err);
	if (rc == 0)
		rc = start_threads(s, !config->wait_for_start, err);
	if (rc != 0) {
		session_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

struct frame *session_next(struct session *s)
{
	struct frame *frame = NULL;

	if (ring_drain(s->frames, &frame, 1) == 0)
		return NULL;
	if (frame->last) {
		s->over = true;
		s->exit_status = frame->exit_status;
		buf_reset(&s->summary);
		summary_print(frame,
			      &(struct recorder_outputs){ .csv_prefix = s->csv_prefix,
							  .json_file = s->json_file,
							  .failures_file = s->failures_file,
							  .report_file = s->report_file,
							  .html_file = s->html_file },
			      &s->summary);
	}
	return frame;
}

struct frame *session_newest(struct session *s)
{
	struct frame *newest = NULL, *frame;

	while ((frame = session_next(s)) != NULL) {
		frame_free(newest);
		newest = frame;
	}
	return newest;
}

int session_wake_fd(const struct session *s)
{
	return ring_wake_fd(s->frames);
}

bool session_arm(struct session *s)
{
	return ring_arm(s->frames);
}

void session_disarm(struct session *s)
{
	ring_disarm(s->frames);
}

bool session_send(struct session *s, const struct command *command)
{
	struct command stamped = *command;
	/* A replay gives orders too: then the recorder passes everything on, or engines might see
	 * the two in different order. */
	bool direct = command_is_for_engines(command->type) && !s->relayed;
	unsigned i;

	if (stamped.at_ns == 0)
		stamped.at_ns = clock_now_ns();
	if (stamped.type == COMMAND_LOG)
		return s->monitor != NULL && monitor_command(s->monitor, &stamped);
	/* All or none: engines that disagree about a command would disagree about the number of users. */
	if (ring_count(s->recorder_commands) >= ring_capacity(s->recorder_commands))
		return false;
	if (direct)
		for (i = 0; i < s->engine_count; i++)
			if (ring_count(s->commands[i]) >= ring_capacity(s->commands[i]))
				return false;
	ring_push(s->recorder_commands, &stamped);
	ring_wake(s->recorder_commands);
	if (direct) {
		for (i = 0; i < s->engine_count; i++) {
			ring_push(s->commands[i], &stamped);
			ring_wake(s->commands[i]);
		}
	}
	return true;
}

bool session_over(const struct session *s)
{
	return s->over;
}

int session_exit_status(const struct session *s)
{
	return s->exit_status;
}

const char *session_summary(const struct session *s)
{
	return buf_str(&s->summary);
}

static void free_rings(struct ring **rings, unsigned count)
{
	unsigned i;

	for (i = 0; rings != NULL && i < count; i++)
		ring_free(rings[i]);
	free(rings);
}

void session_free(struct session *s)
{
	struct command stop = { .type = COMMAND_STOP_NOW, .class_id = COMMAND_ALL };
	struct sample end = { .type = SAMPLE_END };
	struct frame *frame;
	unsigned i;

	if (s == NULL)
		return;
	if (!s->over && s->engines_started > 0)
		session_send(s, &stop);
	for (i = s->engines_started; s->recorder_started && i < s->engine_count; i++)
		ring_push(s->samples[i], &end); /* speak for the thread that never was */
	/* The recorder waits until its last frame is taken: take it. */
	while (!s->over && s->recorder_started) {
		frame_free(session_newest(s));
		if (!s->over)
			clock_sleep_ns(CLOCK_NS_PER_MS);
	}
	for (i = 0; i < s->engines_started; i++)
		engine_join(s->engines[i]);
	if (s->recorder_started)
		recorder_join(s->recorder);
	if (s->monitor_started)
		monitor_stop(s->monitor);
	for (i = s->engine_count; s->engines != NULL && i > 0; i--)
		engine_free(s->engines[i - 1]); /* the leader last */
	free(s->engines);
	recorder_free(s->recorder);
	monitor_free(s->monitor);
	while (s->frames != NULL && ring_drain(s->frames, &frame, 1) == 1)
		frame_free(frame);
	free_rings(s->samples, s->engine_count);
	free_rings(s->commands, s->engine_count);
	free_rings(s->orders, s->engine_count);
	for (i = 0; s->exchanges != NULL && i < s->engine_count; i++)
		exchange_link_free(s->exchanges[i]);
	free(s->exchanges);
	ring_free(s->recorder_commands);
	ring_free(s->frames);
	ring_free(s->readings);
	free(s->csv_prefix);
	free(s->json_file);
	free(s->report_file);
	free(s->html_file);
	free(s->failures_file);
	free(s->replay_file);
	free(s->baseline_file);
	buf_fini(&s->summary);
	free(s);
}
