/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "engine/cookies.h"

#define NOW 1700000000 /* 2023-11-14T22:13:20Z */

static struct cookie_place place(const char *host, const char *path, bool tls)
{
	return (struct cookie_place){ host, path, strlen(path), tls, NOW };
}

static void store(struct cookies *jar, const char *host, const char *path, const char *value)
{
	const struct cookie_place at = place(host, path, false);
	char line[8192];

	snprintf(line, sizeof(line), "Date: x\r\nSet-Cookie: %s\r\nX: y\r\n", value);
	cookies_store(jar, line, strlen(line), &at);
}

static const char *sent(struct cookies *jar, const struct cookie_place *to, struct buf *out)
{
	buf_reset(out);
	cookies_add_header(jar, to, out);
	return buf_str(out);
}

struct cookie_case {
	const char *host, *path, *set; /* the answer */
	const char *to_host, *to_path; /* the next request */
	bool tls;
	const char *want; /* what is sent, without "Cookie: " and CRLF; "" nothing */
};

static const struct cookie_case cases[] = {
	{ "h.example", "/", "a=b", "h.example", "/", false, "a=b" },
	{ "h.example", "/", " a = b ; HttpOnly", "h.example", "/", false, "a=b" },
	{ "h.example", "/", "a=", "h.example", "/", false, "a=" },
	{ "h.example", "/", "a=b=c", "h.example", "/", false, "a=b=c" },
	{ "h.example", "/", "a=\"b c\"", "h.example", "/", false, "a=\"b c\"" },
	{ "h.example", "/", "=b", "h.example", "/", false, "" },
	{ "h.example", "/", "novalue", "h.example", "/", false, "" },
	{ "h.example", "/", "", "h.example", "/", false, "" },
	/* hosts */
	{ "h.example", "/", "a=b", "sub.h.example", "/", false, "" },
	{ "h.example", "/", "a=b", "other.example", "/", false, "" },
	{ "h.example", "/", "a=b; Domain=h.example", "sub.h.example", "/", false, "a=b" },
	{ "h.example", "/", "a=b; Domain=.h.example", "sub.h.example", "/", false, "a=b" },
	{ "h.example", "/", "a=b; Domain=h.example", "xh.example", "/", false, "" },
	{ "www.h.example", "/", "a=b; Domain=h.example", "h.example", "/", false, "a=b" },
	{ "www.h.example", "/", "a=b; Domain=h.example", "api.h.example", "/", false, "a=b" },
	{ "h.example", "/", "a=b; Domain=www.h.example", "www.h.example", "/", false, "" },
	{ "h.example", "/", "a=b; Domain=other.example", "h.example", "/", false, "" },
	{ "h.example", "/", "a=b; Domain=example", "x.example", "/", false, "" },
	{ "h.example", "/", "a=b; Domain=H.EXAMPLE", "h.example", "/", false, "a=b" },
	{ "h.example", "/", "a=b; Domain=", "h.example", "/", false, "a=b" },
	{ "localhost", "/", "a=b; Domain=localhost", "localhost", "/", false, "a=b" },
	{ "localhost", "/", "a=b; Domain=localhost", "x.localhost", "/", false, "" },
	{ "127.0.0.1", "/", "a=b; Domain=127.0.0.1", "127.0.0.1", "/", false, "a=b" },
	{ "127.0.0.1", "/", "a=b; Domain=0.0.1", "127.0.0.1", "/", false, "" },
	{ "::1", "/", "a=b", "::1", "/", false, "a=b" },
	/* paths */
	{ "h", "/x/login", "a=b", "h", "/x/other", false, "a=b" },
	{ "h", "/x/login", "a=b", "h", "/y", false, "" },
	{ "h", "/login", "a=b", "h", "/y", false, "a=b" },
	{ "h", "/x/y?z=/w/v", "a=b", "h", "/x/q", false, "a=b" },
	{ "h", "/", "a=b; Path=/api", "h", "/api", false, "a=b" },
	{ "h", "/", "a=b; Path=/api", "h", "/api/v1", false, "a=b" },
	{ "h", "/", "a=b; Path=/api", "h", "/api?q", false, "a=b" },
	{ "h", "/", "a=b; Path=/api", "h", "/apix", false, "" },
	{ "h", "/", "a=b; Path=/api/", "h", "/api", false, "" },
	{ "h", "/x/y", "a=b; Path=nonsense", "h", "/x/z", false, "a=b" },
	/* secure */
	{ "h", "/", "a=b; Secure", "h", "/", false, "" },
	{ "h", "/", "a=b; Secure", "h", "/", true, "a=b" },
	/* time: Max-Age wins, nonsense is ignored */
	{ "h", "/", "a=b; Max-Age=10", "h", "/", false, "a=b" },
	{ "h", "/", "a=b; Max-Age=0", "h", "/", false, "" },
	{ "h", "/", "a=b; Max-Age=-1", "h", "/", false, "" },
	{ "h", "/", "a=b; Max-Age=soon", "h", "/", false, "a=b" },
	{ "h", "/", "a=b; Expires=Wed, 15 Nov 2023 00:00:00 GMT", "h", "/", false, "a=b" },
	{ "h", "/", "a=b; Expires=Mon, 13 Nov 2023 00:00:00 GMT", "h", "/", false, "" },
	{ "h", "/", "a=b; Expires=Mon, 13 Nov 2023 00:00:00 GMT; Max-Age=5", "h", "/", false,
	  "a=b" },
	{ "h", "/", "a=b; Max-Age=5; Expires=Mon, 13 Nov 2023 00:00:00 GMT", "h", "/", false,
	  "a=b" },
	{ "h", "/", "a=b; Expires=whenever", "h", "/", false, "a=b" },
	{ "h", "/", "a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "h", "/", false, "" },
};

static void a_cookie_goes_where_it_should_and_nowhere_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cookie_case *c = &cases[i];
		const struct cookie_place to = place(c->to_host, c->to_path, c->tls);
		struct cookies jar;
		struct buf out;
		char want[256] = "";

		cookies_init(&jar);
		buf_init(&out, 1024);
		store(&jar, c->host, c->path, c->set);
		if (c->want[0] != '\0') {
			snprintf(want, sizeof(want), "Cookie: %s\r\n", c->want);
		}
		if (strcmp(sent(&jar, &to, &out), want) != 0) {
			fail_msg("\"%s\" from %s%s to %s%s: \"%s\"", c->set, c->host, c->path,
				 c->to_host, c->to_path, buf_str(&out));
		}
		buf_fini(&out);
		cookies_fini(&jar);
	}
}

