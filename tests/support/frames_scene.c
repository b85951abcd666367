/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "frames.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

static const char *const names[SCENES] = {
	[SCENE_EMPTY] = "empty",     [SCENE_PLAN] = "plan",         [SCENE_SETUP] = "setup",
	[SCENE_RUNNING] = "running", [SCENE_RAMPING] = "ramping",   [SCENE_COLLAPSE] = "collapse",
	[SCENE_PAUSED] = "paused",   [SCENE_DRAINING] = "draining", [SCENE_PASSED] = "passed",
	[SCENE_FAILED] = "failed",   [SCENE_INVALID] = "invalid",   [SCENE_OPEN] = "open",
	[SCENE_BARE] = "bare",       [SCENE_PROBLEMS] = "problems", [SCENE_MANY] = "many",
	[SCENE_HOSTILE] = "hostile", [SCENE_LEVELS] = "levels",     [SCENE_EARLIER] = "earlier",
};

const char *frames_scene_name(enum frames_scene scene)
{
	return names[scene];
}

static struct frame *plan(void)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame;

	spec.state = RUN_IDLE;
	spec.elapsed_s = 0;
	spec.users_live = 0;
	spec.docker = spec.postgres = false;
	frame = frames_build(&spec);
	frame->plan =
		"scenario  Concurrent deployments\n"
		"target    http://localhost:8000\n"
		"load      100 users, 10 new ones a second, for 5m\n"
		"\n"
		"users over time\n"
		"  0s      0\n"
		"  10s     100   all users are up\n"
		"  5m      100   end\n"
		"\n"
		"reach\n"
		"  at most 80.0 requests a second: 100 users, each waiting 1.25 s on average\n"
		"  ! POST /api/v1/cab/submit/ rps > 100 is out of reach: it takes 340 users\n"
		"\n"
		"expected requests in 5m\n"
		"  POST  /api/v1/auth/login/            100\n"
		"  GET   /api/v1/deployments/         4,760\n"
		"  POST  /api/v1/deployments/        14,280\n"
		"  GET   /api/v1/deployments/{id}/    4,760\n"
		"\n"
		"checks\n"
		"  open files       1,048,576 allowed, 164 needed\n"
		"  health check     GET /api/v1/health/ answered 200 in 3 ms\n"
		"  docker           20.10.24, 3 of 3 containers found\n"
		"  postgres         15.18, 6 of 100 connections in use\n";
	return frame;
}

static struct frame *setup(void)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame;

	spec.state = RUN_SETUP;
	spec.elapsed_s = 12;
	spec.users_live = 0;
	frame = frames_build(&spec);
	frame->notice = "waiting for http://localhost:8000/api/v1/health/ (12 s of 30 s): "
			"connection refused";
	return frame;
}

static struct frame *ramping(void)
{
	struct frames_spec spec = frames_usual();

	spec.state = RUN_RAMPING;
	spec.elapsed_s = 8;
	spec.milli = 250;
	spec.classes = 4;
	spec.users_live = 412;
	spec.users_target = 1000;
	spec.users_max = 2000;
	spec.spawn_rate = 50;
	spec.class_target[0] = 500;
	spec.class_target[1] = 250;
	spec.class_target[2] = 150;
	spec.class_target[3] = 100;
	return frames_build(&spec);
}

static struct frames_spec collapse_spec(void)
{
	struct frames_spec spec = frames_usual();

	spec.users_live = 190;
	spec.users_target = 190;
	spec.spawn_rate = 2;
	spec.knee = 120;
	spec.classes = 4;
	spec.focus = 2;
	return spec;
}

static struct frame *collapse(void)
{
	struct frames_spec spec = collapse_spec();
	struct frame *frame = frames_build(&spec);

	frame->oldest_age_ns = 12400 * CLOCK_NS_PER_MS;
	frame->in_flight = 87;
	frame->containers[2].state = "exited (137)";
	frame->containers[2].alarm = true;
	frame->containers[2].oom_kills = 1;
	return frame;
}

static struct frame *usual_in(enum run_state state)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame;

	spec.state = state;
	frame = frames_build(&spec);
	if (state == RUN_DRAINING) {
		frame->in_flight = 14;
		frame->drain_left_ns = 7300 * CLOCK_NS_PER_MS;
	}
	return frame;
}

static struct frame *done(bool failed)
{
	struct frames_spec spec = failed ? collapse_spec() : frames_usual();
	struct frame *frame;

	spec.state = RUN_DONE;
	spec.elapsed_s = 300;
	spec.last = true;
	frame = frames_build(&spec);
	frame->users_live = 0;
	frame->verdict = failed ? VERDICT_FAIL : VERDICT_PASS;
	frame->exit_status = failed ? 1 : 0;
	return frame;
}

static struct frame *invalid(void)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame = frames_build(&spec);

	frame->generator.limited = true;
	frame->generator.cpu_pct = 98;
	frame->generator.lag_p99_us = 41000;
	frame->generator.reason = "event loop lag p99 41 ms is above 20 ms";
	return frame;
}

static struct frame *open_run(void)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame;

	spec.open = true;
	spec.rate = 2000;
	spec.focus = 2;
	frame = frames_build(&spec);
	frame->rate_max = 5000;
	return frame;
}

