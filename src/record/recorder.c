/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/recorder.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/thread.h"
#include "message/command.h"
#include "message/exchange.h"
#include "message/frame.h"
#include "message/reading.h"
#include "message/sample.h"
#include "record/baseline.h"
#include "record/output.h"
#include "record/publish.h"
#include "record/replay.h"
#include "record/run.h"
#include "record/stats.h"
#include "record/view.h"

/* The thread around a run (run.h): takes records out of the rings, lets time pass, hands frames
 * out.
 *
 * It sleeps in one of two ways. When samples come, it looks again after a slice of time, up to 20
 * ms and less when the rings fill faster than that: then no engine ever makes a system call to
 * wake it. When a turn brought nothing, it arms the rings and is woken by the first record.
 *
 * Rings 1 .. N-1 are emptied before ring 0 and worked off after it: engine 0 tells the instant of
 * the start before it tells the others, so nobody's first request is seen before that. */

#define BATCH          1024
#define ROUNDS_MAX     64 /* of batches before time is looked at again */
#define SLICE_NS       (20 * CLOCK_NS_PER_MS)
#define IDLE_NS        (100 * CLOCK_NS_PER_MS)
#define TABLE_NS       (2 * CLOCK_NS_PER_SEC)
#define STOP_REASON    2 /* EVENT_STOPPING: by a criterion */
#define DEFAULT_HZ     4.0
#define LAST_WAIT_NS   (2 * CLOCK_NS_PER_MS)
#define COMMANDS_TAKEN 16 /* in a turn */
#define ORDERS_KEPT    8  /* places kept free for the stop by a criterion */

struct recorder {
	struct recorder_config config;
	struct run *run;
	struct output *output;
	struct publisher *publisher;
	struct replay *replay;     /* NULL: none */
	struct baseline *baseline; /* NULL: none */
	struct sample **batches;   /* one of BATCH for each engine */
	size_t *batch_counts;
	struct pollfd *fds;
	bool *order_pending; /* by engine: the stop has not been pushed yet */
	uint64_t frame_step_ns, next_frame_ns;
	uint64_t next_table_ns;
	uint64_t slice_ns;
	pthread_t thread;
	bool running;
};

int recorder_new(struct recorder **out, const struct recorder_config *config, struct error *err)
{
	const struct output_config output_config = { .scenario = config->scenario,
						     .files = config->outputs,
						     .seed = config->seed,
						     .scenario_index = config->scenario_index,
						     .scenario_count = config->scenario_count,
						     .table_width = config->table_width };
	struct output *output = NULL;
	struct replay *replay = NULL;
	struct baseline *baseline = NULL;
	int rc = 0;

	if (config->replay_file != NULL)
		rc = replay_load(&replay, config->replay_file, config->scenario, err);
	if (rc == 0 && config->baseline_file != NULL)
		rc = baseline_load(&baseline, config->baseline_file, config->scenario, err);
	if (rc == 0)
		rc = output_new(&output, &output_config, err);
	if (rc != 0) {
		replay_free(replay);
		baseline_free(baseline);
		return rc;
	}
	struct recorder *recorder = mem_new(sizeof(*recorder));
	double hz = config->frame_hz > 0 ? config->frame_hz : DEFAULT_HZ;
	recorder->config = *config;
	recorder->output = output;
	recorder->replay = replay;
	recorder->baseline = baseline;
	recorder->run = run_new(&(struct run_config){ .scenario = config->scenario,
						      .engine_count = config->engine_count,
						      .seed = config->seed,
						      .scenario_index = config->scenario_index,
						      .scenario_count = config->scenario_count,
						      .reset_stats = config->reset_stats,
						      .output = output,
						      .replay = replay,
						      .baseline = baseline,
						      .wall_ns = clock_wall_ns });
	recorder->publisher =
		publisher_new(config->scenario, config->next_scenario, config->stop_timeout_ns);
	recorder->frame_step_ns = (uint64_t)(1e9 / hz);
	recorder->slice_ns = SLICE_NS;
	recorder->batches = mem_array(config->engine_count, sizeof(*recorder->batches));
	recorder->batch_counts = mem_array(config->engine_count, sizeof(*recorder->batch_counts));
	recorder->order_pending = mem_array(config->engine_count, sizeof(bool));
	for (unsigned i = 0; i < config->engine_count; i++)
		recorder->batches[i] = mem_array(BATCH, sizeof(struct sample));
	recorder->fds = mem_array(config->engine_count + 2, sizeof(*recorder->fds));
	*out = recorder;
	return 0;
}

