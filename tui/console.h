/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_CONSOLE_H
#define THRONG_TUI_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "message/settings.h"

struct command;
struct frame;

/* Where frames come from and commands go: this process's recorder and engines, or (later) a run
 * on another machine. Main thread. */
struct frame_source {
	void *arg;
	/* The newest frame, ownership to the caller; NULL when there is none since the last
	 * call. Never blocks. */
	struct frame *(*next)(void *arg);
	/* Readable when a frame waits. Call arm before sleeping: false means frames are
	 * waiting. */
	int (*wake_fd)(void *arg);
	bool (*arm)(void *arg);
	void (*disarm)(void *arg);
	/* Give a command; at_ns is stamped here. Never blocks; false when it could not be
	 * queued. */
	bool (*send)(void *arg, const struct command *command);
};

struct console_config {
	struct frame_source source;
	/* A non-blocking signalfd(2) of SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP and SIGCONT. The
	 * caller blocks them in every thread (before any is started) and leaves their
	 * dispositions as they were; the console reads the descriptor and acts: INT and TERM end
	 * with CONSOLE_INTERRUPT, HUP with CONSOLE_HANGUP, TSTP gives the terminal back and
	 * stops the process, CONT takes it again. -1: none (no resizing, no stopping). */
	int signal_fd;
	bool ascii;             /* no UTF-8 glyphs even in a UTF-8 locale */
	bool no_color;          /* as NO_COLOR in the environment */
	const char *screen_dir; /* where P saves screens; NULL: working directory */
	double max_hz;          /* draw at most this often; default 4 */
	const char *tty;        /* the terminal's name; NULL: the one of standard output */
	struct console_settings *settings; /* read at the start, written at the end; NULL: none */
	bool settings_changed;             /* set by console_run: worth saving */
};

/* What ended the console. */
enum console_end {
	CONSOLE_DONE,     /* the last frame came and the user left */
	CONSOLE_QUIT,     /* the user quit while it ran: the run is drained by the caller */
	CONSOLE_HANGUP,   /* the terminal is gone: go on headless */
	CONSOLE_INTERRUPT /* SIGINT or SIGTERM */
};

/* True when a console can run: stdin and stdout are terminals and TERM is usable. Otherwise
 * writes why into why. */
bool console_possible(char *why, size_t size);
/* Run it until it ends; the terminal is restored on every way out. The caller has called
 * setlocale(LC_CTYPE, "") before it started threads: the locale decides whether UTF-8 is shown.
 * What the terminal shows is lost on the way out; say the result in a line afterwards. */
enum console_end console_run(struct console_config *config);

/* For a handler of SIGSEGV, SIGABRT and their like: gives the terminal back when console_run has
 * it, else does nothing. Async-signal-safe; any thread. */
void console_emergency_restore(void);

/* Name and version of the curses library in use. */
const char *console_version(void);

/* Names for the settings file and its messages; NULL past the last one. */
const char *console_theme_name(size_t i);
const char *console_pane_name(size_t i);

#endif
