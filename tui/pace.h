/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_PACE_H
#define THRONG_TUI_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When to draw: a pure function of what happened when, so that a test can give it any time. Instants
 * are monotonic nanoseconds. Three things slow pictures down: the user's wish (max_hz), bytes that
 * the terminal has not taken, and the way to the terminal. The last one cannot be seen from here:
 * between a program and the eyes at the other end of an SSH line lie megabytes of buffers that take
 * everything at once and show it a minute later. So every picture ends with a question that terminals
 * answer once they have shown what came before it (DSR, "are you well?"), and the next one for frames
 * waits for the answer. A terminal that never answers is not waited for. */

#define PACE_NEVER UINT64_MAX

struct pace {
	uint64_t fastest_ns;  /* between two pictures for frames, from max_hz */
	uint64_t interval_ns; /* the same now: longer on a slow link */
	uint64_t drawn_ns;    /* when the last picture was drawn */
	uint64_t asked_ns;    /* since when an answer is awaited; 0: it is not */
	uint64_t round_ns;    /* how long the last answer took */
	bool answers;         /* it has answered once */
	bool mute;            /* it did not, and is not asked any more */
	double debt;          /* bytes sent beyond what frames may cost */
};

/* hz: pictures a second at most, > 0. */
void pace_init(struct pace *pace, double hz);
/* When the next picture may be drawn; `urgent`: for the user's keys rather than for frames. */
uint64_t pace_due(const struct pace *pace, bool urgent);
/* It was due, but the kernel's queue to the terminal is not empty. */
void pace_blocked(struct pace *pace, bool urgent, uint64_t now_ns);
/* Pictures are followed by a question. */
bool pace_asks(const struct pace *pace);
/* A picture of so many bytes was drawn, on a screen of so many cells, `asked`: with a question behind
 * it, `stuck`: not all of it was taken. */
struct pace_picture {
	size_t bytes, cells;
	bool urgent, asked, stuck;
};
void pace_drawn(struct pace *pace, const struct pace_picture *picture, uint64_t now_ns);
/* The answer came. */
void pace_answered(struct pace *pace, uint64_t now_ns);
/* Time passed: an answer that is not to be expected any more is given up. */
void pace_tick(struct pace *pace, uint64_t now_ns);
/* When pace_tick has something to do; PACE_NEVER. */
uint64_t pace_tick_due(const struct pace *pace);
/* What was sent is forgotten (another terminal, a new size): nothing is awaited. */
void pace_forget(struct pace *pace);
/* More was sent than frames may cost a screen of so many cells: what does not have to be drawn anew
 * should wait. */
bool pace_in_debt(const struct pace *pace, size_t cells, uint64_t now_ns);

#endif
