/* SPDX-License-Identifier: MIT */
/* Names that need no network: literals, localhost from the hosts file, and labels that are too long. */
#include "config.h"

#include "engine/resolver.h"

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <pthread.h>

#include <event2/event.h>

#include "base/clock.h"

#define TOO_LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test"

static struct event_base *base;
static struct resolver *resolver;
static uint64_t ahead_ns; /* of the beginning */
static unsigned answers;

static int thread_error; /* what pthread_create answers; 0: as it does (--wrap) */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg)
{
	return thread_error ? thread_error : __real_pthread_create(thread, attr, run, arg);
}

static uint64_t fake_now(void)
{
	return CLOCK_NS_PER_SEC + ahead_ns;
}

static void answered(void *arg)
{
	(void)arg;
	answers++;
}

static int begin(void **state)
{
	(void)state;
	base = event_base_new();
	resolver = resolver_new(base, fake_now);
	ahead_ns = 0;
	answers = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	resolver_free(resolver);
	event_base_free(base);
	return 0;
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

static void wait_for_answers(unsigned n)
{
	const struct timeval patience = { 10, 0 };
	bool is_late = false;
	struct event *late = evtimer_new(base, on_late, &is_late);

	event_add(late, &patience);
	while (answers < n && !is_late)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(late);
	assert_false(is_late);
}

/* Ask until there is an outcome. */
static int ask(struct resolver_name *name)
{
	struct resolver_waiter waiter = { .answered = answered };
	unsigned before = answers;
	int rc = resolver_query(name, &waiter);

	if (rc == -EINPROGRESS) {
		wait_for_answers(before + 1);
		assert_null(waiter.name);
		rc = resolver_query(name, &waiter);
	}
	return rc;
}

static void literal_addresses_are_known_at_once(void **state)
{
	struct resolver_name *v4 = resolver_name_new(resolver, "127.0.0.1", 80);
	struct resolver_name *v6 = resolver_name_new(resolver, "::1", 443);
	struct resolver_waiter waiter = { .answered = answered };
	struct resolver_address address;

	(void)state;
	assert_int_equal(resolver_query(v4, &waiter), 0);
	assert_int_equal(resolver_count(v4), 1);
	address = resolver_address(v4, 0);
	assert_int_equal(address.family, AF_INET);
	assert_int_equal(((const struct sockaddr_in *)(const void *)address.addr)->sin_port,
			 htons(80));
	assert_int_equal(resolver_query(v6, &waiter), 0);
	assert_int_equal(resolver_address(v6, 5).family, AF_INET6);
	resolver_name_free(v4);
	resolver_name_free(v6);
}

static void a_unix_socket_is_an_address(void **state)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
	struct resolver_waiter waiter = { .answered = answered };
	struct resolver_name *name;

	(void)state;
	assert_int_equal(resolver_name_unix(&name, resolver, "/run/x.sock"), 0);
	assert_int_equal(resolver_query(name, &waiter), 0);
	assert_int_equal(resolver_address(name, 0).family, AF_UNIX);
	resolver_name_free(name);
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(resolver_name_unix(&name, resolver, path), -ENAMETOOLONG);
}

static void a_name_is_asked_for_once_for_all_who_wait(void **state)
{
	struct resolver_name *name = resolver_name_new(resolver, "localhost", 8000);
	struct resolver_waiter waiters[50];

	(void)state;
	for (size_t i = 0; i < COUNT(waiters); i++) {
		waiters[i] = (struct resolver_waiter){ .answered = answered };
		assert_int_equal(resolver_query(name, &waiters[i]), -EINPROGRESS);
	}
	resolver_leave(&waiters[7]);
	resolver_leave(&waiters[7]);
	wait_for_answers(COUNT(waiters) - 1);
	assert_true(resolver_count(name) >= 1);
	assert_int_equal(ask(name), 0);
	assert_int_equal(answers, COUNT(waiters) - 1);
	resolver_name_free(name);
}

