/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/origin.h"

#include "unit.h"

#include <stdio.h>

#include <event2/event.h>

#include "base/clock.h"
#include "engine/resolver.h"
#include "scenario/scenario.h"

static struct event_base *base;
static struct resolver *resolver;
static struct scenario scenario;
static struct origins origins;

static int begin(void **state)
{
	static char host[] = "target.test";

	(void)state;
	base = event_base_new();
	resolver = resolver_new(base, clock_now_ns);
	memset(&scenario, 0, sizeof(scenario));
	scenario.target = (struct url){ .host = host, .port = 8000 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	origins_fini(&origins);
	resolver_free(resolver);
	event_base_free(base);
	return 0;
}

static void init(void)
{
	assert_int_equal(origins_init(&origins, &scenario, resolver, NULL), 0);
}

static void assert_line(bool tls, const char *host, uint16_t port, const char *line)
{
	struct origin *origin = origins_get(&origins, tls, host, port);

	assert_string_equal(origin->line, line);
	assert_int_equal(origin->line_len, strlen(line));
	origin_put(origin);
}

static void the_host_header_names_the_port_unless_it_is_the_schemes_own(void **state)
{
	(void)state;
	init();
	assert_line(false, "a.test", 80, " HTTP/1.1\r\nHost: a.test\r\n");
	assert_line(false, "a.test", 443, " HTTP/1.1\r\nHost: a.test:443\r\n");
	assert_line(true, "a.test", 443, " HTTP/1.1\r\nHost: a.test\r\n");
	assert_line(true, "a.test", 80, " HTTP/1.1\r\nHost: a.test:80\r\n");
	assert_line(false, "::1", 8000, " HTTP/1.1\r\nHost: [::1]:8000\r\n");
	assert_line(false, "::1", 80, " HTTP/1.1\r\nHost: [::1]\r\n");
}

static void compression_is_offered_where_the_scenario_says_so(void **state)
{
	(void)state;
	scenario.http.gzip = true;
	init();
	assert_line(false, "a.test", 80,
		    " HTTP/1.1\r\nHost: a.test\r\nAccept-Encoding: gzip, deflate\r\n");
}

static void the_same_origin_is_the_same_object(void **state)
{
	struct origin *a, *b, *c;

	(void)state;
	init();
	a = origins_get(&origins, false, "a.test", 80);
	b = origins_get(&origins, false, "a.test", 80);
	c = origins_get(&origins, true, "a.test", 80);
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_int_equal(a->users, 2);
	assert_true(origin_is(a, false, "a.test", 80));
	assert_false(origin_is(a, false, "a.test", 81));
	assert_false(origin_is(a, true, "a.test", 80));
	assert_false(origin_is(a, false, "b.test", 80));
	origin_put(a);
	origin_put(b);
	origin_put(c);
	origin_put(NULL);
}

static void made_up_hosts_are_forgotten_those_in_use_are_not(void **state)
{
	struct origin *used;
	char host[32];

	(void)state;
	init();
	used = origins_get(&origins, false, "used.test", 80);
	for (int i = 0; i < 5000; i++) {
		snprintf(host, sizeof(host), "h%d.test", i);
		origin_put(origins_get(&origins, false, host, 80));
		assert_true(origins.count <= 257);
	}
	assert_ptr_equal(origins_get(&origins, false, "used.test", 80), used);
	origin_put(used);
	origin_put(used);
}

static void only_the_target_is_dialled_elsewhere(void **state)
{
	static char to[] = "[::1]:9", path[] = "/run/x";
	struct resolver_waiter waiter = { 0 };
	struct origin *target, *other;

	(void)state;
	for (int i = 0; i < 2; i++) {
		scenario.http.connect_to = i ? NULL : to;
		scenario.http.unix_socket = i ? path : NULL;
		init();
		target = origins_get(&origins, false, "target.test", 8000);
		other = origins_get(&origins, false, "127.0.0.1", 8000);
		assert_int_equal(resolver_query(target->name, &waiter), 0);
		assert_int_equal(resolver_address(target->name, 0).family, i ? AF_UNIX : AF_INET6);
		assert_int_equal(resolver_query(other->name, &waiter), 0);
		assert_int_equal(resolver_address(other->name, 0).family, AF_INET);
		assert_string_equal(target->line, " HTTP/1.1\r\nHost: target.test:8000\r\n");
		origin_put(target);
		origin_put(other);
		if (i == 0)
			origins_fini(&origins);
	}
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(the_host_header_names_the_port_unless_it_is_the_schemes_own),
		CASE(compression_is_offered_where_the_scenario_says_so),
		CASE(the_same_origin_is_the_same_object),
		CASE(made_up_hosts_are_forgotten_those_in_use_are_not),
		CASE(only_the_target_is_dialled_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
