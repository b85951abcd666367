/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "golden.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/outfile.h"
#include "unit.h"

#define FILE_LIMIT ((size_t)1 << 20)

static void read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "r");
	char bytes[4096];
	size_t n;

	if (file == NULL)
		fail_msg("%s is missing: run with THRONG_UPDATE_GOLDEN=1", path);
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		buf_add(out, bytes, n);
	fclose(file);
}

/* Say the first line that differs: two whole screens in a log help nobody. */
static void explain(const char *name, const char *wanted, const char *got)
{
	int line = 1;

	for (;;) {
		size_t a = strcspn(wanted, "\n");
		size_t b = strcspn(got, "\n");

		if (a != b || memcmp(wanted, got, a) != 0)
			fail_msg("golden/%s.txt differs in line %d:\nwanted %.*s\ngot    %.*s",
				 name, line, (int)a, wanted, (int)b, got);
		if (wanted[a] == '\0' || got[b] == '\0')
			fail_msg("golden/%s.txt has another number of lines", name);
		wanted += a + 1;
		got += b + 1;
		line++;
	}
}

void golden_check(const char *name, const char *text)
{
	char path[512];
	struct buf wanted;

	snprintf(path, sizeof(path), "%s/golden/%s.txt", TEST_SRCDIR, name);
	if (getenv("THRONG_UPDATE_GOLDEN") != NULL) {
		assert_int_equal(outfile_replace(path, text, strlen(text)), 0);
		return;
	}
	buf_init(&wanted, FILE_LIMIT);
	read_file(path, &wanted);
	if (strcmp(buf_str(&wanted), text) != 0)
		explain(name, buf_str(&wanted), text);
	buf_fini(&wanted);
}
