/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/error.h"
#include "message/command.h"
#include "message/reading.h"
#include "monitor/docker.h"
#include "monitor/panel.h"
#include "scenario/scenario.h"
#include "docker_set.h"

static void targets_are_found_each_on_its_own(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\", \"api\", \"nonesuch\", \"work-*\"]", "");

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_container(set, "bbbbbbbbbbbb2222", "eucora-control-plane", "api", "running");
	docker_set_container(set, "cccccccccccc3333", "work-1", NULL, "running");
	docker_set_container(set, "dddddddddddd4444", "work-2", NULL, "running");
	docker_set_container(set, "eeeeeeeeeeee5555", "other", NULL, "running");
	docker_set_start(set);
	docker_set_wait_state(set, "web", "running");
	docker_set_wait_state(set, "api", "running"); /* as the scenario calls it */
	docker_set_wait_state(set, "work-1", "running");
	docker_set_wait_state(set, "work-2", "running");
	docker_set_wait_state(set, "nonesuch", "no such container");
	assert_null(docker_set_find(set, READING_STATE, "other", NULL));
	assert_null(docker_set_find(set, READING_STATE, "work-*", NULL));
	assert_null(docker_set_find(set, READING_PROBLEM, "", NULL));
	docker_set_free(set);
}

static void a_container_of_a_name_hides_a_service_of_that_name(void **state)
{
	struct docker_set *set = docker_set_new("[\"api\"]", "");

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "other-1", "api", "running");
	docker_set_container(set, "bbbbbbbbbbbb2222", "api", NULL, "paused");
	docker_set_start(set);
	docker_set_wait_state(set, "api", "paused");
	assert_int_equal(fake_docker_asked(set->fake, "/containers/aaaaaaaaaaaa1111"), 0);
	docker_set_free(set);
}

/* E2, and figures by hand from the frames. */
static void the_first_frame_yields_no_cpu_and_the_second_the_right_one(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");
	const struct reading *cpu;

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_frame(set, "aaaaaaaaaaaa1111",
			 &(struct docker_frame){ .second = 1, .cpu_ms = 90000, .memory = 1000 });
	docker_set_wait_value(set, "web", "memory_bytes", 1000);
	assert_null(docker_set_find(set, READING_VALUE, "web", "cpu_pct"));
	docker_set_frame(
		set, "aaaaaaaaaaaa1111",
		&(struct docker_frame){ .second = 2, .cpu_ms = 90420, .memory = 1500, .rx = 5000 });
	docker_set_wait_value(set, "web", "memory_bytes", 1500);
	cpu = docker_set_find(set, READING_VALUE, "web", "cpu_pct");
	assert_non_null(cpu);
	assert_float_equal(cpu->value, 42, 0.01);
	assert_float_equal(docker_set_value(set, "web", "net_rx_bps"), 5000, 0.01);
	assert_float_equal(docker_set_value(set, "web", "memory_pct"), 0.15, 0.0001);
	assert_float_equal(docker_set_value(set, "web", "pids"), 7, 0);
	assert_null(docker_set_find(set, READING_VALUE, "web", "io_read_bps")); /* n/a, not 0 */
	docker_set_free(set);
}

static void cli_cpu_asks_for_the_clis_formula(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", ", \"cli_cpu\": true");

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_frame(set, "aaaaaaaaaaaa1111",
			 &(struct docker_frame){ .second = 1, .cpu_ms = 1000 });
	docker_set_frame(set, "aaaaaaaaaaaa1111",
			 &(struct docker_frame){ .second = 2,
						 .cpu_ms = 1400,
						 .previous_cpu_ms = 1000,
						 .system_ms = 1600,
						 .memory = 9 });
	docker_set_wait_value(set, "web", "memory_bytes", 9);
	/* 400 of 1600 ms of the machine's two cores */
	assert_float_equal(docker_set_value(set, "web", "cpu_pct"), 50, 0.01);
	docker_set_free(set);
}

