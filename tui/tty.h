/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_TTY_H
#define THRONG_TUI_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "base/buf.h"

/* The terminal's descriptor: raw mode, output that never blocks, what a crash needs. Knows nothing
 * of screens. The descriptor is opened anew, so O_NONBLOCK is set on a file description of our own:
 * on standard output it would change it for everyone who shares it, the user's shell included.
 * Main thread. */
struct tty_emergency { /* prepared for a signal handler */
	int fd;
	struct termios saved;
	char bytes[256];
	size_t len;
};

struct tty {
	int fd;
	struct termios saved;
	bool raw;
	struct buf out;  /* waits to be sent */
	size_t out_sent; /* of it already taken by the terminal */
	unsigned long long sent;
	struct tty_emergency emergency;
};

/* `name`: NULL for the terminal of standard output. 0 or negative errno. */
int tty_open(struct tty *tty, const char *name) __attribute__((warn_unused_result));
/* Back to the mode it was found in, and closed. */
void tty_close(struct tty *tty);
/* Keys one by one and unchanged, output unchanged; Ctrl+C and Ctrl+Z still come as signals. */
int tty_set_raw(struct tty *tty);
void tty_restore(struct tty *tty);
/* 80 x 24 when the terminal does not know. */
void tty_size(const struct tty *tty, int *cols, int *rows);
bool tty_foreground(const struct tty *tty);

/* Send what waits in `out`, as far as it goes without waiting. 0, or negative errno when the
 * terminal is gone. */
int tty_flush(struct tty *tty);
/* Something of `out` is still to be sent. */
bool tty_waiting(const struct tty *tty);
/* Bytes the terminal has not taken, here and in the kernel's queue. */
size_t tty_pending(const struct tty *tty);
/* Send for at most so long; what is left then is thrown away, here and in the kernel. True when
 * everything was taken. */
bool tty_drain(struct tty *tty, unsigned wait_ms);
/* Bytes read, 0 when there are none, negative errno when the terminal is gone (-EIO at its end). */
int tty_read(struct tty *tty, void *bytes, size_t size);

/* What tty_emergency_restore sends; copied. Armed until tty_disarm_emergency or tty_close. */
void tty_arm_emergency(struct tty *tty, const char *bytes);
void tty_disarm_emergency(void);
/* Send the armed bytes and restore the mode, once. Async-signal-safe; any thread. */
void tty_emergency_restore(void);

#endif
