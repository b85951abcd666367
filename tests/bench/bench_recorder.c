/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/ring.h"
#include "base/rng.h"
#include "message/frame.h"
#include "record/pending.h"
#include "record/recorder.h"
#include "record/stats.h"
#include "samples.h"

/* What a sample costs behind the ring, in CPU time. First the statistics alone, on the calling thread;
 * then the whole recorder (statistics, Locust's tables, series, findings, frames as a console takes them,
 * the result file) at 100,000 samples a second in real time: from its start until its window of the last 10 s is
 * full, which is when memory grows, and then for the rest of the seconds; and how often its ring was full. Not a
 * test: it asserts nothing. usage: bench_recorder [samples [seconds [endpoints]]]; with endpoints only the
 * whole recorder with so many. */

#define RING_SAMPLES (1 << 17) /* as a run's */

static bool is_full(struct pending *pending)
{
	size_t count;

	pending_arrivals(pending, &count);
	return pending_full(pending);
}

static void settle(struct stats *stats, struct pending *pending)
{
	const struct pending_list list = pending_take(pending);
	stats_add_endpoints(stats, &list);
}

static void run(const char *name, unsigned endpoints, bool open, uint64_t rate, size_t count)
{
	enum { BATCH = 4096 };
	struct scenario *scene = scene_new(endpoints, 4, open);
	struct stats *stats = stats_new(scene, 1);
	struct pending *pending = pending_new(endpoints);
	struct sample *samples = mem_array(BATCH, sizeof(*samples));
	uint64_t now = 1000 * SEC, cpu = 0;
	struct rng rng;

	rng_seed(&rng, 1, 1);
	for (size_t done = 0; done < count; done += BATCH) {
		for (unsigned i = 0; i < BATCH; i++) {
			now += SEC / rate;
			samples[i] = sample_ok((unsigned)rng_below(&rng, endpoints), i % 4, now,
					       1000 + (uint64_t)rng_exponential(&rng, 20000));
		}
		uint64_t from = clock_thread_cpu_ns();
		for (unsigned i = 0; i < BATCH; i++) {
			stats_add_whole(stats, &samples[i]);
			if (!pending_add(pending, &samples[i]) && is_full(pending))
				settle(stats, pending);
		}
		is_full(pending);
		settle(stats, pending);
		stats_advance(stats, now);
		cpu += clock_thread_cpu_ns() - from;
	}
	printf("%-28s %8.0f ns/sample\n", name, (double)cpu / (double)count);
	free(samples);
	stats_free(stats);
	pending_free(pending);
	scene_free(scene);
}

struct rig {
	struct ring *samples, *frames;
	uint64_t waits, sent;
	uint64_t process_ns,
		own_ns; /* CPU of the process, and of this thread, which is not the recorder's */
};

/* What CPU a sample has taken since the account began. */
static void account_begin(struct rig *rig)
{
	rig->process_ns = clock_process_cpu_ns();
	rig->own_ns = clock_thread_cpu_ns();
	rig->sent = 0;
}

static void account_tell(const struct rig *rig, const char *what, unsigned endpoints)
{
	uint64_t process_ns = clock_process_cpu_ns() - rig->process_ns;
	uint64_t own_ns = clock_thread_cpu_ns() - rig->own_ns;

	printf("%s, %u endpoints%*s %8.0f ns/sample\n", what, endpoints, endpoints < 10 ? 10 : 8,
	       "", (double)(process_ns - own_ns) / (double)rig->sent);
}

static void take_frames(struct rig *rig)
{
	struct frame *frame;

	while (ring_drain(rig->frames, &frame, 1) == 1)
		frame_free(frame);
}

static void push(struct rig *rig, const struct sample *sample)
{
	if (ring_push(rig->samples, sample))
		return;
	rig->waits++;
	do {
		take_frames(rig);
		clock_sleep_ns(50000);
	} while (!ring_push(rig->samples, sample));
}

