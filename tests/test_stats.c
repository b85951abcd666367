/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "message/frame.h"
#include "message/protocol.h"
#include "record/histogram.h"
#include "record/stats.h"
#include "record/window.h"
#include "samples.h"
#include "feed.h"

#define START (1000 * SEC)

static struct sample random_sample(struct rng *rng, unsigned endpoints, unsigned classes,
				   uint64_t end_ns)
{
	unsigned endpoint = (unsigned)rng_below(rng, endpoints);
	unsigned class_id = (unsigned)rng_below(rng, classes);
	uint64_t us = 1 + (uint64_t)rng_exponential(rng, 20000);
	struct sample sample = sample_ok(endpoint, class_id, end_ns, us);

	switch (rng_below(rng, 10)) {
	case 0:
		return sample_failed(endpoint, class_id, end_ns, us, FAILURE_STATUS,
				     500 + (unsigned)rng_below(rng, 4), 0);
	case 1:
		return sample_failed(endpoint, class_id, end_ns, us, FAILURE_REFUSED, 0, 0);
	case 2:
		sample.outcome = OUTCOME_ABORTED;
		return sample;
	default:
		return sample;
	}
}

static void every_sample_is_counted_once_in_all_its_class_and_its_endpoint(void **state)
{
	struct scenario *scene = scene_new(7, 3, false);
	struct stats *stats = stats_new(scene, 1);
	uint64_t ok = 0, failed = 0, aborted = 0, now = START;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1, 1);
	for (int i = 0; i < 50000; i++) {
		now += rng_below(&rng, 2 * MS);
		struct sample sample = random_sample(&rng, 7, 3, now);
		feed_stats(stats, &sample);
		ok += sample.outcome == OUTCOME_OK;
		failed += sample.outcome == OUTCOME_FAILED;
		aborted += sample.outcome == OUTCOME_ABORTED;
		if (i % 997 == 0) {
			stats_advance(stats, now);
			assert_true(stats_consistent(stats));
		}
	}
	const struct stats_cell *all = stats_all(stats);
	assert_int_equal(all->ok, ok);
	assert_int_equal(all->failures, failed);
	assert_int_equal(all->aborted, aborted);
	assert_int_equal(all->requests, ok + failed);
	assert_int_equal(all->bytes_in, 100 * (ok + failed));
	assert_int_equal(all->body_bytes, 12 * (ok + failed));
	assert_true(all->window_requests < all->requests);
	assert_true(stats_consistent(stats));
	stats_advance(stats, now + STATS_WINDOW_NS);
	assert_int_equal(all->window_requests, 0);
	assert_int_equal(histogram_count(all->service_window), 0);
	assert_int_equal(histogram_count(all->service), ok + failed);
	assert_true(stats_consistent(stats));
	stats_free(stats);
	scene_free(scene);
}

static void a_request_leaves_the_window_exactly_ten_seconds_after_its_end(void **state)
{
	struct scenario *scene = scene_new(2, 1, false);
	struct stats *stats = stats_new(scene, 1);
	struct sample a = sample_ok(0, 0, START + 1 * SEC, 5000);
	struct sample b = sample_failed(1, 0, START + 3 * SEC, 900000, FAILURE_TIMEOUT, 0, 0);

	(void)state;
	stats_reset(stats, START);
	feed_stats(stats, &a);
	feed_stats(stats, &b);
	stats_advance(stats, START + 11 * SEC - 1);
	assert_int_equal(stats_all(stats)->window_requests, 2);
	assert_int_equal(histogram_max(stats_all(stats)->service_window), 900000);
	stats_advance(stats, START + 11 * SEC);
	assert_int_equal(stats_all(stats)->window_requests, 1);
	assert_int_equal(stats_endpoint(stats, 0)->window_requests, 0);
	assert_int_equal(stats_all(stats)->window_failures, 1);
	assert_int_equal(stats_failure_at(stats, 0)->window_count, 1);
	stats_advance(stats, START + 13 * SEC - 1);
	assert_int_equal(stats_all(stats)->window_requests, 1);
	stats_advance(stats, START + 13 * SEC);
	assert_int_equal(stats_all(stats)->window_requests, 0);
	assert_int_equal(stats_all(stats)->window_failures, 0);
	assert_int_equal(stats_failure_at(stats, 0)->window_count, 0);
	assert_int_equal(stats_failure_at(stats, 0)->count, 1);
	assert_int_equal(stats_all(stats)->requests, 2);
	assert_true(stats_consistent(stats));
	stats_free(stats);
	scene_free(scene);
}

