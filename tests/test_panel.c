/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/frame.h"
#include "message/reading.h"
#include "record/marks.h"
#include "record/panel.h"
#include "samples.h"

#define NOW (100 * SEC)

static struct reading reading(enum reading_type type, enum reading_source source, const char *name,
			      const char *metric, double value, const char *text)
{
	struct reading made = {
		.at_ns = NOW, .type = (uint8_t)type, .source = (uint8_t)source, .value = value
	};

	snprintf(made.name, sizeof(made.name), "%s", name);
	snprintf(made.metric, sizeof(made.metric), "%s", metric);
	snprintf(made.text, sizeof(made.text), "%s", text);
	return made;
}

static void add(struct panel *panel, enum reading_type type, enum reading_source source,
		const char *name, const char *metric, double value, const char *text)
{
	const struct reading made = reading(type, source, name, metric, value, text);

	panel_add(panel, &made, 5 * SEC);
}

static void containers_show_their_last_values_and_limits(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct container_limit limits[] = { { .cpu_pct = 90, .memory_bytes = 300 } };
	struct marks *marks = marks_new();

	(void)state;
	scene->panels.docker = true;
	scene->panels.containers = limits;
	scene->panels.container_count = 1;
	scene->panels.limit.cpu_pct = 95; /* the own one is stricter */
	struct panel *panel = panel_new(scene, marks);
	assert_true(panel_hottest_cpu(panel, NOW) < 0);
	add(panel, READING_VALUE, READING_DOCKER, "api", "cpu_pct", 40, "");
	add(panel, READING_VALUE, READING_DOCKER, "api", "memory_bytes", 200, "");
	add(panel, READING_VALUE, READING_DOCKER, "db", "cpu_pct", 85, "");
	add(panel, READING_VALUE, READING_DOCKER, "api", "nonsense", 1, "");
	add(panel, READING_STATE, READING_DOCKER, "api", "", 0, "running");
	assert_true(panel_hottest_cpu(panel, NOW) == 85);

	struct frame *frame = frame_new();
	panel_publish(panel, NOW, frame);
	assert_true(frame->has_docker);
	assert_int_equal(frame->container_count, 2);
	assert_string_equal(frame->containers[0].name, "api");
	assert_string_equal(frame->containers[0].state, "running");
	assert_true(frame->containers[0].cpu_pct == 40);
	assert_true(frame->containers[0].memory_bytes == 200);
	assert_true(frame->containers[0].memory_alarm_bytes == 300);
	assert_true(frame->containers[0].net_rx_bps == FRAME_GAP);
	assert_false(frame->containers[0].alarm);
	assert_int_equal(frame->containers[0].cpu_history_count, 1);
	frame_free(frame);

	add(panel, READING_VALUE, READING_DOCKER, "api", "memory_bytes", 301, "");
	add(panel, READING_VALUE, READING_DOCKER, "db", "cpu_pct", 91, "");
	frame = frame_new();
	panel_publish(panel, NOW, frame);
	assert_true(frame->containers[0].alarm);
	assert_true(frame->containers[1].alarm);
	frame_free(frame);

	/* what is not renewed is unknown */
	frame = frame_new();
	panel_publish(panel, NOW + PANEL_FRESH_NS + 1, frame);
	assert_true(frame->containers[0].cpu_pct == FRAME_GAP);
	assert_false(frame->containers[0].alarm);
	assert_true(panel_hottest_cpu(panel, NOW + PANEL_FRESH_NS + 1) == FRAME_GAP);
	frame_free(frame);
	panel_free(panel);
	marks_free(marks);
	scene_free(scene);
}

static void changes_of_state_events_and_problems_become_marks(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct marks *marks = marks_new();
	struct panel *panel = panel_new(scene, marks);
	static const char *const texts[] = { "db: exited (137)", "db: killed: out of memory",
					     "docker: no daemon", "docker: recovered" };

	(void)state;
	add(panel, READING_STATE, READING_DOCKER, "db", "", 0, "running");
	add(panel, READING_STATE, READING_DOCKER, "db", "", 0, "running");
	assert_int_equal(marks_count(marks), 0);
	add(panel, READING_STATE, READING_DOCKER, "db", "", 0, "exited (137)");
	add(panel, READING_EVENT, READING_DOCKER, "db", "oom", 0, "killed: out of memory");
	add(panel, READING_PROBLEM, READING_DOCKER, "", "", 0, "no daemon");
	add(panel, READING_PROBLEM, READING_DOCKER, "", "", 0, "no daemon");
	add(panel, READING_PROBLEM, READING_DOCKER, "", "", 0, "");
	add(panel, READING_PROBLEM, READING_DOCKER, "", "", 0, "");
	assert_int_equal(marks_count(marks), 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(marks_at(marks, i)->text, texts[i]);
		assert_int_equal(marks_at(marks, i)->at_ns, 5 * SEC);
	}
	panel_free(panel);
	marks_free(marks);
	scene_free(scene);
}

