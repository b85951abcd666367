/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_API_DATA_H
#define THRONG_TARGET_TARGET_API_DATA_H

#include <stdint.h>

#include "target/target_store.h"

/* What the stores hold; fixed sizes, so that memory has a bound. */
struct deployment {
	char app_name[129];
	char version[33];
	uint8_t ring; /* index into the rings of target_api_deployments.c */
	struct target_id evidence;
	uint64_t created_wall_ns;
};

enum approval_state { APPROVAL_PENDING, APPROVAL_APPROVED, APPROVAL_REJECTED };

struct approval {
	uint8_t state; /* enum approval_state */
	uint8_t risk;
	struct target_id deployment;
	uint64_t submitted_wall_ns;
};

struct publication {
	uint32_t planes; /* bit per plane */
	uint32_t remediated;
};

#endif
