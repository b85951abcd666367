/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TUI_THEME_H
#define THRONG_TUI_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a cell means, never which colour it has: views name roles, a theme gives them colours,
 * a terminal as many of them as it can show. */
enum role {
	ROLE_TEXT,
	ROLE_DIM,    /* of lesser interest: units, ages, "of" */
	ROLE_STRONG, /* the figure one looks for */
	ROLE_BORDER,
	ROLE_BORDER_FOCUS,
	ROLE_TITLE,
	ROLE_TITLE_FOCUS,
	ROLE_HEADING, /* of table columns */
	ROLE_ACCENT,
	ROLE_KEY, /* a key's name in the bottom line and the help */
	ROLE_GOOD,
	ROLE_WARN,
	ROLE_BAD,
	ROLE_TRACK, /* the empty part of sliders and bars */
	ROLE_FILL,
	ROLE_KNOB,
	ROLE_READ,   /* GET, HEAD, OPTIONS */
	ROLE_CREATE, /* POST */
	ROLE_CHANGE, /* PUT, PATCH */
	ROLE_REMOVE, /* DELETE */
	ROLE_RPS,
	ROLE_FAILING, /* failures as a curve: as ROLE_BAD, without what would upset a chart */
	ROLE_P50,
	ROLE_P95,
	ROLE_P99,
	ROLE_USERS,
	ROLE_CONNECTIONS,
	ROLE_CPU,
	ROLE_MEMORY,
	ROLE_MARK,
	ROLE_HEAT_1, /* few ... */
	ROLE_HEAT_2,
	ROLE_HEAT_3,
	ROLE_HEAT_4,
	ROLE_HEAT_5, /* ... to most in a heat map */
	ROLES
};

/* What lies behind a cell. */
enum ground {
	GROUND_NORMAL,
	GROUND_BAR,      /* first and last line */
	GROUND_SELECTED, /* the selected row */
	GROUND_POPUP,
	GROUND_BADGE, /* state badges: dark text on a strong colour */
	GROUND_GOOD,
	GROUND_WARN,
	GROUND_BAD,
	GROUNDS
};

#define ATTR_BOLD      1u
#define ATTR_UNDERLINE 2u
#define ATTR_REVERSE   4u

struct style {
	uint8_t role;   /* enum role */
	uint8_t ground; /* enum ground */
	uint8_t attr;   /* ATTR_... */
};

#define COLOR_DEFAULT (-1)

/* One colour for every kind of terminal. */
struct color {
	int32_t rgb;  /* 0xRRGGBB, or COLOR_DEFAULT: the terminal's own */
	int8_t ansi;  /* 0..15 where only 16 can be had, or COLOR_DEFAULT */
	uint8_t attr; /* drawn along: carries the meaning where colours cannot */
};

struct theme {
	const char *name;
	const char *title; /* for the notice when it is chosen */
	struct color roles[ROLES];
	struct color grounds[GROUNDS];
};

size_t theme_count(void);
/* The i-th theme, i modulo their number; never NULL. */
const struct theme *theme_at(size_t i);
/* The index of a theme by name; the first one when there is none of that name. */
size_t theme_index(const char *name);
size_t theme_mono_index(void);
/* The theme without a setting: light where COLORFGBG (NULL: not set) says that the ground is. */
size_t theme_default_index(const char *colorfgbg);

/* How many colours a terminal shows. */
enum color_depth { DEPTH_MONO, DEPTH_8, DEPTH_16, DEPTH_256, DEPTH_TRUE };

/* How a style looks at a depth. fg and bg are palette numbers (8, 16 or 256 colours; DEPTH_TRUE has
 * the 256-colour number beside its exact one) or COLOR_DEFAULT; never both the same colour. */
struct look {
	int fg, bg;
	int32_t fg_rgb, bg_rgb;
	uint8_t attr;
};
struct look theme_look(const struct theme *theme, struct style style, enum color_depth depth);
/* Nearest entry of xterm's 256-colour palette, among 16..255 (the first 16 are the user's own). */
int theme_nearest_256(int32_t rgb);

#endif
