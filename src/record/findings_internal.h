/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_FINDINGS_INTERNAL_H
#define THRONG_RECORD_FINDINGS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/findings.h"
#include "record/watch.h"

/* What the rules share: words for figures, and ways to look at the panels' series. Private to
 * findings_*.c. */

struct text {
	char s[48];
};

/* "1:23" into the run. */
struct text findings_clock(uint64_t at_ns);
/* "412 users", "1,200 req/s wanted". */
struct text findings_load(const struct findings_input *input, double load);
struct text findings_bytes(double bytes);
/* Append to the finding's sentence, or to its method; what does not fit is cut. */
void findings_say(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void findings_method(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* When the system under test broke, as the findings so far have it. */
struct moment {
	bool found;
	uint64_t at_ns;
	uint64_t
		slack_ns; /* how far from it "at the break" reaches: a fit is not exact, panels lag */
	double load;
	const char *broke, *had_broken; /* "response times broke", "response times had broken" */
};

/* latency-break and failure-break, the earlier one; when there is neither, latency-limit. */
struct moment findings_moment(const struct findings *findings);
/* Whether something that began at at_ns began before the break or at it; true without one. */
bool moment_precedes(const struct moment *moment, uint64_t at_ns);
/* Append ", 12 s before response times broke"; nothing without a break. */
void moment_say(const struct moment *moment, uint64_t at_ns, struct finding *finding);

/* A stay above a limit: from the first reading above it on, for as long as at least 3 of the next
 * 5 readings are. */
struct stay {
	size_t from, to; /* points, both included */
	size_t readings;
	double mean, peak; /* of the ratios */
};

#define STAY_READINGS 3
#define STAY_OF       5

/* Means of points as an array; gaps are NAN. points may be NULL: all gaps. */
void stay_values(const struct watch_point *points, size_t count, double values[WATCH_POINTS]);
/* ratios: value / limit, NAN: a gap. The stay at the break when there is one that touches it, else
 * the longest; false when there is none. */
bool stay_find(const struct watch *watch, const double *ratios, size_t count,
	       const struct moment *moment, struct stay *out);
/* Mean of the values within a stay; NAN without any. */
double stay_mean(const double *values, const struct stay *stay);
uint64_t stay_begin_ns(const struct watch *watch, const struct stay *stay);
double stay_seconds(const struct watch *watch, const struct stay *stay);
/* Points around a break: [from, to). */
void moment_points(const struct moment *moment, const struct watch *watch, size_t *from,
		   size_t *to);

/* A rise of the floor (the least value of each of 6 to 12 windows) of a series at constant load. */
struct rise {
	double from, to;   /* floors at the beginning and the end, medians of two windows */
	double per_minute; /* Theil-Sen slope of the floors */
	double tau;        /* Kendall's, of the floors */
	size_t windows;
	double seconds;
};

/* Between two instants since the run's start. True when floors rise steadily: slope above 0, tau at
 * least 0.7, at least a third of the growth in the second half (what fills up and stays is no leak),
 * no more than 0.8 of it at once. The size of the growth is the caller's to judge. */
bool rise_find(const struct watch *watch, const struct watch_point *points, uint64_t begin_ns,
	       uint64_t end_ns, struct rise *out);

/* Percent of one core that a container can have: its quota, else the host's cores; 0: not known. */
double findings_cpu_room(const struct watch_subject *subject);

/* The rules; each appends findings. */
void findings_containers(struct findings *findings, const struct findings_input *input,
			 const struct moment *moment);
void findings_lives(struct findings *findings, const struct findings_input *input,
		    const struct moment *moment);
void findings_database(struct findings *findings, const struct findings_input *input,
		       const struct moment *moment);
void findings_leaks(struct findings *findings, const struct findings_input *input);
void findings_unsaturated(struct findings *findings, const struct findings_input *input,
			  const struct moment *moment);
/* All of them, after the breaks are known. */
void findings_monitor(struct findings *findings, const struct findings_input *input);

#endif
