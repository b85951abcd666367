/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mask.h"
#include "record/exchange_curl.h"
#include "scenario/scenario.h"

#define PIECE(text)                                     \
	{                                               \
		.data = (text), .len = sizeof(text) - 1 \
	}

static struct scenario scenario;
static struct exchange_request request;

static int setup(void **state)
{
	(void)state;
	scenario = (struct scenario){ .http = { .version = 11 } };
	request = (struct exchange_request){ .method = "GET",
					     .home = true,
					     .host = "h",
					     .port = 80,
					     .path = PIECE("/a"),
					     .headers = PIECE("") };
	return 0;
}

static void assert_command(const char *wanted, const char *wanted_variables)
{
	struct buf out, variables;

	buf_init(&out, 65536);
	buf_init(&variables, 65536);
	exchange_curl(&out, &variables, &scenario, &request);
	assert_string_equal(buf_str(&out), wanted);
	assert_string_equal(buf_str(&variables), wanted_variables);
	buf_fini(&out);
	buf_fini(&variables);
}

static void body(const char *data, size_t len)
{
	request.has_body = true;
	request.body = (struct exchange_piece){ .data = data, .len = len };
}

static void methods_are_said_where_curl_would_not_choose_them(void **state)
{
	(void)state;
	assert_command("curl -i http://h/a", "");
	request.method = "DELETE";
	assert_command("curl -i -X DELETE http://h/a", "");
	request.method = "HEAD";
	assert_command("curl --head http://h/a", "");
	request.method = "POST";
	assert_command("curl -i -X POST http://h/a", "");
	body("", 0);
	assert_command("curl -i -H Content-Type: --data-raw '' http://h/a", "");
	request.method = "GET";
	body("x", 1);
	assert_command("curl -i -X GET -H Content-Type: --data-raw x http://h/a", "");
}