static struct frame *bare(void)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame;

	spec.docker = spec.postgres = false;
	spec.duration_s = 0;
	frame = frames_build(&spec);
	frame->row_count = 1;
	frame->criterion_count = 0;
	frame->mark_count = 0;
	return frame;
}

static struct frame *problems(void)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame = frames_build(&spec);

	frame->container_count = 0;
	frame->docker_problem = "no permission for /var/run/docker.sock: join the group docker "
				"and log in again";
	frame->postgres.connected = false;
	frame->postgres_problem = "FATAL: role \"postgres\" does not exist; set another user in "
				  "panels.postgres.dsn";
	return frame;
}

/* Twenty users more every forty seconds. */
static struct frame *levels(void)
{
	struct frames_spec spec = frames_usual();
	unsigned users[300];

	for (unsigned s = 0; s < 300; s++)
		users[s] = 20 * (s / 40 + 1) - (s % 40 < 2 ? 20 - s % 40 * 10 : 0);
	spec.elapsed_s = 290;
	spec.duration_s = 0;
	spec.users = users;
	spec.users_live = spec.users_target = users[290];
	spec.knee = 105;
	return frames_build(&spec);
}

static struct frame *many(void)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame = frames_build(&spec);
	struct frame_row *rows = frame_alloc(frame, 10000, sizeof(*rows));

	for (unsigned i = 0; i < 10000; i++) {
		rows[i] = frame->rows[i % 4];
		rows[i].name = frame_printf(frame, "/api/v1/items/%05u/", i);
		rows[i].endpoint = (uint16_t)i;
		rows[i].requests = i * 7919ULL % 100003;
		rows[i].rps = (double)(i * 31 % 977) / 10;
	}
	frame->rows = rows;
	frame->row_count = 10000;
	return frame;
}

/* Text as a stranger would like to have it on a terminal. */
static const char *hostile_name(struct frame *frame)
{
	static const char pattern[] =
		"/\033[2J\033]0;owned\a\302\233"
		"31m\342\200\256"
		"abc\r\n\t\303\050e\314\201\346\227\245\346\234\254\360\237\230\200";
	char *name = frame_alloc(frame, 501, 1);

	for (size_t i = 0; i < 500; i++)
		name[i] = pattern[i % (sizeof(pattern) - 1)];
	return name;
}

static struct frame *hostile(void)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame;
	const char *name;

	spec.knee = 60;
	frame = frames_build(&spec);
	name = hostile_name(frame);
	frame->scenario = name;
	frame->target = name;
	frame->notice = name;
	for (size_t i = 0; i < frame->row_count; i++) {
		frame->rows[i].name = name;
		frame->rows[i].method = i == 1 ? name : "POST";
	}
	frame->rows[0].requests = UINT64_MAX;
	frame->rows[0].rps = INFINITY;
	frame->rows[1].rps = NAN;
	frame->rows[2].rps = -5;
	frame->rows[0].service_window.max_us = UINT64_MAX;
	frame->rows[0].oldest_age_ns = UINT64_MAX;
	frame->rows[0].in_flight = UINT32_MAX;
	frame->all.requests = UINT64_MAX;
	frame->all.rps = 1e300;
	frame->classes[0].name = name;
	frame->criteria[0].text = name;
	frame->criteria[0].value = name;
	frame->containers[0].name = name;
	frame->containers[1].state = name;
	frame->containers[2].cpu_pct = NAN;
	frame->containers[2].memory_bytes = INFINITY;
	frame->postgres.connections = -1e18;
	frame->postgres.ceiling = NAN;
	for (size_t i = 0; i < frame->failure_count; i++) {
		frame->failures[i].text = name;
		frame->failures[i].name = name;
	}
	frame->users_max = 0;
	frame->users_target = UINT32_MAX;
	frame->spawn_rate = -3;
	frame->elapsed_ns = UINT64_MAX;
	frame->recent.step_ns = 0;
	frame->recent.start_ns = UINT64_MAX - 5;
	frame->whole.count = 0;
	frame->marks[0].at_ns = UINT64_MAX;
	frame->marks[1].text = name;
	return frame;
}

struct frame *frames_scene(enum frames_scene scene)
{
	struct frames_spec spec = frames_usual();

	switch (scene) {
	case SCENE_EMPTY:
		return frame_new();
	case SCENE_PLAN:
		return plan();
	case SCENE_SETUP:
		return setup();
	case SCENE_RUNNING:
		spec.focus = FRAMES_ALL;
		return frames_build(&spec);
	case SCENE_RAMPING:
		return ramping();
	case SCENE_COLLAPSE:
		return collapse();
	case SCENE_PAUSED:
		return usual_in(RUN_PAUSED);
	case SCENE_DRAINING:
		return usual_in(RUN_DRAINING);
	case SCENE_PASSED:
		return done(false);
	case SCENE_FAILED:
		return done(true);
	case SCENE_INVALID:
		return invalid();
	case SCENE_OPEN:
		return open_run();
	case SCENE_BARE:
		return bare();
	case SCENE_PROBLEMS:
		return problems();
	case SCENE_LEVELS:
		return levels();
	case SCENE_EARLIER:
		spec.baseline = true;
		spec.focus = 2;
		return frames_build(&spec);
	case SCENE_MANY:
		return many();
	case SCENE_HOSTILE:
		return hostile();
	case SCENES:
		break;
	}
	return frame_new();
}
