/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Reading. Writing is units_format.c. */

struct unit {
	const char *name;
	uint64_t size;
};

/* Largest first, as a sum must be written. */
static const struct unit duration_units[] = {
	{ "h", 3600 * CLOCK_NS_PER_SEC }, { "m", 60 * CLOCK_NS_PER_SEC }, { "s", CLOCK_NS_PER_SEC },
	{ "ms", CLOCK_NS_PER_MS },        { "us", CLOCK_NS_PER_US },      { NULL, 0 },
};

static const struct unit byte_units[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "kB", 1000 },
	{ "KB", 1000 },
	{ "MB", 1000000 },
	{ "GB", 1000000000 },
	{ "TB", 1000000000000 },
	{ "KiB", 1ULL << 10 },
	{ "MiB", 1ULL << 20 },
	{ "GiB", 1ULL << 30 },
	{ "TiB", 1ULL << 40 },
	{ NULL, 0 },
};

#define DURATION_MAX_NS (1000 * 3600 * CLOCK_NS_PER_SEC)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits of "12.5" at str, not converted yet: their worth depends on the unit behind them. */
struct decimal {
	const char *whole;
	size_t whole_len;
	const char *fraction;
	size_t fraction_len;
};

/* Returns the first byte after the number, NULL when there is none at str. */
static const char *scan_decimal(const char *str, struct decimal *out)
{
	out->whole = str;
	while (is_digit(*str))
		str++;
	out->whole_len = (size_t)(str - out->whole);
	out->fraction = str;
	out->fraction_len = 0;
	if (*str == '.') {
		out->fraction = ++str;
		while (is_digit(*str))
			str++;
		out->fraction_len = (size_t)(str - out->fraction);
		if (out->fraction_len == 0)
			return NULL;
	}
	return out->whole_len > 0 ? str : NULL;
}

/* number * unit in integers: 0.1 s is 100000000 ns and not one less. */
static int scale(const struct decimal *number, uint64_t unit, uint64_t *out)
{
	uint64_t value = 0, fraction = 0;

	for (size_t i = 0; i < number->whole_len; i++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(number->whole[i] - '0'), &value))
			return -ERANGE;
	}
	/* From the last digit on, f = (f + digit * unit) / 10 stays below unit. */
	for (size_t i = number->fraction_len; i > 0; i--)
		fraction = (fraction + (uint64_t)(number->fraction[i - 1] - '0') * unit) / 10;
	if (__builtin_mul_overflow(value, unit, &value) ||
	    __builtin_add_overflow(value, fraction, out))
		return -ERANGE;
	return 0;
}

static const struct unit *find_unit(const struct unit *units, const char *name, size_t len)
{
	for (; units->name != NULL; units++) {
		if (strlen(units->name) == len && memcmp(units->name, name, len) == 0)
			return units;
	}
	return NULL;
}

int units_parse_duration(const char *str, uint64_t *out_ns)
{
	uint64_t total = 0, previous = UINT64_MAX;
	bool too_large = false;

	do {
		const struct unit *unit;
		struct decimal number;
		const char *name = scan_decimal(str, &number);
		uint64_t part = 0;

		if (name == NULL)
			return -EINVAL;
		str = name;
		while (*str != '\0' && !is_digit(*str) && *str != '.')
			str++;
		unit = find_unit(duration_units, name, (size_t)(str - name));
		if (unit == NULL && str == name && *str == '\0' && previous == UINT64_MAX)
			unit = find_unit(duration_units, "s", 1);
		if (unit == NULL || unit->size >= previous)
			return -EINVAL;
		previous = unit->size;
		/* Went on to the end, so that nonsense is called nonsense however large. */
		if (scale(&number, unit->size, &part) < 0 || part > DURATION_MAX_NS)
			too_large = true;
		else
			total += part;
	} while (*str != '\0');
	if (too_large || total > DURATION_MAX_NS)
		return -ERANGE;
	*out_ns = total;
	return 0;
}

int units_parse_bytes(const char *str, uint64_t *out)
{
	const struct unit *unit;
	struct decimal number;
	const char *name = scan_decimal(str, &number);
	uint64_t value = 0;
	int rc;

	if (name == NULL)
		return -EINVAL;
	unit = find_unit(byte_units, name, strlen(name));
	if (unit == NULL || (unit->size == 1 && number.fraction_len > 0))
		return -EINVAL;
	rc = scale(&number, unit->size, &value);
	if (rc == 0)
		*out = value;
	return rc;
}

int units_parse_number(const char *str, double *out)
{
	struct decimal number;
	const char *p = scan_decimal(*str == '-' ? str + 1 : str, &number);
	double value;

	/* strtod(3) alone would take blanks, hexadecimal, "inf" and "nan". */
	if (p == NULL)
		return -EINVAL;
	if (*p == 'e' || *p == 'E') {
		p++;
		if (*p == '+' || *p == '-')
			p++;
		if (!is_digit(*p))
			return -EINVAL;
		while (is_digit(*p))
			p++;
	}
	if (*p != '\0')
		return -EINVAL;
	value = strtod(str, NULL);
	if (!isfinite(value))
		return -EINVAL;
	*out = value;
	return 0;
}

int units_parse_uint(const char *str, uint64_t min, uint64_t max, uint64_t *out)
{
	struct decimal number;
	const char *end = scan_decimal(str, &number);
	uint64_t value = 0;

	if (end == NULL || *end != '\0' || number.fraction_len > 0)
		return -EINVAL;
	if (scale(&number, 1, &value) < 0 || value < min || value > max)
		return -ERANGE;
	*out = value;
	return 0;
}