static void the_database_shows_connections_and_gauges(void **state)
{
	static char name[] = "duplicate approvals", query[] = "SELECT 0";
	struct gauge gauge = {
		.name = name, .query = query, .has_limit = true, .op = OP_EQ, .limit = 0
	};
	struct scenario *scene = scene_new(1, 1, false);
	struct marks *marks = marks_new();

	(void)state;
	scene->panels.postgres = true;
	scene->panels.every_ns = 10 * SEC;
	scene->panels.limit_connections = 100;
	scene->panels.gauges = &gauge;
	scene->panels.gauge_count = 1;
	struct panel *panel = panel_new(scene, marks);
	add(panel, READING_VALUE, READING_POSTGRES, "eucora", "connections", 96, "");
	add(panel, READING_VALUE, READING_POSTGRES, "eucora", "ceiling", 97, "");
	add(panel, READING_VALUE, READING_POSTGRES, "eucora", "duplicate approvals", 0, "");
	struct frame *frame = frame_new();
	panel_publish(panel, NOW, frame);
	assert_true(frame->postgres.connected);
	assert_true(frame->postgres.connections == 96);
	assert_true(frame->postgres.ceiling == 97);
	assert_true(frame->postgres.idle == FRAME_GAP);
	assert_false(frame->postgres.alarm);
	assert_int_equal(frame->postgres.gauge_count, 1);
	assert_string_equal(frame->postgres.gauges[0].name, "duplicate approvals");
	assert_false(frame->postgres.gauges[0].alarm);
	frame_free(frame);
	add(panel, READING_VALUE, READING_POSTGRES, "eucora", "connections", 101, "");
	add(panel, READING_VALUE, READING_POSTGRES, "eucora", "duplicate approvals", 2, "");
	frame = frame_new();
	panel_publish(panel, NOW, frame);
	assert_true(frame->postgres.alarm);
	assert_true(frame->postgres.gauges[0].alarm);
	assert_int_equal(frame->postgres.history_count, 2);
	frame_free(frame);
	/* asked every ten seconds: still known after twenty */
	assert_true(panel_connections(panel, NOW + 20 * SEC) == 101);
	assert_true(panel_connections(panel, NOW + 31 * SEC) == FRAME_GAP);
	add(panel, READING_PROBLEM, READING_POSTGRES, "", "", 0, "too many clients already");
	frame = frame_new();
	panel_publish(panel, NOW, frame);
	assert_false(frame->postgres.connected);
	assert_string_equal(frame->postgres_problem, "too many clients already");
	frame_free(frame);
	panel_free(panel);
	marks_free(marks);
	scene_free(scene);
}

