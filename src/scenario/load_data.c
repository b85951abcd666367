/* SPDX-License-Identifier: MIT */
/* "data": rows from CSV files. Columns that no template reads get no slot and cost nothing. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "scenario/csvread.h"
#include "scenario/loader.h"
#include "scenario/vars.h"

#define FILE_MAX    ((size_t)64 * 1024 * 1024)
#define COLUMNS_MAX 100
#define ROWS_MAX    1000000
#define SETS_MAX    100

struct data_draft {
	char *file, *delimiter;
	json_t *order;
};

static const struct key data_keys[] = {
	{ "file", KEY_CONSTANT, offsetof(struct data_draft, file), 0, 0, 0, NULL, true },
	{ "order", KEY_JSON, offsetof(struct data_draft, order), 0, 0, KIND_STRING,
	  "\"sequential\", \"random\" or \"unique\"", false },
	{ "delimiter", KEY_STRING, offsetof(struct data_draft, delimiter), 0, 0, 0, NULL, false },
};
const struct keyset keyset_data = KEYSET("data", data_keys, NULL);

static const struct {
	const char *name;
	enum data_order order;
} orders[] = {
	{ "sequential", DATA_SEQUENTIAL },
	{ "random", DATA_RANDOM },
	{ "unique", DATA_UNIQUE },
};

static void load_order(struct loader *loader, json_t *value, struct data_set *set)
{
	const char *text = json_string_value(value);
	char actual[120];

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(orders[i].name, text) == 0) {
			set->order = orders[i].order;
			return;
		}
	}
	reader_error_in(&loader->reader, "order", "must be %s, not %s", data_keys[1].what,
			reader_describe(value, actual, sizeof(actual)));
}

/* ---- the file ---------------------------------------------------------------------------- */

/* Cells as they come, row by row; the first row names the columns. */
struct cells {
	char **items;
	size_t count, cap;
	bool too_long;
};

static void add_cell(const char *field, size_t len, void *arg)
{
	struct cells *cells = arg;

	if (cells->count == cells->cap) {
		size_t cap = cells->cap ? 2 * cells->cap : 64;

		cells->items = mem_grow(cells->items, cells->cap, cap, sizeof(char *));
		cells->cap = cap;
	}
	cells->too_long |= len >= VARS_VALUE_MAX || memchr(field, '\0', len);
	cells->items[cells->count++] = mem_strndup(field, len);
}

static void cells_free(struct cells *cells)
{
	for (size_t i = 0; i < cells->count; i++)
		free(cells->items[i]);
	free(cells->items);
}

static bool columns_are_valid(struct loader *loader, const struct cells *cells)
{
	if (cells->count > COLUMNS_MAX) {
		reader_error(&loader->reader, "has more than %d columns", COLUMNS_MAX);
		return false;
	}
	for (size_t i = 0; i < cells->count; i++) {
		const char *name = cells->items[i], *p = name;

		while (isalnum((unsigned char)*p) || *p == '_' || *p == '-')
			p++;
		if (*p || p == name) {
			reader_error(&loader->reader,
				     "the first line must name the columns by letters, digits, "
				     "\"_\" and \"-\"; number %zu is \"%s\"",
				     i + 1, name);
			return false;
		}
		for (size_t k = 0; k < i; k++) {
			if (strcmp(cells->items[k], name) == 0) {
				reader_error(&loader->reader, "two columns are named \"%s\"", name);
				return false;
			}
		}
	}
	return true;
}

/* One record; false at the end of the file and after adding an error. */
static bool read_record(struct loader *loader, struct csvread *csv, struct cells *cells,
			size_t columns)
{
	size_t before = cells->count;
	enum csvread_result result = csvread_next(csv, add_cell, cells);
	size_t fields = cells->count - before;

	switch (result) {
	case CSV_END:
		return false;
	case CSV_OPEN_QUOTE:
		reader_error(&loader->reader, "a quote opened in line %zu is not closed",
			     csv->line);
		return false;
	case CSV_STRAY_QUOTE:
		reader_error(&loader->reader,
			     "line %zu: a quote stands inside a field (quote the whole field and "
			     "double the quotes in it)",
			     csv->line);
		return false;
	case CSV_RECORD:
		break;
	}
	if (columns && fields != columns) {
		reader_error(&loader->reader, "line %zu has %zu field%s, the first line %zu",
			     csv->line, fields, fields == 1 ? "" : "s", columns);
		return false;
	}
	if (cells->too_long) {
		reader_error(&loader->reader,
			     "line %zu: a field is longer than %d bytes or holds "
			     "a zero byte",
			     csv->line, VARS_VALUE_MAX - 1);
		return false;
	}
	return true;
}

