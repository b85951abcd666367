/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/text.h"
#include "tui/canvas.h"
#include "tui/input.h"
#include "tui/tty.h"
#include "unit.h"
#include "vt.h"

/* Over a real pseudo-terminal: what term.c sends is read by a small terminal of our own, whose screen
 * must be that of the canvas. */

struct fixture {
	int master, slave;
	char name[64];
	struct term *term;
	struct canvas canvas;
	struct vt vt;
	const struct theme *theme;
};

static void open_pty(struct fixture *f, int cols, int rows)
{
	struct winsize size = { .ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows };

	assert_int_equal(openpty(&f->master, &f->slave, f->name, NULL, &size), 0);
	assert_int_equal(fcntl(f->master, F_SETFL, O_NONBLOCK), 0);
}

static struct fixture *start(const char *type, bool no_color, int cols, int rows)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct term_config config = { .type = type, .no_color = no_color };
	char why[256];

	open_pty(f, cols, rows);
	config.tty = f->name;
	if (term_open(&f->term, &config, why, sizeof(why)) != 0)
		fail_msg("term_open: %s", why);
	canvas_init(&f->canvas, false);
	canvas_resize(&f->canvas, cols, rows);
	vt_init(&f->vt, cols, rows);
	f->theme = theme_at(0);
	return f;
}

static void finish(struct fixture *f)
{
	term_close(f->term, false);
	canvas_fini(&f->canvas);
	close(f->master);
	close(f->slave);
	free(f);
}

/* Let the terminal read everything, as a user's does. */
static void pump(struct fixture *f)
{
	char bytes[4096];

	for (;;) {
		ssize_t n = read(f->master, bytes, sizeof(bytes));

		if (n > 0) {
			vt_feed(&f->vt, bytes, (size_t)n);
			continue;
		}
		assert_true(errno == EAGAIN || errno == EIO);
		if (f->term == NULL || !tty_waiting(term_tty(f->term)))
			return;
		assert_int_equal(tty_flush(term_tty(f->term)), 0);
	}
}

static void show(struct fixture *f)
{
	term_draw(f->term, &f->canvas, f->theme);
	assert_int_equal(tty_flush(term_tty(f->term)), 0);
}

static int color_of(const struct fixture *f, int palette, int32_t rgb)
{
	return term_info(f->term)->depth == DEPTH_TRUE && rgb >= 0 ? 0x1000000 | rgb : palette;
}

static void encode(const struct cell *cell, char *text)
{
	size_t len = text_encode(cell->ch, text);

	for (int i = 0; i < CELL_MARKS && cell->marks[i] != 0; i++)
		len += text_encode(cell->marks[i], text + len);
	text[len] = '\0';
}

/* Characters, colours and attributes are those of the canvas. */
static void check_screen(struct fixture *f)
{
	for (int y = 0; y < f->canvas.rows; y++) {
		for (int x = 0; x < f->canvas.cols; x++) {
			const struct cell *cell = canvas_cell(&f->canvas, x, y);
			const struct vt_cell *seen = &f->vt.cells[y][x];
			struct look look =
				theme_look(f->theme, cell->style, term_info(f->term)->depth);
			char text[24];

			if (cell->width == 0)
				continue;
			encode(cell, text);
			assert_string_equal(seen->text, text);
			assert_int_equal(seen->bg, color_of(f, look.bg, look.bg_rgb));
			if (cell->ch == ' ')
				continue;
			assert_int_equal(seen->fg, color_of(f, look.fg, look.fg_rgb));
			assert_int_equal(seen->bold, (look.attr & ATTR_BOLD) != 0);
			assert_int_equal(seen->underline, (look.attr & ATTR_UNDERLINE) != 0);
			assert_int_equal(seen->reverse, (look.attr & ATTR_REVERSE) != 0);
		}
	}
}

static void scribble(struct fixture *f, struct rng *rng)
{
	static const char *const words[] = { "users",   "78.4", "日本語", "e\xcc\x81té",
					     "─────",   "⣿⣿⣀⡀", "  ",     "██▌ ▁▂",
					     "a b c d", "POST", "",       "/api/v1/{id}/" };
	struct area all = canvas_area(&f->canvas);

	for (int i = 0; i < 6; i++) {
		struct style style = { (uint8_t)rng_below(rng, ROLES),
				       (uint8_t)rng_below(rng, GROUNDS), 0 };

		area_text(&all, (int)rng_below(rng, (uint64_t)all.w),
			  (int)rng_below(rng, (uint64_t)all.h), style,
			  words[rng_below(rng, COUNT(words))]);
	}
}

/* Lines that move as a whole tempt curses to scroll. */
static void roll(struct fixture *f, struct rng *rng)
{
	struct area all = canvas_area(&f->canvas);
	int begin = (int)rng_below(rng, 50);
	int from = (int)rng_below(rng, 6);

	for (int y = from; y < all.h - 2; y++)
		area_textf(&all, 0, y, style_on(ROLE_TEXT, GROUND_POPUP),
			   "line %d of a text that moves up and down", (begin + y) * 7919);
}

