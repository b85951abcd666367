/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/canvas.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/rng.h"
#include "base/text.h"
#include "tui/canvas_export.h"
#include "tui/glyphs.h"
#include "unit.h"

struct fixture {
	struct canvas canvas;
	struct area all;
	struct buf text;
};

static struct fixture *new_fixture(int cols, int rows, bool ascii)
{
	struct fixture *f = calloc(1, sizeof(*f));

	canvas_init(&f->canvas, ascii);
	canvas_resize(&f->canvas, cols, rows);
	f->all = canvas_area(&f->canvas);
	buf_init(&f->text, 1 << 20);
	return f;
}

static void free_fixture(struct fixture *f)
{
	canvas_fini(&f->canvas);
	buf_fini(&f->text);
	free(f);
}

static const char *text_of(struct fixture *f)
{
	buf_reset(&f->text);
	assert_int_equal(canvas_to_text(&f->canvas, &f->text), 0);
	return buf_str(&f->text);
}

/* What every canvas must be at any time: whole wide characters, nothing that steers a terminal. */
static void check_invariants(const struct canvas *canvas)
{
	for (int y = 0; y < canvas->rows; y++) {
		for (int x = 0; x < canvas->cols; x++) {
			const struct cell *cell = canvas_cell(canvas, x, y);

			if (cell->width == 0) {
				assert_true(x > 0);
				assert_int_equal(canvas_cell(canvas, x - 1, y)->width, 2);
				continue;
			}
			assert_in_range(cell->width, 1, 2);
			if (cell->width == 2) {
				assert_true(x + 1 < canvas->cols);
				assert_int_equal(canvas_cell(canvas, x + 1, y)->width, 0);
			}
			assert_true(cell->ch >= 0x20 && (cell->ch < 0x7f || cell->ch >= 0xa0));
			if (canvas->ascii)
				assert_true(cell->ch < 0x7f && cell->marks[0] == 0);
		}
	}
}

static void text_is_cut_at_the_edge_of_its_area(void **state)
{
	struct fixture *f = new_fixture(10, 2, false);
	struct area part = area_sub(&f->all, 2, 0, 5, 1);

	(void)state;
	assert_int_equal(area_text(&part, 0, 0, style_of(ROLE_TEXT), "abcdefgh"), 5);
	assert_string_equal(text_of(f), "  abcde\n\n");
	assert_int_equal(area_text(&part, 3, 0, style_of(ROLE_TEXT), "xyz"), 2);
	assert_string_equal(text_of(f), "  abcxy\n\n");
	area_text(&part, 0, 1, style_of(ROLE_TEXT), "below");
	area_text(&part, 0, -1, style_of(ROLE_TEXT), "above");
	area_put(&part, 5, 0, style_of(ROLE_TEXT), '!');
	area_put(&part, -1, 0, style_of(ROLE_TEXT), '!');
	assert_string_equal(text_of(f), "  abcxy\n\n");
	free_fixture(f);
}

static void text_beginning_left_of_the_area_shows_its_rest(void **state)
{
	struct fixture *f = new_fixture(6, 1, false);

	(void)state;
	area_text(&f->all, -2, 0, style_of(ROLE_TEXT), "abcd");
	assert_string_equal(text_of(f), "cd\n");
	free_fixture(f);
}

static void sub_areas_never_leave_their_parent(void **state)
{
	struct fixture *f = new_fixture(10, 5, false);
	struct area inner = area_sub(&f->all, 4, 2, 100, 100);
	struct area outside = area_sub(&f->all, 20, 20, 3, 3);
	struct area negative = area_sub(&f->all, 3, 1, -5, 2);

	(void)state;
	assert_int_equal(inner.w, 6);
	assert_int_equal(inner.h, 3);
	assert_int_equal(outside.w, 0);
	assert_int_equal(outside.h, 0);
	assert_int_equal(negative.w, 0);
	area_fill(&outside, style_of(ROLE_TEXT), '#');
	area_fill(&negative, style_of(ROLE_TEXT), '#');
	assert_string_equal(text_of(f), "\n\n\n\n\n");
	free_fixture(f);
}

