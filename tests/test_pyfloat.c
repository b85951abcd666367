/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "record/pyfloat.h"

#define PYTHON "/usr/bin/python3"

/* Expectations printed by Python 3.11. */
static const struct {
	double x;
	const char *repr;
} REPRS[] = {
	{ 0.0, "0.0" },
	{ -0.0, "-0.0" },
	{ 1.0, "1.0" },
	{ 12.0, "12.0" },
	{ 0.1, "0.1" },
	{ 100.0, "100.0" },
	{ 1302.1595470000875, "1302.1595470000875" },
	{ 121823.31941012356, "121823.31941012356" },
	{ 1e15, "1000000000000000.0" },
	{ 123456789012345680.0, "1.2345678901234568e+17" },
	{ 9999999999999998.0, "9999999999999998.0" },
	{ 1e16, "1e+16" },
	{ 1e17, "1e+17" },
	{ 0.0001, "0.0001" },
	{ 0.00012345, "0.00012345" },
	{ 0.00001, "1e-05" },
	{ 1.5e-7, "1.5e-07" },
	{ 5e-324, "5e-324" },
	{ 1.7976931348623157e308, "1.7976931348623157e+308" },
	{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
	{ 5.684341886080802e-14, "5.684341886080802e-14" }, /* 2^-44 */
	{ 0.30000000000000004, "0.30000000000000004" },
	{ 1e22, "1e+22" },
	{ 1e23, "1e+23" },
	{ 9007199254740993.0, "9007199254740992.0" },
	{ 4503599627370496.5, "4503599627370496.0" },
	{ -1.5, "-1.5" },
	{ INFINITY, "inf" },
	{ -INFINITY, "-inf" },
	{ NAN, "nan" },
	{ 0.0783212882466212, "0.0783212882466212" },
	{ 179769313486231.57, "179769313486231.56" },
	{ 2.98023223876953125e-8, "2.9802322387695312e-08" },
	{ 1000000000000000.1, "1000000000000000.1" },
};

static void repr_equals_python_on_known_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(REPRS) / sizeof(REPRS[0]); i++) {
		char text[PYFLOAT_SIZE];

		assert_string_equal(pyfloat_repr(REPRS[i].x, text), REPRS[i].repr);
	}
}

static const struct {
	double x;
	unsigned step;
	double rounded;
} ROUNDS[] = {
	{ 0.5, 1, 0.0 },
	{ 1.5, 1, 2.0 },
	{ 2.5, 1, 2.0 },
	{ 0.49999999999999994, 1, 0.0 },
	{ 98.5, 1, 98.0 },
	{ 99.5, 1, 100.0 },
	{ 99.49999999999999, 1, 99.0 },
	{ 145.0, 10, 140.0 },
	{ 155.0, 10, 160.0 },
	{ 144.99999999999997, 10, 140.0 },
	{ 145.00000000000003, 10, 150.0 },
	{ 999.9, 10, 1000.0 },
	{ 995.0, 10, 1000.0 },
	{ 994.9999999999999, 10, 990.0 },
	{ 1050.0, 100, 1000.0 },
	{ 1150.0, 100, 1200.0 },
	{ 1250.0000000000002, 100, 1300.0 },
	{ 9950.0, 100, 10000.0 },
	{ 10500.0, 1000, 10000.0 },
	{ 11500.0, 1000, 12000.0 },
	{ 58760.0, 1000, 59000.0 },
	{ 999999.5, 1000, 1000000.0 },
};

static void round_sends_ties_to_the_even_multiple(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ROUNDS) / sizeof(ROUNDS[0]); i++)
		assert_float_equal(pyfloat_round(ROUNDS[i].x, ROUNDS[i].step), ROUNDS[i].rounded,
				   0);
}

/* Lines of "hex repr round(-0) round(-1) round(-2) round(-3)". */
static const char SCRIPT[] =
	PYTHON " -c '"
	       "import random, struct\n"
	       "random.seed(7)\n"
	       "xs = [2.0**e for e in range(-1074, 1024)]\n"
	       "xs += [struct.unpack(\"<d\", random.randbytes(8))[0] for _ in range(50000)]\n"
	       "xs += [random.uniform(0, 10**random.randint(0, 6)) for _ in range(40000)]\n"
	       "xs += [random.randint(1, 10**9) / 1e6 for _ in range(10000)]\n"
	       "xs += [random.randint(0, 200000) / 2 for _ in range(5000)]\n"
	       "for x in xs:\n"
	       "  if x == x and abs(x) != float(\"inf\"):\n"
	       "    y = abs(x) if abs(x) < 1e9 else 0.0\n"
	       "    print(x.hex(), repr(x), y.hex(), round(y), *[int(round(y, -n)) for n in (1, 2, "
	       "3)])\n"
	       "'";

static void repr_and_round_equal_python_on_random_doubles(void **state)
{
	char line[256], text[PYFLOAT_SIZE];
	size_t count = 0;
	FILE *python;

	(void)state;
	if (access(PYTHON, X_OK) != 0)
		skip();
	python = popen(SCRIPT, "r");
	assert_non_null(python);
	while (fgets(line, sizeof(line), python) != NULL) {
		char hex[64], repr[64], y_hex[64];
		long rounded[4];
		double x, y;

		assert_int_equal(sscanf(line, "%63s %63s %63s %ld %ld %ld %ld", hex, repr, y_hex,
					&rounded[0], &rounded[1], &rounded[2], &rounded[3]),
				 7);
		x = strtod(hex, NULL);
		y = strtod(y_hex, NULL);
		assert_string_equal(pyfloat_repr(x, text), repr);
		for (unsigned n = 0, step = 1; n < 4; n++, step *= 10)
			assert_int_equal((long)pyfloat_round(y, step), rounded[n]);
		count++;
	}
	assert_int_equal(pclose(python), 0);
	assert_true(count > 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repr_equals_python_on_known_values),
		cmocka_unit_test(round_sends_ties_to_the_even_multiple),
		cmocka_unit_test(repr_and_round_equal_python_on_random_doubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
