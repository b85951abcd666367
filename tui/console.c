/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "message/command.h"
#include "message/frame.h"
#include "tui/answer.h"
#include "tui/canvas.h"
#include "tui/glyphs.h"
#include "tui/input.h"
#include "tui/pace.h"
#include "tui/save.h"
#include "tui/screen.h"
#include "tui/term.h"
#include "tui/theme.h"
#include "tui/tty.h"
#include "tui/ui.h"

/* One loop over keys, frames and signals. Events change state and set `dirty`; drawing happens at
 * most once a turn, for frames at most max_hz times a second, for keys sooner. Nothing in here ever
 * waits for the terminal: while it takes nothing, frames are taken and dropped, signals and the end
 * of the terminal are noticed, and the picture drawn afterwards is that of the newest frame. */

#define HZ_DEFAULT     4.0
#define ESCAPE_NS      (40 * CLOCK_NS_PER_MS) /* a lone ESC is the key after this */
#define RESIZE_CALM_NS (60 * CLOCK_NS_PER_MS) /* quiet time that ends a storm of resizes */
#define RESIZE_MOST_NS (300 * CLOCK_NS_PER_MS)
#define BACKGROUND_NS  CLOCK_NS_PER_SEC
#define CALM_NS        (900 * CLOCK_NS_PER_MS) /* tables and charts stand still for so long */
#define NEVER          PACE_NEVER

struct console {
	struct console_config *config;
	struct term *term;
	struct tty *tty;
	const struct glyphs *glyphs;
	struct canvas canvas;
	struct input input;
	struct ui ui;
	struct screen_info info;
	struct frame *frame; /* the newest; never NULL */
	bool ended;
	enum console_end end;
	bool background; /* the terminal is somebody else's for now */

	bool dirty;  /* the screen is no longer true */
	bool urgent; /* ... because of the user */
	struct pace pace;
	uint64_t body_ns;      /* when the body was drawn last */
	enum run_state state;  /* of the run then */
	uint64_t input_ns;     /* when the last byte came */
	uint64_t resize_ns;    /* when to take the new size; NEVER: no change */
	uint64_t resize_by_ns; /* at the latest */
};

static void end_with(struct console *c, enum console_end end)
{
	if (!c->ended)
		c->end = end;
	c->ended = true;
}

static void touch(struct console *c, bool urgent)
{
	c->dirty = true;
	c->urgent = c->urgent || urgent;
}

static void set_size(struct console *c)
{
	const struct term_info *info = term_info(c->term);

	canvas_resize(&c->canvas, info->cols, info->rows);
	c->ui.info.body = (struct rect){ 0 }; /* everything is to be drawn */
}

/* ---- effects of keys ---- */

static void save_screen(struct console *c, uint64_t now_ns)
{
	char name[256];
	int error;

	c->ui.notice[0] = '\0'; /* about something else, perhaps an earlier picture */
	screen_draw(&c->canvas, c->frame, &c->ui, c->glyphs, &c->info);
	error = save_canvas(&c->canvas, theme_at(c->ui.theme), c->config->screen_dir, name,
			    sizeof(name));
	if (error == 0)
		ui_notice(&c->ui, now_ns, false, "saved %s.txt, .ansi and .svg", name);
	else
		ui_notice(&c->ui, now_ns, true, "not saved: %s", strerror(-error));
}

static void apply(struct console *c, struct ui_effects *fx, uint64_t now_ns)
{
	const struct frame_source *source = &c->config->source;

	for (size_t i = 0; i < fx->command_count; i++) {
		fx->commands[i].at_ns = clock_now_ns();
		if (!source->send(source->arg, &fx->commands[i]))
			ui_notice(&c->ui, now_ns, true,
				  "the run did not take the command, try again");
	}
	if (fx->save)
		save_screen(c, now_ns);
	if (fx->redraw)
		term_redraw(c->term);
	if (fx->leave)
		end_with(c, ui_is_over(c->frame) ? CONSOLE_DONE : CONSOLE_QUIT);
}

static void take_events(struct console *c, bool final, uint64_t now_ns)
{
	struct ui_effects fx = { 0 };
	struct input_event event;

	while (input_next(&c->input, final, &event)) {
		if (event.type == INPUT_ANSWER) {
			pace_answered(&c->pace, now_ns);
			continue;
		}
		ui_event(&c->ui, c->frame, &event, now_ns, &fx);
		touch(c, true);
		if (fx.command_count >= UI_COMMANDS_MAX / 2 || fx.leave)
			break;
	}
	apply(c, &fx, now_ns);
}

static void read_keys(struct console *c, uint64_t now_ns)
{
	unsigned char bytes[INPUT_BUFFER];

	for (int turn = 0; turn < 8 && !c->ended; turn++) {
		int n = tty_read(c->tty, bytes, sizeof(bytes));
		size_t taken = 0;

		if (n < 0)
			end_with(c, CONSOLE_HANGUP);
		if (n <= 0)
			return;
		c->input_ns = now_ns;
		while (taken < (size_t)n && !c->ended) {
			taken += input_feed(&c->input, bytes + taken, (size_t)n - taken);
			take_events(c, false, now_ns);
		}
	}
}

