/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_RESULT_JSON_H
#define THRONG_RECORD_RESULT_JSON_H

#include <jansson.h>

struct buf;
struct record_view;
struct scenario;

/* The JSON result (--json): everything known about a run at one instant, for machines. The names
 * are a promise; throng(1) lists them. Recorder thread. */

/* Returns a new reference. `state` is "running" until view->over, then "done". `environment` is from
 * result_json_environment (a reference is taken), `monitor` from readings_json (it is taken over). */
json_t *result_json(const struct record_view *view, json_t *environment, json_t *monitor);
/* The "config" member: what the run was really asked to do, command line included. Secrets (bodies,
 * headers, DSN) are not in it. Returns a new reference. */
json_t *result_json_config(const struct scenario *scenario, unsigned engine_count);
/* The members that result_json_insight.c makes, each a new reference. */
json_t *result_json_levels(const struct record_view *view);
json_t *result_json_knee(const struct record_view *view); /* null: none was found */
json_t *result_json_steering(const struct record_view *view);
json_t *result_json_replay(const struct record_view *view);   /* null: no replay */
json_t *result_json_baseline(const struct record_view *view); /* null: none */
/* The "environment" member: versions of this program's libraries, the kernel, the processors. Returns
 * a new reference. */
json_t *result_json_environment(void);
/* A string that may not be valid UTF-8. Returns a new reference. */
json_t *result_json_text(const char *text);
/* Append it as text: members, and elements of arrays, one a line. 0 or -EMSGSIZE. */
int result_json_write(struct buf *out, json_t *result);

#endif
