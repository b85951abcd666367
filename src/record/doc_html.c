/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/doc.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/chart.h"
#include "record/markup.h"

/* One page with everything inside: no script, no font, no request. Light or dark as the reader's
 * system says; prints. */

static const char STYLE[] =
	":root{color-scheme:light dark;--page:#ffffff;--text:#1f2328;--soft:#59636e;--line:#d8dee4;"
	"--box:#f6f8fa;--good:#116329;--bad:#b3261e;--warn:#8a5a00}\n"
	"@media (prefers-color-scheme:dark){:root{--page:#0d1117;--text:#e6edf3;--soft:#9198a1;"
	"--line:#30363d;--box:#161b22;--good:#56d364;--bad:#ff7b72;--warn:#e3b341}}\n"
	"body{margin:0;background:var(--page);color:var(--text);"
	"font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}\n"
	"main{max-width:1040px;margin:0 auto;padding:24px 20px 64px}\n"
	"h1{font-size:26px;margin:8px 0 16px}"
	"h2{font-size:21px;margin:40px 0 8px;padding-top:16px;border-top:1px solid var(--line)}"
	"h3{font-size:16px;margin:28px 0 8px}\n"
	".scroll{overflow-x:auto}table{border-collapse:collapse;margin:8px 0;min-width:50%}\n"
	"th,td{padding:5px 10px;border-bottom:1px solid var(--line);text-align:left;"
	"vertical-align:top}th{color:var(--soft);font-weight:600;white-space:nowrap}\n"
	".r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	"code,pre{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,monospace;font-size:13px}"
	"code{overflow-wrap:anywhere}\n"
	"pre{background:var(--box);padding:12px;overflow-x:auto;border-radius:6px}\n"
	"li{margin:6px 0}small{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}"
	".warn{color:var(--warn)}.good,.bad,.warn{font-weight:600}\n"
	"svg.tc{display:block;width:100%;height:auto;margin:8px 0}\n";

static const struct {
	const char *class_name, *sign;
} STYLES[] = {
	[DOC_PLAIN] = { "", "" },      [DOC_CODE] = { "", "" },     [DOC_STRONG] = { "", "" },
	[DOC_GOOD] = { "good", "✓ " }, [DOC_BAD] = { "bad", "✗ " }, [DOC_WARN] = { "warn", "⚠ " },
};

static void add_styled(struct buf *out, enum doc_style style, const char *text)
{
	const char *open = "", *close = "";

	if (text[0] == '\0')
		return;
	if (style == DOC_CODE) {
		open = "<code>";
		close = "</code>";
	} else if (style == DOC_STRONG) {
		open = "<strong>";
		close = "</strong>";
	} else if (style != DOC_PLAIN) {
		buf_addf(out, "<span class=\"%s\">%s", STYLES[style].class_name,
			 STYLES[style].sign);
		close = "</span>";
	}
	buf_adds(out, open);
	markup_html(out, text);
	buf_adds(out, close);
}

static void begin(struct doc *doc, const char *title)
{
	buf_adds(doc->out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			   "<meta name=\"viewport\" content=\"width=device-width,"
			   "initial-scale=1\">\n"
			   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
			   "'none'; style-src 'unsafe-inline'\">\n<title>");
	markup_html(doc->out, title);
	buf_adds(doc->out, "</title>\n<style>\n");
	buf_adds(doc->out, STYLE);
	chart_svg_style(doc->out);
	buf_adds(doc->out, "</style>\n</head>\n<body>\n<main>\n");
}

static void end(struct doc *doc)
{
	buf_adds(doc->out, "</main>\n</body>\n</html>\n");
}

static void heading(struct doc *doc, int level, const char *text, enum doc_style style,
		    const char *verdict)
{
	buf_addf(doc->out, "<h%d>", level);
	markup_html(doc->out, text);
	if (verdict[0] != '\0') {
		buf_adds(doc->out, " — ");
		add_styled(doc->out, style, verdict);
	}
	buf_addf(doc->out, "</h%d>\n", level);
}

static void paragraph(struct doc *doc, const char *text)
{
	buf_adds(doc->out, "<p>");
	markup_html(doc->out, text);
	buf_adds(doc->out, "</p>\n");
}

static void item(struct doc *doc, enum doc_style style, const char *text, const char *detail)
{
	if (!doc->in_list)
		buf_adds(doc->out, "<ul>\n");
	buf_adds(doc->out, "<li>");
	if (STYLES[style].sign[0] != '\0')
		buf_addf(doc->out, "<span class=\"%s\">%s</span>", STYLES[style].class_name,
			 STYLES[style].sign);
	markup_html(doc->out, text);
	if (detail[0] != '\0') {
		buf_adds(doc->out, "<br><small>");
		markup_html(doc->out, detail);
		buf_adds(doc->out, "</small>");
	}
	buf_adds(doc->out, "</li>\n");
}

static void list_end(struct doc *doc)
{
	buf_adds(doc->out, "</ul>\n");
}

static void table(struct doc *doc)
{
	buf_adds(doc->out, "<div class=\"scroll\"><table>\n<thead><tr>");
	for (size_t i = 0; i < doc->column_count; i++) {
		buf_adds(doc->out, doc->columns[i].right ? "<th class=\"r\">" : "<th>");
		markup_html(doc->out, doc->columns[i].title);
		buf_adds(doc->out, "</th>");
	}
	buf_adds(doc->out, "</tr></thead>\n<tbody>\n");
}

static void cell(struct doc *doc, enum doc_style style, const char *text)
{
	if (doc->column == 0)
		buf_adds(doc->out, "<tr>");
	buf_adds(doc->out, doc->columns[doc->column].right ? "<td class=\"r\">" : "<td>");
	add_styled(doc->out, style, text);
	buf_adds(doc->out, "</td>");
}

static void row_end(struct doc *doc)
{
	buf_adds(doc->out, "</tr>\n");
}

static void table_end(struct doc *doc)
{
	buf_adds(doc->out, "</tbody>\n</table></div>\n");
}

static void lines(struct doc *doc, const char *text)
{
	buf_adds(doc->out, "<pre>");
	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		char *copy = mem_strndup(line, len);

		markup_html(doc->out, copy);
		buf_addc(doc->out, '\n');
		free(copy);
		line += len + (line[len] == '\n');
	}
	buf_adds(doc->out, "</pre>\n");
}

static void chart_(struct doc *doc, const struct chart *chart, const char *file)
{
	(void)file;
	chart_svg(doc->out, chart, false);
}

const struct doc_ops *doc_html(void)
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
