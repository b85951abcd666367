/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "docker_set.h"
#include "monitor/docker.h"
#include "monitor/docker_find.h"
#include "monitor/docker_host.h"
#include "monitor/docker_problem.h"

static const char list_text[] =
	"[{\"Id\":\"aaaaaaaaaaaabbbbbbbb\",\"Names\":[\"/shop-api-1\"],\"State\":\"exited\","
	"\"Labels\":{\"com.docker.compose.service\":\"api\",\"com.docker.compose.container-"
	"number\":\"1\"}},"
	"{\"Id\":\"ccccccccccccdddddddd\",\"Names\":[\"/shop-api-2\"],\"State\":\"running\","
	"\"Labels\":{\"com.docker.compose.service\":\"api\",\"com.docker.compose.container-"
	"number\":\"2\"}},"
	"{\"Id\":\"eeeeeeeeeeeeffffffff\",\"Names\":[\"/"
	"db\"],\"State\":\"running\",\"Labels\":null},"
	"{\"nothing\":1}]";

static void names_ids_services_and_patterns_match(void **state)
{
	static const struct {
		const char *wanted;
		enum docker_match best;
	} cases[] = {
		{ "db", DOCKER_MATCH_NAME },
		{ "/db", DOCKER_MATCH_NAME },
		{ "eeeeeeeeeeee", DOCKER_MATCH_NAME },
		{ "eeeeeeeeeeeeffffffff", DOCKER_MATCH_NAME },
		{ "eeee", DOCKER_MATCH_NONE }, /* too short to mean an id */
		{ "api", DOCKER_MATCH_SERVICE },
		{ "ap", DOCKER_MATCH_NONE },
		{ "shop-*", DOCKER_MATCH_PATTERN },
		{ "ap?", DOCKER_MATCH_PATTERN }, /* of the service */
		{ "*", DOCKER_MATCH_PATTERN },
		{ "", DOCKER_MATCH_NONE },
	};
	struct docker_list list;

	(void)state;
	assert_int_equal(docker_list_parse(&list, list_text, strlen(list_text)), 0);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.items[1].number, 2);
	assert_true(list.items[1].running && !list.items[0].running);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (docker_match_best(&list, cases[i].wanted) != cases[i].best)
			fail_msg("%s", cases[i].wanted);
	docker_list_fini(&list);
}

static void what_is_no_list_no_container_and_no_event_is_refused(void **state)
{
	static const char *const texts[] = { "",
					     "{}",
					     "null",
					     "[",
					     "\"x\"",
					     "{\"Id\":\"\"}",
					     "{\"Id\":\"x\"}",
					     "{\"Id\":7,\"State\":{}}" };
	struct docker_list list;
	struct docker_details details;
	struct docker_event event;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(docker_list_parse(&list, texts[i], strlen(texts[i])), -EBADMSG);
		assert_int_equal(docker_details_parse(&details, texts[i], strlen(texts[i])),
				 -EBADMSG);
		assert_int_equal(docker_event_parse(&event, texts[i], strlen(texts[i])), -EBADMSG);
	}
}

static double cpu_limit(const char *host_config)
{
	char text[400];
	struct docker_details details;
	double limit;

	snprintf(text, sizeof(text), "{\"Id\":\"x\",\"State\":{},\"HostConfig\":{%s}}",
		 host_config);
	assert_int_equal(docker_details_parse(&details, text, strlen(text)), 0);
	limit = details.cpu_limit_pct;
	docker_details_fini(&details);
	return limit;
}

static void every_way_to_limit_the_cpu_counts(void **state)
{
	(void)state;
	assert_float_equal(cpu_limit("\"NanoCpus\":1500000000"), 150, 0.001);
	assert_float_equal(cpu_limit("\"CpuQuota\":50000,\"CpuPeriod\":200000"), 25, 0.001);
	assert_float_equal(cpu_limit("\"CpuQuota\":50000"), 50, 0.001);
	assert_float_equal(cpu_limit("\"CpuQuota\":-1"), 0, 0);
	assert_float_equal(cpu_limit("\"CpusetCpus\":\"0-2,7\""), 400, 0.001);
	assert_float_equal(cpu_limit("\"CpusetCpus\":\"0\",\"NanoCpus\":3000000000"), 100, 0.001);
	assert_float_equal(cpu_limit("\"CpusetCpus\":\"9-1\""), 0, 0);
	assert_float_equal(cpu_limit(""), 0, 0);
}

