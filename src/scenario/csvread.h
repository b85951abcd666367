/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_CSVREAD_H
#define THRONG_SCENARIO_CSVREAD_H

#include <stdbool.h>
#include <stddef.h>

/* Comma-separated values (RFC 4180): quoted fields, doubled quotes, line breaks inside quotes;
 * LF as well as CRLF, a byte order mark at the front, empty lines between records. */
struct csvread {
	const char *p, *end; /* what is left to read; borrowed */
	size_t line;         /* of the record that was read last, from 1 */
	size_t next_line;
	char delimiter;
};

enum csvread_result {
	CSV_RECORD,
	CSV_END,
	CSV_OPEN_QUOTE, /* the file ends inside quotes */
	CSV_STRAY_QUOTE /* something follows a closing quote, or a quote stands inside a field */
};

void csvread_init(struct csvread *csv, const char *data, size_t len, char delimiter);
/* Read the next record: hands each field to fn in order; the text is valid during the call. */
enum csvread_result csvread_next(struct csvread *csv,
				 void (*fn)(const char *field, size_t len, void *arg), void *arg);

#endif
