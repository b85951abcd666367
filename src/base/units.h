/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_UNITS_H
#define THRONG_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* Parse a duration: "500us", "200ms", "1.5s", "5m", "1h", sums in falling order such as "1h20m"
 * or "2m30s", and a plain number as seconds ("20"). Returns 0, or -EINVAL for anything else
 * (signs, blanks, empty, unknown unit) and -ERANGE above 1000 h. */
int units_parse_duration(const char *str, uint64_t *out_ns) __attribute__((warn_unused_result));
/* Parse a size in bytes: "512", "4KiB", "350MiB", "1GiB", "10kB", "5MB" (SI and IEC). 0,
 * -EINVAL or -ERANGE. */
int units_parse_bytes(const char *str, uint64_t *out) __attribute__((warn_unused_result));
/* Parse a decimal number, all of the string, finite. 0 or -EINVAL. */
int units_parse_number(const char *str, double *out) __attribute__((warn_unused_result));
/* Parse an unsigned decimal integer within [min, max], all of the string. 0, -EINVAL or
 * -ERANGE. */
int units_parse_uint(const char *str, uint64_t min, uint64_t max, uint64_t *out)
	__attribute__((warn_unused_result));

/* All formatters write a NUL-terminated string into dst and return dst. */
/* Latency for a person: "850 µs", "5.2 ms", "34 ms", "1.25 s", "19.0 s"; `ascii` writes "us". */
char *units_format_latency(uint64_t us, int ascii, char *dst, size_t size);
/* Duration exactly as the parser reads it: "5m", "1m30s", "500ms". */
char *units_format_duration(uint64_t ns, char *dst, size_t size);
/* Clock: "02:14", "1:02:14". */
char *units_format_clock(uint64_t ns, char *dst, size_t size);
/* Integer with thousands separators: "10,518". */
char *units_format_count(uint64_t n, char *dst, size_t size);
/* At most four characters for narrow columns: "842", "78.4", "9.9k", "105k", "1.2M"; a sign comes
 * on top, "-" when it is no number. */
char *units_format_short(double n, char *dst, size_t size);
/* IEC bytes: "312 MiB", "4.0 GiB". */
char *units_format_bytes(uint64_t n, char *dst, size_t size);

#endif
