/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/theme.h"

#include <string.h>

/* Themes are const data. Every theme says each role thrice: as 24-bit colour (from which the
 * 256-colour number is computed), as one of the 16 classic colours, and as attributes, so that
 * nothing is told by colour alone where a terminal has none. */

/* clang-format off */
static const struct theme themes[] = {
	{
		"dark", "dark",
		{
			[ROLE_TEXT]         = { 0xc5cdd9,  7, 0 },
			[ROLE_DIM]          = { 0x939ca8,  8, 0 },
			[ROLE_STRONG]       = { 0xf3f6fa, 15, ATTR_BOLD },
			[ROLE_BORDER]       = { 0x3b4453,  8, 0 },
			[ROLE_BORDER_FOCUS] = { 0x5aa9e6, 12, 0 },
			[ROLE_TITLE]        = { 0x9fb0c6,  7, ATTR_BOLD },
			[ROLE_TITLE_FOCUS]  = { 0x8fd0ff, 14, ATTR_BOLD },
			[ROLE_HEADING]      = { 0x98a8c0,  6, 0 },
			[ROLE_ACCENT]       = { 0x7cc4ff, 14, ATTR_BOLD },
			[ROLE_KEY]          = { 0xffd479, 11, ATTR_BOLD },
			[ROLE_GOOD]         = { 0x63d08c, 10, 0 },
			[ROLE_WARN]         = { 0xf2b84b, 11, ATTR_BOLD },
			[ROLE_BAD]          = { 0xff6b6b,  9, ATTR_BOLD },
			[ROLE_TRACK]        = { 0x606e85,  8, 0 },
			[ROLE_FILL]         = { 0x4f9de0, 12, 0 },
			[ROLE_KNOB]         = { 0xf3f6fa, 15, ATTR_BOLD },
			[ROLE_READ]         = { 0x6fb7f2, 12, 0 },
			[ROLE_CREATE]       = { 0x6fd3a0, 10, 0 },
			[ROLE_CHANGE]       = { 0xe8b565, 11, 0 },
			[ROLE_REMOVE]       = { 0xf0837c,  9, 0 },
			[ROLE_RPS]          = { 0x57a6ff, 12, 0 },
			[ROLE_FAILING]      = { 0xff6b6b,  9, 0 },
			[ROLE_P50]          = { 0x5fd7a7, 10, 0 },
			[ROLE_P95]          = { 0xe7c35a, 11, 0 },
			[ROLE_P99]          = { 0xff9a5c,  9, 0 },
			[ROLE_USERS]        = { 0xc49bff, 13, 0 },
			[ROLE_CONNECTIONS]  = { 0x4fd0d6, 14, 0 },
			[ROLE_CPU]          = { 0x8bd450, 10, 0 },
			[ROLE_MEMORY]       = { 0xb39df3, 13, 0 },
			[ROLE_MARK]         = { 0xffd479, 11, 0 },
			[ROLE_HEAT_1]       = { 0x5c7fb8,  4, 0 },
			[ROLE_HEAT_2]       = { 0x4fa3c7,  6, 0 },
			[ROLE_HEAT_3]       = { 0x5fcf9a,  2, 0 },
			[ROLE_HEAT_4]       = { 0xe7c35a, 11, 0 },
			[ROLE_HEAT_5]       = { 0xff7a5c,  9, 0 },
		},
		{
			[GROUND_NORMAL]   = { 0x11151c, 0, 0 },
			[GROUND_BAR]      = { 0x1c2430, 0, 0 },
			[GROUND_SELECTED] = { 0x1e3352, 4, 0 },
			[GROUND_POPUP]    = { 0x1a212c, 0, 0 },
			[GROUND_BADGE]    = { 0x2c5f8f, 4, 0 },
			[GROUND_GOOD]     = { 0x1f6b43, 2, 0 },
			[GROUND_WARN]     = { 0x7a5410, 3, 0 },
			[GROUND_BAD]      = { 0x9b2c2c, 1, 0 },
		},
	},
	{
		"light", "light",
		{
			[ROLE_TEXT]         = { 0x2b3340,  0, 0 },
			[ROLE_DIM]          = { 0x5d6673,  8, 0 },
			[ROLE_STRONG]       = { 0x0b1017,  0, ATTR_BOLD },
			[ROLE_BORDER]       = { 0xc3cad4,  8, 0 },
			[ROLE_BORDER_FOCUS] = { 0x1f6fc0,  4, 0 },
			[ROLE_TITLE]        = { 0x47566b,  0, ATTR_BOLD },
			[ROLE_TITLE_FOCUS]  = { 0x0b5cad,  4, ATTR_BOLD },
			[ROLE_HEADING]      = { 0x5b6676,  8, 0 },
			[ROLE_ACCENT]       = { 0x0b5cad,  4, ATTR_BOLD },
			[ROLE_KEY]          = { 0x8a4b00,  5, ATTR_BOLD },
			[ROLE_GOOD]         = { 0x127443,  2, 0 },
			[ROLE_WARN]         = { 0x935700,  3, ATTR_BOLD },
			[ROLE_BAD]          = { 0xc22727,  1, ATTR_BOLD },
			[ROLE_TRACK]        = { 0x7789a2,  8, 0 },
			[ROLE_FILL]         = { 0x2f7fd0,  4, 0 },
			[ROLE_KNOB]         = { 0x0b1017,  0, ATTR_BOLD },
			[ROLE_READ]         = { 0x1763b0,  4, 0 },
			[ROLE_CREATE]       = { 0x127443,  2, 0 },
			[ROLE_CHANGE]       = { 0x935700,  3, 0 },
			[ROLE_REMOVE]       = { 0xb53a32,  1, 0 },
			[ROLE_RPS]          = { 0x1864bd,  4, 0 },
			[ROLE_FAILING]      = { 0xc22727,  1, 0 },
			[ROLE_P50]          = { 0x0f734e,  2, 0 },
			[ROLE_P95]          = { 0x816000,  3, 0 },
			[ROLE_P99]          = { 0xa7490f,  1, 0 },
			[ROLE_USERS]        = { 0x7d3fc8,  5, 0 },
			[ROLE_CONNECTIONS]  = { 0x0b7077,  6, 0 },
			[ROLE_CPU]          = { 0x3e720f,  2, 0 },
			[ROLE_MEMORY]       = { 0x6a4fc4,  5, 0 },
			[ROLE_MARK]         = { 0x8a4b00,  3, 0 },
			[ROLE_HEAT_1]       = { 0x5a76a8,  8, 0 },
			[ROLE_HEAT_2]       = { 0x2f6fb5,  4, 0 },
			[ROLE_HEAT_3]       = { 0x1f5a9a,  4, 0 },
			[ROLE_HEAT_4]       = { 0x7d3fc8,  5, 0 },
			[ROLE_HEAT_5]       = { 0xb3203a,  1, 0 },
		},
		{
			[GROUND_NORMAL]   = { 0xfafbfd, 15, 0 },
			[GROUND_BAR]      = { 0xe9edf3,  7, 0 },
			[GROUND_SELECTED] = { 0xd6edfc, 14, 0 },
			[GROUND_POPUP]    = { 0xeff3f8, 15, 0 },
			[GROUND_BADGE]    = { 0xbcd9f7, 14, 0 },
			[GROUND_GOOD]     = { 0xbfe8cf, 10, 0 },
			[GROUND_WARN]     = { 0xf7dfae, 11, 0 },
			[GROUND_BAD]      = { 0xf9cccc,  9, 0 },
		},
	},
	{
		"contrast", "high contrast",
		{
			[ROLE_TEXT]         = { 0xffffff, 15, 0 },
			[ROLE_DIM]          = { 0xd0d0d0,  7, 0 },
			[ROLE_STRONG]       = { 0xffffff, 15, ATTR_BOLD },
			[ROLE_BORDER]       = { 0xa8a8a8,  7, 0 },
			[ROLE_BORDER_FOCUS] = { 0xffff00, 11, ATTR_BOLD },
			[ROLE_TITLE]        = { 0xffffff, 15, ATTR_BOLD },
			[ROLE_TITLE_FOCUS]  = { 0xffff00, 11, ATTR_BOLD },
			[ROLE_HEADING]      = { 0xffffff, 15, ATTR_UNDERLINE },
			[ROLE_ACCENT]       = { 0x00ffff, 14, ATTR_BOLD },
			[ROLE_KEY]          = { 0xffff00, 11, ATTR_BOLD },
			[ROLE_GOOD]         = { 0x5fff5f, 10, ATTR_BOLD },
			[ROLE_WARN]         = { 0xffff00, 11, ATTR_BOLD },
			[ROLE_BAD]          = { 0xff8080,  9, ATTR_BOLD | ATTR_UNDERLINE },
			[ROLE_TRACK]        = { 0x909090,  7, 0 },
			[ROLE_FILL]         = { 0x00ffff, 14, ATTR_BOLD },
			[ROLE_KNOB]         = { 0xffffff, 15, ATTR_BOLD },
			[ROLE_READ]         = { 0x87d7ff, 14, 0 },
			[ROLE_CREATE]       = { 0x87ff87, 10, 0 },
			[ROLE_CHANGE]       = { 0xffff5f, 11, 0 },
			[ROLE_REMOVE]       = { 0xff9f9f,  9, 0 },
			[ROLE_RPS]          = { 0x5fd7ff, 14, 0 },
			[ROLE_FAILING]      = { 0xff8080,  9, 0 },
			[ROLE_P50]          = { 0x5fff5f, 10, 0 },
			[ROLE_P95]          = { 0xffff00, 11, 0 },
			[ROLE_P99]          = { 0xff8080,  9, 0 },
			[ROLE_USERS]        = { 0xffafff, 13, 0 },
			[ROLE_CONNECTIONS]  = { 0x00ffff, 14, 0 },
			[ROLE_CPU]          = { 0xafff5f, 10, 0 },
			[ROLE_MEMORY]       = { 0xd7afff, 13, 0 },
			[ROLE_MARK]         = { 0xffff00, 11, 0 },
			[ROLE_HEAT_1]       = { 0x8fafff, 12, 0 },
			[ROLE_HEAT_2]       = { 0x5fd7ff, 14, 0 },
			[ROLE_HEAT_3]       = { 0x5fff5f, 10, 0 },
			[ROLE_HEAT_4]       = { 0xffff00, 11, 0 },
			[ROLE_HEAT_5]       = { 0xff8080,  9, 0 },
		},
		{
			[GROUND_NORMAL]   = { 0x000000, 0, 0 },
			[GROUND_BAR]      = { 0x303030, 0, 0 },
			[GROUND_SELECTED] = { 0x0000af, 4, 0 },
			[GROUND_POPUP]    = { 0x000000, 0, 0 },
			[GROUND_BADGE]    = { 0x0000d7, 4, 0 },
			[GROUND_GOOD]     = { 0x005f00, 2, 0 },
			[GROUND_WARN]     = { 0x4f4f00, 0, ATTR_REVERSE },
			[GROUND_BAD]      = { 0xaf0000, 1, 0 },
		},
	},
	{
		/* Hues of Okabe and Ito (2008): told apart with every common kind of colour vision;
		 * good and bad are blue and orange here, never green and red. */
		"colorblind", "colour-blind safe",
		{
			[ROLE_TEXT]         = { 0xc9d0da,  7, 0 },
			[ROLE_DIM]          = { 0x949ca9,  8, 0 },
			[ROLE_STRONG]       = { 0xf5f7fa, 15, ATTR_BOLD },
			[ROLE_BORDER]       = { 0x3b4453,  8, 0 },
			[ROLE_BORDER_FOCUS] = { 0x56b4e9, 12, 0 },
			[ROLE_TITLE]        = { 0xa7b4c6,  7, ATTR_BOLD },
			[ROLE_TITLE_FOCUS]  = { 0x8fd0ff, 14, ATTR_BOLD },
			[ROLE_HEADING]      = { 0x9ba7b8,  7, 0 },
			[ROLE_ACCENT]       = { 0x56b4e9, 14, ATTR_BOLD },
			[ROLE_KEY]          = { 0xf0e442, 11, ATTR_BOLD },
			[ROLE_GOOD]         = { 0x56b4e9, 12, 0 },
			[ROLE_WARN]         = { 0xf0e442, 11, ATTR_BOLD },
			[ROLE_BAD]          = { 0xff8a3c,  9, ATTR_BOLD | ATTR_UNDERLINE },
			[ROLE_TRACK]        = { 0x606e85,  8, 0 },
			[ROLE_FILL]         = { 0x2f8fd0, 12, 0 },
			[ROLE_KNOB]         = { 0xf5f7fa, 15, ATTR_BOLD },
			[ROLE_READ]         = { 0x56b4e9, 12, 0 },
			[ROLE_CREATE]       = { 0x3fc9a0, 14, 0 },
			[ROLE_CHANGE]       = { 0xf0e442, 11, 0 },
			[ROLE_REMOVE]       = { 0xff8a3c,  9, 0 },
			[ROLE_RPS]          = { 0x56b4e9, 12, 0 },
			[ROLE_FAILING]      = { 0xff8a3c,  9, 0 },
			[ROLE_P50]          = { 0x3fc9a0, 14, 0 },
			[ROLE_P95]          = { 0xf0e442, 11, 0 },
			[ROLE_P99]          = { 0xff8a3c,  9, 0 },
			[ROLE_USERS]        = { 0xd99bc4, 13, 0 },
			[ROLE_CONNECTIONS]  = { 0x9bd7f5, 14, 0 },
			[ROLE_CPU]          = { 0x3fc9a0, 14, 0 },
			[ROLE_MEMORY]       = { 0xd99bc4, 13, 0 },
			[ROLE_MARK]         = { 0xf0e442, 11, 0 },
			[ROLE_HEAT_1]       = { 0x6f7fb0,  4, 0 },
			[ROLE_HEAT_2]       = { 0x7f8fa0,  8, 0 },
			[ROLE_HEAT_3]       = { 0xa89f7a,  7, 0 },
			[ROLE_HEAT_4]       = { 0xcfbb5f,  3, 0 },
			[ROLE_HEAT_5]       = { 0xffe94a, 11, 0 },
		},
		{
			[GROUND_NORMAL]   = { 0x11151c, 0, 0 },
			[GROUND_BAR]      = { 0x1c2430, 0, 0 },
			[GROUND_SELECTED] = { 0x1e3352, 4, 0 },
			[GROUND_POPUP]    = { 0x1a212c, 0, 0 },
			[GROUND_BADGE]    = { 0x2c5f8f, 4, 0 },
			[GROUND_GOOD]     = { 0x1b5a8c, 4, 0 },
			[GROUND_WARN]     = { 0x6a6410, 3, 0 },
			[GROUND_BAD]      = { 0x9c4a08, 1, 0 },
		},
	},
	{
		"mono", "no colours",
		{
			[ROLE_TEXT]         = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_DIM]          = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_STRONG]       = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD },
			[ROLE_BORDER]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_BORDER_FOCUS] = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD },
			[ROLE_TITLE]        = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_TITLE_FOCUS]  = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD | ATTR_UNDERLINE },
			[ROLE_HEADING]      = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_UNDERLINE },
			[ROLE_ACCENT]       = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD },
			[ROLE_KEY]          = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD },
			[ROLE_GOOD]         = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_WARN]         = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD | ATTR_UNDERLINE },
			[ROLE_BAD]          = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD | ATTR_REVERSE },
			[ROLE_TRACK]        = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_FILL]         = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD },
			[ROLE_KNOB]         = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD },
			[ROLE_READ]         = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_CREATE]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_CHANGE]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_REMOVE]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_RPS]          = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_FAILING]      = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_P50]          = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_P95]          = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_P99]          = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD },
			[ROLE_USERS]        = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_CONNECTIONS]  = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_CPU]          = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_MEMORY]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_MARK]         = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_BOLD },
			[ROLE_HEAT_1]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_HEAT_2]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_HEAT_3]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_HEAT_4]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[ROLE_HEAT_5]       = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
		},
		{
			[GROUND_NORMAL]   = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[GROUND_BAR]      = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[GROUND_SELECTED] = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_REVERSE },
			[GROUND_POPUP]    = { COLOR_DEFAULT, COLOR_DEFAULT, 0 },
			[GROUND_BADGE]    = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_REVERSE },
			[GROUND_GOOD]     = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_REVERSE },
			[GROUND_WARN]     = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_REVERSE },
			[GROUND_BAD]      = { COLOR_DEFAULT, COLOR_DEFAULT, ATTR_REVERSE },
		},
	},
};
/* clang-format on */