static void read_rows(struct loader *loader, struct csvread *csv, struct data_set *set)
{
	struct cells head = { 0 }, cells = { 0 };
	size_t errors = errors_count(loader->reader.errs);

	if (read_record(loader, csv, &head, 0) && columns_are_valid(loader, &head)) {
		while (set->row_count < ROWS_MAX && read_record(loader, csv, &cells, head.count))
			set->row_count++;
		if (set->row_count == ROWS_MAX)
			reader_error(&loader->reader, "has %d rows or more", ROWS_MAX);
		if (set->row_count == 0 && errors_count(loader->reader.errs) == errors)
			reader_error(&loader->reader, "holds no rows below its first line");
	} else if (errors_count(loader->reader.errs) == errors) {
		reader_error(&loader->reader, "is empty: the first line names the columns");
	}
	set->column_count = head.count;
	set->columns = head.items;
	if (errors_count(loader->reader.errs) == errors) {
		set->cells = cells.items;
	} else {
		set->row_count = 0;
		cells_free(&cells);
	}
}

static void read_file(struct loader *loader, char delimiter, struct data_set *set)
{
	struct csvread csv;
	char *data;
	size_t len;

	reader_enter(&loader->reader, "file");
	if (loader_file(loader, set->file, FILE_MAX, &data, &len)) {
		csvread_init(&csv, data, len, delimiter);
		read_rows(loader, &csv, set);
		free(data);
	}
	reader_leave(&loader->reader);
}

/* ---- the section ------------------------------------------------------------------------- */

static void load_set(struct loader *loader, const char *name, json_t *value, struct data_set *set)
{
	struct data_draft draft = { 0 };
	char actual[120];

	if (json_is_object(value))
		keys_read(loader, value, &keyset_data, &draft);
	else if (json_is_string(value) && *json_string_value(value))
		draft.file = mem_strdup(json_string_value(value));
	else
		reader_error(&loader->reader,
			     "must be a file name or an object with \"file\", not %s",
			     reader_describe(value, actual, sizeof(actual)));
	if (!template_name_is_valid(name) || strchr(name, '.'))
		reader_error(&loader->reader,
			     "\"%s\" cannot name a data set: letters, digits, "
			     "\"_\" and \"-\", a letter first",
			     name);
	set->name = mem_strdup(name);
	set->file = draft.file;
	if (draft.order)
		load_order(loader, draft.order, set);
	if (draft.delimiter && strlen(draft.delimiter) != 1)
		reader_error_in(&loader->reader, "delimiter", "must be one character");
	if (draft.file)
		read_file(loader, draft.delimiter ? *draft.delimiter : ',', set);
	free(draft.delimiter);
}

void load_data(struct loader *loader, json_t *object)
{
	struct scenario *scenario = loader->scenario;
	const char *name;
	json_t *value;

	reader_enter(&loader->reader, "data");
	if (json_object_size(object) > SETS_MAX)
		reader_error(&loader->reader, "has more than %d sets", SETS_MAX);
	scenario->data = mem_array(SETS_MAX, sizeof(*scenario->data));
	json_object_foreach(object, name, value)
	{
		if (scenario->data_count == SETS_MAX)
			break;
		reader_enter(&loader->reader, name);
		load_set(loader, name, value, &scenario->data[scenario->data_count++]);
		reader_leave(&loader->reader);
	}
	reader_leave(&loader->reader);
}

/* A column has a slot when some template named it. */
static void bind_columns(struct loader *loader, struct data_set *set)
{
	set->slots = mem_array(set->column_count + 1, sizeof(*set->slots));
	for (size_t i = 0; i < set->column_count; i++) {
		char *name = mem_printf("%s.%s", set->name, set->columns[i]);

		if (names_find(loader->scenario->names, name, &set->slots[i]) == 0)
			loader_set_by_data(loader, set->slots[i]);
		else
			set->slots[i] = DATA_COLUMN_UNUSED;
		free(name);
	}
}

static size_t gcd(size_t a, size_t b)
{
	while (b) {
		size_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The first step from the number of users on that has no factor in common with the rows: all
 * users together read on where they stopped, and each comes by every row. */
static void choose_stride(struct data_set *set, double users)
{
	set->stride = users >= 1 ? (size_t)users : 1;
	while (set->row_count && gcd(set->stride, set->row_count) != 1)
		set->stride++;
}

void load_data_finish(struct loader *loader)
{
	struct load *load = &loader->scenario->load;

	reader_enter(&loader->reader, "data");
	for (size_t i = 0; i < loader->scenario->data_count; i++) {
		struct data_set *set = &loader->scenario->data[i];

		bind_columns(loader, set);
		choose_stride(set, load->users);
		if (set->order != DATA_UNIQUE || set->row_count == 0)
			continue;
		if ((double)set->row_count < load->users)
			reader_error_in(
				&loader->reader, set->name,
				"has %zu rows for %.0f users: \"unique\" needs one for each",
				set->row_count, load->users);
		else if (load->max_users > set->row_count)
			load->max_users = (unsigned)set->row_count;
	}
	reader_leave(&loader->reader);
}
