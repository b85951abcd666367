/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_RESULT_H
#define THRONG_MONITOR_POSTGRES_RESULT_H

#include <stdbool.h>

#include <libpq-fe.h>

struct pg_fault;
struct pg_table;

/* libpq's results as what both ways in speak of. Built with libpq only. */

void pg_result_rows(struct pg_table *table, const PGresult *result);
/* Of a result that is an error or a notice. */
void pg_result_fault(struct pg_fault *fault, const PGresult *result);
/* A notice that ends the session. */
bool pg_result_is_fatal(const PGresult *result);

#endif
