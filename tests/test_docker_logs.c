/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/buf.h"
#include "docker_set.h"
#include "message/command.h"
#include "monitor/docker.h"
#include "scenario/scenario.h"

#define WEB  "aaaaaaaaaaaa1111"
#define DB   "bbbbbbbbbbbb2222"
#define LOGS "/containers/" WEB "/logs"

/* A set that follows "web", with its stream open. */
static struct docker_set *following(bool tty, const char *more)
{
	struct docker_set *set = docker_set_new("[\"web\", \"db\"]", more);

	set->tty = tty;
	docker_set_container(set, WEB, "web", NULL, "running");
	docker_set_container(set, DB, "db", NULL, "running");
	docker_set_start(set);
	while (fake_docker_open(set->fake, LOGS) == 0)
		docker_set_turn(set);
	docker_set_wait_events(set);
	return set;
}

static void say(struct docker_set *set, const char *path, int stream, const char *line)
{
	unsigned char frame[600];
	size_t len = strlen(line);

	memcpy(frame,
	       (unsigned char[]){ (unsigned char)stream, 0, 0, 0, 0, 0, (unsigned char)(len >> 8),
				  (unsigned char)len },
	       8);
	memcpy(frame + 8, line, len);
	assert_int_equal(fake_docker_push(set->fake, path, frame, len + 8), 1);
}

/* E12 */
static void lines_of_both_streams_come_without_stamps_and_headers(void **state)
{
	struct docker_set *set = following(false, ", \"logs\": \"web\"");
	const struct reading *line;

	(void)state;
	assert_non_null(strstr(fake_docker_last(set->fake, LOGS), "&tail=20"));
	assert_non_null(strstr(fake_docker_last(set->fake, LOGS), "follow=1"));
	say(set, LOGS, 1, "2026-11-23T10:00:00.000000001Z hello\n");
	docker_set_wait_text(set, READING_LOG, "hello");
	line = docker_set_find(set, READING_LOG, "web", "stdout");
	assert_string_equal(line->text, "hello");
	say(set, LOGS, 2, "2026-11-23T10:00:00.000000002Z psql: ");
	say(set, LOGS, 2, "error: \x1b[31mfull\n");
	docker_set_wait_text(set, READING_LOG, "full");
	line = docker_set_find(set, READING_LOG, "web", "stderr");
	assert_string_equal(line->text, "psql: error: \xef\xbf\xbd[31mfull");
	docker_set_free(set);
}

static void a_terminals_log_has_no_headers(void **state)
{
	struct docker_set *set = following(true, ", \"logs\": \"web\"");
	static const char text[] = "2026-11-23T10:00:00.1Z one\r\n2026-11-23T10:00:00.2Z two\r\n";

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		fake_docker_push(set->fake, LOGS, text + i, 1);
		docker_set_turn(set);
	}
	docker_set_wait_text(set, READING_LOG, "two");
	assert_non_null(docker_set_find_text(set, READING_LOG, "one"));
	assert_int_equal(docker_set_count(set, READING_LOG, "web", "stdout"), 2);
	docker_set_free(set);
}

/* The stream ends with its container and goes on behind the last line with the next start. */
static void after_a_restart_no_line_is_lost_and_none_comes_twice(void **state)
{
	struct docker_set *set = following(false, ", \"logs\": \"web\"");

	(void)state;
	say(set, LOGS, 1, "2026-11-23T10:00:07.999999999Z last words\n");
	docker_set_wait_text(set, READING_LOG, "last words");
	docker_set_state(set, WEB, "exited", 137, 1);
	docker_set_event(set, "die", WEB, "137");
	fake_docker_end(set->fake, LOGS);
	docker_set_wait_state(set, "web", "exited (137)");
	docker_set_state(set, WEB, "running", 0, 2);
	docker_set_event(set, "start", WEB, NULL);
	while (fake_docker_open(set->fake, LOGS) == 0)
		docker_set_turn(set);
	/* 2026-11-23T10:00:08Z, one nanosecond behind it */
	assert_non_null(strstr(fake_docker_last(set->fake, LOGS), "&since=1795428008.000000000"));
	assert_null(strstr(fake_docker_last(set->fake, LOGS), "tail="));
	docker_set_free(set);
}

static void a_driver_that_cannot_be_read_is_told_once(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", ", \"logs\": \"web\"");
	unsigned asked;

	(void)state;
	docker_set_container(set, WEB, "web", NULL, "running");
	fake_docker_answer(set->fake, LOGS, 501,
			   "{\"message\":\"configured logging driver does not support reading\"}");
	docker_set_start(set);
	docker_set_wait_text(set, READING_LOG, "logging driver cannot be read: use json-file");
	docker_set_wait_events(set);
	asked = fake_docker_asked(set->fake, LOGS);
	docker_set_event(set, "die", WEB, "0");
	docker_set_event(set, "start", WEB, NULL);
	docker_set_wait_value(set, "web", "restarts", 1);
	assert_int_equal(fake_docker_asked(set->fake, LOGS), asked);
	assert_null(docker_set_find(set, READING_PROBLEM, NULL, NULL)); /* the panel is fine */
	docker_set_free(set);
}

