/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_SAMPLE_H
#define THRONG_MESSAGE_SAMPLE_H

#include <assert.h>
#include <stdint.h>

/* What an engine tells the recorder, in order, over the sample ring: finished requests and,
 * every 100 ms, how it stands. */
enum sample_type {
	SAMPLE_REQUEST,   /* one finished request: the truth's only road */
	SAMPLE_STATUS,    /* the engine as a whole */
	SAMPLE_CLASS,     /* users of one class in this engine */
	SAMPLE_IN_FLIGHT, /* requests of one endpoint in flight in this engine (sent while it is, or just stopped being, non-zero) */
	SAMPLE_EVENT,     /* something a reader of the results should know: see enum sample_event */
	SAMPLE_END        /* the last record of this engine: nothing follows */
};

enum sample_outcome {
	OUTCOME_OK,
	OUTCOME_FAILED,
	OUTCOME_ABORTED /* cut off by us (stop, panic): neither success nor failure */
};

/* The state of a run as the engines see it. Names in run_state_name(). */
enum run_state {
	RUN_IDLE,     /* waiting for start (plan page) */
	RUN_SETUP,    /* health check, setup steps */
	RUN_RAMPING,  /* live users move towards the target */
	RUN_RUNNING,  /* live = target */
	RUN_PAUSED,   /* users exist and start nothing new */
	RUN_DRAINING, /* stop: in-flight requests finish, nothing new starts */
	RUN_DONE,
	RUN_STATES
};

/* Events of the run as a whole come from engine 0 alone, with figures of the whole run (all
 * engines compute the same); EVENT_NO_FILES from the engine that met it. */
enum sample_event {
	EVENT_SPAWNED_ALL, /* the scenario's target was reached for the first time; a = live users */
	EVENT_TARGET,      /* users were steered by hand; class_id or SAMPLE_ALL, a = new target */
	EVENT_SPAWN_RATE,  /* a = 1000 x users per second */
	EVENT_PAUSED,
	EVENT_RESUMED,
	EVENT_STOPPING, /* drain begins; a = 0 by schedule, 1 by hand, 2 by a criterion */
	EVENT_PANIC,
	EVENT_SETUP_FAILED, /* the run cannot be done; a = failure kind, b = status */
	EVENT_NO_FILES,     /* EMFILE or EADDRNOTAVAIL was met; a = errno */
	EVENT_STARTED /* setup is over, users begin; a = the instant the schedule counts from */
};

#define SAMPLE_ALL       UINT16_MAX /* class_id: every class */
#define SAMPLE_NO_STATUS 0

struct sample {
	uint8_t type;    /* enum sample_type */
	uint8_t outcome; /* REQUEST: enum sample_outcome */
	uint8_t kind; /* REQUEST: enum failure_kind; STATUS: enum run_state; EVENT: enum sample_event */
	uint8_t engine;    /* index of the engine that sent it */
	uint16_t endpoint; /* REQUEST, IN_FLIGHT: index into scenario->endpoints */
	uint16_t
		class_id; /* REQUEST, CLASS, EVENT: index into scenario->classes; SAMPLE_ALL otherwise */
	uint64_t end_ns; /* REQUEST: last byte came; others: when it was true (monotonic clock) */
	union {
		struct {
			uint64_t
				intended_ns; /* when the schedule wanted it sent (closed runs: = start_ns) */
			uint64_t start_ns; /* bytes being sent, or connecting begun */
			uint32_t bytes_in; /* of the answer, headers and body, saturating */
			uint32_t bytes_out;
			uint32_t body_bytes; /* body as received; Locust's content size */
			uint32_t
				ttfb_us; /* from start to the first byte of the answer; 0 when none came */
			int32_t detail;  /* see enum failure_kind */
			uint16_t status; /* HTTP status or SAMPLE_NO_STATUS */
			uint8_t flags;   /* SAMPLE_FLAG_... */
			/* Requests on the wire beyond the first: redirects followed, and
			 * repeats on a fresh connection after an idle one turned out dead (the
			 * target may have seen both). Saturating. */
			uint8_t extra;
			uint32_t user;       /* number of the user, from 0 */
			uint32_t connect_us; /* DNS, TCP and TLS, when a connection was opened */
		} request;
		struct {
			uint32_t live;       /* users that exist */
			uint32_t in_flight;  /* requests on their way */
			uint32_t lag_p99_us; /* event loop lag in the last interval */
			uint32_t lag_max_us;
			uint32_t
				slip_max_us; /* starts behind schedule in the last interval, worst */
			uint32_t cpu_permille; /* of one core, last interval */
			uint32_t
				held_back; /* starts held back so far (arrival rate, cap on requests in flight) */
			uint32_t ring_waits; /* times the sample ring was full so far */
			uint32_t spawn_rate_milli;
			uint32_t connections; /* open */
			/* open runs: arrivals that were due so far, and those that were started */
			uint32_t due, started;
		} status;
		struct {
			uint32_t live;
			uint32_t target; /* this engine's share */
		} users;
		struct {
			uint32_t count;
			uint32_t reserved;
			uint64_t oldest_start_ns; /* 0 when count is 0 */
		} in_flight;
		struct {
			int64_t a;
			int64_t b;
		} event;
	} u;
};

#define SAMPLE_FLAG_NEW_CONNECTION 1u /* this request opened a connection */
#define SAMPLE_FLAG_SETUP          2u /* of setup, teardown or health check: not counted in totals */
#define SAMPLE_FLAG_REDIRECTED     4u

static_assert(sizeof(struct sample) == 64, "a sample is one cache line");

const char *run_state_name(enum run_state state);

#endif
