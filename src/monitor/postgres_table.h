/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_TABLE_H
#define THRONG_MONITOR_POSTGRES_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* The answer of a query as text, whichever way it came: from libpq's results or from lines of psql -A. Bounded: what does not fit makes
 * the table `overflow` and is left out. Pure; monitor thread. */
struct pg_table;

#define PG_TABLE_BYTES_MAX ((size_t)1024 * 1024)
#define PG_TABLE_CELLS_MAX ((size_t)65536)
/* What psql shall print between fields and for NULL. */
#define PG_TABLE_SEPARATOR '\x1f'
#define PG_TABLE_NULL      "\x02"

struct pg_table *pg_table_new(void);
void pg_table_free(struct pg_table *table); /* NULL is fine */
/* Empty it for an answer of so many columns; 0: as many as its first line has. */
void pg_table_reset(struct pg_table *table, size_t columns);
/* The name of the next column, in order (libpq only: psql prints none). */
void pg_table_name(struct pg_table *table, const char *name);
/* The next field, row by row; NULL is SQL's null. */
void pg_table_add(struct pg_table *table, const char *text);
/* One line of psql. Lines with another number of fields than the first are left out. */
void pg_table_add_line(struct pg_table *table, const char *line, size_t len);

size_t pg_table_rows(const struct pg_table *table);
size_t pg_table_columns(const struct pg_table *table);
bool pg_table_overflow(const struct pg_table *table);
/* A field; NULL when it is null or not there. Valid until the next change. */
const char *pg_table_text(const struct pg_table *table, size_t row, size_t column);
/* "" instead of NULL. */
const char *pg_table_string(const struct pg_table *table, size_t row, size_t column);
/* The number in a field: decimal, "t" is 1 and "f" 0. False when null or no finite number. */
bool pg_table_number(const struct pg_table *table, size_t row, size_t column, double *out);
/* The same; -1 when there is none. */
double pg_table_value(const struct pg_table *table, size_t row, size_t column);
/* The column of a name; SIZE_MAX when there is none. */
size_t pg_table_column(const struct pg_table *table, const char *name);

#endif
