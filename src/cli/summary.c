/* SPDX-License-Identifier: MIT */
/* The text left on the terminal when a run is over. Pure: a frame in, text out. */
#include "config.h"

#include "cli/summary.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/units.h"
#include "message/frame.h"
#include "record/recorder.h"

static void print_totals(const struct frame *frame, struct buf *out)
{
	const struct frame_row *all = &frame->all;
	char requests[32], failures[32], aborted[32], p50[32], p99[32], max[32], clock[32];

	units_format_count(all->requests, requests, sizeof(requests));
	units_format_count(all->failures, failures, sizeof(failures));
	units_format_count(all->aborted, aborted, sizeof(aborted));
	units_format_latency(all->service.p50_us, 0, p50, sizeof(p50));
	units_format_latency(all->service.p99_us, 0, p99, sizeof(p99));
	units_format_latency(all->service.max_us, 0, max, sizeof(max));
	units_format_clock(frame->elapsed_ns, clock, sizeof(clock));
	buf_addf(out, "  %s requests, %s failures, %s aborted in %s, %.1f req/s\n", requests,
		 failures, aborted, clock, all->rps_total);
	buf_addf(out, "  service time  p50 %s  p99 %s  max %s\n", p50, p99, max);
	if (frame->open) {
		units_format_latency(all->response.p50_us, 0, p50, sizeof(p50));
		units_format_latency(all->response.p99_us, 0, p99, sizeof(p99));
		units_format_latency(all->response.max_us, 0, max, sizeof(max));
		buf_addf(out, "  response time p50 %s  p99 %s  max %s\n", p50, p99, max);
	}
}

static void print_criteria(const struct frame *frame, struct buf *out)
{
	size_t i;

	for (i = 0; i < frame->criterion_count; i++) {
		const struct frame_criterion *c = &frame->criteria[i];

		buf_addf(out, "  %-7s %s   (%s)\n", verdict_name(c->state), c->text, c->value);
	}
}

static void print_failures(const struct frame *frame, struct buf *out)
{
	size_t i, most = frame->failure_count < 10 ? frame->failure_count : 10;
	char count[32];

	if (most == 0)
		return;
	buf_adds(out, "  failures:\n");
	for (i = 0; i < most; i++) {
		const struct frame_failure *f = &frame->failures[i];

		units_format_count(f->count, count, sizeof(count));
		buf_addf(out, "    %10s  %s %s: %s\n", count, f->method, f->name, f->text);
	}
	if (most < frame->failure_count)
		buf_addf(out, "    … and %zu more\n", frame->failure_count - most);
}

static void print_file(const char *what, const char *path, const char *tail, struct buf *out)
{
	if (path != NULL)
		buf_addf(out, "  wrote %s%s (%s)\n", path, tail, what);
}

void summary_print(const struct frame *frame, const struct recorder_outputs *files, struct buf *out)
{
	size_t i;

	bool begun = frame->wall_start_ns != 0;

	buf_addf(out, "%s: %s\n", frame->scenario,
		 begun ? verdict_name(frame->verdict) : "not done, the load never began");
	if (frame->notice[0] != '\0')
		buf_addf(out, "  %s\n", frame->notice);
	if (begun) {
		print_totals(frame, out);
		print_criteria(frame, out);
	}
	print_failures(frame, out);
	for (i = 0; i < frame->finding_count; i++)
		buf_addf(out, "  finding: %s\n", frame->findings[i]);
	if (frame->generator.limited)
		buf_addf(out, "  the generator was the limit: %s\n", frame->generator.reason);
	print_file("Locust's CSV files", files->csv_prefix, "_*.csv", out);
	print_file("JSON", files->json_file, "", out);
	print_file("failing exchanges", files->failures_file, "", out);
	print_file("report", files->report_file, "", out);
	print_file("page", files->html_file, "", out);
}
