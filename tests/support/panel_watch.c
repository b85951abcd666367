/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include "panel_watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "message/reading.h"
#include "monitor/monitor.h"
#include "monitor/panel.h"
#include "monitor/postgres.h"
#include "scenario/scenario.h"

#define KEPT_MAX     20000
#define WAIT_SECONDS 60
#define BEAT_US      20000
#define SCENARIO_HEAD                                                          \
	"{ \"target\": \"http://127.0.0.1:1\", \"load\": { \"users\": 1 },"    \
	" \"users\": { \"U\": { \"tasks\": { \"t\": { \"get\": \"/\" } } } }," \
	" \"panels\": { \"postgres\": { "

struct panel_watch {
	struct event_base *base;
	struct event *beat;
	struct scenario *scenario;
	struct panel *panel;
	struct reading *readings;
	size_t count, from; /* `from`: forgotten before */
	char problem[READING_TEXT_MAX];
	unsigned beats;
	struct buf rows;
	/* what is waited for */
	bool (*enough)(const struct panel_watch *watch);
	const char *metric, *text;
	double value;
	unsigned rounds;
	bool late;
};

static void on_reading(void *arg, const struct reading *reading)
{
	struct panel_watch *watch = arg;
	char fields[READING_TEXT_MAX];

	if (watch->count < KEPT_MAX)
		watch->readings[watch->count++] = *reading;
	if (reading->type == READING_PROBLEM)
		memcpy(watch->problem, reading->text, sizeof(watch->problem));
	if (reading->type == READING_ROW) {
		if (reading->index == 0)
			buf_reset(&watch->rows);
		snprintf(fields, sizeof(fields), "%s", reading->text);
		for (char *c = fields; *c != '\0'; c++)
			if (*c == '\x1f')
				*c = ' ';
		if (reading->value >= 0)
			buf_addf(&watch->rows, "%.0f %s\n", reading->value, fields);
	}
	if (watch->enough != NULL && watch->enough(watch))
		event_base_loopbreak(watch->base);
}

static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	struct panel_watch *watch = arg;

	(void)fd;
	(void)what;
	watch->beats++;
}

void panel_watch_run(struct monitor *monitor)
{
	assert_int_equal(monitor_start(monitor), 0);
}

struct scenario *panel_watch_scenario(const char *postgres)
{
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;
	char *text = mem_printf("%s%s } } }", SCENARIO_HEAD, postgres);

	if (scenario_parse(&scenario, "test.json", ".", text, strlen(text), NULL, errs) != 0) {
		errors_print(errs, stdout);
		fail_msg("%s", text);
	}
	free(text);
	errors_free(errs);
	return scenario;
}

/* stderr goes into a file while a panel lives. A test that failed has left it there: what cmocka wrote
 * then is shown when the next one begins, or at the end. */
static struct {
	int file, was;
} caught = { -1, -1 };

/* What was written, of at most size - 1 bytes; stderr is itself again. */
static void release_stderr(char *said, size_t size)
{
	ssize_t len;

	fflush(stderr);
	len = caught.file >= 0 ? pread(caught.file, said, size - 1, 0) : 0;
	said[len > 0 ? len : 0] = '\0';
	if (caught.file < 0)
		return;
	dup2(caught.was, STDERR_FILENO);
	close(caught.was);
	close(caught.file);
	caught.file = caught.was = -1;
}

static void show_left(void)
{
	char said[4096];

	release_stderr(said, sizeof(said));
	fputs(said, stdout);
}

static void catch_stderr(void)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	if (caught.file < 0 && caught.was < 0)
		atexit(show_left);
	show_left();
	caught.file = dup(fileno(file));
	caught.was = dup(STDERR_FILENO);
	dup2(caught.file, STDERR_FILENO);
	fclose(file);
}