/* Push as an engine does at that rate, a millisecond's worth at a time. CPU of this thread counts as the
 * engine's, not the recorder's. */
static void produce(struct rig *rig, unsigned endpoints, unsigned rate, unsigned seconds)
{
	uint64_t start = clock_now_ns(), sent = 0, next_status = 0;
	bool full = false; /* is the window of the last 10 s? */
	struct rng rng;

	rng_seed(&rng, 1, 1);
	struct sample event = sample_event(0, start, EVENT_STARTED, (int64_t)start, 0);
	push(rig, &event);
	for (uint64_t at = start; at < start + seconds * SEC; at = clock_now_ns()) {
		if (!full && at >= start + STATS_WINDOW_NS + SEC) {
			account_tell(rig, "whole, from its start", endpoints);
			account_begin(rig);
			full = true;
		}
		if (at >= next_status) {
			struct sample status = sample_status(0, at, RUN_RUNNING, 1000);
			push(rig, &status);
			next_status = at + 100 * MS;
		}
		for (uint64_t due = (at - start) / 1000 * rate / 1000000; sent < due; sent++) {
			struct sample sample =
				sample_ok((unsigned)rng_below(&rng, endpoints), 0, at,
					  1000 + (uint64_t)rng_exponential(&rng, 20000));
			push(rig, &sample);
			rig->sent++;
		}
		ring_wake(rig->samples);
		take_frames(rig);
		clock_sleep_ns(MS);
	}
	account_tell(rig, full ? "whole" : "whole, from its start", endpoints);
	struct sample end = sample_status(0, clock_now_ns(), RUN_DONE, 0);
	push(rig, &end);
	end.type = SAMPLE_END;
	push(rig, &end);
	ring_wake(rig->samples);
}

static void *join(void *recorder)
{
	recorder_join(recorder);
	return NULL;
}

static int run_whole(unsigned endpoints, unsigned rate, unsigned seconds)
{
	struct scenario *scene = scene_new(endpoints, 1, false);
	struct rig rig = { 0 };
	struct recorder *recorder;
	struct error err;
	pthread_t joiner;

	if (ring_new(&rig.samples, sizeof(struct sample), RING_SAMPLES) != 0 ||
	    ring_new(&rig.frames, sizeof(struct frame *), 2) != 0)
		return 1;
	const struct recorder_config config = { .scenario = scene,
						.engine_count = 1,
						.samples = &rig.samples,
						.frames = rig.frames,
						.outputs.json_file = "/dev/null",
						.outputs.overwrite = true };
	account_begin(&rig);
	if (recorder_new(&recorder, &config, &err) != 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (recorder_start(recorder) != 0)
		return 1;
	produce(&rig, endpoints, rate, seconds);
	/* the last frame waits for room */
	if (pthread_create(&joiner, NULL, join, recorder) != 0)
		return 1;
	while (pthread_tryjoin_np(joiner, NULL) != 0) {
		take_frames(&rig);
		clock_sleep_ns(MS);
	}
	take_frames(&rig);
	printf("%u samples/s, %u endpoints: %" PRIu64 " waits\n", rate, endpoints, rig.waits);
	recorder_free(recorder);
	ring_free(rig.samples);
	ring_free(rig.frames);
	scene_free(scene);
	return 0;
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000000;
	unsigned seconds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 16;

	if (argc > 3)
		return run_whole((unsigned)strtoul(argv[3], NULL, 10), 100000, seconds);
	run("closed, 5 endpoints", 5, false, 20000, count);
	run("closed, 500 endpoints", 500, false, 20000, count);
	run("closed, 10,000 endpoints", 10000, false, 20000, count);
	run("open, 5 endpoints", 5, true, 20000, count);
	run("open, 500 endpoints", 500, true, 20000, count);
	return run_whole(5, 100000, seconds) + run_whole(500, 100000, seconds);
}
