/* SPDX-License-Identifier: MIT */
/* The log of one container: its last lines, then what it says, as READING_LOG. A stream ends when its container dies; with the time stamp of the
 * last line the next stream goes on behind it. Every line is searched for patterns, which become events; both lines and events are limited in
 * number, as a container in trouble can say the same thousands of times a second. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "monitor/docker_client.h"
#include "monitor/docker_mux.h"
#include "monitor/docker_panel.h"
#include "monitor/panel.h"
#include "scenario/scenario.h"

#define FIRST_LINES    20
#define LINE_MAX_BYTES 4096
#define LINES_PER_S    200 /* handed over; more are counted */
/* From one mark of a pattern to the next: at first, twice as long each time, at most. Quiet for the longest, it begins anew. */
#define MARK_PAUSE_NS   (5 * CLOCK_NS_PER_SEC)
#define MARK_LONGEST_NS (80 * CLOCK_NS_PER_SEC)
#define MARK_SELDOM_NS  (60 * CLOCK_NS_PER_SEC) /* at most, and again as at first after it */
#define STAMP_MAX       40

static const char *const usual_patterns[] = { "QueuePool", "timeout" };

struct pattern {
	const char *text;
	uint64_t said_ns; /* when last; 0: never */
	uint64_t seen_ns, pause_ns;
	unsigned held; /* lines since then */
};

struct docker_logs {
	struct docker_panel *panel;
	char name[READING_NAME_MAX]; /* as asked for; "": none */
	char id[72];                 /* of the container being read, or read last */
	bool said_missing;           /* that there is no such container */
	bool refused;                /* this container's driver cannot: ask no more */
	struct docker_call *call;    /* inspection, then the stream */
	struct docker_mux *mux;
	char stamp[STAMP_MAX]; /* of the last line; "": none yet */
	uint64_t second_ns;    /* begin of the second that is counted */
	unsigned lines, left_out;
	struct pattern *patterns;
	size_t pattern_count;
};

/* ---- lines ------------------------------------------------------------------------------------- */

static void emit_line(struct docker_logs *logs, enum reading_type type, const char *metric,
		      const char *text, bool matched)
{
	struct reading reading = { .type = (uint8_t)type, .index = UINT16_MAX, .value = matched };

	snprintf(reading.name, sizeof(reading.name), "%s", logs->name);
	snprintf(reading.metric, sizeof(reading.metric), "%s", metric);
	text_clean(reading.text, sizeof(reading.text), text, SIZE_MAX, false);
	docker_panel_emit(logs->panel, &reading);
}

/* A remark of our own among the lines. */
static void remark(struct docker_logs *logs, const char *text)
{
	emit_line(logs, READING_LOG, "remark", text, false);
}

/* True when a pattern is in the line, whatever its capitals. */
static bool search(struct docker_logs *logs, const char *line, uint64_t now_ns)
{
	bool matched = false;

	for (size_t i = 0; i < logs->pattern_count; i++) {
		struct pattern *pattern = &logs->patterns[i];
		char text[READING_TEXT_MAX];

		if (strcasestr(line, pattern->text) == NULL)
			continue;
		matched = true;
		if (now_ns - pattern->seen_ns >= MARK_LONGEST_NS)
			pattern->said_ns = pattern->pause_ns = 0;
		pattern->seen_ns = now_ns;
		if (pattern->said_ns != 0 && now_ns - pattern->said_ns < pattern->pause_ns) {
			pattern->held++;
			continue;
		}
		if (pattern->held > 0)
			snprintf(text, sizeof(text), "log (%u more): %.150s", pattern->held, line);
		else
			snprintf(text, sizeof(text), "log: %.150s", line);
		pattern->said_ns = now_ns;
		pattern->pause_ns = pattern->pause_ns == 0 ? MARK_PAUSE_NS : pattern->pause_ns * 2;
		if (pattern->pause_ns > MARK_LONGEST_NS)
			pattern->pause_ns = MARK_LONGEST_NS;
		pattern->held = 0;
		emit_line(logs, READING_EVENT, "log", text, false);
	}
	return matched;
}

