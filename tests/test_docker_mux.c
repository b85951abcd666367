/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "monitor/docker_mux.h"

/* Each line as "stream:text;". */
static void take(void *arg, enum docker_stream stream, const char *line, size_t len)
{
	struct buf *got = arg;

	buf_addf(got, "%d:", (int)stream);
	buf_add(got, line, len);
	buf_addc(got, ';');
}

/* psql's error as the Engine sent it: one line of stderr in several frames, one of stdout between. */
static const char framed[] = "\x02\0\0\0\0\0\0\x05psql:"
			     "\x01\0\0\0\0\0\0\x0f"
			     "celery task 14\n"
			     "\x02\0\0\0\0\0\0\x01 "
			     "\x02\0\0\0\0\0\0\x07"
			     "error: "
			     "\x02\0\0\0\0\0\0\x05"
			     "full\n"
			     "\x01\0\0\0\0\0\0\0"
			     "\x01\0\0\0\0\0\0\x06"
			     "a\r\nb\n\n";
#define FRAMED_WANTED "1:celery task 14;2:psql: error: full;1:a;1:b;1:;"

static void lines_are_the_same_however_the_bytes_come(void **state)
{
	size_t len = sizeof(framed) - 1, cut, step;

	(void)state;
	for (step = 1; step <= len; step++) {
		for (cut = 0; cut < step; cut++) {
			struct buf got;
			struct docker_mux *mux;
			size_t at = 0, n = cut;

			buf_init(&got, 4096);
			mux = docker_mux_new(true, 128, take, &got);
			while (at < len) {
				n = n > len - at ? len - at : n;
				assert_true(docker_mux_feed(mux, framed + at, n));
				at += n;
				n = step;
			}
			docker_mux_finish(mux);
			assert_string_equal(buf_str(&got), FRAMED_WANTED);
			docker_mux_free(mux);
			buf_fini(&got);
		}
	}
}

static void bare_text_is_cut_into_lines(void **state)
{
	struct buf got;
	struct docker_mux *mux;

	(void)state;
	buf_init(&got, 4096);
	mux = docker_mux_new(false, 128, take, &got);
	assert_true(docker_mux_feed(mux, "one\r\ntw", 7));
	assert_true(docker_mux_feed(mux, "o\nthree", 7));
	assert_string_equal(buf_str(&got), "1:one;1:two;");
	docker_mux_finish(mux);
	assert_string_equal(buf_str(&got), "1:one;1:two;1:three;");
	docker_mux_free(mux);
	buf_fini(&got);
}

static void a_line_above_the_maximum_comes_in_pieces(void **state)
{
	struct buf got;
	struct docker_mux *mux;

	(void)state;
	buf_init(&got, 4096);
	mux = docker_mux_new(false, 4, take, &got);
	assert_true(docker_mux_feed(mux, "abcdefghij\nk\n", 13));
	assert_string_equal(buf_str(&got), "1:abcd;1:efgh;1:ij;1:k;");
	docker_mux_free(mux);
	buf_fini(&got);
}

static void what_is_no_frame_is_refused(void **state)
{
	struct buf got;
	struct docker_mux *mux;

	(void)state;
	buf_init(&got, 4096);
	mux = docker_mux_new(true, 128, take, &got);
	assert_false(docker_mux_feed(mux, "HTTP/1.1 200 OK", 15));
	docker_mux_free(mux);
	mux = docker_mux_new(true, 128, take, &got);
	assert_false(docker_mux_feed(mux, "\x01\x01\0\0\0\0\0\x01x", 9));
	docker_mux_free(mux);
	buf_fini(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_the_same_however_the_bytes_come),
		cmocka_unit_test(bare_text_is_cut_into_lines),
		cmocka_unit_test(a_line_above_the_maximum_comes_in_pieces),
		cmocka_unit_test(what_is_no_frame_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
