/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_EXCHANGE_JSON_H
#define THRONG_RECORD_EXCHANGE_JSON_H

#include <jansson.h>

struct buf;
struct example;

/* A failing exchange as JSON; throng(1) lists the members. */

/* Returns a new reference. */
json_t *exchange_json(const struct example *example);
/* Append it as one line. */
void exchange_json_line(struct buf *out, const struct example *example);

#endif