/* False: one too many in this second. */
static bool room_for_line(struct docker_logs *logs, uint64_t now_ns)
{
	char text[64];

	if (now_ns - logs->second_ns >= CLOCK_NS_PER_SEC) {
		if (logs->left_out > 0) {
			snprintf(text, sizeof(text), "… %u lines left out", logs->left_out);
			remark(logs, text);
		}
		logs->second_ns = now_ns;
		logs->lines = logs->left_out = 0;
	}
	if (logs->lines++ < LINES_PER_S)
		return true;
	logs->left_out++;
	return false;
}

/* "2026-11-23T07:56:22.920836363Z text" */
static void take_line(void *arg, enum docker_stream stream, const char *line, size_t len)
{
	struct docker_logs *logs = arg;
	uint64_t now_ns = clock_now_ns();
	const char *blank = memchr(line, ' ', len < STAMP_MAX ? len : STAMP_MAX);
	char text[LINE_MAX_BYTES + 1];
	bool matched;

	if (blank != NULL && blank - line >= 20 && line[4] == '-' && line[10] == 'T') {
		snprintf(logs->stamp, sizeof(logs->stamp), "%.*s", (int)(blank - line), line);
		len -= (size_t)(blank + 1 - line);
		line = blank + 1;
	}
	text_clean(text, sizeof(text), line, len, false);
	matched = search(logs, text, now_ns);
	if (room_for_line(logs, now_ns))
		emit_line(logs, READING_LOG, stream == DOCKER_STDERR ? "stderr" : "stdout", text,
			  matched);
}

/* ---- stream ------------------------------------------------------------------------------------ */

static void stream_data(void *arg, const char *data, size_t len)
{
	struct docker_logs *logs = arg;

	if (logs->mux != NULL && !docker_mux_feed(logs->mux, data, len)) {
		docker_mux_free(logs->mux);
		logs->mux = NULL;
		remark(logs, "the daemon's log stream cannot be understood");
	}
}

static void stream_done(void *arg, const struct docker_answer *answer)
{
	struct docker_logs *logs = arg;

	logs->call = NULL;
	if (logs->mux != NULL)
		docker_mux_finish(logs->mux);
	docker_mux_free(logs->mux);
	logs->mux = NULL;
	if (answer->status == 501) {
		logs->refused = true;
		remark(logs,
		       "this container's logging driver cannot be read: use json-file, local or "
		       "journald (docker run --log-driver)");
	} else if (answer->status >= 400) {
		logs->refused = true;
		remark(logs, answer->problem);
	}
	docker_panel_look_soon(logs->panel);
}

/* "since" of the API: seconds.nanoseconds, the first line that is not yet known. */
static void since(const char *stamp, char *dst, size_t size)
{
	struct tm tm = { 0 };
	const char *point = strchr(stamp, '.');
	char digits[10] = "000000000";
	unsigned long nanos;
	time_t seconds;

	if (strptime(stamp, "%Y-%m-%dT%H:%M:%S", &tm) == NULL) {
		dst[0] = '\0';
		return;
	}
	for (size_t i = 0; point != NULL && i < 9 && point[1 + i] >= '0' && point[1 + i] <= '9';
	     i++)
		digits[i] = point[1 + i];
	nanos = strtoul(digits, NULL, 10) + 1;
	seconds = timegm(&tm) + (time_t)(nanos / 1000000000);
	snprintf(dst, size, "&since=%lld.%09lu", (long long)seconds, nanos % 1000000000);
}

static void follow(struct docker_logs *logs, bool tty)
{
	struct docker_call_config config = { .data = stream_data,
					     .done = stream_done,
					     .arg = logs };
	char from[64];
	char *path;

	if (logs->stamp[0] != '\0')
		since(logs->stamp, from, sizeof(from));
	else
		snprintf(from, sizeof(from), "&tail=%d", FIRST_LINES);
	path = mem_printf("/containers/%s/logs?stdout=1&stderr=1&follow=1&timestamps=1%s", logs->id,
			  from);
	config.path = path;
	logs->mux = docker_mux_new(!tty, LINE_MAX_BYTES, take_line, logs);
	logs->call = docker_call_new(logs->panel->client, &config);
	free(path);
}

