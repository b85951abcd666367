/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/mem.h"
#include "message/example.h"
#include "message/exchange.h"
#include "message/failure.h"
#include "message/sample.h"
#include "pack.h"
#include "record/exchanges.h"
#include "scenario/names.h"
#include "scenario_text.h"

#define START  1000000000ULL
#define SECRET "s3cr3t-t0ken/value"

static const char scene[] =
	"{ \"name\": \"Shop\", \"target\": \"http://shop:8000/base\","
	" \"load\": { \"users\": 1, \"spawn_rate\": 1, \"duration\": \"1s\" },"
	" \"users\": { \"Buyer\": { \"on_start\": [ { \"post\": \"/login/\", "
	"\"json\": { \"password\": \"{{env THRONG_TEST_PASSWORD fallback1}}\" }, "
	"\"extract\": { \"session_key\": \"data.key\" }, "
	"\"then\": { \"headers\": { \"Authorization\": \"Bearer {{session_key}}\" } } } ],"
	" \"tasks\": { \"t\": { \"get\": \"/x\" } } } } }";

static struct scenario *scenario;
static struct exchanges *exchanges;
static struct exchange *exchange;

static int setup(void **state)
{
	(void)state;
	scenario = scenario_text(scene, NULL);
	exchanges = exchanges_new(scenario);
	exchange = mem_new(sizeof(*exchange));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	exchanges_free(exchanges);
	scenario_free(scenario);
	free(exchange);
	return 0;
}

static void put(enum exchange_part part, const char *text)
{
	exchange_put(exchange, part, text, strlen(text), EXCHANGE_BODY_MAX, 0);
}

/* Endpoint 1 is GET /x. */
static void fill(unsigned endpoint, unsigned kind, unsigned status, uint64_t end_ns)
{
	exchange_clear(exchange);
	exchange->endpoint = (uint16_t)endpoint;
	exchange->kind = (uint8_t)kind;
	exchange->status = (uint16_t)status;
	exchange->port = 8000;
	exchange->home = true;
	exchange->start_ns = exchange->intended_ns = end_ns - 3000000;
	exchange->first_byte_ns = end_ns - 1000000;
	exchange->end_ns = end_ns;
	exchange->user = end_ns % 1000;
	memcpy(exchange->method, "GET", 4);
}

static void add(unsigned endpoint, unsigned kind, unsigned status, uint64_t end_ns)
{
	fill(endpoint, kind, status, end_ns);
	put(EXCHANGE_HOST, "shop");
	put(EXCHANGE_PATH, "/x");
	exchanges_add(exchanges, exchange, START, end_ns);
}

static const struct example *newest(void)
{
	const struct example *const *list;

	assert_true(exchanges_of(exchanges, exchange->endpoint, exchange->kind, exchange->status,
				 exchange->detail, &list) > 0);
	return list[0];
}

static void the_last_three_of_each_failure_are_kept_newest_first(void **state)
{
	const struct example *const *list;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		add(1, FAILURE_STATUS, 500, START + 5000000 + i);
	add(1, FAILURE_STATUS, 503, START + 9000007);
	assert_int_equal(exchanges_of(exchanges, 1, FAILURE_STATUS, 500, 0, &list), 3);
	assert_int_equal(list[0]->user, 4);
	assert_int_equal(list[1]->user, 3);
	assert_int_equal(list[2]->user, 2);
	assert_int_equal(exchanges_of(exchanges, 1, FAILURE_STATUS, 503, 0, &list), 1);
	assert_int_equal(list[0]->user, 7);
	assert_int_equal(list[0]->at_ns, 9000007);
	assert_int_equal(list[0]->end_us, 3000);
	assert_int_equal(list[0]->first_byte_us, 2000);
	assert_string_equal(list[0]->text, "HTTP 503 Service Unavailable");
	assert_string_equal(list[0]->name, "GET /x");
	assert_string_equal(list[0]->class_name, "Buyer");
	assert_int_equal(exchanges_of(exchanges, 0, FAILURE_STATUS, 503, 0, &list), 0);
	assert_int_equal(exchanges_of(exchanges, 1, FAILURE_RESET, 503, 0, &list), 0);
	assert_int_equal(exchanges_of(NULL, 1, FAILURE_STATUS, 500, 0, &list), 0);
}

