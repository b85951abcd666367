/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/ring.h"
#include "base/rng.h"
#include "message/command.h"
#include "message/example.h"
#include "message/exchange.h"
#include "message/frame.h"
#include "message/reading.h"
#include "record/recorder.h"
#include "samples.h"
#include "fake_output.h"
#include "scenario/criterion.h"

/* The recorder with real rings and threads: engines are threads that push made-up samples. */

#define ENGINES_MAX 4
#define WAIT_MS     60000

struct rig;

struct producer {
	struct rig *rig;
	unsigned index;
	uint64_t requests;                   /* to send */
	bool until_order;                    /* go on until the recorder orders a stop */
	uint64_t ok, failed, aborted, bytes; /* sent */
	pthread_t thread;
};

struct rig {
	struct scenario *scene;
	unsigned engines;
	struct ring *samples[ENGINES_MAX], *orders[ENGINES_MAX];
	struct ring *readings, *commands, *frames;
	struct exchange_link *exchanges[ENGINES_MAX]; /* NULL: none */
	struct recorder *recorder;
	struct producer producers[ENGINES_MAX];
	struct criterion criterion;
	uint64_t last_sequence;
};

static void rig_new(struct rig *rig, unsigned engines, size_t ring_items)
{
	memset(rig, 0, sizeof(*rig));
	rig->engines = engines;
	rig->scene = scene_new(5, 3, false);
	for (unsigned i = 0; i < engines; i++) {
		assert_int_equal(ring_new(&rig->samples[i], sizeof(struct sample), ring_items), 0);
		assert_int_equal(ring_new(&rig->orders[i], sizeof(struct command), 4), 0);
		rig->producers[i] = (struct producer){ .rig = rig, .index = i };
	}
	assert_int_equal(ring_new(&rig->readings, sizeof(struct reading), 64), 0);
	assert_int_equal(ring_new(&rig->commands, sizeof(struct command), 64), 0);
	assert_int_equal(ring_new(&rig->frames, sizeof(struct frame *), 2), 0);
}

static void rig_start_replay(struct rig *rig, bool console_table, const char *replay_file)
{
	const struct recorder_config config = { .scenario = rig->scene,
						.engine_count = rig->engines,
						.samples = rig->samples,
						.exchanges = rig->exchanges[0] != NULL
								     ? rig->exchanges
								     : NULL,
						.readings = rig->readings,
						.commands = rig->commands,
						.orders = rig->orders,
						.frames = rig->frames,
						.next_scenario = "next",
						.replay_file = replay_file,
						.console_table = console_table,
						.frame_hz = 500 };

	assert_int_equal(recorder_new(&rig->recorder, &config, NULL), 0);
	assert_int_equal(recorder_start(rig->recorder), 0);
}

static void rig_start(struct rig *rig, bool console_table)
{
	rig_start_replay(rig, console_table, NULL);
}

static void rig_free(struct rig *rig)
{
	recorder_join(rig->recorder);
	recorder_free(rig->recorder);
	for (unsigned i = 0; i < rig->engines; i++) {
		ring_free(rig->samples[i]);
		ring_free(rig->orders[i]);
		exchange_link_free(rig->exchanges[i]);
	}
	ring_free(rig->readings);
	ring_free(rig->commands);
	ring_free(rig->frames);
	scene_free(rig->scene);
}

/* Give up the processor until there is room: the real engine waits as well. */
static void push(struct ring *ring, const struct sample *sample)
{
	while (!ring_push(ring, sample))
		sched_yield();
	ring_wake(ring);
}

static void push_request(struct producer *producer, struct rng *rng, uint64_t now)
{
	unsigned endpoint = (unsigned)rng_below(rng, 5), class_id = (unsigned)rng_below(rng, 3);
	struct sample sample = sample_ok(endpoint, class_id, now, rng_below(rng, 100000));

	switch (rng_below(rng, 8)) {
	case 0:
		sample = sample_failed(endpoint, class_id, now, 500, FAILURE_STATUS, 503, 0);
		producer->failed++;
		break;
	case 1:
		sample.outcome = OUTCOME_ABORTED;
		producer->aborted++;
		break;
	default:
		producer->ok++;
		break;
	}
	if (sample.outcome != OUTCOME_ABORTED)
		producer->bytes += sample.u.request.bytes_in;
	push(producer->rig->samples[producer->index], &sample);
}

