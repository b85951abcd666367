/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/term.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_NOMACROS 1
#include <curses.h>

#include "base/mem.h"
#include "tui/canvas.h"
#include "tui/console.h"
#include "tui/input.h"
#include "tui/sgr.h"
#include "tui/term_type.h"
#include "tui/tty.h"

/* Curses gets a memory file as its terminal; what it wrote there after a doupdate is taken over and
 * sent through tty.h. Invariant: curses is never asked to draw while output waits, so at most one
 * picture waits, however long the link stalls, and the next one drawn is the newest. */

#define CLOSE_WAIT_MS 400
#define PAIRS_MAX     250
#define PICTURE_MAX   ((size_t)4 << 20)

/* Modes curses does not handle: presses and drags with coordinates beyond 223, and pasted text told
 * apart from keys. */
static const char extras_on[] = "\033[?1002h\033[?1006h\033[?2004h";
static const char extras_off[] = "\033[?2004l\033[?1006l\033[?1002l";

struct pair {
	short fg, bg;
};

struct term {
	struct tty tty;
	int memory; /* what curses takes for the terminal */
	FILE *memory_out, *nothing_in;
	SCREEN *screen;
	bool extras; /* the terminal speaks xterm's language */
	bool away;   /* given back for a while */
	struct term_info info;
	struct canvas shown; /* what curses was last told */
	bool all;            /* everything is to be drawn anew */
	const struct theme *theme;
	struct pair pairs[PAIRS_MAX];
	size_t pair_count;
	struct sgr sgr;
};

/* ---- what the terminal's description says ---- */

static const char *capability(const char *name)
{
	const char *string = tigetstr(name);

	return string == NULL || (intptr_t)string == -1 ? "" : string;
}

static const char *type_of(const struct term_config *config)
{
	const char *type = config->type != NULL ? config->type : getenv("TERM");

	return type != NULL && type[0] != '\0' ? type : "unknown";
}

/* ---- opening ---- */

/* Curses installs handlers for SIGINT, SIGTERM, SIGTSTP and SIGWINCH; signals are not its business
 * here. */
static SCREEN *new_screen(const struct term *term, const char *type)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };
	struct sigaction before[4];
	SCREEN *screen;

	for (size_t i = 0; i < 4; i++)
		sigaction(signals[i], NULL, &before[i]);
	screen = newterm(type, term->memory_out, term->nothing_in);
	for (size_t i = 0; i < 4; i++)
		sigaction(signals[i], &before[i], NULL);
	return screen;
}

static int open_curses(struct term *term, const char *type, bool no_color)
{
	term->memory = memfd_create("throng-screen", MFD_CLOEXEC);
	if (term->memory < 0)
		return -errno;
	term->memory_out = fdopen(term->memory, "w");
	term->nothing_in = fopen("/dev/null", "re");
	if (term->memory_out == NULL || term->nothing_in == NULL)
		return -errno;
	term->screen = new_screen(term, type);
	if (term->screen == NULL)
		return -EINVAL;
	set_term(term->screen);
	nonl();
	curs_set(0);
	leaveok(stdscr, TRUE);
	term->info.depth = term_type_depth(no_color, term->extras);
	if (term->info.depth != DEPTH_MONO) {
		start_color();
		use_default_colors();
	}
	return 0;
}

static void close_curses(struct term *term)
{
	if (term->screen != NULL)
		delscreen(term->screen);
	if (term->memory_out != NULL)
		fclose(term->memory_out);
	else if (term->memory >= 0)
		close(term->memory);
	if (term->nothing_in != NULL)
		fclose(term->nothing_in);
}

bool term_usable(const struct term_config *config, char *why, size_t size)
{
	struct tty tty;
	int error;

	if (config->tty == NULL && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
		snprintf(why, size, "standard input or output is not a terminal");
		return false;
	}
	if (!term_type_usable(type_of(config))) {
		snprintf(why, size, "terminal type \"%s\" cannot show a screen", type_of(config));
		return false;
	}
	error = tty_open(&tty, config->tty);
	if (error != 0)
		snprintf(why, size, "the terminal cannot be opened: %s", strerror(-error));
	tty_close(&tty);
	return error == 0;
}

static void take_size(struct term *term)
{
	int cols;
	int rows;

	tty_size(&term->tty, &cols, &rows);
	term->info.cols = cols > CANVAS_COLS_MAX ? CANVAS_COLS_MAX : cols;
	term->info.rows = rows > CANVAS_ROWS_MAX ? CANVAS_ROWS_MAX : rows;
	set_term(term->screen);
	resize_term(term->info.rows, term->info.cols);
	canvas_resize(&term->shown, term->info.cols, term->info.rows);
	term->all = true;
}

static int take_terminal(struct term *term)
{
	char back[256];

	snprintf(back, sizeof(back), "%s%s%s%s%s", term->extras ? extras_off : "",
		 capability("rmkx"), capability("sgr0"), capability("cnorm"), capability("rmcup"));
	tty_arm_emergency(&term->tty, back);
	return tty_set_raw(&term->tty);
}

