/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_CORE_H
#define THRONG_TARGET_TARGET_CORE_H

/* What the files of the practice backend share; nothing outside src/target includes it. All of it
 * belongs to the thread that serves, except target->stop_fd. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/http.h>

#include "base/buf.h"
#include "base/rng.h"
#include "target/target_counters.h"
#include "target/target_store.h"
#include "target/target_token.h"

struct call;
struct evbuffer;
struct evconnlistener;
struct ssl_ctx_st;
struct target;

/* The part of the configuration that may change while it serves (/_target/config); all numbers,
 * so that one table can name them (target_stats.c). */
struct target_behaviour {
	double latency_median_ms;
	double latency_sigma;
	double error_ratio;
	double workers;
	double queue_limit;
	double queue_timeout_ms;
	double degrade;
	double racy_approvals;
};

enum route_flag {
	ROUTE_POOLED = 1 << 0,    /* is work: takes a worker and its time */
	ROUTE_TOKEN = 1 << 1,     /* needs a valid token */
	ROUTE_UNCOUNTED = 1 << 2, /* looking at the target is not traffic */
	ROUTE_UNPAUSED = 1 << 3   /* answers during a pause too */
};

/* A row of the table in target_route.c. */
struct route {
	const char *pattern; /* "{...}" is one path segment; the name in the statistics */
	unsigned flags;
	void (*get)(struct call *call);   /* GET and HEAD */
	void (*post)(struct call *call);  /* POST */
	void (*other)(struct call *call); /* any method without a handler above; NULL: 405 */
	void (*begin)(struct call *call); /* when a worker takes it up; NULL: nothing to do */
};

/* One request from its arrival until its answer is handed to evhttp. */
struct call {
	struct target *target;
	struct evhttp_request *req;
	const struct route *route;
	TAILQ_ENTRY(call) live;  /* target->live or target->spare */
	TAILQ_ENTRY(call) queue; /* waiting for a worker, or held by a pause */
	struct event timer;
	void (*then)(struct call *call); /* at the timer, or when the pause ends */
	uint64_t arrived_ns;             /* received; queue timeouts count from here */
	const char *param;               /* what {...} matched; lives as long as req */
	size_t param_len;
	bool authorised;
	bool claimed;   /* CAB with racy approvals: was pending when the work began */
	unsigned steps; /* streamed answers: parts still to send */
	unsigned step_bytes, step_ms;
};
TAILQ_HEAD(call_list, call);

/* The workers and the queue before them. */
struct target_pool {
	unsigned busy, queued;
	struct call_list queue;     /* oldest first */
	struct event timeout;       /* of the oldest */
	uint64_t waiting_since_ns;  /* the queue is not empty since then; 0: empty */
	struct target_mark waiting; /* how things stood then */
};

struct target {
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener *listener;
	struct event stop_event, resume_event;
	struct event *signals[2];
	int stop_fd; /* eventfd: written from any thread and from signal handlers */
	struct ssl_ctx_st *tls;
	char *url;
	char *unix_path; /* removed at the end; NULL: TCP */
	bool threaded;
	pthread_t thread;

	struct target_behaviour behaviour;
	struct rng rng;
	struct target_token_key token_key;
	struct target_counters *counters;
	int counters_fd;
	struct target_pool pool;
	struct call_list live, spare;
	struct call_list held; /* until resume_event */
	bool paused;
	unsigned in_flight;

	struct target_store *deployments;  /* struct deployment */
	struct target_store *idempotency;  /* struct target_id of the deployment */
	struct target_store *approvals;    /* struct approval */
	struct target_store *publications; /* struct publication */
	uint64_t first_pending;            /* approvals: none of a lower number is pending */
	unsigned pending;

	struct buf text;      /* the answer being built */
	struct evbuffer *out; /* empty between answers */
};

#endif
