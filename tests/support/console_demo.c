/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "frames.h"
#include "message/command.h"
#include "tui/console.h"

/* The console with a made-up run behind it: no engine, no network. For looking at it, and for tests
 * that drive it in tmux. Usage: console_demo [classes] [knee] [start-second]; the environment
 * variable THRONG_DEMO_OPEN makes it an arrival-rate run. */

#define SECONDS_MAX 36000
#define MARKS_MAX   200
#define FRAME_NS    (250 * CLOCK_NS_PER_MS)

struct demo {
	struct frames_spec spec;
	unsigned users[SECONDS_MAX + 1];
	struct frame_mark marks[MARKS_MAX];
	char texts[MARKS_MAX][COMMAND_TEXT_MAX];
	uint64_t elapsed_ns; /* of the run */
	uint64_t then_ns;    /* when it was advanced last */
	double live;
	uint64_t draining_until_ns;
	int timer;
	bool due;
};

static void add_mark(struct demo *demo, const char *text, bool by_hand)
{
	size_t i = demo->spec.mark_count;

	if (i >= MARKS_MAX)
		return;
	snprintf(demo->texts[i], sizeof(demo->texts[i]), "%s", text);
	demo->marks[i] = (struct frame_mark){ demo->elapsed_ns, demo->texts[i], by_hand };
	demo->spec.mark_count++;
}

static bool is_on(const struct demo *demo)
{
	return demo->spec.state == RUN_RAMPING || demo->spec.state == RUN_RUNNING ||
	       demo->spec.state == RUN_PAUSED;
}

static void advance(struct demo *demo)
{
	uint64_t now_ns = clock_now_ns();
	double dt = (double)(now_ns - demo->then_ns) / 1e9;
	double gap = demo->spec.users_target - demo->live;
	double most = demo->spec.spawn_rate * dt;
	unsigned second;

	demo->then_ns = now_ns;
	if (demo->spec.state == RUN_DRAINING && now_ns >= demo->draining_until_ns) {
		demo->spec.state = RUN_DONE;
		demo->spec.last = true;
		demo->live = 0;
	}
	if (!is_on(demo) && demo->spec.state != RUN_DRAINING)
		return;
	demo->elapsed_ns += (uint64_t)(dt * 1e9);
	demo->live += fabs(gap) <= most ? gap : gap > 0 ? most : -most;
	demo->spec.users_live = (unsigned)(demo->live + 0.5);
	if (demo->spec.state != RUN_PAUSED && demo->spec.state != RUN_DRAINING)
		demo->spec.state = demo->spec.users_live == demo->spec.users_target ? RUN_RUNNING
										    : RUN_RAMPING;
	second = (unsigned)(demo->elapsed_ns / CLOCK_NS_PER_SEC);
	if (second > SECONDS_MAX)
		second = SECONDS_MAX;
	for (unsigned s = demo->spec.elapsed_s; s <= second; s++)
		demo->users[s] = demo->spec.users_live;
	demo->spec.elapsed_s = second;
	demo->spec.milli = (unsigned)(demo->elapsed_ns / CLOCK_NS_PER_MS % 1000);
}

static void set_users(struct demo *demo, const struct command *command)
{
	struct frames_spec *spec = &demo->spec;
	unsigned value = (unsigned)command->value;
	unsigned sum = 0;
	char text[COMMAND_TEXT_MAX];

	for (unsigned i = 0; i < spec->classes; i++) {
		if (command->class_id == COMMAND_ALL)
			spec->class_target[i] =
				value / spec->classes + (i < value % spec->classes ? 1 : 0);
		else if (command->class_id == i)
			spec->class_target[i] = value;
		sum += spec->class_target[i];
	}
	snprintf(text, sizeof(text), "users %u → %u", spec->users_target, sum);
	add_mark(demo, text, true);
	spec->users_target = sum;
}

static void stop(struct demo *demo, uint64_t wait_ns)
{
	demo->spec.state = RUN_DRAINING;
	demo->spec.users_target = 0;
	demo->draining_until_ns = clock_now_ns() + wait_ns;
	add_mark(demo, "stopping by hand", true);
}

