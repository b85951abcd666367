/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "message/sample.h"
#include "record/live.h"
#include "record/output.h"
#include "record/view.h"
#include "scenario/scenario.h"
#include "fake_judges.h"
#include "feed.h"

/* Plays a script of requests into the result files with the script's clock, so that locust_csv.py
 * can play the same script into Locust's own writer. Not a test by itself. Lines of standard input,
 * fields by tabs, times in nanoseconds of the wall clock:
 *   endpoint METHOD NAME
 *   check TEXT
 *   start T
 *   request T ENDPOINT DURATION BYTES KIND STATUS DETAIL      (kind 0: a success)
 *   reset T
 *   tick T USERS
 *   table running|final FILE
 *   finish
 * and before start: columns WIDTH
 * usage: locust_csv_tool PREFIX full|short < script */

#define ITEMS_MAX 64
#define FIELDS    8

struct tool {
	struct endpoint endpoints[ITEMS_MAX];
	struct check checks[ITEMS_MAX];
	struct scenario scenario;
	struct live live;
	struct record_view view;
	struct output_config config;
	struct output *output;
};

static void fail(const char *what)
{
	fprintf(stderr, "locust_csv_tool: %s\n", what);
	exit(1);
}

static uint64_t number(const char *field)
{
	return field != NULL ? strtoull(field, NULL, 10) : 0;
}

/* The monotonic clock of the script runs ten seconds behind the wall clock, to see that the
 * conversion is made. */
static uint64_t mono(uint64_t wall_ns)
{
	return wall_ns - 10000000000ULL;
}

static void set_now(struct tool *tool, uint64_t wall_ns, unsigned users)
{
	tool->view.now_ns = mono(wall_ns);
	tool->live.users = users;
}

static void do_start(struct tool *tool, uint64_t wall_ns)
{
	struct error err;

	tool->scenario.endpoints = tool->endpoints;
	tool->scenario.checks = tool->checks;
	tool->config.scenario = &tool->scenario;
	if (output_new(&tool->output, &tool->config, &err) != 0)
		fail(err.text);
	tool->view.start_ns = mono(wall_ns);
	tool->view.wall_start_ns = wall_ns;
	tool->view.scenario = &tool->scenario;
	tool->view.live = &tool->live;
	set_now(tool, wall_ns, 0);
	output_start(tool->output, &tool->view);
}

static void do_request(struct tool *tool, char *const *fields)
{
	uint64_t end_ns = mono(number(fields[1]));
	struct sample sample = { .type = SAMPLE_REQUEST,
				 .endpoint = (uint16_t)number(fields[2]),
				 .kind = (uint8_t)number(fields[5]),
				 .end_ns = end_ns };

	sample.outcome = sample.kind == FAILURE_NONE ? OUTCOME_OK : OUTCOME_FAILED;
	sample.u.request.start_ns = end_ns - number(fields[3]);
	sample.u.request.intended_ns = sample.u.request.start_ns;
	sample.u.request.body_bytes = (uint32_t)number(fields[4]);
	sample.u.request.status = (uint16_t)number(fields[6]);
	sample.u.request.detail = (int32_t)number(fields[7]);
	feed_output(tool->output, &sample);
}

static void do_table(struct tool *tool, char *const *fields)
{
	FILE *file = fopen(fields[2], "w");
	int final = strcmp(fields[1], "final") == 0;

	if (file == NULL)
		fail(fields[2]);
	fputs(output_table(tool->output, &tool->view, final), file);
	fclose(file);
}

static void do_line(struct tool *tool, char *const *fields)
{
	const char *verb = fields[0];

	if (strcmp(verb, "endpoint") == 0) {
		struct endpoint *endpoint = &tool->endpoints[tool->scenario.endpoint_count++];

		endpoint->method = mem_strdup(fields[1]);
		endpoint->name = mem_strdup(fields[2]);
	} else if (strcmp(verb, "check") == 0) {
		tool->checks[tool->scenario.check_count++].text = mem_strdup(fields[1]);
	} else if (strcmp(verb, "columns") == 0) {
		tool->config.table_width = (unsigned)number(fields[1]);
	} else if (strcmp(verb, "start") == 0) {
		do_start(tool, number(fields[1]));
	} else if (strcmp(verb, "request") == 0) {
		do_request(tool, fields);
	} else if (strcmp(verb, "reset") == 0) {
		set_now(tool, number(fields[1]), tool->live.users);
		output_reset(tool->output, &tool->view);
	} else if (strcmp(verb, "tick") == 0) {
		set_now(tool, number(fields[1]), (unsigned)number(fields[2]));
		output_tick(tool->output, &tool->view);
	} else if (strcmp(verb, "table") == 0) {
		do_table(tool, fields);
	} else if (strcmp(verb, "finish") == 0) {
		if (output_finish(tool->output, &tool->view) != 0)
			fail(output_problem(tool->output));
	} else {
		fail(verb);
	}
}

static void tool_free(struct tool *tool)
{
	output_free(tool->output);
	for (size_t i = 0; i < tool->scenario.endpoint_count; i++) {
		free(tool->endpoints[i].method);
		free(tool->endpoints[i].name);
	}
	for (size_t i = 0; i < tool->scenario.check_count; i++)
		free(tool->checks[i].text);
	free(tool);
}

int main(int argc, char **argv)
{
	struct tool *tool = mem_new(sizeof(*tool));
	char line[4096];

	if (argc != 3)
		fail("usage: locust_csv_tool PREFIX full|short < script");
	tool->config.files.csv_prefix = argv[1];
	tool->config.files.csv_full_history = strcmp(argv[2], "full") == 0;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *fields[FIELDS] = { NULL }, *rest = line;

		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; i < FIELDS && rest != NULL; i++)
			fields[i] = strsep(&rest, "\t");
		do_line(tool, fields);
	}
	tool_free(tool);
	return 0;
}