static void *produce(void *arg)
{
	struct producer *producer = arg;
	struct ring *ring = producer->rig->samples[producer->index];
	struct sample sample = sample_event(0, clock_now_ns(), EVENT_STARTED, 0, 0);
	struct command order;
	struct rng rng;
	bool stopped = false;

	rng_seed(&rng, 1, producer->index);
	if (producer->index == 0)
		push(ring, &sample);
	for (uint64_t i = 0; i < producer->requests || (producer->until_order && !stopped); i++) {
		uint64_t now = clock_now_ns();
		push_request(producer, &rng, now);
		if (i % 100 == 0) {
			sample = sample_status(producer->index, now, RUN_RUNNING, 10);
			push(ring, &sample);
		}
		stopped = producer->until_order &&
			  ring_drain(producer->rig->orders[producer->index], &order, 1) == 1;
		if (stopped) {
			assert_int_equal(order.type, COMMAND_STOP);
			assert_true(order.value == 2);
		} else if (producer->until_order) {
			sched_yield();
		}
	}
	if (producer->index == 0) {
		sample = sample_event(0, clock_now_ns(), EVENT_STOPPING, stopped ? 2 : 0, 0);
		push(ring, &sample);
	}
	sample = (struct sample){ .type = SAMPLE_END };
	push(ring, &sample);
	return NULL;
}

static void start_producers(struct rig *rig, uint64_t requests)
{
	for (unsigned i = 0; i < rig->engines; i++) {
		rig->producers[i].requests = requests;
		assert_int_equal(pthread_create(&rig->producers[i].thread, NULL, produce,
						&rig->producers[i]),
				 0);
	}
}

static void join_producers(struct rig *rig)
{
	for (unsigned i = 0; i < rig->engines; i++)
		pthread_join(rig->producers[i].thread, NULL);
}

/* The next frame; fails the test when none comes. */
static struct frame *next_frame(struct rig *rig)
{
	struct frame *frame = NULL;

	while (ring_drain(rig->frames, &frame, 1) == 0) {
		if (ring_arm(rig->frames)) {
			struct pollfd fd = { .fd = ring_wake_fd(rig->frames), .events = POLLIN };
			assert_true(poll(&fd, 1, WAIT_MS) > 0);
		}
		ring_disarm(rig->frames);
	}
	assert_true(frame->sequence > rig->last_sequence);
	rig->last_sequence = frame->sequence;
	return frame;
}

static struct frame *last_frame(struct rig *rig)
{
	struct frame *frame = next_frame(rig);

	while (!frame->last) {
		uint64_t requests = frame->all.requests;
		frame_free(frame);
		frame = next_frame(rig);
		assert_true(frame->all.requests >= requests);
	}
	return frame;
}

static void assert_totals(const struct rig *rig, const struct frame *frame)
{
	uint64_t ok = 0, failed = 0, aborted = 0, bytes = 0, rows = 0, classes = 0, failures = 0;

	for (unsigned i = 0; i < rig->engines; i++) {
		ok += rig->producers[i].ok;
		failed += rig->producers[i].failed;
		aborted += rig->producers[i].aborted;
		bytes += rig->producers[i].bytes;
	}
	for (size_t i = 0; i < frame->row_count; i++)
		rows += frame->rows[i].requests;
	for (size_t i = 0; i < frame->class_count; i++)
		classes += frame->classes[i].row.requests;
	for (size_t i = 0; i < frame->failure_count; i++)
		failures += frame->failures[i].count;
	assert_int_equal(frame->all.requests, ok + failed);
	assert_int_equal(frame->all.failures, failed);
	assert_int_equal(frame->all.aborted, aborted);
	assert_int_equal(frame->all.bytes_in, bytes);
	assert_int_equal(frame->all.service.count, ok + failed);
	assert_int_equal(rows, ok + failed);
	assert_int_equal(classes, ok + failed);
	assert_int_equal(failures, failed);
}

static void run_totals(unsigned engines, size_t ring_items, uint64_t requests)
{
	struct rig rig;

	rig_new(&rig, engines, ring_items);
	rig_start(&rig, false);
	start_producers(&rig, requests);
	struct frame *frame = last_frame(&rig);
	join_producers(&rig);
	assert_totals(&rig, frame);
	assert_int_equal(frame->state, RUN_DONE);
	assert_int_equal(frame->exit_status, 1); /* no rules, and there were failures */
	assert_int_equal(frame->verdict, VERDICT_FAIL);
	recorder_join(rig.recorder);
	assert_int_equal(recorder_exit_status(rig.recorder), 1);
	frame_free(frame);
	rig_free(&rig);
}

