/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/preview.h"
#include "cli/probe.h"
#include "engine/reach.h"
#include "engine/transport.h"
#include "scenario/scenario.h"
#include "target_client.h"

/* Probes of a run against the practice backend, whose counters are the truth about what was sent. */

#define LOGIN "/api/v1/auth/login/"
#define WRONG "wrong-password"

#define REPORTS 32
struct told {
	struct probe_report last[REPORTS]; /* by index */
	unsigned count;                    /* of probes */
	unsigned running;                  /* reports of waiting */
	bool (*go_on)(const struct told *told);
};

static void tell(void *arg, const struct probe_report *report)
{
	struct told *told = arg;

	assert_true(report->index < REPORTS);
	assert_true(report->index == told->count || report->index + 1 == told->count);
	told->last[report->index] = *report;
	told->count = report->index + 1;
	told->running += report->state == PROBE_RUNNING && report->text[0] != '\0';
}

static bool go_on(void *arg)
{
	const struct told *told = arg;

	return told->go_on == NULL || told->go_on(told);
}

static struct scenario *load(const char *json)
{
	const struct scenario_overrides over = { 0 };
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;

	if (scenario_parse(&scenario, "test.json", ".", json, strlen(json), &over, errs) != 0) {
		errors_print(errs, stderr);
		fail_msg("the test's scenario is broken");
	}
	errors_free(errs);
	return scenario;
}

static unsigned probe_with(const char *json, const struct transport_ops *transport,
			   struct told *told)
{
	struct scenario *scenario = load(json);
	struct probe_config config = { .scenario = scenario,
				       .transport = transport,
				       .tell = tell,
				       .go_on = go_on,
				       .arg = told };
	unsigned failed = probe_all(&config);

	scenario_free(scenario);
	return failed;
}

static unsigned probe(const char *json, struct told *told)
{
	return probe_with(json, NULL, told);
}

static const struct probe_report *report_of(const struct told *told, const char *name)
{
	for (unsigned i = 0; i < told->count; i++)
		if (strcmp(told->last[i].name, name) == 0)
			return &told->last[i];
	fail_msg("no probe \"%s\"", name);
	return NULL;
}

static void expect(const struct told *told, const char *name, enum probe_state state,
		   const char *part)
{
	const struct probe_report *report = report_of(told, name);

	if (report->state != state || strstr(report->text, part) == NULL)
		fail_msg("%s: state %d, \"%s\" without \"%s\"", name, (int)report->state,
			 report->text, part);
}

/* Two classes; each logs in, then would list for ever. */
static char *two_classes(const char *url, const char *password)
{
	return mem_printf("{\"name\":\"T\",\"target\":\"%s\",\"health\":\"/api/v1/health/\","
			  "\"load\":{\"users\":3,\"spawn_rate\":1,\"duration\":\"1m\"},\"users\":{"
			  "\"Writer\":{\"wait\":1,\"on_start\":[{\"post\":\"" LOGIN "\","
			  "\"json\":{\"username\":\"loadtest_user\",\"password\":\"%s\"},"
			  "\"expect\":{\"status\":200},\"extract\":{\"token\":\"token\"},"
			  "\"then\":{\"headers\":{\"Authorization\":\"Bearer {{token}}\"}}}],"
			  "\"tasks\":{\"t\":{\"get\":\"/api/v1/deployments/\"}}},"
			  "\"Reader\":{\"wait\":1,\"on_start\":[{\"post\":\"" LOGIN "\","
			  "\"json\":{\"username\":\"cab_approver\",\"password\":\"{{env "
			  "THRONG_TEST_PW test123}}\"},"
			  "\"expect\":{\"status\":200},\"extract\":{\"token\":\"token\"}}],"
			  "\"tasks\":{\"t\":{\"get\":\"/api/v1/deployments/\"}}}}}",
			  url, password);
}

static void every_class_logs_in_once_and_nothing_else_is_sent(void **state)
{
	static const struct transport_ops *const transports[] = { NULL, &transport_direct_ops,
								  &transport_curl_ops };
	(void)state;

	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		struct target *target = target_begin(&(struct target_config){ .seed = 1 });
		char *json = two_classes(target_url(target), "test123");
		struct told told = { .count = 0 };

		assert_int_equal(probe_with(json, transports[i], &told), 0);
		assert_int_equal(told.count, 6);
		expect(&told, "open files", PROBE_OK, "3 users need 259");
		expect(&told, "local ports", PROBE_OK, "3 connections need 3 of ");
		expect(&told, "target name", PROBE_OK, "127.0.0.1 is an address");
		expect(&told, "health check", PROBE_OK, "/api/v1/health/ answers 200 in ");
		expect(&told, "login Writer", PROBE_OK, "POST " LOGIN " answers 200 in ");
		expect(&told, "login Reader", PROBE_OK, "; extracted token");
		assert_int_equal(stat_at(target_url(target), "requests"), 3);
		assert_int_equal(stat_at(target_url(target), "endpoints.GET /api/v1/health/"), 1);
		assert_int_equal(stat_at(target_url(target), "endpoints.POST " LOGIN), 2);
		free(json);
		target_end(target);
	}
}