static void too_many_different_failures_leave_the_late_ones_out(void **state)
{
	const struct example *const *list;

	(void)state;
	for (unsigned i = 0; i < EXCHANGES_KINDS_MAX + 50; i++) {
		fill(1, FAILURE_RESET, 0, START + i);
		exchange->detail = (int)i;
		exchanges_add(exchanges, exchange, START, START);
	}
	assert_int_equal(exchanges_of(exchanges, 1, FAILURE_RESET, 0, 0, &list), 1);
	assert_int_equal(
		exchanges_of(exchanges, 1, FAILURE_RESET, 0, EXCHANGES_KINDS_MAX - 1, &list), 1);
	assert_int_equal(exchanges_of(exchanges, 1, FAILURE_RESET, 0, EXCHANGES_KINDS_MAX, &list),
			 0);
}

static void bytes_are_bounded_and_each_failure_keeps_one(void **state)
{
	char *big = mem_array(EXCHANGE_BODY_MAX, 1);
	const struct example *const *list;
	size_t bytes = 0, count = 0;

	(void)state;
	memset(big, '\xff', EXCHANGE_BODY_MAX); /* three bytes each when cleaned */
	for (unsigned round = 0; round < 4; round++) {
		/* the first one comes once: the oldest, and the only one of its failure */
		for (unsigned i = round == 0 ? 0 : 1; i < EXCHANGES_KINDS_MAX; i++) {
			fill(1, FAILURE_RESET, 0, START + i);
			exchange->detail = (int)i;
			put(EXCHANGE_HOST, "shop");
			exchange_put(exchange, EXCHANGE_REQUEST_BODY, big, EXCHANGE_BODY_MAX,
				     EXCHANGE_BODY_MAX, 0);
			exchange_put(exchange, EXCHANGE_RESPONSE_BODY, big, EXCHANGE_BODY_MAX,
				     EXCHANGE_BODY_MAX, 0);
			exchange->has_body = true;
			exchanges_add(exchanges, exchange, START, START);
		}
	}
	for (unsigned i = 0; i < EXCHANGES_KINDS_MAX; i++) {
		size_t n = exchanges_of(exchanges, 1, FAILURE_RESET, 0, (int)i, &list);

		assert_true(n >= 1);
		for (size_t k = 0; k < n; k++)
			bytes += list[k]->bytes;
		count += n;
	}
	assert_true(bytes <= EXCHANGES_BYTES_MAX);
	assert_true(count < (size_t)EXCHANGES_KINDS_MAX * EXCHANGES_EACH);
	free(big);
}

static void a_reset_forgets_the_load_and_not_the_setup(void **state)
{
	const struct example *const *list;
	uint64_t version;
	struct buf out;

	(void)state;
	add(1, FAILURE_STATUS, 500, START + 1);
	fill(0, FAILURE_STATUS, 401, START + 2);
	exchange->flags = SAMPLE_FLAG_SETUP;
	put(EXCHANGE_HOST, "shop");
	exchanges_add(exchanges, exchange, START, START);
	/* the setup's are no failures of the load */
	assert_int_equal(exchanges_of(exchanges, 0, FAILURE_STATUS, 401, 0, &list), 0);
	version = exchanges_version(exchanges);
	exchanges_reset(exchanges);
	assert_true(exchanges_version(exchanges) != version);
	assert_int_equal(exchanges_of(exchanges, 1, FAILURE_STATUS, 500, 0, &list), 0);
	buf_init(&out, 1 << 20);
	exchanges_write(exchanges, &out);
	assert_non_null(strstr(buf_str(&out), "\"setup\":true"));
	assert_non_null(strstr(buf_str(&out), "HTTP 401"));
	assert_null(strstr(buf_str(&out), "HTTP 500"));
	buf_fini(&out);
}

static void what_failed_while_the_target_was_waited_for_is_forgotten_at_the_start(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 20);
	for (unsigned i = 0; i < 2; i++) {
		fill(0, FAILURE_REFUSED, 0, START - 10);
		exchange->flags = SAMPLE_FLAG_SETUP;
		put(EXCHANGE_HOST, "shop");
		exchanges_add(exchanges, exchange, i == 0 ? 0 : START, START);
		buf_reset(&out);
		exchanges_write(exchanges, &out);
		assert_int_equal(out.len > 0, i == 0); /* the late one is no exception */
		exchanges_start(exchanges);
	}
	fill(0, FAILURE_STATUS, 500, START + 10); /* the teardown's */
	exchange->flags = SAMPLE_FLAG_SETUP;
	put(EXCHANGE_HOST, "shop");
	exchanges_add(exchanges, exchange, START, START);
	buf_reset(&out);
	exchanges_write(exchanges, &out);
	assert_non_null(strstr(buf_str(&out), "HTTP 500"));
	assert_null(strstr(buf_str(&out), "refused"));
	buf_fini(&out);
}

