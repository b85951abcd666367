/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/ring.h"
#include "docker_set.h"
#include "message/command.h"
#include "monitor/docker.h"
#include "monitor/monitor.h"

#define WEB "aaaaaaaaaaaa1111"
#define DB  "bbbbbbbbbbbb2222"

/* The panel in the monitor's own thread; this one is the daemon. */

static void a_command_reaches_the_panel_in_its_thread(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\", \"db\"]", ", \"logs\": \"web\"");
	struct command command = { .type = COMMAND_LOG, .text = "db" };
	struct monitor *monitor = NULL;
	struct ring *readings = NULL;
	struct reading reading;
	struct error err = { 0 };
	bool followed = false;

	(void)state;
	docker_set_container(set, WEB, "web", NULL, "running");
	docker_set_container(set, DB, "db", NULL, "running");
	assert_int_equal(ring_new(&readings, sizeof(struct reading), 1024), 0);
	assert_int_equal(monitor_new(&monitor, set->scenario, readings, &err), 0);
	assert_int_equal(monitor_start(monitor), 0);
	while (fake_docker_open(set->fake, "/containers/" WEB "/logs") == 0)
		docker_set_turn(set);
	assert_true(monitor_command(monitor, &command));
	while (fake_docker_open(set->fake, "/containers/" DB "/logs") == 0)
		docker_set_turn(set);
	for (int i = 0; i < 100; i++) /* more than it takes at once, in its own time */
		while (!monitor_command(monitor, &command))
			docker_set_turn(set);
	monitor_stop(monitor);
	while (ring_drain(readings, &reading, 1) == 1)
		followed |= reading.type == READING_LOG && strcmp(reading.name, "db") == 0;
	assert_true(followed);
	monitor_free(monitor);
	ring_free(readings);
	docker_set_free(set);
}

struct probe {
	const struct scenario *scenario;
	struct buf said;
	int rc;
	atomic_bool over;
};

static void *probe_thread(void *arg)
{
	struct probe *probe = arg;

	probe->rc = docker_probe(probe->scenario, &probe->said);
	atomic_store(&probe->over, true);
	return NULL;
}

/* What a probe says of the set's daemon. */
static int probe_of(struct docker_set *set, char *said, size_t size)
{
	struct probe probe = { .scenario = set->scenario };
	pthread_t thread;

	buf_init(&probe.said, 4096);
	assert_int_equal(pthread_create(&thread, NULL, probe_thread, &probe), 0);
	while (!atomic_load(&probe.over))
		docker_set_turn(set);
	pthread_join(thread, NULL);
	snprintf(said, size, "%s", buf_str(&probe.said));
	buf_fini(&probe.said);
	return probe.rc;
}

static void a_probe_says_what_it_found(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\", \"api\", \"work-*\"]", "");
	char said[4096], wanted[700];

	(void)state;
	docker_set_container(set, WEB, "web", NULL, "running");
	docker_set_container(set, DB, "shop-api-1", "api", "running");
	docker_set_container(set, "cccccccccccc3333", "work-1", NULL, "running");
	docker_set_container(set, "dddddddddddd4444", "work-2", NULL, "exited");
	snprintf(wanted, sizeof(wanted),
		 "Docker at unix://%s, API 1.41: web (running), api (shop-api-1, running), "
		 "work-* (1 of 2 running)",
		 set->path);
	assert_int_equal(probe_of(set, said, sizeof(said)), 0);
	assert_string_equal(said, wanted);
	fake_docker_server(set->fake, "Libpod/4.3.1 (linux)");
	assert_int_equal(probe_of(set, said, sizeof(said)), 0);
	assert_int_equal(strncmp(said, "podman at ", 10), 0);
	docker_set_free(set);
}

static void a_probe_says_what_is_missing_and_what_helps(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\", \"api\"]", "");
	char said[4096];

	(void)state;
	docker_set_container(set, WEB, "web", NULL, "exited");
	assert_true(probe_of(set, said, sizeof(said)) < 0);
	assert_non_null(strstr(said, "web (not running), api: no such container; docker ps -a"));
	fake_docker_answer(set->fake, "/containers/json", 403, "no");
	assert_true(probe_of(set, said, sizeof(said)) < 0);
	assert_non_null(strstr(said, "forbids GET /containers/json (403)"));
	fake_docker_silence(set->fake, "/_ping");
	assert_true(probe_of(set, said, sizeof(said)) < 0);
	assert_non_null(strstr(said, "does not answer"));
	docker_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_reaches_the_panel_in_its_thread),
		cmocka_unit_test(a_probe_says_what_it_found),
		cmocka_unit_test(a_probe_says_what_is_missing_and_what_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