void recorder_free(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	for (unsigned i = 0; i < recorder->config.engine_count; i++)
		free(recorder->batches[i]);
	free(recorder->batches);
	free(recorder->batch_counts);
	free(recorder->order_pending);
	free(recorder->fds);
	publisher_free(recorder->publisher);
	run_free(recorder->run);
	replay_free(recorder->replay);
	baseline_free(recorder->baseline);
	output_free(recorder->output);
	free(recorder);
}

/* Taking in */

static size_t drain_once(struct recorder *recorder, uint64_t now_ns)
{
	unsigned engines = recorder->config.engine_count;
	size_t most = 0;

	for (unsigned i = engines; i > 0; i--)
		recorder->batch_counts[i - 1] = ring_drain(recorder->config.samples[i - 1],
							   recorder->batches[i - 1], BATCH);
	for (unsigned i = 0; i < engines; i++) {
		struct sample *batch = recorder->batches[i];
		for (size_t k = 0; k < recorder->batch_counts[i]; k++) {
			batch[k].engine = (uint8_t)i;
			run_sample(recorder->run, &batch[k], now_ns);
		}
		if (recorder->batch_counts[i] > most)
			most = recorder->batch_counts[i];
	}
	return most;
}

/* How long may pass until a ring that was filled by `most` items within the last slice is a quarter
 * full? */
static void adapt_slice(struct recorder *recorder, size_t most)
{
	size_t quarter = ring_capacity(recorder->config.samples[0]) / 4;

	if (most == 0)
		return;
	double room = (double)recorder->slice_ns * (double)quarter / (double)most;
	recorder->slice_ns = room < SLICE_NS ? (uint64_t)room + CLOCK_NS_PER_US : SLICE_NS;
}

static size_t take_samples(struct recorder *recorder)
{
	uint64_t now_ns = clock_now_ns();
	size_t total = 0;

	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		size_t most = drain_once(recorder, now_ns);
		total += most;
		if (most < BATCH)
			break;
	}
	adapt_slice(recorder, total);
	return total;
}

/* After the samples: what a failure belongs to is known by then. They wait in their links, at most
 * EXCHANGE_LINK_ITEMS of them, so this needs no waking. */
static void take_exchanges(struct recorder *recorder)
{
	struct recorder_config *config = &recorder->config;
	struct exchange *exchange;

	for (unsigned i = 0; config->exchanges != NULL && i < config->engine_count; i++) {
		for (unsigned n = 0; n < EXCHANGE_LINK_ITEMS; n++) {
			exchange = exchange_link_receive(config->exchanges[i]);
			if (exchange == NULL)
				break;
			run_exchange(recorder->run, exchange, clock_now_ns());
			exchange_link_return(config->exchanges[i], exchange);
		}
	}
}

static size_t take_readings(struct recorder *recorder)
{
	struct reading readings[16];
	size_t count, total = 0;

	if (recorder->config.readings == NULL)
		return 0;
	while (total < BATCH && (count = ring_drain(recorder->config.readings, readings, 16)) > 0) {
		for (size_t i = 0; i < count; i++)
			run_reading(recorder->run, &readings[i]);
		total += count;
	}
	return total;
}

