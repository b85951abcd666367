/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_ANSWER_H
#define THRONG_TARGET_TARGET_ANSWER_H

#include <stddef.h>

#include "target/target_core.h"

/* Every function but the add and header ones ends the call. */

/* An empty buffer for the answer's body: target->text. */
struct buf *target_answer_begin(struct call *call);
/* Append a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void target_answer_add_string(struct buf *buf, const char *text);
void target_answer_header(struct call *call, const char *name, const char *value);
/* Send what was built, target->text behind what target->out may hold; `type` is its media type. */
void target_answer_send(struct call *call, unsigned status, const char *type);
void target_answer_json(struct call *call, unsigned status);
/* {"detail": "…"}, as Django REST framework words its errors. */
void target_answer_detail(struct call *call, unsigned status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* 400 {"field": ["…"]} */
void target_answer_field(struct call *call, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* 405 with the methods the route knows. */
void target_answer_method(struct call *call);
/* Bytes that need not be HTTP, then the connection is closed. Copied. */
void target_answer_raw(struct call *call, const void *data, size_t len);
/* Count an answer that is sent in parts. */
void target_answer_count(struct call *call, unsigned status);

#endif