/* ---- signals ---- */

static void come_back(struct console *c)
{
	if (!tty_foreground(c->tty) || term_resume(c->term) != 0)
		return;
	c->background = false;
	set_size(c);
	touch(c, true);
}

/* Stop as any program does: by SIGTSTP itself, which is ignored where nobody could continue us. */
static void stop_process(struct console *c)
{
	sigset_t tstp;

	if (!c->background) {
		answer_await(c->tty, &c->input, &c->pace);
		term_suspend(c->term);
	}
	c->background = true;
	sigemptyset(&tstp);
	sigaddset(&tstp, SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &tstp, NULL);
	kill(getpid(), SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &tstp, NULL);
	come_back(c);
}

/* Continued: after SIGTSTP as expected, after SIGSTOP without having been told. Either way the
 * terminal may be another's now, whom touching it would stop us for, or in another mode. */
static void continued(struct console *c)
{
	c->background = true;
	pace_forget(&c->pace);
	come_back(c);
}

static void resized(struct console *c, uint64_t now_ns)
{
	if (c->resize_ns == NEVER)
		c->resize_by_ns = now_ns + RESIZE_MOST_NS;
	c->resize_ns = now_ns + RESIZE_CALM_NS < c->resize_by_ns ? now_ns + RESIZE_CALM_NS
								 : c->resize_by_ns;
}

static void read_signals(struct console *c, uint64_t now_ns)
{
	struct signalfd_siginfo info;

	while (!c->ended && read(c->config->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGINT:
		case SIGTERM:
			end_with(c, CONSOLE_INTERRUPT);
			break;
		case SIGHUP:
			end_with(c, CONSOLE_HANGUP);
			break;
		case SIGTSTP:
			stop_process(c);
			break;
		case SIGCONT:
			continued(c);
			break;
		case SIGWINCH:
			resized(c, now_ns);
			break;
		default:
			break;
		}
	}
}

/* ---- frames ---- */

static void take_frame(struct console *c, uint64_t now_ns)
{
	struct frame *frame = c->config->source.next(c->config->source.arg);

	if (frame == NULL)
		return;
	frame_free(c->frame);
	c->frame = frame;
	ui_frame(&c->ui, frame, now_ns);
	touch(c, false);
}

/* ---- drawing ---- */

/* When the next picture is due; NEVER when none is needed or the terminal is not ready for one. */
static uint64_t draw_due(const struct console *c)
{
	if (!c->dirty || c->background || c->resize_ns != NEVER || tty_waiting(c->tty))
		return NEVER;
	return pace_due(&c->pace, c->urgent);
}

static size_t cells(const struct console *c)
{
	return (size_t)c->canvas.cols * (size_t)c->canvas.rows;
}

/* Figures that change four times a second cannot be read, and cost the link most: frames alone move
 * the body of the screen once a second, more seldom when that costs the link too much. The
 * sliders and the figures beside them move with every frame, and everything with every key. */
static bool body_rests(const struct console *c, uint64_t now_ns)
{
	uint64_t since_ns = now_ns - c->body_ns;

	if (c->urgent || c->state != c->frame->state || c->frame->last)
		return false;
	return since_ns < CALM_NS || pace_in_debt(&c->pace, cells(c), now_ns);
}

static void draw_canvas(struct console *c, uint64_t now_ns)
{
	if (!body_rests(c, now_ns) ||
	    !screen_refresh(&c->canvas, c->frame, &c->ui, c->glyphs, &c->info)) {
		screen_draw(&c->canvas, c->frame, &c->ui, c->glyphs, &c->info);
		c->body_ns = now_ns;
		c->state = c->frame->state;
	}
	c->ui.info = c->info;
}

static void draw(struct console *c, uint64_t now_ns)
{
	struct pace_picture picture = { .cells = cells(c), .urgent = c->urgent };

	if (tty_pending(c->tty) > 0) {
		pace_blocked(&c->pace, c->urgent, now_ns);
		return;
	}
	draw_canvas(c, now_ns);
	term_draw(c->term, &c->canvas, theme_at(c->ui.theme));
	picture.bytes = c->tty->out.len;
	picture.asked = picture.bytes > 0 && pace_asks(&c->pace) && term_ask(c->term);
	c->dirty = false;
	c->urgent = false;
	if (tty_flush(c->tty) != 0)
		end_with(c, CONSOLE_HANGUP);
	picture.stuck = tty_waiting(c->tty);
	pace_drawn(&c->pace, &picture, now_ns);
}

static void take_size(struct console *c)
{
	term_resized(c->term);
	set_size(c);
	c->resize_ns = NEVER;
	touch(c, true);
}

/* ---- the loop ---- */

