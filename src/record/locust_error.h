/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LOCUST_ERROR_H
#define THRONG_RECORD_LOCUST_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "message/failure.h"

struct buf;
struct scenario;

/* The text of a failure as Locust's files show one: the repr of the exception that a Python
 * client would have raised, e.g. "ConnectionRefusedError(111, 'Connection refused')" or
 * "HTTPError('503 Service Unavailable')", so that tools which group by it keep working. */

/* What tells two failures of an endpoint apart, as in struct sample. */
struct locust_error {
	enum failure_kind kind;
	uint16_t status;
	int32_t detail;
};

/* Clear what does not change the text, so that equal texts compare equal. */
void locust_error_normalise(struct locust_error *error);
/* Append the text of an error of that endpoint. `scenario` gives the words of checks, extracts and
 * timeouts. 0 or -EMSGSIZE. */
int locust_error_text(const struct scenario *scenario, unsigned endpoint,
		      const struct locust_error *error, struct buf *out);

#endif
