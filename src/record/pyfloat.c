/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/pyfloat.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The digits come from printf's "%e" and are tried against strtod. Of a normal double, a
 * decimal of at most 15 digits that reads back is the shortest one already; 17 digits always read back. Only the first
 * digit and those behind the second byte are looked at, so the byte that LC_NUMERIC chooses for
 * the point does not matter. */

#define DIGITS_MAX 17

struct digits {
	char text[DIGITS_MAX + 1];
	size_t count;
	int point; /* x = 0.DIGITS * 10^point */
};

/* Take the digits out of "d.ddde[+-]xx". */
static void digits_read(struct digits *out, const char *str)
{
	const char *e = strchr(str, 'e');
	size_t len = (size_t)(e - str);

	out->text[0] = str[0];
	out->count = 1;
	for (size_t i = 2; i < len; i++)
		out->text[out->count++] = str[i];
	while (out->count > 1 && out->text[out->count - 1] == '0')
		out->count--;
	out->text[out->count] = '\0';
	out->point = (int)strtol(e + 1, NULL, 10) + 1;
}

/* The next longer decimal of the same number of digits as `str` ("d.ddde[+-]xx"). At a power of
 * two the doubles below lie closer than those above, so the nearest 16 digits may belong to the
 * neighbour while the next ones up still read back as x. */
static void decimal_up(char *str)
{
	char *last = strchr(str, 'e') - 1;

	while (last > str && *last == '9')
		*last-- = '0';
	if (*last >= '0' && *last < '9')
		(*last)++;
}

/* Shortest digits of a finite x > 0. */
static void digits_find(struct digits *out, double x)
{
	char str[64];
	int exponent;

	/* below DBL_MIN a double holds fewer digits */
	for (int precision = x < DBL_MIN ? 1 : 15; precision < DIGITS_MAX; precision++) {
		snprintf(str, sizeof(str), "%.*e", precision - 1, x);
		if (strtod(str, NULL) == x) {
			digits_read(out, str);
			return;
		}
		if (precision == 16 && frexp(x, &exponent) == 0.5) {
			decimal_up(str);
			if (strtod(str, NULL) == x) {
				digits_read(out, str);
				return;
			}
		}
	}
	snprintf(str, sizeof(str), "%.*e", DIGITS_MAX - 1, x);
	digits_read(out, str);
}

/* Python writes plain decimals while the point lies within 16 digits and at most three zeros
 * follow it. */
static void digits_write(const struct digits *digits, char *dst, size_t size)
{
	int count = (int)digits->count, point = digits->point;

	if (point <= -4 || point > 16)
		snprintf(dst, size, "%.1s%s%se%c%02d", digits->text, count > 1 ? "." : "",
			 digits->text + 1, point > 0 ? '+' : '-', abs(point - 1));
	else if (point <= 0)
		snprintf(dst, size, "0.%.*s%s", -point, "000", digits->text);
	else if (point >= count)
		snprintf(dst, size, "%s%.*s.0", digits->text, point - count, "0000000000000000");
	else
		snprintf(dst, size, "%.*s.%s", point, digits->text, digits->text + point);
}

char *pyfloat_repr(double x, char *dst)
{
	struct digits digits;
	size_t sign = signbit(x) && !isnan(x) ? 1 : 0;

	if (sign)
		dst[0] = '-';
	if (isnan(x)) {
		snprintf(dst, PYFLOAT_SIZE, "nan");
	} else if (isinf(x)) {
		snprintf(dst + sign, PYFLOAT_SIZE - sign, "inf");
	} else if (x == 0.0) {
		snprintf(dst + sign, PYFLOAT_SIZE - sign, "0.0");
	} else {
		digits_find(&digits, fabs(x));
		digits_write(&digits, dst + sign, PYFLOAT_SIZE - sign);
	}
	return dst;
}

/* Below it every whole number is a double. */
#define ROUND_EXACT 9007199254740992.0

static double round_large(double x, unsigned step)
{
	double rest = fmod(x, step); /* exact, and so is the difference */
	double floor_multiple = x - rest;

	if (rest * 2 > step)
		return floor_multiple + step;
	if (rest * 2 == step && fmod(floor_multiple / step, 2.0) != 0)
		return floor_multiple + step;
	return floor_multiple;
}

double pyfloat_round(double x, unsigned step)
{
	uint64_t multiple;
	double rest;

	assert(x >= 0 && step >= 1);
	if (x >= ROUND_EXACT)
		return round_large(x, step);
	/* the same without fmod, which takes most of a sample's time in Locust's tables */
	multiple =
		x < UINT32_MAX ? (uint32_t)x / step : (uint64_t)x / step; /* the first is faster */
	rest = x - (double)(multiple * step);                             /* exact */
	if (rest * 2 > step || (rest * 2 == step && multiple % 2 != 0))
		multiple++;
	return (double)(multiple * step);
}
