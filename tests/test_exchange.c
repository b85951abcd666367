/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/mem.h"
#include "message/example.h"
#include "message/exchange.h"
#include "message/frame.h"

static void a_part_is_kept_up_to_its_limit_and_says_how_long_it_was(void **state)
{
	struct exchange *exchange = mem_new(sizeof(*exchange));
	char body[2 * EXCHANGE_BODY_MAX];
	const char *data;
	size_t len;

	(void)state;
	memset(body, 'b', sizeof(body));
	exchange_clear(exchange);
	exchange_put(exchange, EXCHANGE_PATH, "/a", 2, EXCHANGE_PATH_MAX, 0);
	exchange_put(exchange, EXCHANGE_REQUEST_BODY, body, sizeof(body), EXCHANGE_BODY_MAX, 0);
	exchange_put(exchange, EXCHANGE_RESPONSE_BODY, body, 10, EXCHANGE_BODY_MAX, 5000);
	data = exchange_part(exchange, EXCHANGE_PATH, &len);
	assert_int_equal(len, 2);
	assert_memory_equal(data, "/a", 2);
	(void)exchange_part(exchange, EXCHANGE_REQUEST_BODY, &len);
	assert_int_equal(len, EXCHANGE_BODY_MAX);
	assert_int_equal(exchange->parts[EXCHANGE_REQUEST_BODY].full, sizeof(body));
	(void)exchange_part(exchange, EXCHANGE_RESPONSE_BODY, &len);
	assert_int_equal(len, 10);
	assert_int_equal(exchange->parts[EXCHANGE_RESPONSE_BODY].full, 5000);
	(void)exchange_part(exchange, EXCHANGE_HOST, &len);
	assert_int_equal(len, 0);
	free(exchange);
}

static void every_part_at_its_limit_fits(void **state)
{
	static const size_t limits[EXCHANGE_PARTS] = {
		[EXCHANGE_HOST] = EXCHANGE_HOST_MAX,
		[EXCHANGE_PATH] = EXCHANGE_PATH_MAX,
		[EXCHANGE_REQUEST_HEADERS] = EXCHANGE_HEADERS_MAX,
		[EXCHANGE_REQUEST_BODY] = EXCHANGE_BODY_MAX,
		[EXCHANGE_RESPONSE_HEADERS] = EXCHANGE_HEADERS_MAX,
		[EXCHANGE_RESPONSE_BODY] = EXCHANGE_BODY_MAX,
	};
	struct exchange *exchange = mem_new(sizeof(*exchange));
	char *big = mem_array(65536, 1);

	(void)state;
	exchange_clear(exchange);
	for (int part = 0; part < EXCHANGE_PARTS; part++)
		exchange_put(exchange, (enum exchange_part)part, big, 65536, limits[part], 0);
	assert_int_equal(exchange->used, EXCHANGE_DATA_MAX);
	free(big);
	free(exchange);
}

static void secrets_are_read_back_in_order_and_wiped(void **state)
{
	static const char zeros[64];
	struct exchange *exchange = mem_new(sizeof(*exchange));
	char *big = mem_array(EXCHANGE_SECRETS_MAX, 1);
	const char *value;
	uint32_t at = 0;
	uint16_t slot;
	size_t len;

	(void)state;
	exchange_clear(exchange);
	exchange_add_secret(exchange, 3, "hunter2", 7);
	exchange_add_secret(exchange, 4, "", 0);
	exchange_add_secret(exchange, 500, "abc", 3);
	assert_true(exchange_next_secret(exchange, &at, &slot, &value, &len));
	assert_int_equal(slot, 3);
	assert_int_equal(len, 7);
	assert_memory_equal(value, "hunter2", 7);
	assert_true(exchange_next_secret(exchange, &at, &slot, &value, &len));
	assert_int_equal(slot, 500);
	assert_false(exchange_next_secret(exchange, &at, &slot, &value, &len));
	assert_false(exchange->secrets_cut);
	exchange_add_secret(exchange, 5, big, EXCHANGE_SECRETS_MAX);
	assert_true(exchange->secrets_cut);
	exchange_put(exchange, EXCHANGE_PATH, "/hunter2", 8, EXCHANGE_PATH_MAX, 0);
	exchange_wipe(exchange);
	assert_memory_equal(exchange->data, zeros, sizeof(zeros));
	assert_memory_equal(exchange->secrets, zeros, sizeof(zeros));
	assert_int_equal(exchange->used, 0);
	free(big);
	free(exchange);
}

