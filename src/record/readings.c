/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/readings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "message/reading.h"
#include "record/csv.h"
#include "record/pyfloat.h"
#include "record/result_json.h"

/* A point is the mean of the values that fell into its step; a step without one is a gap. */

#define LINES_MAX      ((size_t)16 * 1024 * 1024) /* between two calls of readings_csv_take */
#define LINE_MAX_BYTES 1024
#define STANDING_MAX   128

struct point {
	float sum;
	uint32_t count;
};

struct track {
	uint8_t source;
	char name[READING_NAME_MAX], metric[READING_METRIC_MAX];
	uint64_t count;
	double min, max, sum, last;
	struct point points[READINGS_POINTS];
};

struct event {
	uint64_t at_ns;
	uint8_t type, source;
	char name[READING_NAME_MAX], metric[READING_METRIC_MAX], text[READING_TEXT_MAX];
};

struct readings {
	bool csv;
	bool started;
	uint64_t start_ns, wall_start_ns;
	uint64_t step_ns;
	size_t point_count; /* one past the last point that has something */
	struct track *tracks[READINGS_TRACKS_MAX];
	size_t track_count;
	struct event *events;
	size_t event_count;
	struct buf lines;
	/* what is told when it changes only, as it stood when the run began: said once more at its
	 * first instant */
	struct reading standing[STANDING_MAX];
	size_t standing_count;
};

static const char *const SOURCES[READING_SOURCES] = {
	[READING_DOCKER] = "docker", [READING_POSTGRES] = "postgres"
};
static const char *const TYPES[] = {
	[READING_VALUE] = "value",     [READING_STATE] = "state", [READING_EVENT] = "event",
	[READING_PROBLEM] = "problem", [READING_LOG] = "log",     [READING_ROW] = "row"
};

static bool stands(const struct reading *reading)
{
	static const char *const VALUES[] = { "cpus", "cpu_limit_pct", "memory_limit_bytes" };

	if (reading->source >= READING_SOURCES)
		return false;
	for (size_t i = 0; reading->type == READING_VALUE && i < 3; i++)
		if (strcmp(reading->metric, VALUES[i]) == 0)
			return true;
	return reading->type == READING_PROBLEM || reading->type == READING_STATE;
}

/* What stood before in its place; a source has one problem at a time. NULL: nothing. */
static struct reading *standing_of(struct readings *readings, const struct reading *reading)
{
	for (size_t i = 0; i < readings->standing_count; i++) {
		struct reading *standing = &readings->standing[i];

		if (standing->type == reading->type && standing->source == reading->source &&
		    (reading->type == READING_PROBLEM ||
		     (strcmp(standing->name, reading->name) == 0 &&
		      strcmp(standing->metric, reading->metric) == 0)))
			return standing;
	}
	return NULL;
}

static void add_standing(struct readings *readings, const struct reading *reading)
{
	struct reading standing = *reading;

	standing.at_ns = readings->start_ns;
	if (reading->type == READING_VALUE || reading->text[0] != '\0')
		readings_add(readings, &standing);
}

/* From before the load. Also what was still on its way when the load began: it is there from the first
 * instant on, as what had arrived. */
static void add_before(struct readings *readings, const struct reading *reading)
{
	struct reading *standing;
	bool same = false;

	if (!stands(reading))
		return;
	standing = standing_of(readings, reading);
	if (standing != NULL)
		same = standing->value == reading->value &&
		       strcmp(standing->text, reading->text) == 0;
	else if (readings->standing_count < STANDING_MAX)
		standing = &readings->standing[readings->standing_count++];
	if (standing != NULL)
		*standing = *reading;
	if (readings->started && !same)
		add_standing(readings, reading);
}

struct readings *readings_new(bool csv)
{
	struct readings *readings = mem_new(sizeof(*readings));

	readings->csv = csv;
	readings->step_ns = CLOCK_NS_PER_SEC;
	readings->events = mem_array(READINGS_EVENTS_MAX, sizeof(readings->events[0]));
	buf_init(&readings->lines, LINES_MAX);
	return readings;
}

void readings_free(struct readings *readings)
{
	if (readings == NULL)
		return;
	for (size_t i = 0; i < readings->track_count; i++)
		free(readings->tracks[i]);
	free(readings->events);
	buf_fini(&readings->lines);
	free(readings);
}

void readings_start(struct readings *readings, uint64_t start_ns, uint64_t wall_start_ns)
{
	readings->started = true;
	readings->start_ns = start_ns;
	readings->wall_start_ns = wall_start_ns;
	for (size_t i = 0; i < readings->standing_count; i++)
		add_standing(readings, &readings->standing[i]);
}

static struct track *track_of(struct readings *readings, const struct reading *reading)
{
	struct track *track;

	for (size_t i = 0; i < readings->track_count; i++) {
		track = readings->tracks[i];
		if (track->source == reading->source && strcmp(track->name, reading->name) == 0 &&
		    strcmp(track->metric, reading->metric) == 0)
			return track;
	}
	if (readings->track_count == READINGS_TRACKS_MAX)
		return NULL;
	track = mem_new(sizeof(*track));
	track->source = reading->source;
	memcpy(track->name, reading->name, sizeof(track->name));
	memcpy(track->metric, reading->metric, sizeof(track->metric));
	readings->tracks[readings->track_count++] = track;
	return track;
}

