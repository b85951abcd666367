/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "monitor/docker_stats.h"

/* cgroup v1, host network, no block I/O counted. */
static const char v1[] =
	"{\"read\":\"2026-11-23T07:56:22.920836363Z\",\"preread\":\"2026-11-23T07:56:21."
	"913216592Z\","
	"\"pids_stats\":{\"current\":7},\"blkio_stats\":{\"io_service_bytes_recursive\":[]},"
	"\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":221399517460,\"percpu_usage\":[1,2]},"
	"\"system_cpu_usage\":1171090000000,\"online_cpus\":2,\"throttling_data\":{\"periods\":10,"
	"\"throttled_periods\":3}},"
	"\"precpu_stats\":{\"cpu_usage\":{\"total_usage\":220716829943},"
	"\"system_cpu_usage\":1169070000000,\"online_cpus\":2},"
	"\"memory_stats\":{\"usage\":229376,\"limit\":25276502016,\"stats\":{\"total_inactive_"
	"file\":4096,"
	"\"total_rss\":61440}}}";

/* cgroup v2 with networks and block I/O as the kernel and as podman spell it. */
static const char v2[] =
	"{\"read\":\"2026-11-23T07:56:23.920836363Z\",\"preread\":\"2026-11-23T07:56:22."
	"920836363Z\","
	"\"pids_stats\":{\"current\":3},\"blkio_stats\":{\"io_service_bytes_recursive\":["
	"{\"op\":\"read\",\"value\":100},{\"op\":\"Read\",\"value\":11},{\"op\":\"write\","
	"\"value\":200},"
	"{\"op\":\"rios\",\"value\":999},{\"op\":\"wios\",\"value\":999}]},"
	"\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":221899517460},\"system_cpu_usage\":"
	"1173090000000,"
	"\"online_cpus\":2},\"precpu_stats\":{\"cpu_usage\":{\"total_usage\":0}},"
	"\"memory_stats\":{\"usage\":1000,\"limit\":2000,\"stats\":{\"inactive_file\":300,\"anon\":"
	"600}},"
	"\"networks\":{\"eth0\":{\"rx_bytes\":10,\"tx_bytes\":20},\"eth1\":{\"rx_bytes\":1,\"tx_"
	"bytes\":2}}}";

static const char stopped[] =
	"{\"read\":\"0001-01-01T00:00:00Z\",\"preread\":\"0001-01-01T00:00:00Z\","
	"\"pids_stats\":{},\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":0}},"
	"\"precpu_stats\":{},\"memory_stats\":{}}";

static struct docker_sample parsed(const char *json)
{
	struct docker_sample sample;

	assert_int_equal(docker_stats_parse(json, strlen(json), &sample), 0);
	return sample;
}

static void assert_near(double got, double wanted)
{
	if (fabs(got - wanted) > 1e-3 * fabs(wanted))
		fail_msg("got %g, wanted %g", got, wanted);
}

static void cgroup_v1_is_read_as_the_docker_command_reads_it(void **state)
{
	struct docker_sample s = parsed(v1);

	(void)state;
	assert_true(s.running);
	assert_false(s.first);
	assert_near(s.memory_bytes, 229376 - 4096);
	assert_near(s.anon_bytes, 61440);
	assert_near(s.limit_bytes, 25276502016.0);
	assert_int_equal(s.pids, 7);
	assert_int_equal(s.throttled_periods, 3);
	/* (221399517460 - 220716829943) / (1171090000000 - 1169070000000) * 2 * 100 */
	assert_near(docker_stats_cpu_pct_cli(&s), 67.5928);
}

static void what_the_daemon_does_not_say_is_unknown_not_zero(void **state)
{
	struct docker_sample s = parsed(v1);

	(void)state;
	assert_true(s.rx_bytes == DOCKER_UNKNOWN);
	assert_true(s.read_bytes == DOCKER_UNKNOWN);
}

static void cgroup_v2_and_podman_are_read(void **state)
{
	struct docker_sample s = parsed(v2);

	(void)state;
	assert_near(s.memory_bytes, 700);
	assert_near(s.anon_bytes, 600);
	assert_near(s.rx_bytes, 11);
	assert_near(s.tx_bytes, 22);
	assert_near(s.read_bytes, 111);
	assert_near(s.write_bytes, 200);
}

static void cpu_is_the_share_of_the_time_between_two_samples(void **state)
{
	struct docker_sample a = parsed(v1), b = parsed(v2);

	(void)state;
	assert_near(docker_stats_cpu_pct(&a, &b), 50);               /* 0.5 s of CPU in 1 s */
	assert_true(docker_stats_cpu_pct(&b, &a) == DOCKER_UNKNOWN); /* time and counter go back */
}

static void a_stopped_container_and_a_restart_give_no_figure(void **state)
{
	struct docker_sample a = parsed(v1), none = parsed(stopped), b = parsed(v2);

	(void)state;
	assert_false(none.running);
	assert_true(none.memory_bytes == DOCKER_UNKNOWN);
	assert_true(docker_stats_cpu_pct(&a, &none) == DOCKER_UNKNOWN);
	assert_true(docker_stats_cpu_pct(&none, &b) == DOCKER_UNKNOWN);
	b.cpu_ns = 5; /* started anew */
	assert_true(docker_stats_cpu_pct(&a, &b) == DOCKER_UNKNOWN);
}

static void the_first_frame_never_yields_the_commands_figure(void **state)
{
	struct docker_sample s = parsed(v1);

	(void)state;
	s.first = true;
	assert_true(docker_stats_cpu_pct_cli(&s) == DOCKER_UNKNOWN);
}

static void rates_are_per_second_and_unknown_when_counters_go_back(void **state)
{
	(void)state;
	assert_near(docker_stats_rate(100, 300, 0, 2000000000), 100);
	assert_true(docker_stats_rate(300, 100, 0, 2000000000) == DOCKER_UNKNOWN);
	assert_true(docker_stats_rate(DOCKER_UNKNOWN, 100, 0, 2000000000) == DOCKER_UNKNOWN);
	assert_true(docker_stats_rate(100, 200, 5, 5) == DOCKER_UNKNOWN);
}

static void garbage_is_refused(void **state)
{
	static const char *const cases[] = {
		"", "{", "[]", "{}", "no such container", "{\"message\":\"x\"}"
	};
	struct docker_sample sample;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(docker_stats_parse(cases[i], strlen(cases[i]), &sample), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cgroup_v1_is_read_as_the_docker_command_reads_it),
		cmocka_unit_test(what_the_daemon_does_not_say_is_unknown_not_zero),
		cmocka_unit_test(cgroup_v2_and_podman_are_read),
		cmocka_unit_test(cpu_is_the_share_of_the_time_between_two_samples),
		cmocka_unit_test(a_stopped_container_and_a_restart_give_no_figure),
		cmocka_unit_test(the_first_frame_never_yields_the_commands_figure),
		cmocka_unit_test(rates_are_per_second_and_unknown_when_counters_go_back),
		cmocka_unit_test(garbage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
