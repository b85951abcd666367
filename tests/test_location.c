/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "engine/location.h"

struct url_case {
	const char *base; /* NULL: parse */
	const char *text;
	int result;
	const char *want; /* "scheme host port path" */
};

#define BASE "http://a.example:8080/b/c/d?q"

static const struct url_case cases[] = {
	{ NULL, "http://host/", 0, "http host 80 /" },
	{ NULL, "https://host", 0, "https host 443 /" },
	{ NULL, "HTTP://HoSt:8080/Path?Q#frag", 0, "http host 8080 /Path?Q" },
	{ NULL, "http://host?x=1", 0, "http host 80 /?x=1" },
	{ NULL, "http://[::1]:99/x", 0, "http ::1 99 /x" },
	{ NULL, "http://user:pass@host:1/", 0, "http host 1 /" },
	{ NULL, "http://host:/", 0, "http host 80 /" },
	{ NULL, "ftp://host/", -EPROTONOSUPPORT, NULL },
	{ NULL, "javascript:alert(1)", -EPROTONOSUPPORT, NULL },
	{ NULL, "/path", -EINVAL, NULL },
	{ NULL, "http:/x", -EINVAL, NULL },
	{ NULL, "http://", -EINVAL, NULL },
	{ NULL, "http://:80/", -EINVAL, NULL },
	{ NULL, "http://host:0/", -EINVAL, NULL },
	{ NULL, "http://host:65536/", -EINVAL, NULL },
	{ NULL, "http://host:8x/", -EINVAL, NULL },
	{ NULL, "http://[::1/", -EINVAL, NULL },
	{ NULL, "http://ho st/", -EINVAL, NULL },
	{ NULL, "http://host\r\nX: y/", -EINVAL, NULL },
	/* RFC 3986, 5.4 */
	{ BASE, "g", 0, "http a.example 8080 /b/c/g" },
	{ BASE, "./g", 0, "http a.example 8080 /b/c/g" },
	{ BASE, "g/", 0, "http a.example 8080 /b/c/g/" },
	{ BASE, "/g", 0, "http a.example 8080 /g" },
	{ BASE, "//g", 0, "http g 80 /" },
	{ BASE, "//g:5/x", 0, "http g 5 /x" },
	{ BASE, "?y", 0, "http a.example 8080 /b/c/d?y" },
	{ BASE, "g?y", 0, "http a.example 8080 /b/c/g?y" },
	{ BASE, "#s", 0, "http a.example 8080 /b/c/d?q" },
	{ BASE, "", 0, "http a.example 8080 /b/c/d?q" },
	{ BASE, ".", 0, "http a.example 8080 /b/c/" },
	{ BASE, "..", 0, "http a.example 8080 /b/" },
	{ BASE, "../g", 0, "http a.example 8080 /b/g" },
	{ BASE, "../../g", 0, "http a.example 8080 /g" },
	{ BASE, "../../../../g", 0, "http a.example 8080 /g" },
	{ BASE, "/./g", 0, "http a.example 8080 /g" },
	{ BASE, "/../g", 0, "http a.example 8080 /g" },
	{ BASE, "g.", 0, "http a.example 8080 /b/c/g." },
	{ BASE, "..g", 0, "http a.example 8080 /b/c/..g" },
	{ BASE, "./../g", 0, "http a.example 8080 /b/g" },
	{ BASE, "g/../h", 0, "http a.example 8080 /b/c/h" },
	{ BASE, "g?y/../x", 0, "http a.example 8080 /b/c/g?y/../x" },
	{ BASE, "https://other/z", 0, "https other 443 /z" },
	{ BASE, "  /lead", 0, "http a.example 8080 /lead" },
	{ BASE, "/a b\xc3\xa4", 0, "http a.example 8080 /a%20b%C3%A4" },
	{ BASE, "/x\r\nSet-Cookie: y", 0, "http a.example 8080 /x%0D%0ASet-Cookie:%20y" },
	{ BASE, "mailto:x@y", -EPROTONOSUPPORT, NULL },
};

static void urls_are_parsed_and_resolved(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct url_case *c = &cases[i];
		struct location base = { 0 }, got = { 0 };
		struct buf store;
		char text[256] = "";
		int result;

		buf_init(&store, 4096);
		if (c->base != NULL) {
			assert_int_equal(location_parse(&base, c->base, strlen(c->base), &store),
					 0);
			result = location_resolve(&got, &base, c->text, strlen(c->text), &store);
		} else {
			result = location_parse(&got, c->text, strlen(c->text), &store);
		}
		if (result == 0) {
			snprintf(text, sizeof(text), "%s %s %u %s", got.tls ? "https" : "http",
				 store.data + got.host_at, (unsigned)got.port,
				 store.data + got.path_at);
			assert_int_equal(strlen(store.data + got.path_at), got.path_len);
		}
		if (result != c->result || (c->want != NULL && strcmp(text, c->want) != 0)) {
			fail_msg("%s: %d, \"%s\"", c->text, result, text);
		}
		buf_fini(&store);
	}
}

static void a_chain_of_redirects_stays_within_the_buffer_s_maximum(void **state)
{
	(void)state;
	struct location at;
	struct buf store;
	int result;
	unsigned hops = 0;

	buf_init(&store, 2000);
	assert_int_equal(location_parse(&at, BASE, strlen(BASE), &store), 0);
	do {
		result = location_resolve(&at, &at, "deeper/and/deeper/", 18, &store);
		hops++;
	} while (result == 0 && hops < 1000);
	assert_int_equal(result, -EMSGSIZE);
	buf_fini(&store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_parsed_and_resolved),
		cmocka_unit_test(a_chain_of_redirects_stays_within_the_buffer_s_maximum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
