/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "vt.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "unit.h"

static const struct vt_cell plain = { .text = " ", .fg = -1, .bg = -1 };

static void erase(struct vt *vt, int x0, int y0, int x1, int y1)
{
	for (int y = y0; y < y1; y++) {
		for (int x = x0; x < x1; x++) {
			vt->cells[y][x] = plain;
			vt->cells[y][x].bg = vt->pen.bg;
		}
	}
}

void vt_init(struct vt *vt, int cols, int rows)
{
	memset(vt, 0, sizeof(*vt));
	vt->cols = cols;
	vt->rows = rows;
	vt->bottom = rows - 1;
	vt->pen = plain;
	erase(vt, 0, 0, cols, rows);
}

static void clamp_cursor(struct vt *vt)
{
	vt->x = vt->x < 0 ? 0 : vt->x >= vt->cols ? vt->cols - 1 : vt->x;
	vt->y = vt->y < 0 ? 0 : vt->y >= vt->rows ? vt->rows - 1 : vt->y;
}

static void put(struct vt *vt, const char *bytes, size_t len, uint32_t ch)
{
	int width = text_char_width(ch);
	struct vt_cell *cell;

	if (width == 0) {
		assert_true(vt->x > 0);
		cell = &vt->cells[vt->y][vt->x - 1];
		if (cell->text[0] == '\0')
			cell--;
		assert_true(strlen(cell->text) + len < sizeof(cell->text));
		strncat(cell->text, bytes, len);
		return;
	}
	assert_true(vt->x + width <= vt->cols); /* nothing here relies on wrapping */
	cell = &vt->cells[vt->y][vt->x];
	*cell = vt->pen;
	memcpy(cell->text, bytes, len);
	cell->text[len] = '\0';
	if (width == 2) {
		cell[1] = vt->pen;
		cell[1].text[0] = '\0';
	}
	vt->x += width;
}

static void set_color(int *color, const int *n, size_t count, size_t *used)
{
	if (count >= 3 && n[1] == 5) {
		*color = n[2];
		*used = 3;
	} else {
		assert_true(count >= 5 && n[1] == 2);
		*color = 0x1000000 | n[2] << 16 | n[3] << 8 | n[4];
		*used = 5;
	}
}

static void select_graphic(struct vt *vt, const int *n, size_t count)
{
	for (size_t i = 0; i < count;) {
		int code = n[i];
		size_t used = 1;

		if (code == 0)
			vt->pen = plain;
		else if (code == 1 || code == 22)
			vt->pen.bold = code == 1;
		else if (code == 4 || code == 24)
			vt->pen.underline = code == 4;
		else if (code == 7 || code == 27)
			vt->pen.reverse = code == 7;
		else if (code >= 30 && code <= 37)
			vt->pen.fg = code - 30;
		else if (code >= 40 && code <= 47)
			vt->pen.bg = code - 40;
		else if (code >= 90 && code <= 97)
			vt->pen.fg = code - 90 + 8;
		else if (code >= 100 && code <= 107)
			vt->pen.bg = code - 100 + 8;
		else if (code == 38)
			set_color(&vt->pen.fg, n + i, count - i, &used);
		else if (code == 48)
			set_color(&vt->pen.bg, n + i, count - i, &used);
		else if (code == 39)
			vt->pen.fg = -1;
		else if (code == 49)
			vt->pen.bg = -1;
		else
			fail_msg("unknown attribute %d", code);
		i += used;
	}
}

static void set_mode(struct vt *vt, int mode, bool on)
{
	switch (mode) {
	case 1049:
		vt->alternate = on;
		break;
	case 25:
		vt->cursor_hidden = !on;
		break;
	case 1002:
		vt->mouse = on;
		break;
	case 2004:
		vt->paste = on;
		break;
	case 1:
	case 7:
	case 12:
	case 1006:
		break;
	default:
		fail_msg("unknown mode %d", mode);
	}
}

static void shift_line(struct vt *vt, int by)
{
	struct vt_cell *line = vt->cells[vt->y];

	if (by > 0) {
		for (int x = vt->cols - 1; x >= vt->x + by; x--)
			line[x] = line[x - by];
		erase(vt, vt->x, vt->y, vt->x + by, vt->y + 1);
	} else {
		for (int x = vt->x; x < vt->cols + by; x++)
			line[x] = line[x - by];
		erase(vt, vt->cols + by, vt->y, vt->cols, vt->y + 1);
	}
}

static void erase_line(struct vt *vt, int kind)
{
	erase(vt, kind == 0 ? vt->x : 0, vt->y, kind == 1 ? vt->x + 1 : vt->cols, vt->y + 1);
}

static void erase_screen(struct vt *vt, int kind)
{
	assert_true(kind == 0 || kind == 2);
	if (kind == 0) {
		erase_line(vt, 0);
		erase(vt, 0, vt->y + 1, vt->cols, vt->rows);
	} else {
		erase(vt, 0, 0, vt->cols, vt->rows);
		vt->clears++;
	}
}

/* Move the lines within the margins up (by > 0) or down. */
static void scroll(struct vt *vt, int by)
{
	for (; by > 0; by--) {
		for (int y = vt->top; y < vt->bottom; y++)
			memcpy(vt->cells[y], vt->cells[y + 1], sizeof(vt->cells[y]));
		erase(vt, 0, vt->bottom, vt->cols, vt->bottom + 1);
	}
	for (; by < 0; by++) {
		for (int y = vt->bottom; y > vt->top; y--)
			memcpy(vt->cells[y], vt->cells[y - 1], sizeof(vt->cells[y]));
		erase(vt, 0, vt->top, vt->cols, vt->top + 1);
	}
}