static void wide_characters_take_two_cells_and_are_never_halved(void **state)
{
	struct fixture *f = new_fixture(6, 1, false);

	(void)state;
	assert_int_equal(area_text(&f->all, 0, 0, style_of(ROLE_TEXT), "日本x"), 5);
	assert_string_equal(text_of(f), "日本x\n");
	check_invariants(&f->canvas);
	area_put(&f->all, 1, 0, style_of(ROLE_TEXT), 'a'); /* the right half of the first */
	assert_string_equal(text_of(f), " a本x\n");
	check_invariants(&f->canvas);
	area_put(&f->all, 2, 0, style_of(ROLE_TEXT), 'b'); /* the left half of the second */
	assert_string_equal(text_of(f), " ab x\n");
	area_put(&f->all, 5, 0, style_of(ROLE_TEXT), 0x65e5); /* no room for both halves */
	assert_string_equal(text_of(f), " ab x\n");
	check_invariants(&f->canvas);
	free_fixture(f);
}

static void combining_characters_join_the_character_before(void **state)
{
	struct fixture *f = new_fixture(4, 1, false);

	(void)state;
	assert_int_equal(area_text(&f->all, 0, 0, style_of(ROLE_TEXT), "e\xcc\x81x"), 2);
	assert_string_equal(text_of(f), "e\xcc\x81x\n");
	/* without one to join it is left out, and more than a cell holds are dropped */
	area_text(&f->all, 0, 0, style_of(ROLE_TEXT), "\xcc\x81z");
	assert_string_equal(text_of(f), "zx\n");
	area_text(&f->all, 0, 0, style_of(ROLE_TEXT), "a\xcc\x81\xcc\x82\xcc\x83\xcc\x84");
	assert_string_equal(text_of(f), "a\xcc\x81\xcc\x82x\n");
	free_fixture(f);
}

static void control_characters_and_bad_bytes_become_visible_signs(void **state)
{
	struct fixture *f = new_fixture(24, 1, false);

	(void)state;
	area_text(&f->all, 0, 0, style_of(ROLE_TEXT), "a\033[2Jb\x9b\xff\tc\nd\xe2\x80\xae.");
	assert_string_equal(text_of(f),
			    "a\xef\xbf\xbd[2Jb\xef\xbf\xbd\xef\xbf\xbd c d\xef\xbf\xbd.\n");
	check_invariants(&f->canvas);
	free_fixture(f);
}

static void an_ascii_canvas_holds_nothing_but_ascii(void **state)
{
	struct fixture *f = new_fixture(30, 1, true);

	(void)state;
	area_text(&f->all, 0, 0, style_of(ROLE_TEXT), "5 µs → 1–2 日 é e\xcc\x81 ✓");
	assert_string_equal(text_of(f), "5 us > 1-2 ? ? e +\n");
	area_put(&f->all, 0, 0, style_of(ROLE_TEXT), 0x2588);
	check_invariants(&f->canvas);
	free_fixture(f);
}

static void a_cut_text_ends_with_an_ellipsis(void **state)
{
	struct fixture *f = new_fixture(12, 1, false);

	(void)state;
	assert_int_equal(area_text_cut(&f->all, 0, 0, 5, style_of(ROLE_TEXT), "abcdefgh", 0x2026),
			 5);
	assert_string_equal(text_of(f), "abcd…\n");
	assert_int_equal(area_text_cut(&f->all, 6, 0, 5, style_of(ROLE_TEXT), "abcde", 0x2026), 5);
	assert_string_equal(text_of(f), "abcd… abcde\n");
	/* a wide character does not fit before the ellipsis: the gap is a blank */
	canvas_clear(&f->canvas);
	assert_int_equal(area_text_cut(&f->all, 0, 0, 4, style_of(ROLE_TEXT), "a日本", 0x2026), 4);
	assert_string_equal(text_of(f), "a日…\n");
	assert_int_equal(area_text_cut(&f->all, 0, 0, 0, style_of(ROLE_TEXT), "abc", 0x2026), 0);
	free_fixture(f);
}

static void a_path_keeps_its_end(void **state)
{
	struct fixture *f = new_fixture(12, 1, false);

	(void)state;
	assert_int_equal(
		area_text_tail(&f->all, 0, 0, 6, style_of(ROLE_TEXT), "/api/v1/items/", 0x2026), 6);
	assert_string_equal(text_of(f), "…tems/\n");
	free_fixture(f);
}

