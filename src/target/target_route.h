/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_ROUTE_H
#define THRONG_TARGET_TARGET_ROUTE_H

#include <stddef.h>
#include <stdint.h>

#include "target/target_core.h"

/* The general callback of evhttp; arg is the target. */
void target_route_request(struct evhttp_request *req, void *arg);
/* The work is done: let the handler answer. */
void target_route_handle(struct call *call);

size_t target_route_count(void);
const struct route *target_route_at(size_t i);
/* Name of a method by its index in the counters. */
const char *target_route_method(unsigned i);
/* A number that changes with the table and the counters' layout. */
uint64_t target_route_layout(void);

#endif
