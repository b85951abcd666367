/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "message/reading.h"
#include "scenario/criterion.h"
#include "scenario/scenario.h"

#define MS        1e3 /* latencies are microseconds */
#define SECOND_NS UINT64_C(1000000000)

/* The parts of a struct criterion that a rule says. */
struct expected {
	enum metric metric;
	enum criterion_scope scope;
	const char *scope_method, *scope_name, *monitor_name, *monitor_metric, *reading_metric;
	enum reading_source monitor_source;
	double quantile;
	enum criterion_op op;
	double value;
	uint64_t window_ns, after_ns, for_ns;
	bool after_warmup, abort;
};

struct rule_case {
	const char *rule;
	const char *text; /* NULL: as the rule */
	struct expected want;
};

static const struct rule_case rule_cases[] = {
	{ "requests >= 375", NULL, { .metric = METRIC_REQUESTS, .op = OP_GE, .value = 375 } },
	{ "all requests >= 375", NULL, { .metric = METRIC_REQUESTS, .op = OP_GE, .value = 375 } },
	{ "failures == 0", NULL, { .metric = METRIC_FAILURES, .op = OP_EQ, .value = 0 } },
	{ "failures = 0", "failures == 0", { .metric = METRIC_FAILURES, .op = OP_EQ } },
	{ "failures <= 1%", NULL, { .metric = METRIC_FAILURE_RATIO, .op = OP_LE, .value = 0.01 } },
	{ "failure_ratio < 0.5%",
	  NULL,
	  { .metric = METRIC_FAILURE_RATIO, .op = OP_LT, .value = 0.005 } },
	{ "success >= 99%", NULL, { .metric = METRIC_SUCCESS_RATIO, .op = OP_GE, .value = 0.99 } },
	{ "success_ratio ≥ 99.5 %",
	  "success_ratio >= 99.5%",
	  { .metric = METRIC_SUCCESS_RATIO, .op = OP_GE, .value = 0.995 } },
	{ "aborted != 0", NULL, { .metric = METRIC_ABORTED, .op = OP_NE, .value = 0 } },
	{ "rps >= 50", NULL, { .metric = METRIC_RPS, .op = OP_GE, .value = 50 } },
	{ "req/s > 2.5", NULL, { .metric = METRIC_RPS, .op = OP_GT, .value = 2.5 } },
	{ "failure_rps < 1", NULL, { .metric = METRIC_FAILURES_RPS, .op = OP_LT, .value = 1 } },
	{ "p50 < 200ms",
	  NULL,
	  { .metric = METRIC_MEDIAN, .op = OP_LT, .value = 200 * MS, .quantile = 0.5 } },
	{ "median < 200ms",
	  NULL,
	  { .metric = METRIC_MEDIAN, .op = OP_LT, .value = 200 * MS, .quantile = 0.5 } },
	{ "  p99   <1s ",
	  "p99 < 1s",
	  { .metric = METRIC_PERCENTILE, .op = OP_LT, .value = 1000 * MS, .quantile = 0.99 } },
	{ "p99.9<=1.5s",
	  "p99.9 <= 1.5s",
	  { .metric = METRIC_PERCENTILE, .op = OP_LE, .value = 1500 * MS, .quantile = 0.999 } },
	{ "p95 < 500 ms",
	  "p95 < 500ms",
	  { .metric = METRIC_PERCENTILE, .op = OP_LT, .value = 500 * MS, .quantile = 0.95 } },
	{ "min > 850us", NULL, { .metric = METRIC_MIN, .op = OP_GT, .value = 850 } },
	{ "mean < 20ms", NULL, { .metric = METRIC_MEAN, .op = OP_LT, .value = 20 * MS } },
	{ "average < 20ms", NULL, { .metric = METRIC_MEAN, .op = OP_LT, .value = 20 * MS } },
	{ "max < 500ms", NULL, { .metric = METRIC_MAX, .op = OP_LT, .value = 500 * MS } },
	{ "response p99 < 1s",
	  NULL,
	  { .metric = METRIC_RESPONSE_PERCENTILE,
	    .op = OP_LT,
	    .value = 1000 * MS,
	    .quantile = 0.99 } },
	{ "response median < 1s",
	  NULL,
	  { .metric = METRIC_RESPONSE_PERCENTILE,
	    .op = OP_LT,
	    .value = 1000 * MS,
	    .quantile = 0.5 } },
	{ "response mean < 1s",
	  NULL,
	  { .metric = METRIC_RESPONSE_MEAN, .op = OP_LT, .value = 1000 * MS } },
	{ "response max < 1s",
	  NULL,
	  { .metric = METRIC_RESPONSE_MAX, .op = OP_LT, .value = 1000 * MS } },
	{ "bytes >= 10MiB", NULL, { .metric = METRIC_BYTES, .op = OP_GE, .value = 10485760 } },
	{ "held_back == 0", NULL, { .metric = METRIC_HELD_BACK, .op = OP_EQ } },
	{ "endpoints active == 5",
	  NULL,
	  { .metric = METRIC_ENDPOINTS_ACTIVE, .op = OP_EQ, .value = 5 } },
	{ "active == 5", NULL, { .metric = METRIC_ENDPOINTS_ACTIVE, .op = OP_EQ, .value = 5 } },
	{ "endpoints POST /api/v1/connectors/publish/* active == 5",
	  NULL,
	  { .metric = METRIC_ENDPOINTS_ACTIVE,
	    .scope_method = "POST",
	    .scope_name = "/api/v1/connectors/publish/*",
	    .op = OP_EQ,
	    .value = 5 } },
	{ "POST /api/v1/deployments/ p99 < 500ms",
	  NULL,
	  { .metric = METRIC_PERCENTILE,
	    .scope = SCOPE_ENDPOINT,
	    .scope_method = "POST",
	    .scope_name = "/api/v1/deployments/",
	    .op = OP_LT,
	    .value = 500 * MS,
	    .quantile = 0.99 } },
	{ "GET \"Login page\" failures == 0",
	  NULL,
	  { .metric = METRIC_FAILURES,
	    .scope = SCOPE_ENDPOINT,
	    .scope_method = "GET",
	    .scope_name = "Login page",
	    .op = OP_EQ } },
	{ "* /search?a=b<c max < 1s",
	  NULL,
	  { .metric = METRIC_MAX,
	    .scope = SCOPE_ENDPOINT,
	    .scope_method = "*",
	    .scope_name = "/search?a=b<c",
	    .op = OP_LT,
	    .value = 1000 * MS } },
	{ "class DeploymentUser p95 < 1s",
	  NULL,
	  { .metric = METRIC_PERCENTILE,
	    .scope = SCOPE_CLASS,
	    .scope_name = "DeploymentUser",
	    .op = OP_LT,
	    .value = 1000 * MS,
	    .quantile = 0.95 } },
	{ "no cascading failures", NULL, { .metric = METRIC_NO_CASCADE, .op = OP_EQ } },
	{ "no cascading failures after 1m abort",
	  NULL,
	  { .metric = METRIC_NO_CASCADE, .op = OP_EQ, .after_ns = 60 * SECOND_NS, .abort = true } },
	{ "p99 < 1s in any 10s after warmup for 5s abort",
	  NULL,
	  { .metric = METRIC_PERCENTILE,
	    .op = OP_LT,
	    .value = 1000 * MS,
	    .quantile = 0.99,
	    .window_ns = 10 * SECOND_NS,
	    .after_warmup = true,
	    .for_ns = 5 * SECOND_NS,
	    .abort = true } },
	{ "success >= 99% abort for 10 s in any 1m after 30s",
	  "success >= 99% abort for 10s in any 1m after 30s",
	  { .metric = METRIC_SUCCESS_RATIO,
	    .op = OP_GE,
	    .value = 0.99,
	    .window_ns = 60 * SECOND_NS,
	    .after_ns = 30 * SECOND_NS,
	    .for_ns = 10 * SECOND_NS,
	    .abort = true } },
	{ "requests >= 10 in any 1s abort",
	  NULL,
	  { .metric = METRIC_REQUESTS,
	    .op = OP_GE,
	    .value = 10,
	    .window_ns = SECOND_NS,
	    .abort = true } },
	{ "container eucora-db cpu < 90% for 10s",
	  NULL,
	  { .metric = METRIC_MONITOR,
	    .scope = SCOPE_MONITOR,
	    .monitor_source = READING_DOCKER,
	    .monitor_name = "eucora-db",
	    .monitor_metric = "cpu",
	    .reading_metric = "cpu_pct",
	    .op = OP_LT,
	    .value = 90,
	    .for_ns = 10 * SECOND_NS } },
	{ "container eucora-* memory < 350MiB",
	  NULL,
	  { .metric = METRIC_MONITOR,
	    .scope = SCOPE_MONITOR,
	    .monitor_source = READING_DOCKER,
	    .monitor_name = "eucora-*",
	    .monitor_metric = "memory",
	    .reading_metric = "memory_bytes",
	    .op = OP_LT,
	    .value = 350.0 * 1024 * 1024 } },
	{ "container x memory < 80%",
	  NULL,
	  { .metric = METRIC_MONITOR,
	    .scope = SCOPE_MONITOR,
	    .monitor_source = READING_DOCKER,
	    .monitor_name = "x",
	    .monitor_metric = "memory",
	    .reading_metric = "memory_pct",
	    .op = OP_LT,
	    .value = 80 } },
	{ "container x restarts == 0",
	  NULL,
	  { .metric = METRIC_MONITOR,
	    .scope = SCOPE_MONITOR,
	    .monitor_source = READING_DOCKER,
	    .monitor_name = "x",
	    .monitor_metric = "restarts",
	    .reading_metric = "restarts",
	    .op = OP_EQ } },
	{ "postgres connections <= 100",
	  NULL,
	  { .metric = METRIC_MONITOR,
	    .scope = SCOPE_MONITOR,
	    .monitor_source = READING_POSTGRES,
	    .monitor_metric = "connections",
	    .reading_metric = "connections",
	    .op = OP_LE,
	    .value = 100 } },
	{ "postgres longest_transaction < 5s",
	  NULL,
	  { .metric = METRIC_MONITOR,
	    .scope = SCOPE_MONITOR,
	    .monitor_source = READING_POSTGRES,
	    .monitor_metric = "longest_transaction",
	    .reading_metric = "longest_transaction_s",
	    .op = OP_LT,
	    .value = 5 } },
	{ "gauge duplicate_approvals == 0",
	  NULL,
	  { .metric = METRIC_MONITOR,
	    .scope = SCOPE_MONITOR,
	    .monitor_source = READING_POSTGRES,
	    .monitor_metric = "gauge",
	    .reading_metric = "duplicate_approvals",
	    .op = OP_EQ } },
	{ "postgres gauge backlog < -2.5",
	  NULL,
	  { .metric = METRIC_MONITOR,
	    .scope = SCOPE_MONITOR,
	    .monitor_source = READING_POSTGRES,
	    .monitor_metric = "gauge",
	    .reading_metric = "backlog",
	    .op = OP_LT,
	    .value = -2.5 } },
};