int term_open(struct term **out, const struct term_config *config, char *why, size_t size)
{
	struct term *term = mem_new(sizeof(*term));
	const char *type = type_of(config);
	int error;

	term->memory = -1;
	canvas_init(&term->shown, false);
	sgr_init(&term->sgr);
	term->info.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	term->info.braille = strncmp(type, "linux", 5) != 0;
	term->extras = term_type_is_xterm(type);
	error = tty_open(&term->tty, config->tty);
	if (error == 0 && !term_type_usable(type))
		error = -ENOTSUP;
	if (error == 0)
		error = open_curses(term, type, config->no_color);
	if (error == 0)
		error = take_terminal(term);
	if (error != 0) {
		snprintf(why, size, "the terminal cannot be used: %s", strerror(-error));
		term_close(term, true);
		return error;
	}
	take_size(term);
	*out = term;
	return 0;
}

/* ---- drawing ---- */

static void out_add(struct term *term, const char *bytes)
{
	buf_adds(&term->tty.out, bytes);
}

/* Move what curses wrote into the memory file over to the terminal's output. */
static void take_output(struct term *term)
{
	char bytes[16384];
	struct buf picture;
	off_t at = 0;
	ssize_t n;

	fflush(term->memory_out);
	buf_init(&picture, PICTURE_MAX);
	while ((n = pread(term->memory, bytes, sizeof(bytes), at)) > 0) {
		buf_add(&picture, bytes, (size_t)n);
		at += n;
	}
	if (lseek(term->memory, 0, SEEK_SET) != 0 || ftruncate(term->memory, 0) != 0)
		term->all = true;
	if (term->extras)
		sgr_filter(&term->sgr, buf_str(&picture), picture.len, &term->tty.out);
	else
		buf_add(&term->tty.out, buf_str(&picture), picture.len);
	buf_fini(&picture);
}

static void use_theme(struct term *term, const struct theme *theme)
{
	if (term->theme == theme)
		return;
	term->theme = theme;
	term->pair_count = 0; /* numbers are given out anew, so every cell has to be said again */
	term->all = true;
	sgr_clear_exact(&term->sgr);
}

static int palette_of(struct term *term, int palette, int32_t rgb)
{
	return term->info.depth == DEPTH_TRUE && rgb >= 0 ? sgr_exact(&term->sgr, rgb) : palette;
}

/* The number of a pair of colours, made when it is first needed. */
static short pair_of(struct term *term, const struct look *look)
{
	size_t most = COLOR_PAIRS <= PAIRS_MAX ? (size_t)COLOR_PAIRS - 1 : PAIRS_MAX;
	int fg = palette_of(term, look->fg, look->fg_rgb);
	int bg = palette_of(term, look->bg, look->bg_rgb);

	if (term->info.depth == DEPTH_MONO || (fg < 0 && bg < 0))
		return 0;
	for (size_t i = 0; i < term->pair_count; i++) {
		if (term->pairs[i].fg == fg && term->pairs[i].bg == bg)
			return (short)(i + 1);
	}
	if (term->pair_count >= most)
		return 0;
	term->pairs[term->pair_count] = (struct pair){ (short)fg, (short)bg };
	init_pair((short)(term->pair_count + 1), (short)fg, (short)bg);
	return (short)++term->pair_count;
}

static void put_cell(struct term *term, int x, int y, const struct cell *cell)
{
	struct look look = theme_look(term->theme, cell->style, term->info.depth);
	wchar_t text[2 + CELL_MARKS] = { (wchar_t)cell->ch };
	attr_t attr = A_NORMAL;
	cchar_t out;

	if (cell->width == 0)
		return;
	for (int i = 0; i < CELL_MARKS && cell->marks[i] != 0; i++)
		text[1 + i] = (wchar_t)cell->marks[i];
	/* where curses and the canvas disagree about the width everything after it would shift */
	if (wcwidth(text[0]) != cell->width) {
		text[0] = cell->width == 2 ? L'\xff1f' : L'?';
		text[1] = 0;
	}
	if (look.attr & ATTR_BOLD)
		attr |= A_BOLD;
	if (look.attr & ATTR_UNDERLINE)
		attr |= A_UNDERLINE;
	if (look.attr & ATTR_REVERSE)
		attr |= A_REVERSE;
	setcchar(&out, text, attr, pair_of(term, &look), NULL);
	mvadd_wch(y, x, &out);
}

static void put_row(struct term *term, const struct canvas *canvas, int y)
{
	for (int x = 0; x < canvas->cols; x++) {
		size_t at = (size_t)y * (size_t)canvas->cols + (size_t)x;

		if (!term->all && cell_equal(&canvas->cells[at], &term->shown.cells[at]))
			continue;
		term->shown.cells[at] = canvas->cells[at];
		/* a wide character is said from its left half */
		if (canvas->cells[at].width == 0 && x > 0)
			put_cell(term, x - 1, y, &canvas->cells[at - 1]);
		else
			put_cell(term, x, y, &canvas->cells[at]);
	}
}

