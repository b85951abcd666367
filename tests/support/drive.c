/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "drive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/ring.h"
#include "engine/engine.h"
#include "message/exchange.h"
#include "scenario/scenario.h"

#define BATCH 512

struct drive {
	struct scenario *scenario;
	unsigned engines;
	struct engine *engine[DRIVE_ENGINES_MAX];
	struct ring *samples[DRIVE_ENGINES_MAX], *commands[DRIVE_ENGINES_MAX];
	struct exchange_link *exchanges[DRIVE_ENGINES_MAX];
	struct tally tally;
};

static struct scenario *load(const char *json, unsigned port)
{
	const struct scenario_overrides over = { 0 };
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;
	char *text = mem_printf(json, port);

	if (scenario_parse(&scenario, "test.json", ".", text, strlen(text), &over, errs) != 0) {
		errors_print(errs, stderr);
		fail_msg("the test's scenario is broken");
	}
	errors_free(errs);
	free(text);
	return scenario;
}

struct drive *drive_start(const struct drive_options *options, const char *json, unsigned port)
{
	struct drive *drive = mem_new(sizeof(*drive));
	unsigned capacity = options->ring_capacity > 0 ? options->ring_capacity : 16384;
	struct error err;

	drive->engines = options->engines > 0 ? options->engines : 1;
	drive->scenario = load(json, port);
	for (unsigned i = 0; i < drive->engines; i++) {
		assert_int_equal(ring_new(&drive->samples[i], sizeof(struct sample), capacity), 0);
		assert_int_equal(ring_new(&drive->commands[i], sizeof(struct command), 64), 0);
		if (options->exchanges) {
			assert_int_equal(exchange_link_new(&drive->exchanges[i]), 0);
		}
		const struct engine_config config = {
			.scenario = drive->scenario,
			.index = i,
			.count = drive->engines,
			.seed = options->seed != 0 ? options->seed : 42,
			.samples = drive->samples[i],
			.commands = drive->commands[i],
			.exchanges = drive->exchanges[i],
			.stop_timeout_ns = options->stop_timeout_ns,
			.autostart = !options->wait_for_start,
			.transport = options->transport,
			.leader = i == 0 ? NULL : drive->engine[0],
		};
		if (engine_new(&drive->engine[i], &config, &err) != 0) {
			fail_msg("%s", err.text);
		}
	}
	/* the leader last: the others must wait for it */
	for (unsigned i = drive->engines; i-- > 0;) {
		assert_int_equal(engine_start(drive->engine[i]), 0);
	}
	return drive;
}

static void tally_request(struct tally *t, const struct sample *s)
{
	bool unseen = failure_unseen((enum failure_kind)s->kind) != 0;

	assert_true(s->end_ns >= s->u.request.start_ns);
	assert_true(s->u.request.start_ns >= s->u.request.intended_ns);
	t->last = *s;
	if ((s->u.request.flags & SAMPLE_FLAG_SETUP) != 0) {
		t->setup++;
		return;
	}
	t->ok += s->outcome == OUTCOME_OK;
	t->failed += s->outcome == OUTCOME_FAILED;
	t->aborted += s->outcome == OUTCOME_ABORTED;
	t->unseen += s->outcome == OUTCOME_FAILED && unseen;
	t->kinds[s->kind] += s->outcome == OUTCOME_FAILED;
	t->redirected += (s->u.request.flags & SAMPLE_FLAG_REDIRECTED) != 0;
	t->new_connections += (s->u.request.flags & SAMPLE_FLAG_NEW_CONNECTION) != 0;
	if (s->endpoint < DRIVE_ENDPOINTS_MAX) {
		t->by_endpoint[s->endpoint]++;
		t->ok_by_endpoint[s->endpoint] += s->outcome == OUTCOME_OK;
	}
	if (s->class_id < DRIVE_CLASSES_MAX) {
		t->by_class[s->class_id]++;
	}
	if (s->outcome == OUTCOME_FAILED) {
		t->detail = s->u.request.detail;
	}
	if (s->u.request.user + 1 > t->most_users) {
		t->most_users = s->u.request.user + 1;
	}
	t->early += s->u.request.start_ns < s->u.request.intended_ns;
	t->response_over_service +=
		(double)(s->u.request.start_ns - s->u.request.intended_ns) / 1e9;
}

static void tally_sample(struct tally *t, unsigned engine, const struct sample *s)
{
	assert_int_equal(s->engine, engine);
	t->after_end |= t->state[engine] == RUN_STATES;
	switch ((enum sample_type)s->type) {
	case SAMPLE_REQUEST:
		tally_request(t, s);
		break;
	case SAMPLE_STATUS:
		t->live[engine] = s->u.status.live;
		t->in_flight[engine] = s->u.status.in_flight;
		t->state[engine] = (enum run_state)s->kind;
		t->held_back[engine] = s->u.status.held_back;
		t->due[engine] = s->u.status.due;
		t->started[engine] = s->u.status.started;
		t->ring_waits = s->u.status.ring_waits;
		if (drive_live(t) > t->most_live) {
			t->most_live = drive_live(t);
		}
		break;
	case SAMPLE_CLASS:
		t->class_live[engine][s->class_id] = s->u.users.live;
		t->class_target[engine][s->class_id] = s->u.users.target;
		break;
	case SAMPLE_IN_FLIGHT:
		break;
	case SAMPLE_EVENT:
		if (t->event_count < DRIVE_EVENTS_MAX) {
			t->events[t->event_count++] = *s;
		}
		break;
	case SAMPLE_END:
		t->ended++;
		t->state[engine] = RUN_STATES;
		break;
	}
}