static void a_rule_keeps_its_subject_and_its_limit(void **state)
{
	struct fixture *f = new_fixture(40, 1, false);

	(void)state;
	assert_int_equal(area_text_ends(&f->all, 0, 0, 29, style_of(ROLE_TEXT),
					"class DeploymentUser median < 500ms", 0x2026),
			 29);
	assert_string_equal(text_of(f), "class Deployme…median < 500ms\n");
	canvas_clear(&f->canvas);
	area_text_ends(&f->all, 0, 0, 10, style_of(ROLE_TEXT), "p99 < 1s", 0x2026);
	assert_string_equal(text_of(f), "p99 < 1s\n");
	free_fixture(f);
}

static void boxes_that_share_a_line_are_joined(void **state)
{
	struct fixture *f = new_fixture(9, 5, false);
	const struct glyphs *glyphs = glyphs_get(GLYPHS_BRAILLE);
	struct area left = area_sub(&f->all, 0, 0, 5, 5);
	struct area top = area_sub(&f->all, 4, 0, 5, 3);
	struct area bottom = area_sub(&f->all, 4, 2, 5, 3);

	(void)state;
	area_box(&left, style_of(ROLE_BORDER), glyphs);
	area_box(&top, style_of(ROLE_BORDER), glyphs);
	area_box(&bottom, style_of(ROLE_BORDER), glyphs);
	assert_string_equal(text_of(f), "╭───┬───╮\n"
					"│   │   │\n"
					"│   ├───┤\n"
					"│   │   │\n"
					"╰───┴───╯\n");
	free_fixture(f);
}

static void any_bytes_drawn_anywhere_leave_a_sound_canvas(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 20261123, 0);
	for (int ascii = 0; ascii < 2; ascii++) {
		struct fixture *f = new_fixture(23, 7, ascii);

		for (int i = 0; i < 20000; i++) {
			char bytes[40];
			size_t len = rng_below(&rng, sizeof(bytes) - 1);
			struct area part = area_sub(&f->all, (int)rng_below(&rng, 30) - 4,
						    (int)rng_below(&rng, 10) - 2,
						    (int)rng_below(&rng, 30) - 2, 3);

			for (size_t k = 0; k < len; k++)
				bytes[k] = (char)(1 + rng_below(&rng, 255));
			if (i % 3 == 0 && len > 4) /* make wide characters likely */
				memcpy(bytes, "\xe6\x97\xa5\xcc", 4);
			bytes[len] = '\0';
			area_text(&part, (int)rng_below(&rng, 30) - 5, (int)rng_below(&rng, 4) - 1,
				  style_of(ROLE_TEXT), bytes);
			area_text_cut(&part, 1, 1, (int)rng_below(&rng, 12), style_of(ROLE_BAD),
				      bytes, '~');
			area_text_ends(&part, 2, 0, (int)rng_below(&rng, 12), style_of(ROLE_BAD),
				       bytes, '~');
			area_text_tail(&part, 0, 2, (int)rng_below(&rng, 12), style_of(ROLE_BAD),
				       bytes, '~');
		}
		check_invariants(&f->canvas);
		free_fixture(f);
	}
}

static void the_size_is_kept_within_bounds(void **state)
{
	struct fixture *f = new_fixture(-3, 0, false);

	(void)state;
	assert_int_equal(f->canvas.cols, 1);
	assert_int_equal(f->canvas.rows, 1);
	canvas_resize(&f->canvas, 1 << 20, 1 << 20);
	assert_int_equal(f->canvas.cols, CANVAS_COLS_MAX);
	assert_int_equal(f->canvas.rows, CANVAS_ROWS_MAX);
	canvas_resize(&f->canvas, 3, 2);
	assert_string_equal(text_of(f), "\n\n");
	free_fixture(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_at_the_edge_of_its_area),
		cmocka_unit_test(text_beginning_left_of_the_area_shows_its_rest),
		cmocka_unit_test(sub_areas_never_leave_their_parent),
		cmocka_unit_test(wide_characters_take_two_cells_and_are_never_halved),
		cmocka_unit_test(combining_characters_join_the_character_before),
		cmocka_unit_test(control_characters_and_bad_bytes_become_visible_signs),
		cmocka_unit_test(an_ascii_canvas_holds_nothing_but_ascii),
		cmocka_unit_test(a_cut_text_ends_with_an_ellipsis),
		cmocka_unit_test(a_path_keeps_its_end),
		cmocka_unit_test(a_rule_keeps_its_subject_and_its_limit),
		cmocka_unit_test(boxes_that_share_a_line_are_joined),
		cmocka_unit_test(any_bytes_drawn_anywhere_leave_a_sound_canvas),
		cmocka_unit_test(the_size_is_kept_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