static void every_sample_of_every_engine_is_counted_to_the_last(void **state)
{
	(void)state;
	run_totals(1, 4096, 50000);
	run_totals(3, 4096, 30000);
}

static void small_rings_make_engines_wait_and_lose_nothing(void **state)
{
	(void)state;
	run_totals(2, 2, 2000);
	run_totals(4, 16, 5000);
}

static void a_front_end_that_takes_nothing_gets_the_last_frame_all_the_same(void **state)
{
	struct rig rig;

	(void)state;
	rig_new(&rig, 2, 1024);
	rig_start(&rig, false);
	start_producers(&rig, 20000);
	join_producers(&rig); /* not one frame was taken while they ran, and the ring holds two */
	struct frame *frame = last_frame(&rig);
	assert_totals(&rig, frame);
	frame_free(frame);
	rig_free(&rig);
}

static void a_breached_rule_reaches_every_engine_as_an_order(void **state)
{
	static char text[] = "failures <= 100 abort";
	struct rig rig;

	(void)state;
	rig_new(&rig, 3, 1024);
	rig.criterion = (struct criterion){
		.text = text, .metric = METRIC_FAILURES, .op = OP_LE, .value = 100, .abort = true
	};
	rig.scene->criteria = &rig.criterion;
	rig.scene->criterion_count = 1;
	rig_start(&rig, false);
	for (unsigned i = 0; i < 3; i++)
		rig.producers[i].until_order = true;
	start_producers(&rig, 0);
	struct frame *frame = last_frame(&rig);
	join_producers(&rig);
	assert_totals(&rig, frame);
	assert_true(frame->all.failures > 100);
	assert_int_equal(frame->exit_status, 1);
	assert_int_equal(frame->criterion_count, 1);
	assert_int_equal(frame->criteria[0].state, VERDICT_FAIL);
	assert_true(frame->criteria[0].final);
	assert_string_equal(frame->notice, "stopped by criterion: failures <= 100 abort");
	frame_free(frame);
	rig_free(&rig);
}

static void notes_resets_and_readings_arrive_in_frames(void **state)
{
	struct command note = { .type = COMMAND_MARK };
	struct reading reading = { .type = READING_VALUE, .source = READING_POSTGRES, .value = 47 };
	struct sample sample;
	struct frame *frame;
	struct rig rig;

	(void)state;
	rig_new(&rig, 1, 64);
	rig.scene->panels.postgres = true;
	rig_start(&rig, false);
	sample = sample_event(0, clock_now_ns(), EVENT_STARTED, 0, 0);
	push(rig.samples[0], &sample);
	sample = sample_ok(0, 0, clock_now_ns(), 100);
	push(rig.samples[0], &sample);
	snprintf(note.text, sizeof(note.text), "new release");
	note.at_ns = reading.at_ns = clock_now_ns();
	snprintf(reading.metric, sizeof(reading.metric), "connections");
	for (bool seen = false; !seen;) {
		frame = next_frame(&rig);
		seen = frame->all.requests == 1;
		frame_free(frame);
	}
	assert_true(ring_push(rig.commands, &note));
	note.type = COMMAND_RESET;
	assert_true(ring_push(rig.commands, &note));
	ring_wake(rig.commands);
	assert_true(ring_push(rig.readings, &reading));
	ring_wake(rig.readings);
	for (bool seen = false; !seen;) {
		frame = next_frame(&rig);
		seen = frame->mark_count == 2 && frame->postgres.connections > 0;
		if (seen) {
			assert_string_equal(frame->marks[0].text, "new release");
			assert_string_equal(frame->marks[1].text, "statistics reset");
			assert_true(frame->postgres.connections == 47);
			assert_true(frame->has_postgres);
			assert_false(frame->has_docker);
			assert_int_equal(frame->all.requests, 0);
			assert_string_equal(frame->plan, "");
			assert_string_equal(frame->next_scenario, "next");
		}
		frame_free(frame);
	}
	sample = (struct sample){ .type = SAMPLE_END };
	push(rig.samples[0], &sample);
	frame_free(last_frame(&rig));
	rig_free(&rig);
}

