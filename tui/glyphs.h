/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_GLYPHS_H
#define THRONG_TUI_GLYPHS_H

#include <stdbool.h>
#include <stdint.h>

/* The characters of the screen that are not text from a frame. Three sets: braille charts, block
 * charts (terminals without braille, such as the Linux console) and plain ASCII. */
enum glyph_set { GLYPHS_BRAILLE, GLYPHS_BLOCK, GLYPHS_ASCII };

/* Directions of a line through a cell, for boxes that share edges. */
#define LINE_UP    1u
#define LINE_RIGHT 2u
#define LINE_DOWN  4u
#define LINE_LEFT  8u

struct glyphs {
	bool ascii;
	uint32_t box[16];  /* by LINE_... mask */
	uint32_t spark[8]; /* rising */
	uint32_t heat[5];  /* shades, rising */
	uint32_t slider_left, slider_right, slider_track, slider_fill, slider_knob;
	uint32_t good, bad, warn, pending, invalid;                     /* verdict signs */
	uint32_t idle, setup, ramping, running, paused, draining, done; /* state signs */
	uint32_t arrow, ellipsis, bullet, cursor;
	uint32_t sort_down, sort_up;
	uint32_t more_up, more_down;
	uint32_t mark, by_hand, finding; /* on the time axis and in the list of events */
	uint32_t mark_line;              /* vertical, through a chart */
	uint32_t axis;
	uint32_t thumb;                /* of a scroll bar */
	uint32_t band_low, band_high;  /* ends of an expected band in a gauge */
	unsigned dots_wide, dots_high; /* dots of a chart in one cell */
};

const struct glyphs *glyphs_get(enum glyph_set set);
/* The character for dots of a cell: bit (y * dots_wide + x), y from the top. 0: a blank. */
uint32_t glyphs_dots(const struct glyphs *glyphs, unsigned mask);

#endif
