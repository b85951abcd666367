/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "record/writer.h"

#define MEBIBYTE ((size_t)1024 * 1024)

/* A directory of its own for each test; files in it are named by the helper below. */
struct fixture {
	char dir[64];
	char *paths[8];
	size_t count;
	struct writer *writer;
};

static int setup(void **state)
{
	struct fixture *fixture = mem_new(sizeof(*fixture));
	struct error err;

	snprintf(fixture->dir, sizeof(fixture->dir), "test_writer.XXXXXX");
	if (mkdtemp(fixture->dir) == NULL || writer_new(&fixture->writer, &err) != 0)
		return -1;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	writer_free(fixture->writer);
	for (size_t i = fixture->count; i-- > 0;) {
		if (unlink(fixture->paths[i]) != 0)
			rmdir(fixture->paths[i]);
		free(fixture->paths[i]);
	}
	if (rmdir(fixture->dir) != 0)
		return -1;
	free(fixture);
	return 0;
}

static const char *path_of(struct fixture *fixture, const char *name)
{
	fixture->paths[fixture->count] = mem_printf("%s/%s", fixture->dir, name);
	return fixture->paths[fixture->count++];
}

static void replace(struct fixture *fixture, unsigned file, const char *text)
{
	writer_replace(fixture->writer, file, mem_strdup(text), strlen(text));
}

static void append(struct fixture *fixture, unsigned file, const char *text)
{
	writer_append(fixture->writer, file, text, strlen(text));
}

static void assert_content(const char *path, const char *expected)
{
	FILE *file = fopen(path, "r");
	char content[4096];
	size_t len;

	assert_non_null(file);
	len = fread(content, 1, sizeof(content) - 1, file);
	content[len] = '\0';
	fclose(file);
	assert_string_equal(content, expected);
}

/* As the recorder does: pump and look. Bounded by tries, whatever the machine's speed. */
static void pump_until_problem(struct fixture *fixture)
{
	for (uint64_t now = 0; writer_problem(fixture->writer)[0] == '\0'; now++) {
		assert_true(now < 10000);
		writer_pump(fixture->writer, now);
		clock_sleep_ns(CLOCK_NS_PER_MS);
	}
}

static void a_replaced_file_ends_with_the_newest_content(void **state)
{
	struct fixture *fixture = *state;
	const char *path = path_of(fixture, "a");
	unsigned file = writer_file(fixture->writer, path);

	replace(fixture, file, "old\n");
	writer_pump(fixture->writer, 0);
	replace(fixture, file, "newer\n");
	replace(fixture, file, "newest\n");
	assert_int_equal(writer_finish(fixture->writer), 0);
	assert_content(path, "newest\n");
	assert_string_equal(writer_problem(fixture->writer), "");
}

static void appended_lines_keep_their_order_behind_the_replaced_content(void **state)
{
	struct fixture *fixture = *state;
	const char *path = path_of(fixture, "a");
	unsigned file = writer_file(fixture->writer, path);

	append(fixture, file, "forgotten\n");
	replace(fixture, file, "header\n");
	append(fixture, file, "1\n");
	writer_pump(fixture->writer, 0);
	append(fixture, file, "2\n");
	writer_pump(fixture->writer, 0);
	append(fixture, file, "3\n");
	assert_int_equal(writer_finish(fixture->writer), 0);
	assert_content(path, "header\n1\n2\n3\n");
}

/* A FIFO nobody reads holds the thread in open(2), as a dead disk would. */
static void a_stalled_disk_holds_nobody_and_loses_nothing(void **state)
{
	struct fixture *fixture = *state;
	const char *fifo = path_of(fixture, "fifo"), *path = path_of(fixture, "a");
	unsigned stalled, other;
	struct buf expected;
	char *received;
	size_t have = 0;
	int fd;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	stalled = writer_file(fixture->writer, fifo);
	other = writer_file(fixture->writer, path);
	buf_init(&expected, MEBIBYTE);
	for (unsigned i = 0; i < 1000; i++) {
		char line[32];

		snprintf(line, sizeof(line), "line %u\n", i);
		buf_adds(&expected, line);
		append(fixture, stalled, line);
		replace(fixture, other, line);
		writer_pump(fixture->writer, i * CLOCK_NS_PER_MS);
	}
	writer_pump(fixture->writer, 9 * CLOCK_NS_PER_SEC);
	assert_non_null(strstr(writer_problem(fixture->writer), "has not answered for"));

	fd = open(fifo, O_RDWR | O_CLOEXEC); /* the disk comes back */
	assert_true(fd >= 0);
	assert_int_equal(writer_finish(fixture->writer), 0);
	received = mem_new(expected.len + 1);
	while (have < expected.len) {
		ssize_t n = read(fd, received + have, expected.len - have);

		assert_true(n > 0);
		have += (size_t)n;
	}
	assert_string_equal(received, buf_str(&expected));
	assert_content(path, "line 999\n");
	assert_string_equal(writer_problem(fixture->writer), "");
	close(fd);
	free(received);
	buf_fini(&expected);
}

