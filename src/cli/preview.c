/* SPDX-License-Identifier: MIT */
/* Probes beside the console. Reports cross one ring to the main thread, the wish to stop crosses another; frames come four
 * times a second while a run waits for its start, so nobody needs to be woken. */
#include "config.h"

#include "cli/preview.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/thread.h"
#include "cli/probe.h"
#include "scenario/scenario.h"

#define REPORT_ITEMS 256
#define RETRY_NS     (10 * CLOCK_NS_PER_MS)

struct message {
	bool last; /* nothing follows; report is empty */
	struct probe_report report;
};

struct preview {
	const struct scenario *scenario;
	const struct transport_ops *transport;
	struct ring *messages; /* thread to main */
	struct ring *orders;   /* main to thread: a byte means stop */
	pthread_t thread;
	bool running; /* started and not joined */

	bool ordered;                 /* thread: told to stop */
	bool stopped, over;           /* main */
	struct probe_report *reports; /* main: by index */
	size_t count, cap;
};

/* ---- the thread ---------------------------------------------------------------------------------------------------------------- */

static bool go_on(void *arg)
{
	struct preview *preview = arg;
	char order;

	if (ring_drain(preview->orders, &order, 1) == 1)
		preview->ordered = true;
	return !preview->ordered;
}

/* What only says that something takes long may be lost, results may not. */
static void send(struct preview *preview, const struct message *message)
{
	bool needed = message->last || message->report.state != PROBE_RUNNING;

	while (!ring_push(preview->messages, message) && needed && go_on(preview))
		clock_sleep_ns(RETRY_NS);
}

static void tell(void *arg, const struct probe_report *report)
{
	struct message message = { .last = false, .report = *report };

	send(arg, &message);
}

static void *preview_thread(void *arg)
{
	struct preview *preview = arg;
	struct message end = { .last = true };
	struct probe_config config = { .scenario = preview->scenario,
				       .transport = preview->transport,
				       .tell = tell,
				       .go_on = go_on,
				       .arg = preview };

	(void)probe_all(&config);
	send(preview, &end);
	return NULL;
}

/* ---- main ---------------------------------------------------------------------------------------------------------------------- */

int preview_start(struct preview **out, const struct scenario *scenario,
		  const struct transport_ops *transport, struct error *err)
{
	struct preview *preview = mem_new(sizeof(*preview));
	int rc;

	preview->scenario = scenario;
	preview->transport = transport;
	rc = ring_new(&preview->messages, sizeof(struct message), REPORT_ITEMS);
	if (rc == 0)
		rc = ring_new(&preview->orders, 1, 2);
	if (rc == 0) {
		rc = thread_start(&preview->thread, &(struct thread_config){ .name = "check",
									     .rank = THREAD_TRAFFIC,
									     .run = preview_thread,
									     .arg = preview });
		preview->running = rc == 0;
	}
	if (rc != 0) {
		error_set(err, "cannot start the checks: %s", strerror(-rc));
		preview_free(preview);
		return rc;
	}
	*out = preview;
	return 0;
}

void preview_stop(struct preview *preview)
{
	char order = 's';

	if (preview == NULL || preview->stopped)
		return;
	preview->stopped = true;
	(void)ring_push(preview->orders, &order);
}

static void keep(struct preview *preview, const struct probe_report *report)
{
	if (report->index >= preview->cap) {
		size_t cap = preview->cap == 0 ? 16 : 2 * preview->cap;

		preview->reports =
			mem_grow(preview->reports, preview->cap, cap, sizeof(*preview->reports));
		preview->cap = cap;
	}
	preview->reports[report->index] = *report;
	if (report->index >= preview->count)
		preview->count = report->index + 1;
}

static void take(struct preview *preview)
{
	struct message message;

	while (ring_drain(preview->messages, &message, 1) == 1) {
		if (message.last)
			preview->over = true;
		else
			keep(preview, &message.report);
	}
}

void preview_put(struct preview *preview, struct frame *frame)
{
	if (preview == NULL)
		return;
	take(preview);
	if (frame->plan[0] == '\0')
		return;
	frame->probing = !preview->over;
	frame->probe_count = preview->count;
	frame->probes = frame_alloc(frame, preview->count, sizeof(*frame->probes));
	for (size_t i = 0; i < preview->count; i++) {
		const struct probe_report *report = &preview->reports[i];

		frame->probes[i] = (struct frame_probe){ .name = frame_strdup(frame, report->name),
							 .text = frame_strdup(frame, report->text),
							 .state = report->state };
	}
}

void preview_free(struct preview *preview)
{
	if (preview == NULL)
		return;
	if (preview->running) {
		preview_stop(preview);
		(void)pthread_join(preview->thread, NULL);
	}
	ring_free(preview->messages);
	ring_free(preview->orders);
	free(preview->reports);
	free(preview);
}