static void window_percentiles_are_those_of_the_last_ten_seconds(void **state)
{
	enum { N = 4000 };
	struct scenario *scene = scene_new(3, 2, true);
	struct stats *stats = stats_new(scene, 1);
	struct sample *samples = mem_array(N, sizeof(*samples));
	struct histogram *service = histogram_new(), *response = histogram_new();
	const double qs[] = { 0.5, 0.9, 0.99, 1 };
	uint64_t got[4], want[4], now = START;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5, 0);
	for (int i = 0; i < N; i++) {
		now += rng_below(&rng, 20 * MS);
		samples[i] = sample_ok(i % 3, i % 2, now,
				       (uint64_t)rng_exponential(&rng, 3000 + 40.0 * i));
		samples[i].u.request.intended_ns -= rng_below(&rng, 500 * MS);
		feed_stats(stats, &samples[i]);
	}
	stats_advance(stats, now);
	for (int i = 0; i < N; i++) {
		if (samples[i].end_ns + STATS_WINDOW_NS <= now)
			continue;
		histogram_add(service, sample_service_us(&samples[i]));
		histogram_add(response, sample_response_us(&samples[i]));
	}
	assert_in_range(histogram_count(service), 500, 1500);
	histogram_quantiles(service, qs, 4, want);
	histogram_quantiles(stats_all(stats)->service_window, qs, 3, got);
	assert_memory_equal(got, want, 3 * sizeof(*got));
	histogram_quantiles(response, qs, 4, want);
	histogram_quantiles(stats_all(stats)->response_window, qs, 3, got);
	assert_memory_equal(got, want, 3 * sizeof(*got));
	assert_true(histogram_mean(stats_all(stats)->response_window) == histogram_mean(response));
	histogram_free(service);
	histogram_free(response);
	free(samples);
	stats_free(stats);
	scene_free(scene);
}

static void rates_are_per_second_of_the_window_and_of_the_whole(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct stats *stats = stats_new(scene, 1);
	struct frame_row row = { 0 };

	(void)state;
	stats_reset(stats, START);
	/* 100 req/s for 20 s, each tenth fails */
	for (int i = 1; i <= 2000; i++) {
		uint64_t end = START + (uint64_t)i * 10 * MS;
		struct sample sample =
			i % 10 == 0 ? sample_failed(0, 0, end, 5000, FAILURE_STATUS, 503, 0)
				    : sample_ok(0, 0, end, 5000);
		feed_stats(stats, &sample);
		if (i == 400) {
			stats_advance(stats, end);
			assert_true(fabs(stats_window_seconds(stats, end) - 4) < 1e-9);
			stats_fill_row(stats, stats_all(stats), end, &row);
			assert_true(fabs(row.rps - 100) < 1e-6);
		}
	}
	stats_advance(stats, START + 20 * SEC);
	stats_fill_row(stats, stats_all(stats), START + 20 * SEC, &row);
	assert_int_equal(row.requests, 2000);
	assert_int_equal(row.failures, 200);
	assert_true(fabs(row.rps - 100) < 0.11);
	assert_true(fabs(row.fail_rps - 10) < 0.11);
	assert_true(fabs(row.rps_total - 100) < 1e-6);
	assert_int_equal(row.service.p99_us, 5000);
	assert_int_equal(row.service.count, 2000);
	assert_int_equal(row.service_window.count, 1000);
	assert_int_equal(row.response.p50_us, row.service.p50_us);
	/* nothing more comes: the window runs dry, totals stay */
	stats_advance(stats, START + 25 * SEC);
	stats_fill_row(stats, stats_all(stats), START + 25 * SEC, &row);
	assert_true(fabs(row.rps - 50) < 0.11);
	assert_true(fabs(row.rps_total - 100) < 1e-6);
	stats_free(stats);
	scene_free(scene);
}

