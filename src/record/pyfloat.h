/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_PYFLOAT_H
#define THRONG_RECORD_PYFLOAT_H

#include <stddef.h>

/* Numbers as Python writes and rounds them: Locust's files are full of them. Pure, any thread,
 * whatever LC_NUMERIC says. */

/* Room for every result of pyfloat_repr, NUL included. */
#define PYFLOAT_SIZE 48

/* Python's repr(x): the shortest digits that read back as the same double, "12.0", "1e-05",
 * "1e+16", "inf", "nan". Writes to dst, which has at least PYFLOAT_SIZE bytes; returns dst. */
char *pyfloat_repr(double x, char *dst);

/* Python's round(x, -n) for step = 10^n (1, 10, 100, 1000): the nearest multiple of step, a tie
 * goes to the even one. Exact, x >= 0 and finite. */
double pyfloat_round(double x, unsigned step);

#endif
