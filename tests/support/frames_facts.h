/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_FRAMES_FACTS_H
#define THRONG_TESTS_FRAMES_FACTS_H

#include "frames.h"

/* What lies behind the figures of frames.c (detail, heat map, levels, an earlier run), from the same
 * made-up service. */
void frames_fill_facts(struct frame *frame, const struct frames_spec *spec);

/* The service, at a second of the run (frames.c). */
unsigned frames_users_at(const struct frames_spec *spec, unsigned s);
double frames_rps_at(const struct frames_spec *spec, unsigned s);
double frames_fails_at(const struct frames_spec *spec, unsigned s);
double frames_latency_at(const struct frames_spec *spec, unsigned s, double base);
double frames_cpu_at(const struct frames_spec *spec, unsigned s, double share);
double frames_connections_at(const struct frames_spec *spec, unsigned s);

#endif
