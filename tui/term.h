/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_TERM_H
#define THRONG_TUI_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/theme.h"

struct canvas;
struct input;
struct tty;

/* The terminal: the only place that includes curses. Curses draws into memory; what it drew goes to
 * a descriptor of our own that never blocks, so a terminal that takes nothing (a stalled SSH link)
 * costs pictures, never time. Main thread. */
struct term;

struct term_config {
	const char *tty;  /* its name; NULL: the terminal of standard output */
	const char *type; /* terminfo name; NULL: TERM */
	bool no_color;
};

/* Why a console cannot run here goes into `why`. */
bool term_usable(const struct term_config *config, char *why, size_t size);
/* Take the terminal: raw keys, the other screen, mouse. 0 or negative errno with why. Release with
 * term_close. */
int term_open(struct term **out, const struct term_config *config, char *why, size_t size)
	__attribute__((warn_unused_result));
/* Give it back as it was, waiting a short while for what is still to be sent; NULL is fine. `gone`:
 * nobody is there any more, nothing is sent. */
void term_close(struct term *term, bool gone);
/* Give it back for a while (SIGTSTP) and take it again; the next draw sends everything. */
void term_suspend(struct term *term);
int term_resume(struct term *term);
/* Its descriptor: poll it for keys, and for POLLOUT while tty_waiting. Lives as long as the term. */
struct tty *term_tty(struct term *term);

struct term_info {
	int cols, rows;
	enum color_depth depth;
	bool utf8;    /* more than ASCII can be shown (locale) */
	bool braille; /* braille patterns are likely to be there */
};

/* Valid until term_close; the size changes with term_resized and term_resume. */
const struct term_info *term_info(const struct term *term);
/* The terminal has another size (SIGWINCH): take it; the next draw sends everything. */
void term_resized(struct term *term);
/* Tell the parser the sequences this terminal's keys send. */
void term_learn_keys(const struct term *term, struct input *input);

/* Make the screen look like the canvas: only what differs is sent. Nothing happens while output
 * waits (tty_waiting): draw again later, with what is then the newest. */
void term_draw(struct term *term, const struct canvas *canvas, const struct theme *theme);
/* After a picture: ask for an INPUT_ANSWER once it has been shown. False: this kind of terminal is not
 * asked. */
bool term_ask(struct term *term);
/* The next draw sends everything. */
void term_redraw(struct term *term);

#endif