static void a_link_without_empty_ones_gives_none_until_one_comes_back(void **state)
{
	struct exchange_link *link;
	struct exchange *exchange;

	(void)state;
	assert_int_equal(exchange_link_new(&link), 0);
	assert_null(exchange_link_receive(link));
	for (unsigned i = 0; i < EXCHANGE_LINK_ITEMS; i++) {
		exchange = exchange_link_take(link);
		assert_non_null(exchange);
		exchange->user = i;
		exchange_link_send(link, exchange);
	}
	assert_null(exchange_link_take(link));
	exchange = exchange_link_receive(link);
	assert_int_equal(exchange->user, 0); /* the oldest first */
	exchange_link_return(link, exchange);
	exchange = exchange_link_take(link);
	assert_non_null(exchange);
	assert_int_equal(exchange->user, 0); /* cleared */
	assert_null(exchange_link_take(link));
	exchange_link_send(link, exchange);
	exchange_link_free(link);
}

#define PASSED 20000

static void *receive_all(void *arg)
{
	struct exchange_link *link = arg;

	for (uint64_t next = 0; next < PASSED;) {
		struct exchange *exchange = exchange_link_receive(link);
		size_t len;

		if (exchange == NULL) {
			sched_yield();
			continue;
		}
		if (exchange->user != next++ ||
		    memcmp(exchange_part(exchange, EXCHANGE_PATH, &len), &exchange->user, 8) != 0)
			abort();
		exchange_link_return(link, exchange);
	}
	return NULL;
}

static void exchanges_pass_between_two_threads_each_once_and_whole(void **state)
{
	struct exchange_link *link;
	pthread_t reader;

	(void)state;
	assert_int_equal(exchange_link_new(&link), 0);
	assert_int_equal(pthread_create(&reader, NULL, receive_all, link), 0);
	for (uint64_t i = 0; i < PASSED;) {
		struct exchange *exchange = exchange_link_take(link);

		if (exchange == NULL) {
			sched_yield();
			continue;
		}
		exchange->user = i++;
		exchange_put(exchange, EXCHANGE_PATH, (const char *)&exchange->user, 8, 8, 0);
		exchange_link_send(link, exchange);
	}
	assert_int_equal(pthread_join(reader, NULL), 0);
	exchange_link_free(link);
}

static const struct example *some_example(void)
{
	const struct example parts = { .scenario = "s",
				       .method = "GET",
				       .url = "http://h/",
				       .name = "GET /",
				       .class_name = "",
				       .text = "HTTP 500",
				       .request_headers = "A: 1\nB: 2",
				       .request_body = "",
				       .response_headers = "",
				       .response_body = "no",
				       .curl = "curl",
				       .variables = "TOKEN",
				       .status = 500 };

	return example_new(&parts);
}

static void an_example_lives_as_long_as_a_frame_shows_it(void **state)
{
	const struct example *example = some_example();
	struct frame *frame = frame_new();

	(void)state;
	assert_string_equal(example->request_headers, "A: 1\nB: 2");
	assert_string_equal(example->variables, "TOKEN");
	assert_true(example->bytes > sizeof(*example));
	assert_ptr_equal(frame_hold(frame, example), example);
	example_unref(example);
	assert_string_equal(example->url, "http://h/"); /* the sanitizers would say otherwise */
	assert_int_equal(example->status, 500);
	frame_free(frame);
	example_unref(NULL);
}

static void *unref(void *arg)
{
	example_unref(arg);
	return NULL;
}

static void the_last_of_several_threads_frees_an_example(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		const struct example *example = some_example();
		pthread_t threads[3];
		union {
			const struct example *in;
			void *out;
		} arg = { .in = example };

		for (size_t i = 0; i < COUNT(threads); i++) {
			(void)example_ref(example);
			assert_int_equal(pthread_create(&threads[i], NULL, unref, arg.out), 0);
		}
		example_unref(example);
		for (size_t i = 0; i < COUNT(threads); i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_is_kept_up_to_its_limit_and_says_how_long_it_was),
		cmocka_unit_test(every_part_at_its_limit_fits),
		cmocka_unit_test(secrets_are_read_back_in_order_and_wiped),
		cmocka_unit_test(a_link_without_empty_ones_gives_none_until_one_comes_back),
		cmocka_unit_test(exchanges_pass_between_two_threads_each_once_and_whole),
		cmocka_unit_test(an_example_lives_as_long_as_a_frame_shows_it),
		cmocka_unit_test(the_last_of_several_threads_frees_an_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