static void the_database_says_who_holds_what(void **state)
{
	static char name[] = "backlog", query[] = "SELECT 0";
	struct gauge gauge = { .name = name, .query = query };
	struct scenario *scene = scene_new(1, 1, false);
	struct marks *marks = marks_new();

	(void)state;
	scene->panels.postgres = true;
	scene->panels.gauges = &gauge;
	scene->panels.gauge_count = 1;
	struct panel *panel = panel_new(scene, marks);
	add(panel, READING_VALUE, READING_POSTGRES, "eucora", "connections", 97, "");
	add(panel, READING_VALUE, READING_POSTGRES, "eucora", "ceiling", 97, "");
	add(panel, READING_VALUE, READING_POSTGRES, "eucora", "refused", 3, "");
	add(panel, READING_VALUE, READING_POSTGRES, "eucora", "aas", 4.5, "");
	add(panel, READING_STATE, READING_POSTGRES, "eucora", "ceiling", 0, "max_connections 100");
	add(panel, READING_STATE, READING_POSTGRES, "eucora", "blocker", 0, "pid 7\x1b[2J");
	add(panel, READING_STATE, READING_POSTGRES, "eucora", "note", 0, "GRANT pg_monitor");
	add(panel, READING_STATE, READING_POSTGRES, "eucora", "backlog", 0, "no such table");
	add(panel, READING_ROW, READING_POSTGRES, "eucora", "clients", 60,
	    "eucora\x1f"
	    "app\x1fweb\x1f"
	    "20\x1f"
	    "40\x1f\x1f"
	    "1.5");
	struct frame *frame = frame_new();
	panel_publish(panel, NOW, frame);
	const struct frame_postgres *pg = &frame->postgres;
	assert_true(pg->alarm); /* full, though no limit was set */
	assert_true(pg->refused == 3 && pg->aas == 4.5 && pg->lwlock == FRAME_GAP);
	assert_string_equal(pg->ceiling_note, "max_connections 100");
	assert_string_equal(pg->note, "GRANT pg_monitor");
	assert_null(strchr(pg->blocker, '\x1b'));
	assert_string_equal(pg->gauges[0].problem, "no such table");
	assert_int_equal(pg->group_count, 1);
	assert_string_equal(pg->groups[0].application, "web");
	assert_true(pg->groups[0].count == 60 && pg->groups[0].active == 20);
	assert_true(pg->groups[0].idle_in_transaction == FRAME_GAP);
	assert_true(pg->groups[0].transaction_s == 1.5);
	frame_free(frame);
	/* the gauge alone is a mark */
	assert_int_equal(marks_count(marks), 1);
	assert_string_equal(marks_at(marks, 0)->text, "gauge backlog: no such table");
	add(panel, READING_ROW, READING_POSTGRES, "eucora", "clients", -1, "");
	frame = frame_new();
	panel_publish(panel, NOW, frame);
	assert_int_equal(frame->postgres.group_count, 0);
	frame_free(frame);
	panel_free(panel);
	marks_free(marks);
	scene_free(scene);
}

static void more_containers_than_fit_are_left_out(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct marks *marks = marks_new();
	struct panel *panel = panel_new(scene, marks);
	char name[32];

	(void)state;
	for (int i = 0; i < PANEL_CONTAINERS_MAX + 5; i++) {
		snprintf(name, sizeof(name), "container-%d", i);
		for (int k = 0; k < 70; k++)
			add(panel, READING_VALUE, READING_DOCKER, name, "cpu_pct", k, "");
		add(panel, READING_STATE, READING_DOCKER, name, "", 0, "running");
	}
	struct frame *frame = frame_new();
	panel_publish(panel, NOW, frame);
	assert_int_equal(frame->container_count, PANEL_CONTAINERS_MAX);
	assert_int_equal(frame->containers[3].cpu_history_count, 60);
	assert_true(frame->containers[3].cpu_history[59] == 69);
	assert_true(frame->containers[3].cpu_history[0] == 10);
	frame_free(frame);
	panel_free(panel);
	panel_free(NULL);
	marks_free(marks);
	scene_free(scene);
}

static void what_ends_or_is_not_read_has_no_values_from_that_instant_on(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct marks *marks = marks_new();

	(void)state;
	scene->panels.docker = scene->panels.postgres = true;
	struct panel *panel = panel_new(scene, marks);
	add(panel, READING_STATE, READING_DOCKER, "api", "state", 0, "running");
	add(panel, READING_VALUE, READING_DOCKER, "api", "cpu_pct", 40, "");
	add(panel, READING_VALUE, READING_DOCKER, "db", "cpu_pct", 20, "");
	add(panel, READING_STATE, READING_DOCKER, "api", "state", 0, "paused");
	assert_true(panel_hottest_cpu(panel, NOW) == 40);
	add(panel, READING_STATE, READING_DOCKER, "api", "state", 0, "exited (137)");
	assert_true(panel_hottest_cpu(panel, NOW) == 20);
	add(panel, READING_VALUE, READING_POSTGRES, "db", "connections", 47, "");
	add(panel, READING_PROBLEM, READING_DOCKER, "", "", 0, "no daemon");
	assert_true(panel_hottest_cpu(panel, NOW) == FRAME_GAP);
	assert_true(panel_connections(panel, NOW) == 47);
	add(panel, READING_PROBLEM, READING_POSTGRES, "db", "", 0, "it was shut down");
	assert_true(panel_connections(panel, NOW) == FRAME_GAP);
	add(panel, READING_PROBLEM, READING_DOCKER, "", "", 0, "");
	add(panel, READING_VALUE, READING_DOCKER, "api", "cpu_pct", 10, "");
	assert_true(panel_hottest_cpu(panel, NOW) == 10);

	struct frame *frame = frame_new();
	panel_publish(panel, NOW, frame);
	assert_true(frame->postgres.connections == FRAME_GAP);
	assert_int_equal(frame->containers[0].cpu_history_count, 3);
	assert_true(frame->containers[0].cpu_history[1] == (float)FRAME_GAP);
	assert_int_equal(frame->postgres.history_count, 2);
	frame_free(frame);
	panel_free(panel);
	marks_free(marks);
	scene_free(scene);
}

