/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/theme.h"

#include <math.h>

#include "unit.h"

static double channel(int value)
{
	double c = value / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(int32_t rgb)
{
	return 0.2126 * channel((rgb >> 16) & 255) + 0.7152 * channel((rgb >> 8) & 255) +
	       0.0722 * channel(rgb & 255);
}

/* Contrast ratio as WCAG 2 defines it. */
static double contrast(int32_t a, int32_t b)
{
	double x = luminance(a);
	double y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

/* Lines that only separate, and those that carry meaning: nothing is read from either as text. */
static double least_contrast(int role, bool high)
{
	switch (role) {
	case ROLE_BORDER:
		return 1.5;
	case ROLE_TRACK:
	case ROLE_FILL:
	case ROLE_BORDER_FOCUS:
	case ROLE_HEAT_1:
	case ROLE_HEAT_2:
	case ROLE_HEAT_3:
	case ROLE_HEAT_4:
	case ROLE_HEAT_5:
		return 3; /* WCAG 1.4.11: graphics and controls */
	default:
		return high ? 7 : 4.5; /* WCAG 1.4.6 and 1.4.3: text */
	}
}

static void expect_contrast(const struct theme *theme, int role, int ground, double least)
{
	double ratio = contrast(theme->roles[role].rgb, theme->grounds[ground].rgb);

	if (ratio < least)
		fail_msg("%s: role %d on ground %d: %.2f, wanted %.1f", theme->name, role, ground,
			 ratio, least);
}

static void text_can_be_read_on_every_ground_of_every_theme(void **state)
{
	static const int read_on[] = { GROUND_NORMAL, GROUND_BAR, GROUND_SELECTED, GROUND_POPUP };

	(void)state;
	for (size_t t = 0; t < theme_count(); t++) {
		const struct theme *theme = theme_at(t);
		bool high = strcmp(theme->name, "contrast") == 0;

		if (t == theme_mono_index())
			continue;
		for (int role = 0; role < ROLES; role++) {
			double least = least_contrast(role, high);

			expect_contrast(theme, role, GROUND_NORMAL, least);
			/* what is text stands on the other grounds too */
			for (size_t i = 1; i < COUNT(read_on) && least >= 4.5; i++)
				expect_contrast(theme, role, read_on[i], 4.5);
		}
		expect_contrast(theme, ROLE_TRACK, GROUND_BAR, 3); /* the progress in the header */
		for (int ground = 0; ground < GROUNDS; ground++)
			expect_contrast(theme, ROLE_STRONG, ground, high ? 7 : 4.5);
	}
}

static void every_role_has_a_colour_for_every_terminal(void **state)
{
	(void)state;
	for (size_t t = 0; t < theme_count(); t++) {
		for (int role = 0; role < ROLES; role++) {
			const struct color *color = &theme_at(t)->roles[role];

			/* a role left out of a table would be black on black */
			if (t != theme_mono_index())
				assert_true(color->rgb > 0 || color->ansi == 0);
			assert_in_range(color->ansi + 1, 0, 16);
		}
	}
}

static void no_style_is_invisible_at_any_depth(void **state)
{
	(void)state;
	for (size_t t = 0; t < theme_count(); t++) {
		for (int depth = DEPTH_MONO; depth <= DEPTH_TRUE; depth++) {
			for (int role = 0; role < ROLES; role++) {
				for (int ground = 0; ground < GROUNDS; ground++) {
					struct style style = { (uint8_t)role, (uint8_t)ground, 0 };
					struct look look = theme_look(theme_at(t), style,
								      (enum color_depth)depth);
					int most = depth == DEPTH_8    ? 7
						   : depth == DEPTH_16 ? 15
								       : 255;

					assert_true(look.fg != look.bg || look.fg == COLOR_DEFAULT);
					assert_true(look.fg <= most && look.bg <= most);
				}
			}
		}
	}
}

static void without_colours_bad_values_differ_by_attribute(void **state)
{
	(void)state;
	for (size_t t = 0; t < theme_count(); t++) {
		struct look text =
			theme_look(theme_at(t), (struct style){ ROLE_TEXT, 0, 0 }, DEPTH_MONO);
		struct look bad =
			theme_look(theme_at(t), (struct style){ ROLE_BAD, 0, 0 }, DEPTH_MONO);

		assert_int_equal(bad.fg, COLOR_DEFAULT);
		assert_int_not_equal(bad.attr, text.attr);
	}
}

static void the_nearest_palette_entry_of_its_own_colours_is_itself(void **state)
{
	(void)state;
	assert_int_equal(theme_nearest_256(0x000000), 16);
	assert_int_equal(theme_nearest_256(0xffffff), 231);
	assert_int_equal(theme_nearest_256(0x5f87af), 67);
	assert_int_equal(theme_nearest_256(0x080808), 232);
	assert_int_equal(theme_nearest_256(0xff0000), 196);
	assert_int_equal(theme_nearest_256(0xfe0102), 196);
}

static void themes_are_found_by_name(void **state)
{
	(void)state;
	for (size_t t = 0; t < theme_count(); t++)
		assert_int_equal(theme_index(theme_at(t)->name), t);
	assert_int_equal(theme_index("no such theme"), 0);
	assert_ptr_equal(theme_at(theme_count()), theme_at(0));
	assert_string_equal(theme_at(theme_mono_index())->name, "mono");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_can_be_read_on_every_ground_of_every_theme),
		cmocka_unit_test(every_role_has_a_colour_for_every_terminal),
		cmocka_unit_test(no_style_is_invisible_at_any_depth),
		cmocka_unit_test(without_colours_bad_values_differ_by_attribute),
		cmocka_unit_test(the_nearest_palette_entry_of_its_own_colours_is_itself),
		cmocka_unit_test(themes_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
