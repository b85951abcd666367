/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "message/frame.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "message/example.h"

/* Everything a frame points to lives in a chain of blocks that only grows and goes with it: building
 * a frame costs a handful of allocations however many rows it has, and nothing can be forgotten when
 * it is freed. A few frames a second, never on a request's path. */

#define BLOCK_BYTES ((size_t)32 * 1024)
#define ALIGNMENT   _Alignof(max_align_t)

struct frame_block {
	struct frame_block *next;
	size_t used;
	size_t room;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct frame_held { /* in the frame's memory */
	struct frame_held *next;
	const struct example *example;
};

static const char *const verdict_names[] = {
	[VERDICT_PENDING] = "PENDING",
	[VERDICT_PASS] = "PASS",
	[VERDICT_FAIL] = "FAIL",
	[VERDICT_INVALID] = "INVALID",
};

struct frame *frame_new(void)
{
	struct frame *frame = mem_new(sizeof(*frame));

	frame->scenario = "";
	frame->target = "";
	frame->next_scenario = "";
	frame->notice = "";
	frame->plan = "";
	frame->all.method = "";
	frame->all.name = "";
	frame->all.endpoint = SAMPLE_ALL;
	frame->generator.reason = "";
	frame->docker_problem = "";
	frame->postgres_problem = "";
	frame->console_table = "";
	frame->log.container = "";
	frame->baseline = "";
	frame->replay = "";
	frame->answer = "";
	frame->knee.text = "";
	return frame;
}

void frame_free(struct frame *frame)
{
	struct frame_block *block, *next;

	if (frame == NULL)
		return;
	for (struct frame_held *held = frame->held; held != NULL; held = held->next)
		example_unref(held->example);
	for (block = frame->memory; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(frame);
}

static struct frame_block *add_block(struct frame *frame, size_t bytes)
{
	size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
	struct frame_block *block = mem_new(sizeof(*block) + room);

	block->room = room;
	/* Something large gets a block of its own behind the one still being filled. */
	if (bytes > BLOCK_BYTES && frame->memory != NULL) {
		block->next = frame->memory->next;
		frame->memory->next = block;
	} else {
		block->next = frame->memory;
		frame->memory = block;
	}
	return block;
}

void *frame_alloc(struct frame *frame, size_t count, size_t size)
{
	struct frame_block *block = frame->memory;
	size_t bytes;
	void *p;

	/* Past this mem_new reports that there is no such memory. */
	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
		bytes = SIZE_MAX / 2;
	bytes = (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (block == NULL || bytes > block->room - block->used)
		block = add_block(frame, bytes);
	p = block->bytes + block->used;
	block->used += bytes;
	return p;
}

const char *frame_strdup(struct frame *frame, const char *str)
{
	size_t len = strlen(str);
	char *copy = frame_alloc(frame, len + 1, 1);

	memcpy(copy, str, len);
	return copy;
}

const char *frame_printf(struct frame *frame, const char *fmt, ...)
{
	const char *text = "";
	char *copy;
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n > 0) {
		copy = frame_alloc(frame, (size_t)n + 1, 1);
		vsnprintf(copy, (size_t)n + 1, fmt, again);
		text = copy;
	}
	va_end(again);
	va_end(ap);
	return text;
}

const char *verdict_name(enum verdict verdict)
{
	return (size_t)verdict < sizeof(verdict_names) / sizeof(verdict_names[0])
		       ? verdict_names[verdict]
		       : "unknown";
}

const struct example *frame_hold(struct frame *frame, const struct example *example)
{
	struct frame_held *held = frame_alloc(frame, 1, sizeof(*held));

	held->example = example_ref(example);
	held->next = frame->held;
	frame->held = held;
	return example;
}