/* As an engine does: the sample, then the exchange; without an empty one none. */
static unsigned push_failures(struct rig *rig, unsigned engine, unsigned count)
{
	struct sample sample;
	unsigned captured = 0;

	for (unsigned i = 0; i < count; i++) {
		uint64_t now = clock_now_ns();
		struct exchange *exchange = exchange_link_take(rig->exchanges[engine]);

		sample = sample_failed(1, 0, now, 500, FAILURE_STATUS, 503, 0);
		push(rig->samples[engine], &sample);
		if (exchange == NULL)
			continue;
		exchange->endpoint = 1;
		exchange->kind = FAILURE_STATUS;
		exchange->status = 503;
		exchange->user = i;
		exchange->start_ns = exchange->intended_ns = now - 1000;
		exchange->end_ns = now;
		exchange_put(exchange, EXCHANGE_HOST, "host", 4, EXCHANGE_HOST_MAX, 0);
		exchange_put(exchange, EXCHANGE_PATH, "/p?token=abc", 12, EXCHANGE_PATH_MAX, 0);
		exchange_link_send(rig->exchanges[engine], exchange);
		captured++;
	}
	return captured;
}

static void failing_exchanges_reach_frames_masked_and_their_memory_comes_back(void **state)
{
	struct sample sample = sample_event(0, clock_now_ns(), EVENT_STARTED, 0, 0);
	struct frame *frame;
	struct rig rig;

	(void)state;
	rig_new(&rig, 2, 4096);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(exchange_link_new(&rig.exchanges[i]), 0);
	rig_start(&rig, false);
	push(rig.samples[0], &sample);
	/* many more than a link holds: what is not captured is counted all the same */
	assert_true(push_failures(&rig, 0, 500) >= EXCHANGE_LINK_ITEMS);
	assert_int_equal(push_failures(&rig, 1, 5), 5);
	sample = (struct sample){ .type = SAMPLE_END };
	push(rig.samples[0], &sample);
	push(rig.samples[1], &sample);
	frame = last_frame(&rig);
	assert_int_equal(frame->all.failures, 505);
	assert_int_equal(frame->failure_count, 1);
	assert_int_equal(frame->failures[0].example_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(frame->failures[0].examples[i]->url, "/p?token=***"));
	for (unsigned engine = 0; engine < 2; engine++) /* all are empty again */
		for (unsigned i = 0; i < EXCHANGE_LINK_ITEMS; i++)
			assert_non_null(exchange_link_take(rig.exchanges[engine]));
	rig_free(&rig);
	/* the recorder is gone, what the frame shows is not */
	assert_string_equal(frame->failures[0].examples[0]->text, "HTTP 503 Service Unavailable");
	frame_free(frame);
}

static void before_the_start_frames_show_the_plan(void **state)
{
	struct sample end = { .type = SAMPLE_END };
	struct rig rig;

	(void)state;
	rig_new(&rig, 2, 64);
	rig_start(&rig, false);
	struct frame *frame = next_frame(&rig);
	assert_int_equal(frame->state, RUN_IDLE);
	assert_string_not_equal(frame->plan, "");
	assert_int_equal(frame->elapsed_ns, 0);
	assert_int_equal(frame->wall_start_ns, 0);
	assert_string_equal(frame->rows[0].name, "/endpoint/0000");
	frame_free(frame);
	/* the END of an engine that never was may carry any index */
	push(rig.samples[0], &end);
	push(rig.samples[1], &end);
	frame = last_frame(&rig);
	assert_int_equal(frame->exit_status, 3);
	frame_free(frame);
	rig_free(&rig);
}

static void console_tables_come_while_it_runs_and_at_the_end(void **state)
{
	struct sample sample = sample_event(0, clock_now_ns(), EVENT_STARTED, 0, 0);
	struct rig rig;

	(void)state;
	rig_new(&rig, 1, 64);
	rig_start(&rig, true);
	push(rig.samples[0], &sample);
	for (bool seen = false; !seen;) {
		struct frame *frame = next_frame(&rig);
		seen = frame->console_table[0] != '\0';
		if (seen)
			assert_string_equal(frame->console_table, "table");
		frame_free(frame);
	}
	sample = (struct sample){ .type = SAMPLE_END };
	push(rig.samples[0], &sample);
	struct frame *frame = last_frame(&rig);
	assert_string_equal(frame->console_table, "final table");
	frame_free(frame);
	rig_free(&rig);
}