static void urls_are_taken_as_they_are(void **state)
{
	static const struct {
		bool tls;
		const char *host;
		uint16_t port;
		const char *path, *wanted;
	} rows[] = {
		{ false, "h", 8000, "/a", "curl -i http://h:8000/a" },
		{ true, "h", 443, "/a", "curl -i --http1.1 https://h/a" },
		{ true, "h", 80, "/a", "curl -i --http1.1 https://h:80/a" },
		{ false, "::1", 80, "/a", "curl -i --globoff 'http://[::1]/a'" },
		{ false, "h", 80, "/a?b[]=1&c={d}", "curl -i --globoff 'http://h/a?b[]=1&c={d}'" },
		{ false, "h", 80, "/a/../b", "curl -i --path-as-is http://h/a/../b" },
		{ false, "h", 80, "/a b#c\xc3\xbc\n", "curl -i http://h/a%20b%23c%C3%BC%0A" },
		{ false, "h", 80, "/it's", "curl -i 'http://h/it'\\''s'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		request.tls = rows[i].tls;
		request.host = rows[i].host;
		request.port = rows[i].port;
		request.path = (struct exchange_piece){ .data = rows[i].path,
							.len = strlen(rows[i].path) };
		assert_command(rows[i].wanted, "");
	}
}

static void headers_are_sent_as_they_were(void **state)
{
	static const char lines[] =
		"Accept: */*\r\nX-A: it's\r\nX-Empty:\r\nX-B: two words\r\nhalf";

	(void)state;
	request.headers = (struct exchange_piece)PIECE(lines);
	assert_command("curl -i -H 'X-A: it'\\''s' -H X-Empty\\; -H 'X-B: two words' http://h/a",
		       "");
	request.headers = (struct exchange_piece)PIECE("Accept: text/html\r\n");
	assert_command("curl -i -H 'Accept: text/html' http://h/a", "");
}

static void a_body_is_never_taken_for_a_file(void **state)
{
	static const char file[] = "@/etc/passwd";
	static const char nul[] = "a\0%'\n";

	(void)state;
	request.method = "POST";
	request.headers = (struct exchange_piece)PIECE("Content-Type: a/b\r\n");
	body(file, sizeof(file) - 1);
	assert_command("curl -i -H 'Content-Type: a/b' --data-raw @/etc/passwd http://h/a", "");
	body(nul, sizeof(nul) - 1);
	assert_command("printf 'a\\000%%\\047\\012' | curl -i -H 'Content-Type: a/b' "
		       "--data-binary @- http://h/a",
		       "");
}

static void the_scenarios_way_of_connecting_is_taken(void **state)
{
	static char socket[] = "/run/my app.sock", other[] = "127.0.0.1:81", ca[] = "ca.pem",
		    cert[] = "c.pem", key[] = "k.pem";
	struct http_options *http = &scenario.http;

	(void)state;
	http->unix_socket = socket;
	http->gzip = true;
	assert_command("curl -i --compressed --unix-socket '/run/my app.sock' http://h/a", "");
	http->unix_socket = NULL;
	http->gzip = false;
	http->connect_to = other;
	assert_command("curl -i --connect-to h:80:127.0.0.1:81 http://h/a", "");
	request.home = false; /* a redirect to another host */
	assert_command("curl -i http://h/a", "");
	http->insecure = true;
	http->ca_file = ca;
	http->cert_file = cert;
	http->key_file = key;
	assert_command("curl -i http://h/a", ""); /* without TLS they mean nothing */
	request.tls = true;
	request.port = 443;
	assert_command("curl -i --http1.1 --insecure --cacert ca.pem --cert c.pem --key k.pem "
		       "https://h/a",
		       "");
	scenario = (struct scenario){ .http = { .version = 2 } };
	assert_command("curl -i --http2 https://h/a", "");
	request.tls = false;
	request.port = 80;
	assert_command("curl -i --http2-prior-knowledge http://h/a", "");
}

static void a_timeout_is_waited_for_as_long(void **state)
{
	(void)state;
	request.timeout_ns = 1500 * CLOCK_NS_PER_MS;
	assert_command("curl -i --max-time 1.5 http://h/a", "");
}

static void masks_are_variables_each_named_once(void **state)
{
	static const char secret[] = "/a?token=T1&x=T1&key=K";
	struct mask_marks marks = { .count = 0 };
	struct buf masked;

	(void)state;
	buf_init(&masked, 4096);
	mask_text(NULL, secret, sizeof(secret) - 1, false, &masked, &marks);
	request.path = (struct exchange_piece){ buf_str(&masked), masked.len, &marks };
	assert_command("curl -i 'http://h/a?token='\"$TOKEN\"'&x=T1&key=K'", "TOKEN");
	request.method = "POST";
	request.has_body = true;
	request.headers = (struct exchange_piece)PIECE("Content-Type: a/b\r\n");
	request.body = request.path; /* the same marks */
	request.path = (struct exchange_piece)PIECE("/a");
	assert_command(
		"curl -i -H 'Content-Type: a/b' --data-raw '/a?token='\"$TOKEN\"'&x=T1&key=K' "
		"http://h/a",
		"TOKEN");
	buf_fini(&masked);
}

static void what_is_not_whole_says_so(void **state)
{
	(void)state;
	request.cut = true;
	assert_command("curl -i http://h/a # not all of the path and headers was kept", "");
	request.method = "POST";
	body("x", 1);
	request.body_cut = true;
	request.body_bytes = 9000;
	assert_command("curl -i -H Content-Type: --data-raw x http://h/a "
		       "# only the first bytes of a body of 9000",
		       "");
}

int main(void)
{
#define EACH(fn) cmocka_unit_test_setup(fn, setup)
	const struct CMUnitTest tests[] = {
		EACH(methods_are_said_where_curl_would_not_choose_them),
		EACH(urls_are_taken_as_they_are),
		EACH(headers_are_sent_as_they_were),
		EACH(a_body_is_never_taken_for_a_file),
		EACH(the_scenarios_way_of_connecting_is_taken),
		EACH(a_timeout_is_waited_for_as_long),
		EACH(masks_are_variables_each_named_once),
		EACH(what_is_not_whole_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