/* Curses set scroll margins for its first guess at the size: a line feed in what it takes for an
 * inner line would scroll. Set them for the true size; the clearing that follows goes home. */
static void out_margins(struct term *term)
{
	char *csr = tigetstr("csr");

	if (csr != NULL && (intptr_t)csr != -1)
		out_add(term, tparm(csr, 0, term->info.rows - 1, 0, 0, 0, 0, 0, 0, 0));
}

static void begin_all(struct term *term)
{
	struct look look = theme_look(term->theme, style_of(ROLE_TEXT), term->info.depth);
	cchar_t blank;

	sgr_forget(&term->sgr);
	doupdate(); /* curses' own beginning (the other screen) comes before ours */
	take_output(term);
	out_margins(term);
	if (term->extras)
		out_add(term, extras_on);
	out_add(term, capability("smkx"));
	setcchar(&blank, L" ", A_NORMAL, pair_of(term, &look), NULL);
	bkgrndset(&blank);
	erase();
	clearok(curscr, TRUE);
}

void term_draw(struct term *term, const struct canvas *canvas, const struct theme *theme)
{
	if (tty_waiting(&term->tty) || canvas->cols != term->info.cols ||
	    canvas->rows != term->info.rows)
		return;
	set_term(term->screen);
	use_theme(term, theme);
	if (term->all)
		begin_all(term);
	for (int y = 0; y < canvas->rows; y++)
		put_row(term, canvas, y);
	term->all = false;
	wnoutrefresh(stdscr);
	doupdate();
	take_output(term);
	if (term->tty.out.overflow) { /* half a picture: say it all again next time */
		buf_reset(&term->tty.out);
		term->all = true;
	}
}

bool term_ask(struct term *term)
{
	if (!term->extras)
		return false;
	out_add(term, "\033[5n");
	return true;
}

void term_redraw(struct term *term)
{
	term->all = true;
}

void term_resized(struct term *term)
{
	take_size(term);
}

/* ---- leaving ---- */

static void leave_screen(struct term *term)
{
	set_term(term->screen);
	tty_drain(&term->tty, CLOSE_WAIT_MS);
	if (term->extras)
		out_add(term, extras_off);
	out_add(term, capability("rmkx"));
	endwin();
	take_output(term);
	out_add(term, capability("sgr0"));
	/* a stalled terminal loses its pictures, not the way back */
	if (tty_drain(&term->tty, CLOSE_WAIT_MS))
		tty_disarm_emergency();
	else
		tty_emergency_restore();
}

void term_suspend(struct term *term)
{
	leave_screen(term);
	tty_restore(&term->tty);
	term->away = true;
}

int term_resume(struct term *term)
{
	int error;

	/* whatever state curses thinks it left the terminal in, it begins again; its farewell is
	 * nothing the terminal should see now */
	set_term(term->screen);
	endwin();
	take_output(term);
	buf_reset(&term->tty.out);
	term->tty.out_sent = 0;
	error = take_terminal(term);
	if (error != 0)
		return error;
	term->away = false;
	take_size(term);
	return 0;
}

void term_close(struct term *term, bool gone)
{
	if (term == NULL)
		return;
	if (term->screen != NULL) {
		set_term(term->screen);
		if (gone || term->away)
			endwin(); /* into memory only */
		else
			leave_screen(term);
	}
	tty_disarm_emergency();
	close_curses(term);
	tty_close(&term->tty);
	canvas_fini(&term->shown);
	free(term);
}

/* ---- what was found out ---- */

struct tty *term_tty(struct term *term)
{
	return &term->tty;
}

const struct term_info *term_info(const struct term *term)
{
	return &term->info;
}

void term_learn_keys(const struct term *term, struct input *input)
{
	static const struct {
		const char *name;
		uint32_t key;
	} keys[] = {
		{ "kcuu1", INPUT_UP },        { "kcud1", INPUT_DOWN },
		{ "kcub1", INPUT_LEFT },      { "kcuf1", INPUT_RIGHT },
		{ "kri", INPUT_SHIFT_UP },    { "kind", INPUT_SHIFT_DOWN },
		{ "kLFT", INPUT_SHIFT_LEFT }, { "kRIT", INPUT_SHIFT_RIGHT },
		{ "khome", INPUT_HOME },      { "kend", INPUT_END },
		{ "kpp", INPUT_PAGE_UP },     { "knp", INPUT_PAGE_DOWN },
		{ "kich1", INPUT_INSERT },    { "kdch1", INPUT_DELETE },
		{ "kcbt", INPUT_BACKTAB },    { "kf1", INPUT_F1 },
		{ "kent", INPUT_ENTER },
	};

	set_term(term->screen);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		input_learn(input, capability(keys[i].name), keys[i].key);
}

const char *console_version(void)
{
	return curses_version();
}
