/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LOCUST_FAILURES_H
#define THRONG_RECORD_LOCUST_FAILURES_H

#include <stddef.h>
#include <stdint.h>

#include "record/sha256.h"

struct sample;
struct scenario;

/* Failed requests as Locust groups them: by method, name and text of the error. At most
 * LOCUST_FAILURES_MAX different ones are kept; what comes later is counted together in one row
 * without method. Recorder thread. */
#define LOCUST_FAILURES_MAX 2000

struct locust_failures;

struct locust_failure {
	const char *method, *name; /* of the endpoint; borrowed from the scenario */
	char *text;                /* "HTTPError('503 Service Unavailable')" */
	char key[SHA256_HEX_SIZE]; /* Locust's sort key */
	uint64_t count;
	uint64_t first_wall_ns, last_wall_ns;
};

/* `scenario` is borrowed. Caller frees with locust_failures_free. */
struct locust_failures *locust_failures_new(const struct scenario *scenario);
void locust_failures_free(struct locust_failures *failures);
void locust_failures_reset(struct locust_failures *failures);
/* Count one failed REQUEST sample that ended at wall_ns. */
void locust_failures_add(struct locust_failures *failures, const struct sample *sample,
			 uint64_t wall_ns);
size_t locust_failures_count(const struct locust_failures *failures);
/* In the order of first occurrence (console) and of Locust's keys (CSV). Valid until the next
 * add or reset; i below the count. */
const struct locust_failure *locust_failures_at(const struct locust_failures *failures, size_t i);
const struct locust_failure *locust_failures_sorted_at(const struct locust_failures *failures,
						       size_t i);

#endif