static void control(struct vt *vt, char kind, char final, const int *n, size_t count)
{
	int one = n[0] > 0 ? n[0] : 1;

	if (kind == '?') {
		assert_true(final == 'h' || final == 'l');
		for (size_t i = 0; i < count; i++)
			set_mode(vt, n[i], final == 'h');
		return;
	}
	switch (final) {
	case 'H':
		vt->y = one - 1;
		vt->x = count > 1 && n[1] > 0 ? n[1] - 1 : 0;
		break;
	case 'A':
		vt->y -= one;
		break;
	case 'B':
		vt->y += one;
		break;
	case 'C':
		vt->x += one;
		break;
	case 'D':
		vt->x -= one;
		break;
	case 'G':
		vt->x = one - 1;
		break;
	case 'd':
		vt->y = one - 1;
		break;
	case 'K':
		erase_line(vt, n[0]);
		break;
	case 'J':
		erase_screen(vt, n[0]);
		break;
	case 'X':
		erase(vt, vt->x, vt->y, vt->x + one < vt->cols ? vt->x + one : vt->cols, vt->y + 1);
		break;
	case '@':
		shift_line(vt, one);
		break;
	case 'P':
		shift_line(vt, -one);
		break;
	case 'b':
		for (int i = 0; i < one; i++) {
			struct vt_cell last = vt->cells[vt->y][vt->x - 1];

			vt->cells[vt->y][vt->x++] = last;
		}
		break;
	case 'S':
		scroll(vt, one);
		break;
	case 'T':
		scroll(vt, -one);
		break;
	case 'm':
		select_graphic(vt, n, count);
		break;
	case 'r':
		vt->top = one - 1;
		vt->bottom = count > 1 && n[1] > 0 ? n[1] - 1 : vt->rows - 1;
		vt->x = vt->y = 0;
		break;
	case 'n':
		assert_int_equal(n[0], 5);
		vt->asked++;
		break;
	case 'l':
	case 't':
		break;
	default:
		fail_msg("unknown sequence ESC [ %d %d ... %c", n[0], n[1], final);
	}
	clamp_cursor(vt);
}

/* A whole sequence at the front: its length, 0 when more is needed. */
static size_t sequence(struct vt *vt, const char *bytes, size_t len)
{
	int n[16] = { 0 };
	size_t count = 1;
	size_t i = 2;
	char kind = 0;

	if (len < 2)
		return 0;
	if (bytes[1] == '(')
		return len < 3 ? 0 : 3;
	if (bytes[1] != '[') {
		if (bytes[1] == 'M' && vt->y == vt->top)
			scroll(vt, -1);
		else if (bytes[1] == 'M')
			vt->y--;
		else if (bytes[1] != '>' && bytes[1] != '=')
			fail_msg("unknown sequence ESC %c", bytes[1]);
		return 2;
	}
	if (len > 2 && bytes[2] == '?')
		kind = bytes[i++];
	for (; i < len && (bytes[i] < 0x40 || bytes[i] > 0x7e); i++) {
		if (bytes[i] == ';')
			count++;
		else
			n[count - 1] = n[count - 1] * 10 + (bytes[i] - '0');
		assert_true(count < COUNT(n));
	}
	if (i == len)
		return 0;
	control(vt, kind, bytes[i], n, count);
	return i + 1;
}

static void line_feed(struct vt *vt)
{
	if (vt->y == vt->bottom)
		scroll(vt, 1);
	else
		vt->y++;
	clamp_cursor(vt);
}

static size_t character(struct vt *vt, const char *bytes, size_t len)
{
	unsigned char first = (unsigned char)bytes[0];
	size_t need = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t ch;

	if (first == '\r') {
		vt->x = 0;
	} else if (first == '\n') {
		line_feed(vt);
	} else if (first == '\b') {
		vt->x--;
		clamp_cursor(vt);
	} else if (first == '\t') {
		vt->x = (vt->x / 8 + 1) * 8;
		clamp_cursor(vt);
	} else if (len < need) {
		return 0;
	} else {
		assert_true(first >= 0x20);
		assert_int_equal(text_decode(bytes, need, &ch), need);
		put(vt, bytes, need, ch);
	}
	return need;
}

static size_t step(struct vt *vt, const char *bytes, size_t len)
{
	return bytes[0] == '\033' ? sequence(vt, bytes, len) : character(vt, bytes, len);
}

void vt_feed(struct vt *vt, const char *bytes, size_t len)
{
	vt->bytes += len;
	while (len > 0) {
		size_t take = sizeof(vt->pending) - vt->pending_len;
		size_t at = 0;

		take = take < len ? take : len;
		memcpy(vt->pending + vt->pending_len, bytes, take);
		vt->pending_len += take;
		bytes += take;
		len -= take;
		while (at < vt->pending_len) {
			size_t used = step(vt, vt->pending + at, vt->pending_len - at);

			if (used == 0)
				break;
			at += used;
		}
		assert_true(at > 0 || vt->pending_len < sizeof(vt->pending));
		vt->pending_len -= at;
		memmove(vt->pending, vt->pending + at, vt->pending_len);
	}
}

char *vt_text(const struct vt *vt)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	for (int y = 0; y < vt->rows; y++) {
		int end = vt->cols;

		while (end > 0 && strcmp(vt->cells[y][end - 1].text, " ") == 0)
			end--;
		for (int x = 0; x < end; x++)
			buf_adds(&out, vt->cells[y][x].text);
		buf_addc(&out, '\n');
	}
	return buf_take(&out, NULL);
}
