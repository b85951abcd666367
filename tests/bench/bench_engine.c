/* SPDX-License-Identifier: MIT */
/* What a whole engine costs: a scenario driven for some seconds by one or more engines, with a
 * reader that only counts.
 *   bench_engine SCENARIO.json URL USERS SECONDS [ENGINES [RATE]]
 * prints requests, CPU a request (engine threads alone), memory a user, lag and slip. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/ring.h"
#include "engine/engine.h"
#include "message/command.h"
#include "message/sample.h"
#include "scenario/scenario.h"

#define ENGINES_MAX 16
#define BEHIND_MAX  (1 << 22)

struct bench {
	unsigned engines;
	struct engine *engine[ENGINES_MAX];
	struct ring *samples[ENGINES_MAX], *commands[ENGINES_MAX];
	uint64_t requests, failures, aborted, held_back, waits;
	uint32_t lag_p99_us, lag_max_us, slip_max_us, live[ENGINES_MAX];
	double cpu_permille_sum;
	uint64_t ticks;
	uint32_t *behind_us; /* of each request: start behind intended */
	unsigned ended;
};

static long resident_kb(void)
{
	long size = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file != NULL) {
		if (fscanf(file, "%ld %ld", &size, &resident) != 2) {
			resident = 0;
		}
		fclose(file);
	}
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void take(struct bench *b, const struct sample *s)
{
	switch ((enum sample_type)s->type) {
	case SAMPLE_REQUEST:
		if (b->requests < BEHIND_MAX) {
			b->behind_us[b->requests] =
				(uint32_t)((s->u.request.start_ns - s->u.request.intended_ns) /
					   1000);
		}
		b->requests++;
		b->failures += s->outcome == OUTCOME_FAILED;
		b->aborted += s->outcome == OUTCOME_ABORTED;
		break;
	case SAMPLE_STATUS:
		b->live[s->engine] = s->u.status.live;
		if (s->kind == RUN_RUNNING) {
			b->lag_p99_us = s->u.status.lag_p99_us > b->lag_p99_us
						? s->u.status.lag_p99_us
						: b->lag_p99_us;
			b->lag_max_us = s->u.status.lag_max_us > b->lag_max_us
						? s->u.status.lag_max_us
						: b->lag_max_us;
			b->slip_max_us = s->u.status.slip_max_us > b->slip_max_us
						 ? s->u.status.slip_max_us
						 : b->slip_max_us;
		}
		b->cpu_permille_sum += s->u.status.cpu_permille;
		b->ticks++;
		b->held_back = s->u.status.held_back;
		b->waits = s->u.status.ring_waits;
		break;
	case SAMPLE_END:
		b->ended++;
		break;
	case SAMPLE_CLASS:
	case SAMPLE_IN_FLIGHT:
	case SAMPLE_EVENT:
		break;
	}
}

static void drain(struct bench *b)
{
	static struct sample batch[4096];

	for (unsigned i = 0; i < b->engines; i++) {
		size_t n;
		while ((n = ring_drain(b->samples[i], batch, 4096)) > 0) {
			for (size_t k = 0; k < n; k++) {
				take(b, &batch[k]);
			}
		}
	}
}

