/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/pace.h"

#include "base/clock.h"

#define KEY_DRAW_NS (33 * CLOCK_NS_PER_MS)  /* between two pictures for keys at least */
#define KEY_WAIT_NS (250 * CLOCK_NS_PER_MS) /* ... while an answer is awaited */
#define SLOWEST_NS  (4 * CLOCK_NS_PER_SEC)
#define QUEUE_CHECK_NS \
	(50 * CLOCK_NS_PER_MS) /* looking again whether the kernel's queue is empty */
#define FIRST_ANSWER_NS (500 * CLOCK_NS_PER_MS) /* of a terminal that has not answered before */
#define ANSWER_NS       (10 * CLOCK_NS_PER_SEC) /* of one that has: the line may stall */
#define BYTES_PER_S     1600.0                  /* what frames may cost a link at 120 x 40 ... */
#define BYTES_CELLS     4800.0                  /* ... and in proportion on larger screens */

static uint64_t clamp(uint64_t v, uint64_t low, uint64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static double byte_rate(size_t cells)
{
	return BYTES_PER_S * ((double)cells > BYTES_CELLS ? (double)cells / BYTES_CELLS : 1);
}

void pace_init(struct pace *pace, double hz)
{
	*pace = (struct pace){ .fastest_ns = (uint64_t)((double)CLOCK_NS_PER_SEC / hz) };
	pace->interval_ns = pace->fastest_ns;
}

uint64_t pace_due(const struct pace *pace, bool urgent)
{
	uint64_t due = pace->drawn_ns + (urgent ? KEY_DRAW_NS : pace->interval_ns);

	if (pace->asked_ns == 0)
		return due;
	/* keys are shown also while the last picture is on its way, but not thirty times a second:
	 * a held arrow would fill the line with what nobody sees any more */
	if (urgent)
		return due > pace->asked_ns + KEY_WAIT_NS ? due : pace->asked_ns + KEY_WAIT_NS;
	return PACE_NEVER;
}

static void slow_down(struct pace *pace)
{
	pace->interval_ns = clamp(2 * pace->interval_ns, pace->fastest_ns, SLOWEST_NS);
}

void pace_blocked(struct pace *pace, bool urgent, uint64_t now_ns)
{
	if (!urgent)
		slow_down(pace);
	pace->drawn_ns = now_ns - (urgent ? KEY_DRAW_NS : pace->interval_ns) + QUEUE_CHECK_NS;
}

bool pace_asks(const struct pace *pace)
{
	return !pace->mute && pace->asked_ns == 0;
}

/* What frames put into the output counts as debt, what the user's keys do does not; never more than
 * some seconds can pay back. */
static void count_bytes(struct pace *pace, const struct pace_picture *picture, uint64_t now_ns)
{
	double rate = byte_rate(picture->cells);

	pace->debt -= rate * (double)(now_ns - pace->drawn_ns) / 1e9;
	if (pace->debt < 0)
		pace->debt = 0;
	if (!picture->urgent)
		pace->debt += (double)picture->bytes;
	if (pace->debt > 3 * rate)
		pace->debt = 3 * rate;
}

void pace_drawn(struct pace *pace, const struct pace_picture *picture, uint64_t now_ns)
{
	count_bytes(pace, picture, now_ns);
	pace->drawn_ns = now_ns;
	if (picture->asked)
		pace->asked_ns = now_ns;
	if (picture->stuck)
		slow_down(pace);
	else if (!picture->urgent) /* back to the usual rate, not in one step */
		pace->interval_ns = clamp(pace->interval_ns - pace->interval_ns / 8,
					  pace->fastest_ns, SLOWEST_NS);
}

void pace_answered(struct pace *pace, uint64_t now_ns)
{
	pace->answers = true;
	pace->mute = false;
	if (pace->asked_ns == 0)
		return;
	pace->round_ns = now_ns - pace->asked_ns;
	pace->asked_ns = 0;
	/* the line is ours for a third of the time at most: keys come between */
	if (3 * pace->round_ns > pace->interval_ns)
		pace->interval_ns = clamp(3 * pace->round_ns, pace->fastest_ns, SLOWEST_NS);
}

uint64_t pace_tick_due(const struct pace *pace)
{
	if (pace->asked_ns == 0)
		return PACE_NEVER;
	return pace->asked_ns + (pace->answers ? ANSWER_NS : FIRST_ANSWER_NS);
}

void pace_tick(struct pace *pace, uint64_t now_ns)
{
	if (now_ns < pace_tick_due(pace))
		return;
	pace->asked_ns = 0;
	pace->mute = !pace->answers;
}

void pace_forget(struct pace *pace)
{
	pace->asked_ns = 0;
}

bool pace_in_debt(const struct pace *pace, size_t cells, uint64_t now_ns)
{
	return pace->debt > byte_rate(cells) * (double)(now_ns - pace->drawn_ns) / 1e9;
}
