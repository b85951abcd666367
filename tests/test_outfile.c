/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tempdir.h"
#include "unit.h"

static struct tempdir *new_dir(void **state)
{
	return *state;
}

static int make_dir(void **state)
{
	struct tempdir *dir = calloc(1, sizeof(*dir));

	if (dir == NULL)
		return -1;
	tempdir_init(dir);
	*state = dir;
	return 0;
}

static int remove_dir(void **state)
{
	tempdir_fini(*state);
	free(*state);
	return 0;
}

static void assert_content(const char *path, const char *want)
{
	char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, want);
}

static int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static void a_file_is_made_with_its_directories(void **state)
{
	struct tempdir *dir = new_dir(state);
	char *path = tempdir_path(dir, "results/2026//run 1/out.json");

	assert_int_equal(outfile_replace(path, "{}\n", 3), 0);
	assert_content(path, "{}\n");
	assert_int_equal(outfile_replace(path, "", 0), 0);
	assert_content(path, "");
	free(path);
	path = tempdir_path(dir, "logs/a/b.csv");
	assert_int_equal(outfile_append(path, "a,b\n", 4), 0);
	assert_content(path, "a,b\n");
	free(path);
	path = tempdir_path(dir, "x/y/");
	assert_int_equal(outfile_make_parents(path), 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(outfile_make_parents(path), 0);
	free(path);
	assert_int_equal(outfile_make_parents("plain-name"), 0);
	assert_int_equal(outfile_make_parents("/"), 0);
}

static void replacing_leaves_nothing_beside_the_file(void **state)
{
	struct tempdir *dir = new_dir(state);
	char *path = tempdir_path(dir, "out.json");

	for (int i = 0; i < 20; i++) {
		char text[16];
		int n = snprintf(text, sizeof(text), "%d\n", i);

		assert_int_equal(outfile_replace(path, text, (size_t)n), 0);
		assert_content(path, text);
	}
	assert_int_equal(count_entries(dir->path), 1);
	free(path);
}

#define VERSION_BYTES 20000

struct reader {
	const char *path;
	atomic_bool stop;
	uint64_t torn, reads;
};

static void *read_versions(void *arg)
{
	struct reader *reader = arg;
	char *text = malloc(VERSION_BYTES + 1);

	while (text != NULL && !atomic_load(&reader->stop)) {
		int fd = open(reader->path, O_RDONLY);
		ssize_t n = fd < 0 ? -1 : read(fd, text, VERSION_BYTES + 1);

		if (fd >= 0)
			close(fd);
		reader->reads++;
		if (n != VERSION_BYTES || memchr(text, text[0] ^ 1, VERSION_BYTES) != NULL ||
		    text[0] != text[VERSION_BYTES - 1])
			reader->torn++;
	}
	free(text);
	return NULL;
}

static void a_reader_sees_the_old_or_the_new_whole(void **state)
{
	struct tempdir *dir = new_dir(state);
	char *path = tempdir_path(dir, "out.json");
	struct reader reader = { .path = path };
	char *text = malloc(VERSION_BYTES);
	pthread_t thread;

	assert_non_null(text);
	memset(text, 'a', VERSION_BYTES);
	assert_int_equal(outfile_replace(path, text, VERSION_BYTES), 0);
	assert_int_equal(pthread_create(&thread, NULL, read_versions, &reader), 0);
	for (int i = 0; i < 500; i++) {
		memset(text, 'a' + i % 26, VERSION_BYTES);
		if (outfile_replace(path, text, VERSION_BYTES) != 0)
			reader.torn = 1000;
	}
	atomic_store(&reader.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	free(text);
	free(path);
	assert_int_equal(reader.torn, 0);
}

static void a_file_keeps_its_mode_and_a_new_one_follows_the_umask(void **state)
{
	struct tempdir *dir = new_dir(state);
	char *path = tempdir_path(dir, "out.json");
	mode_t old = umask(027);
	struct stat st;

	assert_int_equal(outfile_replace(path, "1", 1), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(chmod(path, 0604), 0);
	assert_int_equal(outfile_replace(path, "2", 1), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0604);
	umask(old);
	free(path);
}

static void a_link_stays_a_link(void **state)
{
	struct tempdir *dir = new_dir(state);
	char *target = tempdir_path(dir, "real/out.json");
	char *link = tempdir_path(dir, "latest.json");
	struct stat st;

	assert_int_equal(outfile_replace(target, "1", 1), 0);
	assert_int_equal(symlink("real/out.json", link), 0);
	assert_int_equal(outfile_replace(link, "2", 1), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_content(target, "2");
	free(target);
	free(link);
}

static void devices_and_pipes_are_written_through(void **state)
{
	struct tempdir *dir = new_dir(state);
	char *path = tempdir_path(dir, "fifo");
	struct stat st;
	char text[8] = "";
	int fd;

	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(outfile_replace(path, "hello", 5), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	close(fd);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	free(path);
	assert_int_equal(outfile_replace("/dev/null", "x", 1), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void errors_are_named_and_leave_nothing_behind(void **state)
{
	struct tempdir *dir = new_dir(state);
	char *file = tempdir_path(dir, "file");
	char *below = tempdir_path(dir, "file/below/out.json");

	assert_int_equal(outfile_replace(file, "kept", 4), 0);
	assert_int_equal(outfile_replace(below, "x", 1), -ENOTDIR);
	assert_int_equal(outfile_append(below, "x", 1), -ENOTDIR);
	assert_int_equal(outfile_make_parents(below), -ENOTDIR);
	assert_int_equal(outfile_replace(dir->path, "x", 1), -EISDIR);
	assert_int_equal(outfile_append(dir->path, "x", 1), -EISDIR);
	assert_int_equal(outfile_replace("", "x", 1), -ENOENT);
	assert_int_equal(outfile_append("", "x", 1), -ENOENT);
	assert_int_equal(outfile_replace("/dev/full", "x", 1), -ENOSPC);
	assert_int_equal(outfile_append("/dev/full", "x", 1), -ENOSPC);
	assert_content(file, "kept");
	assert_int_equal(count_entries(dir->path), 1);
	free(file);
	free(below);
}

static void lines_are_appended(void **state)
{
	struct tempdir *dir = new_dir(state);
	char *path = tempdir_path(dir, "history.csv");

	assert_int_equal(outfile_append(path, "a\n", 2), 0);
	assert_int_equal(outfile_append(path, "b\n", 2), 0);
	assert_int_equal(outfile_append(path, "", 0), 0);
	assert_content(path, "a\nb\n");
	free(path);
}

/* The kernel writes what fits below the limit and then answers EFBIG: a short write followed by an
 * error, as on a disk that fills up. */
static void limit_files_to(rlim_t bytes, struct rlimit *old)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, old), 0);
	limit = *old;
	limit.rlim_cur = bytes;
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_disk_that_fills_up_loses_the_new_lines_and_keeps_the_old(void **state)
{
	struct tempdir *dir = new_dir(state);
	char *appended = tempdir_path(dir, "history.csv");
	char *replaced = tempdir_path(dir, "out.json");
	struct rlimit old;
	int append_rc, replace_rc;
	char line[100];

	memset(line, 'x', sizeof(line));
	assert_int_equal(outfile_append(appended, "first line\n", 11), 0);
	assert_int_equal(outfile_replace(replaced, "first\n", 6), 0);
	limit_files_to(50, &old);
	append_rc = outfile_append(appended, line, sizeof(line));
	replace_rc = outfile_replace(replaced, line, sizeof(line));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(append_rc, -EFBIG);
	assert_int_equal(replace_rc, -EFBIG);
	assert_content(appended, "first line\n");
	assert_content(replaced, "first\n");
	assert_int_equal(count_entries(dir->path), 2);
	/* And the next line goes where it belongs. */
	assert_int_equal(outfile_append(appended, "second\n", 7), 0);
	assert_content(appended, "first line\nsecond\n");
	free(appended);
	free(replaced);
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DIR(a_file_is_made_with_its_directories),
		WITH_DIR(replacing_leaves_nothing_beside_the_file),
		WITH_DIR(a_reader_sees_the_old_or_the_new_whole),
		WITH_DIR(a_file_keeps_its_mode_and_a_new_one_follows_the_umask),
		WITH_DIR(a_link_stays_a_link),
		WITH_DIR(devices_and_pipes_are_written_through),
		WITH_DIR(errors_are_named_and_leave_nothing_behind),
		WITH_DIR(lines_are_appended),
		WITH_DIR(a_disk_that_fills_up_loses_the_new_lines_and_keeps_the_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
