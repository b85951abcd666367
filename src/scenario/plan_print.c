/* SPDX-License-Identifier: MIT */
/* The plan as text: what `throng check` prints and the console shows first. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "scenario/plan.h"
#include "scenario/plan_internal.h"
#include "scenario/scenario.h"

#define WARNINGS_SHOWN 50
#define NAME_COLUMNS   26

/* ---- load over time ---------------------------------------------------------------------- */

static void print_point(struct buf *out, uint64_t t_ns, double level, bool first)
{
	char clock[40], value[40];

	units_format_clock(t_ns, clock, sizeof(clock));
	plan_format_rate(level, value, sizeof(value));
	(void)buf_addf(out, "%s%s %s", first ? "" : "  →  ", clock, value);
}

/* The corners of the line: where the level begins, bends and ends. */
static void print_curve(const struct scenario *scenario, struct buf *out)
{
	const struct load *load = &scenario->load;
	uint64_t t_ns = 0, ramp_ns = load->rate_over_ns;
	double (*level)(const struct scenario *, uint64_t) =
		load->open ? plan_rate_at : plan_users_at;

	(void)buf_adds(out, load->open ? "  rate      " : "  users     ");
	print_point(out, 0, level(scenario, 0), true);
	for (size_t i = 0; i < load->stage_count; i++) {
		t_ns += load->stages[i].duration_ns;
		if (load->duration_ns && t_ns > load->duration_ns)
			break;
		print_point(out, t_ns, level(scenario, t_ns), false);
	}
	if (!load->stage_count && !load->open)
		ramp_ns = (uint64_t)llround(load->users / load->spawn_rate * 1e9);
	if (!load->stage_count && ramp_ns && (!load->duration_ns || ramp_ns < load->duration_ns)) {
		print_point(out, ramp_ns, level(scenario, ramp_ns), false);
		t_ns = ramp_ns;
	}
	if (load->duration_ns && (t_ns != load->duration_ns))
		print_point(out, load->duration_ns, level(scenario, load->duration_ns), false);
	(void)buf_adds(out, load->duration_ns ? "\n" : "  →  until it is stopped\n");
}

static void print_load(const struct scenario *scenario, struct buf *out)
{
	const struct load *load = &scenario->load;
	char users[40], most[40], rate[40], length[40], slow[40];

	units_format_count((uint64_t)load->users, users, sizeof(users));
	units_format_count(load->max_users, most, sizeof(most));
	units_format_duration(load->duration_ns, length, sizeof(length));
	if (load->open)
		(void)buf_addf(out, "  load      %s tasks per second",
			       plan_format_rate(load->rate, rate, sizeof(rate)));
	else
		(void)buf_addf(out, "  load      %s users", users);
	if (!load->open && !load->stage_count)
		(void)buf_addf(out, ", %s per second",
			       plan_format_rate(load->spawn_rate, rate, sizeof(rate)));
	(void)buf_addf(out, ", %s", load->duration_ns ? length : "no end");
	(void)buf_addf(out, " (by hand up to %s users)\n", most);
	if (load->open) {
		units_format_count(load->max_in_flight, most, sizeof(most));
		units_format_latency((uint64_t)(load->max_in_flight / load->rate * 1e6), 0, slow,
				     sizeof(slow));
		(void)buf_addf(out,
			       "            on the connections of %s users, at most %s requests in "
			       "flight:\n            answers slower than %s on average hold starts "
			       "back\n",
			       users, most, slow);
	}
	print_curve(scenario, out);
	if (load->warmup_ns)
		(void)buf_addf(out, "  warm-up   %s, left out of the criteria\n",
			       units_format_duration(load->warmup_ns, length, sizeof(length)));
}

/* ---- classes ----------------------------------------------------------------------------- */

static void print_wait(const struct wait *wait, struct buf *out)
{
	char a[40], b[40], mean[40];

	plan_format_seconds((double)wait->a_ns / 1e9, a, sizeof(a));
	plan_format_seconds((double)wait->b_ns / 1e9, b, sizeof(b));
	plan_format_seconds(plan_mean_wait(wait), mean, sizeof(mean));
	switch (wait->kind) {
	case WAIT_NONE:
		(void)buf_adds(out, ", no wait");
		break;
	case WAIT_CONSTANT:
		(void)buf_addf(out, ", waits %s", a);
		break;
	case WAIT_UNIFORM:
		(void)buf_addf(out, ", waits %s to %s, mean %s", a, b, mean);
		break;
	case WAIT_EXPONENTIAL:
		(void)buf_addf(out, ", waits at random, mean %s", mean);
		break;
	case WAIT_PACING:
		(void)buf_addf(out, ", a task every %s", a);
		break;
	}
}

static void print_name(struct buf *out, const char *text, int columns)
{
	char clean[512];

	text_clean(clean, sizeof(clean), text, SIZE_MAX, false);
	(void)buf_adds(out, clean);
	for (int width = text_width(clean); width < columns; width++)
		(void)buf_addc(out, ' ');
}

