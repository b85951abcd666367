/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/console.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ring.h"
#include "frames.h"
#include "message/command.h"
#include "unit.h"
#include "vt.h"

/* The whole console on a pseudo-terminal: it runs in a thread, the test is its terminal, its run and
 * its signals. Nothing here waits for a time; everything waits for something to be seen. */

#define WAIT_NS (60 * CLOCK_NS_PER_SEC)

struct fixture {
	int master, slave;
	unsigned answered; /* of the terminal's questions */
	bool mute;         /* a terminal that does not answer */
	char name[64];
	int signals[2];
	struct ring *frames;   /* struct frame *, from the test to the console */
	struct ring *commands; /* struct command, back */
	_Atomic unsigned taken;
	struct console_settings settings;
	struct console_config config;
	pthread_t thread;
	enum console_end end;
	_Atomic bool ended;
	struct vt vt;
	struct termios before;
};

static struct frame *source_next(void *arg)
{
	struct fixture *f = arg;
	struct frame *newest = NULL;
	struct frame *frame;

	while (ring_drain(f->frames, &frame, 1) == 1) {
		frame_free(newest);
		newest = frame;
		atomic_fetch_add(&f->taken, 1);
	}
	return newest;
}

static int source_wake_fd(void *arg)
{
	return ring_wake_fd(((struct fixture *)arg)->frames);
}

static bool source_arm(void *arg)
{
	return ring_arm(((struct fixture *)arg)->frames);
}

static void source_disarm(void *arg)
{
	ring_disarm(((struct fixture *)arg)->frames);
}

static bool source_send(void *arg, const struct command *command)
{
	return ring_push(((struct fixture *)arg)->commands, command);
}

static void *run(void *arg)
{
	struct fixture *f = arg;

	f->end = console_run(&f->config);
	atomic_store(&f->ended, true);
	return NULL;
}