static void timers(struct console *c, uint64_t now_ns)
{
	if (input_pending(&c->input) && now_ns >= c->input_ns + ESCAPE_NS)
		take_events(c, true, now_ns);
	if (ui_tick(&c->ui, now_ns))
		touch(c, true);
	pace_tick(&c->pace, now_ns);
	if (c->background)
		come_back(c);
	else if (now_ns >= c->resize_ns)
		take_size(c);
	if (!c->ended && now_ns >= draw_due(c))
		draw(c, now_ns);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int timeout_ms(const struct console *c, uint64_t now_ns)
{
	uint64_t due = earlier(draw_due(c), pace_tick_due(&c->pace));

	if (input_pending(&c->input))
		due = earlier(due, c->input_ns + ESCAPE_NS);
	if (c->ui.notice[0] != '\0')
		due = earlier(due, c->ui.notice_until_ns);
	if (c->background)
		due = earlier(due, now_ns + BACKGROUND_NS);
	else
		due = earlier(due, c->resize_ns);
	if (due == NEVER)
		return -1;
	return due <= now_ns ? 0 : (int)((due - now_ns) / CLOCK_NS_PER_MS) + 1;
}

static void turn(struct console *c)
{
	const struct frame_source *source = &c->config->source;
	bool asleep = source->arm(source->arg);
	struct pollfd fds[3] = {
		{ .fd = source->wake_fd(source->arg), .events = POLLIN },
		{ .fd = c->config->signal_fd, .events = POLLIN },
		{ .fd = c->background ? -1 : c->tty->fd, .events = POLLIN },
	};
	uint64_t now_ns = clock_now_ns();

	if (tty_waiting(c->tty))
		fds[2].events |= POLLOUT;
	if (poll(fds, 3, asleep ? timeout_ms(c, now_ns) : 0) < 0 && errno != EINTR)
		end_with(c, CONSOLE_HANGUP);
	source->disarm(source->arg);
	now_ns = clock_now_ns();
	if (c->config->signal_fd >= 0)
		read_signals(c, now_ns);
	take_frame(c, now_ns);
	if (!c->ended && fds[2].revents & (POLLIN | POLLHUP | POLLERR))
		read_keys(c, now_ns);
	if (!c->ended && !c->background && fds[2].revents & (POLLHUP | POLLERR | POLLNVAL))
		end_with(c, CONSOLE_HANGUP);
	if (!c->ended && tty_waiting(c->tty) && tty_flush(c->tty) != 0)
		end_with(c, CONSOLE_HANGUP);
	if (!c->ended)
		timers(c, now_ns);
}

/* ---- beginning and end ---- */

static bool wants_no_color(const struct console_config *config)
{
	const char *value = getenv("NO_COLOR");

	return config->no_color || (value != NULL && value[0] != '\0');
}

static void begin(struct console *c)
{
	const struct term_info *info = term_info(c->term);
	double hz = c->config->max_hz > 0 ? c->config->max_hz : HZ_DEFAULT;

	c->tty = term_tty(c->term);
	c->glyphs = glyphs_get(c->config->ascii || !info->utf8 ? GLYPHS_ASCII
			       : info->braille                 ? GLYPHS_BRAILLE
							       : GLYPHS_BLOCK);
	canvas_init(&c->canvas, c->glyphs->ascii);
	set_size(c);
	input_init(&c->input);
	term_learn_keys(c->term, &c->input);
	ui_init(&c->ui);
	c->ui.theme = theme_default_index(getenv("COLORFGBG"));
	if (c->config->settings != NULL)
		ui_load_settings(&c->ui, c->config->settings);
	if (info->depth == DEPTH_MONO) {
		c->ui.theme = theme_mono_index();
		c->ui.theme_fixed = true;
	}
	c->frame = frame_new();
	c->frame->notice = "starting";
	pace_init(&c->pace, hz);
	c->resize_ns = NEVER;
	touch(c, true);
}

static void finish(struct console *c)
{
	struct console_settings settings = { 0 };

	if (c->config->settings != NULL) {
		if (c->ui.theme_fixed) /* not chosen: what was chosen before stays */
			memcpy(settings.theme, c->config->settings->theme, sizeof(settings.theme));
		ui_store_settings(&c->ui, &settings);
		c->config->settings_changed = !ui_same_settings(&settings, c->config->settings);
		*c->config->settings = settings;
	}
	if (c->end != CONSOLE_HANGUP && !c->background)
		answer_await(c->tty, &c->input, &c->pace);
	term_close(c->term, c->end == CONSOLE_HANGUP);
	frame_free(c->frame);
	ui_fini(&c->ui);
	canvas_fini(&c->canvas);
}

enum console_end console_run(struct console_config *config)
{
	struct term_config term = { .tty = config->tty, .no_color = wants_no_color(config) };
	struct console c = { .config = config };
	char why[256];

	if (term_open(&c.term, &term, why, sizeof(why)) != 0)
		return CONSOLE_HANGUP;
	begin(&c);
	while (!c.ended)
		turn(&c);
	finish(&c);
	return c.end;
}
