/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_DATA_H
#define THRONG_SCENARIO_DATA_H

#include <stddef.h>
#include <stdint.h>

struct data_set;
struct rng;
struct vars;

/* Rows of CSV files for users. Which row a user has is a pure function of its number, its
 * iteration and its random stream, so any number of engines agree without sharing anything. */

/* The row of a set for iteration `iteration` (tasks begun, 0 before on_start) of user `user`:
 *   sequential  (user + iteration x stride) mod rows: all users together read the file from its
 *               top, and each user sees every row (stride is chosen coprime to the rows)
 *   random      any row, from rng
 *   unique      row `user`, the same for the user's whole life; -ENODATA when there are not
 *               enough rows
 * 0 and *row, or -ENODATA. */
int data_row(const struct data_set *set, uint64_t user, uint64_t iteration, struct rng *rng,
	     size_t *row) __attribute__((warn_unused_result));
/* Put the rows of all sets into a user's variables. Call it when the user is born (iteration 0)
 * and before each task (iteration 1, 2, ...; unique sets are left as they are then). Never
 * allocates in a steady run. 0, or -ENODATA when a unique set has no row for this user: its
 * variables are unset, so requests that need them fail with FAILURE_RENDER. */
int data_bind(const struct data_set *sets, size_t count, uint64_t user, uint64_t iteration,
	      struct rng *rng, struct vars *vars) __attribute__((warn_unused_result));

#endif