static void add_of(struct panel *panel, uint16_t index, const char *name, const char *text)
{
	struct reading made = reading(READING_STATE, READING_DOCKER, name, "state", 0, text);

	made.index = index;
	panel_add(panel, &made, 5 * SEC);
}

static void containers_stand_in_the_scenarios_order_and_go_when_they_stand_for_nothing(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct marks *marks = marks_new();
	struct panel *panel = panel_new(scene, marks);
	struct frame *frame = frame_new();

	(void)state;
	add_of(panel, 2, "c", "running");
	add_of(panel, 1, "b*", "no such container");
	add_of(panel, 0, "a", "running");
	add_of(panel, 1, "b-1", "running");
	add_of(panel, 1, "b*", "");
	add(panel, READING_STATE, READING_DOCKER, "a", "network", 0, "host");
	assert_int_equal(marks_count(marks), 0);
	panel_publish(panel, NOW, frame);
	assert_int_equal(frame->container_count, 3);
	assert_string_equal(frame->containers[0].name, "a");
	assert_true(frame->containers[0].host_network);
	assert_string_equal(frame->containers[0].state, "running");
	assert_string_equal(frame->containers[1].name, "b-1");
	assert_false(frame->containers[1].host_network);
	assert_string_equal(frame->containers[2].name, "c");
	frame_free(frame);
	panel_free(panel);
	marks_free(marks);
	scene_free(scene);
}

static void the_last_lines_of_the_log_that_is_followed_are_shown(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct marks *marks = marks_new();
	struct panel *panel = panel_new(scene, marks);
	struct frame *frame = frame_new();
	char line[32];

	(void)state;
	add(panel, READING_LOG, READING_DOCKER, "old", "follow", 0, "");
	add(panel, READING_LOG, READING_DOCKER, "old", "stdout", 0, "of the old one");
	add(panel, READING_LOG, READING_DOCKER, "web", "follow", 0, "");
	add(panel, READING_LOG, READING_DOCKER, "old", "stdout", 0, "late");
	for (int i = 0; i < 250; i++) {
		snprintf(line, sizeof(line), "line %d", i);
		add(panel, READING_LOG, READING_DOCKER, "web", "stdout", 0, line);
	}
	add(panel, READING_LOG, READING_DOCKER, "web", "stderr", 1, "a \x1b timeout");
	panel_publish(panel, NOW, frame);
	assert_string_equal(frame->log.container, "web");
	assert_int_equal(frame->log.count, 200);
	assert_string_equal(frame->log.lines[0].text, "line 51");
	assert_string_equal(frame->log.lines[198].text, "line 249");
	assert_false(frame->log.lines[198].matched);
	assert_string_equal(frame->log.lines[199].text, "a \xef\xbf\xbd timeout");
	assert_int_equal(frame->log.lines[199].kind, FRAME_LOG_STDERR);
	assert_true(frame->log.lines[199].matched);
	frame_free(frame);
	panel_free(panel);
	marks_free(marks);
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_show_their_last_values_and_limits),
		cmocka_unit_test(changes_of_state_events_and_problems_become_marks),
		cmocka_unit_test(the_database_shows_connections_and_gauges),
		cmocka_unit_test(what_ends_or_is_not_read_has_no_values_from_that_instant_on),
		cmocka_unit_test(the_database_says_who_holds_what),
		cmocka_unit_test(
			containers_stand_in_the_scenarios_order_and_go_when_they_stand_for_nothing),
		cmocka_unit_test(the_last_lines_of_the_log_that_is_followed_are_shown),
		cmocka_unit_test(more_containers_than_fit_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