static void secrets_end_here(void **state)
{
	const struct example *example;
	const char *texts[8];
	unsigned slot;

	(void)state;
	assert_int_equal(names_find(scenario->names, "session_key", &slot), 0);
	fill(1, FAILURE_STATUS, 500, START + 1);
	exchange_add_secret(exchange, (uint16_t)slot, SECRET, strlen(SECRET));
	put(EXCHANGE_HOST, "shop");
	put(EXCHANGE_PATH, "/base/x/s3cr3t-t0ken%2Fvalue/?a=" SECRET "&api_key=K1");
	put(EXCHANGE_REQUEST_HEADERS,
	    "Authorization: Bearer " SECRET "\r\nX-Api-Key: K2\r\nX-Id: 7\r\n");
	put(EXCHANGE_REQUEST_BODY, "{\"password\":\"fallback1\",\"other\":\"" SECRET "\"}");
	put(EXCHANGE_RESPONSE_HEADERS, "Set-Cookie: sid=K3; Path=/\r\nX-Echo: " SECRET "\r\n");
	put(EXCHANGE_RESPONSE_BODY,
	    "{\"data\":{\"key\":\"a new one\"},\"was\":\"fallback1\",\"echo\":\"" SECRET "\"}");
	exchange->has_body = true;
	exchanges_add(exchanges, exchange, START, START);
	example = newest();
	texts[0] = example->url;
	texts[1] = example->request_headers;
	texts[2] = example->request_body;
	texts[3] = example->response_headers;
	texts[4] = example->response_body;
	texts[5] = example->curl;
	texts[6] = example->text;
	texts[7] = example->variables;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_null(strstr(texts[i], "s3cr3t"));
		assert_null(strstr(texts[i], "K1"));
		assert_null(strstr(texts[i], "K2"));
		assert_null(strstr(texts[i], "K3"));
		assert_null(strstr(texts[i], "fallback1"));
		assert_null(strstr(texts[i], "a new one"));
	}
	assert_string_equal(example->url, "http://shop:8000/base/x/***/?a=***&api_key=***");
	assert_string_equal(example->request_headers,
			    "Authorization: Bearer ***\nX-Api-Key: ***\nX-Id: 7");
	assert_string_equal(example->response_headers, "Set-Cookie: sid=***; Path=/\nX-Echo: ***");
	assert_string_equal(example->variables,
			    "SESSION_KEY X_API_KEY THRONG_TEST_PASSWORD API_KEY");
	assert_string_equal(
		example->curl,
		"curl -i -X GET -H 'Authorization: Bearer '\"$SESSION_KEY\" "
		"-H 'X-Api-Key: '\"$X_API_KEY\" -H 'X-Id: 7' -H Content-Type: "
		"--data-raw '{\"password\":\"'\"$THRONG_TEST_PASSWORD\"'\",\"other\":\"'"
		"\"$SESSION_KEY\"'\"}' http://shop:8000/base/x/\"$SESSION_KEY\"'/?a='"
		"\"$SESSION_KEY\"'&api_key='\"$API_KEY\"");
}

static void more_secrets_than_fit_withhold_everything(void **state)
{
	const struct example *example;

	(void)state;
	fill(1, FAILURE_STATUS, 500, START + 1);
	exchange->secrets_cut = true;
	put(EXCHANGE_HOST, "shop");
	put(EXCHANGE_PATH, "/x?q=" SECRET);
	put(EXCHANGE_REQUEST_HEADERS, "X-A: " SECRET "\r\n");
	put(EXCHANGE_RESPONSE_BODY, SECRET);
	exchanges_add(exchanges, exchange, START, START);
	example = newest();
	assert_null(strstr(example->url, "s3cr3t"));
	assert_null(strstr(example->request_headers, "s3cr3t"));
	assert_null(strstr(example->response_body, "s3cr3t"));
	assert_null(strstr(example->curl, "s3cr3t"));
	assert_non_null(strstr(example->response_body, "withheld"));
}

