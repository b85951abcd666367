/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "monitor/postgres_link.h"

#include "scenario/scenario.h"

const struct pg_link_ops *pg_link_of(const struct scenario *scenario)
{
	return scenario->panels.dsn != NULL ? &pg_link_libpq : &pg_link_exec;
}
