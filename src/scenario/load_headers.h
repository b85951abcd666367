/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_LOAD_HEADERS_H
#define THRONG_SCENARIO_LOAD_HEADERS_H

#include "scenario/loader.h"

/* A step's headers: its own (NULL: none), `authorization` from "basic" (NULL: none), and what it
 * inherits from class and scenario. */
void load_headers(struct loader *loader, json_t *own, struct template *authorization,
		  struct step *step);
/* Does the step send this header (case ignored)? */
bool load_headers_has(const struct step *step, const char *name);
/* "then": { "headers": ... } */
void load_then_headers(struct loader *loader, json_t *object, struct step *step);
/* When all steps are read, and with them all per-user headers: settle who wins. */
void load_headers_finish(const struct scenario *scenario, struct step *steps, size_t count);

#endif