static struct fixture *start(int cols, int rows)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct winsize size = { .ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows };

	assert_int_equal(openpty(&f->master, &f->slave, f->name, NULL, &size), 0);
	assert_int_equal(fcntl(f->master, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(tcgetattr(f->slave, &f->before), 0);
	assert_int_equal(pipe(f->signals), 0);
	assert_int_equal(fcntl(f->signals[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(ring_new(&f->frames, sizeof(struct frame *), 4096), 0);
	assert_int_equal(ring_new(&f->commands, sizeof(struct command), 256), 0);
	f->config = (struct console_config){
		.source = { f, source_next, source_wake_fd, source_arm, source_disarm,
			    source_send },
		.signal_fd = f->signals[0],
		.max_hz = 50,
		.tty = f->name,
		.settings = &f->settings,
	};
	vt_init(&f->vt, cols, rows);
	assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
	return f;
}

static void give(struct fixture *f, struct frame *frame)
{
	assert_true(ring_push(f->frames, &frame));
	ring_wake(f->frames);
}

static void type(struct fixture *f, const char *keys)
{
	assert_int_equal(write(f->master, keys, strlen(keys)), strlen(keys));
}

static void deliver(struct fixture *f, int number)
{
	struct signalfd_siginfo info = { .ssi_signo = (uint32_t)number };

	assert_int_equal(write(f->signals[1], &info, sizeof(info)), sizeof(info));
}

static void answer(struct fixture *f)
{
	for (; f->answered < f->vt.asked; f->answered++) {
		if (!f->mute)
			type(f, "\033[0n");
	}
}

/* Be the terminal for a moment: show what comes, until there is nothing for `quiet_ms`. */
static void watch(struct fixture *f, int quiet_ms)
{
	char bytes[4096];

	for (;;) {
		struct pollfd readable = { .fd = f->master, .events = POLLIN };
		ssize_t n = read(f->master, bytes, sizeof(bytes));

		if (n > 0) {
			vt_feed(&f->vt, bytes, (size_t)n);
			answer(f);
		} else if (n == 0 || errno != EAGAIN || poll(&readable, 1, quiet_ms) <= 0) {
			return;
		}
	}
}

static bool sees(struct fixture *f, const char *text)
{
	char *screen = vt_text(&f->vt);
	bool found = strstr(screen, text) != NULL;

	free(screen);
	return found;
}

static void wait_for(struct fixture *f, const char *text)
{
	uint64_t end = clock_now_ns() + WAIT_NS;

	while (!sees(f, text)) {
		if (clock_now_ns() > end)
			fail_msg("never seen: \"%s\" on\n%s", text, vt_text(&f->vt));
		watch(f, 5);
	}
}

static struct command wait_command(struct fixture *f)
{
	uint64_t end = clock_now_ns() + WAIT_NS;
	struct command command;

	while (ring_drain(f->commands, &command, 1) == 0) {
		assert_true(clock_now_ns() < end);
		watch(f, 2);
	}
	return command;
}

static void wait_taken(struct fixture *f, unsigned count)
{
	uint64_t end = clock_now_ns() + WAIT_NS;

	while (atomic_load(&f->taken) < count) {
		struct timespec blink = { 0, 1000000 };

		assert_true(clock_now_ns() < end);
		nanosleep(&blink, NULL);
	}
}

/* A stalled terminal lost pictures, perhaps in the middle of a sequence, but not the way back. */
static void expect_farewell(struct fixture *f)
{
	static const char leave[] = "\033[?1049l";
	char bytes[65536];
	size_t len = 0;
	ssize_t n;

	while ((n = read(f->master, bytes + len, sizeof(bytes) - len)) > 0)
		len += (size_t)n;
	assert_non_null(memmem(bytes, len, leave, sizeof(leave) - 1));
}

/* Wait until it has ended, reading its farewell or not, and look at how it ended. */
static void expect_end(struct fixture *f, enum console_end wanted, bool reading)
{
	uint64_t end = clock_now_ns() + WAIT_NS;
	struct frame *frame;
	struct termios after;

	while (!atomic_load(&f->ended)) {
		assert_true(clock_now_ns() < end);
		if (reading)
			watch(f, 2);
		else
			poll(NULL, 0, 2);
	}
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	assert_int_equal(f->end, wanted);
	if (f->slave >= 0) {
		if (reading)
			watch(f, 0);
		else
			expect_farewell(f);
		assert_int_equal(tcgetattr(f->slave, &after), 0);
		assert_int_equal(after.c_lflag, f->before.c_lflag);
		assert_int_equal(after.c_oflag, f->before.c_oflag);
		assert_int_equal(after.c_iflag, f->before.c_iflag);
		close(f->slave);
		close(f->master);
	}
	while (ring_drain(f->frames, &frame, 1) == 1)
		frame_free(frame);
	ring_free(f->frames);
	ring_free(f->commands);
	close(f->signals[0]);
	close(f->signals[1]);
	free(f);
}

static struct frame *running(unsigned second)
{
	struct frames_spec spec = frames_usual();

	spec.elapsed_s = second;
	return frames_build(&spec);
}

static void frames_are_shown_and_keys_become_stamped_commands(void **state)
{
	struct fixture *f = start(120, 40);
	uint64_t before_ns = clock_now_ns();
	struct command command;

	(void)state;
	give(f, running(134));
	wait_for(f, "02:14 / 05:00");
	type(f, "W");
	command = wait_command(f);
	assert_int_equal(command.type, COMMAND_USERS);
	assert_true(command.value == 110);
	assert_true(command.at_ns >= before_ns && command.at_ns <= clock_now_ns());
	wait_for(f, "100 → 110");   /* at once, no frame has confirmed it */
	type(f, "\033[C\033[1;2C"); /* arrow, Shift with arrow */
	command = wait_command(f);
	assert_true(command.value == 132);
	type(f, "qy");
	expect_end(f, CONSOLE_QUIT, true);
}

static void the_run_over_the_user_leaves_without_a_question(void **state)
{
	struct fixture *f = start(120, 40);

	(void)state;
	give(f, frames_scene(SCENE_PASSED));
	wait_for(f, "✓ PASS");
	type(f, "q");
	expect_end(f, CONSOLE_DONE, true);
}

static void signals_end_it_and_say_how(void **state)
{
	static const struct {
		int number;
		enum console_end end;
	} cases[] = { { SIGINT, CONSOLE_INTERRUPT },
		      { SIGTERM, CONSOLE_INTERRUPT },
		      { SIGHUP, CONSOLE_HANGUP } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *f = start(80, 24);

		give(f, running(60));
		wait_for(f, "01:00 / 05:00");
		deliver(f, cases[i].number);
		expect_end(f, cases[i].end, true);
	}
}

static void a_terminal_that_goes_away_is_a_hangup(void **state)
{
	struct fixture *f = start(80, 24);

	(void)state;
	give(f, running(60));
	wait_for(f, "01:00 / 05:00");
	close(f->slave);
	close(f->master);
	f->slave = -1;
	f->master = -1;
	expect_end(f, CONSOLE_HANGUP, false);
}

static void a_stalled_terminal_costs_pictures_not_frames(void **state)
{
	struct fixture *f = start(120, 40);

	(void)state;
	give(f, running(1));
	wait_for(f, "00:01 / 05:00");
	/* nobody reads any more; keys still arrive, as over a link that is stalled one way */
	for (unsigned i = 0; i < 400; i++) {
		give(f, frames_scene(i % 2 ? SCENE_COLLAPSE : SCENE_PASSED));
		if (i % 20 == 0)
			type(f,
			     i % 40 ? "t" : "\x0c"); /* whole pictures, to fill whatever buffers */
		wait_taken(f, i + 2);                /* the loop goes on */
	}
	type(f, "?");
	type(f, "?");
	give(f, running(299));
	wait_taken(f, 402);
	/* the link is back: the newest frame is seen, and nothing of what was missed */
	wait_for(f, "04:59 / 05:00");
	watch(f, 500);
	assert_false(sees(f, "PASS "));
	assert_true(sees(f, "▶ RUNNING"));
	type(f, "qy");
	expect_end(f, CONSOLE_QUIT, true);
}

/* A slow line with room for everything, as an SSH connection has it: nothing is refused, it only takes
 * long until it is seen. */
static void nothing_is_sent_on_top_of_what_has_not_been_seen(void **state)
{
	struct fixture *f = start(120, 40);
	unsigned long long before;
	unsigned asked;

	(void)state;
	give(f, running(1));
	wait_for(f, "00:01 / 05:00");
	watch(f, 500);
	asked = f->vt.asked;
	before = f->vt.bytes;
	assert_true(asked > 0);
	for (unsigned i = 0; i < 200; i++) {
		give(f, frames_scene(i % 2 ? SCENE_COLLAPSE : SCENE_PASSED));
		wait_taken(f, i + 2);
	}
	poll(NULL, 0, 200); /* time for ten more pictures, were they drawn */
	f->mute = true;
	watch(f, 0);
	assert_int_equal(f->vt.asked, asked + 1); /* one picture lay on the line */
	assert_true(f->vt.bytes - before < 40000);
	f->mute = false;
	give(f, running(299));
	type(f, "\033[0n");
	wait_for(f, "04:59 / 05:00");
	type(f, "qy");
	expect_end(f, CONSOLE_QUIT, true);
}

static void a_terminal_that_answers_nothing_is_drawn_to_all_the_same(void **state)
{
	struct fixture *f = start(120, 40);

	(void)state;
	f->mute = true;
	for (unsigned i = 1; i < 5; i++) {
		char clock[32];

		give(f, running(i * 7));
		snprintf(clock, sizeof(clock), "00:%02u / 05:00", i * 7);
		wait_for(f, clock);
	}
	assert_int_equal(f->vt.asked, 1);
	type(f, "qy");
	expect_end(f, CONSOLE_QUIT, true);
}

static void a_stalled_terminal_does_not_delay_signals(void **state)
{
	struct fixture *f = start(120, 40);

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		give(f, frames_scene(i % 2 ? SCENE_COLLAPSE : SCENE_PASSED));
		type(f, "t");
		wait_taken(f, i + 1);
	}
	deliver(f, SIGTERM);
	expect_end(f, CONSOLE_INTERRUPT, false);
}

static void a_storm_of_resizes_ends_in_one_right_screen(void **state)
{
	struct fixture *f = start(80, 24);
	unsigned clears;

	(void)state;
	give(f, running(60));
	wait_for(f, "01:00 / 05:00");
	watch(f, 50);
	clears = f->vt.clears;
	for (int i = 0; i < 200; i++) {
		struct winsize size = { .ws_col = (unsigned short)(40 + i % 120),
					.ws_row = (unsigned short)(12 + i % 40) };

		if (i == 199) {
			size.ws_col = 120;
			size.ws_row = 40;
		}
		assert_int_equal(ioctl(f->master, TIOCSWINSZ, &size), 0);
		deliver(f, SIGWINCH);
	}
	/* the terminal, too, is of the new size */
	f->vt.cols = 120;
	f->vt.rows = 40;
	f->vt.bottom = 39;
	wait_for(f, "http://localhost:8000"); /* only in the wide header */
	watch(f, 500);
	assert_true(f->vt.clears - clears < 20);
	assert_true(sees(f, "findings and marks"));
	type(f, "qy");
	expect_end(f, CONSOLE_QUIT, true);
}

static void nothing_that_moves_means_no_bytes(void **state)
{
	struct fixture *f = start(120, 40);
	unsigned long long before;

	(void)state;
	give(f, running(134));
	wait_for(f, "02:14 / 05:00");
	watch(f, 500);
	before = f->vt.bytes;
	for (unsigned i = 0; i < 50; i++) {
		give(f, running(134));
		wait_taken(f, i + 2);
	}
	watch(f, 500);
	assert_true(f->vt.bytes == before);
	type(f, "~"); /* a key without a meaning says so */
	wait_for(f, "~ is no key here");
	type(f, "qy");
	expect_end(f, CONSOLE_QUIT, true);
}

static void settings_come_back_changed(void **state)
{
	struct fixture *f = start(120, 40);

	(void)state;
	give(f, running(60));
	wait_for(f, "01:00 / 05:00");
	type(f, "t");
	wait_for(f, "theme: light");
	type(f, "oo\t");
	type(f, "h");
	wait_for(f, "endpoints hidden");
	type(f, "qy");
	while (!atomic_load(&f->ended))
		watch(f, 2);
	assert_true(f->config.settings_changed);
	assert_string_equal(f->settings.theme, "light");
	assert_string_equal(f->settings.hidden[0], "endpoints");
	expect_end(f, CONSOLE_QUIT, true);
}

static void a_lone_escape_is_understood_without_another_key(void **state)
{
	struct fixture *f = start(120, 40);

	(void)state;
	give(f, running(60));
	wait_for(f, "01:00 / 05:00");
	type(f, "?");
	wait_for(f, "Esc closes");
	type(f, "\033");
	wait_for(f, "over time");
	type(f, "qy");
	expect_end(f, CONSOLE_QUIT, true);
}

static void dragging_sends_what_was_dragged_to(void **state)
{
	struct fixture *f = start(120, 40);
	struct command command;

	(void)state;
	give(f, running(60));
	wait_for(f, "01:00 / 05:00");
	type(f, "\033[<0;25;2M\033[<32;30;2M\033[<32;300;2M\033[<0;300;2m");
	do {
		command = wait_command(f);
		assert_int_equal(command.type, COMMAND_USERS);
	} while (command.value < 200);
	assert_true(command.value == 200);
	type(f, "qy");
	expect_end(f, CONSOLE_QUIT, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_shown_and_keys_become_stamped_commands),
		cmocka_unit_test(the_run_over_the_user_leaves_without_a_question),
		cmocka_unit_test(signals_end_it_and_say_how),
		cmocka_unit_test(a_terminal_that_goes_away_is_a_hangup),
		cmocka_unit_test(a_stalled_terminal_costs_pictures_not_frames),
		cmocka_unit_test(nothing_is_sent_on_top_of_what_has_not_been_seen),
		cmocka_unit_test(a_terminal_that_answers_nothing_is_drawn_to_all_the_same),
		cmocka_unit_test(a_stalled_terminal_does_not_delay_signals),
		cmocka_unit_test(a_storm_of_resizes_ends_in_one_right_screen),
		cmocka_unit_test(nothing_that_moves_means_no_bytes),
		cmocka_unit_test(settings_come_back_changed),
		cmocka_unit_test(a_lone_escape_is_understood_without_another_key),
		cmocka_unit_test(dragging_sends_what_was_dragged_to),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 77;
	setenv("TERM", "xterm-256color", 1);
	unsetenv("COLORTERM");
	unsetenv("COLORFGBG");
	unsetenv("NO_COLOR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