/* E3 */
static void stop_start_remove_and_recreate_are_followed(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_wait_events(set);
	docker_set_state(set, "aaaaaaaaaaaa1111", "exited", 3, 1);
	docker_set_event(set, "die", "aaaaaaaaaaaa1111", "3");
	docker_set_wait_state(set, "web", "exited (3)");
	docker_set_state(set, "aaaaaaaaaaaa1111", "running", 0, 2);
	docker_set_event(set, "start", "aaaaaaaaaaaa1111", NULL);
	docker_set_wait_value(set, "web", "restarts", 1);
	docker_set_wait_state(set, "web", "running");
	docker_set_remove(set, "aaaaaaaaaaaa1111");
	docker_set_event(set, "destroy", "aaaaaaaaaaaa1111", NULL);
	docker_set_wait_state(set, "web", "removed");
	docker_set_container(set, "bbbbbbbbbbbb2222", "web", NULL, "running");
	docker_set_state(set, "bbbbbbbbbbbb2222", "running", 0, 9);
	docker_set_event(set, "start", "bbbbbbbbbbbb2222", NULL);
	docker_set_wait_stream(set, "bbbbbbbbbbbb2222");
	docker_set_wait_value(set, "web", "restarts", 2);
	/* The event of a start that the inspection has told already. */
	docker_set_event(set, "start", "bbbbbbbbbbbb2222", NULL);
	docker_set_event(set, "pause", "bbbbbbbbbbbb2222", NULL);
	docker_set_wait_text(set, READING_EVENT, "paused");
	assert_float_equal(docker_set_value(set, "web", "restarts"), 2, 0);
	docker_set_free(set);
}

static void an_inspection_older_than_an_event_is_not_believed(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");
	size_t running = 0;
	unsigned asked;

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_wait_events(set);
	asked = fake_docker_asked(set->fake, "/containers/aaaaaaaaaaaa1111/json");
	docker_set_event(set, "pause", "aaaaaaaaaaaa1111", NULL); /* makes it look */
	docker_set_event(set, "die", "aaaaaaaaaaaa1111", "3");
	while (fake_docker_asked(set->fake, "/containers/aaaaaaaaaaaa1111/json") == asked)
		docker_set_turn(set);
	/* "running" is on its way now. */
	docker_set_state(set, "aaaaaaaaaaaa1111", "exited", 3, 1);
	while (fake_docker_asked(set->fake, "/containers/aaaaaaaaaaaa1111/json") < asked + 2)
		docker_set_turn(set);
	docker_set_wait_state(set, "web", "exited (3)");
	for (size_t i = 0; i < set->reading_count; i++)
		running += set->readings[i].type == READING_STATE &&
			   strcmp(set->readings[i].text, "running") == 0;
	assert_int_equal(running, 1);
	docker_set_free(set);
}

static void counters_that_went_back_give_no_value(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_frame(set, "aaaaaaaaaaaa1111",
			 &(struct docker_frame){ .second = 1, .cpu_ms = 90000, .rx = 99999 });
	docker_set_frame(
		set, "aaaaaaaaaaaa1111",
		&(struct docker_frame){ .second = 2, .cpu_ms = 10, .rx = 5, .memory = 77 });
	docker_set_wait_value(set, "web", "memory_bytes", 77);
	assert_null(docker_set_find(set, READING_VALUE, "web", "cpu_pct"));
	assert_null(docker_set_find(set, READING_VALUE, "web", "net_rx_bps"));
	docker_set_free(set);
}

/* E4: nothing of it is in the stats, and an inspection finds it running. */
static void an_oom_kill_and_restart_within_a_moment_is_reported(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_wait_events(set);
	docker_set_event(set, "oom", "aaaaaaaaaaaa1111", NULL);
	docker_set_event(set, "die", "aaaaaaaaaaaa1111", "137");
	docker_set_event(set, "start", "aaaaaaaaaaaa1111", NULL);
	docker_set_wait_value(set, "web", "restarts", 1);
	docker_set_wait_value(set, "web", "oom_kills", 1);
	assert_non_null(docker_set_find(set, READING_EVENT, "web", "oom"));
	assert_string_equal(docker_set_find(set, READING_EVENT, "web", "die")->text,
			    "exited (137)");
	assert_non_null(docker_set_find(set, READING_EVENT, "web", "restart"));
	docker_set_wait_state(set, "web", "running");
	docker_set_free(set);
}

