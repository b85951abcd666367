/* SPDX-License-Identifier: MIT */
/* Failing exchanges for synthetic frames. */
#include "config.h"

#include "frames.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "message/example.h"
#include "message/frame.h"

#define MEMBERS(n) n n n n n n n n

static const char *request_headers = "X-Correlation-ID: 6f1c0f0e-8c5e-4f5b-9f6c-0d2a3c9f8e11\n"
				     "Authorization: Bearer ***\n"
				     "Content-Type: application/json";

static struct example answered(const struct frame_failure *failure, const char *name, uint64_t user)
{
	return (struct example){
		.scenario = "Concurrent deployments",
		.method = failure->method,
		.url = "http://localhost:8000/api/v1/deployments/?limit=20",
		.name = name,
		.class_name = "DeploymentUser",
		.kind = failure->kind,
		.status = failure->status,
		.text = failure->text,
		.user = user,
		.at_ns = failure->last_ns > user * CLOCK_NS_PER_MS
				 ? failure->last_ns - user * CLOCK_NS_PER_MS
				 : 0,
		.wall_ns = 1800000000ULL * CLOCK_NS_PER_SEC,
		.sent = true,
		.connected = user % 2 == 0,
		.answered = failure->status != 0,
		.connect_us = 412,
		.first_byte_us = 30012,
		.end_us = 30418,
		.response_us = 30418,
		.request_headers = request_headers,
		.request_body = "{\"app_name\":\"nginx-0f3a9c1d\",\"target_ring\":\"CANARY\"}",
		.request_body_bytes = 53,
		.response_headers = "Content-Type: text/html\nSet-Cookie: sessionid=***; Path=/",
		.response_body = "<html><title>Server Error</title>\n"
				 "<pre>Traceback (most recent call last):\n\n"
				 "OperationalError: QueuePool limit of size 5 overflow 10 reached, "
				 "connection timed out, timeout 30.00\n"
				 "grün 漢字 " MEMBERS("and a line that goes on and on, ") "</pre>",
		.response_body_bytes = 9120,
		.response_cut = true,
		.curl = "curl -i -H 'X-Correlation-ID: 6f1c0f0e-8c5e-4f5b-9f6c-0d2a3c9f8e11' "
			"-H 'Authorization: Bearer '\"$TOKEN\" -H 'Content-Type: application/json' "
			"--data-raw '{\"app_name\":\"nginx-0f3a9c1d\",\"target_ring\":\"CANARY\"}' "
			"'http://localhost:8000/api/v1/deployments/?limit=20'",
		.variables = "TOKEN",
	};
}

void frames_examples(struct frame *frame)
{
	static const size_t counts[] = { 3, 0, 1, 1 };

	for (size_t i = 0; i < frame->failure_count && i < 4; i++) {
		struct frame_failure *failure = &frame->failures[i];
		const struct example **list = frame_alloc(frame, counts[i] + 1, sizeof(*list));
		const char *name = frame_printf(frame, "%s %s", failure->method, failure->name);

		for (size_t k = 0; k < counts[i]; k++) {
			struct example parts = answered(failure, name, 42 + k);
			const struct example *example = example_new(&parts);

			list[k] = frame_hold(frame, example);
			example_unref(example);
		}
		failure->examples = list;
		failure->example_count = counts[i];
	}
}