static void play(const char *type, bool no_color, enum color_depth depth)
{
	struct fixture *f = start(type, no_color, 60, 15);
	struct rng rng;

	assert_int_equal(term_info(f->term)->depth, depth);
	rng_seed(&rng, 42, 0);
	for (int i = 0; i < 150; i++) {
		if (i % 40 == 39)
			f->theme = theme_at((size_t)i / 40);
		if (i % 50 == 49)
			canvas_clear(&f->canvas);
		scribble(f, &rng);
		if (i % 4 == 0)
			roll(f, &rng);
		show(f);
		pump(f);
		check_screen(f);
	}
	finish(f);
}

static void the_terminal_shows_the_canvas_after_any_change(void **state)
{
	(void)state;
	unsetenv("COLORTERM");
	play("xterm-256color", false, DEPTH_256);
	play("xterm-256color", true, DEPTH_MONO);
	play("xterm", false, DEPTH_8);
	setenv("COLORTERM", "truecolor", 1);
	play("xterm-256color", false, DEPTH_TRUE);
	unsetenv("COLORTERM");
}

static void nothing_is_sent_while_nothing_moves(void **state)
{
	struct fixture *f = start("xterm-256color", false, 120, 40);
	struct area all = canvas_area(&f->canvas);
	unsigned long long before;

	(void)state;
	area_text(&all, 3, 3, style_of(ROLE_TEXT), "still");
	show(f);
	pump(f);
	before = f->vt.bytes;
	for (int i = 0; i < 100; i++)
		show(f);
	pump(f);
	assert_true(f->vt.bytes == before);
	area_text(&all, 3, 3, style_of(ROLE_TEXT), "moves");
	show(f);
	pump(f);
	assert_true(f->vt.bytes > before && f->vt.bytes < before + 40);
	finish(f);
}

static void a_terminal_that_takes_nothing_does_not_hold_us(void **state)
{
	struct fixture *f = start("xterm-256color", false, 120, 40);
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1, 0);
	show(f);
	pump(f);
	for (int i = 0; i < 3000; i++) { /* nobody reads: returning at all is the test */
		scribble(f, &rng);
		f->theme = theme_at((size_t)i); /* every picture a whole one */
		show(f);
	}
	assert_true(tty_waiting(term_tty(f->term)));
	/* one picture waits, not three thousand */
	assert_true(tty_pending(term_tty(f->term)) < 300000);
	pump(f);
	show(f); /* the newest one, now that there is room */
	pump(f);
	check_screen(f);
	finish(f);
}

static void closing_on_a_stalled_terminal_ends(void **state)
{
	struct fixture *f = start("xterm-256color", false, 120, 40);
	struct termios after;

	(void)state;
	for (int i = 0; i < 50; i++) {
		f->theme = theme_at((size_t)i);
		area_fill(&(struct area){ &f->canvas, 0, 0, 120, 40 }, style_of(ROLE_TEXT),
			  'a' + (uint32_t)i % 26);
		show(f);
	}
	assert_true(tty_waiting(term_tty(f->term)));
	term_close(f->term, false);
	f->term = NULL;
	assert_int_equal(tcgetattr(f->slave, &after), 0);
	assert_true(after.c_lflag & ICANON);
	finish(f);
}

