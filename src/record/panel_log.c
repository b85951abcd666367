/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/panel_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "message/frame.h"
#include "message/reading.h"

struct line {
	uint8_t kind;
	bool matched;
	char text[READING_TEXT_MAX];
};

struct panel_log {
	char container[READING_NAME_MAX];
	size_t first, count; /* oldest; a ring */
	struct line lines[PANEL_LOG_LINES];
};

struct panel_log *panel_log_new(void)
{
	return mem_new(sizeof(struct panel_log));
}

void panel_log_free(struct panel_log *log)
{
	free(log);
}

static uint8_t kind_of(const char *metric)
{
	if (strcmp(metric, "stderr") == 0)
		return FRAME_LOG_STDERR;
	return strcmp(metric, "remark") == 0 ? FRAME_LOG_REMARK : FRAME_LOG_STDOUT;
}

void panel_log_add(struct panel_log *log, const struct reading *reading)
{
	struct line *line;

	if (strcmp(reading->metric, "follow") == 0) {
		snprintf(log->container, sizeof(log->container), "%s", reading->name);
		log->first = log->count = 0;
		return;
	}
	if (strcmp(reading->name, log->container) != 0)
		return; /* on its way when another was chosen */
	if (log->count < PANEL_LOG_LINES) {
		line = &log->lines[log->count++];
	} else {
		line = &log->lines[log->first];
		log->first = (log->first + 1) % PANEL_LOG_LINES;
	}
	line->kind = kind_of(reading->metric);
	line->matched = reading->value > 0;
	text_clean(line->text, sizeof(line->text), reading->text, SIZE_MAX, false);
}

void panel_log_publish(const struct panel_log *log, struct frame *frame)
{
	char clean[2 * READING_NAME_MAX];

	text_clean(clean, sizeof(clean), log->container, SIZE_MAX, false);
	frame->log.container = frame_strdup(frame, clean);
	frame->log.lines = frame_alloc(frame, log->count, sizeof(*frame->log.lines));
	frame->log.count = log->count;
	for (size_t i = 0; i < log->count; i++) {
		const struct line *line = &log->lines[(log->first + i) % PANEL_LOG_LINES];

		frame->log.lines[i] =
			(struct frame_log_line){ .kind = line->kind,
						 .matched = line->matched,
						 .text = frame_strdup(frame, line->text) };
	}
}
