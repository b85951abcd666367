/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_CSV_TABLE_H
#define THRONG_RECORD_CSV_TABLE_H

#include <stddef.h>

struct error;

/* A CSV file in memory: a line of titles, then rows, looked up by title so that other versions' files
 * with more or fewer columns can be read. Rows of a length of their own are fine: what they lack is
 * "". At most CSV_TABLE_BYTES_MAX bytes. */
#define CSV_TABLE_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct csv_table;

/* 0, or negative errno with err->text naming the file (-ENOENT when there is none, -EINVAL when it is
 * no CSV). Caller frees with csv_table_free. */
int csv_table_read(struct csv_table **out, const char *path, struct error *err)
	__attribute__((warn_unused_result));
void csv_table_free(struct csv_table *table); /* NULL is fine */
size_t csv_table_rows(const struct csv_table *table);
/* The field of a row below a title; "" when there is no such column. Valid until the table is freed. */
const char *csv_table_text(const struct csv_table *table, size_t row, const char *title);
/* The same as a number; NAN when it is none ("N/A"). */
double csv_table_number(const struct csv_table *table, size_t row, const char *title);
int csv_table_has(const struct csv_table *table, const char *title);

#endif