/* Two points become one, in all tracks. */
static void double_step(struct readings *readings)
{
	for (size_t t = 0; t < readings->track_count; t++) {
		struct point *points = readings->tracks[t]->points;

		for (size_t i = 0; i < READINGS_POINTS / 2; i++) {
			points[i].sum = points[2 * i].sum + points[2 * i + 1].sum;
			points[i].count = points[2 * i].count + points[2 * i + 1].count;
		}
		memset(points + READINGS_POINTS / 2, 0, READINGS_POINTS / 2 * sizeof(points[0]));
	}
	readings->step_ns *= 2;
	readings->point_count = (readings->point_count + 1) / 2;
}

static void add_value(struct readings *readings, const struct reading *reading, uint64_t at_ns)
{
	struct track *track = track_of(readings, reading);
	size_t i;

	if (track == NULL)
		return;
	while (at_ns / readings->step_ns >= READINGS_POINTS)
		double_step(readings);
	i = (size_t)(at_ns / readings->step_ns);
	if (i >= readings->point_count)
		readings->point_count = i + 1;
	track->points[i].sum += (float)reading->value;
	track->points[i].count++;
	if (track->count == 0 || reading->value < track->min)
		track->min = reading->value;
	if (track->count == 0 || reading->value > track->max)
		track->max = reading->value;
	track->sum += reading->value;
	track->last = reading->value;
	track->count++;
}

static void add_event(struct readings *readings, const struct reading *reading, uint64_t at_ns)
{
	struct event *event = &readings->events[readings->event_count];

	if (readings->event_count == READINGS_EVENTS_MAX)
		return;
	readings->event_count++;
	event->at_ns = at_ns;
	event->type = reading->type;
	event->source = reading->source;
	memcpy(event->name, reading->name, sizeof(event->name));
	memcpy(event->metric, reading->metric, sizeof(event->metric));
	memcpy(event->text, reading->text, sizeof(event->text));
}

static void add_line(struct readings *readings, const struct reading *reading, uint64_t at_ns)
{
	char stamp[32], number[PYFLOAT_SIZE];

	if (readings->lines.len > LINES_MAX - LINE_MAX_BYTES)
		return;
	clock_format_rfc3339(readings->wall_start_ns + at_ns, stamp, sizeof(stamp));
	buf_addf(&readings->lines, "%s,%.3f,%s,", stamp, (double)at_ns / 1e9,
		 SOURCES[reading->source]);
	csv_field(&readings->lines, reading->name);
	buf_addc(&readings->lines, ',');
	csv_field(&readings->lines, reading->type == READING_VALUE || reading->metric[0] != '\0'
					    ? reading->metric
					    : TYPES[reading->type]);
	buf_addc(&readings->lines, ',');
	if (reading->type == READING_VALUE)
		buf_adds(&readings->lines, pyfloat_repr(reading->value, number));
	else
		csv_field(&readings->lines, reading->text);
	buf_adds(&readings->lines, "\r\n");
}

void readings_add(struct readings *readings, const struct reading *reading)
{
	uint64_t at_ns;

	if (!readings->started || reading->at_ns < readings->start_ns) {
		add_before(readings, reading);
		return;
	}
	if (reading->source >= READING_SOURCES || reading->type == READING_LOG ||
	    reading->type == READING_ROW)
		return;
	if (reading->type == READING_VALUE && !isfinite(reading->value))
		return;
	at_ns = reading->at_ns - readings->start_ns;
	if (reading->type == READING_VALUE)
		add_value(readings, reading, at_ns);
	else
		add_event(readings, reading, at_ns);
	if (readings->csv)
		add_line(readings, reading, at_ns);
}

void readings_csv_header(struct buf *out)
{
	buf_adds(out, "Time,Elapsed,Source,Name,Metric,Value\r\n");
}

void readings_csv_take(struct readings *readings, struct buf *out)
{
	buf_add(out, buf_str(&readings->lines), readings->lines.len);
	buf_reset(&readings->lines);
}

static json_t *measured(double value)
{
	return isfinite(value) ? json_real(round(value * 1000) / 1000) : json_null();
}

static json_t *track_json(const struct readings *readings, const struct track *track)
{
	json_t *values = json_array();

	for (size_t i = 0; i < readings->point_count; i++) {
		const struct point *point = &track->points[i];

		json_array_append_new(values, point->count > 0
						      ? measured((double)point->sum / point->count)
						      : json_null());
	}
	return json_pack("{s:s, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "source",
			 SOURCES[track->source], "name", result_json_text(track->name), "metric",
			 result_json_text(track->metric), "count", (json_int_t)track->count, "min",
			 measured(track->min), "mean", measured(track->sum / (double)track->count),
			 "max", measured(track->max), "last", measured(track->last), "values",
			 values);
}

static json_t *event_json(const struct event *event)
{
	return json_pack("{s:f, s:s, s:o, s:s, s:o, s:o}", "at_s", (double)event->at_ns / 1e9,
			 "source", SOURCES[event->source], "name", result_json_text(event->name),
			 "kind", TYPES[event->type], "metric", result_json_text(event->metric),
			 "text", result_json_text(event->text));
}

json_t *readings_json(const struct readings *readings)
{
	json_t *tracks = json_array(), *events = json_array();

	for (size_t i = 0; i < readings->track_count; i++)
		json_array_append_new(tracks, track_json(readings, readings->tracks[i]));
	for (size_t i = 0; i < readings->event_count; i++)
		json_array_append_new(events, event_json(&readings->events[i]));
	return json_pack("{s:f, s:I, s:o, s:o}", "step_s", (double)readings->step_ns / 1e9, "count",
			 (json_int_t)readings->point_count, "metrics", tracks, "events", events);
}
