/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_COUNTERS_H
#define THRONG_TARGET_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

struct error;

/* What the target knows for sure, in one block of memory that may be a file: a kill -9 leaves it
 * exact and the next target continues it. Written by the serving thread only. */

enum target_count {
	COUNT_WORK_DONE,
	COUNT_WORK_WAITED,
	COUNT_POOL_REJECTED,
	COUNT_POOL_TIMED_OUT,
	COUNT_POOL_ERRORS,
	COUNT_LOGINS,
	COUNT_LOGINS_REFUSED,
	COUNT_UNAUTHORISED,
	COUNT_DEPLOYMENTS_CREATED,
	COUNT_DEPLOYMENTS_REPEATED,
	COUNT_APPROVED,
	COUNT_DISAPPROVED,
	COUNT_APPROVALS_REFUSED,
	COUNT_APPROVALS_CONFLICTING,
	COUNT_APPROVALS_DUPLICATE,
	COUNT_PLANE_INTUNE,
	COUNT_PLANE_JAMF,
	COUNT_PLANE_SCCM,
	COUNT_PLANE_LANDSCAPE,
	COUNT_PLANE_ANSIBLE,
	COUNT_REMEDIATED,
	COUNT_ACCEPTED,
	COUNT_CLOSED,
	TARGET_COUNTS
};

/* Group and name of a count in the statistics; the enum's order. */
struct target_count_name {
	const char *group, *name;
};
extern const struct target_count_name target_count_names[TARGET_COUNTS];

/* When something first happened, and how much load there was. */
struct target_mark {
	uint64_t at_ns;   /* since the first request; valid when `set` */
	uint64_t wall_ns; /* the same on the wall clock */
	uint32_t set;
	uint32_t in_flight; /* requests received and not answered */
	uint32_t queued;    /* of them waiting for a worker */
	uint32_t reserved;
	uint64_t users;    /* logins received until then: users, as each logs in once */
	uint64_t requests; /* received until then */
};

enum target_mark_kind {
	MARK_QUEUED,    /* a request waited for a worker */
	MARK_SATURATED, /* the longest time during which somebody always waited, at least a second,
			 * began: capacity is passed. Shorter or earlier crowds (a stall of the
			 * machine, a lull after a burst) end by themselves. */
	MARK_FAILED,    /* the pool answered 500 */
	TARGET_MARKS
};
extern const char *const target_mark_names[TARGET_MARKS];

#define TARGET_ROUTES_MAX  64
#define TARGET_METHODS     9
#define TARGET_STATUS_MAX  600
#define TARGET_USERS_MAX   (1u << 20) /* tokens that are told apart */
#define TARGET_MAGIC_BYTES 16

struct target_counters {
	char magic[TARGET_MAGIC_BYTES];
	uint64_t layout;   /* of this struct and the route table */
	uint64_t first_ns; /* monotonic instant of the first request; 0: none yet */
	uint64_t next_token;
	uint64_t users_seen; /* distinct tokens used */
	uint64_t login_requests;
	uint64_t max_in_flight, max_queued;
	uint64_t endpoints[TARGET_ROUTES_MAX][TARGET_METHODS];
	uint64_t statuses[TARGET_STATUS_MAX];
	uint64_t counts[TARGET_COUNTS];
	struct target_mark marks[TARGET_MARKS];
	uint64_t saturated_ns;              /* how long the time of MARK_SATURATED has lasted */
	uint8_t seen[TARGET_USERS_MAX / 8]; /* one bit per token used */
};

/* Map `file` (made when missing) or, with NULL, fresh memory. 0, -EBUSY when another target uses
 * it, -EINVAL when it is something else, or negative errno; err->text says so. Release with
 * target_counters_close. */
int target_counters_open(struct target_counters **out, int *fd, const char *file, uint64_t layout,
			 struct error *err) __attribute__((warn_unused_result));
void target_counters_close(struct target_counters *counters, int fd);
/* Back to zero; tokens given out stay valid. */
void target_counters_reset(struct target_counters *counters);
/* All requests received: the sum of the endpoints. */
uint64_t target_counters_requests(const struct target_counters *counters);
/* Note that a token was used; counts it the first time. */
void target_counters_see(struct target_counters *counters, uint64_t token);

#endif