/* How many commands every engine has room for. */
static size_t room_for_orders(const struct recorder *recorder)
{
	size_t room = SIZE_MAX;

	for (unsigned i = 0; recorder->config.orders != NULL && i < recorder->config.engine_count;
	     i++) {
		const struct ring *ring = recorder->config.orders[i];
		size_t left = ring_capacity(ring) - ring_count(ring);
		if (left < room)
			room = left;
	}
	return room > ORDERS_KEPT ? room - ORDERS_KEPT : 0;
}

/* During a replay engines hear of every command from here, all in the same order. */
static void pass_on(struct recorder *recorder, const struct command *command)
{
	if (!command_is_for_engines((enum command_type)command->type))
		return;
	for (unsigned i = 0; recorder->config.orders != NULL && i < recorder->config.engine_count;
	     i++) {
		ring_push(recorder->config.orders[i], command);
		ring_wake(recorder->config.orders[i]);
	}
}

static size_t take_commands(struct recorder *recorder)
{
	struct command commands[COMMANDS_TAKEN];
	size_t count = 0, most = COMMANDS_TAKEN;

	if (recorder->replay != NULL && room_for_orders(recorder) < most)
		most = room_for_orders(recorder);
	if (recorder->config.commands != NULL && most > 0)
		count = ring_drain(recorder->config.commands, commands, most);
	for (size_t i = 0; i < count; i++) {
		run_command(recorder->run, &commands[i]);
		if (commands[i].type == COMMAND_SAVE_SCENARIO)
			publisher_save_scenario(recorder->publisher, recorder->run,
						commands[i].at_ns, commands[i].text);
		if (recorder->replay != NULL)
			pass_on(recorder, &commands[i]);
	}
	return count;
}

static size_t take_replay(struct recorder *recorder, uint64_t now_ns)
{
	struct command command;
	size_t count = 0;

	if (recorder->replay == NULL || run_stopping(recorder->run))
		return 0;
	while (room_for_orders(recorder) > 0 &&
	       replay_due(recorder->replay, run_start_ns(recorder->run), now_ns, &command)) {
		run_command(recorder->run, &command);
		pass_on(recorder, &command);
		count++;
	}
	return count;
}

/* Handing out */

static void give_orders(struct recorder *recorder, uint64_t now_ns)
{
	const struct command stop = {
		.type = COMMAND_STOP, .class_id = COMMAND_ALL, .at_ns = now_ns, .value = STOP_REASON
	};
	bool stop_now = run_takes_stop(recorder->run);

	for (unsigned i = 0; recorder->config.orders != NULL && i < recorder->config.engine_count;
	     i++) {
		recorder->order_pending[i] |= stop_now;
		if (!recorder->order_pending[i] || !ring_push(recorder->config.orders[i], &stop))
			continue;
		ring_wake(recorder->config.orders[i]);
		recorder->order_pending[i] = false;
	}
}

static const char *table_due(struct recorder *recorder, uint64_t now_ns)
{
	const struct record_view *view = run_view(recorder->run, now_ns);

	if (!recorder->config.console_table || view->start_ns == 0)
		return "";
	if (view->over)
		return output_table(recorder->output, view, true);
	if (recorder->config.only_summary || now_ns < recorder->next_table_ns)
		return "";
	return output_table(recorder->output, view, false);
}

static bool frames_full(const struct recorder *recorder)
{
	return ring_count(recorder->config.frames) == ring_capacity(recorder->config.frames);
}

static void push_frame(struct recorder *recorder, struct frame *frame)
{
	if (!ring_push(recorder->config.frames, &frame)) {
		frame_free(frame);
		return;
	}
	ring_wake(recorder->config.frames);
}

/* A front end that does not keep up costs frames, and no time to build them. */
static void publish(struct recorder *recorder, uint64_t now_ns)
{
	if (now_ns < recorder->next_frame_ns)
		return;
	recorder->next_frame_ns = now_ns + recorder->frame_step_ns;
	if (frames_full(recorder))
		return;
	const char *table = table_due(recorder, now_ns);
	if (table[0] != '\0')
		recorder->next_table_ns = now_ns + TABLE_NS;
	push_frame(recorder, publisher_frame(recorder->publisher, recorder->run, now_ns,
					     output_problem(recorder->output), table));
}

