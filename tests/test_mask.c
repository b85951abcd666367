/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mask.h"
#include "base/rng.h"

static const struct mask_value values[] = {
	{ "token", "T0K/en+v\"al==", 13 },
	{ "users.pin", "4711", 4 },
	{ "short", "abc", 3 },
};
static const char *const names[] = { "key" };
static const struct mask_rules rules = {
	.values = values, .value_count = COUNT(values), .names = names, .name_count = COUNT(names)
};

struct row {
	const char *in, *out;
};

static void assert_masked(const char *in, size_t len, bool cut, bool headers, const char *wanted)
{
	struct buf out;

	buf_init(&out, 65536);
	if (headers)
		mask_headers(&rules, in, len, cut, &out, NULL);
	else
		mask_text(&rules, in, len, cut, &out, NULL);
	assert_string_equal(buf_str(&out), wanted);
	buf_fini(&out);
}

static void names_that_say_secret_are_known_in_every_style(void **state)
{
	static const char *const secret[] = {
		"password",   "Password",        "PASSWORD",       "user_password",
		"dbPassword", "api_key",         "X-Api-Key",      "apikey",
		"token",      "access_token",    "refreshToken",   "csrfmiddlewaretoken",
		"secret",     "client-secret",   "Authorization",  "Proxy-Authorization",
		"Cookie",     "Set-Cookie",      "sessionid",      "PHPSESSID",
		"access",     "refresh",         "X-Auth-Token",   "private_key",
		"pwd",        "passphrase",      "user[password]", "pass%77ord",
		"otp",        "X-CSRF-Token",    "credentials",    "key",
		"sig",        "X-Amz-Signature",
	};
	static const char *const harmless[] = {
		"user",       "username", "name",     "id",        "X-Correlation-ID",
		"accept",     "status",   "detail",   "passenger", "Content-Type",
		"token_type", "",         "keyboard", "author",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(secret); i++)
		if (!mask_is_secret_name(&rules, secret[i], strlen(secret[i])))
			fail_msg("%s is not known", secret[i]);
	for (size_t i = 0; i < COUNT(harmless); i++)
		if (mask_is_secret_name(&rules, harmless[i], strlen(harmless[i])))
			fail_msg("%s is taken for a secret", harmless[i]);
	assert_false(mask_is_secret_name(NULL, "key", 3));
}

