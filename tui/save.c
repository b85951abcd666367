/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/save.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/outfile.h"
#include "tui/canvas_export.h"

#define FILE_MAX ((size_t)32 << 20)

static int path_of(const char *dir, const char *name, const char *end, char *dst, size_t size)
{
	int n = snprintf(dst, size, "%s%s%s%s", dir != NULL ? dir : "", dir != NULL ? "/" : "",
			 name, end);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* "throng-20261123-075622", with "-2" and so on when that second has one already. */
static int unused_name(const char *dir, char *name, size_t size)
{
	time_t now = (time_t)(clock_wall_ns() / CLOCK_NS_PER_SEC);
	char stamp[32];
	char path[4096];
	struct tm parts;

	if (localtime_r(&now, &parts) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &parts) == 0)
		return -EINVAL;
	for (int i = 1; i < 1000; i++) {
		int error;

		if (i == 1)
			snprintf(name, size, "throng-%s", stamp);
		else
			snprintf(name, size, "throng-%s-%d", stamp, i);
		error = path_of(dir, name, ".svg", path, sizeof(path));
		if (error != 0)
			return error;
		if (access(path, F_OK) != 0)
			return 0;
	}
	return -EEXIST;
}

static int write_file(const char *dir, const char *name, const char *end, const struct buf *content)
{
	char path[4096];
	int error = path_of(dir, name, end, path, sizeof(path));

	return error != 0 ? error : outfile_replace(path, buf_str(content), content->len);
}

int save_canvas(const struct canvas *canvas, const struct theme *theme, const char *dir, char *name,
		size_t size)
{
	struct buf content;
	int error = unused_name(dir, name, size);

	buf_init(&content, FILE_MAX);
	if (error == 0)
		error = canvas_to_text(canvas, &content);
	if (error == 0)
		error = write_file(dir, name, ".txt", &content);
	buf_reset(&content);
	if (error == 0)
		error = canvas_to_ansi(canvas, theme, &content);
	if (error == 0)
		error = write_file(dir, name, ".ansi", &content);
	buf_reset(&content);
	if (error == 0)
		error = canvas_to_svg(canvas, theme, &content);
	if (error == 0)
		error = write_file(dir, name, ".svg", &content);
	buf_fini(&content);
	return error;
}