static void a_reset_forgets_counts_and_keeps_what_is_in_flight(void **state)
{
	struct scenario *scene = scene_new(2, 1, false);
	struct stats *stats = stats_new(scene, 2);
	struct sample sample = sample_failed(0, 0, START + SEC, 5000, FAILURE_REFUSED, 0, 0);
	struct sample flight = { .type = SAMPLE_IN_FLIGHT, .endpoint = 1, .engine = 1 };

	(void)state;
	flight.u.in_flight.count = 4;
	flight.u.in_flight.oldest_start_ns = START;
	feed_stats(stats, &sample);
	stats_in_flight(stats, &flight);
	stats_reset(stats, START + 2 * SEC);
	assert_int_equal(stats_all(stats)->requests, 0);
	assert_int_equal(stats_all(stats)->failures, 0);
	assert_int_equal(stats_all(stats)->window_requests, 0);
	assert_int_equal(stats_all(stats)->first_ns, 0);
	assert_int_equal(stats_failure_count(stats), 0);
	assert_int_equal(stats_all(stats)->in_flight, 4);
	assert_int_equal(stats_endpoint(stats, 1)->oldest_start_ns, START);
	assert_true(stats_consistent(stats));
	assert_true(stats_window_seconds(stats, START + 5 * SEC) == 3);
	sample.end_ns = START + 5 * SEC;
	feed_stats(stats, &sample);
	assert_int_equal(stats_all(stats)->requests, 1);
	assert_int_equal(stats_failure_count(stats), 1);
	stats_advance(stats, START + 20 * SEC);
	assert_true(stats_consistent(stats));
	stats_free(stats);
	scene_free(scene);
}