static void print_classes(const struct scenario *scenario, struct buf *out)
{
	unsigned counts[SCENARIO_CLASSES_MAX] = { 0 };

	scenario_split_users(scenario, (unsigned)scenario->load.users, counts);
	for (size_t i = 0; i < scenario->class_count; i++) {
		const struct user_class *class = &scenario->classes[i];
		char users[40];

		(void)buf_adds(out, i ? "            " : "  classes   ");
		print_name(out, class->name, NAME_COLUMNS);
		units_format_count(counts[i], users, sizeof(users));
		(void)buf_addf(out, " %7s users, %zu task%s", users, class->task_count,
			       class->task_count == 1 ? "" : "s");
		if (!scenario->load.open) /* else the rate says when tasks begin */
			print_wait(&class->wait, out);
		(void)buf_addc(out, '\n');
	}
}

/* ---- ceiling and rows -------------------------------------------------------------------- */

static void print_ceiling(const struct scenario *scenario, struct buf *out)
{
	const struct load *load = &scenario->load;
	double max_rps = plan_max_rps(scenario);
	char rate[40], low[40], high[40];

	if (!isfinite(max_rps))
		(void)buf_adds(out,
			       "  ceiling   none: users do not wait, the target's speed decides");
	else
		(void)buf_addf(out, "  ceiling   %s req/s, when answers take no time",
			       plan_format_rate(max_rps, rate, sizeof(rate)));
	if (load->target_rps_low > 0) {
		plan_format_rate(load->target_rps_low, low, sizeof(low));
		plan_format_rate(load->target_rps_high, high, sizeof(high));
		(void)buf_addf(out, "; wanted: %s%s%s", low, load->target_rps_high > 0 ? "–" : "",
			       load->target_rps_high > 0 ? high : " or more");
	}
	(void)buf_addc(out, '\n');
}

static void print_row(const struct scenario *scenario, unsigned endpoint, double sum,
		      struct buf *out)
{
	const struct endpoint *row = &scenario->endpoints[endpoint];
	struct plan_scope scope = { -1, (int)endpoint };
	double expected = plan_expected_requests(scenario, endpoint);
	double rps = plan_scope_rps(scenario, &scope);
	char count[40], rate[40] = "", share[40] = "";

	plan_format_count(expected, count, sizeof(count));
	if (isfinite(rps) && rps > 0)
		plan_format_rate(rps, rate, sizeof(rate));
	if (isfinite(expected) && isfinite(sum) && sum > 0)
		snprintf(share, sizeof(share), "%.1f %%", 100 * expected / sum);
	(void)buf_addf(out, "            %9s %7s %7s  %-7s ", count, share, rate, row->method);
	print_name(out, row->name, 0);
	(void)buf_addc(out, '\n');
}

static void print_rows(const struct scenario *scenario, struct buf *out)
{
	double sum = plan_scope_requests(scenario, &PLAN_ALL);
	char count[40], rate[40] = "";

	if (isfinite(plan_max_rps(scenario)))
		plan_format_rate(plan_max_rps(scenario), rate, sizeof(rate));
	(void)buf_adds(out, "  requests   EXPECTED   SHARE   REQ/S  METHOD  NAME\n");
	for (size_t i = 0; i < scenario->endpoint_count; i++)
		if (plan_expected_requests(scenario, (unsigned)i) > 0)
			print_row(scenario, (unsigned)i, sum, out);
	(void)buf_addf(out, "            %9s %7s %7s  %-7s all\n",
		       plan_format_count(sum, count, sizeof(count)), "", rate, "");
}

/* ---- the page ---------------------------------------------------------------------------- */

static void print_title(const struct scenario *scenario, struct buf *out)
{
	print_name(out, scenario->name, 0);
	(void)buf_addf(out, "  %s\n", scenario->target.text);
	if (*scenario->description) {
		(void)buf_adds(out, "  ");
		print_name(out, scenario->description, 0);
		(void)buf_addc(out, '\n');
	}
}

static void print_criteria(const struct scenario *scenario, struct buf *out)
{
	for (size_t i = 0; i < scenario->criterion_count; i++) {
		(void)buf_adds(out, i ? "            " : "  criteria  ");
		print_name(out, scenario->criteria[i].text, 0);
		(void)buf_addc(out, '\n');
	}
}

/* At the top: what cannot be reached must be read before anything else is looked at. */
static void print_warnings(const struct scenario *scenario, struct buf *out)
{
	struct plan_warning warnings[WARNINGS_SHOWN];
	size_t count = plan_warnings(scenario, warnings, WARNINGS_SHOWN);

	for (size_t i = 0; i < count && i < WARNINGS_SHOWN; i++)
		(void)buf_addf(out, "  warning   %s\n", warnings[i].text);
	if (count > WARNINGS_SHOWN)
		(void)buf_addf(out, "  warning   and %zu more\n", count - WARNINGS_SHOWN);
}

void plan_print(const struct scenario *scenario, struct buf *out)
{
	print_title(scenario, out);
	print_warnings(scenario, out);
	print_load(scenario, out);
	print_classes(scenario, out);
	print_ceiling(scenario, out);
	print_rows(scenario, out);
	print_criteria(scenario, out);
}
