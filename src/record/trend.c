/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/trend.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double trend_median(double *values, size_t n)
{
	assert(n >= 1);
	qsort(values, n, sizeof(*values), by_value);
	return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double trend_median_of(const double *values, size_t n)
{
	double copy[TREND_MAX];

	assert(n <= TREND_MAX);
	memcpy(copy, values, n * sizeof(*values));
	return trend_median(copy, n);
}

double trend_kendall(const double *y, size_t n)
{
	double s = 0, untied = 0;
	double pairs = (double)n * ((double)n - 1) / 2;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			s += (y[j] > y[i]) - (y[j] < y[i]);
			untied += y[j] != y[i];
		}
	}
	return untied == 0 ? 0 : s / sqrt(pairs * untied);
}

/* Variance of Kendall's S without ties (Kendall 1945). */
static double kendall_variance(double n)
{
	return n * (n - 1) * (2 * n + 5) / 18;
}

bool trend_theil_sen(const double *x, const double *y, size_t n, struct trend_line *out)
{
	double *slopes = mem_array(n * (n - 1) / 2, sizeof(*slopes));
	double levels[TREND_MAX];
	size_t count = 0;

	assert(n >= 3 && n <= TREND_MAX);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (x[j] > x[i])
				slopes[count++] = (y[j] - y[i]) / (x[j] - x[i]);
	if (count == 0) {
		free(slopes);
		return false;
	}
	out->slope = trend_median(slopes, count); /* sorts them */
	/* the slopes between which S is within 1.96 standard deviations of 0 */
	double c = 1.96 * sqrt(kendall_variance((double)n));
	double low = floor(((double)count - c) / 2), high = ceil(((double)count + c) / 2);
	out->low = slopes[low < 0 ? 0 : (size_t)low];
	out->high = slopes[high > (double)count - 1 ? count - 1 : (size_t)high];
	for (size_t i = 0; i < n; i++)
		levels[i] = y[i] - out->slope * x[i];
	out->level = trend_median(levels, n);
	free(slopes);
	return true;
}

/* Weighted least squares of y on the ramp max(0, x - x0); residual sum of squares. */
static double fit_at(const double *x, const double *y, const double *weight, size_t n, double x0,
		     struct trend_bend *fit)
{
	double w = 0, wr = 0, wy = 0, wrr = 0, wry = 0, rest = 0;

	for (size_t i = 0; i < n; i++) {
		double wi = weight != NULL ? weight[i] : 1;
		double ramp = x[i] > x0 ? x[i] - x0 : 0;
		w += wi;
		wr += wi * ramp;
		wy += wi * y[i];
		wrr += wi * ramp * ramp;
		wry += wi * ramp * y[i];
	}
	double spread = w * wrr - wr * wr;
	fit->x0 = x0;
	fit->slope = spread > 0 ? (w * wry - wr * wy) / spread : 0;
	if (fit->slope < 0)
		fit->slope = 0;
	fit->level = (wy - fit->slope * wr) / w;
	for (size_t i = 0; i < n; i++) {
		double wi = weight != NULL ? weight[i] : 1;
		double ramp = x[i] > x0 ? x[i] - x0 : 0;
		double error = y[i] - fit->level - fit->slope * ramp;
		rest += wi * error * error;
	}
	return rest;
}

bool trend_bend_fit(const double *x, const double *y, const double *weight, size_t n,
		    struct trend_bend *out)
{
	struct trend_bend fit;
	double best = INFINITY;
	double flat;

	assert(n >= 4);
	flat = fit_at(x, y, weight, n, x[n - 1], &fit);
	/* each point, and three places between each pair */
	for (size_t i = 0; i + 2 < n; i++) {
		for (int part = 0; part < 4; part++) {
			double x0 = x[i] + (x[i + 1] - x[i]) * part / 4;
			double rest = fit_at(x, y, weight, n, x0, &fit);
			if (rest < best && fit.slope > 0) {
				best = rest;
				*out = fit;
			}
		}
	}
	if (!(flat > 0) || !isfinite(best))
		return false;
	out->r2 = 1 - best / flat;
	return true;
}

bool trend_step_fit(const double *y, size_t n, size_t least, struct trend_step *out)
{
	double sum = 0, squares = 0, left = 0, best = -1;

	assert(least >= 1);
	if (n < 2 * least)
		return false;
	for (size_t i = 0; i < n; i++) {
		sum += y[i];
		squares += y[i] * y[i];
	}
	double total = squares - sum * sum / (double)n;
	if (!(total > 0))
		return false;
	for (size_t i = 1; i < n; i++) {
		left += y[i - 1];
		if (i < least || n - i < least)
			continue;
		double a = left / (double)i, b = (sum - left) / (double)(n - i);
		/* what the two means explain */
		double between =
			(double)i * a * a + (double)(n - i) * b * b - sum * sum / (double)n;
		if (between <= best)
			continue;
		best = between;
		*out = (struct trend_step){
			.at = i, .before = a, .after = b, .r2 = between / total
		};
	}
	return true;
}
