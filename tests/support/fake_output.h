/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_FAKE_OUTPUT_H
#define THRONG_TESTS_FAKE_OUTPUT_H

#include "message/sample.h"
#include "record/output.h"
#include "record/pending.h"
#include "record/view.h"

/* Stands in for the result files in tests of the recorder: counts what it is told. */
struct output {
	unsigned starts, ticks, resets, readings, finishes, tables, final_tables;
	uint64_t samples, settled, aborted;
	uint64_t start_ns, wall_start_ns;
	enum verdict verdict;
	bool over;
	int finish_rc;
	const char *problem;
};

int output_new(struct output **out, const struct output_config *config, struct error *err)
{
	(void)config;
	(void)err;
	*out = mem_new(sizeof(**out));
	(*out)->problem = "";
	return 0;
}

void output_free(struct output *out)
{
	free(out);
}

void output_start(struct output *out, const struct record_view *view)
{
	out->starts++;
	out->start_ns = view->start_ns;
	out->wall_start_ns = view->wall_start_ns;
}

void output_sample(struct output *out, const struct sample *sample)
{
	out->samples++;
	out->aborted += sample->outcome == OUTCOME_ABORTED;
}

void output_endpoints(struct output *out, const struct pending_list *list)
{
	out->settled += list->count;
}

void output_reading(struct output *out, const struct reading *reading)
{
	(void)reading;
	out->readings++;
}

void output_reset(struct output *out, const struct record_view *view)
{
	(void)view;
	out->resets++;
}

void output_tick(struct output *out, const struct record_view *view)
{
	(void)view;
	out->ticks++;
}

const char *output_table(struct output *out, const struct record_view *view, bool final)
{
	(void)view;
	if (final)
		out->final_tables++;
	else
		out->tables++;
	return final ? "final table" : "table";
}

const char *output_problem(const struct output *out)
{
	return out->problem;
}

int output_finish(struct output *out, const struct record_view *view)
{
	out->finishes++;
	out->verdict = view->verdict;
	out->over = view->over;
	return out->finish_rc;
}

#endif
