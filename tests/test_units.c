/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/rng.h"

#include "unit.h"

#define US CLOCK_NS_PER_US
#define MS CLOCK_NS_PER_MS
#define S  CLOCK_NS_PER_SEC
#define M  (60 * S)
#define H  (3600 * S)

#define UNTOUCHED 0x5a5a5a5a5a5a5a5aULL

struct parse_case {
	const char *text;
	int rc;
	uint64_t value;
};

static void check_parse(const struct parse_case *cases, size_t count,
			int (*parse)(const char *, uint64_t *))
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = UNTOUCHED;
		int rc = parse(cases[i].text, &value);
		uint64_t want = cases[i].rc == 0 ? cases[i].value : UNTOUCHED;

		if (rc != cases[i].rc || value != want)
			fail_msg("\"%s\": %d, %llu; wanted %d, %llu", cases[i].text, rc,
				 (unsigned long long)value, cases[i].rc, (unsigned long long)want);
	}
}

static void durations_are_read_exactly(void **state)
{
	static const struct parse_case cases[] = {
		{ "500us", 0, 500 * US },
		{ "200ms", 0, 200 * MS },
		{ "1.5s", 0, 1500 * MS },
		{ "5m", 0, 5 * M },
		{ "1h", 0, H },
		{ "0", 0, 0 },
		{ "0s", 0, 0 },
		{ "20", 0, 20 * S },
		{ "0.5", 0, 500 * MS },
		{ "0.1s", 0, 100 * MS },
		{ "0.123456789s", 0, 123456789 },
		{ "0.1234567891s", 0, 123456789 },
		{ "0.3us", 0, 300 },
		{ "0.000000000001s", 0, 0 },
		{ "1h20m", 0, H + 20 * M },
		{ "2m30s", 0, 2 * M + 30 * S },
		{ "1h2m3s4ms5us", 0, H + 2 * M + 3 * S + 4 * MS + 5 * US },
		{ "1h3s", 0, H + 3 * S },
		{ "1.5h", 0, 90 * M },
		{ "1m30.5s", 0, 90 * S + 500 * MS },
		{ "007s", 0, 7 * S },
		{ "1000h", 0, 1000 * H },
		{ "60000m", 0, 1000 * H },
	};

	(void)state;
	check_parse(cases, COUNT(cases), units_parse_duration);
}

static void what_is_no_duration_is_refused_and_leaves_the_output_alone(void **state)
{
	static const struct parse_case cases[] = {
		{ "", -EINVAL, 0 },
		{ " ", -EINVAL, 0 },
		{ "s", -EINVAL, 0 },
		{ ".", -EINVAL, 0 },
		{ ".5s", -EINVAL, 0 },
		{ "1.s", -EINVAL, 0 },
		{ "1.2.3s", -EINVAL, 0 },
		{ "-1s", -EINVAL, 0 },
		{ "+1s", -EINVAL, 0 },
		{ " 1s", -EINVAL, 0 },
		{ "1s ", -EINVAL, 0 },
		{ "1 s", -EINVAL, 0 },
		{ "1d", -EINVAL, 0 },
		{ "1S", -EINVAL, 0 },
		{ "1sec", -EINVAL, 0 },
		{ "1ns", -EINVAL, 0 },
		{ "1e3s", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "inf", -EINVAL, 0 },
		{ "nan", -EINVAL, 0 },
		{ "1,5s", -EINVAL, 0 },
		{ "30s2m", -EINVAL, 0 },
		{ "1h1h", -EINVAL, 0 },
		{ "1m30", -EINVAL, 0 },
		{ "30 30", -EINVAL, 0 },
		{ "99999999999999999999999x", -EINVAL, 0 },
		{ "1001h", -ERANGE, 0 },
		{ "1000h1us", -ERANGE, 0 },
		{ "999h61m", -ERANGE, 0 },
		{ "3600001", -ERANGE, 0 },
		{ "99999999999999999999999s", -ERANGE, 0 },
		{ "18446744073709551615h", -ERANGE, 0 },
	};

	(void)state;
	check_parse(cases, COUNT(cases), units_parse_duration);
}

