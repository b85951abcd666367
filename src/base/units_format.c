/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/clock.h"

/* A value is rounded before its unit is chosen, so that no edge shows "1000 ms" or "10.00 s". */

char *units_format_latency(uint64_t us, int ascii, char *dst, size_t size)
{
	uint64_t tenths_ms = us / 100 + (us % 100 >= 50);
	uint64_t ms = us / 1000 + (us % 1000 >= 500);
	uint64_t hundredths = us / 10000 + (us % 10000 >= 5000);
	uint64_t tenths = us / 100000 + (us % 100000 >= 50000);

	if (us < 1000)
		snprintf(dst, size, "%" PRIu64 " %s", us, ascii ? "us" : "µs");
	else if (tenths_ms < 100)
		snprintf(dst, size, "%" PRIu64 ".%" PRIu64 " ms", tenths_ms / 10, tenths_ms % 10);
	else if (ms < 1000)
		snprintf(dst, size, "%" PRIu64 " ms", ms);
	else if (hundredths < 1000)
		snprintf(dst, size, "%" PRIu64 ".%02" PRIu64 " s", hundredths / 100,
			 hundredths % 100);
	else if (tenths < 1000)
		snprintf(dst, size, "%" PRIu64 ".%" PRIu64 " s", tenths / 10, tenths % 10);
	else
		snprintf(dst, size, "%" PRIu64 " s", us / 1000000 + (us % 1000000 >= 500000));
	return dst;
}

/* "1.5": whole units, then the rest in `places` digits without zeros at their end. */
static void append_decimal(char *dst, size_t size, size_t *at, uint64_t value, uint64_t unit,
			   int places, const char *name)
{
	uint64_t fraction = value % unit;
	int n;

	if (fraction == 0) {
		n = snprintf(dst + *at, size - *at, "%" PRIu64 "%s", value / unit, name);
	} else {
		while (fraction % 10 == 0) {
			fraction /= 10;
			places--;
		}
		n = snprintf(dst + *at, size - *at, "%" PRIu64 ".%0*" PRIu64 "%s", value / unit,
			     places, fraction, name);
	}
	if (n > 0)
		*at = (size_t)n < size - *at ? *at + (size_t)n : size - 1;
}

char *units_format_duration(uint64_t ns, char *dst, size_t size)
{
	const uint64_t hour = 3600 * CLOCK_NS_PER_SEC, minute = 60 * CLOCK_NS_PER_SEC;
	size_t at = 0;

	if (size == 0)
		return dst;
	dst[0] = '\0';
	if (ns > 0 && ns < CLOCK_NS_PER_MS) {
		append_decimal(dst, size, &at, ns, CLOCK_NS_PER_US, 3, "us");
		return dst;
	}
	if (ns > 0 && ns < CLOCK_NS_PER_SEC) {
		append_decimal(dst, size, &at, ns, CLOCK_NS_PER_MS, 6, "ms");
		return dst;
	}
	if (ns >= hour)
		append_decimal(dst, size, &at, ns - ns % hour, hour, 0, "h");
	if (ns % hour >= minute)
		append_decimal(dst, size, &at, ns % hour - ns % minute, minute, 0, "m");
	if (ns % minute > 0 || ns == 0)
		append_decimal(dst, size, &at, ns % minute, CLOCK_NS_PER_SEC, 9, "s");
	return dst;
}

char *units_format_clock(uint64_t ns, char *dst, size_t size)
{
	uint64_t s = ns / CLOCK_NS_PER_SEC;

	if (s < 3600)
		snprintf(dst, size, "%02" PRIu64 ":%02" PRIu64, s / 60, s % 60);
	else
		snprintf(dst, size, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60,
			 s % 60);
	return dst;
}

char *units_format_count(uint64_t n, char *dst, size_t size)
{
	char text[32]; /* 20 digits, 6 commas, NUL */
	char *p = text + sizeof(text) - 1;
	int digits = 0;

	*p = '\0';
	do {
		if (digits > 0 && digits % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + n % 10);
		n /= 10;
		digits++;
	} while (n > 0);
	snprintf(dst, size, "%s", p);
	return dst;
}

char *units_format_short(double n, char *dst, size_t size)
{
	static const char suffixes[] = { 'k', 'M', 'G', 'T', 'P', 'E' };
	double value = fabs(n);
	const char *sign = n < 0 && value >= 0.05 ? "-" : "";
	size_t i = 0;

	if (isnan(n)) {
		snprintf(dst, size, "-");
	} else if (value < 99.95 && fabs(value - nearbyint(value)) >= 0.05) {
		snprintf(dst, size, "%s%.1f", sign, value);
	} else if (value < 999.5) {
		snprintf(dst, size, "%s%.0f", sign, value);
	} else {
		for (value /= 1000; value >= 999.5 && i + 1 < sizeof(suffixes); i++)
			value /= 1000;
		if (value >= 999.5)
			snprintf(dst, size, "%sinf", sign);
		else
			snprintf(dst, size, "%s%.*f%c", sign, value < 9.95, value, suffixes[i]);
	}
	return dst;
}

char *units_format_bytes(uint64_t n, char *dst, size_t size)
{
	static const char *const names[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)n / 1024;
	size_t i = 0;

	if (n < 1024) {
		snprintf(dst, size, "%" PRIu64 " B", n);
		return dst;
	}
	while (value >= 1023.5 && i + 1 < sizeof(names) / sizeof(names[0])) {
		value /= 1024;
		i++;
	}
	snprintf(dst, size, "%.*f %s", value < 9.95, value, names[i]);
	return dst;
}
