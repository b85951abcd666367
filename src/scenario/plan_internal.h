/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_PLAN_INTERNAL_H
#define THRONG_SCENARIO_PLAN_INTERNAL_H

/* Between plan.c, plan_warnings.c and plan_print.c only. */

#include <stddef.h>

struct scenario;
struct user_class;
struct wait;

/* Which requests: of one class or all (-1), of one endpoint or all (-1). */
struct plan_scope {
	int class_index;
	int endpoint;
};

#define PLAN_ALL ((const struct plan_scope){ -1, -1 })

/* Steady requests per second in a scope, with all users there; INFINITY without any wait. */
double plan_scope_rps(const struct scenario *scenario, const struct plan_scope *scope);
/* Requests in a scope over the whole run. */
double plan_scope_requests(const struct scenario *scenario, const struct plan_scope *scope);
/* Area under the users over the run. */
double plan_user_seconds(const struct scenario *scenario);
/* Users of each class when `total` exist, as real numbers. */
void plan_class_users(const struct scenario *scenario, double total, double *users);
/* Mean requests that one task of the class sends (to an endpoint; -1: to any). */
double plan_requests_per_task(const struct user_class *class, int endpoint);
double plan_mean_wait(const struct wait *wait); /* seconds */

/* plan_warnings.c: numbers as people write them; each returns dst. */
char *plan_format_rate(double rate, char *dst, size_t size);   /* "25", "2.5", "3,333" */
char *plan_format_seconds(double s, char *dst, size_t size);   /* "2.0 s", "1.25 s" */
char *plan_format_count(double count, char *dst, size_t size); /* "23,656", "no end of" */

#endif