static bool demo_send(void *arg, const struct command *command)
{
	struct demo *demo = arg;
	struct frames_spec *spec = &demo->spec;

	switch ((enum command_type)command->type) {
	case COMMAND_START:
		if (spec->state == RUN_IDLE)
			spec->state = RUN_RAMPING;
		break;
	case COMMAND_USERS:
		set_users(demo, command);
		break;
	case COMMAND_SPAWN_RATE:
		spec->spawn_rate = command->value;
		break;
	case COMMAND_ARRIVAL_RATE:
		spec->rate = command->value;
		break;
	case COMMAND_PAUSE:
		spec->state = RUN_PAUSED;
		add_mark(demo, "paused", true);
		break;
	case COMMAND_RESUME:
		spec->state = RUN_RUNNING;
		add_mark(demo, "resumed", true);
		break;
	case COMMAND_STOP:
		stop(demo, 10 * CLOCK_NS_PER_SEC);
		break;
	case COMMAND_STOP_NOW:
		stop(demo, 0);
		break;
	case COMMAND_PANIC:
		spec->users_target = 0;
		memset(spec->class_target, 0, sizeof(spec->class_target));
		demo->live = 0;
		add_mark(demo, "panic: all users to zero", true);
		break;
	case COMMAND_MARK:
		add_mark(demo, command->text, true);
		break;
	case COMMAND_RESET:
	case COMMAND_FOCUS:
	case COMMAND_SAVE_SCENARIO:
	case COMMAND_LOG:
		break;
	}
	demo->due = true;
	return true;
}

static struct frame *demo_next(void *arg)
{
	struct demo *demo = arg;
	struct frame *frame;

	if (!demo->due || (demo->spec.last && demo->spec.sequence > 0 && !demo->due))
		return NULL;
	demo->due = false;
	advance(demo);
	demo->spec.sequence++;
	frame = frames_build(&demo->spec);
	if (demo->spec.state == RUN_DRAINING) {
		uint64_t now_ns = clock_now_ns();

		frame->drain_left_ns =
			demo->draining_until_ns > now_ns ? demo->draining_until_ns - now_ns : 0;
	}
	if (demo->spec.state == RUN_DONE)
		frame->verdict = frame->all.failures == 0 ? VERDICT_PASS : VERDICT_FAIL;
	if (demo->spec.state == RUN_IDLE)
		frame->plan = "load\n  a made-up run\n\nreach\n  ! nothing here is real\n";
	return frame;
}

static int demo_wake_fd(void *arg)
{
	return ((struct demo *)arg)->timer;
}

static bool demo_arm(void *arg)
{
	return !((struct demo *)arg)->due;
}

static void demo_disarm(void *arg)
{
	struct demo *demo = arg;
	uint64_t times;

	if (read(demo->timer, &times, sizeof(times)) == sizeof(times))
		demo->due = true;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void setup(struct demo *demo, int argc, char **argv)
{
	struct itimerspec every = { { 0, FRAME_NS }, { 0, FRAME_NS } };
	unsigned start = argc > 3 ? (unsigned)atol(argv[3]) : 0;

	demo->spec = frames_usual();
	demo->spec.classes = argc > 1 ? (unsigned)atol(argv[1]) : 1;
	if (demo->spec.classes < 1 || demo->spec.classes > FRAMES_CLASSES_MAX)
		demo->spec.classes = 1;
	demo->spec.knee = argc > 2 ? (unsigned)atol(argv[2]) : 120;
	demo->spec.state = start > 0 ? RUN_RUNNING : RUN_IDLE;
	demo->spec.users = demo->users;
	demo->spec.marks = demo->marks;
	demo->spec.users_live = start > 0 ? demo->spec.users_target : 0;
	demo->live = demo->spec.users_live;
	demo->spec.elapsed_s = start;
	demo->elapsed_ns = start * CLOCK_NS_PER_SEC;
	for (unsigned s = 0; s <= start && s <= SECONDS_MAX; s++)
		demo->users[s] = s * 10 < 100 ? s * 10 : 100;
	for (unsigned i = 0; i < demo->spec.classes; i++)
		demo->spec.class_target[i] = demo->spec.users_target / demo->spec.classes;
	demo->spec.open = getenv("THRONG_DEMO_OPEN") != NULL;
	demo->spec.rate = 200;
	demo->then_ns = clock_now_ns();
	demo->due = true;
	demo->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	timerfd_settime(demo->timer, 0, &every, NULL);
}

int main(int argc, char **argv)
{
	static const char *const ends[] = { "done", "quit", "hangup", "interrupt" };
	struct demo *demo = mem_new(sizeof(*demo));
	struct console_settings settings = { 0 };
	struct console_config config = {
		.source = { demo, demo_next, demo_wake_fd, demo_arm, demo_disarm, demo_send },
		.settings = &settings,
	};
	char why[256];
	enum console_end end;

	setlocale(LC_CTYPE, "");
	if (!console_possible(why, sizeof(why))) {
		fprintf(stderr, "console_demo: %s\n", why);
		return 2;
	}
	setup(demo, argc, argv);
	config.signal_fd = open_signals();
	end = console_run(&config);
	printf("console_demo: %s\n", ends[end]);
	close(config.signal_fd);
	close(demo->timer);
	free(demo);
	return 0;
}
