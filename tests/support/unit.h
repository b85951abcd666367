/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_UNIT_H
#define THRONG_TESTS_UNIT_H

/* What every unit test includes first after config.h: cmocka and the headers it wants before
 * itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