static void refused_credentials_say_which_variable_to_set(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .seed = 1 });
	char *json = two_classes(target_url(target), WRONG);
	struct told told = { .count = 0 };

	(void)state;
	/* one class has its password in the file, the other in a variable that is wrong */
	setenv("THRONG_TEST_PW", WRONG, 1);
	assert_int_equal(probe(json, &told), 2);
	expect(&told, "login Writer", PROBE_FAILED, "POST " LOGIN ": HTTP 401 Unauthorized. ");
	expect(&told, "login Writer", PROBE_FAILED, "create it, or correct test.json");
	expect(&told, "login Reader", PROBE_FAILED,
	       "correct THRONG_TEST_PW in the environment (THRONG_TEST_PW is set)");
	for (unsigned i = 0; i < told.count; i++)
		assert_null(strstr(told.last[i].text, WRONG)); /* no secrets on screens */
	unsetenv("THRONG_TEST_PW");
	free(json);

	json = mem_printf(
		"{\"name\":\"T\",\"target\":\"%s\",\"load\":{\"users\":1,\"duration\":\"1m\"},"
		"\"vars\":{\"secret\":\"{{env THRONG_TEST_PW " WRONG "}}\"},"
		"\"users\":{\"A\":{\"wait\":1,\"on_start\":[{\"post\":\"" LOGIN "\",\"form\":{"
		"\"username\":\"loadtest_user\",\"password\":\"{{secret}}\"}}],"
		"\"tasks\":{\"t\":{\"get\":\"/\"}}}}}",
		target_url(target));
	memset(&told, 0, sizeof(told));
	assert_int_equal(probe(json, &told), 1);
	expect(&told, "login A", PROBE_FAILED,
	       "set THRONG_TEST_PW in the environment (THRONG_TEST_PW is not set: the scenario's "
	       "default was sent)");
	free(json);
	target_end(target);
}

/* One class with these on_start steps. */
static char *one_class(const char *url, const char *more, const char *on_start)
{
	return mem_printf("{\"name\":\"T\",\"target\":\"%s\",%s"
			  "\"load\":{\"users\":1,\"duration\":\"1m\"},\"users\":{\"A\":{"
			  "\"wait\":1,\"on_start\":%s,\"tasks\":{\"t\":{\"get\":\"/\"}}}}}",
			  url, more, on_start);
}

static void what_is_wrong_with_a_login_is_said(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .seed = 1 });
	const char *url = target_url(target);
	char *login = mem_printf("{\"post\":\"" LOGIN "\",\"json\":{\"username\":\"loadtest_user\","
				 "\"password\":\"test123\"}");
	struct {
		char *on_start;
		enum probe_state state;
		const char *part;
	} cases[] = {
		{ mem_printf("[]"), PROBE_SKIPPED, "no on_start steps" },
		{ mem_printf("[%s,\"extract\":{\"key\":\"access_token\"}}]", login), PROBE_FAILED,
		  "extract key: no access_token in the answer. It answers 200" },
		{ mem_printf("[%s,\"expect\":{\"json\":{\"token\":\"x\"}}}]", login), PROBE_FAILED,
		  "not what \"expect\" asks for" },
		{ mem_printf("[{\"get\":\"/no-such-path/\"}]"), PROBE_FAILED,
		  "GET /no-such-path/: HTTP 404 Not Found. The path is not there" },
		/* the second step fails, the third is never sent */
		{ mem_printf("[%s},{\"get\":\"/nowhere/\"},{\"get\":\"/api/v1/deployments/\"}]",
			     login),
		  PROBE_FAILED, "GET /nowhere/: HTTP 404" },
		{ mem_printf("[%s},{\"get\":\"/api/v1/health/\"}]", login), PROBE_OK,
		  ", the last of 2 steps" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *json = one_class(url, "", cases[i].on_start);
		struct told told = { .count = 0 };

		assert_int_equal(probe(json, &told), cases[i].state == PROBE_FAILED);
		expect(&told, "target port", PROBE_OK, "takes connections");
		expect(&told, "login A", cases[i].state, cases[i].part);
		free(json);
		free(cases[i].on_start);
	}
	assert_int_equal(stat_at(url, "endpoints.GET /api/v1/deployments/"), -1);
	free(login);
	target_end(target);
}