static void same_text(const char *rule, const char *is, const char *want)
{
	if ((is == NULL) != (want == NULL) || (is && strcmp(is, want) != 0))
		fail_msg("%s: \"%s\", wanted \"%s\"", rule, is ? is : "NULL", want ? want : "NULL");
}

static void rules_mean_what_they_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rule_cases); i++) {
		const struct rule_case *c = &rule_cases[i];
		const struct expected *want = &c->want;
		struct error err = { 0 };
		struct criterion is;

		if (criterion_parse(&is, c->rule, &err) < 0)
			fail_msg("%s: %s", c->rule, err.text);
		same_text(c->rule, is.text, c->text ? c->text : c->rule);
		same_text(c->rule, is.scope_method, want->scope_method);
		same_text(c->rule, is.scope_name, want->scope_name);
		same_text(c->rule, is.monitor_name, want->monitor_name);
		same_text(c->rule, is.monitor_metric, want->monitor_metric);
		same_text(c->rule, is.reading_metric, want->reading_metric);
		if (is.metric != want->metric || is.scope != want->scope || is.op != want->op ||
		    is.monitor_source != want->monitor_source || is.window_ns != want->window_ns ||
		    is.after_ns != want->after_ns || is.after_warmup != want->after_warmup ||
		    is.for_ns != want->for_ns || is.abort != want->abort ||
		    fabs(is.value - want->value) > 1e-9 ||
		    fabs(is.quantile - want->quantile) > 1e-12)
			fail_msg("%s: parsed wrongly", c->rule);
		criterion_fini(&is);
	}
}