#define THEMES (sizeof(themes) / sizeof(themes[0]))

size_t theme_count(void)
{
	return THEMES;
}

const struct theme *theme_at(size_t i)
{
	return &themes[i % THEMES];
}

size_t theme_index(const char *name)
{
	for (size_t i = 0; i < THEMES; i++) {
		if (strcmp(themes[i].name, name) == 0)
			return i;
	}
	return 0;
}

size_t theme_mono_index(void)
{
	return theme_index("mono");
}

size_t theme_default_index(const char *colorfgbg)
{
	const char *last = colorfgbg != NULL ? strrchr(colorfgbg, ';') : NULL;

	if (last != NULL && (strcmp(last, ";15") == 0 || strcmp(last, ";7") == 0))
		return theme_index("light");
	return theme_index("dark");
}

static int square(int v)
{
	return v * v;
}

static int distance(int32_t rgb, int r, int g, int b)
{
	return square(((rgb >> 16) & 255) - r) + square(((rgb >> 8) & 255) - g) +
	       square((rgb & 255) - b);
}

int theme_nearest_256(int32_t rgb)
{
	static const int levels[6] = { 0, 95, 135, 175, 215, 255 };
	int best = 16;
	int best_distance = distance(rgb, 0, 0, 0);

	for (int i = 0; i < 216; i++) {
		int d = distance(rgb, levels[i / 36], levels[i / 6 % 6], levels[i % 6]);

		if (d < best_distance) {
			best_distance = d;
			best = 16 + i;
		}
	}
	for (int i = 0; i < 24; i++) {
		int grey = 8 + 10 * i;
		int d = distance(rgb, grey, grey, grey);

		if (d < best_distance) {
			best_distance = d;
			best = 232 + i;
		}
	}
	return best;
}