static void a_login_that_needs_the_setup_is_not_tried(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .seed = 1 });
	char *json = one_class(target_url(target),
			       "\"setup\":[{\"post\":\"" LOGIN
			       "\",\"json\":{\"username\":\"loadtest_user\","
			       "\"password\":\"test123\"},\"extract\":{\"admin\":\"token\"}}],",
			       "[{\"post\":\"" LOGIN "\",\"json\":{\"username\":\"{{admin}}\"}}]");
	struct told told = { .count = 0 };

	(void)state;
	assert_int_equal(probe(json, &told), 0);
	expect(&told, "login A", PROBE_SKIPPED, "setup steps");
	assert_int_equal(stat_at(target_url(target), "requests"), 0);
	free(json);
	target_end(target);
}

/* A port of 127.0.0.1 at which nobody listens, held so that nobody will. */
static int hold_port(unsigned *port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	*port = ntohs(addr.sin_port);
	return fd;
}

static void a_dead_target_is_named_with_the_remedy_and_logins_are_left_out(void **state)
{
	struct told told = { .count = 0 };
	unsigned port;
	int fd = hold_port(&port);
	char *url = mem_printf("http://127.0.0.1:%u", port);
	char *json = two_classes(url, "test123");

	(void)state;
	assert_int_equal(probe(json, &told), 1);
	expect(&told, "health check", PROBE_FAILED, "connection refused. Nobody listens");
	expect(&told, "health check", PROBE_FAILED, "A run waits 30s for it.");
	expect(&told, "login Writer", PROBE_SKIPPED, "the target does not answer");
	free(json);

	json = one_class(url, "", "[]");
	memset(&told, 0, sizeof(told));
	assert_int_equal(probe(json, &told), 1);
	expect(&told, "target port", PROBE_FAILED, "Connection refused");
	free(json);

	json = two_classes("http://nowhere.invalid:1", "test123");
	memset(&told, 0, sizeof(told));
	assert_int_equal(probe(json, &told), 1);
	expect(&told, "target name", PROBE_FAILED, "nowhere.invalid does not resolve");
	expect(&told, "health check", PROBE_SKIPPED, "its name does not resolve");
	free(json);
	free(url);
	close(fd);
}

static bool until_waiting(const struct told *told)
{
	return told->running == 0;
}

static bool until_login(const struct told *told)
{
	return told->count == 0 || strncmp(told->last[told->count - 1].name, "login", 5) != 0;
}

static void what_takes_long_says_so_and_can_be_left(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .seed = 1 });
	const char *url = target_url(target);
	char *json = two_classes(url, "test123");
	struct told told = { .go_on = until_waiting };

	(void)state;
	assert_int_equal(fetch_status(url, &(struct fetch){ .method = "POST",
							    .path = "/_target/pause/60000" }),
			 200);
	/* a minute, if nobody could leave it */
	assert_int_equal(probe(json, &told), 0);
	assert_int_equal(told.running, 1);
	expect(&told, "health check", PROBE_SKIPPED, "left unfinished");
	assert_int_equal(told.count, 4); /* and nothing is begun any more */
	free(json);
	target_end(target);

	/* left before the first login was sent */
	target = target_begin(&(struct target_config){ .seed = 1, .latency_median_ms = 3600e3 });
	json = two_classes(target_url(target), "test123");
	told = (struct told){ .go_on = until_login };
	assert_int_equal(probe(json, &told), 0);
	expect(&told, "login Writer", PROBE_SKIPPED, "left unfinished");
	assert_int_equal(told.count, 5);
	free(json);
	target_end(target);
}

/* Frames of the plan page until nothing more is probed. */
static struct frame *preview_to_the_end(struct preview *preview)
{
	for (unsigned turns = 0;; turns++) {
		struct frame *frame = frame_new();

		frame->plan = "plan";
		preview_put(preview, frame);
		if (!frame->probing)
			return frame;
		frame_free(frame);
		if (turns > 20000)
			fail_msg("the probes never end");
		clock_sleep_ns(CLOCK_NS_PER_MS);
	}
}

static void the_console_gets_the_same_as_it_comes(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .seed = 1 });
	char *json = two_classes(target_url(target), "test123");
	struct scenario *scenario = load(json);
	struct preview *preview;
	struct frame *frame, *running = frame_new();
	struct error err;

	(void)state;
	assert_int_equal(preview_start(&preview, scenario, NULL, &err), 0);
	frame = preview_to_the_end(preview);
	assert_int_equal(frame->probe_count, 6);
	for (size_t i = 0; i < frame->probe_count; i++)
		assert_int_equal(frame->probes[i].state, PROBE_OK);
	assert_string_equal(frame->probes[5].name, "login Reader");
	preview_put(preview, running); /* no plan: the run has begun */
	assert_int_equal(running->probe_count, 0);
	preview_free(preview);
	frame_free(frame);
	frame_free(running);
	scenario_free(scenario);
	free(json);
	target_end(target);
}