static void hostile_text_is_harmless_and_lines_stay_lines(void **state)
{
	const struct example *example;

	(void)state;
	fill(1, FAILURE_STATUS, 500, START + 1);
	put(EXCHANGE_HOST, "shop");
	put(EXCHANGE_PATH, "/x");
	put(EXCHANGE_RESPONSE_HEADERS, "X-A: \033]0;evil\a\r\nX-B: 2\r\n");
	put(EXCHANGE_RESPONSE_BODY, "one\r\ntwo\033[2J\n\xff\xc3");
	exchange->parts[EXCHANGE_RESPONSE_BODY].full = 5000; /* cut within a character */
	exchanges_add(exchanges, exchange, START, START);
	example = newest();
	assert_string_equal(example->response_headers,
			    "X-A: \xef\xbf\xbd]0;evil\xef\xbf\xbd\nX-B: 2");
	assert_string_equal(example->response_body, "one\ntwo\xef\xbf\xbd[2J\n\xef\xbf\xbd");
	assert_int_equal(example->response_body_bytes, 5000);
	assert_true(example->response_cut);
}

static void a_compressed_body_is_shown_as_text_as_far_as_it_goes(void **state)
{
	const struct example *example;
	static const char text[] = "{\"detail\":\"pool\",\"token\":\"zipped\"}";
	char packed[512];
	size_t len = pack(PACK_GZIP, packed, sizeof(packed), text, sizeof(text) - 1);

	(void)state;
	for (unsigned cut = 0; cut < 2; cut++) {
		fill(1, FAILURE_STATUS, 500, START + 1);
		put(EXCHANGE_HOST, "shop");
		put(EXCHANGE_RESPONSE_HEADERS, "Content-Encoding: gzip\r\n");
		exchange_put(exchange, EXCHANGE_RESPONSE_BODY, packed, len - 9 * cut,
			     EXCHANGE_BODY_MAX, 0);
		exchange->coded = true;
		exchange->response_body_bytes = len;
		exchanges_add(exchanges, exchange, START, START);
		example = newest();
		assert_non_null(strstr(example->response_body, "{\"detail\":\"pool\""));
		assert_null(strstr(example->response_body, "zip"));
	}
}

static void a_request_without_an_answer_says_what_was_sent(void **state)
{
	json_t *line, *value;
	struct buf out;

	(void)state;
	fill(1, FAILURE_RESET, 0, START + 5);
	exchange->first_byte_ns = 0;
	put(EXCHANGE_HOST, "shop");
	put(EXCHANGE_PATH, "/x");
	exchanges_add(exchanges, exchange, START, START);
	fill(1, FAILURE_RENDER, 0, START + 6);
	exchanges_add(exchanges, exchange, START, START + 9);
	buf_init(&out, 1 << 20);
	exchanges_write(exchanges, &out);
	line = json_loadb(out.data, out.len, JSON_DISABLE_EOF_CHECK, NULL);
	assert_non_null(line);
	assert_true(json_is_null(json_object_get(line, "response")));
	value = json_object_get(json_object_get(line, "timings"), "first_byte_us");
	assert_true(json_is_null(value));
	value = json_object_get(json_object_get(line, "request"), "url");
	assert_string_equal(json_string_value(value), "http://shop:8000/x");
	json_decref(line);
	line = json_loads(strchr(out.data, '\n') + 1, 0, NULL); /* by time */
	assert_true(json_is_null(json_object_get(line, "request")));
	assert_true(json_is_null(json_object_get(line, "curl")));
	json_decref(line);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		EACH(the_last_three_of_each_failure_are_kept_newest_first),
		EACH(too_many_different_failures_leave_the_late_ones_out),
		EACH(bytes_are_bounded_and_each_failure_keeps_one),
		EACH(a_reset_forgets_the_load_and_not_the_setup),
		EACH(what_failed_while_the_target_was_waited_for_is_forgotten_at_the_start),
		EACH(secrets_end_here),
		EACH(more_secrets_than_fit_withhold_everything),
		EACH(hostile_text_is_harmless_and_lines_stay_lines),
		EACH(a_compressed_body_is_shown_as_text_as_far_as_it_goes),
		EACH(a_request_without_an_answer_says_what_was_sent),
	};

	unsetenv("THRONG_TEST_PASSWORD");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