static void a_rule_reads_its_own_text_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rule_cases); i++) {
		struct criterion first, second;

		assert_int_equal(criterion_parse(&first, rule_cases[i].rule, NULL), 0);
		assert_int_equal(criterion_parse(&second, first.text, NULL), 0);
		assert_string_equal(first.text, second.text);
		assert_int_equal(first.metric, second.metric);
		criterion_fini(&first);
		criterion_fini(&second);
	}
}

static void wrong_rules_say_what_is_allowed(void **state)
{
	static const struct {
		const char *rule, *want;
	} cases[] = {
		{ "", "the rule is empty" },
		{ "reqests >= 5", "unknown metric \"reqests\": did you mean \"requests\"?" },
		{ "zzz < 5",
		  "unknown metric \"zzz\": there are requests, failures, success, rps, min, mean, "
		  "median, p99 (any percentile), max, response p99, bytes, held_back, active and "
		  "more in throng-scenario(5)" },
		{ "p101 < 1s", "a percentile is from p0 to p100, not \"p101\"" },
		{ "pNN < 1s", "\"pNN\" stands for any percentile: write p95 or p99.9" },
		{ "requests", "a comparison is missing: <, <=, >, >=, == or !=" },
		{ "requests about 5",
		  "\"about\" is no comparison: there are <, <=, >, >=, == and !=" },
		{ "requests >=", "a value is missing behind the comparison" },
		{ "requests >= many", "\"many\" is no count: a whole number such as 375" },
		{ "requests >= 1.5", "\"1.5\" is no count: a whole number such as 375" },
		{ "requests >= -1", "\"-1\" is no count: a whole number such as 375" },
		{ "rps >= fast", "\"fast\" is no rate: a number per second such as 50" },
		{ "success >= 99", "\"99\" is no percentage: such as 99%" },
		{ "success >= 101%", "\"101%\" is no percentage: such as 99%" },
		{ "p99 < 500", "\"500\" needs a unit: such as 500ms or 500s" },
		{ "p99 < soon", "\"soon\" is no duration: such as 200ms or 1.5s" },
		{ "bytes < lots", "\"lots\" is no size: such as 64KiB or 350MiB" },
		{ "p99 < 1s in 10s", "\"in\" is followed by \"any\" and a duration: in any 10s" },
		{ "p99 < 1s in any", "\"in any\" needs a duration such as 10s" },
		{ "p99 < 1s in any 10", "\"10\" behind \"in any\" is no duration: such as 10s" },
		{ "p99 < 1s in any 100ms", "the window of \"in any\" is at least 1s" },
		{ "p99 < 1s after lunch",
		  "\"lunch\" behind \"after\" is no duration: such as 10s" },
		{ "p99 < 1s after 10s after warmup", "\"after\" is there twice" },
		{ "p99 < 1s for", "\"for\" needs a duration such as 10s" },
		{ "p99 < 1s sometimes",
		  "\"sometimes\" is not understood: behind the value there can be \"in any 10s\", "
		  "\"after 30s\", \"after warmup\", \"for 5s\" and \"abort\"" },
		{ "requests >= 375 abort",
		  "\"abort\" does not go with a count that is reached at the end only" },
		{ "requests >= 375 for 5s", "\"for\" does not go with what is judged at the end" },
		{ "endpoints active == 5 in any 10s",
		  "\"in any\" goes with requests and response times only" },
		{ "postgres connections < 5 in any 10s",
		  "\"in any\" goes with requests and response times only" },
		{ "class", "\"class\" needs a name behind it" },
		{ "GET", "\"GET\" needs a name behind it" },
		{ "GET /a", "the rule ends where a metric is expected" },
		{ "class A held_back == 0", "\"held_back\" is counted for the whole run only" },
		{ "class A active == 1", "\"active\" counts endpoints, not those of a class" },
		{ "endpoints p99 < 1s",
		  "\"endpoints\" is followed by \"active\" or by a method and a name" },
		{ "no failures", "\"no\" is followed by \"cascading failures\"" },
		{ "container db speed < 5",
		  "unknown metric \"speed\" of \"container\": there are cpu, memory, pids, "
		  "restarts and oom_kills" },
		{ "postgres speed < 5",
		  "unknown metric \"speed\" of \"postgres\": there are connections, all_rows, "
		  "active, idle, idle_in_transaction, waiting, blocked, longest_transaction, "
		  "longest_query, deadlocks, rollbacks, tps, cache_hits and gauge NAME" },
		{ "container db cpu < 90", "\"90\" is no percentage: such as 99%" },
		{ "GET \"/a p99 < 1s", "a quote is not closed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = { 0 };
		struct criterion is;

		if (criterion_parse(&is, cases[i].rule, &err) != -EINVAL)
			fail_msg("%s: no error", cases[i].rule);
		assert_string_equal(err.text, cases[i].want);
	}
}

static void comparisons_are_exact_at_the_bound(void **state)
{
	static const struct {
		const char *rule;
		double measured;
		bool holds;
	} cases[] = {
		{ "requests < 5", 4, true },           { "requests < 5", 5, false },
		{ "requests <= 5", 5, true },          { "requests <= 5", 6, false },
		{ "requests > 5", 6, true },           { "requests > 5", 5, false },
		{ "requests >= 5", 5, true },          { "requests >= 5", 4, false },
		{ "requests == 5", 5, true },          { "requests == 5", 4, false },
		{ "requests != 5", 4, true },          { "requests != 5", 5, false },
		{ "success >= 99%", 0.99, true },      { "no cascading failures", 0, true },
		{ "no cascading failures", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct criterion c;

		assert_int_equal(criterion_parse(&c, cases[i].rule, NULL), 0);
		if (criterion_holds(&c, cases[i].measured) != cases[i].holds)
			fail_msg("%s with %g", cases[i].rule, cases[i].measured);
		criterion_fini(&c);
	}
}

static void values_are_shown_in_their_unit(void **state)
{
	static const struct {
		const char *rule;
		double measured;
		const char *want;
	} cases[] = {
		{ "requests >= 375", 10518, "10,518" },
		{ "success >= 99%", 0.998, "99.8 %" },
		{ "success >= 99%", 1, "100 %" },
		{ "success >= 99%", 0.99996, "99.996 %" },
		{ "failures < 1%", 0, "0 %" },
		{ "rps >= 50", 78.44, "78.4" },
		{ "p50 < 200ms", 5200, "5.2 ms" },
		{ "p50 < 200ms", NAN, "–" },
		{ "bytes >= 1", 312.0 * 1024 * 1024, "312 MiB" },
		{ "no cascading failures", 0, "none" },
		{ "no cascading failures", 1, "cascading" },
		{ "container x cpu < 90%", 87.4, "87 %" },
		{ "container x memory < 1GiB", 204.0 * 1024 * 1024, "204 MiB" },
		{ "container x memory < 90%", 41.2, "41 %" },
		{ "postgres connections < 100", 47, "47" },
		{ "postgres longest_transaction < 5s", 1.25, "1.25 s" },
		{ "gauge lag < 5", 0.25, "0.25" },
		{ "gauge lag < 5", -3, "-3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct criterion c;
		char text[64];

		assert_int_equal(criterion_parse(&c, cases[i].rule, NULL), 0);
		assert_string_equal(
			criterion_format_value(&c, cases[i].measured, text, sizeof(text)),
			cases[i].want);
		criterion_fini(&c);
	}
}

static void patterns_match_rows(void **state)
{
	static const struct {
		const char *rule, *method, *name;
		bool counts;
	} cases[] = {
		{ "endpoints active == 1", "GET", "/x", true },
		{ "POST /publish/[*] active == 1", "POST", "/publish/[JAMF]", true },
		{ "POST /publish/[*] active == 1", "GET", "/publish/[JAMF]", false },
		{ "POST /publish/[*] active == 1", "POST", "/publish/JAMF", false },
		{ "* /a*b*c active == 1", "GET", "/aXXbbYYc", true },
		{ "* /a*b*c active == 1", "GET", "/aXXbbYYcd", false },
		{ "GET /a active == 1", "GET", "/a", true },
		{ "GET /a active == 1", "GET", "/ab", false },
		{ "GET /a* active == 1", "GET", "/a", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char method[16], name[64];
		struct endpoint row = { method, name };
		struct criterion c;

		snprintf(method, sizeof(method), "%s", cases[i].method);
		snprintf(name, sizeof(name), "%s", cases[i].name);
		assert_int_equal(criterion_parse(&c, cases[i].rule, NULL), 0);
		if (criterion_counts(&c, &row) != cases[i].counts)
			fail_msg("%s with %s %s", cases[i].rule, method, name);
		criterion_fini(&c);
	}
}

static void readings_match_source_name_and_metric(void **state)
{
	static const struct {
		const char *rule;
		enum reading_type type;
		enum reading_source source;
		const char *name, *metric;
		bool matches;
	} cases[] = {
		{ "container db cpu < 9%", READING_VALUE, READING_DOCKER, "db", "cpu_pct", true },
		{ "container d* cpu < 9%", READING_VALUE, READING_DOCKER, "db", "cpu_pct", true },
		{ "container db cpu < 9%", READING_VALUE, READING_DOCKER, "api", "cpu_pct", false },
		{ "container db cpu < 9%", READING_VALUE, READING_DOCKER, "db", "pids", false },
		{ "container db cpu < 9%", READING_STATE, READING_DOCKER, "db", "cpu_pct", false },
		{ "container db cpu < 9%", READING_VALUE, READING_POSTGRES, "db", "cpu_pct",
		  false },
		{ "postgres idle < 9", READING_VALUE, READING_POSTGRES, "any", "idle", true },
		{ "gauge dup < 9", READING_VALUE, READING_POSTGRES, "any", "dup", true },
		{ "rps < 9", READING_VALUE, READING_POSTGRES, "any", "rps", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reading reading = { .type = (uint8_t)cases[i].type,
					   .source = (uint8_t)cases[i].source };
		struct criterion c;

		memcpy(reading.name, cases[i].name, strlen(cases[i].name));
		memcpy(reading.metric, cases[i].metric, strlen(cases[i].metric));
		assert_int_equal(criterion_parse(&c, cases[i].rule, NULL), 0);
		if (criterion_matches_reading(&c, &reading) != cases[i].matches)
			fail_msg("%s with %s %s", cases[i].rule, reading.name, reading.metric);
		criterion_fini(&c);
	}
}

static void every_metric_has_a_name_in_the_list(void **state)
{
	(void)state;
	for (int metric = 0; metric < METRICS; metric++) {
		const char *name = metric_name((enum metric)metric);
		const char *const *names = metric_names();

		while (*names && strcmp(*names, name) != 0)
			names++;
		if (!*names)
			fail_msg("%s is not in metric_names", name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_mean_what_they_say),
		cmocka_unit_test(a_rule_reads_its_own_text_again),
		cmocka_unit_test(wrong_rules_say_what_is_allowed),
		cmocka_unit_test(comparisons_are_exact_at_the_bound),
		cmocka_unit_test(values_are_shown_in_their_unit),
		cmocka_unit_test(patterns_match_rows),
		cmocka_unit_test(readings_match_source_name_and_metric),
		cmocka_unit_test(every_metric_has_a_name_in_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
