/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "record/stats.h"
#include "samples.h"

/* What the statistics cost per sample: CPU time of this thread, without making the samples. Not a
 * test: it asserts nothing. usage: bench_recorder [samples] */

static void run(const char *name, unsigned endpoints, bool open, uint64_t rate, size_t count)
{
	enum { BATCH = 4096 };
	struct scenario *scene = scene_new(endpoints, 4, open);
	struct stats *stats = stats_new(scene, 1);
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
			for (unsigned step = 0; step < STATS_EXPECT_STEPS; step++)
				if (i + (STATS_EXPECT_STEPS - step) * 4 < BATCH)
					stats_expect(stats, &samples[i + (STATS_EXPECT_STEPS - step) * 4], step);
			stats_add(stats, &samples[i]);
		}
		stats_advance(stats, now);
		cpu += clock_thread_cpu_ns() - from;
	}
	printf("%-28s %8.0f ns/sample\n", name, (double)cpu / (double)count);
	free(samples);
	stats_free(stats);
	scene_free(scene);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000000;

	run("closed, 5 endpoints", 5, false, 20000, count);
	run("closed, 500 endpoints", 500, false, 20000, count);
	run("closed, 10,000 endpoints", 10000, false, 20000, count);
	run("open, 5 endpoints", 5, true, 20000, count);
	run("open, 500 endpoints", 500, true, 20000, count);
	return 0;
}
