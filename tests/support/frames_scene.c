/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "frames.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

static const char *const names[SCENES] = {
	[SCENE_EMPTY] = "empty",
	[SCENE_PLAN] = "plan",
	[SCENE_PLAN_PROBES] = "plan-probes",
	[SCENE_PLAN_FAILED] = "plan-failed",
	[SCENE_SETUP] = "setup",
	[SCENE_RUNNING] = "running",
	[SCENE_RAMPING] = "ramping",
	[SCENE_COLLAPSE] = "collapse",
	[SCENE_PAUSED] = "paused",
	[SCENE_DRAINING] = "draining",
	[SCENE_PASSED] = "passed",
	[SCENE_FAILED] = "failed",
	[SCENE_INVALID] = "invalid",
	[SCENE_OPEN] = "open",
	[SCENE_BARE] = "bare",
	[SCENE_PROBLEMS] = "problems",
	[SCENE_MANY] = "many",
	[SCENE_LOG] = "log",
	[SCENE_DATABASE] = "database",
	[SCENE_HOSTILE] = "hostile",
	[SCENE_LEVELS] = "levels",
	[SCENE_EARLIER] = "earlier",
	[SCENE_CLOCK] = "clock",
};

const char *frames_scene_name(enum frames_scene scene)
{
	return names[scene];
}

static struct frame_probe all_well[] = {
	{ "open files", "100 users need 356 of 1,048,576 allowed", PROBE_OK },
	{ "local ports", "100 connections need 100 of 28,232", PROBE_OK },
	{ "target name", "localhost is 127.0.0.1", PROBE_OK },
	{ "health check", "http://localhost:8000/api/v1/health/ answers 200 in 3.1 ms", PROBE_OK },
	{ "login DeploymentUser", "POST /api/v1/auth/login/ answers 200 in 52 ms; extracted token",
	  PROBE_OK },
	{ "docker", "20.10.24, 3 of 3 containers found", PROBE_OK },
	{ "postgres", "15.18, 6 of 100 connections in use", PROBE_OK },
};

static struct frame_probe some_failed[] = {
	{ "open files", "100 users need 356 of 1,048,576 allowed", PROBE_OK },
	{ "local ports", "100 connections need 100 of 28,232", PROBE_OK },
	{ "target name", "localhost is 127.0.0.1", PROBE_OK },
	{ "health check", "http://localhost:8000/api/v1/health/ answers 200 in 3.1 ms", PROBE_OK },
	{ "login DeploymentUser",
	  "POST /api/v1/auth/login/: HTTP 401 Unauthorized. The test user may not exist, or its "
	  "password is another: create it, or set PASSWORD in the environment (PASSWORD is not "
	  "set: "
	  "the scenario's default was sent)",
	  PROBE_FAILED },
	{ "login Visitor", "nothing to do: the class has no on_start steps", PROBE_SKIPPED },
	{ "docker", "waiting for 2 s", PROBE_RUNNING },
};

static struct frame *plan(struct frame_probe *probes, size_t count, bool probing)
{
	struct frames_spec spec = frames_usual();
	struct frame *frame;