struct panel_watch *panel_watch_new(const char *postgres)
{
	static const struct timeval every = { 0, BEAT_US };
	struct panel_watch *watch = mem_new(sizeof(*watch));
	struct panel_env env = { .emit = on_reading, .arg = watch };
	struct error err = { 0 };

	watch->scenario = panel_watch_scenario(postgres);
	watch->base = event_base_new();
	watch->readings = mem_array(KEPT_MAX, sizeof(*watch->readings));
	buf_init(&watch->rows, 65536);
	watch->beat = event_new(watch->base, -1, EV_PERSIST, on_beat, watch);
	event_add(watch->beat, &every);
	catch_stderr();
	env.base = watch->base;
	env.scenario = watch->scenario;
	if (panel_postgres.create(&watch->panel, &env, &err) != 0)
		fail_msg("%s", err.text);
	return watch;
}

void panel_watch_free(struct panel_watch *watch)
{
	char said[4096];

	panel_postgres.destroy(watch->panel);
	event_free(watch->beat);
	event_base_free(watch->base);
	scenario_free(watch->scenario);
	buf_fini(&watch->rows);
	free(watch->readings);
	free(watch);
	release_stderr(said, sizeof(said));
	assert_string_equal(said, "");
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void too_late(evutil_socket_t fd, short what, void *arg)
{
	struct panel_watch *watch = arg;

	(void)fd;
	(void)what;
	watch->late = true;
	event_base_loopbreak(watch->base);
}

static void show_last(const struct panel_watch *watch)
{
	size_t last = watch->count > 40 ? watch->count - 40 : 0;

	/* of what is long ago only what is no plain value */
	for (size_t i = 0; i < watch->count; i++)
		if (i >= last || watch->readings[i].type != READING_VALUE)
			printf("  %s%.1f s: %d %s = %g [%s]\n", i < watch->from ? "before: " : "",
			       (double)watch->readings[i].at_ns / 1e9, watch->readings[i].type,
			       watch->readings[i].metric, watch->readings[i].value,
			       watch->readings[i].text);
}

static void run_until(struct panel_watch *watch, bool (*enough)(const struct panel_watch *watch))
{
	static const struct timeval longest = { WAIT_SECONDS, 0 };
	struct event *deadline = event_new(watch->base, -1, 0, too_late, watch);

	watch->late = false;
	watch->enough = enough;
	event_add(deadline, &longest);
	if (!enough(watch))
		event_base_dispatch(watch->base);
	event_free(deadline);
	watch->enough = NULL;
	if (watch->late) {
		show_last(watch);
		fail_msg("waited for %s %g \"%s\"", watch->metric != NULL ? watch->metric : "",
			 watch->value, watch->text != NULL ? watch->text : "");
	}
}

static const struct reading *last_of(const struct panel_watch *watch, enum reading_type type,
				     const char *metric)
{
	for (size_t i = watch->count; i > watch->from; i--) {
		const struct reading *reading = &watch->readings[i - 1];

		if (reading->type == type && strcmp(reading->metric, metric) == 0)
			return reading;
	}
	return NULL;
}

static bool has_value(const struct panel_watch *watch)
{
	const struct reading *last = last_of(watch, READING_VALUE, watch->metric);

	return last != NULL && last->value == watch->value;
}

void panel_watch_until_value(struct panel_watch *watch, const char *metric, double value)
{
	watch->metric = metric;
	watch->value = value;
	watch->text = NULL;
	run_until(watch, has_value);
}

bool panel_watch_saw_event(const struct panel_watch *watch, const char *metric, const char *text)
{
	for (size_t i = watch->from; i < watch->count; i++)
		if (watch->readings[i].type == READING_EVENT &&
		    strcmp(watch->readings[i].metric, metric) == 0 &&
		    strstr(watch->readings[i].text, text) != NULL)
			return true;
	return false;
}

static bool has_event(const struct panel_watch *watch)
{
	return panel_watch_saw_event(watch, watch->metric, watch->text);
}

void panel_watch_until_event(struct panel_watch *watch, const char *metric, const char *text)
{
	watch->metric = metric;
	watch->text = text;
	run_until(watch, has_event);
}

static bool has_state(const struct panel_watch *watch)
{
	const struct reading *last = last_of(watch, READING_STATE, watch->metric);

	return last != NULL && (watch->text[0] == '\0' ? last->text[0] == '\0'
						       : strstr(last->text, watch->text) != NULL);
}

void panel_watch_until_state(struct panel_watch *watch, const char *metric, const char *text)
{
	watch->metric = metric;
	watch->text = text;
	run_until(watch, has_state);
}

static bool has_problem(const struct panel_watch *watch)
{
	if (watch->text[0] == '\0')
		return watch->problem[0] == '\0';
	return strstr(watch->problem, watch->text) != NULL;
}

void panel_watch_until_problem(struct panel_watch *watch, const char *text)
{
	watch->metric = "problem";
	watch->text = text;
	run_until(watch, has_problem);
}

static bool has_rounds(const struct panel_watch *watch)
{
	unsigned count = 0;

	for (size_t i = watch->from; i < watch->count; i++)
		count += watch->readings[i].type == READING_VALUE &&
			 strcmp(watch->readings[i].metric, watch->metric) == 0;
	return count >= watch->rounds;
}

void panel_watch_rounds(struct panel_watch *watch, const char *metric, unsigned count)
{
	watch->metric = metric;
	watch->text = NULL;
	watch->rounds = count;
	panel_watch_forget(watch);
	run_until(watch, has_rounds);
}

void panel_watch_turn(struct panel_watch *watch)
{
	event_base_loop(watch->base, EVLOOP_ONCE);
}

void panel_watch_forget(struct panel_watch *watch)
{
	watch->from = watch->count;
}

/* ---- looking --------------------------------------------------------------------------------- */

double panel_watch_value(const struct panel_watch *watch, const char *metric)
{
	const struct reading *last = last_of(watch, READING_VALUE, metric);

	return last != NULL ? last->value : -1;
}

double panel_watch_highest(const struct panel_watch *watch, const char *metric)
{
	double highest = -1;

	for (size_t i = watch->from; i < watch->count; i++)
		if (watch->readings[i].type == READING_VALUE &&
		    strcmp(watch->readings[i].metric, metric) == 0 &&
		    watch->readings[i].value > highest)
			highest = watch->readings[i].value;
	return highest;
}

const char *panel_watch_state(const struct panel_watch *watch, const char *metric)
{
	for (size_t i = watch->count; i > 0; i--)
		if (watch->readings[i - 1].type == READING_STATE &&
		    strcmp(watch->readings[i - 1].metric, metric) == 0)
			return watch->readings[i - 1].text;
	return "";
}

const char *panel_watch_problem(const struct panel_watch *watch)
{
	return watch->problem;
}

bool panel_watch_said(const struct panel_watch *watch, const char *text)
{
	for (size_t i = 0; i < watch->count; i++)
		if (strstr(watch->readings[i].text, text) != NULL ||
		    strstr(watch->readings[i].name, text) != NULL)
			return true;
	return false;
}

const char *panel_watch_rows(const struct panel_watch *watch)
{
	return buf_str(&watch->rows);
}

const char *panel_watch_name(const struct panel_watch *watch)
{
	return watch->count > 0 ? watch->readings[watch->count - 1].name : "";
}

unsigned panel_watch_beats(const struct panel_watch *watch)
{
	return watch->beats;
}

int panel_watch_probe(const char *postgres, char *dst, size_t size)
{
	struct scenario *scenario = panel_watch_scenario(postgres);
	struct buf said;
	int rc;

	buf_init(&said, size);
	rc = panel_postgres.probe(scenario, &said);
	snprintf(dst, size, "%s", buf_str(&said));
	buf_fini(&said);
	scenario_free(scenario);
	return rc;
}
