/* SPDX-License-Identifier: MIT */
/* The arithmetic of a load, at zero latency. Closed runs: a user of a class with mean wait W
 * begins 1 / W tasks per second, so N of them make N / W (the interactive response time law
 * N = X (R + Z) with R = 0: Denning and Buzen 1978). Over a life of L seconds a user begins about
 * L / W + (1 + c^2) / 2 tasks, c being the coefficient of variation of the wait: the renewal
 * theorem for a first task at once (Cox 1962); never less than one. */
#include "config.h"

#include "scenario/plan.h"

#include <math.h>

#include "base/clock.h"
#include "scenario/plan_internal.h"
#include "scenario/scenario.h"

static double seconds(uint64_t ns)
{
	return (double)ns / (double)CLOCK_NS_PER_SEC;
}

/* ---- levels over time -------------------------------------------------------------------- */

/* Level of the stages at t: linear within a stage, the last one's level after the end. */
static double stage_level_at(const struct load *load, double t)
{
	double level = 0;

	for (size_t i = 0; i < load->stage_count; i++) {
		const struct stage *stage = &load->stages[i];
		double length = seconds(stage->duration_ns);

		if (t < length)
			return level + (stage->value - level) * t / length;
		level = stage->value;
		t -= length;
	}
	return level;
}

double plan_users_at(const struct scenario *scenario, uint64_t t_ns)
{
	const struct load *load = &scenario->load;

	if (load->stage_count && !load->open)
		return stage_level_at(load, seconds(t_ns));
	return fmin(load->users, load->spawn_rate * seconds(t_ns));
}

double plan_rate_at(const struct scenario *scenario, uint64_t t_ns)
{
	const struct load *load = &scenario->load;
	double over = seconds(load->rate_over_ns), t = seconds(t_ns);

	if (!load->open)
		return 0;
	if (load->stage_count)
		return stage_level_at(load, t);
	return t < over ? load->rate * t / over : load->rate;
}

/* Area under a level that goes to each stage's value in turn, from 0 to `end`. */
static double stage_area(const struct load *load, double end)
{
	double level = 0, area = 0, t = 0;

	for (size_t i = 0; i < load->stage_count && t < end; i++) {
		const struct stage *stage = &load->stages[i];
		double length = seconds(stage->duration_ns), part = fmin(length, end - t);
		double reached =
			length > 0 ? level + (stage->value - level) * part / length : stage->value;

		area += (level + reached) / 2 * part;
		level = stage->value;
		t += length;
	}
	return area + level * fmax(end - t, 0);
}

/* Area under a ramp from 0 to `level` over `ramp` seconds and a hold after it, until `end`. */
static double ramp_area(double level, double ramp, double end)
{
	if (end < ramp)
		return level * end / ramp * end / 2;
	return level * (end - ramp / 2);
}

double plan_user_seconds(const struct scenario *scenario)
{
	const struct load *load = &scenario->load;
	double end = seconds(load->duration_ns);

	if (load->stage_count && !load->open)
		return stage_area(load, end);
	return ramp_area(load->users, load->users / load->spawn_rate, end);
}

static double arrivals(const struct load *load)
{
	double end = seconds(load->duration_ns);

	if (load->stage_count)
		return stage_area(load, end);
	return ramp_area(load->rate, seconds(load->rate_over_ns), end);
}

/* Users that are ever born: every way up counts. */
static double births(const struct scenario *scenario)
{
	const struct load *load = &scenario->load;
	double end = seconds(load->duration_ns), level = 0, born = 0, t = 0;

	if (load->duration_ns == 0)
		end = INFINITY;
	if (!load->stage_count || load->open)
		return fmin(load->users, load->spawn_rate * end);
	for (size_t i = 0; i < load->stage_count && t < end; i++) {
		const struct stage *stage = &load->stages[i];
		double length = seconds(stage->duration_ns);
		double part = length > 0 ? fmin(1, (end - t) / length) : 1;

		born += fmax((stage->value - level) * part, 0);
		level = stage->value;
		t += length;
	}
	return born;
}

/* ---- classes ----------------------------------------------------------------------------- */

double plan_mean_wait(const struct wait *wait)
{
	double a = seconds(wait->a_ns), b = seconds(wait->b_ns);

	switch (wait->kind) {
	case WAIT_NONE:
		return 0;
	case WAIT_CONSTANT:
	case WAIT_PACING:
		return a;
	case WAIT_UNIFORM:
		return (a + b) / 2;
	case WAIT_EXPONENTIAL: /* min(X, b) of an exponential X: a (1 - e^(-b/a)) */
		return a * (1 - exp(-(b > 0 ? b : 20 * a) / a));
	}
	return 0;
}

/* Square of the coefficient of variation; the cap of an exponential is left out. */
static double wait_variation(const struct wait *wait)
{
	double a = seconds(wait->a_ns), b = seconds(wait->b_ns), mean = plan_mean_wait(wait);

	switch (wait->kind) {
	case WAIT_NONE:
	case WAIT_CONSTANT:
	case WAIT_PACING:
		return 0;
	case WAIT_UNIFORM:
		return (b - a) * (b - a) / 12 / (mean * mean);
	case WAIT_EXPONENTIAL:
		return 1;
	}
	return 0;
}