static void a_health_that_changes_is_told(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_wait_events(set);
	snprintf(set->health, sizeof(set->health), "unhealthy");
	docker_set_state(set, "aaaaaaaaaaaa1111", "running", 0, 1);
	docker_set_event(set, "health_status: unhealthy", "aaaaaaaaaaaa1111", NULL);
	while (docker_set_find(set, READING_STATE, "web", "health") == NULL)
		docker_set_turn(set);
	assert_string_equal(docker_set_find(set, READING_STATE, "web", "health")->text,
			    "unhealthy");
	docker_set_free(set);
}

/* E6 */
static void the_hosts_network_is_told_and_has_no_rates(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	set->host_network = true;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	assert_string_equal(docker_set_find(set, READING_STATE, "web", "network")->text, "host");
	docker_set_frame(set, "aaaaaaaaaaaa1111",
			 &(struct docker_frame){ .second = 1, .no_networks = true });
	docker_set_frame(set, "aaaaaaaaaaaa1111",
			 &(struct docker_frame){ .second = 2, .no_networks = true, .memory = 5 });
	docker_set_wait_value(set, "web", "memory_bytes", 5);
	assert_null(docker_set_find(set, READING_VALUE, "web", "net_rx_bps"));
	docker_set_free(set);
}

static void a_limit_is_said_once_until_it_was_kept_for_a_while(void **state)
{
	struct docker_set *set = docker_set_new("[{\"name\": \"web\", \"limit\": {\"cpu\": 50}}]",
						", \"limit\": {\"cpu\": 10, \"memory\": \"2KiB\"}");
	int second;

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	for (second = 1; second <= 6; second++)
		docker_set_frame(set, "aaaaaaaaaaaa1111",
				 &(struct docker_frame){ .second = second,
							 .cpu_ms = second * 800,
							 .memory = second == 6 ? 4096 : 100 });
	docker_set_wait_value(set, "web", "memory_bytes", 4096);
	assert_int_equal(docker_set_count(set, READING_EVENT, "web", "limit"), 2);
	assert_non_null(
		docker_set_find_text(set, READING_EVENT, "CPU 80 %, above its limit of 50 %"));
	assert_non_null(docker_set_find_text(set, READING_EVENT, "above its limit of 2.0 KiB"));
	docker_set_free(set);
}

