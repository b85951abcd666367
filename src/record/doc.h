/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_DOC_H
#define THRONG_RECORD_DOC_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct chart;

/* A report's pieces, whatever it is written as: Markdown that reads well in a pull request, or one
 * HTML page that needs nothing else. All text is plain and is escaped here. Not thread-bound. */
enum doc_format { DOC_MARKDOWN, DOC_HTML };

enum doc_style {
	DOC_PLAIN,
	DOC_CODE, /* names, rules, commands */
	DOC_STRONG,
	DOC_GOOD, /* PASS: by a sign and, where there is colour, by colour */
	DOC_BAD,
	DOC_WARN
};

struct doc_column {
	const char *title;
	bool right; /* numbers */
};

struct doc {
	const struct doc_ops *ops;
	struct buf *out;
	bool in_list;
	const struct doc_column *columns; /* of the table under way */
	size_t column_count, column;
};

/* Begin a document. `out` is borrowed until doc_end. */
void doc_begin(struct doc *doc, enum doc_format format, struct buf *out, const char *title);
void doc_end(struct doc *doc);
/* level 1 (once) to 4; verdict: what stands behind it ("" for none) in that style. */
void doc_heading(struct doc *doc, int level, const char *text, enum doc_style style,
		 const char *verdict);
void doc_paragraph(struct doc *doc, const char *text);
/* One item of a list; the list ends with the next other piece. `detail` stands below in small, ""
 * for none. */
void doc_item(struct doc *doc, enum doc_style style, const char *text, const char *detail);
/* A table: columns (borrowed until doc_table_end), then cells from left to right, row by row. */
void doc_table(struct doc *doc, const struct doc_column *columns, size_t count);
void doc_cell(struct doc *doc, enum doc_style style, const char *text);
void doc_cellf(struct doc *doc, enum doc_style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void doc_table_end(struct doc *doc);
/* Lines as they are, in fixed width. */
void doc_lines(struct doc *doc, const char *text);
/* A time line. `file`: name of the SVG beside the document, as the document refers to it (Markdown
 * only: HTML holds the drawing itself). */
void doc_chart(struct doc *doc, const struct chart *chart, const char *file);

/* What a format is: see doc_markdown.c and doc_html.c. `doc_ops` are for doc.c only. */
struct doc_ops {
	void (*begin)(struct doc *doc, const char *title);
	void (*end)(struct doc *doc);
	void (*heading)(struct doc *doc, int level, const char *text, enum doc_style style,
			const char *verdict);
	void (*paragraph)(struct doc *doc, const char *text);
	void (*item)(struct doc *doc, enum doc_style style, const char *text, const char *detail);
	void (*list_end)(struct doc *doc);
	void (*table)(struct doc *doc);
	void (*cell)(struct doc *doc, enum doc_style style, const char *text);
	void (*row_end)(struct doc *doc);
	void (*table_end)(struct doc *doc);
	void (*lines)(struct doc *doc, const char *text);
	void (*chart)(struct doc *doc, const struct chart *chart, const char *file);
};

const struct doc_ops *doc_markdown(void);
const struct doc_ops *doc_html(void);

#endif