static void requests_in_flight_are_summed_over_engines(void **state)
{
	struct scenario *scene = scene_new(3, 1, false);
	struct stats *stats = stats_new(scene, 3);
	static const struct {
		unsigned engine, endpoint, count;
		uint64_t oldest;
		unsigned all, of_endpoint;
		uint64_t oldest_all, oldest_endpoint;
	} steps[] = {
		{ 0, 1, 5, 700, 5, 5, 700, 700 },  { 2, 1, 1, 300, 6, 6, 300, 300 },
		{ 1, 2, 2, 200, 8, 2, 200, 200 },  { 2, 1, 0, 300, 7, 5, 200, 700 },
		{ 1, 2, 9, 250, 14, 9, 250, 250 }, { 1, 2, 0, 0, 5, 0, 700, 0 },
		{ 0, 1, 0, 0, 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		struct sample flight = { .type = SAMPLE_IN_FLIGHT,
					 .endpoint = (uint16_t)steps[i].endpoint,
					 .engine = (uint8_t)steps[i].engine };
		flight.u.in_flight.count = steps[i].count;
		flight.u.in_flight.oldest_start_ns = steps[i].oldest;
		stats_in_flight(stats, &flight);
		stats_advance(stats, START);
		const struct stats_cell *cell = stats_endpoint(stats, steps[i].endpoint);
		assert_int_equal(stats_all(stats)->in_flight, steps[i].all);
		assert_int_equal(stats_all(stats)->oldest_start_ns, steps[i].oldest_all);
		assert_int_equal(cell->in_flight, steps[i].of_endpoint);
		assert_int_equal(cell->oldest_start_ns, steps[i].oldest_endpoint);
	}
	stats_free(stats);
	scene_free(scene);
}

static void above_the_cap_the_window_gets_shorter_and_says_so(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct stats *stats = stats_new(scene, 1);
	struct frame_row row = { 0 };
	uint64_t end = START;

	(void)state;
	stats_reset(stats, START);
	/* 250,000 req/s for 9 s */
	for (unsigned i = 0; i < 2250000; i++) {
		end += 4000;
		struct sample sample = sample_ok(0, 0, end, 100);
		feed_stats(stats, &sample);
	}
	stats_advance(stats, end);
	assert_int_equal(stats_all(stats)->window_requests, WINDOW_MAX);
	assert_true(fabs(stats_window_seconds(stats, end) - WINDOW_MAX / 250000.0) < 1e-4);
	stats_fill_row(stats, stats_all(stats), end, &row);
	assert_true(fabs(row.rps - 250000) < 1);
	assert_int_equal(row.requests, 2250000);
	assert_true(stats_consistent(stats));
	stats_free(stats);
	scene_free(scene);
}

static void failures_are_told_apart_and_the_rest_is_kept_together(void **state)
{
	enum { KINDS = STATS_FAILURES_MAX + 500 };
	struct scenario *scene = scene_new(50, 1, false);
	struct stats *stats = stats_new(scene, 1);

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < KINDS; i++) {
			struct sample sample = sample_failed(i % 50, 0, START + (uint64_t)i * MS,
							     10, FAILURE_OTHER, 0, i / 50);
			feed_stats(stats, &sample);
		}
	}
	assert_int_equal(stats_failure_count(stats), STATS_FAILURES_MAX + 1);
	for (size_t i = 0; i < STATS_FAILURES_MAX; i++) {
		const struct stats_failure *failure = stats_failure_at(stats, i);
		assert_int_equal(failure->endpoint, i % 50);
		assert_int_equal(failure->detail, i / 50);
		assert_int_equal(failure->count, 3);
		assert_int_equal(failure->first_ns, START + i * MS);
		assert_int_equal(failure->last_ns, START + i * MS);
	}
	const struct stats_failure *rest = stats_failure_at(stats, STATS_FAILURES_MAX);
	assert_int_equal(rest->endpoint, SAMPLE_ALL);
	assert_int_equal(rest->count, 3 * 500);
	assert_int_equal(rest->first_ns, START + STATS_FAILURES_MAX * MS);
	assert_null(stats_failure_at(stats, STATS_FAILURES_MAX + 1));
	assert_true(stats_consistent(stats));
	stats_advance(stats, START + 60 * SEC);
	assert_int_equal(rest->window_count, 0);
	assert_true(stats_consistent(stats));
	stats_free(stats);
	scene_free(scene);
}

static void failures_that_differ_in_one_field_only_are_different(void **state)
{
	struct scenario *scene = scene_new(2, 1, false);
	struct stats *stats = stats_new(scene, 1);
	const struct sample samples[] = {
		sample_failed(0, 0, START, 10, FAILURE_STATUS, 500, 0),
		sample_failed(1, 0, START, 10, FAILURE_STATUS, 500, 0),
		sample_failed(0, 0, START, 10, FAILURE_STATUS, 244, 0), /* 500 mod 256 */
		sample_failed(0, 0, START, 10, FAILURE_STATUS, 500, 1),
		sample_failed(0, 0, START, 10, FAILURE_STATUS, 500, -1),
		sample_failed(0, 0, START, 10, FAILURE_CHECK, 500, 0),
	};

	(void)state;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
			feed_stats(stats, &samples[i]);
	assert_int_equal(stats_failure_count(stats), sizeof(samples) / sizeof(*samples));
	for (size_t i = 0; i < stats_failure_count(stats); i++)
		assert_int_equal(stats_failure_at(stats, i)->count, 2);
	stats_free(stats);
	scene_free(scene);
}

static void each_status_is_its_own_failure(void **state)
{
	struct scenario *scene = scene_new(1, 1, false);
	struct stats *stats = stats_new(scene, 1);

	(void)state;
	/* so many that every place of the index meets others */
	for (int round = 0; round < 2; round++) {
		for (unsigned status = 0; status < STATS_FAILURES_MAX; status++) {
			struct sample sample =
				sample_failed(0, 0, START, 10, FAILURE_STATUS, status, 0);
			feed_stats(stats, &sample);
		}
	}
	assert_int_equal(stats_failure_count(stats), STATS_FAILURES_MAX);
	for (size_t i = 0; i < STATS_FAILURES_MAX; i++) {
		assert_int_equal(stats_failure_at(stats, i)->status, i);
		assert_int_equal(stats_failure_at(stats, i)->count, 2);
	}
	stats_free(stats);
	scene_free(scene);
}

