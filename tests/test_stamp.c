/* SPDX-License-Identifier: MIT */
/* When bytes came: asked of real sockets, and turned into the run's own time. */
#include "config.h"

#include "unit.h"

#include <errno.h>

#include "base/clock.h"
#include "engine/stamp.h"
#include "tcp_pair.h"

#define WAIT (20 * CLOCK_NS_PER_MS)

static int ends[2], noting[2];

static int group_setup(void **state)
{
	(void)state;
	stamps_begin(noting);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	pair_close(noting);
	return 0;
}

/* Send, and tell between which instants of the wall clock that was. */
static void send_between(const char *text, uint64_t *from_ns, uint64_t *to_ns)
{
	*from_ns = clock_wall_ns();
	assert_int_equal(send(ends[1], text, strlen(text), 0), strlen(text));
	*to_ns = clock_wall_ns();
}

static void the_kernel_says_when_bytes_came(void **state)
{
	uint64_t came_ns, from_ns, to_ns;
	char data[16];

	(void)state;
	tcp_pair(ends);
	stamp_ask(ends[0]);
	for (int i = 0; i < 3; i++) {
		send_between("hello", &from_ns, &to_ns);
		clock_sleep_ns(WAIT);
		assert_int_equal(stamp_recv(ends[0], data, sizeof(data), 0, &came_ns), 5);
		assert_memory_equal(data, "hello", 5);
		/* on loopback they come within send(2) */
		assert_in_range(came_ns, from_ns, to_ns);
	}
	pair_close(ends);
}

static void of_several_packets_the_last_one_counts(void **state)
{
	uint64_t came_ns, from_ns, to_ns;
	char data[16];

	(void)state;
	tcp_pair(ends);
	stamp_ask(ends[0]);
	send_between("hel", &from_ns, &to_ns);
	clock_sleep_ns(WAIT);
	send_between("lo", &from_ns, &to_ns);
	assert_int_equal(stamp_recv(ends[0], data, sizeof(data), 0, &came_ns), 5);
	assert_in_range(came_ns, from_ns, to_ns);
	pair_close(ends);
}

static void bytes_thrown_away_have_a_stamp_too(void **state)
{
	uint64_t came_ns, from_ns, to_ns;
	char data[16] = "untouched";

	(void)state;
	tcp_pair(ends);
	stamp_ask(ends[0]);
	send_between("hello", &from_ns, &to_ns);
	clock_sleep_ns(WAIT);
	assert_int_equal(stamp_recv(ends[0], data, sizeof(data), MSG_TRUNC, &came_ns), 5);
	assert_string_equal(data, "untouched");
	assert_in_range(came_ns, from_ns, to_ns);
	pair_close(ends);
}

static void a_socket_that_was_not_asked_says_nothing(void **state)
{
	uint64_t came_ns = 1;
	char data[16];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	stamp_ask(ends[0]);
	assert_int_equal(send(ends[1], "hello", 5, 0), 5);
	assert_int_equal(stamp_recv(ends[0], data, sizeof(data), 0, &came_ns), 5);
	assert_true(came_ns == 0);
	pair_close(ends);
	tcp_pair(ends);
	assert_int_equal(send(ends[1], "hello", 5, 0), 5);
	assert_int_equal(stamp_recv(ends[0], data, sizeof(data), 0, &came_ns), 5);
	assert_true(came_ns == 0);
	pair_close(ends);
}

static void errors_and_the_end_are_recvs(void **state)
{
	uint64_t came_ns = 1;
	char data[16];

	(void)state;
	tcp_pair(ends);
	stamp_ask(ends[0]);
	assert_int_equal(stamp_recv(ends[0], data, sizeof(data), MSG_DONTWAIT, &came_ns), -EAGAIN);
	assert_true(came_ns == 0);
	shutdown(ends[1], SHUT_WR);
	came_ns = 1;
	assert_int_equal(stamp_recv(ends[0], data, sizeof(data), 0, &came_ns), 0);
	assert_true(came_ns == 0);
	pair_close(ends);
	assert_int_equal(stamp_recv(-1, data, sizeof(data), 0, &came_ns), -EBADF);
}

#define WALL (1800000000 * CLOCK_NS_PER_SEC)

static void a_stamp_counts_by_its_age(void **state)
{
	(void)state;
	assert_true(stamp_instant(WALL - 300, WALL, 5000, 0) == 4700);
	assert_true(stamp_instant(WALL, WALL, 5000, 0) == 5000);
	assert_true(stamp_instant(WALL - 300, WALL, 5000, 4700) == 4700);
}

static void without_a_stamp_it_is_now(void **state)
{
	(void)state;
	assert_true(stamp_instant(0, WALL, 5000, 0) == 5000);
}

static void a_clock_that_was_set_is_not_believed(void **state)
{
	(void)state;
	/* put back: the bytes would come only later */
	assert_true(stamp_instant(WALL + 1, WALL, 5000, 0) == 5000);
	/* put on: they would have come before they were asked for, or before time began */
	assert_true(stamp_instant(WALL - 301, WALL, 5000, 4700) == 5000);
	assert_true(stamp_instant(WALL - 6000, WALL, 5000, 0) == 5000);
	assert_true(stamp_instant(1, WALL, 5000, 0) == 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_says_when_bytes_came),
		cmocka_unit_test(of_several_packets_the_last_one_counts),
		cmocka_unit_test(bytes_thrown_away_have_a_stamp_too),
		cmocka_unit_test(a_socket_that_was_not_asked_says_nothing),
		cmocka_unit_test(errors_and_the_end_are_recvs),
		cmocka_unit_test(a_stamp_counts_by_its_age),
		cmocka_unit_test(without_a_stamp_it_is_now),
		cmocka_unit_test(a_clock_that_was_set_is_not_believed),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