static void sizes_are_read_in_si_and_iec(void **state)
{
	static const struct parse_case cases[] = {
		{ "0", 0, 0 },
		{ "512", 0, 512 },
		{ "512B", 0, 512 },
		{ "4KiB", 0, 4096 },
		{ "350MiB", 0, 350ULL << 20 },
		{ "1GiB", 0, 1ULL << 30 },
		{ "1.5GiB", 0, 3ULL << 29 },
		{ "2TiB", 0, 2ULL << 40 },
		{ "10kB", 0, 10000 },
		{ "10KB", 0, 10000 },
		{ "5MB", 0, 5000000 },
		{ "0.1MB", 0, 100000 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "16777216TiB", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "B", -EINVAL, 0 },
		{ "1.5", -EINVAL, 0 },
		{ "1.5B", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1 MiB", -EINVAL, 0 },
		{ "1mib", -EINVAL, 0 },
		{ "1K", -EINVAL, 0 },
		{ "1MiBs", -EINVAL, 0 },
	};

	(void)state;
	check_parse(cases, COUNT(cases), units_parse_bytes);
}

static void numbers_are_decimal_finite_and_nothing_else(void **state)
{
	static const struct {
		const char *text;
		double value;
	} good[] = { { "0", 0 },          { "12", 12 },     { "-3", -3 },
		     { "0.25", 0.25 },    { "-0.5", -0.5 }, { "1e3", 1e3 },
		     { "2.5E-2", 0.025 }, { "1e+2", 100 },  { "1e-400", 0 } };
	static const char *const bad[] = { "",     "-",   "+1",  " 1",    "1 ",    "1x",
					   "0x10", "inf", "nan", "1e",    "1e+",   ".5",
					   "1.",   "1,5", "--1", "1e1.5", "1e999", "-1e999" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		double value = 77;

		assert_int_equal(units_parse_number(good[i].text, &value), 0);
		assert_true(value == good[i].value);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		double value = 77;

		if (units_parse_number(bad[i], &value) != -EINVAL)
			fail_msg("\"%s\" was taken as a number", bad[i]);
		assert_true(value == 77);
	}
}

static void integers_keep_to_their_range(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		int rc;
		uint64_t value;
	} cases[] = {
		{ "0", 0, 10, 0, 0 },
		{ "10", 0, 10, 0, 10 },
		{ "11", 0, 10, -ERANGE, 0 },
		{ "4", 5, 10, -ERANGE, 0 },
		{ "5", 5, 10, 0, 5 },
		{ "18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", 0, UINT64_MAX, -ERANGE, 0 },
		{ "184467440737095516150", 0, UINT64_MAX, -ERANGE, 0 },
		{ "", 0, 10, -EINVAL, 0 },
		{ "-1", 0, 10, -EINVAL, 0 },
		{ "+1", 0, 10, -EINVAL, 0 },
		{ " 1", 0, 10, -EINVAL, 0 },
		{ "1 ", 0, 10, -EINVAL, 0 },
		{ "1.0", 0, 10, -EINVAL, 0 },
		{ "0x1", 0, 10, -EINVAL, 0 },
		{ "1e1", 0, 10, -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t value = UNTOUCHED;

		assert_int_equal(
			units_parse_uint(cases[i].text, cases[i].min, cases[i].max, &value),
			cases[i].rc);
		assert_true(value == (cases[i].rc == 0 ? cases[i].value : UNTOUCHED));
	}
}

static void latencies_read_as_a_person_says_them(void **state)
{
	static const struct {
		uint64_t us;
		const char *text;
	} cases[] = {
		{ 0, "0 µs" },
		{ 1, "1 µs" },
		{ 850, "850 µs" },
		{ 999, "999 µs" },
		{ 1000, "1.0 ms" },
		{ 5200, "5.2 ms" },
		{ 9949, "9.9 ms" },
		{ 9950, "10 ms" },
		{ 34000, "34 ms" },
		{ 999499, "999 ms" },
		{ 999500, "1.00 s" },
		{ 1250000, "1.25 s" },
		{ 9994999, "9.99 s" },
		{ 9995000, "10.0 s" },
		{ 19000000, "19.0 s" },
		{ 99949999, "99.9 s" },
		{ 99950000, "100 s" },
		{ 3600000000, "3600 s" },
		{ UINT64_MAX, "18446744073710 s" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_ptr_equal(units_format_latency(cases[i].us, 0, text, sizeof(text)), text);
		assert_string_equal(text, cases[i].text);
	}
	assert_string_equal(units_format_latency(850, 1, text, sizeof(text)), "850 us");
}

static void durations_are_written_shortest(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0s" },
		{ 1, "0.001us" },
		{ 500, "0.5us" },
		{ 500 * US, "500us" },
		{ 500 * MS, "500ms" },
		{ 1500 * US, "1.5ms" },
		{ S, "1s" },
		{ 1500 * MS, "1.5s" },
		{ 90 * S, "1m30s" },
		{ 90 * S + 250 * MS, "1m30.25s" },
		{ 5 * M, "5m" },
		{ H, "1h" },
		{ H + 20 * M, "1h20m" },
		{ H + 1, "1h0.000000001s" },
		{ 1000 * H, "1000h" },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(units_format_duration(cases[i].ns, text, sizeof(text)),
				    cases[i].text);
}

static void a_written_duration_reads_back_to_the_nanosecond(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1, 0);
	for (int i = 0; i < 100000; i++) {
		uint64_t ns = rng_below(&rng, 1000 * H + 1) >> rng_below(&rng, 52);
		uint64_t back = UNTOUCHED;
		char text[64];

		units_format_duration(ns, text, sizeof(text));
		if (units_parse_duration(text, &back) != 0 || back != ns)
			fail_msg("%llu became \"%s\" became %llu", (unsigned long long)ns, text,
				 (unsigned long long)back);
	}
}

static void clocks_counts_and_bytes(void **state)
{
	char text[40];

	(void)state;
	assert_string_equal(units_format_clock(0, text, sizeof(text)), "00:00");
	assert_string_equal(units_format_clock(134 * S + 999 * MS, text, sizeof(text)), "02:14");
	assert_string_equal(units_format_clock(3599 * S, text, sizeof(text)), "59:59");
	assert_string_equal(units_format_clock(3734 * S, text, sizeof(text)), "1:02:14");
	assert_string_equal(units_format_clock(100 * H, text, sizeof(text)), "100:00:00");

	assert_string_equal(units_format_count(0, text, sizeof(text)), "0");
	assert_string_equal(units_format_count(999, text, sizeof(text)), "999");
	assert_string_equal(units_format_count(1000, text, sizeof(text)), "1,000");
	assert_string_equal(units_format_count(10518, text, sizeof(text)), "10,518");
	assert_string_equal(units_format_count(UINT64_MAX, text, sizeof(text)),
			    "18,446,744,073,709,551,615");

	assert_string_equal(units_format_bytes(0, text, sizeof(text)), "0 B");
	assert_string_equal(units_format_bytes(1023, text, sizeof(text)), "1023 B");
	assert_string_equal(units_format_bytes(1024, text, sizeof(text)), "1.0 KiB");
	assert_string_equal(units_format_bytes(10189, text, sizeof(text)), "10 KiB");
	assert_string_equal(units_format_bytes(312ULL << 20, text, sizeof(text)), "312 MiB");
	assert_string_equal(units_format_bytes((1ULL << 20) - 1, text, sizeof(text)), "1.0 MiB");
	assert_string_equal(units_format_bytes(4ULL << 30, text, sizeof(text)), "4.0 GiB");
	assert_string_equal(units_format_bytes(UINT64_MAX, text, sizeof(text)), "16 EiB");
}

static void short_numbers_never_pass_four_characters(void **state)
{
	static const struct {
		double n;
		const char *text;
	} cases[] = {
		{ 0, "0" },         { 5, "5" },         { 78.4, "78.4" },    { 99.94, "99.9" },
		{ 99.96, "100" },   { 842, "842" },     { 842.4, "842" },    { 999.4, "999" },
		{ 999.5, "1.0k" },  { 9900, "9.9k" },   { 9949, "9.9k" },    { 9950, "10k" },
		{ 105000, "105k" }, { 999499, "999k" }, { 999500, "1.0M" },  { 1.2e6, "1.2M" },
		{ 1e18, "1.0E" },   { 1e30, "inf" },    { INFINITY, "inf" }, { NAN, "-" },
		{ -5, "-5" },       { -842, "-842" },   { -9900, "-9.9k" },  { -105000, "-105k" },
		{ -1e6, "-1.0M" },  { -1e30, "-inf" },  { -0.2, "-0.2" },    { 0.04, "0" },
		{ 0.3, "0.3" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(units_format_short(cases[i].n, text, sizeof(text)),
				    cases[i].text);
	for (double n = 0.01; n < 1e19; n *= 1.0173) {
		assert_true(strlen(units_format_short(n, text, sizeof(text))) <= 4);
		assert_true(strlen(units_format_short(-n, text, sizeof(text))) <= 5);
	}
}

static void formatters_stay_within_their_space(void **state)
{
	char text[8];

	(void)state;
	for (size_t size = 1; size <= 4; size++) {
		memset(text, 'x', sizeof(text));
		units_format_duration(H + 90 * S + 1, text, size);
		assert_int_equal(strlen(text), size - 1);
		assert_int_equal(text[size], 'x');
		units_format_count(UINT64_MAX, text, size);
		units_format_clock(100 * H, text, size);
		units_format_latency(1250000, 0, text, size);
		units_format_bytes(4ULL << 30, text, size);
		units_format_short(78.4, text, size);
		assert_int_equal(strlen(text), size - 1);
		assert_int_equal(text[size], 'x');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read_exactly),
		cmocka_unit_test(what_is_no_duration_is_refused_and_leaves_the_output_alone),
		cmocka_unit_test(sizes_are_read_in_si_and_iec),
		cmocka_unit_test(numbers_are_decimal_finite_and_nothing_else),
		cmocka_unit_test(integers_keep_to_their_range),
		cmocka_unit_test(latencies_read_as_a_person_says_them),
		cmocka_unit_test(durations_are_written_shortest),
		cmocka_unit_test(a_written_duration_reads_back_to_the_nanosecond),
		cmocka_unit_test(clocks_counts_and_bytes),
		cmocka_unit_test(short_numbers_never_pass_four_characters),
		cmocka_unit_test(formatters_stay_within_their_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
