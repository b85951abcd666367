/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/doc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define TEXT_MAX  4096
#define LINES_MAX ((size_t)1024 * 1024)

void doc_begin(struct doc *doc, enum doc_format format, struct buf *out, const char *title)
{
	*doc = (struct doc){ .out = out };
	switch (format) {
	case DOC_MARKDOWN:
		doc->ops = doc_markdown();
		break;
	case DOC_HTML:
		doc->ops = doc_html();
		break;
	}
	doc->ops->begin(doc, title);
}

static void list_end(struct doc *doc)
{
	if (doc->in_list)
		doc->ops->list_end(doc);
	doc->in_list = false;
}

void doc_end(struct doc *doc)
{
	list_end(doc);
	doc->ops->end(doc);
}

void doc_heading(struct doc *doc, int level, const char *text, enum doc_style style,
		 const char *verdict)
{
	list_end(doc);
	doc->ops->heading(doc, level, text, style, verdict);
}

void doc_paragraph(struct doc *doc, const char *text)
{
	list_end(doc);
	doc->ops->paragraph(doc, text);
}

void doc_item(struct doc *doc, enum doc_style style, const char *text, const char *detail)
{
	doc->ops->item(doc, style, text, detail);
	doc->in_list = true;
}

void doc_table(struct doc *doc, const struct doc_column *columns, size_t count)
{
	list_end(doc);
	doc->columns = columns;
	doc->column_count = count;
	doc->column = 0;
	doc->ops->table(doc);
}

void doc_cell(struct doc *doc, enum doc_style style, const char *text)
{
	assert(doc->columns != NULL);
	doc->ops->cell(doc, style, text);
	if (++doc->column == doc->column_count) {
		doc->ops->row_end(doc);
		doc->column = 0;
	}
}

void doc_cellf(struct doc *doc, enum doc_style style, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	doc_cell(doc, style, text);
}

void doc_table_end(struct doc *doc)
{
	assert(doc->column == 0);
	doc->ops->table_end(doc);
	doc->columns = NULL;
}

/* What strangers sent may be among the lines: each is cleaned, and cannot end the block. */
void doc_lines(struct doc *doc, const char *text)
{
	char line[TEXT_MAX];
	struct buf clean;

	list_end(doc);
	buf_init(&clean, LINES_MAX);
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		text_clean(line, sizeof(line), text, len, false);
		buf_addf(&clean, "%s\n", line);
		text += len + (text[len] == '\n');
	}
	doc->ops->lines(doc, buf_str(&clean));
	buf_fini(&clean);
}

void doc_chart(struct doc *doc, const struct chart *chart, const char *file)
{
	list_end(doc);
	doc->ops->chart(doc, chart, file);
}
