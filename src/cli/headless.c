/* SPDX-License-Identifier: MIT */
/* Follows a run by its frames. What is printed is what Locust prints: log lines of what happens and a table every 2 s. */
#include "config.h"

#include "cli/headless.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/units.h"
#include "cli/session.h"
#include "cli/sink.h"
#include "message/command.h"
#include "message/frame.h"

struct follow {
	const struct headless_config *config;
	enum run_state state;
	bool seen_state;
	size_t marks;
	char notice[256];
	unsigned signals;
	bool interrupted;
};

/* All users spawned: {"Reader": 4, "Writer": 2} (6 total users) */
static void say_spawned(const struct frame *frame)
{
	struct buf classes;

	buf_init(&classes, 4096); /* more classes than fit are left out */
	for (size_t i = 0; i < frame->class_count; i++)
		(void)buf_addf(&classes, "%s\"%s\": %u", i > 0 ? ", " : "", frame->classes[i].name,
			       frame->classes[i].live);
	log_write(LOG_LEVEL_INFO, "All users spawned: {%s} (%u total users)", buf_str(&classes),
		  frame->users_live);
	buf_fini(&classes);
}

static void say_state(struct follow *f, const struct frame *frame)
{
	char took[32];

	if (f->seen_state && f->state == frame->state)
		return;
	f->seen_state = true;
	f->state = frame->state;
	switch (frame->state) {
	case RUN_IDLE:
	case RUN_PAUSED:
		break;
	case RUN_SETUP:
		log_write(LOG_LEVEL_INFO, "%s: setting up against %s", frame->scenario,
			  frame->target);
		break;
	case RUN_RAMPING:
		log_write(LOG_LEVEL_INFO, "Ramping to %u users at a rate of %.2f per second",
			  frame->users_target, frame->spawn_rate);
		break;
	case RUN_RUNNING:
		say_spawned(frame);
		break;
	case RUN_DRAINING:
		log_write(LOG_LEVEL_INFO, "Stopping: %u requests in flight may finish",
			  frame->in_flight);
		break;
	case RUN_DONE:
	case RUN_STATES:
		units_format_clock(frame->elapsed_ns, took, sizeof(took));
		log_write(LOG_LEVEL_INFO, "%s: done after %s", frame->scenario, took);
		break;
	}
}

static void say_news(struct follow *f, const struct frame *frame)
{
	say_state(f, frame);
	for (; f->marks < frame->mark_count; f->marks++)
		log_write(LOG_LEVEL_INFO, "mark: %s", frame->marks[f->marks].text);
	if (strcmp(f->notice, frame->notice) != 0) {
		snprintf(f->notice, sizeof(f->notice), "%s", frame->notice);
		if (f->notice[0] != '\0')
			log_write(LOG_LEVEL_WARNING, "%s", f->notice);
	}
}

static void take_frames(struct follow *f)
{
	struct frame *frame;

	while ((frame = session_next(f->config->session)) != NULL) {
		if (f->config->sink != NULL) {
			say_news(f, frame);
			sink_write(f->config->sink, frame->console_table,
				   strlen(frame->console_table), !frame->last);
		}
		frame_free(frame);
	}
}

static void stop(struct follow *f, int signo)
{
	struct command command = { .class_id = COMMAND_ALL, .value = 1 };

	f->interrupted = true;
	f->signals++;
	command.type = f->signals > 1 ? COMMAND_STOP_NOW : COMMAND_STOP;
	session_send(f->config->session, &command);
	if (f->config->sink != NULL)
		log_write(LOG_LEVEL_INFO, "%s: %s", strsignal(signo),
			  f->signals > 1
				  ? "cutting requests in flight"
				  : "letting requests in flight finish; once more cuts them");
}

static void take_signals(struct follow *f)
{
	struct signalfd_siginfo info;

	while (read(f->config->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch ((int)info.ssi_signo) {
		case SIGINT:
		case SIGTERM:
			stop(f, (int)info.ssi_signo);
			break;
		case SIGTSTP:
			raise(SIGSTOP); /* what an unblocked SIGTSTP does */
			break;
		default: /* SIGHUP: the terminal is gone, the run is not; SIGWINCH, SIGCONT: nothing to do */
			break;
		}
	}
}

bool headless_run(const struct headless_config *config)
{
	struct follow f = { .config = config, .signals = config->interrupted ? 1 : 0 };

	for (;;) {
		struct pollfd pfds[3] = { { .fd = session_wake_fd(config->session),
					    .events = POLLIN },
					  { .fd = config->signal_fd, .events = POLLIN },
					  { .fd = -1, .events = POLLOUT } };

		take_frames(&f);
		if (session_over(config->session))
			break;
		if (config->sink != NULL && sink_waiting(config->sink))
			pfds[2].fd = sink_fd(config->sink);
		if (session_arm(config->session))
			poll(pfds, 3, 1000);
		session_disarm(config->session);
		take_signals(&f);
		if (config->sink != NULL)
			sink_flush(config->sink);
	}
	return f.interrupted;
}
