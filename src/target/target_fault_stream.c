/* SPDX-License-Identifier: MIT */
/* Faults whose answers are sent in parts. A client may leave in the middle: evhttp then takes the
 * connection from the request, and the next part finds that out. */
#include "config.h"

#include <stdio.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "base/clock.h"
#include "target/target_answer.h"
#include "target/target_call.h"
#include "target/target_fault.h"

#define STEPS_MAX   100000
#define STEP_MS_MAX 60000
#define BIG_MAX     (1ULL << 30)
#define BLOCK_BYTES 65536

/* What large bodies are made of; referenced, never copied. */
static const char block[BLOCK_BYTES] = { 0 };

static void add_zeros(struct evbuffer *out, uint64_t bytes)
{
	while (bytes > 0) {
		size_t part = bytes < BLOCK_BYTES ? (size_t)bytes : BLOCK_BYTES;

		evbuffer_add_reference(out, block, part, NULL, NULL);
		bytes -= part;
	}
}

void fault_big(struct call *call)
{
	uint64_t bytes;

	if (!target_call_number(call, "bytes", 0, BIG_MAX, &bytes))
		return;
	target_answer_begin(call);
	add_zeros(call->target->out, bytes);
	target_answer_send(call, 200, "application/octet-stream");
}

static void step(struct call *call)
{
	struct evbuffer *out = call->target->out;
	struct buf *text;

	if (target_pause_holds(call, step))
		return;
	if (!evhttp_request_get_connection(call->req))
		call->steps = 0;
	if (call->steps == 0) {
		evhttp_send_reply_end(call->req);
		target_call_done(call);
		return;
	}
	text = target_answer_begin(call);
	for (unsigned i = 0; i < call->step_bytes; i++)
		buf_addc(text, 'x');
	evbuffer_add(out, text->data, text->len);
	evhttp_send_reply_chunk(call->req, out);
	evbuffer_drain(out, evbuffer_get_length(out));
	call->steps--;
	target_call_after(call, call->step_ms * CLOCK_NS_PER_MS, step);
}

static void stream(struct call *call, uint64_t steps, uint64_t bytes, uint64_t ms)
{
	call->steps = (unsigned)steps;
	call->step_bytes = (unsigned)bytes;
	call->step_ms = (unsigned)ms;
	target_answer_header(call, "Content-Type", "text/plain");
	target_answer_count(call, 200);
	evhttp_send_reply_start(call->req, 200, NULL);
	target_call_after(call, call->step_ms * CLOCK_NS_PER_MS, step);
}

void fault_trickle(struct call *call)
{
	uint64_t bytes, ms;
	char length[24];

	if (!target_call_query(call, "bytes", 20, 1, STEPS_MAX, &bytes) ||
	    !target_call_query(call, "ms", 100, 0, STEP_MS_MAX, &ms))
		return;
	snprintf(length, sizeof(length), "%u", (unsigned)bytes);
	target_answer_header(call, "Content-Length", length);
	stream(call, bytes, 1, ms);
}

void fault_chunked(struct call *call)
{
	uint64_t chunks, bytes, ms;

	if (target_call_query(call, "chunks", 5, 0, STEPS_MAX, &chunks) &&
	    target_call_query(call, "bytes", 100, 1, BLOCK_BYTES, &bytes) &&
	    target_call_query(call, "ms", 0, 0, STEP_MS_MAX, &ms))
		stream(call, chunks, bytes, ms);
}