static void the_start_cuts_off_what_is_under_way(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .seed = 1 });
	const char *url = target_url(target);
	char *json = two_classes(url, "test123");
	struct scenario *scenario = load(json);
	struct preview *preview;
	struct frame *frame;
	struct error err;

	(void)state;
	assert_int_equal(fetch_status(url, &(struct fetch){ .method = "POST",
							    .path = "/_target/pause/60000" }),
			 200);
	assert_int_equal(preview_start(&preview, scenario, NULL, &err), 0);
	preview_stop(preview);
	frame = preview_to_the_end(preview); /* not after a minute */
	for (size_t i = 0; i < frame->probe_count; i++)
		assert_int_not_equal(frame->probes[i].state, PROBE_FAILED);
	frame_free(frame);
	preview_free(preview);
	scenario_free(scenario);
	free(json);
	target_end(target);
}

static void a_unix_socket_and_another_address_are_reached(void **state)
{
	char dir[] = "/tmp/throng-test-XXXXXX";
	struct target *target;
	struct told told = { .count = 0 };
	char *json, *listen, *more;

	(void)state;
	assert_non_null(mkdtemp(dir));
	listen = mem_printf("unix:%s/s", dir);
	target = target_begin(&(struct target_config){ .seed = 1, .listen = listen });
	more = mem_printf("\"health\":\"/api/v1/health/\",\"http\":{\"unix_socket\":\"%s/s\"},",
			  dir);
	json = one_class("http://nowhere.invalid", more, "[]");
	assert_int_equal(probe(json, &told), 0);
	expect(&told, "local ports", PROBE_OK, "Unix socket");
	expect(&told, "target name", PROBE_OK, "Unix socket /tmp/");
	expect(&told, "health check", PROBE_OK, "answers 200");
	free(json);
	free(more);
	target_end(target);

	target = target_begin(&(struct target_config){ .seed = 1 });
	more = mem_printf("\"http\":{\"connect_to\":\"%s\"},",
			  target_url(target) + strlen("http://"));
	json = one_class("http://nowhere.invalid", more, "[]");
	memset(&told, 0, sizeof(told));
	assert_int_equal(probe(json, &told), 0);
	expect(&told, "target port", PROBE_OK, "takes connections");
	free(json);
	free(more);
	target_end(target);
	free(listen);
	rmdir(dir);
}

/* A remedy that helps: a wider range would not, and a panel need not be there at all. */
static void more_users_than_ports_and_panels_out_of_reach_have_their_remedy(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .seed = 1 });
	struct told told = { .count = 0 };
	char *json = mem_printf(
		"{\"name\":\"T\",\"target\":\"%s\",\"load\":{\"users\":100000,\"spawn_rate\":1000,"
		"\"duration\":\"3m\"},\"panels\":{\"docker\":{\"containers\":[\"a\"],"
		"\"host\":\"unix:///nowhere/docker.sock\"}},"
		"\"users\":{\"A\":{\"wait\":1,\"tasks\":{\"t\":{\"get\":\"/\"}}}}}",
		target_url(target));

	(void)state;
	(void)probe(json, &told);
	expect(&told, "local ports", PROBE_FAILED,
	       "no range has more than 64,512 ports: drive no more users");
	expect(&told, "docker", PROBE_FAILED, "/nowhere/docker.sock");
	expect(&told, "docker", PROBE_FAILED, " (--no-docker leaves this panel out)");
	free(json);
	target_end(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_logs_in_once_and_nothing_else_is_sent),
		cmocka_unit_test(refused_credentials_say_which_variable_to_set),
		cmocka_unit_test(what_is_wrong_with_a_login_is_said),
		cmocka_unit_test(a_login_that_needs_the_setup_is_not_tried),
		cmocka_unit_test(a_dead_target_is_named_with_the_remedy_and_logins_are_left_out),
		cmocka_unit_test(what_takes_long_says_so_and_can_be_left),
		cmocka_unit_test(the_console_gets_the_same_as_it_comes),
		cmocka_unit_test(the_start_cuts_off_what_is_under_way),
		cmocka_unit_test(a_unix_socket_and_another_address_are_reached),
		cmocka_unit_test(more_users_than_ports_and_panels_out_of_reach_have_their_remedy),
	};
	int rc;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	curl_global_cleanup();
	return rc;
}