	spec.state = RUN_IDLE;
	spec.elapsed_s = 0;
	spec.users_live = 0;
	spec.docker = spec.postgres = false;
	frame = frames_build(&spec);
	frame->plan = "Concurrent deployments  http://localhost:8000\n"
		      "  Run 1 of the procedure: 100 users create, list and look at deployments.\n"
		      "  warning   100–120 req/s cannot be reached: 100 users waiting 1.25 s on "
		      "average make "
		      "at most 80 req/s; it takes 125–150 users\n"
		      "  load      100 users, 10 per second, 5m (by hand up to 200 users)\n"
		      "  users     00:00 0  →  00:10 100  →  05:00 100\n"
		      "  classes   DeploymentUser                 100 users, 3 tasks, waits 0.5 s "
		      "to 2.0 s, "
		      "mean 1.25 s\n"
		      "  ceiling   80 req/s, when answers take no time; wanted: 100–120\n"
		      "  requests   EXPECTED   SHARE   REQ/S  METHOD  NAME\n"
		      "                  100   0.4 %          POST    /api/v1/auth/login/\n"
		      "               14,194  59.7 %      48  POST    /api/v1/deployments/\n"
		      "                4,731  19.9 %      16  GET     /api/v1/deployments/\n"
		      "                4,731  19.9 %      16  GET     /api/v1/deployments/{id}/\n"
		      "               23,756              80          all\n"
		      "  criteria  requests >= 375\n"
		      "            failures == 0\n"
		      "            median < 200ms\n"
		      "            p99 < 500ms\n";
	if (probing) { /* one of several */
		frame->scenario_index = 1;
		frame->scenario_count = 4;
		frame->next_scenario = "Connector scaling";
	}
	frame->probing = probing;
	frame->probe_count = count;
	frame->probes = probes;
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
	struct frame *frame;

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
	frame = frames_build(&spec);
	frame->replay = "replay 3/12, next in 8 s: users 1,200";
	return frame;
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

	frame->oldest_age_ns = frame->all.oldest_age_ns = 13100 * CLOCK_NS_PER_MS;
	frame->in_flight = 87;
	frame->rows[2].oldest_age_ns = 13100 * CLOCK_NS_PER_MS;
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
static struct frame *full_database(void)
{
	static struct frame_gauge gauges[] = {
		{ "duplicate_approvals", 2, 0, true, true, "" },
		{ "backlog", FRAME_GAP, 1000, true, false,
		  "relation \"jobs\" does not exist (42P01)" },
	};
	static struct frame_client_group groups[] = {
		{ "eucora", "eucora_user", "gunicorn", 71, 32, 38, 1, 4.1 },
		{ "eucora", "eucora_user", "celery", 24, 0, 22, 2, 43 },
		{ "postgres", "someone_else", "", 1, FRAME_GAP, FRAME_GAP, FRAME_GAP, -1 },
	};
	struct frames_spec spec = frames_usual();
	struct frame *frame = frames_build(&spec);
	struct frame_postgres *pg = &frame->postgres;

	pg->connections = pg->ceiling = 96;
	pg->all_rows = 103;
	pg->active = pg->waiting = pg->blocked = 32;
	pg->idle = 60;
	pg->idle_in_transaction = 4;
	pg->longest_transaction_s = 43;
	pg->alarm = true;
	pg->refused = 12;
	pg->aas = 31.5;
	pg->lwlock = 1;
	pg->io = pg->aborted = 0;
	pg->deadlocks = 1;
	pg->longest_query_s = 4.1;
	pg->cache_hit_pct = 99.2;
	pg->temp_bps = 0;
	pg->connect_ms = 4;
	pg->blocker =
		"pid 4711 (celery, idle in transaction 43 s) holds the lock that 32 of 32 blocked "
		"sessions wait for";
	pg->note = "";
	pg->ceiling_note = "max_connections 100, 3 reserved, 1 of throng";
	pg->gauges = gauges;
	pg->gauge_count = sizeof(gauges) / sizeof(gauges[0]);
	pg->groups = groups;
	pg->group_count = sizeof(groups) / sizeof(groups[0]);
	return frame;
}

static struct frame *followed_log(void)
{
	static struct frame_log_line lines[] = {
		{ FRAME_LOG_STDOUT, false, "POST /api/v1/deployments/ 201 41 ms" },
		{ FRAME_LOG_REMARK, false, "… 312 lines left out" },
		{ FRAME_LOG_STDERR, true,
		  "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, "
		  "connection timed "
		  "out, timeout 30.00" },
		{ FRAME_LOG_STDERR, false, "Traceback (most recent call last):" },
		{ FRAME_LOG_STDOUT, false, "POST /api/v1/deployments/ 500 30,012 ms" },
	};
	struct frames_spec spec = frames_usual();
	struct frame *frame = frames_build(&spec);

