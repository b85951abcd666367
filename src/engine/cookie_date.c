/* SPDX-License-Identifier: MIT */
/* Dates as servers write them into cookies (RFC 6265, 5.1.1): tokens in any order. Pure. */
#include "config.h"

#include "engine/cookies.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct date {
	int day, month, year, hour, minute, second; /* -1: not seen */
};

static bool is_delimiter(unsigned char c)
{
	return c == 0x09 || (c >= 0x20 && c <= 0x2f) || (c >= 0x3b && c <= 0x40) ||
	       (c >= 0x5b && c <= 0x60) || (c >= 0x7b && c <= 0x7e);
}

/* Number of min to max digits in front, followed by no further digit; -1: none. */
static int leading_number(const char *text, size_t len, size_t min, size_t max, size_t *used)
{
	int value = 0;
	size_t n = 0;

	while (n < len && isdigit((unsigned char)text[n]) != 0) {
		if (n < max) {
			value = value * 10 + (text[n] - '0');
		}
		n++;
	}
	*used = n;
	return n >= min && n <= max ? value : -1;
}

static bool read_time(struct date *date, const char *text, size_t len)
{
	int part[3];
	size_t used;

	for (int i = 0; i < 3; i++) {
		part[i] = leading_number(text, len, 1, 2, &used);
		if (part[i] < 0 || (i < 2 && (used >= len || text[used] != ':'))) {
			return false;
		}
		if (i < 2) {
			text += used + 1;
			len -= used + 1;
		}
	}
	date->hour = part[0];
	date->minute = part[1];
	date->second = part[2];
	return true;
}

static int read_month(const char *text, size_t len)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; len >= 3 && i < 12; i++) {
		if (strncasecmp(text, names + 3 * i, 3) == 0) {
			return i + 1;
		}
	}
	return -1;
}

static void read_token(struct date *date, const char *text, size_t len)
{
	size_t used;
	int number;

	if (date->hour < 0 && read_time(date, text, len)) {
		return;
	}
	if (date->day < 0 && (number = leading_number(text, len, 1, 2, &used)) >= 0) {
		date->day = number;
		return;
	}
	if (date->month < 0 && (number = read_month(text, len)) >= 0) {
		date->month = number;
		return;
	}
	if (date->year < 0 && (number = leading_number(text, len, 2, 4, &used)) >= 0) {
		date->year = number;
		if (used == 2) {
			date->year += number >= 70 ? 1900 : 2000;
		}
	}
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible
 * low-level date algorithms"). */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	y -= m <= 2;
	int64_t era = y / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

int64_t cookies_parse_date(const char *text, size_t len)
{
	struct date date = { -1, -1, -1, -1, -1, -1 };

	for (size_t i = 0; i < len;) {
		size_t start = i;
		while (i < len && !is_delimiter((unsigned char)text[i])) {
			i++;
		}
		if (i > start) {
			read_token(&date, text + start, i - start);
		} else {
			i++;
		}
	}
	if (date.day < 1 || date.day > 31 || date.month < 0 || date.year < 1601 || date.hour < 0 ||
	    date.hour > 23 || date.minute > 59 || date.second > 59) {
		return -1;
	}
	int64_t at = days_from_civil(date.year, date.month, date.day) * 86400 + date.hour * 3600 +
		     date.minute * 60 + date.second;
	return at > 0 ? at : 0;
}
