/* SPDX-License-Identifier: MIT */
/* Rows of data sets for users: pure functions, no state. Hot path. */
#include "config.h"

#include "scenario/data.h"

#include <errno.h>
#include <string.h>

#include "base/rng.h"
#include "scenario/scenario.h"
#include "scenario/vars.h"

int data_row(const struct data_set *set, uint64_t user, uint64_t iteration, struct rng *rng,
	     size_t *row)
{
	uint64_t rows = set->row_count;

	switch (set->order) {
	case DATA_SEQUENTIAL:
		*row = (size_t)((user % rows + iteration % rows * (set->stride % rows)) % rows);
		return 0;
	case DATA_RANDOM:
		*row = (size_t)rng_below(rng, rows);
		return 0;
	case DATA_UNIQUE:
		if (user >= rows)
			return -ENODATA;
		*row = (size_t)user;
		return 0;
	}
	return -EINVAL;
}

static void bind_row(const struct data_set *set, size_t row, struct vars *vars)
{
	for (size_t i = 0; i < set->column_count; i++) {
		const char *cell = set->cells[row * set->column_count + i];

		/* Longer cells than a variable can hold were refused at load. */
		if (set->slots[i] != DATA_COLUMN_UNUSED)
			(void)vars_set(vars, set->slots[i], cell, strlen(cell));
	}
}

static void unbind(const struct data_set *set, struct vars *vars)
{
	for (size_t i = 0; i < set->column_count; i++)
		if (set->slots[i] != DATA_COLUMN_UNUSED)
			vars_unset(vars, set->slots[i]);
}

int data_bind(const struct data_set *sets, size_t count, uint64_t user, uint64_t iteration,
	      struct rng *rng, struct vars *vars)
{
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		size_t row;

		if (sets[i].order == DATA_UNIQUE && iteration > 0)
			continue;
		if (data_row(&sets[i], user, iteration, rng, &row) == 0) {
			bind_row(&sets[i], row, vars);
		} else {
			unbind(&sets[i], vars);
			result = -ENODATA;
		}
	}
	return result;
}