static void tell(struct bench *b, enum command_type type)
{
	const struct command command = { .type = (uint8_t)type,
					 .class_id = COMMAND_ALL,
					 .at_ns = clock_now_ns() };

	for (unsigned i = 0; i < b->engines; i++) {
		(void)ring_push(b->commands[i], &command);
		ring_wake(b->commands[i]);
	}
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void print_behind(struct bench *b)
{
	size_t n = b->requests < BEHIND_MAX ? b->requests : BEHIND_MAX;

	qsort(b->behind_us, n, sizeof(*b->behind_us), by_size);
	if (n > 0) {
		printf("starts behind schedule: p50 %u, p99 %u, p99.9 %u, max %u us\n",
		       b->behind_us[n / 2], b->behind_us[n * 99 / 100],
		       b->behind_us[n * 999 / 1000], b->behind_us[n - 1]);
	}
}

static int make(struct bench *b, const struct scenario *sc)
{
	struct error err;

	for (unsigned i = 0; i < b->engines; i++) {
		if (ring_new(&b->samples[i], sizeof(struct sample), 1 << 18) != 0 ||
		    ring_new(&b->commands[i], sizeof(struct command), 64) != 0) {
			return 1;
		}
		const struct engine_config config = { .scenario = sc,
						      .index = i,
						      .count = b->engines,
						      .seed = 1,
						      .samples = b->samples[i],
						      .commands = b->commands[i],
						      .stop_timeout_ns = 5 * CLOCK_NS_PER_SEC,
						      .autostart = true,
						      .leader = i == 0 ? NULL : b->engine[0] };
		if (engine_new(&b->engine[i], &config, &err) != 0) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
	}
	for (unsigned i = 0; i < b->engines; i++) {
		if (engine_start(b->engine[i]) != 0) {
			return 1;
		}
	}
	return 0;
}

static int run(struct bench *b, const struct scenario *sc, uint64_t ns)
{
	long before = resident_kb();
	if (make(b, sc) != 0) {
		return 1;
	}
	uint64_t start = clock_now_ns();
	while (clock_now_ns() - start < ns) {
		drain(b);
		clock_sleep_ns(5000000);
	}
	double seconds = (double)(clock_now_ns() - start) / 1e9;
	double requests = (double)b->requests;
	unsigned live = 0;
	for (unsigned i = 0; i < b->engines; i++) {
		live += b->live[i];
	}
	double cpu = b->cpu_permille_sum / (double)b->ticks / 1000 * b->engines;
	printf("%u users, %u engines: %.0f requests, %llu failures, %.0f/s, %.0f %% CPU, %.1f us "
	       "CPU each, %.1f KB a user, lag p99 %u max %u us, slip max %u us, held back %llu\n",
	       live, b->engines, requests, (unsigned long long)b->failures, requests / seconds,
	       cpu * 100, cpu * 1e6 * seconds / requests,
	       (double)(resident_kb() - before) / (live > 0 ? live : 1), b->lag_p99_us,
	       b->lag_max_us, b->slip_max_us, (unsigned long long)b->held_back);
	print_behind(b);
	tell(b, COMMAND_STOP);
	while (b->ended < b->engines) {
		drain(b);
		clock_sleep_ns(1000000);
	}
	for (unsigned i = 0; i < b->engines; i++) {
		engine_join(b->engine[i]);
	}
	for (unsigned i = b->engines; i-- > 0;) {
		engine_free(b->engine[i]);
		ring_free(b->samples[i]);
		ring_free(b->commands[i]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct errors *errs = errors_new();
	struct scenario *sc = NULL;
	struct bench b = { .engines = 1 };
	struct error err;

	if (argc < 5) {
		fprintf(stderr, "usage: bench_engine SCENARIO.json URL USERS SECONDS [ENGINES "
				"[RATE]]\n");
		return 2;
	}
	const struct scenario_overrides over = { .target = argv[2],
						 .users = strtod(argv[3], NULL),
						 .spawn_rate = 100000,
						 .rate = argc > 6 ? strtod(argv[6], NULL) : 0 };
	if (scenario_load(&sc, argv[1], &over, errs) != 0) {
		errors_print(errs, stderr);
		return 2;
	}
	b.engines = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 1;
	if (b.engines < 1 || b.engines > ENGINES_MAX ||
	    engine_check_files(sc, (unsigned)over.users, &err) != 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	b.behind_us = mem_array(BEHIND_MAX, sizeof(*b.behind_us));
	int status = run(&b, sc, strtoull(argv[4], NULL, 10) * CLOCK_NS_PER_SEC);
	free(b.behind_us);
	scenario_free(sc);
	errors_free(errs);
	return status;
}
