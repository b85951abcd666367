/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_TREND_H
#define THRONG_RECORD_TREND_H

#include <stdbool.h>
#include <stddef.h>

/* Robust statistics over short series: pure functions. Memory is the caller's or on the stack; n
 * is at most TREND_MAX. */
#define TREND_MAX 600

/* Median of n >= 1 values; reorders them. */
double trend_median(double *values, size_t n);
/* Median of a copy. */
double trend_median_of(const double *values, size_t n);
/* Kendall's tau-b of y over its index (1: rises at every step, -1: falls, 0: no trend); ties count
 * as such (Kendall 1945). 0 when all are equal or n < 2. */
double trend_kendall(const double *y, size_t n);

/* A straight line through noise. */
struct trend_line {
	double slope;     /* median of the slopes of all pairs (Theil 1950, Sen 1968) */
	double low, high; /* its 95 % interval, from the distribution of Kendall's S (Sen 1968) */
	double level;     /* median of y - slope * x: the value at x = 0 */
};
/* n >= 3 points with rising x. False when all x are equal. Allocates n * (n - 1) / 2 numbers while
 * it works (1.4 MB for TREND_MAX). */
bool trend_theil_sen(const double *x, const double *y, size_t n, struct trend_line *out);

/* Flat, then rising: y = level for x <= x0, level + slope * (x - x0) beyond, least squares over all
 * candidate x0 (a "broken stick"). */
struct trend_bend {
	double x0, level, slope;
	double r2; /* of the variance of y explained: 1 is all */
};
/* n >= 4 points with rising x, each with a weight > 0 (NULL: 1 each). slope is >= 0. False when
 * there is no bend within the points. */
bool trend_bend_fit(const double *x, const double *y, const double *weight, size_t n,
		    struct trend_bend *out);

/* One jump: y = before up to index `at` - 1, after from it on, least squares over all places that
 * leave at least `least` values on each side. */
struct trend_step {
	size_t at;
	double before, after; /* means */
	double r2;
};
/* False when n < 2 * least or all values are equal. */
bool trend_step_fit(const double *y, size_t n, size_t least, struct trend_step *out);

#endif
