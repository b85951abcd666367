/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "docker_set.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "monitor/docker.h"
#include "scenario/scenario.h"
#include "scenario_text.h"
#include "unit.h"

#define LIMIT_NS (60 * CLOCK_NS_PER_SEC)

static void keep(void *arg, const struct reading *reading)
{
	struct docker_set *set = arg;

	if (set->reading_count == set->reading_room) {
		set->reading_room = set->reading_room == 0 ? 256 : set->reading_room * 2;
		set->readings = realloc(set->readings, set->reading_room * sizeof(*set->readings));
		assert_non_null(set->readings);
	}
	set->readings[set->reading_count++] = *reading;
}

struct docker_set *docker_set_new(const char *containers, const char *more)
{
	struct docker_set *set = calloc(1, sizeof(*set));
	char text[4096];

	sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN },
		  NULL); /* libevent write(2)s */
	tempdir_init(&set->dir);
	snprintf(set->path, sizeof(set->path), "%s/d.sock", set->dir.path);
	snprintf(text, sizeof(text),
		 "{\"target\":\"http://127.0.0.1:1\",\"load\":{\"users\":1,\"duration\":\"1s\"},"
		 "\"users\":{\"U\":{\"tasks\":{\"t\":{\"get\":\"/\"}}}},"
		 "\"panels\":{\"docker\":{\"host\":\"unix://%s\",\"containers\":%s%s}}}",
		 set->path, containers, more);
	set->scenario = scenario_text(text, NULL);
	set->base = event_base_new();
	assert_non_null(set->base);
	set->fake = fake_docker_new(set->base, set->path);
	fake_docker_stream(set->fake, "/events");
	set->env = (struct panel_env){
		.base = set->base, .scenario = set->scenario, .emit = keep, .arg = set
	};
	return set;
}

void docker_set_free(struct docker_set *set)
{
	if (set->panel != NULL)
		panel_docker.destroy(set->panel);
	fake_docker_free(set->fake);
	event_base_free(set->base);
	scenario_free(set->scenario);
	tempdir_fini(&set->dir);
	free(set->readings);
	free(set);
}

void docker_set_start(struct docker_set *set)
{
	struct error err = { 0 };

	assert_int_equal(panel_docker.create(&set->panel, &set->env, &err), 0);
}

/* ---- the daemon's containers ------------------------------------------------------------------- */

static void serve_one(struct docker_set *set, const struct docker_set_container *c)
{
	char path[80], body[2048];

	snprintf(path, sizeof(path), "/containers/%s/json", c->id);
	snprintf(body, sizeof(body),
		 "{\"Id\":\"%s\",\"Name\":\"/%s\",\"RestartCount\":0,\"State\":{\"Status\":\"%s\","
		 "\"Running\":%s,\"Paused\":%s,\"ExitCode\":%d,\"OOMKilled\":false,"
		 "\"StartedAt\":\"2026-11-23T10:00:%02dZ\"%s%s%s},"
		 "\"Config\":{\"Tty\":%s,\"Env\":[\"POSTGRES_USER=eucora\",\"PATH=/bin\"]},"
		 "\"HostConfig\":{\"NetworkMode\":\"%s\",\"LogConfig\":{\"Type\":\"json-file\"}},"
		 "\"NetworkSettings\":{\"Networks\":{\"b\":{\"IPAddress\":\"172.17.0.5\"}}}}",
		 c->id, c->name, c->state,
		 strcmp(c->state, "running") == 0 || strcmp(c->state, "paused") == 0 ? "true"
										     : "false",
		 strcmp(c->state, "paused") == 0 ? "true" : "false", c->exit_code, c->life,
		 set->health[0] != '\0' ? ",\"Health\":{\"Status\":\"" : "", set->health,
		 set->health[0] != '\0' ? "\"}" : "", set->tty ? "true" : "false",
		 set->host_network ? "host" : "bridge");
	fake_docker_answer(set->fake, path, 200, body);
	snprintf(path, sizeof(path), "/containers/%s/stats", c->id);
	fake_docker_stream(set->fake, path);
	snprintf(path, sizeof(path), "/containers/%s/logs", c->id);
	fake_docker_stream(set->fake, path);
}

