/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/output_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/outfile.h"
#include "record/csv.h"
#include "record/readings.h"
#include "record/recorder.h"

#define PATHS_MAX (CSV_FILES + 5)

struct paths {
	char *list[PATHS_MAX];
	size_t count;
};

static void paths_add(struct paths *paths, const char *path, const char *suffix)
{
	if (path != NULL)
		paths->list[paths->count++] = mem_printf("%s%s", path, suffix);
}

static void paths_collect(struct paths *paths, const struct recorder_outputs *files, bool first)
{
	for (int file = 0; file < CSV_FILES; file++)
		paths_add(paths, files->csv_prefix, csv_suffix((enum csv_file)file));
	paths_add(paths, files->csv_prefix, READINGS_CSV_SUFFIX);
	paths_add(paths, files->json_file, "");
	paths_add(paths, files->failures_file, "");
	if (first) {
		paths_add(paths, files->report_file, "");
		paths_add(paths, files->html_file, "");
	}
}

/* The directory is there and files can be made in it. */
static int check_directory(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *directory =
		slash == NULL ? mem_strdup(".") : mem_strndup(path, (size_t)(slash - path) + 1);
	int ret = outfile_make_parents(path);

	if (ret == 0 && access(directory, W_OK | X_OK) != 0)
		ret = -errno;
	if (ret != 0)
		error_set(err, "cannot write %s: %s", path, strerrordesc_np(-ret));
	free(directory);
	return ret;
}

static int check_file(const char *path, bool overwrite, struct error *err)
{
	size_t len = strlen(path);
	struct stat st;

	if (len == 0 || path[len - 1] == '/') {
		error_set(err, "cannot write \"%s\": this is no file name", path);
		return -EINVAL;
	}
	if (stat(path, &st) != 0)
		return check_directory(path, err);
	if (S_ISDIR(st.st_mode)) {
		error_set(err, "cannot write %s: it is a directory", path);
		return -EINVAL;
	}
	if (!S_ISREG(st.st_mode)) /* a terminal, a pipe, /dev/null: nothing is lost by writing */
		return 0;
	if (!overwrite) {
		error_set(err,
			  "%s exists already, from an earlier run perhaps: choose another name, or "
			  "say --overwrite to replace it",
			  path);
		return -EEXIST;
	}
	return check_directory(path, err);
}

static int check_names(const struct paths *paths, struct error *err)
{
	for (size_t i = 0; i < paths->count; i++) {
		for (size_t k = i + 1; k < paths->count; k++) {
			if (strcmp(paths->list[i], paths->list[k]) == 0) {
				error_set(err, "%s is named for two outputs", paths->list[i]);
				return -EINVAL;
			}
		}
	}
	return 0;
}

int output_files_check(const struct recorder_outputs *files, bool first, struct error *err)
{
	struct paths paths = { .count = 0 };
	int ret;

	paths_collect(&paths, files, first);
	ret = check_names(&paths, err);
	for (size_t i = 0; i < paths.count && ret == 0; i++)
		ret = check_file(paths.list[i], files->overwrite, err);
	for (size_t i = 0; i < paths.count; i++)
		free(paths.list[i]);
	return ret;
}
