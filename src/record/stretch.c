/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/stretch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/trend.h"
#include "scenario/scenario.h"

/* Two of them are kept, the longest and the one under way; when the second grows longer than the
 * first, they change places. What was added in a second is held apart until the second is known to
 * be constant.
 *
 * Little's law is about the time that requests spend within the stretch. Of those that are on their way
 * when it begins only what comes after that counts: the rest, with the seconds a burst before it took to
 * be answered, would make a warning out of nothing. And those that are on their way at its end have
 * not been counted at all: they have been there for half of E[S^2] / E[S] on average, the age of a
 * renewal process. */

struct part {
	uint64_t start_ns;
	unsigned seconds;
	double load;
	unsigned bin_seconds; /* of a full bin */
	size_t count;
	struct stretch_bin bins[STRETCH_BINS];
	uint64_t requests;
	double service_us;
	double whole_us, whole_us2; /* of requests that began within: sums of times and squares */
	double in_flight;           /* sum of readings */
	double last_in_flight;
	uint64_t readings;
	struct stretch_class *classes;
	/* the bin under way */
	unsigned filled;
	size_t p_count;
	double p50s[TREND_MAX], p95s[TREND_MAX];
};

struct stretch {
	size_t class_count;
	struct part parts[2];
	unsigned now; /* index of the one under way */
	bool running;
	/* of the second under way */
	uint64_t begin_ns;
	uint64_t requests;
	double service_us, whole_us, whole_us2;
	double in_flight, last_in_flight;
	uint64_t readings;
	struct stretch_class *classes;
};

struct stretch *stretch_new(const struct scenario *scenario)
{
	struct stretch *stretch = mem_new(sizeof(*stretch));

	stretch->class_count = scenario->class_count;
	stretch->classes = mem_array(scenario->class_count, sizeof(*stretch->classes));
	for (unsigned i = 0; i < 2; i++)
		stretch->parts[i].classes =
			mem_array(scenario->class_count, sizeof(*stretch->classes));
	return stretch;
}

void stretch_free(struct stretch *stretch)
{
	if (stretch == NULL)
		return;
	free(stretch->classes);
	free(stretch->parts[0].classes);
	free(stretch->parts[1].classes);
	free(stretch);
}

void stretch_add(struct stretch *stretch, unsigned class_id, uint64_t end_ns, uint64_t service_us)
{
	uint64_t begin_ns =
		stretch->running ? stretch->parts[stretch->now].start_ns : stretch->begin_ns;
	double within = end_ns > begin_ns ? (double)(end_ns - begin_ns) / 1e3 : 0;
	double us = (double)service_us;

	if (us <= within) {
		stretch->whole_us += us;
		stretch->whole_us2 += us * us;
		within = us;
	}
	stretch->requests++;
	stretch->service_us += within;
	stretch->classes[class_id].requests++;
	stretch->classes[class_id].service_us += within;
}

void stretch_in_flight(struct stretch *stretch, double in_flight)
{
	stretch->in_flight += in_flight;
	stretch->last_in_flight = in_flight;
	stretch->readings++;
}

static void forget_second(struct stretch *stretch)
{
	stretch->requests = stretch->readings = 0;
	stretch->service_us = stretch->in_flight = 0;
	stretch->whole_us = stretch->whole_us2 = 0;
	memset(stretch->classes, 0, stretch->class_count * sizeof(*stretch->classes));
}

static void part_begin(struct stretch *stretch, struct part *part, uint64_t at_ns, double load)
{
	struct stretch_class *classes = part->classes;

	memset(part, 0, sizeof(*part));
	part->classes = classes;
	memset(classes, 0, stretch->class_count * sizeof(*classes));
	part->start_ns = at_ns;
	part->load = load;
	part->bin_seconds = STRETCH_BIN_SECONDS;
}

/* Twice the bins' length: the middle of two medians is the median of two bins. */
static void halve(struct part *part)
{
	for (size_t i = 0; i < STRETCH_BINS / 2; i++) {
		const struct stretch_bin *a = &part->bins[2 * i], *b = &part->bins[2 * i + 1];
		struct stretch_bin both = { .p50_us = (a->p50_us + b->p50_us) / 2,
					    .p95_us = (a->p95_us + b->p95_us) / 2 };
		if (a->p50_us < 0 || b->p50_us < 0)
			both = a->p50_us < 0 ? *b : *a;
		part->bins[i] = both;
	}
	part->count = STRETCH_BINS / 2;
	part->bin_seconds *= 2;
}

static void part_second(struct part *part, double p50_us, double p95_us)
{
	if (p50_us >= 0 && part->p_count < TREND_MAX) {
		part->p50s[part->p_count] = p50_us;
		part->p95s[part->p_count++] = p95_us;
	}
	part->seconds++;
	if (++part->filled < part->bin_seconds)
		return;
	if (part->count == STRETCH_BINS) {
		halve(part);
		return; /* the bin under way goes on to its new length */
	}
	struct stretch_bin bin = { -1, -1 };
	if (part->p_count > 0) {
		bin.p50_us = trend_median(part->p50s, part->p_count);
		bin.p95_us = trend_median(part->p95s, part->p_count);
	}
	part->bins[part->count++] = bin;
	part->filled = 0;
	part->p_count = 0;
}

static void part_take(struct stretch *stretch, struct part *part)
{
	part->requests += stretch->requests;
	part->service_us += stretch->service_us;
	part->whole_us += stretch->whole_us;
	part->whole_us2 += stretch->whole_us2;
	part->in_flight += stretch->in_flight;
	part->last_in_flight = stretch->last_in_flight;
	part->readings += stretch->readings;
	for (size_t i = 0; i < stretch->class_count; i++) {
		part->classes[i].requests += stretch->classes[i].requests;
		part->classes[i].service_us += stretch->classes[i].service_us;
	}
}

void stretch_second(struct stretch *stretch, uint64_t at_ns, double load, double p50_us,
		    double p95_us, bool constant)
{
	stretch->begin_ns = at_ns + CLOCK_NS_PER_SEC;
	if (!constant) {
		/* the longer one is kept */
		if (stretch->running &&
		    stretch->parts[stretch->now].seconds > stretch->parts[!stretch->now].seconds)
			stretch->now = !stretch->now;
		stretch->running = false;
		forget_second(stretch);
		return;
	}
	struct part *part = &stretch->parts[stretch->now];
	if (!stretch->running)
		part_begin(stretch, part, at_ns, load);
	stretch->running = true;
	part_take(stretch, part);
	part_second(part, p50_us, p95_us);
	forget_second(stretch);
}

/* How long those who are on their way at the end have been so, all together. */
static double under_way_us(const struct part *part)
{
	return part->whole_us > 0 ? part->last_in_flight * part->whole_us2 / part->whole_us / 2 : 0;
}

struct stretch_view stretch_longest(const struct stretch *stretch)
{
	const struct part *now = &stretch->parts[stretch->now];
	const struct part *kept = &stretch->parts[!stretch->now];
	const struct part *part = stretch->running && now->seconds > kept->seconds ? now : kept;

	return (struct stretch_view){
		.start_ns = part->start_ns,
		.seconds = part->seconds,
		.load = part->load,
		.bin_seconds = part->bin_seconds,
		.count = part->count,
		.bins = part->bins,
		.requests = part->requests,
		.service_us = part->service_us + under_way_us(part),
		.in_flight = part->readings > 0 ? part->in_flight / (double)part->readings : 0,
		.readings = part->readings,
		.classes = part->classes,
	};
}