static void patterns_become_marks_but_not_a_flood_of_them(void **state)
{
	struct docker_set *set = following(false, ", \"logs\": \"web\"");

	(void)state;
	for (int i = 0; i < 50; i++)
		say(set, LOGS, 2, "2026-11-23T10:00:00Z QueuePool limit of size 5 reached\n");
	say(set, LOGS, 1, "2026-11-23T10:00:00Z Connection TIMEOUT, queuepool\n");
	say(set, LOGS, 1, "2026-11-23T10:00:00Z all well\n");
	docker_set_wait_text(set, READING_LOG, "all well");
	assert_int_equal(docker_set_count(set, READING_EVENT, "web", "log"), 2);
	assert_non_null(docker_set_find_text(set, READING_EVENT, "log: QueuePool limit"));
	assert_non_null(docker_set_find_text(set, READING_EVENT, "log: Connection TIMEOUT"));
	assert_float_equal(docker_set_find_text(set, READING_LOG, "QueuePool")->value, 1, 0);
	assert_float_equal(docker_set_find_text(set, READING_LOG, "all well")->value, 0, 0);
	docker_set_free(set);
}

static void own_patterns_take_the_place_of_the_usual_ones(void **state)
{
	struct docker_set *set =
		following(false, ", \"logs\": \"web\", \"log_patterns\": [\"deadlock\"]");

	(void)state;
	say(set, LOGS, 1, "2026-11-23T10:00:00Z a timeout\n");
	say(set, LOGS, 1, "2026-11-23T10:00:00Z a deadlock\n");
	docker_set_wait_text(set, READING_LOG, "a deadlock");
	assert_int_equal(docker_set_count(set, READING_EVENT, "web", "log"), 1);
	docker_set_free(set);
}

static void a_container_that_talks_too_much_is_cut_and_the_rest_counted(void **state)
{
	struct docker_set *set = following(true, ", \"logs\": \"web\"");
	struct buf many;
	size_t lines;

	(void)state;
	buf_init(&many, 65536);
	for (int i = 0; i < 1000; i++)
		buf_addf(&many, "2026-11-23T10:00:00Z line %d\n", i);
	fake_docker_push(set->fake, LOGS, many.data, many.len);
	buf_fini(&many);
	/* The next second begins with what was left out of the last. */
	while (docker_set_find_text(set, READING_LOG, "lines left out") == NULL) {
		fake_docker_push(set->fake, LOGS, "x\n", 2);
		docker_set_turn(set);
	}
	lines = docker_set_count(set, READING_LOG, "web", "stdout");
	assert_true(lines >= 200 && lines < 700);
	docker_set_free(set);
}

static void another_containers_log_can_be_asked_for(void **state)
{
	struct docker_set *set = following(false, ", \"logs\": \"web\"");
	struct command command = { .type = COMMAND_LOG, .text = "db" };
	const struct reading *follow;

	(void)state;
	panel_docker.command(set->panel, &command);
	while (fake_docker_open(set->fake, "/containers/" DB "/logs") == 0)
		docker_set_turn(set);
	while (fake_docker_open(set->fake, LOGS) > 0)
		docker_set_turn(set);
	follow = docker_set_find(set, READING_LOG, NULL, "follow");
	assert_string_equal(follow->name, "db");
	say(set, "/containers/" DB "/logs", 1, "2026-11-23T10:00:00Z from db\n");
	docker_set_wait_text(set, READING_LOG, "from db");
	command.text[0] = '\0';
	panel_docker.command(set->panel, &command);
	while (fake_docker_open(set->fake, "/containers/" DB "/logs") > 0)
		docker_set_turn(set);
	docker_set_free(set);
}

static void a_container_that_is_not_there_is_told_and_followed_once_it_is(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", ", \"logs\": \"web\"");

	(void)state;
	docker_set_start(set);
	docker_set_wait_text(set, READING_LOG, "no such container");
	docker_set_wait_events(set);
	docker_set_container(set, WEB, "web", NULL, "running");
	docker_set_event(set, "start", WEB, NULL);
	while (fake_docker_open(set->fake, LOGS) == 0)
		docker_set_turn(set);
	assert_int_equal(docker_set_count(set, READING_LOG, "web", "remark"), 1);
	docker_set_free(set);
}

static void a_stream_that_is_none_is_given_up(void **state)
{
	struct docker_set *set = following(false, ", \"logs\": \"web\"");

	(void)state;
	fake_docker_push(set->fake, LOGS, "HTTP is not this", 16);
	docker_set_wait_text(set, READING_LOG, "cannot be understood");
	fake_docker_push(set->fake, LOGS, "more of it", 10);
	docker_set_turn(set);
	docker_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_both_streams_come_without_stamps_and_headers),
		cmocka_unit_test(a_terminals_log_has_no_headers),
		cmocka_unit_test(after_a_restart_no_line_is_lost_and_none_comes_twice),
		cmocka_unit_test(a_driver_that_cannot_be_read_is_told_once),
		cmocka_unit_test(patterns_become_marks_but_not_a_flood_of_them),
		cmocka_unit_test(own_patterns_take_the_place_of_the_usual_ones),
		cmocka_unit_test(a_container_that_talks_too_much_is_cut_and_the_rest_counted),
		cmocka_unit_test(another_containers_log_can_be_asked_for),
		cmocka_unit_test(a_container_that_is_not_there_is_told_and_followed_once_it_is),
		cmocka_unit_test(a_stream_that_is_none_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