/* E5 */
static void what_is_wrong_is_told_in_words_of_its_own(void **state)
{
	static const struct {
		int status;
		const char *body, *said;
	} cases[] = {
		{ 403, "<html>Forbidden</html>", "forbids GET /containers/json (403)" },
		{ 404, "nginx", "is no Docker daemon" },
		{ 400,
		  "{\"message\":\"client version 1.44 is too old. Minimum supported API version is "
		  "1.50\"}",
		  "newer than this throng can ask" },
		{ 400, "client version 1.41 is too old. Minimum supported API version is 1.50\n",
		  "newer than this throng can ask" },
		{ 500, "{\"message\":\"disk full\"}", "with 500: disk full" },
		{ 200, "{\"hello\":1}", "is no Docker daemon" },
		{ 200, "\x1f\x8b garbage", "is no Docker daemon" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct docker_set *set = docker_set_new("[\"web\"]", "");

		fake_docker_answer(set->fake, "/containers/json", cases[i].status, cases[i].body);
		docker_set_start(set);
		docker_set_wait_problem(set, cases[i].said);
		/* It recovers by itself. */
		fake_docker_answer(set->fake, "/containers/json", 200, "[]");
		docker_set_wait_problem(set, "");
		docker_set_wait_state(set, "web", "no such container");
		docker_set_free(set);
	}
}

static void a_missing_a_dead_and_a_forbidden_socket_are_told_apart(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	fake_docker_free(set->fake); /* a socket nobody listens at */
	set->fake = NULL;
	docker_set_start(set);
	docker_set_wait_problem(set, "is down (connection refused): start it");
	assert_int_equal(unlink(set->path), 0);
	docker_set_wait_problem(set, "no Docker daemon at unix://");
	set->fake = fake_docker_new(set->base, set->path);
	docker_set_wait_problem(set, "");
	docker_set_free(set);
	if (geteuid() == 0)
		return; /* root may everything */
	set = docker_set_new("[\"web\"]", "");
	assert_int_equal(chmod(set->path, 0), 0);
	docker_set_start(set);
	docker_set_wait_problem(set, "no permission for the Docker socket");
	docker_set_free(set);
}

static void an_address_that_makes_no_sense_is_a_line_and_the_run_goes_on(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	free(set->scenario->panels.docker_host);
	set->scenario->panels.docker_host = strdup("gopher://x");
	docker_set_start(set);
	docker_set_wait_problem(set, "is not one of unix:///PATH, tcp://HOST:PORT");
	docker_set_free(set);
}

static void the_version_is_the_lower_of_both(void **state)
{
	static const struct {
		const char *theirs, *asked;
	} cases[] = {
		{ "1.41", "/v1.41/containers/json?all=1" },
		{ "1.52", "/v1.44/containers/json?all=1" },
		{ "1.30", "/v1.30/containers/json?all=1" },
		{ "", "/containers/json?all=1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct docker_set *set = docker_set_new("[\"web\"]", "");

		fake_docker_version(set->fake, cases[i].theirs);
		docker_set_start(set);
		docker_set_wait_state(set, "web", "no such container");
		assert_string_equal(fake_docker_last(set->fake, "/containers/json"),
				    cases[i].asked);
		docker_set_free(set);
	}
}

static void a_daemon_that_is_too_old_is_told_so(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	fake_docker_version(set->fake, "1.24");
	docker_set_start(set);
	docker_set_wait_problem(set, "speaks API 1.24 only: 1.25 or newer is needed");
	docker_set_free(set);
}

/* Everything ends at once; then another daemon answers. */
static void a_restarted_daemon_is_found_again(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_wait_events(set);
	fake_docker_free(set->fake);
	set->fake = NULL;
	docker_set_wait_problem(set, "is down (connection refused)");
	set->fake = fake_docker_new(set->base, set->path);
	fake_docker_version(set->fake, "1.30"); /* it has been replaced by an older one */
	docker_set_serve(set);
	docker_set_wait_problem(set, "");
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	assert_string_equal(fake_docker_last(set->fake, "/containers/json"),
			    "/v1.30/containers/json?all=1");
	/* It was the same life of the container: no restart. */
	docker_set_frame(set, "aaaaaaaaaaaa1111",
			 &(struct docker_frame){ .second = 1, .memory = 8 });
	docker_set_wait_value(set, "web", "memory_bytes", 8);
	assert_float_equal(docker_set_value(set, "web", "restarts"), 0, 0);
	docker_set_free(set);
}

static void a_container_restarted_while_the_daemon_was_away_counts(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	fake_docker_free(set->fake);
	set->fake = NULL;
	docker_set_wait_problem(set, "is down (connection refused)");
	set->fake = fake_docker_new(set->base, set->path);
	docker_set_state(set, "aaaaaaaaaaaa1111", "running", 0, 30); /* another StartedAt */
	docker_set_wait_value(set, "web", "restarts", 1);
	docker_set_free(set);
}

static void without_events_the_list_tells(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	fake_docker_answer(set->fake, "/events", 403, "forbidden");
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_state(set, "aaaaaaaaaaaa1111", "exited", 137, 1);
	/* an empty frame: it does not run */
	docker_set_push(
		set, "aaaaaaaaaaaa1111",
		"{\"read\":\"0001-01-01T00:00:00Z\",\"cpu_stats\":{},\"memory_stats\":{}}\n");
	docker_set_wait_state(set, "web", "exited (137)");
	docker_set_free(set);
}

static void garbage_huge_lines_and_cut_frames_in_streams_do_no_harm(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");
	char *huge = malloc(600001);

	(void)state;
	docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
	docker_set_start(set);
	docker_set_wait_stream(set, "aaaaaaaaaaaa1111");
	docker_set_wait_events(set);
	docker_set_push(set, "aaaaaaaaaaaa1111",
			"not json\n\n[1,2]\n{\"cpu_stats\":7}\n\xff\xfe\n");
	fake_docker_push(set->fake, "/events", "nonsense\n{\"Action\":\"die\"}\n{}\n", 30);
	memset(huge, 'x', 600000);
	huge[599999] = '\n';
	huge[600000] = '\0';
	docker_set_push(set, "aaaaaaaaaaaa1111", huge);
	free(huge);
	docker_set_push(set, "aaaaaaaaaaaa1111",
			"{\"read\":\"2026-11-23T10:00:01Z\",\"preread\":\"0001-01-01T00:00:00Z\",");
	docker_set_push(set, "aaaaaaaaaaaa1111",
			"\"cpu_stats\":{},\"memory_stats\":{\"usage\":4321}}\n");
	docker_set_wait_value(set, "web", "memory_bytes", 4321);
	docker_set_free(set);
}

/* Within its own limit of time, while the rest of the loop goes on. */
static void a_daemon_that_never_answers_is_told_and_found_again(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");

	(void)state;
	fake_docker_silence(set->fake, "/_ping");
	docker_set_start(set);
	docker_set_wait_problem(set, "does not answer");
	fake_docker_answer(set->fake, "/_ping", 200, "OK");
	docker_set_wait_problem(set, "");
	docker_set_free(set);
}

static void a_panel_that_is_stopped_in_the_middle_leaves_nothing(void **state)
{
	(void)state;
	for (unsigned turns = 0; turns < 40; turns++) {
		struct docker_set *set = docker_set_new("[\"web\", \"x*\"]", ", \"logs\": \"web\"");

		docker_set_container(set, "aaaaaaaaaaaa1111", "web", NULL, "running");
		docker_set_start(set);
		for (unsigned i = 0; i < turns; i++)
			event_base_loop(set->base, EVLOOP_NONBLOCK);
		docker_set_free(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_are_found_each_on_its_own),
		cmocka_unit_test(a_container_of_a_name_hides_a_service_of_that_name),
		cmocka_unit_test(the_first_frame_yields_no_cpu_and_the_second_the_right_one),
		cmocka_unit_test(cli_cpu_asks_for_the_clis_formula),
		cmocka_unit_test(stop_start_remove_and_recreate_are_followed),
		cmocka_unit_test(an_inspection_older_than_an_event_is_not_believed),
		cmocka_unit_test(counters_that_went_back_give_no_value),
		cmocka_unit_test(an_oom_kill_and_restart_within_a_moment_is_reported),
		cmocka_unit_test(a_health_that_changes_is_told),
		cmocka_unit_test(the_hosts_network_is_told_and_has_no_rates),
		cmocka_unit_test(a_limit_is_said_once_until_it_was_kept_for_a_while),
		cmocka_unit_test(what_is_wrong_is_told_in_words_of_its_own),
		cmocka_unit_test(a_missing_a_dead_and_a_forbidden_socket_are_told_apart),
		cmocka_unit_test(an_address_that_makes_no_sense_is_a_line_and_the_run_goes_on),
		cmocka_unit_test(the_version_is_the_lower_of_both),
		cmocka_unit_test(a_daemon_that_is_too_old_is_told_so),
		cmocka_unit_test(a_restarted_daemon_is_found_again),
		cmocka_unit_test(a_container_restarted_while_the_daemon_was_away_counts),
		cmocka_unit_test(without_events_the_list_tells),
		cmocka_unit_test(garbage_huge_lines_and_cut_frames_in_streams_do_no_harm),
		cmocka_unit_test(a_daemon_that_never_answers_is_told_and_found_again),
		cmocka_unit_test(a_panel_that_is_stopped_in_the_middle_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
