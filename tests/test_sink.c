/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "cli/sink.h"

#define BLOCK (1u << 20)

/* Read what is there, non-blocking; returns bytes. */
static size_t read_all(int fd, char *dst, size_t size)
{
	size_t got = 0;
	ssize_t n;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	while (got < size && (n = read(fd, dst + got, size - got)) > 0)
		got += (size_t)n;
	return got;
}

static void text_passes_through_a_pipe(void **state)
{
	int fds[2];
	struct sink *sink;
	char text[32];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	sink = sink_new(fds[1]);
	sink_write(sink, "hello\n", 6, false);
	assert_false(sink_waiting(sink));
	assert_int_equal(read_all(fds[0], text, sizeof(text)), 6);
	assert_memory_equal(text, "hello\n", 6);
	sink_free(sink);
	close(fds[0]);
	close(fds[1]);
}

static void the_given_descriptor_stays_blocking(void **state)
{
	int fds[2];
	struct sink *sink;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	sink = sink_new(fds[1]);
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	sink_free(sink);
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	close(fds[0]);
	close(fds[1]);
}

static void fill_and_read_back(int in, int out)
{
	struct sink *sink = sink_new(in);
	size_t total = 0, got = 0, i;
	char line[1000], *text;

	memset(line, 'x', sizeof(line));
	for (i = 0; i < 500; i++) { /* 500 kB: far above what a pipe holds */
		line[0] = (char)('a' + i % 26);
		sink_write(sink, line, sizeof(line), false);
		total += sizeof(line);
	}
	assert_true(sink_waiting(sink));
	text = malloc(total);
	while (got < total) {
		size_t n = read_all(out, text + got, total - got);

		got += n;
		sink_flush(sink);
		if (n == 0 && !sink_waiting(sink))
			break;
	}
	got += read_all(out, text + got, total - got);
	assert_int_equal(got, total);
	for (i = 0; i < 500; i++)
		assert_int_equal(text[i * sizeof(line)], 'a' + (int)(i % 26));
	assert_false(sink_waiting(sink));
	free(text);
	sink_free(sink);
}

static void a_stalled_pipe_neither_blocks_nor_loses(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	fill_and_read_back(fds[1], fds[0]);
	close(fds[0]);
	close(fds[1]);
}

static void a_stalled_socket_neither_blocks_nor_loses(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fill_and_read_back(fds[1], fds[0]);
	close(fds[0]);
	close(fds[1]);
}

static void periodic_text_is_dropped_when_much_waits_but_not_the_last(void **state)
{
	int fds[2];
	struct sink *sink;
	char *block = calloc(1, BLOCK), *text = malloc(8 * BLOCK);
	size_t got = 0, i;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	sink = sink_new(fds[1]);
	memset(block, 'b', BLOCK);
	for (i = 0; i < 20; i++)
		sink_write(sink, block, BLOCK, true);
	sink_write(sink, "THE END", 7, false);
	while (sink_waiting(sink)) {
		got += read_all(fds[0], text + got, 8 * BLOCK - got);
		sink_flush(sink);
	}
	got += read_all(fds[0], text + got, 8 * BLOCK - got);
	assert_in_range(got, BLOCK, 3 * BLOCK);
	assert_memory_equal(text + got - 7, "THE END", 7);
	free(block);
	free(text);
	sink_free(sink);
	close(fds[0]);
	close(fds[1]);
}

static void finish_gives_up_on_a_reader_that_is_gone(void **state)
{
	int fds[2];
	struct sink *sink;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	sink = sink_new(fds[1]);
	close(fds[0]);
	sink_write(sink, "lost", 4, false);
	sink_finish(sink, CLOCK_NS_PER_SEC);
	assert_false(sink_waiting(sink));
	sink_free(sink);
	close(fds[1]);
}

static void a_file_is_continued_where_it_stands(void **state)
{
	char path[] = "/tmp/throng-sink-XXXXXX";
	int fd = mkstemp(path);
	struct sink *sink = sink_new(fd);
	char text[32] = "";

	(void)state;
	assert_int_equal(write(fd, "one ", 4), 4);
	sink_write(sink, "two", 3, false);
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 7);
	assert_string_equal(text, "one two");
	sink_free(sink);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_passes_through_a_pipe),
		cmocka_unit_test(the_given_descriptor_stays_blocking),
		cmocka_unit_test(a_stalled_pipe_neither_blocks_nor_loses),
		cmocka_unit_test(a_stalled_socket_neither_blocks_nor_loses),
		cmocka_unit_test(periodic_text_is_dropped_when_much_waits_but_not_the_last),
		cmocka_unit_test(finish_gives_up_on_a_reader_that_is_gone),
		cmocka_unit_test(a_file_is_continued_where_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