void plan_class_users(const struct scenario *scenario, double total, double *users)
{
	double weights = 0, fixed = 0, left = total;

	for (size_t i = 0; i < scenario->class_count; i++) {
		const struct user_class *class = &scenario->classes[i];

		users[i] = fmin(class->fixed_users, left);
		left -= users[i];
		fixed += class->fixed_users;
		weights += class->fixed_users ? 0 : class->weight;
	}
	for (size_t i = 0; i < scenario->class_count && left > 0; i++) {
		const struct user_class *class = &scenario->classes[i];

		if (weights > 0 && !class->fixed_users)
			users[i] += left * class->weight / weights;
		else if (weights <= 0 && fixed > 0)
			users[i] += left * class->fixed_users / fixed;
	}
}

static double steps_on(const struct step *steps, size_t count, int endpoint)
{
	double hits = 0;

	for (size_t i = 0; i < count; i++)
		hits += endpoint < 0 || steps[i].endpoint == (unsigned)endpoint;
	return hits;
}

double plan_requests_per_task(const struct user_class *class, int endpoint)
{
	double sum = 0;

	for (size_t i = 0; i < class->task_count; i++)
		sum += class->tasks[i].weight *
		       steps_on(class->tasks[i].steps, class->tasks[i].step_count, endpoint);
	return sum / class->task_weight_sum;
}

/* ---- what can be reached ----------------------------------------------------------------- */

static bool is_wanted(const struct plan_scope *scope, size_t class_index)
{
	return scope->class_index < 0 || scope->class_index == (int)class_index;
}

double plan_scope_rps(const struct scenario *scenario, const struct plan_scope *scope)
{
	const struct load *load = &scenario->load;
	double users[SCENARIO_CLASSES_MAX] = { 0 }, rps = 0;

	plan_class_users(scenario, load->users, users);
	for (size_t i = 0; i < scenario->class_count; i++) {
		const struct user_class *class = &scenario->classes[i];
		double requests = plan_requests_per_task(class, scope->endpoint);
		double wait = plan_mean_wait(&class->wait);

		if (!is_wanted(scope, i) || users[i] <= 0 || requests <= 0)
			continue;
		if (load->open)
			rps += load->rate * users[i] / load->users * requests;
		else
			rps += wait > 0 ? users[i] * requests / wait : INFINITY;
	}
	return rps;
}

double plan_max_rps(const struct scenario *scenario)
{
	return plan_scope_rps(scenario, &PLAN_ALL);
}

/* Of one class over the whole run. */
static double class_requests(const struct scenario *scenario, const struct user_class *class,
			     double share, int endpoint)
{
	const struct load *load = &scenario->load;
	double born = births(scenario) * share, tasks = 0;
	double requests = plan_requests_per_task(class, endpoint);
	double wait = plan_mean_wait(&class->wait);
	double once = steps_on(class->on_start, class->on_start_count, endpoint) +
		      steps_on(class->on_stop, class->on_stop_count, endpoint);

	if (requests > 0 && born > 0) {
		if (load->duration_ns == 0)
			return INFINITY;
		if (load->open)
			tasks = arrivals(load) * share;
		else if (wait <= 0)
			return INFINITY;
		else
			tasks = fmax(plan_user_seconds(scenario) * share / wait +
					     born * (1 + wait_variation(&class->wait)) / 2,
				     born);
	}
	return tasks * requests + born * once;
}

double plan_scope_requests(const struct scenario *scenario, const struct plan_scope *scope)
{
	double users[SCENARIO_CLASSES_MAX] = { 0 }, sum = 0;

	plan_class_users(scenario, scenario->load.users, users);
	for (size_t i = 0; i < scenario->class_count; i++)
		if (is_wanted(scope, i))
			sum += class_requests(scenario, &scenario->classes[i],
					      users[i] / scenario->load.users, scope->endpoint);
	return sum;
}

double plan_expected_requests(const struct scenario *scenario, unsigned endpoint)
{
	struct plan_scope scope = { -1, (int)endpoint };

	return plan_scope_requests(scenario, &scope);
}

/* Fixed classes make what they make; the weighted ones share the rest. Without weighted classes
 * the fixed numbers grow in proportion. */
double plan_users_for_rps(const struct scenario *scenario, double rps)
{
	double fixed_users = 0, fixed_rps = 0, weights = 0, weighted_rps = 0;

	for (size_t i = 0; i < scenario->class_count; i++) {
		const struct user_class *class = &scenario->classes[i];
		double wait = plan_mean_wait(&class->wait);
		double each = wait > 0 ? plan_requests_per_task(class, -1) / wait : INFINITY;

		if (class->fixed_users) {
			fixed_users += class->fixed_users;
			fixed_rps += class->fixed_users * each;
		} else {
			weights += class->weight;
			weighted_rps += class->weight * each;
		}
	}
	if (weights > 0)
		return fixed_users + fmax(rps - fixed_rps, 0) / (weighted_rps / weights);
	return fixed_users * rps / fixed_rps;
}
