/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/pace.h"

#include "base/clock.h"
#include "unit.h"

#define MS(n) ((n)*CLOCK_NS_PER_MS)
#define S(n)  ((n)*CLOCK_NS_PER_SEC)

static const struct pace_picture frame_picture = { .bytes = 400, .cells = 4800, .asked = true };

static struct pace four_hz(void)
{
	struct pace pace;

	pace_init(&pace, 4);
	return pace;
}

/* A terminal at the other end of a line with this much delay, for so many pictures; returns when the
 * last one was drawn. */
static uint64_t over_a_line(struct pace *pace, uint64_t now_ns, uint64_t round_ns, int pictures)
{
	for (int i = 0; i < pictures; i++) {
		uint64_t due = pace_due(pace, false);

		assert_true(due != PACE_NEVER);
		now_ns = due > now_ns ? due : now_ns;
		pace_drawn(pace, &frame_picture, now_ns);
		pace_answered(pace, now_ns + round_ns);
	}
	return now_ns;
}

static void pictures_for_frames_come_at_the_rate_wished_for(void **state)
{
	struct pace pace = four_hz();
	uint64_t last;

	(void)state;
	last = over_a_line(&pace, S(1), MS(1), 1);
	assert_true(over_a_line(&pace, last, MS(1), 40) == last + S(10));
}

static void a_key_is_shown_sooner(void **state)
{
	struct pace pace = four_hz();

	(void)state;
	over_a_line(&pace, S(1), MS(1), 1);
	assert_true(pace_due(&pace, true) < S(1) + MS(50));
	assert_true(pace_due(&pace, false) == S(1) + MS(250));
}

static void no_picture_follows_one_that_has_not_been_seen(void **state)
{
	struct pace pace = four_hz();

	(void)state;
	over_a_line(&pace, S(1), MS(5), 3);
	pace_drawn(&pace, &frame_picture, S(10));
	assert_true(pace_due(&pace, false) == PACE_NEVER);
	assert_false(pace_asks(&pace)); /* one question at a time */
	/* a key is shown all the same, but not thirty times a second */
	assert_true(pace_due(&pace, true) == S(10) + MS(250));
	pace_answered(&pace, S(12));
	assert_true(pace_due(&pace, false) != PACE_NEVER);
}

static void a_slow_line_gets_fewer_pictures_and_a_quick_one_its_rate_back(void **state)
{
	struct pace pace = four_hz();
	uint64_t last;

	(void)state;
	last = over_a_line(&pace, S(1), MS(600), 1);
	assert_true(pace_due(&pace, false) == last + MS(1800));
	last = over_a_line(&pace, last, MS(5000), 1);
	assert_true(pace_due(&pace, false) == last + S(4)); /* the slowest */
	last = over_a_line(&pace, last, MS(2), 40);
	assert_true(pace_due(&pace, false) == last + MS(250));
}

static void a_terminal_that_never_answers_is_soon_not_waited_for(void **state)
{
	struct pace pace = four_hz();
	struct pace_picture unasked = frame_picture;

	(void)state;
	pace_drawn(&pace, &frame_picture, S(1));
	assert_true(pace_tick_due(&pace) <= S(2));
	pace_tick(&pace, pace_tick_due(&pace) - 1);
	assert_true(pace_due(&pace, false) == PACE_NEVER);
	pace_tick(&pace, pace_tick_due(&pace));
	assert_true(pace_due(&pace, false) == S(1) + MS(250));
	assert_false(pace_asks(&pace));
	assert_true(pace_tick_due(&pace) == PACE_NEVER);
	unasked.asked = false;
	pace_drawn(&pace, &unasked, S(3));
	assert_true(pace_due(&pace, false) == S(3) + MS(250));
	/* it was only very late: from now on it is asked again */
	pace_answered(&pace, S(4));
	assert_true(pace_asks(&pace));
}

static void an_answer_that_got_lost_does_not_stop_the_screen(void **state)
{
	struct pace pace = four_hz();

	(void)state;
	over_a_line(&pace, S(1), MS(5), 3);
	pace_drawn(&pace, &frame_picture, S(10));
	pace_tick(&pace, S(15)); /* a line may stall for some seconds */
	assert_true(pace_due(&pace, false) == PACE_NEVER);
	pace_tick(&pace, S(21));
	assert_true(pace_due(&pace, false) != PACE_NEVER);
	assert_true(pace_asks(&pace));
}

static void bytes_the_terminal_has_not_taken_slow_pictures_down(void **state)
{
	struct pace pace = four_hz();
	struct pace_picture stuck = { .bytes = 400, .cells = 4800, .stuck = true };

	(void)state;
	pace_drawn(&pace, &stuck, S(1));
	assert_true(pace_due(&pace, false) == S(1) + MS(500));
	pace_blocked(&pace, false, S(2));
	assert_true(pace.interval_ns == S(1));
	assert_true(pace_due(&pace, false) == S(2) + MS(50)); /* looked at again soon */
	for (int i = 0; i < 10; i++)
		pace_blocked(&pace, false, S(3));
	assert_true(pace.interval_ns == S(4));
}

static void what_frames_cost_is_counted_and_what_keys_cost_is_not(void **state)
{
	struct pace pace = four_hz();
	struct pace_picture whole = { .bytes = 20000, .cells = 4800, .urgent = true };

	(void)state;
	pace_drawn(&pace, &whole, S(1));
	assert_false(pace_in_debt(&pace, 4800, S(1)));
	whole.urgent = false;
	pace_drawn(&pace, &whole, S(2));
	assert_true(pace_in_debt(&pace, 4800, S(2) + MS(250)));
	assert_true(pace_in_debt(&pace, 4800, S(4)));
	assert_false(pace_in_debt(&pace, 4800, S(6))); /* never more than seconds can pay back */
}

static void steady_frames_stay_below_two_kilobytes_a_second(void **state)
{
	struct pace pace = four_hz();
	size_t sent = 0;

	/* the sliders' part with every picture, the body whenever there is no debt */
	(void)state;
	for (int i = 0; i < 4 * 600; i++) {
		uint64_t now_ns = S(1) + (uint64_t)i * MS(250);
		struct pace_picture picture = { .bytes = 90, .cells = 4800 };

		if (!pace_in_debt(&pace, 4800, now_ns))
			picture.bytes += 3000;
		pace_drawn(&pace, &picture, now_ns);
		sent += picture.bytes;
	}
	assert_true(sent / 600 < 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_for_frames_come_at_the_rate_wished_for),
		cmocka_unit_test(a_key_is_shown_sooner),
		cmocka_unit_test(no_picture_follows_one_that_has_not_been_seen),
		cmocka_unit_test(a_slow_line_gets_fewer_pictures_and_a_quick_one_its_rate_back),
		cmocka_unit_test(a_terminal_that_never_answers_is_soon_not_waited_for),
		cmocka_unit_test(an_answer_that_got_lost_does_not_stop_the_screen),
		cmocka_unit_test(bytes_the_terminal_has_not_taken_slow_pictures_down),
		cmocka_unit_test(what_frames_cost_is_counted_and_what_keys_cost_is_not),
		cmocka_unit_test(steady_frames_stay_below_two_kilobytes_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
