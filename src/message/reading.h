/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_READING_H
#define THRONG_MESSAGE_READING_H

#include <stdint.h>

/* One value or event from a panel's source, stamped on the run's clock. Long form: time,
 * source, name, metric, value. */
enum reading_type {
	READING_VALUE, /* metric of name = value */
	READING_STATE, /* name is now in state `text` ("running", "exited (137)", "no such container") */
	READING_EVENT, /* something happened once: "oom", "restart", "limit"; text says it */
	READING_PROBLEM, /* the source cannot be read: text is the line with the remedy; "" when it recovered */
	READING_LOG /* a log line of a container */
};

enum reading_source { READING_DOCKER, READING_POSTGRES, READING_SOURCES };

#define READING_NAME_MAX   64
#define READING_METRIC_MAX 32
#define READING_TEXT_MAX   200

struct reading {
	uint64_t at_ns; /* monotonic */
	uint8_t type;   /* enum reading_type */
	uint8_t source; /* enum reading_source */
	uint16_t
		index; /* of the target in the scenario's list, or of the row; UINT16_MAX: the source itself */
	uint32_t reserved;
	double value;
	char name[READING_NAME_MAX];     /* container or database */
	char metric[READING_METRIC_MAX]; /* "cpu_pct", "memory_bytes", "connections", ... */
	char text[READING_TEXT_MAX];
};

#endif