static void longer_paths_come_first_then_older_cookies(void **state)
{
	(void)state;
	const struct cookie_place to = place("h", "/a/b/c", false);
	struct cookies jar;
	struct buf out;

	cookies_init(&jar);
	buf_init(&out, 1024);
	store(&jar, "h", "/", "one=1; Path=/");
	store(&jar, "h", "/", "two=2; Path=/a/b");
	store(&jar, "h", "/", "three=3; Path=/a");
	store(&jar, "h", "/", "four=4; Path=/a/b");
	store(&jar, "h", "/", "one=changed; Path=/");
	assert_string_equal(sent(&jar, &to, &out),
			    "Cookie: two=2; four=4; three=3; one=changed\r\n");
	store(&jar, "h", "/", "two=; Path=/a/b; Max-Age=0");
	assert_string_equal(sent(&jar, &to, &out), "Cookie: four=4; three=3; one=changed\r\n");
	assert_int_equal(jar.count, 3);
	buf_fini(&out);
	cookies_fini(&jar);
}

static void a_jar_is_bounded_and_the_oldest_gives_way(void **state)
{
	(void)state;
	const struct cookie_place to = place("h", "/", false);
	struct cookies jar;
	struct buf out;
	char text[COOKIE_BYTES_MAX + 100];

	cookies_init(&jar);
	buf_init(&out, 65536);
	for (int i = 0; i < 3 * COOKIES_MAX; i++) {
		snprintf(text, sizeof(text), "c%d=%d", i, i);
		store(&jar, "h", "/", text);
	}
	assert_int_equal(jar.count, COOKIES_MAX);
	assert_null(strstr(sent(&jar, &to, &out), "c127="));
	assert_non_null(strstr(buf_str(&out), "c128=128; "));
	memset(text, 'x', sizeof(text));
	memcpy(text, "big=", 4);
	text[sizeof(text) - 1] = '\0';
	store(&jar, "h", "/", text);
	assert_null(strstr(sent(&jar, &to, &out), "big="));
	buf_fini(&out);
	cookies_fini(&jar);
}

