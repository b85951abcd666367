/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_SCENARIO_INTERNAL_H
#define THRONG_SCENARIO_SCENARIO_INTERNAL_H

#include "scenario/scenario.h"

struct errors;

/* scenario.c: release what a class or panel holds. */
void user_class_fini(struct user_class *class);
void panels_fini_docker(struct panels *panels);
void panels_fini_postgres(struct panels *panels);

/* filter.c: "there is no class "X": did you mean "Y"?", or which there are; returns dst. */
char *unknown_class_text(const struct scenario *scenario, const char *name, char *dst, size_t size);
/* filter.c: leave out the classes and panels that the command line leaves out, and the criteria
 * that speak of nothing else. Unknown class names are added to errs. */
void scenario_filter(struct scenario *scenario, const struct scenario_overrides *over,
		     struct errors *errs);

#endif