	frame->log = (struct frame_log){ "eucora-api", lines, sizeof(lines) / sizeof(lines[0]) };
	frame->containers[2].host_network = true;
	frame->containers[2].net_rx_bps = frame->containers[2].net_tx_bps = FRAME_GAP;
	frame->containers[2].io_read_bps = frame->containers[2].io_write_bps = FRAME_GAP;
	return frame;
}

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

/* What a source of frames says whose clock was set back, or two of which do not agree. */
static struct frame *clock_steps(void)
{
	struct frames_spec spec = collapse_spec();
	struct frame *frame = frames_build(&spec);

	frame->elapsed_ns = 3 * CLOCK_NS_PER_SEC; /* a moment ago it was 2:14 */
	frame->at_ns = 0;
	frame->wall_start_ns = UINT64_MAX;
	frame->recent.start_ns = 500 * CLOCK_NS_PER_SEC;
	frame->whole.step_ns = 0;
	frame->heat_recent.start_ns = 500 * CLOCK_NS_PER_SEC;
	frame->heat_whole.step_ns = 0;
	frame->detail.recent.start_ns = UINT64_MAX;
	frame->detail.whole.start_ns = UINT64_MAX;
	frame->oldest_age_ns = UINT64_MAX - 5;
	frame->rows[1].oldest_age_ns = UINT64_MAX;
	frame->drain_left_ns = UINT64_MAX;
	for (size_t i = 0; i < frame->failure_count; i++) {
		frame->failures[i].first_ns = (900 + i) * CLOCK_NS_PER_SEC;
		frame->failures[i].last_ns = 0;
	}
	for (size_t i = 0; i < frame->level_count; i++) {
		frame->levels[i].from_ns = UINT64_MAX;
		frame->levels[i].seconds = -4;
	}
	frame->marks[0].at_ns = 4000 * CLOCK_NS_PER_SEC;
	frame->marks[1].at_ns = 0;
	frame->containers[0].cpu_pct = -20;
	frame->postgres.longest_transaction_s = -1;
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
	spec.focus = 2;
	spec.baseline = true;
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
	frame->baseline = name;
	frame->replay = name;
	frame->heat_recent.max = UINT32_MAX;
	frame->levels[0].load = INFINITY;
	frame->levels[0].rps = NAN;
	frame->levels[0].p99_us = UINT64_MAX;
	frame->levels[0].cpu_pct = 1e300;
	frame->knee.found = true;
	frame->knee.load = NAN;
	frame->knee.text = name;
	frame->detail.service.bars[0].count = UINT64_MAX;
	frame->detail.service.bars[1].low_us = UINT64_MAX;
	frame->detail.service.quantiles[3].us = UINT64_MAX;
	frame->detail.service.quantiles[4].us = 1; /* falls */
	frame->detail.statuses[0].status = 65534;
	frame->detail.statuses[0].count = UINT64_MAX;
	frame->detail.size_mean_bytes = NAN;
	frame->detail.size_max_bytes = UINT64_MAX;
	return frame;
}

struct frame *frames_scene(enum frames_scene scene)
{
	struct frames_spec spec = frames_usual();

	switch (scene) {
	case SCENE_EMPTY:
		return frame_new();
	case SCENE_PLAN:
		return plan(NULL, 0, false);
	case SCENE_PLAN_PROBES:
		return plan(all_well, sizeof(all_well) / sizeof(all_well[0]), false);
	case SCENE_PLAN_FAILED:
		return plan(some_failed, sizeof(some_failed) / sizeof(some_failed[0]), true);
	case SCENE_SETUP:
		return setup();
	case SCENE_RUNNING:
		spec.focus = FRAMES_ALL;
		return frames_build(&spec);
	case SCENE_RAMPING:
		return ramping();
	case SCENE_COLLAPSE:
		return collapse();
	case SCENE_DATABASE:
		return full_database();
	case SCENE_LOG:
		return followed_log();
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
	case SCENE_CLOCK:
		return clock_steps();
	case SCENE_HOSTILE:
		return hostile();
	case SCENES:
		break;
	}
	return frame_new();
}
