/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/glyphs.h"

/* clang-format off */
#define UTF8_COMMON                                                                          \
	.box = { ' ', 0x2575, 0x2576, 0x2570, 0x2577, 0x2502, 0x256d, 0x251c,                \
		 0x2574, 0x256f, 0x2500, 0x2534, 0x256e, 0x2524, 0x252c, 0x253c },           \
	.spark = { 0x2581, 0x2582, 0x2583, 0x2584, 0x2585, 0x2586, 0x2587, 0x2588 },         \
	.heat = { 0x00b7, 0x2591, 0x2592, 0x2593, 0x2588 },                                  \
	.slider_left = ' ', .slider_right = ' ', .slider_track = 0x2500,                  \
	.slider_fill = 0x2501, .slider_knob = 0x25cf,                                        \
	.good = 0x2713, .bad = 0x2717, .warn = 0x25b2, .pending = 0x00b7, .invalid = '!',    \
	.idle = 0x25cb, .setup = 0x2026, .ramping = 0x2197, .running = 0x25b6,               \
	.paused = 0x2016, .draining = 0x25bd, .done = 0x25a0,                                \
	.arrow = 0x2192, .ellipsis = 0x2026, .bullet = 0x2022, .cursor = 0x2588,             \
	.sort_down = 0x25be, .sort_up = 0x25b4, .more_up = 0x25b4, .more_down = 0x25be,      \
	.mark = 0x25c7, .by_hand = 0x25c6, .finding = 0x25b8, .mark_line = 0x250a,           \
	.axis = 0x2500, .thumb = 0x2503, .band_low = 0x251c, .band_high = 0x2524

static const struct glyphs sets[] = {
	[GLYPHS_BRAILLE] = { .ascii = false, UTF8_COMMON, .dots_wide = 2, .dots_high = 4 },
	[GLYPHS_BLOCK] = { .ascii = false, UTF8_COMMON, .dots_wide = 1, .dots_high = 2 },
	[GLYPHS_ASCII] = {
		.ascii = true,
		.box = { ' ', '|', '-', '+', '|', '|', '+', '+', '-', '+', '-', '+', '+', '+', '+', '+' },
		.spark = { '_', '.', ',', '-', '=', '+', '*', '#' },
		.heat = { '.', ':', '+', '*', '#' },
		.slider_left = '[', .slider_right = ']', .slider_track = '-',
		.slider_fill = '=', .slider_knob = 'O',
		.good = '+', .bad = 'X', .warn = '!', .pending = '.', .invalid = '!',
		.idle = 'o', .setup = '.', .ramping = '/', .running = '>',
		.paused = '"', .draining = 'v', .done = '#',
		.arrow = '>', .ellipsis = '~', .bullet = '*', .cursor = '_',
		.sort_down = 'v', .sort_up = '^', .more_up = '^', .more_down = 'v',
		.mark = 'o', .by_hand = '*', .finding = '>', .mark_line = ':',
		.axis = '-', .thumb = '#', .band_low = '[', .band_high = ']',
		.dots_wide = 1, .dots_high = 2,
	},
};
/* clang-format on */

const struct glyphs *glyphs_get(enum glyph_set set)
{
	return &sets[set];
}

static uint32_t braille(unsigned mask)
{
	/* Unicode numbers the dots 1 2 3 7 down the left column, 4 5 6 8 down the right one. */
	static const uint8_t bits[8] = { 0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80 };
	uint32_t code = 0x2800;

	for (unsigned i = 0; i < 8; i++) {
		if (mask & (1u << i))
			code |= bits[i];
	}
	return code;
}

uint32_t glyphs_dots(const struct glyphs *glyphs, unsigned mask)
{
	static const uint32_t halves[4] = { ' ', 0x2580, 0x2584, 0x2588 };
	static const uint32_t ascii[4] = { ' ', '\'', '.', ':' };

	if (mask == 0)
		return ' ';
	if (glyphs->dots_wide == 2)
		return braille(mask & 0xff);
	return glyphs->ascii ? ascii[mask & 3] : halves[mask & 3];
}