static bool read_once(struct drive *drive)
{
	static _Thread_local struct sample batch[BATCH];
	bool any = false;

	for (unsigned i = 0; i < drive->engines; i++) {
		size_t n = ring_drain(drive->samples[i], batch, BATCH);
		for (size_t k = 0; k < n; k++) {
			tally_sample(&drive->tally, i, &batch[k]);
		}
		any |= n > 0;
	}
	return any;
}

void drive_until(struct drive *drive, bool (*done)(const struct tally *tally, uint64_t arg),
		 uint64_t arg)
{
	uint64_t give_up = clock_now_ns() + DRIVE_WAIT_NS;

	while (!done(&drive->tally, arg)) {
		if (clock_now_ns() > give_up) {
			const struct tally *t = &drive->tally;
			fail_msg("waited in vain for %llu: ok %llu failed %llu aborted %llu live "
				 "%u in flight %u state %d ended %u setup %llu, last kind %d "
				 "status %d event %d (%lld)",
				 (unsigned long long)arg, (unsigned long long)t->ok,
				 (unsigned long long)t->failed, (unsigned long long)t->aborted,
				 drive_live(t), drive_in_flight(t), (int)t->state[0], t->ended,
				 (unsigned long long)t->setup, (int)t->last.kind,
				 (int)t->last.u.request.status,
				 t->event_count > 0 ? (int)t->events[t->event_count - 1].kind : -1,
				 (long long)(t->event_count > 0
						     ? t->events[t->event_count - 1].u.event.a
						     : 0));
		}
		if (!read_once(drive)) {
			clock_sleep_ns(200000); /* a bounded poll, not a synchronisation */
		}
	}
}

void drive_queue(struct drive *drive, enum command_type type, uint16_t class_id, double value)
{
	const struct command command = {
		.type = (uint8_t)type, .class_id = class_id, .at_ns = clock_now_ns(), .value = value
	};

	for (unsigned i = 0; i < drive->engines; i++) {
		assert_true(ring_push(drive->commands[i], &command));
	}
}

void drive_command(struct drive *drive, enum command_type type, uint16_t class_id, double value)
{
	drive_queue(drive, type, class_id, value);
	for (unsigned i = 0; i < drive->engines; i++) {
		ring_wake(drive->commands[i]);
	}
}

void drive_finish(struct drive *drive)
{
	drive_until(drive, drive_ended, drive->engines);
	for (unsigned i = 0; i < drive->engines; i++) {
		engine_join(drive->engine[i]);
	}
	(void)read_once(drive);
	assert_false(drive->tally.after_end);
	for (unsigned i = drive->engines; i-- > 0;) {
		engine_free(drive->engine[i]);
		drive->engine[i] = NULL;
	}
}

void drive_stop(struct drive *drive)
{
	drive_command(drive, COMMAND_STOP, COMMAND_ALL, 1);
	drive_finish(drive);
}

bool drive_exchange(struct drive *drive, struct exchange *copy)
{
	struct exchange *sent = exchange_link_receive(drive->exchanges[0]);

	if (sent == NULL) {
		return false;
	}
	*copy = *sent;
	exchange_link_return(drive->exchanges[0], sent);
	return true;
}

const struct tally *drive_tally(const struct drive *drive)
{
	return &drive->tally;
}

void drive_free(struct drive *drive)
{
	for (unsigned i = 0; i < drive->engines; i++) {
		assert_null(drive->engine[i]);
		ring_free(drive->samples[i]);
		ring_free(drive->commands[i]);
		exchange_link_free(drive->exchanges[i]);
	}
	scenario_free(drive->scenario);
	free(drive);
}

const struct sample *drive_event(const struct drive *drive, enum sample_event event)
{
	for (unsigned i = 0; i < drive->tally.event_count; i++) {
		if (drive->tally.events[i].kind == event) {
			return &drive->tally.events[i];
		}
	}
	return NULL;
}

unsigned drive_events(const struct drive *drive, enum sample_event event)
{
	unsigned n = 0;

	for (unsigned i = 0; i < drive->tally.event_count; i++) {
		n += drive->tally.events[i].kind == event;
	}
	return n;
}

uint32_t drive_live(const struct tally *t)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < DRIVE_ENGINES_MAX; i++) {
		sum += t->live[i];
	}
	return sum;
}

uint32_t drive_in_flight(const struct tally *t)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < DRIVE_ENGINES_MAX; i++) {
		sum += t->in_flight[i];
	}
	return sum;
}

uint64_t drive_all(const struct tally *t)
{
	return t->ok + t->failed + t->aborted;
}

bool drive_requests(const struct tally *t, uint64_t n)
{
	return drive_all(t) >= n;
}

bool drive_failed(const struct tally *t, uint64_t n)
{
	return t->failed >= n;
}

bool drive_live_is(const struct tally *t, uint64_t n)
{
	return drive_live(t) == n;
}

bool drive_in_flight_is(const struct tally *t, uint64_t n)
{
	return drive_in_flight(t) == n;
}

bool drive_state_is(const struct tally *t, uint64_t state)
{
	return t->state[0] == (enum run_state)state;
}

bool drive_time_is(const struct tally *t, uint64_t at_ns)
{
	(void)t;
	return clock_now_ns() >= at_ns;
}

bool drive_ended(const struct tally *t, uint64_t engines)
{
	return t->ended == engines;
}
