/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/answer.h"

#include <poll.h>

#include "base/clock.h"
#include "tui/input.h"
#include "tui/pace.h"
#include "tui/tty.h"

#define FAREWELL_NS (400 * CLOCK_NS_PER_MS)

static void take_answer(struct input *input, struct pace *pace, const unsigned char *bytes, int n)
{
	struct input_event event;

	input_feed(input, bytes, (size_t)n);
	while (input_next(input, false, &event)) {
		if (event.type == INPUT_ANSWER)
			pace_answered(pace, clock_now_ns());
	}
}

void answer_await(struct tty *tty, struct input *input, struct pace *pace)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t end_ns = now_ns + FAREWELL_NS;

	while (pace->asked_ns != 0 && now_ns < end_ns) {
		struct pollfd readable = { .fd = tty->fd, .events = POLLIN };
		unsigned char bytes[INPUT_BUFFER];
		int n;

		if (tty_waiting(tty) && tty_flush(tty) != 0)
			break;
		poll(&readable, 1, (int)((end_ns - now_ns) / CLOCK_NS_PER_MS) + 1);
		n = tty_read(tty, bytes, sizeof(bytes));
		if (n < 0)
			break;
		take_answer(input, pace, bytes, n);
		now_ns = clock_now_ns();
	}
	pace_forget(pace);
}