void docker_set_serve(struct docker_set *set)
{
	struct buf list;

	buf_init(&list, 65536);
	buf_addc(&list, '[');
	for (size_t i = 0; i < set->container_count; i++) {
		const struct docker_set_container *c = &set->containers[i];

		serve_one(set, c);
		buf_addf(&list,
			 "%s{\"Id\":\"%s\",\"Names\":[\"/%s\"],\"State\":\"%s\",\"Labels\":{",
			 i > 0 ? "," : "", c->id, c->name, c->state);
		if (c->service[0] != '\0')
			buf_addf(&list,
				 "\"com.docker.compose.service\":\"%s\","
				 "\"com.docker.compose.container-number\":\"1\"",
				 c->service);
		buf_adds(&list, "}}");
	}
	buf_addc(&list, ']');
	fake_docker_answer(set->fake, "/containers/json", 200, buf_str(&list));
	fake_docker_stream(set->fake, "/events");
	buf_fini(&list);
}

static struct docker_set_container *container(struct docker_set *set, const char *id)
{
	for (size_t i = 0; i < set->container_count; i++)
		if (strcmp(set->containers[i].id, id) == 0)
			return &set->containers[i];
	fail_msg("no container %s", id);
	return NULL;
}

void docker_set_container(struct docker_set *set, const char *id, const char *name,
			  const char *service, const char *state)
{
	struct docker_set_container *c = &set->containers[set->container_count++];

	*c = (struct docker_set_container){ .life = 1 };
	snprintf(c->id, sizeof(c->id), "%s", id);
	snprintf(c->name, sizeof(c->name), "%s", name);
	snprintf(c->service, sizeof(c->service), "%s", service != NULL ? service : "");
	snprintf(c->state, sizeof(c->state), "%s", state);
	docker_set_serve(set);
}

void docker_set_state(struct docker_set *set, const char *id, const char *state, int exit_code,
		      int life)
{
	struct docker_set_container *c = container(set, id);

	snprintf(c->state, sizeof(c->state), "%s", state);
	c->exit_code = exit_code;
	c->life = life;
	docker_set_serve(set);
}

void docker_set_remove(struct docker_set *set, const char *id)
{
	struct docker_set_container *c = container(set, id);
	char path[80];

	snprintf(path, sizeof(path), "/containers/%s/stats", id);
	fake_docker_end(set->fake, path);
	*c = set->containers[--set->container_count];
	docker_set_serve(set);
}

void docker_set_event(struct docker_set *set, const char *action, const char *id,
		      const char *exit_code)
{
	char line[512];
	int len = snprintf(line, sizeof(line),
			   "{\"Type\":\"container\",\"Action\":\"%s\",\"Actor\":{\"ID\":\"%s\","
			   "\"Attributes\":{\"name\":\"x\"%s%s%s}},\"timeNano\":1}\n",
			   action, id, exit_code != NULL ? ",\"exitCode\":\"" : "",
			   exit_code != NULL ? exit_code : "", exit_code != NULL ? "\"" : "");

	assert_int_equal(fake_docker_push(set->fake, "/events", line, (size_t)len), 1);
}

void docker_set_push(struct docker_set *set, const char *id, const char *text)
{
	char path[80];

	snprintf(path, sizeof(path), "/containers/%s/stats", id);
	assert_int_equal(fake_docker_push(set->fake, path, text, strlen(text)), 1);
}

void docker_set_frame(struct docker_set *set, const char *id, const struct docker_frame *frame)
{
	char text[1500];

	snprintf(text, sizeof(text),
		 "{\"read\":\"2026-11-23T10:00:%02d.5Z\",\"preread\":\"%s\",\"pids_stats\":{"
		 "\"current\":7},"
		 "\"blkio_stats\":{\"io_service_bytes_recursive\":[]},"
		 "\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":%lld},\"system_cpu_usage\":%lld,"
		 "\"online_cpus\":2},\"precpu_stats\":{\"cpu_usage\":{\"total_usage\":%lld},"
		 "\"system_cpu_usage\":1},\"memory_stats\":{\"usage\":%d,\"limit\":1000000,"
		 "\"stats\":{}}%s",
		 frame->second, frame->second > 1 ? "2026-11-23T09:00:00Z" : "0001-01-01T00:00:00Z",
		 frame->cpu_ms * 1000000LL, frame->system_ms * 1000000LL + 1,
		 frame->previous_cpu_ms * 1000000LL, frame->memory,
		 frame->no_networks ? "}\n" : "");
	docker_set_push(set, id, text);
	if (!frame->no_networks) {
		snprintf(text, sizeof(text),
			 ",\"networks\":{\"eth0\":{\"rx_bytes\":%d,\"tx_bytes\":0}}}\n", frame->rx);
		docker_set_push(set, id, text);
	}
}

