/* SPDX-License-Identifier: MIT */
/* The worker pool. Invariants: queued > 0 only while every worker is busy; the timeout event is
 * pending whenever a queue with a time limit is not empty. No work is done: a worker is a timer of
 * log-normal length, so ten thousand of them cost nothing. */
#include "config.h"

#include "target/target_pool.h"

#include <math.h>

#include "base/clock.h"
#include "target/target_answer.h"
#include "target/target_call.h"
#include "target/target_route.h"

#define SATURATED_NS   CLOCK_NS_PER_SEC
#define SERVICE_MS_MAX 3.6e6
#define TWO_PI         6.283185307179586

static void pump(struct target *target);

/* How things stand at this moment. */
static struct target_mark mark_now(const struct target *target, uint64_t now_ns)
{
	const struct target_counters *counters = target->counters;
	struct target_mark mark = { .at_ns = now_ns - counters->first_ns,
				    .wall_ns = clock_wall_ns(),
				    .set = 1,
				    .in_flight = target->in_flight,
				    .queued = target->pool.queued,
				    .users = counters->login_requests,
				    .requests = target_counters_requests(counters) };
	return mark;
}

void target_pool_mark(struct target *target, enum target_mark_kind kind)
{
	struct target_mark *mark = &target->counters->marks[kind];

	if (!mark->set)
		*mark = mark_now(target, clock_now_ns());
}

/* Normally distributed with mean 0 and deviation 1 (Box and Muller 1958). */
static double normal(struct rng *rng)
{
	double u = 1.0 - rng_double(rng);

	return sqrt(-2.0 * log(u)) * cos(TWO_PI * rng_double(rng));
}

uint64_t target_pool_service_ns(const struct target_behaviour *how, unsigned queued,
				struct rng *rng)
{
	double ms = how->latency_median_ms;

	if (ms <= 0)
		return 0;
	if (how->latency_sigma > 0)
		ms *= exp(how->latency_sigma * normal(rng));
	if (how->degrade > 0 && how->workers > 0)
		ms *= 1.0 + how->degrade * queued / how->workers;
	return (uint64_t)(fmin(ms, SERVICE_MS_MAX) * (double)CLOCK_NS_PER_MS);
}

/* The work is done: the effect and the answer. */
static void complete(struct call *call)
{
	struct target *target = call->target;

	target->pool.busy--;
	target->counters->counts[COUNT_WORK_DONE]++;
	if (target->behaviour.error_ratio > 0 &&
	    rng_double(&target->rng) < target->behaviour.error_ratio) {
		target->counters->counts[COUNT_POOL_ERRORS]++;
		target_answer_detail(call, 500, "Internal server error.");
		return;
	}
	target_route_handle(call);
}

static void finish(struct call *call)
{
	struct target *target = call->target;

	if (target_pause_holds(call, finish))
		return;
	complete(call);
	pump(target);
}

static void start(struct call *call)
{
	struct target *target = call->target;
	uint64_t ns = target_pool_service_ns(&target->behaviour, target->pool.queued, &target->rng);

	target->pool.busy++;
	if (call->route->begin)
		call->route->begin(call);
	if (ns == 0)
		complete(call);
	else
		target_call_after(call, ns, finish);
}

/* The queue is still not empty at now_ns: is that capacity passed, or a moment's crowd? The longest
 * such time counts: a crowd that came early and went is no collapse. */
static void watch_saturation(struct target *target, uint64_t now_ns)
{
	struct target_counters *counters = target->counters;
	uint64_t since_ns = target->pool.waiting_since_ns;

	if (since_ns == 0 || now_ns - since_ns < SATURATED_NS ||
	    now_ns - since_ns <= counters->saturated_ns)
		return;
	counters->saturated_ns = now_ns - since_ns;
	counters->marks[MARK_SATURATED] = target->pool.waiting;
}

static void leave_queue(struct call *call, uint64_t now_ns)
{
	struct target_pool *pool = &call->target->pool;

	watch_saturation(call->target, now_ns);
	TAILQ_REMOVE(&pool->queue, call, queue);
	pool->queued--;
	if (pool->queued == 0) {
		pool->waiting_since_ns = 0;
		event_del(&pool->timeout);
	}
}