static void a_name_that_is_none_is_asked_for_again_after_a_second(void **state)
{
	struct resolver_name *name = resolver_name_new(resolver, TOO_LONG, 80);
	struct resolver_waiter waiter = { .answered = answered };

	(void)state;
	assert_int_equal(ask(name), -ENOENT);
	assert_int_equal(resolver_query(name, &waiter), -ENOENT);
	ahead_ns = 2 * CLOCK_NS_PER_SEC;
	assert_int_equal(resolver_query(name, &waiter), -EINPROGRESS);
	resolver_leave(&waiter);
	resolver_name_free(name);
}

static void an_old_answer_serves_while_a_new_one_is_fetched(void **state)
{
	struct resolver_name *name = resolver_name_new(resolver, "localhost", 80);
	struct resolver_waiter waiter = { .answered = answered };

	(void)state;
	assert_int_equal(ask(name), 0);
	ahead_ns = 61 * CLOCK_NS_PER_SEC;
	assert_int_equal(resolver_query(name, &waiter), 0);
	/* the lookup under way ends without anybody waiting for it */
	for (int i = 0; i < 1000 && event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED); i++)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	assert_int_equal(resolver_query(name, &waiter), 0);
	resolver_name_free(name);
}

static void more_names_than_threads_are_all_answered(void **state)
{
	struct resolver_name *names[40];
	struct resolver_waiter waiters[COUNT(names)];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		names[i] = resolver_name_new(resolver, "localhost", (uint16_t)(1000 + i));
		waiters[i] = (struct resolver_waiter){ .answered = answered };
		assert_int_equal(resolver_query(names[i], &waiters[i]), -EINPROGRESS);
	}
	wait_for_answers(COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(resolver_query(names[i], &waiters[i]), 0);
		resolver_name_free(names[i]);
	}
}

static void those_whose_turn_comes_without_a_thread_are_told(void **state)
{
	struct resolver_name *names[20];
	struct resolver_waiter waiters[COUNT(names)];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		names[i] = resolver_name_new(resolver, "localhost", (uint16_t)(1000 + i));
		waiters[i] = (struct resolver_waiter){ .answered = answered };
		assert_int_equal(resolver_query(names[i], &waiters[i]), -EINPROGRESS);
	}
	thread_error = EAGAIN;
	wait_for_answers(COUNT(names));
	thread_error = 0;
	for (size_t i = 0; i < COUNT(names); i++) {
		/* sixteen had their thread already */
		assert_int_equal(resolver_query(names[i], &waiters[i]), i < 16 ? 0 : -EAGAIN);
		resolver_name_free(names[i]);
	}
}

static void everything_may_be_dropped_while_lookups_run(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct resolver_name *name = resolver_name_new(resolver, "localhost", 80);
		struct resolver_waiter waiter = { .answered = answered };

		assert_int_equal(resolver_query(name, &waiter), -EINPROGRESS);
		if (i % 2)
			event_base_loop(base, EVLOOP_ONCE);
		resolver_leave(&waiter);
		resolver_name_free(name);
		resolver_free(resolver);
		resolver = resolver_new(base, fake_now);
	}
	resolver_free(NULL);
	resolver_name_free(NULL);
}

static void connections_start_at_addresses_that_work(void **state)
{
	struct resolver_name *name = resolver_name_new(resolver, "localhost", 80);
	unsigned count, first;

	(void)state;
	assert_int_equal(ask(name), 0);
	count = resolver_count(name);
	first = resolver_first(name);
	assert_true(first < count);
	for (unsigned i = 0; i < count; i++)
		resolver_report(name, i, false);
	assert_true(resolver_first(name) < count); /* none works: all get another chance */
	if (count > 1) {
		resolver_report(name, 0, false);
		for (int i = 0; i < 5; i++)
			assert_int_not_equal(resolver_first(name), 0);
	}
	resolver_name_free(name);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(literal_addresses_are_known_at_once),
		CASE(a_unix_socket_is_an_address),
		CASE(a_name_is_asked_for_once_for_all_who_wait),
		CASE(a_name_that_is_none_is_asked_for_again_after_a_second),
		CASE(an_old_answer_serves_while_a_new_one_is_fetched),
		CASE(more_names_than_threads_are_all_answered),
		CASE(those_whose_turn_comes_without_a_thread_are_told),
		CASE(everything_may_be_dropped_while_lookups_run),
		CASE(connections_start_at_addresses_that_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
