/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/doc.h"

#include <string.h>

#include "base/buf.h"
#include "record/chart.h"
#include "record/markup.h"

/* GitHub flavoured Markdown that is also pleasant as plain text. */

#define CHART_COLUMNS 96

static const char *const SIGNS[] = {
	[DOC_PLAIN] = "",  [DOC_CODE] = "",  [DOC_STRONG] = "",
	[DOC_GOOD] = "✓ ", [DOC_BAD] = "✗ ", [DOC_WARN] = "⚠ ",
};

static void add_styled(struct doc *doc, enum doc_style style, const char *text)
{
	if (text[0] == '\0')
		return;
	if (style == DOC_CODE) {
		markup_markdown_code(doc->out, text, doc->columns != NULL);
		return;
	}
	buf_adds(doc->out, SIGNS[style]);
	if (style != DOC_PLAIN)
		buf_adds(doc->out, "**");
	markup_markdown(doc->out, text);
	if (style != DOC_PLAIN)
		buf_adds(doc->out, "**");
}

static void begin(struct doc *doc, const char *title)
{
	(void)doc;
	(void)title; /* the first heading says it */
}

static void end(struct doc *doc)
{
	(void)doc;
}

static void heading(struct doc *doc, int level, const char *text, enum doc_style style,
		    const char *verdict)
{
	if (doc->out->len > 0)
		buf_addc(doc->out, '\n');
	for (int i = 0; i < level; i++)
		buf_addc(doc->out, '#');
	buf_addc(doc->out, ' ');
	markup_markdown(doc->out, text);
	if (verdict[0] != '\0') {
		buf_adds(doc->out, " — ");
		buf_adds(doc->out, SIGNS[style]);
		markup_markdown(doc->out, verdict);
	}
	buf_addc(doc->out, '\n');
}

static void paragraph(struct doc *doc, const char *text)
{
	buf_addc(doc->out, '\n');
	markup_markdown(doc->out, text);
	buf_addc(doc->out, '\n');
}

static void item(struct doc *doc, enum doc_style style, const char *text, const char *detail)
{
	buf_adds(doc->out, doc->in_list ? "- " : "\n- ");
	buf_adds(doc->out, SIGNS[style]);
	markup_markdown(doc->out, text);
	if (detail[0] != '\0') {
		buf_adds(doc->out, "\n  <br><sub>");
		markup_html(doc->out, detail);
		buf_adds(doc->out, "</sub>");
	}
	buf_addc(doc->out, '\n');
}

static void list_end(struct doc *doc)
{
	(void)doc;
}

static void table(struct doc *doc)
{
	buf_adds(doc->out, "\n|");
	for (size_t i = 0; i < doc->column_count; i++) {
		buf_addc(doc->out, ' ');
		markup_markdown(doc->out, doc->columns[i].title);
		buf_adds(doc->out, " |");
	}
	buf_adds(doc->out, "\n|");
	for (size_t i = 0; i < doc->column_count; i++)
		buf_adds(doc->out, doc->columns[i].right ? "---:|" : "---|");
	buf_addc(doc->out, '\n');
}

static void cell(struct doc *doc, enum doc_style style, const char *text)
{
	buf_adds(doc->out, doc->column == 0 ? "| " : " ");
	add_styled(doc, style, text);
	buf_adds(doc->out, " |");
}

static void row_end(struct doc *doc)
{
	buf_addc(doc->out, '\n');
}

static void table_end(struct doc *doc)
{
	(void)doc;
}

static size_t longest_ticks(const char *text)
{
	size_t longest = 0;

	while ((text = strchr(text, '`')) != NULL) {
		size_t run = strspn(text, "`");

		if (run > longest)
			longest = run;
		text += run;
	}
	return longest;
}

/* One longer than any run of them within: what strangers sent cannot end the block. */
static void fence(struct buf *out, size_t ticks)
{
	for (size_t i = 0; i < (ticks < 3 ? 3 : ticks); i++)
		buf_addc(out, '`');
}

static void lines(struct doc *doc, const char *text)
{
	size_t ticks = longest_ticks(text) + 1;

	buf_addc(doc->out, '\n');
	fence(doc->out, ticks);
	buf_addf(doc->out, "text\n%s", text);
	fence(doc->out, ticks);
	buf_addc(doc->out, '\n');
}

/* The drawing for those who see the file rendered, the same as text for those who read it. */
static void chart_(struct doc *doc, const struct chart *chart, const char *file)
{
	struct buf text;

	if (file[0] != '\0') {
		buf_adds(doc->out, "\n![");
		markup_markdown(doc->out, chart->title);
		buf_adds(doc->out, "](");
		markup_url_path(doc->out, file);
		buf_adds(doc->out, ")\n");
	}
	buf_init(&text, (size_t)1024 * 1024);
	chart_text(&text, chart, CHART_COLUMNS);
	if (text.len > 0)
		lines(doc, buf_str(&text));
	buf_fini(&text);
}

const struct doc_ops *doc_markdown(void)
{
	static const struct doc_ops OPS = {
		.begin = begin,
		.end = end,
		.heading = heading,
		.paragraph = paragraph,
		.item = item,
		.list_end = list_end,
		.table = table,
		.cell = cell,
		.row_end = row_end,
		.table_end = table_end,
		.lines = lines,
		.chart = chart_,
	};

	return &OPS;
}
