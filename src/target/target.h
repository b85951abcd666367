/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_H
#define THRONG_TARGET_TARGET_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct error;

/* The practice backend: the procedure's API in libevent's evhttp, with a latency distribution,
 * an error rate and a worker pool that can be made to collapse. Runs in the calling thread
 * (throng target) or in its own (throng demo, tests). */
struct target;

struct target_config {
	const char *listen;       /* "127.0.0.1:8000"; port 0 picks one; "[::1]:0"; "unix:/path" */
	double latency_median_ms; /* of the work; log-normal */
	double latency_sigma;     /* shape; 0: constant */
	double error_ratio;       /* 0..1: work answered 500 at random */
	unsigned workers;         /* pool size; 0: no limit */
	unsigned
		queue_limit; /* requests that may wait for a worker; above: 500 at once; 0: no limit */
	double queue_timeout_ms; /* waiting longer: 500 ("QueuePool limit"); 0: for ever */
	double degrade; /* work takes (1 + degrade × waiting / workers) times as long; 0: never */
	bool racy_approvals; /* CAB without row locks: two approvals at once may both succeed */
	uint64_t seed;       /* of latencies, errors and ids, and key of the tokens */
	const char *
		counters; /* file the counters live in (mmap), surviving kill -9; NULL: memory only */
	const char *tls_cert, *tls_key; /* PEM; NULL: plain */
};

/* Set the latency from "50ms,0.5": median (a duration, or a number of milliseconds; up to 1 h) and
 * sigma (0..10; without it: 0). 0, or -EINVAL with err->text, and nothing is set. */
int target_parse_latency(const char *text, struct target_config *config, struct error *err)
	__attribute__((warn_unused_result));
/* 0, -EADDRINUSE and others with err->text. Caller frees with target_free. */
int target_new(struct target **out, const struct target_config *config, struct error *err)
	__attribute__((warn_unused_result));
/* "http://127.0.0.1:43210" or "unix:/path": where it really listens; valid until target_free. */
const char *target_url(const struct target *target);
/* SIGINT and SIGTERM end target_run. For a program whose only event loop this is; call before
 * target_run. 0 or -ENOMEM. */
int target_stop_on_signals(struct target *target) __attribute__((warn_unused_result));
/* Serve until target_stop. In the calling thread. */
void target_run(struct target *target);
/* Serve in a thread of its own, which takes no signals. 0 or negative errno. */
int target_start(struct target *target) __attribute__((warn_unused_result));
/* End serving: from any thread, and safe in a signal handler (writes to an eventfd). Requests
 * in progress are not answered. */
void target_stop(struct target *target);
/* Wait for the thread of target_start; nothing when there is none. */
void target_join(struct target *target);
/* Append what /_target/stats answers: one line of JSON without a newline. Not while it serves in
 * another thread. 0 or -EMSGSIZE. */
int target_stats(const struct target *target, struct buf *out) __attribute__((warn_unused_result));
void target_free(struct target *target); /* NULL is fine */

#endif
