/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "unit.h"

struct pipe_ends {
	int read_fd, write_fd;
};

static struct pipe_ends open_pipe(void)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	return (struct pipe_ends){ fds[0], fds[1] };
}

static void close_pipe(struct pipe_ends *ends)
{
	log_setup(-1, LOG_LEVEL_DEBUG);
	close(ends->read_fd);
	close(ends->write_fd);
}

static const char *read_some(int fd, char *text, size_t size)
{
	ssize_t n = read(fd, text, size - 1);

	assert_true(n > 0);
	text[n] = '\0';
	return text;
}

/* "[2026-11-23 07:57:26,069] " with any digits. */
static const char *after_date(const char *line)
{
	static const char shape[] = "[0000-00-00 00:00:00,000] ";

	for (size_t i = 0; shape[i] != '\0'; i++) {
		if (shape[i] == '0')
			assert_in_range(line[i], '0', '9');
		else
			assert_int_equal(line[i], shape[i]);
	}
	return line + strlen(shape);
}

static void a_line_has_a_date_a_level_and_its_text(void **state)
{
	struct pipe_ends ends = open_pipe();
	char text[256];

	(void)state;
	log_setup(ends.write_fd, LOG_LEVEL_DEBUG);
	log_write(LOG_LEVEL_INFO, "users %d → %d", 100, 200);
	assert_string_equal(after_date(read_some(ends.read_fd, text, sizeof(text))),
			    "throng/INFO: users 100 → 200\n");
	log_write(LOG_LEVEL_DEBUG, "d");
	log_write(LOG_LEVEL_WARNING, "w");
	log_write(LOG_LEVEL_ERROR, "e");
	read_some(ends.read_fd, text, sizeof(text));
	assert_non_null(strstr(text, "throng/DEBUG: d\n"));
	assert_non_null(strstr(text, "throng/WARNING: w\n"));
	assert_non_null(strstr(text, "throng/ERROR: e\n"));
	close_pipe(&ends);
}

static void lines_below_the_lowest_level_are_not_written(void **state)
{
	struct pipe_ends ends = open_pipe();
	char text[256];

	(void)state;
	log_setup(ends.write_fd, LOG_LEVEL_WARNING);
	log_write(LOG_LEVEL_DEBUG, "no");
	log_write(LOG_LEVEL_INFO, "no");
	log_write(LOG_LEVEL_WARNING, "yes");
	assert_string_equal(after_date(read_some(ends.read_fd, text, sizeof(text))),
			    "throng/WARNING: yes\n");
	log_setup(-1, LOG_LEVEL_DEBUG);
	log_write(LOG_LEVEL_ERROR, "to nobody");
	close_pipe(&ends);
}

static void a_line_is_one_clean_line_whatever_is_in_it(void **state)
{
	struct pipe_ends ends = open_pipe();
	char text[4096], longest[4000];
	const char *line;

	(void)state;
	log_setup(ends.write_fd, LOG_LEVEL_INFO);
	log_write(LOG_LEVEL_INFO, "a\nb\x1b[31m\xff\n\n");
	assert_string_equal(after_date(read_some(ends.read_fd, text, sizeof(text))),
			    "throng/INFO: a b\xef\xbf\xbd[31m\xef\xbf\xbd\n");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	log_write(LOG_LEVEL_INFO, "%s", longest);
	line = read_some(ends.read_fd, text, sizeof(text));
	assert_true(strlen(line) < 2100);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	close_pipe(&ends);
}

static void a_full_pipe_loses_lines_and_not_time(void **state)
{
	struct pipe_ends ends = open_pipe();
	char text[4096];
	ssize_t n, total = 0;

	(void)state;
	log_setup(ends.write_fd, LOG_LEVEL_INFO);
	/* Far above the 64 KiB that the pipe takes; a blocking write would hang the test here. */
	for (int i = 0; i < 4000; i++)
		log_write(LOG_LEVEL_INFO, "%0100d", i);
	/* The caller's descriptor still blocks as it did before. */
	assert_false(fcntl(ends.write_fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(fcntl(ends.read_fd, F_SETFL, O_NONBLOCK), 0);
	while ((n = read(ends.read_fd, text, sizeof(text))) > 0) {
		total += n;
		/* Whole lines only. */
		if (n < (ssize_t)sizeof(text))
			assert_int_equal(text[n - 1], '\n');
	}
	assert_in_range(total, 4096, 4000 * 100);
	log_write(LOG_LEVEL_INFO, "again");
	assert_string_equal(after_date(read_some(ends.read_fd, text, sizeof(text))),
			    "throng/INFO: again\n");
	close_pipe(&ends);
}

static void a_file_is_written_where_others_write_it(void **state)
{
	FILE *file = tmpfile();
	char text[512];
	ssize_t n;

	(void)state;
	assert_non_null(file);
	assert_int_equal(write(fileno(file), "before\n", 7), 7);
	log_setup(fileno(file), LOG_LEVEL_INFO);
	log_write(LOG_LEVEL_INFO, "between");
	log_setup(-1, LOG_LEVEL_INFO);
	assert_int_equal(write(fileno(file), "after\n", 6), 6);
	n = pread(fileno(file), text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_memory_equal(text, "before\n[", 8);
	assert_non_null(strstr(text, "throng/INFO: between\nafter\n"));
	fclose(file);
}

static void *write_lines(void *arg)
{
	for (int i = 0; i < 50; i++)
		log_write(LOG_LEVEL_INFO, "%s", (const char *)arg);
	return NULL;
}

static void lines_of_several_threads_do_not_mix(void **state)
{
	struct pipe_ends ends = open_pipe();
	char a[] = "aaaaaaaaaaaaaaaaaaaa", b[] = "bbbbbbbbbbbbbbbbbbbb";
	char text[16384], *line, *rest = text;
	pthread_t thread;
	int lines = 0;

	(void)state;
	log_setup(ends.write_fd, LOG_LEVEL_INFO);
	assert_int_equal(pthread_create(&thread, NULL, write_lines, a), 0);
	write_lines(b);
	assert_int_equal(pthread_join(thread, NULL), 0);
	read_some(ends.read_fd, text, sizeof(text));
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		const char *tail = after_date(line) + strlen("throng/INFO: ");

		assert_true(strcmp(tail, a) == 0 || strcmp(tail, b) == 0);
		lines++;
	}
	assert_int_equal(lines, 100);
	close_pipe(&ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_a_date_a_level_and_its_text),
		cmocka_unit_test(lines_below_the_lowest_level_are_not_written),
		cmocka_unit_test(a_line_is_one_clean_line_whatever_is_in_it),
		cmocka_unit_test(a_full_pipe_loses_lines_and_not_time),
		cmocka_unit_test(a_file_is_written_where_others_write_it),
		cmocka_unit_test(lines_of_several_threads_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