static void a_failing_file_is_told_and_complete_after_recovery(void **state)
{
	struct fixture *fixture = *state;
	const char *dir = path_of(fixture, "dir"), *path = path_of(fixture, "dir/history"),
		   *replaced = path_of(fixture, "dir/stats");
	unsigned file = writer_file(fixture->writer, path),
		 stats = writer_file(fixture->writer, replaced);
	int fd = open(dir, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0); /* where a directory should be */
	close(fd);
	append(fixture, file, "1\n");
	replace(fixture, stats, "old\n");
	pump_until_problem(fixture);
	assert_non_null(strstr(writer_problem(fixture->writer), "dir/history: Not a directory"));
	append(fixture, file, "2\n");
	replace(fixture, stats, "new\n");
	assert_int_equal(unlink(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(writer_finish(fixture->writer), 0);
	assert_string_equal(writer_problem(fixture->writer), "");
	assert_content(path, "1\n2\n");
	assert_content(replaced, "new\n");
}

static void lines_that_could_not_be_written_come_before_later_ones(void **state)
{
	struct fixture *fixture = *state;
	const char *path = path_of(fixture, "a");
	unsigned file = writer_file(fixture->writer, path);
	struct rlimit old, tight;

	replace(fixture, file, "header\n");
	assert_int_equal(writer_finish(fixture->writer), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight = old;
	tight.rlim_cur = 10; /* room for one line more and a half */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	append(fixture, file, "1\n2\n");
	pump_until_problem(fixture);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(writer_problem(fixture->writer), "a: File too large"));
	assert_content(path, "header\n"); /* no half lines */
	append(fixture, file, "3\n");
	assert_int_equal(writer_finish(fixture->writer), 0);
	assert_content(path, "header\n1\n2\n3\n");
	assert_string_equal(writer_problem(fixture->writer), "");
}

static void lines_beyond_the_bound_are_counted_as_lost_and_told(void **state)
{
	struct fixture *fixture = *state;
	const char *fifo = path_of(fixture, "fifo");
	size_t chunk_len = 8 * MEBIBYTE, chunks = WRITER_PENDING_MAX / chunk_len + 2;
	char *chunk = mem_new(chunk_len + 1);
	unsigned file;
	ssize_t n;
	int fd;

	memset(chunk, 'x', chunk_len);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	file = writer_file(fixture->writer, fifo);
	append(fixture, file, "first");
	writer_pump(fixture->writer, 0); /* this one is on its way */
	for (size_t i = 0; i < chunks; i++)
		writer_append(fixture->writer, file, chunk, chunk_len);
	writer_pump(fixture->writer, 1);
	assert_non_null(strstr(writer_problem(fixture->writer), "16777216 bytes were lost"));
	/* let the thread go: it writes the first and then fails at a pipe nobody reads */
	fd = open(fifo, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	n = read(fd, chunk, 5);
	assert_int_equal(n, 5);
	close(fd);
	free(chunk);
}

static void finish_gives_up_on_a_dead_disk_and_can_be_called_again(void **state)
{
	struct fixture *fixture = *state;
	const char *fifo = path_of(fixture, "fifo"), *path = path_of(fixture, "a");
	unsigned stalled, other;
	char received[8];
	int fd;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	stalled = writer_file(fixture->writer, fifo);
	other = writer_file(fixture->writer, path);
	append(fixture, stalled, "1\n");
	replace(fixture, other, "behind it\n");
	writer_set_patience(fixture->writer, CLOCK_NS_PER_MS);
	assert_int_equal(writer_finish(fixture->writer), -ETIMEDOUT);
	assert_non_null(strstr(writer_problem(fixture->writer), "fifo: the disk has not answered"));

	fd = open(fifo, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	writer_set_patience(fixture->writer, WRITER_PATIENCE_NS);
	assert_int_equal(writer_finish(fixture->writer), 0);
	assert_int_equal(read(fd, received, sizeof(received)), 2);
	assert_content(path, "behind it\n");
	close(fd);
}

static void finish_tells_the_first_file_that_failed(void **state)
{
	struct fixture *fixture = *state;
	const char *good = path_of(fixture, "good");
	unsigned file = writer_file(fixture->writer, good),
		 bad = writer_file(fixture->writer, "/dev/null/impossible");

	append(fixture, bad, "lost\n");
	replace(fixture, file, "kept\n");
	assert_int_equal(writer_finish(fixture->writer), -ENOTDIR);
	assert_string_equal(writer_problem(fixture->writer),
			    "/dev/null/impossible: Not a directory");
	assert_content(good, "kept\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_replaced_file_ends_with_the_newest_content),
		TEST(appended_lines_keep_their_order_behind_the_replaced_content),
		TEST(a_stalled_disk_holds_nobody_and_loses_nothing),
		TEST(a_failing_file_is_told_and_complete_after_recovery),
		TEST(lines_that_could_not_be_written_come_before_later_ones),
		TEST(lines_beyond_the_bound_are_counted_as_lost_and_told),
		TEST(finish_gives_up_on_a_dead_disk_and_can_be_called_again),
		TEST(finish_tells_the_first_file_that_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
