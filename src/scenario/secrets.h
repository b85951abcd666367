/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_SECRETS_H
#define THRONG_SCENARIO_SECRETS_H

#include <stddef.h>
#include <stdint.h>

struct scenario;

/* Which of a scenario's variables hold secrets: those whose name says so (mask_is_secret_name), and
 * those that a header of such a name is made of ("Authorization: Bearer {{id}}"). Immutable once
 * made. */
struct secrets {
	uint16_t *slots;
	size_t slot_count;
	/* names of JSON fields that such variables are extracted from: "data.key" gives "key" */
	char **fields;
	size_t field_count;
};

/* Aborts when out of memory. Release with secrets_fini. */
void secrets_init(struct secrets *secrets, const struct scenario *scenario);
void secrets_fini(struct secrets *secrets);

#endif