static bool same_mode(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

static void the_terminal_is_given_back_as_it_was(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct term_config config = { .type = "xterm-256color" };
	struct termios before = { 0 };
	struct termios during = { 0 };
	struct termios after = { 0 };
	char why[256];

	(void)state;
	open_pty(f, 80, 24);
	config.tty = f->name;
	assert_int_equal(tcgetattr(f->slave, &before), 0);
	assert_int_equal(term_open(&f->term, &config, why, sizeof(why)), 0);
	canvas_init(&f->canvas, false);
	canvas_resize(&f->canvas, 80, 24);
	vt_init(&f->vt, 80, 24);
	f->theme = theme_at(0);
	show(f);
	pump(f);
	assert_int_equal(tcgetattr(f->slave, &during), 0);
	assert_false(during.c_lflag & (ICANON | ECHO));
	assert_true(during.c_lflag & ISIG); /* Ctrl+C works even when we do not read */
	assert_true(f->vt.alternate && f->vt.cursor_hidden && f->vt.mouse && f->vt.paste);
	term_suspend(f->term);
	pump(f);
	assert_false(f->vt.alternate || f->vt.cursor_hidden || f->vt.mouse || f->vt.paste);
	assert_int_equal(tcgetattr(f->slave, &after), 0);
	assert_true(same_mode(&after, &before));
	assert_int_equal(term_resume(f->term), 0);
	term_suspend(f->term); /* never drawn in between: still two ways back only */
	assert_int_equal(term_resume(f->term), 0);
	show(f);
	pump(f);
	check_screen(f);
	assert_true(f->vt.alternate && f->vt.cursor_hidden && f->vt.mouse);
	term_close(f->term, false);
	f->term = NULL;
	pump(f);
	assert_false(f->vt.alternate || f->vt.cursor_hidden || f->vt.mouse || f->vt.paste);
	assert_int_equal(tcgetattr(f->slave, &after), 0);
	assert_true(same_mode(&after, &before));
	finish(f);
}

static void ending_while_another_has_the_terminal_sends_nothing(void **state)
{
	struct fixture *f = start("xterm-256color", false, 80, 24);
	unsigned long long before;

	(void)state;
	show(f);
	pump(f);
	term_suspend(f->term);
	pump(f);
	before = f->vt.bytes;
	term_close(f->term, false);
	f->term = NULL;
	pump(f);
	assert_true(f->vt.bytes == before);
	finish(f);
}

static void a_crash_gives_the_terminal_back_too(void **state)
{
	struct fixture *f = start("xterm-256color", false, 80, 24);
	struct termios after;

	(void)state;
	show(f);
	pump(f);
	tty_emergency_restore();
	pump(f);
	assert_false(f->vt.alternate || f->vt.cursor_hidden || f->vt.mouse || f->vt.paste);
	assert_int_equal(tcgetattr(f->slave, &after), 0);
	assert_true((after.c_lflag & ICANON) && (after.c_lflag & ECHO));
	tty_emergency_restore(); /* once is enough */
	finish(f);
	tty_emergency_restore(); /* and without a terminal it does nothing */
}

static void a_new_size_is_taken_and_drawn_whole(void **state)
{
	static const struct winsize sizes[] = {
		{ .ws_col = 100, .ws_row = 30 }, { .ws_col = 40, .ws_row = 10 },
		{ .ws_col = 1, .ws_row = 1 },    { .ws_col = 200, .ws_row = 60 },
		{ .ws_col = 0, .ws_row = 0 },
	};
	struct fixture *f = start("xterm-256color", false, 80, 24);
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5, 0);
	show(f);
	pump(f);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(ioctl(f->master, TIOCSWINSZ, &sizes[i]), 0);
		term_resized(f->term);
		canvas_resize(&f->canvas, term_info(f->term)->cols, term_info(f->term)->rows);
		assert_int_equal(f->canvas.cols, sizes[i].ws_col > 0 ? sizes[i].ws_col : 80);
		vt_init(&f->vt, f->canvas.cols, f->canvas.rows);
		scribble(f, &rng);
		show(f);
		pump(f);
		check_screen(f);
		scribble(f, &rng);
		show(f);
		pump(f);
		check_screen(f);
	}
	finish(f);
}

static void terminals_that_cannot_show_a_screen_are_refused(void **state)
{
	struct fixture f = { 0 };
	struct term_config config = { .type = "dumb" };
	char why[256] = "";

	(void)state;
	open_pty(&f, 80, 24);
	config.tty = f.name;
	assert_false(term_usable(&config, why, sizeof(why)));
	assert_non_null(strstr(why, "dumb"));
	config.type = "no-such-terminal";
	assert_false(term_usable(&config, why, sizeof(why)));
	config.type = "xterm-256color";
	assert_true(term_usable(&config, why, sizeof(why)));
	config.tty = "/dev/null";
	assert_false(term_usable(&config, why, sizeof(why)));
	close(f.master);
	close(f.slave);
}

static void the_end_of_the_terminal_is_noticed(void **state)
{
	struct fixture *f = start("xterm-256color", false, 80, 24);
	char byte;

	(void)state;
	assert_int_equal(tty_read(term_tty(f->term), &byte, 1), 0);
	assert_int_equal(write(f->master, "k", 1), 1);
	assert_int_equal(tty_read(term_tty(f->term), &byte, 1), 1);
	close(f->slave);
	close(f->master);
	assert_true(tty_read(term_tty(f->term), &byte, 1) < 0);
	term_draw(f->term, &f->canvas, f->theme);
	assert_true(tty_flush(term_tty(f->term)) < 0);
	term_close(f->term, true);
	canvas_fini(&f->canvas);
	free(f);
}

static void keys_of_the_terminals_description_are_learnt(void **state)
{
	struct fixture *f = start("xterm-256color", false, 80, 24);
	struct input input;
	struct input_event event;

	(void)state;
	input_init(&input);
	term_learn_keys(f->term, &input);
	assert_true(input.sequence_count > 8);
	input_feed(&input, "\033OA", 3);
	assert_true(input_next(&input, false, &event));
	assert_int_equal(event.key, INPUT_UP);
	finish(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_terminal_shows_the_canvas_after_any_change),
		cmocka_unit_test(nothing_is_sent_while_nothing_moves),
		cmocka_unit_test(a_terminal_that_takes_nothing_does_not_hold_us),
		cmocka_unit_test(closing_on_a_stalled_terminal_ends),
		cmocka_unit_test(the_terminal_is_given_back_as_it_was),
		cmocka_unit_test(ending_while_another_has_the_terminal_sends_nothing),
		cmocka_unit_test(a_crash_gives_the_terminal_back_too),
		cmocka_unit_test(a_new_size_is_taken_and_drawn_whole),
		cmocka_unit_test(terminals_that_cannot_show_a_screen_are_refused),
		cmocka_unit_test(the_end_of_the_terminal_is_noticed),
		cmocka_unit_test(keys_of_the_terminals_description_are_learnt),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
