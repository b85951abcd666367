/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/canvas_export.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "tui/canvas.h"
#include "tui/glyphs.h"
#include "tui/save.h"
#include "tui/theme.h"
#include "unit.h"

static void fill(struct canvas *canvas)
{
	struct area all = canvas_area(canvas);

	area_text(&all, 0, 0, style_of(ROLE_TEXT), "a<b>&\"c");
	area_text(&all, 0, 1, style_on(ROLE_BAD, GROUND_SELECTED), "bad ✗");
	area_text(&all, 0, 2, style_of(ROLE_RPS), "⣿▄█─┊");
}

static void text_has_no_blanks_at_the_ends_of_lines(void **state)
{
	struct canvas canvas;
	struct buf out;

	(void)state;
	canvas_init(&canvas, false);
	canvas_resize(&canvas, 12, 3);
	fill(&canvas);
	buf_init(&out, 4096);
	assert_int_equal(canvas_to_text(&canvas, &out), 0);
	assert_string_equal(buf_str(&out), "a<b>&\"c\nbad ✗\n⣿▄█─┊\n");
	buf_fini(&out);
	canvas_fini(&canvas);
}

static void ansi_says_a_style_once_and_ends_each_line_plainly(void **state)
{
	struct canvas canvas;
	struct buf out;

	(void)state;
	canvas_init(&canvas, false);
	canvas_resize(&canvas, 5, 1);
	struct area all = canvas_area(&canvas);
	area_text(&all, 0, 0, style_of(ROLE_BAD), "xy");
	buf_init(&out, 4096);
	assert_int_equal(canvas_to_ansi(&canvas, theme_at(0), &out), 0);
	assert_string_equal(buf_str(&out), "\033[0;1;38;2;255;107;107;48;2;17;21;28mxy"
					   "\033[0;38;2;197;205;217;48;2;17;21;28m   \033[0m\n");
	buf_fini(&out);
	canvas_fini(&canvas);
}

static void svg_escapes_text_and_draws_lines_as_shapes(void **state)
{
	struct canvas canvas;
	struct buf out;
	const char *svg;

	(void)state;
	canvas_init(&canvas, false);
	canvas_resize(&canvas, 12, 3);
	fill(&canvas);
	buf_init(&out, 1 << 20);
	assert_int_equal(canvas_to_svg(&canvas, theme_at(theme_index("light")), &out), 0);
	svg = buf_str(&out);
	assert_non_null(strstr(svg, "a&lt;b&gt;&amp;"));
	assert_null(strstr(svg, "a<b"));
	/* braille, blocks and lines never depend on a font */
	assert_null(strstr(svg, "⣿"));
	assert_null(strstr(svg, "█"));
	assert_null(strstr(svg, "─"));
	assert_non_null(strstr(svg, "stroke-linecap=\"round\""));
	assert_int_equal(strncmp(svg, "<svg ", 5), 0);
	assert_non_null(strstr(svg, "</svg>\n"));
	buf_fini(&out);
	canvas_fini(&canvas);
}

static void svg_picture_is_as_large_as_the_screen(void **state)
{
	struct canvas canvas;
	struct buf out;

	(void)state;
	canvas_init(&canvas, false);
	canvas_resize(&canvas, 120, 40);
	buf_init(&out, 1 << 20);
	assert_int_equal(canvas_to_svg(&canvas, theme_at(0), &out), 0);
	assert_non_null(strstr(buf_str(&out), "width=\"1108\" height=\"788\""));
	buf_fini(&out);
	canvas_fini(&canvas);
}

static void too_small_a_buffer_is_an_error(void **state)
{
	struct canvas canvas;
	struct buf out;

	(void)state;
	canvas_init(&canvas, false);
	canvas_resize(&canvas, 80, 24);
	buf_init(&out, 16);
	assert_int_equal(canvas_to_text(&canvas, &out), -EMSGSIZE);
	assert_int_equal(canvas_to_ansi(&canvas, theme_at(0), &out), -EMSGSIZE);
	assert_int_equal(canvas_to_svg(&canvas, theme_at(0), &out), -EMSGSIZE);
	buf_fini(&out);
	canvas_fini(&canvas);
}

static void remove_folder(const char *dir)
{
	DIR *open = opendir(dir);
	struct dirent *entry;
	char path[512];

	while (open != NULL && (entry = readdir(open)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		unlink(path);
	}
	if (open != NULL)
		closedir(open);
	rmdir(dir);
}

static void saving_twice_in_a_second_overwrites_nothing(void **state)
{
	char dir[] = "throng-save-XXXXXX";
	char names[2][64];
	struct canvas canvas;

	(void)state;
	assert_non_null(mkdtemp(dir));
	canvas_init(&canvas, false);
	canvas_resize(&canvas, 12, 3);
	fill(&canvas);
	for (int i = 0; i < 2; i++) {
		static const char *const ends[] = { ".txt", ".ansi", ".svg" };

		assert_int_equal(save_canvas(&canvas, theme_at(0), dir, names[i], sizeof(names[i])),
				 0);
		assert_int_equal(strncmp(names[i], "throng-20", 9), 0);
		for (size_t k = 0; k < 3; k++) {
			char path[160];
			struct stat info;

			snprintf(path, sizeof(path), "%s/%s%s", dir, names[i], ends[k]);
			assert_int_equal(stat(path, &info), 0);
			assert_true(info.st_size > 0);
		}
	}
	assert_string_not_equal(names[0], names[1]);
	canvas_fini(&canvas);
	remove_folder(dir);
}

static void saving_where_nothing_can_be_written_is_an_error(void **state)
{
	struct canvas canvas;
	char name[64];

	(void)state;
	canvas_init(&canvas, false);
	assert_true(save_canvas(&canvas, theme_at(0), "/proc/nowhere", name, sizeof(name)) < 0);
	canvas_fini(&canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_no_blanks_at_the_ends_of_lines),
		cmocka_unit_test(ansi_says_a_style_once_and_ends_each_line_plainly),
		cmocka_unit_test(svg_escapes_text_and_draws_lines_as_shapes),
		cmocka_unit_test(svg_picture_is_as_large_as_the_screen),
		cmocka_unit_test(too_small_a_buffer_is_an_error),
		cmocka_unit_test(saving_twice_in_a_second_overwrites_nothing),
		cmocka_unit_test(saving_where_nothing_can_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
