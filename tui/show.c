/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/show.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"

char *show_ms(uint64_t us, char *dst, size_t size)
{
	if (us < 1000)
		snprintf(dst, size, "%.2f", (double)us / 1e3);
	else if (us < 9950)
		snprintf(dst, size, "%.1f", (double)us / 1e3);
	else if (us < 9999500)
		units_format_count((us + 500) / 1000, dst, size);
	else if (us < 99950000)
		snprintf(dst, size, "%.1fs", (double)us / 1e6);
	else
		snprintf(dst, size, "%.0fs", (double)us / 1e6);
	return dst;
}

uint64_t show_whole(double value)
{
	if (!(value > 0))
		return 0;
	return value < 0x1p64 - 1024 ? (uint64_t)(value + 0.5) : UINT64_MAX;
}

char *show_rate(double rate, char *dst, size_t size)
{
	if (!isfinite(rate) || rate < 0)
		snprintf(dst, size, "–");
	else if (rate < 999.95)
		snprintf(dst, size, "%.1f", rate);
	else if (rate < 9999.5)
		units_format_count((uint64_t)llround(rate), dst, size);
	else if (rate < 999950)
		snprintf(dst, size, "%.1fk", rate / 1e3);
	else
		units_format_short(rate, dst, size);
	return dst;
}

char *show_count(uint64_t n, int width, char *dst, size_t size)
{
	units_format_count(n, dst, size);
	if (strlen(dst) <= (size_t)width)
		return dst;
	snprintf(dst, size, "%llu", (unsigned long long)n);
	if (strlen(dst) <= (size_t)width)
		return dst;
	return units_format_short((double)n, dst, size);
}

char *show_age(uint64_t ns, char *dst, size_t size)
{
	if (ns < CLOCK_NS_PER_SEC)
		snprintf(dst, size, "%u ms", (unsigned)(ns / CLOCK_NS_PER_MS));
	else if (ns < 100 * CLOCK_NS_PER_SEC)
		snprintf(dst, size, "%.1f s", (double)ns / 1e9);
	else
		units_format_clock(ns, dst, size);
	return dst;
}

char *show_value(double value, char *dst, size_t size)
{
	if (!isfinite(value) || value < 0)
		value = 0;
	if (value >= 1e15)
		return units_format_short(value, dst, size);
	if (value >= 1000 || fabs(value - round(value)) < 0.05)
		return units_format_count((uint64_t)llround(value), dst, size);
	snprintf(dst, size, "%.1f", value);
	return dst;
}

char *show_bytes(double bytes, char *dst, size_t size)
{
	static const char units[] = "BKMGTP";
	size_t i = 0;

	if (!isfinite(bytes) || bytes < 0) {
		snprintf(dst, size, "–");
		return dst;
	}
	while (bytes >= 999.5 && units[i + 1] != '\0') {
		bytes /= 1024;
		i++;
	}
	snprintf(dst, size, bytes < 9.95 && i > 0 ? "%.1f%c" : "%.0f%c", bytes, units[i]);
	return dst;
}
