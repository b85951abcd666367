/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_CONSOLE_H
#define THRONG_TUI_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

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
	int signal_fd; /* readable when `signalled` has something; see console_signal */
	bool ascii;    /* no UTF-8 glyphs */
	bool no_color;
	const char *screen_dir; /* where P saves screens; NULL: working directory */
	double max_hz;          /* draw at most this often; default 4 */
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
/* Run it until it ends; the terminal is restored on every way out. */
enum console_end console_run(const struct console_config *config);

#endif
