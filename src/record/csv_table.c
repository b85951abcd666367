/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/csv_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/units.h"
#include "scenario/csvread.h"

/* All fields stand one behind the other in one buffer, each with its NUL; rows are ranges in the list
 * of where fields begin. */

struct csv_table {
	struct buf text;
	size_t *fields; /* offsets into text */
	size_t field_count, field_cap;
	size_t *rows; /* index of the first field of each row; the titles are row 0 */
	size_t row_count, row_cap;
};

static void push(size_t **list, size_t *count, size_t *cap, size_t value)
{
	if (*count == *cap) {
		size_t grown = *cap == 0 ? 1024 : *cap * 2;

		*list = mem_grow(*list, *cap, grown, sizeof((*list)[0]));
		*cap = grown;
	}
	(*list)[(*count)++] = value;
}

static void add_field(const char *field, size_t len, void *arg)
{
	struct csv_table *table = arg;

	push(&table->fields, &table->field_count, &table->field_cap, table->text.len);
	buf_add(&table->text, field, len);
	buf_addc(&table->text, '\0');
}

static int read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "re");
	char chunk[65536];
	size_t len;
	int ret;

	if (file == NULL)
		return -errno;
	while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(out, chunk, len);
	ret = ferror(file) ? -EIO : out->overflow ? -EFBIG : 0;
	fclose(file);
	return ret;
}

static int parse(struct csv_table *table, const char *path, const struct buf *content,
		 struct error *err)
{
	struct csvread csv;

	csvread_init(&csv, buf_str(content), content->len, ',');
	for (;;) {
		enum csvread_result result;
		size_t first = table->field_count;

		result = csvread_next(&csv, add_field, table);
		if (result == CSV_END)
			break;
		/* A run that was killed may leave half a line at the end. */
		if (result != CSV_RECORD) {
			table->field_count = first;
			if (csv.p >= csv.end)
				break;
			error_set(err, "%s:%zu: this is no CSV: a quote stands in the wrong place",
				  path, csv.line);
			return -EINVAL;
		}
		push(&table->rows, &table->row_count, &table->row_cap, first);
	}
	if (table->row_count == 0) {
		error_set(err, "%s: the file is empty", path);
		return -EINVAL;
	}
	push(&table->rows, &table->row_count, &table->row_cap, table->field_count);
	return 0;
}

int csv_table_read(struct csv_table **out, const char *path, struct error *err)
{
	struct csv_table *table = mem_new(sizeof(*table));
	struct buf content;
	int ret;

	buf_init(&content, CSV_TABLE_BYTES_MAX);
	buf_init(&table->text, 2 * CSV_TABLE_BYTES_MAX);
	ret = read_file(path, &content);
	if (ret != 0)
		error_set(err, "cannot read %s: %s", path, strerrordesc_np(-ret));
	else
		ret = parse(table, path, &content, err);
	buf_fini(&content);
	if (ret != 0)
		csv_table_free(table);
	else
		*out = table;
	return ret;
}

void csv_table_free(struct csv_table *table)
{
	if (table == NULL)
		return;
	buf_fini(&table->text);
	free(table->fields);
	free(table->rows);
	free(table);
}

size_t csv_table_rows(const struct csv_table *table)
{
	return table->row_count - 2; /* without the titles and the end */
}

/* Column of a title, or -1. */
static int column_of(const struct csv_table *table, const char *title)
{
	size_t count = table->rows[1] - table->rows[0];

	for (size_t c = 0; c < count; c++) {
		if (strcmp(table->text.data + table->fields[c], title) == 0)
			return (int)c;
	}
	return -1;
}

int csv_table_has(const struct csv_table *table, const char *title)
{
	return column_of(table, title) >= 0;
}

const char *csv_table_text(const struct csv_table *table, size_t row, const char *title)
{
	int column = column_of(table, title);
	size_t field;

	if (column < 0)
		return "";
	field = table->rows[row + 1] + (size_t)column;
	return field < table->rows[row + 2] ? table->text.data + table->fields[field] : "";
}

double csv_table_number(const struct csv_table *table, size_t row, const char *title)
{
	double value;

	return units_parse_number(csv_table_text(table, row, title), &value) == 0 ? value : NAN;
}
