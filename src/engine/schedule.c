/* SPDX-License-Identifier: MIT */
/* Ramps and arrivals as pure functions of time. No state but the structs, no clock, no thread.
 *
 * Invariant of ramps: ramp_at() is the number of step instants that are <= now, and the instant
 * of a step is computed in one place (step_ns), so that at and next can never disagree by a
 * rounding. A double holds nanoseconds exactly for 104 days from t0. Cost: a few divisions. */
#include "config.h"

#include "engine/schedule.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

#define NS         ((double)CLOCK_NS_PER_SEC)
#define GAP_MAX_NS 1e18 /* between two steps: beyond any run */

/* Adding nanoseconds that may be beyond any run: saturates. */
static uint64_t add_ns(uint64_t t_ns, double delta_ns)
{
	if (!(delta_ns < 9e18)) {
		return UINT64_MAX;
	}
	uint64_t delta = (uint64_t)delta_ns;
	return t_ns > UINT64_MAX - delta ? UINT64_MAX : t_ns + delta;
}

static uint32_t ramp_steps(const struct ramp *ramp)
{
	return ramp->target > ramp->from ? ramp->target - ramp->from : ramp->from - ramp->target;
}

static uint64_t step_ns(const struct ramp *ramp, uint32_t step)
{
	/* forgives the rounding of the rate, or the last step of a way over a given time would come a
	 * nanosecond after its end */
	double after = ceil((double)step * (NS / ramp->rate) * (1 - 4e-15));

	if (ramp->t0_ns >= 0) {
		return add_ns((uint64_t)ramp->t0_ns, after);
	}
	return after > (double)-ramp->t0_ns ? add_ns(0, after - (double)-ramp->t0_ns) : 0;
}

/* Steps whose instant is not after now_ns. */
static uint32_t steps_made(const struct ramp *ramp, uint64_t now_ns)
{
	uint32_t all = ramp_steps(ramp);
	int64_t gone_ns = (int64_t)now_ns - ramp->t0_ns;
	if (all == 0 || gone_ns < 0) {
		return 0;
	}
	double estimate = (double)gone_ns / NS * ramp->rate;
	uint32_t made = estimate < (double)all ? (uint32_t)estimate : all;
	/* isnan: 0 ns at an infinite rate */
	if (isnan(estimate)) {
		made = all;
	}
	while (made < all && step_ns(ramp, made + 1) <= now_ns) {
		made++;
	}
	while (made > 0 && step_ns(ramp, made) > now_ns) {
		made--;
	}
	return made;
}

void ramp_init(struct ramp *ramp, uint32_t count)
{
	*ramp = (struct ramp){
		.t0_ns = INT64_MIN / 2, .from = count, .target = count, .rate = INFINITY
	};
}

void ramp_retarget(struct ramp *ramp, uint64_t now_ns, uint32_t target, double rate)
{
	uint32_t made = steps_made(ramp, now_ns);
	int64_t last_ns = made > 0 ? (int64_t)step_ns(ramp, made) : ramp->t0_ns;
	uint32_t from = ramp_at(ramp, now_ns);
	double gap_ns = fmin(floor(NS / rate), GAP_MAX_NS);
	int64_t earliest = (int64_t)now_ns - (int64_t)gap_ns;

	ramp->t0_ns = last_ns > earliest ? last_ns : earliest;
	ramp->from = from;
	ramp->target = target;
	ramp->rate = rate;
}

void ramp_retarget_over(struct ramp *ramp, uint64_t now_ns, uint32_t target, uint64_t over_ns)
{
	uint32_t from = ramp_at(ramp, now_ns);
	uint32_t steps = target > from ? target - from : from - target;

	ramp->t0_ns = (int64_t)now_ns;
	ramp->from = from;
	ramp->target = target;
	ramp->rate = over_ns > 0 && steps > 0 ? steps / ((double)over_ns / NS) : INFINITY;
}

uint32_t ramp_at(const struct ramp *ramp, uint64_t now_ns)
{
	uint32_t made = steps_made(ramp, now_ns);
	return ramp->target > ramp->from ? ramp->from + made : ramp->from - made;
}

uint64_t ramp_next_ns(const struct ramp *ramp, uint64_t now_ns)
{
	uint32_t made = steps_made(ramp, now_ns);
	return made < ramp_steps(ramp) ? step_ns(ramp, made + 1) : UINT64_MAX;
}

bool ramp_done(const struct ramp *ramp, uint64_t now_ns)
{
	return steps_made(ramp, now_ns) == ramp_steps(ramp);
}

void arrivals_init(struct arrivals *arr, uint64_t now_ns)
{
	*arr = (struct arrivals){ .t0_ns = now_ns };
}

double arrivals_rate(const struct arrivals *arr, uint64_t now_ns)
{
	if (now_ns <= arr->t0_ns) {
		return arr->over_ns > 0 ? arr->rate0 : arr->rate1;
	}
	uint64_t x = now_ns - arr->t0_ns;
	if (x >= arr->over_ns) {
		return arr->rate1;
	}
	return arr->rate0 + (arr->rate1 - arr->rate0) * ((double)x / (double)arr->over_ns);
}