static void cookies_expire_while_they_are_kept(void **state)
{
	(void)state;
	struct cookie_place to = place("h", "/", false);
	struct cookies jar;
	struct buf out;

	cookies_init(&jar);
	buf_init(&out, 1024);
	store(&jar, "h", "/", "a=b; Max-Age=100");
	to.now_s = NOW + 99;
	assert_string_equal(sent(&jar, &to, &out), "Cookie: a=b\r\n");
	to.now_s = NOW + 100;
	assert_string_equal(sent(&jar, &to, &out), "");
	assert_int_equal(jar.count, 0);
	buf_fini(&out);
	cookies_fini(&jar);
}

static void several_lines_of_one_answer_are_kept(void **state)
{
	(void)state;
	static const char lines[] = "set-cookie: a=1\r\nSet-Cookie:b=2\r\nSet-Cookie2: c=3\r\n"
				    "Set-Cookie\r\nSET-COOKIE: d=4";
	const struct cookie_place to = place("h", "/", false);
	struct cookies jar;
	struct buf out;

	cookies_init(&jar);
	buf_init(&out, 1024);
	cookies_store(&jar, lines, sizeof(lines) - 1, &to);
	assert_string_equal(sent(&jar, &to, &out), "Cookie: a=1; b=2; d=4\r\n");
	buf_fini(&out);
	cookies_fini(&jar);
}

static void dates_are_read_in_all_their_forms(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t want;
	} dates[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
		{ "Sun Nov  6 08:49:37 1994", 784111777 },
		{ "06 Nov 1994 08:49:37", 784111777 },
		{ "Thu, 29-Feb-2024 23:59:59 GMT", 1709251199 },
		{ "Tue, 19 Jan 2038 03:14:08 GMT", 2147483648 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
		{ "1 jan 69 0:0:0", 3124224000 },
		{ "1 jan 70 0:0:0", 0 },
		{ "1 Jan 1601 00:00:00", 0 },
		{ "32 Jan 2020 00:00:00", -1 },
		{ "1 Jan 1600 00:00:00", -1 },
		{ "1 Foo 2020 00:00:00", -1 },
		{ "1 Jan 2020 24:00:00", -1 },
		{ "1 Jan 2020", -1 },
		{ "", -1 },
		{ "0", -1 },
	};
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		int64_t got = cookies_parse_date(dates[i].text, strlen(dates[i].text));
		if (got != dates[i].want) {
			fail_msg("%s: %lld", dates[i].text, (long long)got);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cookie_goes_where_it_should_and_nowhere_else),
		cmocka_unit_test(longer_paths_come_first_then_older_cookies),
		cmocka_unit_test(a_jar_is_bounded_and_the_oldest_gives_way),
		cmocka_unit_test(cookies_expire_while_they_are_kept),
		cmocka_unit_test(several_lines_of_one_answer_are_kept),
		cmocka_unit_test(dates_are_read_in_all_their_forms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