static void inspected(void *arg, const struct docker_answer *answer)
{
	struct docker_logs *logs = arg;
	struct docker_details details;

	logs->call = NULL;
	if (answer->problem[0] != '\0' ||
	    docker_details_parse(&details, answer->body, answer->len) != 0)
		return; /* with the next look */
	if (details.alive || logs->stamp[0] == '\0')
		follow(logs, details.tty);
	docker_details_fini(&details);
}

/* ---- which container ------------------------------------------------------------------------- */

static const struct docker_listed *choose(const struct docker_logs *logs)
{
	const struct docker_list *list = &logs->panel->list;
	enum docker_match best = docker_match_best(list, logs->name);
	const struct docker_listed *chosen = NULL;

	for (size_t i = 0; best != DOCKER_MATCH_NONE && i < list->count; i++) {
		const struct docker_listed *listed = &list->items[i];

		if (docker_match(listed, logs->name) == best &&
		    (chosen == NULL || (listed->running && !chosen->running)))
			chosen = listed;
	}
	return chosen;
}

void docker_logs_look(struct docker_logs *logs)
{
	struct docker_call_config config = { .timeout_ms = DOCKER_CALL_TIMEOUT_MS,
					     .done = inspected,
					     .arg = logs };
	const struct docker_listed *listed;
	char *path;

	if (logs == NULL || logs->name[0] == '\0' || logs->call != NULL)
		return;
	listed = choose(logs);
	if (listed == NULL) {
		if (!logs->said_missing && logs->panel->backoff_ms == 0)
			remark(logs, "no such container");
		logs->said_missing = logs->panel->backoff_ms == 0;
		return;
	}
	logs->said_missing = false;
	if (strcmp(logs->id, listed->id) != 0) {
		snprintf(logs->id, sizeof(logs->id), "%s", listed->id);
		logs->stamp[0] = '\0';
		logs->refused = false;
	}
	if (logs->refused)
		return;
	path = mem_printf("/containers/%s/json", logs->id);
	config.path = path;
	logs->call = docker_call_new(logs->panel->client, &config);
	free(path);
}

void docker_logs_lose(struct docker_logs *logs)
{
	if (logs == NULL)
		return;
	docker_call_free(logs->call);
	logs->call = NULL;
	docker_mux_free(logs->mux);
	logs->mux = NULL;
}

void docker_logs_follow(struct docker_logs *logs, const char *container)
{
	if (logs == NULL)
		return;
	docker_logs_lose(logs);
	logs->id[0] = logs->stamp[0] = '\0';
	logs->left_out = 0;
	snprintf(logs->name, sizeof(logs->name), "%s", container != NULL ? container : "");
	logs->said_missing = logs->refused = false;
	emit_line(logs, READING_LOG, "follow", "", false);
	docker_logs_look(logs);
}

struct docker_logs *docker_logs_new(struct docker_panel *panel)
{
	const struct panels *panels = &panel->env->scenario->panels;
	bool own = panels->log_pattern_count > 0;
	struct docker_logs *logs = mem_new(sizeof(*logs));

	logs->panel = panel;
	logs->pattern_count = own ? panels->log_pattern_count
				  : sizeof(usual_patterns) / sizeof(usual_patterns[0]);
	logs->patterns = mem_array(logs->pattern_count, sizeof(*logs->patterns));
	for (size_t i = 0; i < logs->pattern_count; i++)
		logs->patterns[i].text = own ? panels->log_patterns[i] : usual_patterns[i];
	if (panels->logs != NULL)
		docker_logs_follow(logs, panels->logs);
	return logs;
}

void docker_logs_free(struct docker_logs *logs)
{
	if (logs == NULL)
		return;
	docker_logs_lose(logs);
	free(logs->patterns);
	free(logs);
}
