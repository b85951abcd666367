/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_THREAD_H
#define THRONG_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* What a thread may be late for. */
enum thread_rank {
	THREAD_TRAFFIC, /* nothing: scheduled as the process is */
	THREAD_SERVICE /* a frame, a file, a reading: steps back where it shares a core with traffic */
};

#define THREAD_STACK_DEFAULT 0

struct thread_config {
	const char *name; /* at most 15 bytes, for top and gdb; copied */
	enum thread_rank rank;
	void *(*run)(void *arg);
	void *arg;
	bool detached;
	size_t stack_bytes; /* THREAD_STACK_DEFAULT, or at least 16 KiB */
};

/* Start a thread in which all signals are blocked, so that they go to the main thread. *out is set on
 * success, for pthread_join; it may be NULL for a detached one. Returns 0 or a negative errno (-EAGAIN: no
 * more threads), and then run is never called. A rank that the system refuses is not an error. Any thread. */
int thread_start(pthread_t *out, const struct thread_config *config)
	__attribute__((warn_unused_result));

#endif
