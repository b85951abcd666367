/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_DRIVE_H
#define TESTS_SUPPORT_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "message/command.h"
#include "message/failure.h"
#include "message/sample.h"

struct exchange;
struct transport_ops;

/* Engines under test, with a reader of their samples in the calling thread. Every wait is
 * bounded and fails the test when it runs out. */
#define DRIVE_ENGINES_MAX   4
#define DRIVE_ENDPOINTS_MAX 16
#define DRIVE_CLASSES_MAX   8
#define DRIVE_EVENTS_MAX    64
#define DRIVE_WAIT_NS       (60ULL * 1000000000ULL)

struct tally {
	uint64_t ok, failed, aborted, setup;
	uint64_t kinds[FAILURE_KINDS];
	uint64_t unseen; /* failed and never sent */
	uint64_t by_endpoint[DRIVE_ENDPOINTS_MAX];
	uint64_t ok_by_endpoint[DRIVE_ENDPOINTS_MAX];
	uint64_t by_class[DRIVE_CLASSES_MAX];
	uint32_t live[DRIVE_ENGINES_MAX], in_flight[DRIVE_ENGINES_MAX];
	uint32_t most_live;
	uint32_t class_live[DRIVE_ENGINES_MAX][DRIVE_CLASSES_MAX];
	uint32_t class_target[DRIVE_ENGINES_MAX][DRIVE_CLASSES_MAX];
	enum run_state state[DRIVE_ENGINES_MAX];
	uint64_t held_back[DRIVE_ENGINES_MAX];
	uint64_t due[DRIVE_ENGINES_MAX], started[DRIVE_ENGINES_MAX];
	uint32_t ring_waits;
	unsigned ended;
	bool after_end; /* something came behind SAMPLE_END */
	struct sample events[DRIVE_EVENTS_MAX];
	unsigned event_count;
	struct sample last; /* request */
	uint64_t redirected, new_connections;
	uint64_t most_users;          /* largest user number + 1 */
	uint64_t early;               /* started before they were due */
	double response_over_service; /* sum of (end - intended) - (end - start), seconds */
	int detail;
};

struct drive;

struct drive_options {
	unsigned engines;         /* 0: 1 */
	uint64_t stop_timeout_ns; /* 0: cut at once */
	unsigned ring_capacity;   /* 0: 16384 */
	bool wait_for_start;      /* no autostart */
	uint64_t seed;
	bool exchanges;                        /* failing requests in full: drive_exchange */
	const struct transport_ops *transport; /* NULL: the engine's choice */
};

/* json: printf format of a scenario; its one %u is the port. */
struct drive *drive_start(const struct drive_options *options, const char *json, unsigned port);
/* Read samples until `done` holds. */
void drive_until(struct drive *drive, bool (*done)(const struct tally *tally, uint64_t arg),
		 uint64_t arg);
/* Queue a command without waking the engines; the next drive_command wakes them for both. */
void drive_queue(struct drive *drive, enum command_type type, uint16_t class_id, double value);
void drive_command(struct drive *drive, enum command_type type, uint16_t class_id, double value);
/* Read to the end of every engine, join and free; the tally stays valid until drive_free. */
void drive_finish(struct drive *drive);
/* Stop by hand, then the same. */
void drive_stop(struct drive *drive);
/* Copy the oldest exchange that engine 0 has sent; false: there is none. */
bool drive_exchange(struct drive *drive, struct exchange *copy);
const struct tally *drive_tally(const struct drive *drive);
void drive_free(struct drive *drive);
const struct sample *drive_event(const struct drive *drive, enum sample_event event);
unsigned drive_events(const struct drive *drive, enum sample_event event);
uint32_t drive_live(const struct tally *tally);
uint32_t drive_in_flight(const struct tally *tally);
uint64_t drive_all(const struct tally *tally); /* ok + failed + aborted */

/* For drive_until. */
bool drive_requests(const struct tally *tally, uint64_t n);
bool drive_failed(const struct tally *tally, uint64_t n);
bool drive_live_is(const struct tally *tally, uint64_t n);
bool drive_in_flight_is(const struct tally *tally, uint64_t n);
bool drive_state_is(const struct tally *tally, uint64_t state); /* of all engines */
bool drive_time_is(const struct tally *tally, uint64_t at_ns);
bool drive_ended(const struct tally *tally, uint64_t engines);

#endif