static int classic(const struct theme *theme, const struct color *color, enum color_depth depth)
{
	if (depth == DEPTH_16 || color->ansi < 8)
		return color->ansi;
	/* With 8 colours the greys collapse: dark grey becomes the colour of plain text, which can
	 * at least be read. */
	if (color->ansi == 8)
		return theme->roles[ROLE_TEXT].ansi % 8;
	return color->ansi - 8;
}

static int palette(const struct theme *theme, const struct color *color, enum color_depth depth)
{
	switch (depth) {
	case DEPTH_MONO:
		return COLOR_DEFAULT;
	case DEPTH_8:
	case DEPTH_16:
		return classic(theme, color, depth);
	case DEPTH_256:
	case DEPTH_TRUE:
		return color->rgb < 0 ? COLOR_DEFAULT : theme_nearest_256(color->rgb);
	}
	return COLOR_DEFAULT;
}

struct look theme_look(const struct theme *theme, struct style style, enum color_depth depth)
{
	const struct color *role = &theme->roles[style.role < ROLES ? style.role : ROLE_TEXT];
	const struct color *ground =
		&theme->grounds[style.ground < GROUNDS ? style.ground : GROUND_NORMAL];
	struct look look = {
		.fg = palette(theme, role, depth),
		.bg = palette(theme, ground, depth),
		.fg_rgb = role->rgb,
		.bg_rgb = ground->rgb,
		.attr = (uint8_t)(role->attr | ground->attr | style.attr),
	};

	if (look.fg == look.bg && look.fg != COLOR_DEFAULT) {
		look.fg = palette(theme, &theme->roles[ROLE_STRONG], depth);
		look.attr |= ATTR_BOLD;
	}
	if (depth == DEPTH_MONO) {
		/* a theme with colours on a terminal without: the attributes of the mono theme */
		const struct theme *mono = theme_at(theme_mono_index());

		look.attr =
			(uint8_t)(mono->roles[style.role < ROLES ? style.role : 0].attr |
				  mono->grounds[style.ground < GROUNDS ? style.ground : 0].attr |
				  style.attr);
	}
	return look;
}