static void take_order(struct rig *rig, unsigned engine, struct command *out)
{
	uint64_t end_ns = clock_now_ns() + WAIT_MS * CLOCK_NS_PER_MS;

	while (ring_drain(rig->orders[engine], out, 1) == 0) {
		assert_true(clock_now_ns() < end_ns);
		frame_free(next_frame(rig));
	}
}

/* Moves of the file and moves by hand reach every engine in the same order, the former with the instant
 * they belong to. */
static void a_replay_gives_every_engine_all_orders_in_one_order(void **state)
{
	static const char moves[] = "{ \"steering\": ["
				    "{ \"at_s\": 0, \"action\": \"users\", \"value\": 7 },"
				    "{ \"at_s\": 0.2, \"action\": \"mark\", \"text\": \"so\" },"
				    "{ \"at_s\": 0.3, \"action\": \"spawn-rate\", \"value\": 9 },"
				    "{ \"at_s\": 0.5, \"action\": \"panic\" } ] }";
	struct command hand = { .type = COMMAND_USERS, .class_id = COMMAND_ALL, .value = 99 };
	struct command orders[2][4];
	char path[] = "test_recorder.XXXXXX";
	uint64_t start_ns;
	struct rig rig;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, moves, strlen(moves)), strlen(moves));
	close(fd);
	rig_new(&rig, 2, 64);
	for (unsigned i = 0; i < 2; i++) {
		ring_free(rig.orders[i]);
		assert_int_equal(ring_new(&rig.orders[i], sizeof(struct command), 64), 0);
	}
	rig_start_replay(&rig, false, path);
	unlink(path);
	for (unsigned i = 0; i < 2; i++) /* before the start already */
		take_order(&rig, i, &orders[i][0]);
	start_ns = clock_now_ns();
	struct sample sample = sample_event(0, start_ns, EVENT_STARTED, (int64_t)start_ns, 0);
	push(rig.samples[0], &sample);
	for (unsigned i = 0; i < 2; i++)
		take_order(&rig, i, &orders[i][1]);
	hand.at_ns = clock_now_ns();
	assert_true(ring_push(rig.commands, &hand));
	ring_wake(rig.commands);
	for (unsigned i = 0; i < 2; i++) {
		take_order(&rig, i, &orders[i][2]);
		take_order(&rig, i, &orders[i][3]);
	}
	for (unsigned k = 0; k < 4; k++)
		assert_memory_equal(&orders[0][k], &orders[1][k], sizeof(struct command));
	assert_true(orders[0][0].value == 7);
	assert_int_equal(orders[0][1].type, COMMAND_SPAWN_RATE);
	assert_int_equal(orders[0][1].at_ns, start_ns + 300 * MS);
	/* the panic may have come before the hand on a slow machine */
	const struct command *panic = &orders[0][orders[0][2].type == COMMAND_PANIC ? 2 : 3];
	const struct command *users = &orders[0][orders[0][2].type == COMMAND_PANIC ? 3 : 2];
	assert_int_equal(panic->type, COMMAND_PANIC);
	assert_int_equal(panic->at_ns, start_ns + 500 * MS);
	assert_int_equal(panic->flags, COMMAND_FLAG_REPLAY);
	assert_int_equal(users->at_ns, hand.at_ns);
	assert_int_equal(users->flags, 0);
	sample = (struct sample){ .type = SAMPLE_END };
	push(rig.samples[0], &sample);
	push(rig.samples[1], &sample);
	struct frame *frame = last_frame(&rig);
	assert_true(frame->mark_count >= 1);
	assert_string_equal(frame->marks[0].text, "so");
	assert_int_equal(frame->marks[0].at_ns, 200 * MS);
	frame_free(frame);
	rig_free(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_of_every_engine_is_counted_to_the_last),
		cmocka_unit_test(small_rings_make_engines_wait_and_lose_nothing),
		cmocka_unit_test(a_front_end_that_takes_nothing_gets_the_last_frame_all_the_same),
		cmocka_unit_test(a_breached_rule_reaches_every_engine_as_an_order),
		cmocka_unit_test(a_replay_gives_every_engine_all_orders_in_one_order),
		cmocka_unit_test(notes_resets_and_readings_arrive_in_frames),
		cmocka_unit_test(failing_exchanges_reach_frames_masked_and_their_memory_comes_back),
		cmocka_unit_test(before_the_start_frames_show_the_plan),
		cmocka_unit_test(console_tables_come_while_it_runs_and_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
