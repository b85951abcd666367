/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_MARKUP_H
#define THRONG_RECORD_MARKUP_H

#include <stddef.h>

struct buf;

/* Text of any origin made safe to stand in a report: cleaned of control characters by text.h, then
 * escaped for the format. Pure; each appends to `out`. */

/* Inside HTML or SVG text and double-quoted attributes. */
void markup_html(struct buf *out, const char *text);
/* In running Markdown text or a table cell: nothing in it is taken for markup. */
void markup_markdown(struct buf *out, const char *text);
/* As a code span; in_table: also safe between the bars of a table. */
void markup_markdown_code(struct buf *out, const char *text, int in_table);
/* A relative file name as the address of a link or an image: all but unreserved characters and
 * slashes percent-encoded (RFC 3986). */
void markup_url_path(struct buf *out, const char *path);
/* Characters of a text, for what is laid out by its length. */
size_t markup_width(const char *text);

#endif