static bool has_worker(const struct target *target)
{
	return target->behaviour.workers <= 0 || target->pool.busy < target->behaviour.workers;
}

static void pump(struct target *target)
{
	struct target_pool *pool = &target->pool;

	while (pool->queued > 0 && has_worker(target)) {
		struct call *call = TAILQ_FIRST(&pool->queue);

		leave_queue(call, clock_now_ns());
		start(call);
	}
}

/* Time until the oldest has waited long enough; 0 when it has. */
static uint64_t patience_ns(const struct target *target, uint64_t now_ns)
{
	uint64_t limit = (uint64_t)(target->behaviour.queue_timeout_ms * 1e6);
	uint64_t waited = now_ns - TAILQ_FIRST(&target->pool.queue)->arrived_ns;

	return waited >= limit ? 0 : limit - waited;
}

static void arm_timeout(struct target *target, uint64_t now_ns)
{
	uint64_t ns;
	struct timeval tv;

	if (target->behaviour.queue_timeout_ms <= 0 || target->pool.queued == 0)
		return;
	ns = patience_ns(target, now_ns) + CLOCK_NS_PER_US; /* rounded up: never early */
	tv.tv_sec = (time_t)(ns / CLOCK_NS_PER_SEC);
	tv.tv_usec = (suseconds_t)(ns % CLOCK_NS_PER_SEC / CLOCK_NS_PER_US);
	event_add(&target->pool.timeout, &tv);
}

static void expire(evutil_socket_t fd, short what, void *arg)
{
	struct target *target = arg;
	struct target_pool *pool = &target->pool;
	uint64_t now_ns = clock_now_ns();

	(void)fd;
	(void)what;
	if (target->paused) /* nothing happens in a pause; its end looks here again */
		return;
	while (pool->queued > 0 && target->behaviour.queue_timeout_ms > 0 &&
	       patience_ns(target, now_ns) == 0) {
		struct call *call = TAILQ_FIRST(&pool->queue);

		target_pool_mark(target, MARK_FAILED);
		leave_queue(call, now_ns);
		target->counters->counts[COUNT_POOL_TIMED_OUT]++;
		target_answer_detail(
			call, 500,
			"QueuePool limit of size %.0f overflow 0 reached, connection timed out, "
			"timeout %.2f",
			target->behaviour.workers, target->behaviour.queue_timeout_ms / 1000);
	}
	arm_timeout(target, now_ns);
}

static void enqueue(struct call *call)
{
	struct target *target = call->target;
	struct target_pool *pool = &target->pool;
	uint64_t now_ns = clock_now_ns();

	TAILQ_INSERT_TAIL(&pool->queue, call, queue);
	pool->queued++;
	target->counters->counts[COUNT_WORK_WAITED]++;
	if (pool->queued > target->counters->max_queued)
		target->counters->max_queued = pool->queued;
	if (pool->queued == 1) {
		pool->waiting_since_ns = now_ns;
		pool->waiting = mark_now(target, now_ns);
		if (!target->counters->marks[MARK_QUEUED].set)
			target->counters->marks[MARK_QUEUED] = pool->waiting;
		arm_timeout(target, now_ns);
	}
	watch_saturation(target, now_ns);
}

void target_pool_submit(struct call *call)
{
	struct target *target = call->target;
	double limit = target->behaviour.queue_limit;

	if (has_worker(target)) {
		start(call);
		return;
	}
	if (limit > 0 && target->pool.queued >= limit) {
		target_pool_mark(target, MARK_FAILED);
		target->counters->counts[COUNT_POOL_REJECTED]++;
		target_answer_detail(call, 500,
				     "QueuePool limit of size %.0f overflow 0 reached, %u requests "
				     "waiting: the queue is full",
				     target->behaviour.workers, target->pool.queued);
		return;
	}
	enqueue(call);
}

void target_pool_adjust(struct target *target)
{
	pump(target);
	expire(-1, 0, target);
}

void target_pool_init(struct target *target)
{
	TAILQ_INIT(&target->pool.queue);
	event_assign(&target->pool.timeout, target->base, -1, 0, expire, target);
}

void target_pool_fini(struct target *target)
{
	event_del(&target->pool.timeout);
}