static void failures_read_as_plain_text(void **state)
{
	struct scenario *scene = scene_new(3, 1, false);
	struct check check = { .text = (char[]){ "json \"status\" == \"ok\"" } };
	struct extract extract = { .name = (char[]){ "token" },
				   .text = (char[]){ "data.token\x1b[2J" } };
	struct step steps[] = { { .endpoint = 0, .timeout_ns = 30 * SEC },
				{ .endpoint = 1, .timeout_ns = 5 * SEC },
				{ .endpoint = 1, .timeout_ns = 6 * SEC } };
	static const struct {
		unsigned endpoint;
		enum failure_kind kind;
		unsigned status;
		int detail;
		const char *text;
	} cases[] = {
		{ 0, FAILURE_STATUS, 503, 0, "HTTP 503 Service Unavailable" },
		{ 0, FAILURE_STATUS, 200, 0, "HTTP 200 OK" },
		{ 0, FAILURE_STATUS, 599, 0, "HTTP 599" },
		{ 0, FAILURE_REFUSED, 0, 0, "connection refused" },
		{ 0, FAILURE_TIMEOUT, 0, 0, "timed out after 30s" },
		{ 1, FAILURE_TIMEOUT, 0, 0, "timed out before the answer was complete" },
		{ 0, FAILURE_DNS, 0, 0, "host name does not resolve" },
		{ 0, FAILURE_CONNECT_TIMEOUT, 0, 0, "timed out while connecting" },
		{ 0, FAILURE_CONNECT, 0, EHOSTUNREACH, "cannot connect: no route to the host" },
		{ 0, FAILURE_CONNECT, 0, 9999, "cannot connect: error 9999" },
		{ 0, FAILURE_RESET, 0, 0, "connection closed before the answer was complete" },
		{ 0, FAILURE_RESET, 0, ECONNRESET, "connection reset by the peer" },
		{ 0, FAILURE_LOCAL, 0, EMFILE,
		  "this machine: too many open files in this process" },
		{ 0, FAILURE_CHECK, 200, 0, "check failed: json \"status\" == \"ok\"" },
		{ 0, FAILURE_CHECK, 200, 7, "check failed: ?" },
		{ 0, FAILURE_EXTRACT, 200, 0,
		  "extract token: no data.token\xef\xbf\xbd[2J in the answer" },
		{ 0, FAILURE_EXTRACT, 200, 3, "extract" },
		{ 0, FAILURE_PROTOCOL, 0, PROTOCOL_NOT_HTTP,
		  "not valid HTTP: the answer does not begin with HTTP/" },
		{ 0, FAILURE_RENDER, 0, 0, "request could not be built" },
		{ 0, FAILURE_TOO_LARGE, 0, 0, "answer above the size limit" },
		{ 0, FAILURE_TLS, 0, 60, "TLS: SSL peer certificate or SSH remote key was not OK" },
		{ SAMPLE_ALL, FAILURE_OTHER, 0, 0, "other failures (beyond 2000 different ones)" },
	};
	char text[160];

	(void)state;
	scene->checks = &check;
	scene->check_count = 1;
	scene->extracts = &extract;
	scene->extract_count = 1;
	scene->classes[0].on_start = steps;
	scene->classes[0].on_start_count = 3;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct stats_failure failure = { .endpoint = cases[i].endpoint,
						 .kind = (uint8_t)cases[i].kind,
						 .status = (uint16_t)cases[i].status,
						 .detail = cases[i].detail };
		assert_string_equal(stats_failure_text(scene, &failure, text, sizeof(text)),
				    cases[i].text);
	}
	struct stats_failure failure = { .kind = FAILURE_REFUSED };
	assert_string_equal(stats_failure_text(scene, &failure, text, 8), "connect");
	scene_free(scene);
}