static void fields_lose_their_values_in_whatever_they_stand(void **state)
{
	static const struct row rows[] = {
		/* JSON */
		{ "{\"user\":\"u\",\"password\":\"p\"}", "{\"user\":\"u\",\"password\":\"***\"}" },
		{ "{ \"Password\" : \"a b\" }", "{ \"Password\" : \"***\" }" },
		{ "{\"password\":\"a\\\"b\",\"x\":1}", "{\"password\":\"***\",\"x\":1}" },
		{ "{\"password\":\"a\\\\\",\"x\":1}", "{\"password\":\"***\",\"x\":1}" },
		{ "{\"pin\":1234,\"x\":1}", "{\"pin\":***,\"x\":1}" },
		{ "{\"token\":null,\"secret\":false}", "{\"token\":null,\"secret\":false}" },
		{ "{\"token\":{\"v\":\"a}b\",\"w\":[1]},\"x\":1}", "{\"token\":***,\"x\":1}" },
		{ "{\"tokens\":[\"a\",\"b\"],\"x\":1}", "{\"tokens\":***,\"x\":1}" },
		{ "{\"access\":\"a\",\"refresh\":\"b\"}",
		  "{\"access\":\"***\",\"refresh\":\"***\"}" },
		{ "{\"key\":\"of this scenario\"}", "{\"key\":\"***\"}" },
		{ "{\"password\":\"broken off", "{\"password\":\"***" },
		{ "{\"token\":[\"broken", "{\"token\":***" },
		{ "{\"token_type\":\"Bearer\"}", "{\"token_type\":\"Bearer\"}" },
		/* JSON in a JSON string, and in one of those */
		{ "{\"m\":\"{\\\"password\\\":\\\"p\\\",\\\"x\\\":1}\"}",
		  "{\"m\":\"{\\\"password\\\":\\\"***\\\",\\\"x\\\":1}\"}" },
		{ "\\\\\\\"pwd\\\\\\\": \\\\\\\"p\\\\\\\" rest",
		  "\\\\\\\"pwd\\\\\\\": \\\\\\\"***\\\\\\\" rest" },
		/* Python, Ruby, JavaScript */
		{ "{'password': 'p', 'x': 1}", "{'password': '***', 'x': 1}" },
		{ "don't 'password': 'p'", "don't 'password': '***'" },
		{ "{\"password\"=>\"p\"}", "{\"password\"=>\"***\"}" },
		{ "{password:\"p\", x:1}", "{password:\"***\", x:1}" },
		/* queries and forms */
		{ "/a?x=1&api_key=abc&y=2", "/a?x=1&api_key=***&y=2" },
		{ "/a?token=abc", "/a?token=***" },
		{ "user=u&pass%77ord=a%26b&x=1", "user=u&pass%77ord=***&x=1" },
		{ "password=a,b;c&x=1", "password=***&x=1" },
		{ "user[password]=p&x=1", "user[password]=***&x=1" },
		{ "password=&x=1", "password=&x=1" },
		{ "if (password == given)", "if (password == given)" },
		/* logs and pages */
		{ "password = p rest", "password = *** rest" },
		{ "Invalid token: abc def", "Invalid token: *** def" },
		{ "Authorization: Bearer a b\nnext", "Authorization: ***\nnext" },
		{ "at http://token-service:8000/a", "at http://token-service:8000/a" },
		{ "see https://u:p@host/x?a@b", "see https://u:***@host/x?a@b" },
		{ "see https://ghp@host/", "see https://***@host/" },
		{ "sent Bearer abcdef123 to", "sent Bearer *** to" },
		{ "Basic dXNlcjpwYXNz1= x", "Basic *** x" },
		{ "Bearer authentication required", "Bearer authentication required" },
		{ "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.sig-_ now", "got *** now" },
		/* XML */
		{ "<a><password>p</password><b>x</b></a>",
		  "<a><password>***</password><b>x</b></a>" },
		{ "<w:Password Type=\"t\">p</w:Password>",
		  "<w:Password Type=\"t\">***</w:Password>" },
		{ "<login password=\"p\" x=\"1\"/>", "<login password=\"***\" x=\"1\"/>" },
		{ "<token/><x>1</x>", "<token/><x>1</x>" },
		/* multipart */
		{ "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\np\r\nq\r\n--b--",
		  "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n***\r\n--b--" },
		{ "", "" },
		{ "nothing to hide", "nothing to hide" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_masked(rows[i].in, strlen(rows[i].in), false, false, rows[i].out);
}

static void known_values_are_found_in_every_spelling(void **state)
{
	static const struct row rows[] = {
		{ "/a/T0K/en+v\"al==/b", "/a/***/b" },
		{ "/a/T0K%2Fen%2Bv%22al%3D%3D/b", "/a/***/b" },
		{ "/a/T0K%2fen%2bv%22al%3d%3d/b", "/a/***/b" },
		{ "\"x\":\"T0K/en+v\\\"al==\"", "\"x\":\"***\"" },
		{ "\"x\":\"T0K\\/en+v\\\"al==\"", "\"x\":\"***\"" },
		{ "47114711 4711", "****** ***" },
		{ "471", "471" },
		{ "abc", "abc" }, /* too short to be looked for */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_masked(rows[i].in, strlen(rows[i].in), false, false, rows[i].out);
}

static void half_a_value_at_the_end_of_a_cut_text_is_masked(void **state)
{
	(void)state;
	assert_masked("see T0K/en", 10, true, false, "see ***");
	assert_masked("see T0K/en", 10, false, false, "see T0K/en");
	assert_masked("see T0K", 7, true, false, "see T0K"); /* could be anything */
	assert_masked("see eyJhbGciOiJIUzI1N", 21, true, false, "see ***");
}

static void headers_keep_what_is_no_secret(void **state)
{
	static const struct row rows[] = {
		{ "Authorization: Bearer abc\r\nAccept: */*\r\n",
		  "Authorization: Bearer ***\r\nAccept: */*\r\n" },
		{ "authorization: abc\r\n", "authorization: ***\r\n" },
		{ "Proxy-Authorization: Basic eDp5\r\n", "Proxy-Authorization: Basic ***\r\n" },
		{ "Cookie: a=1; sessionid=xyz\r\n", "Cookie: a=***; sessionid=***\r\n" },
		{ "Set-Cookie: sid=xyz; Path=/; HttpOnly\r\n",
		  "Set-Cookie: sid=***; Path=/; HttpOnly\r\n" },
		{ "X-Api-Key: a b c\r\n", "X-Api-Key: ***\r\n" },
		{ "X-Auth-Token:abc", "X-Auth-Token:***" },
		{ "Location: /x?token=abc&y=1\r\n", "Location: /x?token=***&y=1\r\n" },
		{ "X-Trace: 4711-1\r\n", "X-Trace: ***-1\r\n" },
		{ "WWW-Authenticate: Bearer realm=\"x\"\r\n",
		  "WWW-Authenticate: Bearer realm=\"x\"\r\n" },
		{ "no colon\r\nX-Api-Key:\r\n", "no colon\r\nX-Api-Key:\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_masked(rows[i].in, strlen(rows[i].in), false, true, rows[i].out);
}

static void marks_tell_where_and_what(void **state)
{
	static const char in[] = "Authorization: Bearer T0K/en+v\"al==\r\nX-Api-Key: k\r\n"
				 "Cookie: my.id=1\r\n";
	struct mask_marks marks = { .count = 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	mask_headers(&rules, in, strlen(in), false, &out, &marks);
	assert_string_equal(out.data, "Authorization: Bearer ***\r\nX-Api-Key: ***\r\n"
				      "Cookie: my.id=***\r\n");
	assert_int_equal(marks.count, 3);
	assert_string_equal(marks.list[0].name, "TOKEN"); /* the variable, not the header */
	assert_string_equal(marks.list[1].name, "X_API_KEY");
	assert_string_equal(marks.list[2].name, "MY_ID");
	for (size_t i = 0; i < marks.count; i++)
		assert_memory_equal(out.data + marks.list[i].at, "***", 3);
	buf_fini(&out);
}

static void more_secrets_than_can_be_counted_hide_the_rest(void **state)
{
	struct buf in, out;

	(void)state;
	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	for (unsigned i = 0; i < 5000; i++)
		buf_addf(&in, "pwd=s%u&", i);
	mask_text(&rules, in.data, in.len, false, &out, NULL);
	for (unsigned i = 0; i < 5000; i++) {
		char secret[16];

		(void)snprintf(secret, sizeof(secret), "=s%u&", i);
		assert_null(strstr(out.data, secret));
	}
	buf_fini(&in);
	buf_fini(&out);
}

/* Whatever surrounds it: a value that is looked for is never seen behind a mask. */
static void noise_around_a_value_never_shows_it(void **state)
{
	static const char alphabet[] = "\"'\\:={}[]<>&; \n\r%@/.password=tokenname";
	struct rng rng;
	struct buf in, out;

	(void)state;
	rng_seed(&rng, 7, 7);
	buf_init(&in, 4096);
	buf_init(&out, 65536);
	for (unsigned round = 0; round < 3000; round++) {
		buf_reset(&in);
		buf_reset(&out);
		for (unsigned part = 0; part < 3; part++) {
			uint64_t n = rng_below(&rng, 40);

			for (uint64_t i = 0; i < n; i++)
				buf_addc(&in, alphabet[rng_below(&rng, sizeof(alphabet) - 1)]);
			if (part < 2)
				buf_add(&in, values[part].data, values[part].len);
		}
		mask_text(&rules, buf_str(&in), in.len, round % 2 == 0, &out, NULL);
		assert_null(strstr(buf_str(&out), values[0].data));
		assert_null(strstr(buf_str(&out), values[1].data));
		buf_reset(&out);
		mask_headers(&rules, buf_str(&in), in.len, round % 2 == 0, &out, NULL);
		assert_null(strstr(buf_str(&out), values[0].data));
	}
	buf_fini(&in);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_say_secret_are_known_in_every_style),
		cmocka_unit_test(fields_lose_their_values_in_whatever_they_stand),
		cmocka_unit_test(known_values_are_found_in_every_spelling),
		cmocka_unit_test(half_a_value_at_the_end_of_a_cut_text_is_masked),
		cmocka_unit_test(headers_keep_what_is_no_secret),
		cmocka_unit_test(marks_tell_where_and_what),
		cmocka_unit_test(more_secrets_than_can_be_counted_hide_the_rest),
		cmocka_unit_test(noise_around_a_value_never_shows_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
