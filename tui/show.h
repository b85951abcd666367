/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_SHOW_H
#define THRONG_TUI_SHOW_H

#include <stddef.h>
#include <stdint.h>

/* The nearest whole number; 0 for what is negative or no number, UINT64_MAX for what is more. */
uint64_t show_whole(double value);

/* Figures for narrow columns. All write a NUL-terminated string to dst (SHOW_MAX is always enough)
 * and return it. */
#define SHOW_MAX 32

/* Milliseconds without unit in at most five characters: "0.42", "5.2", "34", "1,250", "19.0s". */
char *show_ms(uint64_t us, char *dst, size_t size);
/* A rate in at most six characters: "0.0", "78.4", "4,310", "20.1k". */
char *show_rate(double rate, char *dst, size_t size);
/* A count in at most `width` characters, shortened only when it must be: "10,518", "1.2M". */
char *show_count(uint64_t n, int width, char *dst, size_t size);
/* The age of something: "120 ms", "4.1 s", "2m30s". */
char *show_age(uint64_t ns, char *dst, size_t size);
/* A slider's value: whole numbers with separators, others with one decimal. */
char *show_value(double value, char *dst, size_t size);
/* Bytes in at most five characters: "312M", "4.0G". */
char *show_bytes(double bytes, char *dst, size_t size);

#endif
