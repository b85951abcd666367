/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "monitor/postgres_table.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* All texts lie one behind the other in one buffer; a cell is where its text begins. A table is reused
 * from tick to tick, so it stops allocating. */

#define NULL_CELL UINT32_MAX

struct cells {
	uint32_t *at;
	size_t count, room;
};

struct pg_table {
	size_t columns;
	bool overflow;
	struct cells cells, names;
	struct buf text;
};

struct pg_table *pg_table_new(void)
{
	struct pg_table *table = mem_new(sizeof(*table));

	buf_init(&table->text, PG_TABLE_BYTES_MAX);
	return table;
}

void pg_table_free(struct pg_table *table)
{
	if (table == NULL)
		return;
	free(table->cells.at);
	free(table->names.at);
	buf_fini(&table->text);
	free(table);
}

void pg_table_reset(struct pg_table *table, size_t columns)
{
	table->columns = columns;
	table->overflow = false;
	table->cells.count = table->names.count = 0;
	buf_reset(&table->text);
}

/* One more text of `len` bytes with its NUL; SIZE_MAX: null. */
static void put(struct pg_table *table, struct cells *cells, const char *text, size_t len)
{
	uint32_t at = NULL_CELL;

	if (table->overflow)
		return;
	if (len != SIZE_MAX) {
		at = (uint32_t)table->text.len;
		buf_add(&table->text, text, len);
		buf_addc(&table->text, '\0');
	}
	if (table->text.overflow || cells->count == PG_TABLE_CELLS_MAX) {
		table->overflow = true;
		return;
	}
	if (cells->count == cells->room) {
		size_t room = cells->room == 0 ? 64 : cells->room * 2;

		cells->at = mem_grow(cells->at, cells->room, room, sizeof(*cells->at));
		cells->room = room;
	}
	cells->at[cells->count++] = at;
}

void pg_table_name(struct pg_table *table, const char *name)
{
	put(table, &table->names, name, strlen(name));
}

void pg_table_add(struct pg_table *table, const char *text)
{
	put(table, &table->cells, text != NULL ? text : "", text != NULL ? strlen(text) : SIZE_MAX);
}

void pg_table_add_line(struct pg_table *table, const char *line, size_t len)
{
	size_t fields = 1;

	for (size_t i = 0; i < len; i++)
		fields += line[i] == PG_TABLE_SEPARATOR;
	if (table->columns == 0)
		table->columns = fields;
	if (fields != table->columns)
		return;
	for (const char *end = line + len; fields > 0; fields--) {
		const char *stop = memchr(line, PG_TABLE_SEPARATOR, (size_t)(end - line));
		size_t size = (size_t)((stop != NULL ? stop : end) - line);
		bool null = size == strlen(PG_TABLE_NULL) && memcmp(line, PG_TABLE_NULL, size) == 0;

		put(table, &table->cells, line, null ? SIZE_MAX : size);
		line += size + 1;
	}
}

size_t pg_table_rows(const struct pg_table *table)
{
	return table->columns > 0 ? table->cells.count / table->columns : 0;
}

size_t pg_table_columns(const struct pg_table *table)
{
	return table->columns;
}

bool pg_table_overflow(const struct pg_table *table)
{
	return table->overflow;
}

static const char *text_at(const struct pg_table *table, const struct cells *cells, size_t i)
{
	if (i >= cells->count || cells->at[i] == NULL_CELL)
		return NULL;
	return buf_str(&table->text) + cells->at[i];
}

const char *pg_table_text(const struct pg_table *table, size_t row, size_t column)
{
	if (column >= table->columns || row >= pg_table_rows(table))
		return NULL;
	return text_at(table, &table->cells, row * table->columns + column);
}

const char *pg_table_string(const struct pg_table *table, size_t row, size_t column)
{
	const char *text = pg_table_text(table, row, column);

	return text != NULL ? text : "";
}

bool pg_table_number(const struct pg_table *table, size_t row, size_t column, double *out)
{
	const char *text = pg_table_text(table, row, column);
	char *end;
	double value;

	if (text == NULL || text[0] == '\0')
		return false;
	if (strcmp(text, "t") == 0 || strcmp(text, "f") == 0) {
		*out = text[0] == 't';
		return true;
	}
	value = strtod(text, &end);
	if (*end != '\0' || !isfinite(value))
		return false;
	*out = value;
	return true;
}

double pg_table_value(const struct pg_table *table, size_t row, size_t column)
{
	double value = -1;

	(void)pg_table_number(table, row, column, &value);
	return value;
}

size_t pg_table_column(const struct pg_table *table, const char *name)
{
	for (size_t i = 0; i < table->names.count; i++)
		if (strcmp(text_at(table, &table->names, i), name) == 0)
			return i;
	return SIZE_MAX;
}