static void states_are_told_as_users_know_them(void **state)
{
	static const struct {
		const char *json, *text;
		bool running, alive;
	} cases[] = {
		{ "\"Status\":\"running\",\"Running\":true", "running", true, true },
		{ "\"Status\":\"paused\",\"Running\":true,\"Paused\":true", "paused", false, true },
		{ "\"Status\":\"exited\",\"ExitCode\":137", "exited (137)", false, false },
		{ "\"Status\":\"stopped\",\"ExitCode\":1", "exited (1)", false,
		  false }, /* podman */
		{ "\"Status\":\"created\"", "created", false, false },
		{ "\"Running\":true", "running", true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[300];
		struct docker_details d;

		snprintf(text, sizeof(text), "{\"Id\":\"x\",\"State\":{%s}}", cases[i].json);
		assert_int_equal(docker_details_parse(&d, text, strlen(text)), 0);
		assert_string_equal(d.state, cases[i].text);
		assert_int_equal(d.running, cases[i].running);
		assert_int_equal(d.alive, cases[i].alive);
		docker_details_fini(&d);
	}
}

static void events_of_docker_and_of_podman_are_read(void **state)
{
	static const char docker[] =
		"{\"Action\":\"health_status: "
		"unhealthy\",\"Actor\":{\"ID\":\"abc\",\"Attributes\":{\"name\":\"web\"}}}";
	static const char podman[] = "{\"status\":\"died\",\"id\":\"abc\",\"Actor\":{"
				     "\"Attributes\":{\"containerExitCode\":\"137\"}}}";
	struct docker_event event;

	(void)state;
	assert_int_equal(docker_event_parse(&event, docker, strlen(docker)), 0);
	assert_string_equal(event.action, "health_status");
	assert_string_equal(event.detail, "unhealthy");
	assert_string_equal(event.name, "web");
	assert_int_equal(event.exit_code, -1);
	assert_int_equal(docker_event_parse(&event, podman, strlen(podman)), 0);
	assert_string_equal(event.action, "died");
	assert_int_equal(event.exit_code, 137);
}

/* Whatever went wrong: one line, whole, with something to do in it. */
static void every_problem_is_one_line_that_fits(void **state)
{
	char far[300] = "unix:///", from[] = "DOCKER_HOST";
	struct docker_host host = { .said = far, .from = from, .socket = far + 7 };
	char said[DOCKER_PROBLEM_MAX];

	(void)state;
	memset(far + 8, 'x', 250);
	for (int code = CURLE_UNSUPPORTED_PROTOCOL; code < CURL_LAST; code++) {
		const struct docker_trouble trouble = { .curl = code, .tls_text = far };

		docker_problem(said, &host, &trouble);
		assert_true(strlen(said) > 20 && strlen(said) < DOCKER_PROBLEM_MAX);
		assert_null(strchr(said, '\n'));
	}
	for (int status = 300; status < 600; status++) {
		const struct docker_trouble trouble = {
			.method = "GET",
			.path = "/v1.41/containers/json?all=1",
			.status = status,
			.body = "{\"message\":\"two\\nlines \\u001b[31m\"}"
		};

		docker_problem(said, &host, &trouble);
		assert_true(strlen(said) > 5 && strlen(said) < DOCKER_PROBLEM_MAX);
		assert_null(strchr(said, '\n'));
		assert_null(strchr(said, 27));
	}
	docker_problem(
		said, &host,
		&(struct docker_trouble){ .curl = CURLE_COULDNT_CONNECT, .os_errno = EACCES });
	assert_non_null(strstr(said, "no permission"));
	assert_non_null(strstr(said, "usermod -aG docker"));
	docker_problem(said, &host, &(struct docker_trouble){ .status = 204 });
	assert_string_equal(said, "");
}

/* The probe has a loop of its own, so the daemon it asks is another thread's or none. */
static void a_probe_without_a_daemon_says_what_helps(void **state)
{
	struct docker_set *set = docker_set_new("[\"web\"]", "");
	struct buf said;

	(void)state;
	buf_init(&said, 4096);
	fake_docker_free(set->fake);
	set->fake = NULL;
	assert_true(docker_probe(set->scenario, &said) < 0);
	assert_non_null(strstr(buf_str(&said), "is down (connection refused): start it"));
	buf_fini(&said);
	docker_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_ids_services_and_patterns_match),
		cmocka_unit_test(what_is_no_list_no_container_and_no_event_is_refused),
		cmocka_unit_test(every_way_to_limit_the_cpu_counts),
		cmocka_unit_test(states_are_told_as_users_know_them),
		cmocka_unit_test(events_of_docker_and_of_podman_are_read),
		cmocka_unit_test(every_problem_is_one_line_that_fits),
		cmocka_unit_test(a_probe_without_a_daemon_says_what_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