static void ten_thousand_endpoints_stay_within_their_memory(void **state)
{
	enum { ENDPOINTS = SCENARIO_ENDPOINTS_MAX };
	struct scenario *scene = scene_new(ENDPOINTS, 1, false);
	struct stats *stats = stats_new(scene, 1);
	size_t bytes = 0;

	(void)state;
	/* every octave at every hundredth endpoint: what one takes at most */
	for (unsigned e = 0; e < ENDPOINTS; e += 100) {
		for (uint64_t us = 1; us < HISTOGRAM_MAX_US; us *= 2) {
			struct sample sample = sample_ok(e, 0, START + 4000 * SEC, us);
			feed_stats(stats, &sample);
		}
		bytes += histogram_memory(stats_endpoint(stats, e)->service) +
			 histogram_memory(stats_endpoint(stats, e)->service_window);
	}
	assert_null(stats_endpoint(stats, 1)->service);
	assert_true(bytes * 100 < 150ULL * 1000 * 1000);
	stats_free(stats);
	scene_free(scene);
}

static void settle(struct stats *stats, struct pending *pending)
{
	size_t count;

	pending_arrivals(pending, &count);
	const struct pending_list list = pending_take(pending);
	stats_add_endpoints(stats, &list);
}

static void requests_counted_endpoint_by_endpoint_are_as_if_one_by_one(void **state)
{
	enum { ENDPOINTS = 100, COUNT = 6000 };
	struct scenario *scene = scene_new(ENDPOINTS, 3, true);
	struct stats *single = stats_new(scene, 1), *lots = stats_new(scene, 1);
	struct pending *pending = pending_new(ENDPOINTS);
	uint64_t now = 100 * SEC;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1, 1);
	for (unsigned i = 0; i < COUNT; i++) {
		now += 5 * MS; /* three windows' worth */
		struct sample sample = random_sample(&rng, ENDPOINTS, 3, now);
		sample.u.request.intended_ns -= rng_below(&rng, SEC);
		feed_stats(single, &sample);
		stats_advance(single, now);
		stats_add_whole(lots, &sample);
		pending_add(pending, &sample);
		if (rng_below(&rng, 150) != 0)
			continue;
		settle(lots, pending);
		stats_advance(lots, now);
		assert_true(stats_consistent(lots));
	}
	settle(lots, pending);
	stats_advance(lots, now);
	assert_true(stats_consistent(lots));
	for (unsigned e = 0; e < ENDPOINTS; e++) {
		const struct stats_cell *a = stats_endpoint(single, e),
					*b = stats_endpoint(lots, e);
		struct frame_row one = { 0 }, other = { 0 };
		stats_fill_row(single, a, now, &one);
		stats_fill_row(lots, b, now, &other);
		assert_memory_equal(&one, &other, sizeof(one));
		assert_int_equal(a->aborted, b->aborted);
		assert_int_equal(a->last_ns, b->last_ns);
	}
	pending_free(pending);
	stats_free(single);
	stats_free(lots);
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_counted_endpoint_by_endpoint_are_as_if_one_by_one),
		cmocka_unit_test(every_sample_is_counted_once_in_all_its_class_and_its_endpoint),
		cmocka_unit_test(a_request_leaves_the_window_exactly_ten_seconds_after_its_end),
		cmocka_unit_test(window_percentiles_are_those_of_the_last_ten_seconds),
		cmocka_unit_test(rates_are_per_second_of_the_window_and_of_the_whole),
		cmocka_unit_test(a_reset_forgets_counts_and_keeps_what_is_in_flight),
		cmocka_unit_test(requests_in_flight_are_summed_over_engines),
		cmocka_unit_test(above_the_cap_the_window_gets_shorter_and_says_so),
		cmocka_unit_test(failures_are_told_apart_and_the_rest_is_kept_together),
		cmocka_unit_test(failures_that_differ_in_one_field_only_are_different),
		cmocka_unit_test(each_status_is_its_own_failure),
		cmocka_unit_test(failures_read_as_plain_text),
		cmocka_unit_test(ten_thousand_endpoints_stay_within_their_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
