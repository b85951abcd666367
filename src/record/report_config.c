/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/report_run.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"
#include "record/result_read.h"

/* What was run and where: enough to run it again. */

static void row(struct doc *doc, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A row of the table; left out when it has nothing to say. */
static void row(struct doc *doc, const char *name, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (text[0] == '\0')
		return;
	doc_cell(doc, DOC_PLAIN, name);
	doc_cell(doc, DOC_CODE, text);
}

static const char *duration(double seconds, char dst[REPORT_FIGURE_MAX])
{
	if (!isfinite(seconds) || seconds < 0)
		return "";
	return units_format_duration((uint64_t)llround(seconds * 1e9), dst, REPORT_FIGURE_MAX);
}

static void stage_text(struct buf *out, const json_t *stage)
{
	const char *kind = result_string(stage, "kind");
	char text[REPORT_FIGURE_MAX], value[REPORT_FIGURE_MAX];

	report_run_amount(result_count(stage, "value"), value);

	if (out->len > 0)
		buf_adds(out, ", ");
	if (strcmp(kind, "hold") == 0)
		buf_adds(out, "hold");
	else
		buf_addf(out, "to %s %s", value, strcmp(kind, "rate") == 0 ? "req/s" : "users");
	buf_addf(out, " %s%s", strcmp(kind, "hold") == 0 ? "" : "over ",
		 duration(result_count(stage, "duration_s"), text));
}

static void plain_load_row(struct doc *doc, const json_t *load)
{
	char a[REPORT_FIGURE_MAX], b[REPORT_FIGURE_MAX], over[64] = "";

	if (!result_true(load, "open")) {
		row(doc, "Load", "%s users, %s per second",
		    report_run_amount(result_count(load, "users"), a),
		    report_run_amount(result_count(load, "spawn_rate"), b));
		return;
	}
	if (result_count(load, "rate_over_s") > 0)
		snprintf(over, sizeof(over), ", reached over %s",
			 duration(result_count(load, "rate_over_s"), a));
	row(doc, "Load", "%s tasks per second%s, on %s connections",
	    report_run_amount(result_count(load, "rate"), a), over,
	    report_run_amount(result_count(load, "users"), b));
}

static void load_rows(struct doc *doc, const json_t *load)
{
	const json_t *stages = result_member(load, "stages");
	char text[REPORT_FIGURE_MAX], wanted[REPORT_WANTED_MAX];
	struct buf list;

	buf_init(&list, 4096);
	for (size_t i = 0; i < json_array_size(stages); i++)
		stage_text(&list, json_array_get(stages, i));
	if (list.len > 0)
		row(doc, "Load", "%s", buf_str(&list));
	else
		plain_load_row(doc, load);
	buf_fini(&list);
	row(doc, "Wanted", "%s", report_run_wanted(load, wanted));
	row(doc, "Planned duration", "%s", duration(result_number(load, "duration_s"), text));
	if (result_count(load, "warmup_s") > 0)
		row(doc, "Warm-up, not judged", "%s",
		    duration(result_number(load, "warmup_s"), text));
}

static void class_rows(struct doc *doc, const json_t *classes)
{
	for (size_t i = 0; i < json_array_size(classes); i++) {
		const json_t *class = json_array_get(classes, i);
		const json_t *wait = result_member(class, "wait");
		const char *kind = result_string(wait, "kind");
		char a[REPORT_FIGURE_MAX], b[REPORT_FIGURE_MAX], name[128], share[48];

		snprintf(name, sizeof(name), "User class %s", result_string(class, "name"));
		duration(result_count(wait, "a_s"), a);
		duration(result_count(wait, "b_s"), b);
		if (result_count(class, "fixed_users") > 0)
			snprintf(share, sizeof(share), "%g users",
				 result_count(class, "fixed_users"));
		else
			snprintf(share, sizeof(share), "weight %g", result_count(class, "weight"));
		if (strcmp(kind, "uniform") == 0)
			row(doc, name, "%s, waits %s to %s", share, a, b);
		else if (strcmp(kind, "none") == 0)
			row(doc, name, "%s, never waits", share);
		else
			row(doc, name, "%s, waits %s %s", share, kind, a);
	}
}

static void panel_rows(struct doc *doc, const json_t *panels)
{
	const json_t *containers = result_member(panels, "containers");
	struct buf list;

	buf_init(&list, 4096);
	for (size_t i = 0; i < json_array_size(containers); i++)
		buf_addf(&list, "%s%s", i > 0 ? ", " : "",
			 json_string_value(json_array_get(containers, i)));
	row(doc, "Containers watched", "%s", buf_str(&list));
	buf_fini(&list);
	if (result_true(panels, "postgres"))
		row(doc, "PostgreSQL watched", "%s%s",
		    result_string(panels, "postgres_exec")[0] != '\0' ? "psql in container "
								      : "libpq",
		    result_string(panels, "postgres_exec"));
}

static void seed_row(struct doc *doc, const json_t *result)
{
	const json_t *seed = result_member(result, "seed");

	if (json_is_integer(seed))
		row(doc, "Seed", "%" JSON_INTEGER_FORMAT, json_integer_value(seed));
	else
		row(doc, "Seed", "%s", result_string(result, "seed"));
}

static void environment_rows(struct doc *doc, const json_t *environment)
{
	const char *processor = result_string(environment, "processor");

	row(doc, "throng", "%s", result_string(environment, "throng"));
	row(doc, "libcurl", "%s", result_string(environment, "libcurl"));
	row(doc, "libevent", "%s", result_string(environment, "libevent"));
	row(doc, "Kernel", "%s", result_string(environment, "kernel"));
	if (result_count(environment, "processors") > 0)
		row(doc, "Processors of the generator", "%g%s%s",
		    result_count(environment, "processors"), processor[0] != '\0' ? " × " : "",
		    processor);
}

void report_config(struct doc *doc, const json_t *result)
{
	static const struct doc_column COLUMNS[] = { { "Setting", false }, { "Value", false } };
	const json_t *config = result_member(result, "config");
	const json_t *http = result_member(config, "http");
	char text[REPORT_FIGURE_MAX];

	if (config == NULL)
		return;
	doc_heading(doc, 3, "Configuration", DOC_PLAIN, "");
	doc_table(doc, COLUMNS, 2);
	row(doc, "Scenario file", "%s", result_string(config, "file"));
	row(doc, "Target", "%s", result_string(result, "target"));
	row(doc, "Started", "%s", result_string(result, "started"));
	load_rows(doc, result_member(config, "load"));
	class_rows(doc, result_member(config, "classes"));
	panel_rows(doc, result_member(config, "panels"));
	row(doc, "HTTP", "%s", result_string(http, "version"));
	row(doc, "Request timeout", "%s", duration(result_number(http, "timeout_s"), text));
	row(doc, "Engine threads", "%g", result_count(config, "threads"));
	seed_row(doc, result);
	environment_rows(doc, result_member(result, "environment"));
	doc_table_end(doc);
}
