/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

/* Errors quote what users and strangers wrote, so every part passes text_clean on its way in. The
 * list stops growing at ERRORS_MAX: a file of nonsense costs bounded memory. */
struct errors {
	struct error *kept;
	size_t kept_count;
	size_t kept_room;
	size_t found;
};

static void set_text(struct error *err, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void set_text(struct error *err, const char *fmt, va_list ap)
{
	char raw[2 * sizeof(err->text)];

	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	text_clean(err->text, sizeof(err->text), raw, SIZE_MAX, false);
}

void error_set(struct error *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return;
	err->file[0] = '\0';
	err->line = 0;
	err->path[0] = '\0';
	va_start(ap, fmt);
	set_text(err, fmt, ap);
	va_end(ap);
}

void error_format(const struct error *err, char *dst, size_t size)
{
	char line[16] = "";
	const char *after_file = err->file[0] != '\0' ? ":" : "";
	const char *after_place = err->file[0] != '\0' ? " " : "";

	if (err->file[0] != '\0' && err->line > 0)
		snprintf(line, sizeof(line), "%d:", err->line);
	snprintf(dst, size, "%s%s%s%s%s%s%s", err->file, after_file, line, after_place, err->path,
		 err->path[0] != '\0' ? ": " : "", err->text);
}

struct errors *errors_new(void)
{
	return mem_new(sizeof(struct errors));
}

void errors_free(struct errors *errs)
{
	if (errs == NULL)
		return;
	free(errs->kept);
	free(errs);
}

void errors_add(struct errors *errs, const char *file, int line, const char *path, const char *fmt,
		...)
{
	struct error *err;
	va_list ap;

	errs->found++;
	if (errs->kept_count == ERRORS_MAX)
		return;
	if (errs->kept_count == errs->kept_room) {
		size_t room = errs->kept_room == 0 ? 8 : errs->kept_room * 2;

		errs->kept = mem_grow(errs->kept, errs->kept_room, room, sizeof(*errs->kept));
		errs->kept_room = room;
	}
	err = &errs->kept[errs->kept_count++];
	text_clean(err->file, sizeof(err->file), file != NULL ? file : "", SIZE_MAX, false);
	err->line = line;
	text_clean(err->path, sizeof(err->path), path != NULL ? path : "", SIZE_MAX, false);
	va_start(ap, fmt);
	set_text(err, fmt, ap);
	va_end(ap);
}

size_t errors_count(const struct errors *errs)
{
	return errs->found;
}

const struct error *errors_at(const struct errors *errs, size_t i)
{
	return i < errs->kept_count ? &errs->kept[i] : NULL;
}

void errors_print(const struct errors *errs, FILE *out)
{
	char line[sizeof(struct error) + 32];

	for (size_t i = 0; i < errs->kept_count; i++) {
		error_format(&errs->kept[i], line, sizeof(line));
		fprintf(out, "%s\n", line);
	}
	if (errs->found > errs->kept_count)
		fprintf(out, "and %zu more errors\n", errs->found - errs->kept_count);
}