static void publish_last(struct recorder *recorder, uint64_t now_ns)
{
	struct frame *frame =
		publisher_frame(recorder->publisher, recorder->run, now_ns,
				output_problem(recorder->output), table_due(recorder, now_ns));

	frame->last = true;
	frame->exit_status = run_exit_status(recorder->run);
	while (frames_full(recorder))
		clock_sleep_ns(LAST_WAIT_NS);
	push_frame(recorder, frame);
}

/* Sleeping */

static bool arm(struct recorder *recorder, struct ring *ring, nfds_t *count)
{
	if (ring == NULL)
		return true;
	recorder->fds[(*count)++] = (struct pollfd){ .fd = ring_wake_fd(ring), .events = POLLIN };
	return ring_arm(ring);
}

static void doze(struct recorder *recorder, bool busy, uint64_t now_ns)
{
	struct recorder_config *config = &recorder->config;
	uint64_t wait_ns = busy ? recorder->slice_ns : IDLE_NS;
	nfds_t count = 0;
	bool quiet = true;

	if (recorder->next_frame_ns < now_ns + wait_ns)
		wait_ns = recorder->next_frame_ns > now_ns ? recorder->next_frame_ns - now_ns : 0;
	if (recorder->replay != NULL) {
		uint64_t next_ns = replay_next_ns(recorder->replay, run_start_ns(recorder->run));
		if (next_ns < now_ns + wait_ns)
			wait_ns = next_ns > now_ns ? next_ns - now_ns : 0;
	}
	quiet &= arm(recorder, config->commands, &count);
	quiet &= arm(recorder, config->readings, &count);
	for (unsigned i = 0; !busy && i < config->engine_count; i++)
		quiet &= arm(recorder, config->samples[i], &count);
	if (quiet && wait_ns > 0) {
		struct timespec wait = { .tv_sec = (time_t)(wait_ns / CLOCK_NS_PER_SEC),
					 .tv_nsec = (long)(wait_ns % CLOCK_NS_PER_SEC) };
		ppoll(recorder->fds, count, &wait, NULL);
	}
	if (config->commands != NULL)
		ring_disarm(config->commands);
	if (config->readings != NULL)
		ring_disarm(config->readings);
	for (unsigned i = 0; !busy && i < config->engine_count; i++)
		ring_disarm(config->samples[i]);
}

/* The thread */

static void *recorder_main(void *arg)
{
	struct recorder *recorder = arg;
	uint64_t now_ns;

	while (!run_ended(recorder->run)) {
		size_t samples = take_samples(recorder);
		size_t others = take_readings(recorder) + take_commands(recorder);
		take_exchanges(recorder);
		now_ns = clock_now_ns();
		others += take_replay(recorder, now_ns);
		run_advance(recorder->run, now_ns);
		give_orders(recorder, now_ns);
		if (run_ended(recorder->run))
			break;
		publish(recorder, now_ns);
		if (samples < BATCH)
			doze(recorder, samples + others > 0, now_ns);
	}
	take_exchanges(recorder);
	take_readings(recorder);
	take_commands(recorder);
	now_ns = clock_now_ns();
	run_finish(recorder->run, now_ns);
	publish_last(recorder, now_ns);
	return NULL;
}

int recorder_start(struct recorder *recorder)
{
	int rc = thread_start(&recorder->thread, &(struct thread_config){ .name = "recorder",
									  .rank = THREAD_SERVICE,
									  .run = recorder_main,
									  .arg = recorder });

	recorder->running = rc == 0;
	return rc;
}

void recorder_join(struct recorder *recorder)
{
	if (!recorder->running)
		return;
	pthread_join(recorder->thread, NULL);
	recorder->running = false;
}

int recorder_exit_status(const struct recorder *recorder)
{
	return run_exit_status(recorder->run);
}