/* ---- what the panel said ----------------------------------------------------------------------- */

static bool matches(const struct reading *r, enum reading_type type, const char *name,
		    const char *metric)
{
	return r->type == type && (name == NULL || strcmp(r->name, name) == 0) &&
	       (metric == NULL || strcmp(r->metric, metric) == 0);
}

const struct reading *docker_set_find(const struct docker_set *set, enum reading_type type,
				      const char *name, const char *metric)
{
	for (size_t i = set->reading_count; i-- > 0;)
		if (matches(&set->readings[i], type, name, metric))
			return &set->readings[i];
	return NULL;
}

const struct reading *docker_set_find_text(const struct docker_set *set, enum reading_type type,
					   const char *text)
{
	for (size_t i = set->reading_count; i-- > 0;)
		if (set->readings[i].type == type && strstr(set->readings[i].text, text) != NULL)
			return &set->readings[i];
	return NULL;
}

size_t docker_set_count(const struct docker_set *set, enum reading_type type, const char *name,
			const char *metric)
{
	size_t count = 0;

	for (size_t i = 0; i < set->reading_count; i++)
		count += matches(&set->readings[i], type, name, metric);
	return count;
}

double docker_set_value(const struct docker_set *set, const char *name, const char *metric)
{
	const struct reading *found = docker_set_find(set, READING_VALUE, name, metric);

	return found != NULL ? found->value : -1;
}

/* ---- waiting ----------------------------------------------------------------------------------- */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void docker_set_turn(struct docker_set *set)
{
	const struct timeval tick = { .tv_usec = 100000 }; /* a turn ends though nothing happens */

	assert_int_equal(event_base_once(set->base, -1, EV_TIMEOUT, on_tick, NULL, &tick), 0);
	assert_int_equal(event_base_loop(set->base, EVLOOP_ONCE), 0);
}

static void turn_until(struct docker_set *set, uint64_t end_ns, const char *what, const char *more)
{
	const struct reading *problem = docker_set_find(set, READING_PROBLEM, NULL, NULL);

	if (clock_now_ns() > end_ns)
		fail_msg("never came: %s %s (problem: %s)", what, more,
			 problem != NULL ? problem->text : "none");
	docker_set_turn(set);
}

void docker_set_wait_state(struct docker_set *set, const char *name, const char *state)
{
	uint64_t end_ns = clock_now_ns() + LIMIT_NS;
	const struct reading *found;

	while ((found = docker_set_find(set, READING_STATE, name, "state")) == NULL ||
	       strcmp(found->text, state) != 0)
		turn_until(set, end_ns, name, state);
}

void docker_set_wait_value(struct docker_set *set, const char *name, const char *metric,
			   double value)
{
	uint64_t end_ns = clock_now_ns() + LIMIT_NS;
	double difference;

	while ((difference = docker_set_value(set, name, metric) - value) > 1e-9 ||
	       difference < -1e-9)
		turn_until(set, end_ns, name, metric);
}

void docker_set_wait_problem(struct docker_set *set, const char *text)
{
	uint64_t end_ns = clock_now_ns() + LIMIT_NS;
	const struct reading *found;

	while ((found = docker_set_find(set, READING_PROBLEM, NULL, NULL)) == NULL ||
	       (text[0] == '\0' ? found->text[0] != '\0' : strstr(found->text, text) == NULL))
		turn_until(set, end_ns, "problem", text);
}

void docker_set_wait_text(struct docker_set *set, enum reading_type type, const char *text)
{
	uint64_t end_ns = clock_now_ns() + LIMIT_NS;

	while (docker_set_find_text(set, type, text) == NULL)
		turn_until(set, end_ns, "text", text);
}

void docker_set_wait_stream(struct docker_set *set, const char *id)
{
	uint64_t end_ns = clock_now_ns() + LIMIT_NS;
	char path[80];

	snprintf(path, sizeof(path), "/containers/%s/stats", id);
	while (fake_docker_open(set->fake, path) == 0)
		turn_until(set, end_ns, "stream", path);
}

void docker_set_wait_events(struct docker_set *set)
{
	uint64_t end_ns = clock_now_ns() + LIMIT_NS;

	while (fake_docker_open(set->fake, "/events") == 0)
		turn_until(set, end_ns, "stream", "/events");
}
