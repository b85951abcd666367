/* SPDX-License-Identifier: MIT */
/* A reader of CSV records. Reads memory in one pass; a field is copied only when quoted. */
#include "config.h"

#include "scenario/csvread.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void csvread_init(struct csvread *csv, const char *data, size_t len, char delimiter)
{
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		len -= 3;
	}
	*csv = (struct csvread){ data, data + len, 0, 1, delimiter };
}

static bool at_newline(const struct csvread *csv)
{
	return csv->p < csv->end &&
	       (*csv->p == '\n' || (*csv->p == '\r' && csv->p + 1 < csv->end && csv->p[1] == '\n'));
}

static void skip_newline(struct csvread *csv)
{
	csv->p += *csv->p == '\r' ? 2 : 1;
	csv->next_line++;
}

static enum csvread_result quoted_field(struct csvread *csv,
					void (*fn)(const char *, size_t, void *), void *arg)
{
	char *field = mem_new((size_t)(csv->end - csv->p) + 1), *to = field;
	enum csvread_result result = CSV_OPEN_QUOTE;

	for (csv->p++; csv->p < csv->end; csv->p++) {
		if (*csv->p == '"' && csv->p + 1 < csv->end && csv->p[1] == '"') {
			csv->p++;
		} else if (*csv->p == '"') {
			csv->p++;
			result = CSV_RECORD;
			break;
		}
		csv->next_line += *csv->p == '\n';
		*to++ = *csv->p;
	}
	if (result == CSV_RECORD && csv->p < csv->end && *csv->p != csv->delimiter &&
	    !at_newline(csv))
		result = CSV_STRAY_QUOTE;
	if (result == CSV_RECORD)
		fn(field, (size_t)(to - field), arg);
	free(field);
	return result;
}

static enum csvread_result plain_field(struct csvread *csv,
				       void (*fn)(const char *, size_t, void *), void *arg)
{
	const char *begin = csv->p;

	while (csv->p < csv->end && *csv->p != csv->delimiter && !at_newline(csv)) {
		if (*csv->p == '"')
			return CSV_STRAY_QUOTE;
		csv->p++;
	}
	fn(begin, (size_t)(csv->p - begin), arg);
	return CSV_RECORD;
}

enum csvread_result csvread_next(struct csvread *csv,
				 void (*fn)(const char *field, size_t len, void *arg), void *arg)
{
	enum csvread_result result;

	while (at_newline(csv))
		skip_newline(csv);
	csv->line = csv->next_line;
	if (csv->p >= csv->end)
		return CSV_END;
	for (;;) {
		result = csv->p < csv->end && *csv->p == '"' ? quoted_field(csv, fn, arg)
							     : plain_field(csv, fn, arg);
		if (result != CSV_RECORD)
			return result;
		if (csv->p < csv->end && *csv->p == csv->delimiter) {
			csv->p++;
			continue;
		}
		if (at_newline(csv))
			skip_newline(csv);
		return CSV_RECORD;
	}
}