double arrivals_count(const struct arrivals *arr, uint64_t now_ns)
{
	if (now_ns <= arr->t0_ns) {
		return arr->count0;
	}
	double x = (double)(now_ns - arr->t0_ns) / NS;
	double over = (double)arr->over_ns / NS;
	if (x >= over) {
		return arr->count0 + (arr->rate0 + arr->rate1) / 2 * over + arr->rate1 * (x - over);
	}
	return arr->count0 + arr->rate0 * x + (arr->rate1 - arr->rate0) / (2 * over) * x * x;
}

void arrivals_retarget(struct arrivals *arr, uint64_t now_ns, double rate, uint64_t over_ns)
{
	if (now_ns < arr->t0_ns) {
		now_ns = arr->t0_ns;
	}
	double rate0 = arrivals_rate(arr, now_ns);
	double count0 = arrivals_count(arr, now_ns);

	*arr = (struct arrivals){
		.t0_ns = now_ns, .rate0 = rate0, .rate1 = rate, .over_ns = over_ns, .count0 = count0
	};
}

uint64_t arrivals_instant(const struct arrivals *arr, uint64_t k)
{
	double need = (double)k + 1 - arr->count0;
	if (need <= 0) {
		return arr->t0_ns;
	}
	double over = (double)arr->over_ns / NS;
	double ramped = (arr->rate0 + arr->rate1) / 2 * over;
	double x;
	if (need <= ramped) {
		/* rate0 x + slope/2 x^2 = need, in the form that does not cancel */
		double slope = (arr->rate1 - arr->rate0) / over;
		double root = arr->rate0 * arr->rate0 + 2 * slope * need;
		x = 2 * need / (arr->rate0 + sqrt(root > 0 ? root : 0));
		x = x < over ? x : over;
	} else if (arr->rate1 > 0) {
		x = over + (need - ramped) / arr->rate1;
	} else {
		return UINT64_MAX;
	}
	/* What is within a thousandth of a nanosecond of a whole one is that one: 0.1 s stays
	 * 100,000,000 ns. */
	return add_ns(arr->t0_ns, ceil(x * NS - 1e-3));
}

void arrivals_log_init(struct arrivals_log *log, uint64_t now_ns)
{
	log->paused = false;
	log->count = 1;
	arrivals_init(&log->parts[0], now_ns);
}

const struct arrivals *arrivals_log_last(const struct arrivals_log *log)
{
	return &log->parts[log->count - 1];
}

static void log_forget(struct arrivals_log *log, size_t n)
{
	log->count -= n;
	memmove(log->parts, log->parts + n, log->count * sizeof(log->parts[0]));
}

/* Make `next`, which follows from the last part, the one in force. */
static void log_append(struct arrivals_log *log, const struct arrivals *next)
{
	if (next->t0_ns == arrivals_log_last(log)->t0_ns) {
		log->parts[log->count - 1] = *next;
		return;
	}
	if (log->count == ARRIVALS_LOG_MAX) {
		const struct arrivals first = log->parts[0];
		double span = (double)(log->parts[2].t0_ns - first.t0_ns) / NS;
		double mean = (log->parts[2].count0 - first.count0) / span;
		log_forget(log, 1);
		log->parts[0] = (struct arrivals){
			.t0_ns = first.t0_ns, .rate0 = mean, .rate1 = mean, .count0 = first.count0
		};
	}
	log->parts[log->count++] = *next;
}

void arrivals_log_retarget(struct arrivals_log *log, uint64_t now_ns, double rate, uint64_t over_ns)
{
	if (log->paused) {
		if (log->waiting.over_ns == 0) {
			log->waiting.rate0 = log->waiting.rate1;
		}
		log->waiting.rate1 = rate;
		log->waiting.over_ns = over_ns;
		return;
	}
	struct arrivals next = *arrivals_log_last(log);
	arrivals_retarget(&next, now_ns, rate, over_ns);
	log_append(log, &next);
}

void arrivals_log_pause(struct arrivals_log *log, uint64_t now_ns)
{
	if (log->paused) {
		return;
	}
	const struct arrivals *last = arrivals_log_last(log);
	if (now_ns < last->t0_ns) {
		now_ns = last->t0_ns;
	}
	uint64_t gone = now_ns - last->t0_ns;
	log->waiting = (struct arrivals){
		.rate0 = arrivals_rate(last, now_ns),
		.rate1 = last->rate1,
		.over_ns = last->over_ns > gone ? last->over_ns - gone : 0,
	};
	struct arrivals next = *last;
	arrivals_retarget(&next, now_ns, 0, 0);
	log_append(log, &next);
	log->paused = true;
}

void arrivals_log_resume(struct arrivals_log *log, uint64_t now_ns)
{
	if (!log->paused) {
		return;
	}
	log->paused = false;
	struct arrivals next = *arrivals_log_last(log);
	arrivals_retarget(&next, now_ns, log->waiting.rate1, log->waiting.over_ns);
	next.rate0 = log->waiting.rate0;
	log_append(log, &next);
}

uint64_t arrivals_log_instant(struct arrivals_log *log, uint64_t k)
{
	size_t past = 0;
	while (past + 1 < log->count && (double)k + 1 > log->parts[past + 1].count0) {
		past++;
	}
	if (past > 0) {
		log_forget(log, past);
	}
	uint64_t at = arrivals_instant(&log->parts[0], k);
	/* inside a part that has ended, a rounding must not carry it behind the end */
	return log->count > 1 && at > log->parts[1].t0_ns ? log->parts[1].t0_ns : at;
}
