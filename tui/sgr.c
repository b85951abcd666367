/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/sgr.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static const struct sgr_state plain = { .fg = SGR_DEFAULT, .bg = SGR_DEFAULT };

void sgr_init(struct sgr *sgr)
{
	memset(sgr, 0, sizeof(*sgr));
	sgr->wanted = plain;
	sgr_clear_exact(sgr);
}

void sgr_forget(struct sgr *sgr)
{
	sgr->known = false;
}

void sgr_clear_exact(struct sgr *sgr)
{
	sgr->exact_count = 0;
	sgr->known = false;
}

int sgr_exact(struct sgr *sgr, int32_t rgb)
{
	size_t i = 0;

	while (i < sgr->exact_count && sgr->exact[i] != rgb)
		i++;
	if (i == SGR_EXACT_MAX)
		i--;
	else if (i == sgr->exact_count)
		sgr->exact[sgr->exact_count++] = rgb;
	return SGR_EXACT_FIRST + (int)i;
}

/* ---- sending ---- */

struct codes {
	char text[96];
	size_t len;
};

static void add_code(struct codes *codes, const char *code)
{
	int n = snprintf(codes->text + codes->len, sizeof(codes->text) - codes->len, "%s%s",
			 codes->len > 0 ? ";" : "", code);

	if (n > 0 && codes->len + (size_t)n < sizeof(codes->text))
		codes->len += (size_t)n;
}

static int32_t exact_color(const struct sgr *sgr, int color)
{
	size_t number = (size_t)(color - SGR_EXACT_FIRST);

	return color >= SGR_EXACT_FIRST && number < sgr->exact_count && number < SGR_EXACT_MAX
		       ? sgr->exact[number]
		       : -1;
}

static void add_color(const struct sgr *sgr, struct codes *codes, bool ground, int color)
{
	int base = ground ? 40 : 30;
	int32_t rgb = exact_color(sgr, color);
	char code[32];

	if (color < 0)
		snprintf(code, sizeof(code), "%d", base + 9);
	else if (rgb >= 0)
		snprintf(code, sizeof(code), "%d;2;%d;%d;%d", base + 8, (int)(rgb >> 16) & 255,
			 (int)(rgb >> 8) & 255, (int)rgb & 255);
	else if (color < 8)
		snprintf(code, sizeof(code), "%d", base + color);
	else if (color < 16)
		snprintf(code, sizeof(code), "%d", base + 60 + color - 8);
	else
		snprintf(code, sizeof(code), "%d;5;%d", base + 8, color);
	add_code(codes, code);
}

/* Make the terminal's state what is wanted; for a blank only what can be seen of it. */
static void settle(struct sgr *sgr, bool blank, struct buf *out)
{
	struct sgr_state to = sgr->wanted;
	struct sgr_state *now = &sgr->sent;
	struct codes codes = { .len = 0 };

	if (!sgr->known) {
		*now = plain;
		add_code(&codes, "0");
		sgr->known = true;
	}
	if (blank && !to.underline && !to.reverse && !now->underline && !now->reverse) {
		to.fg = now->fg;
		to.bold = now->bold;
	}
	if (to.bold != now->bold)
		add_code(&codes, to.bold ? "1" : "22");
	if (to.underline != now->underline)
		add_code(&codes, to.underline ? "4" : "24");
	if (to.reverse != now->reverse)
		add_code(&codes, to.reverse ? "7" : "27");
	if (to.fg != now->fg)
		add_color(sgr, &codes, false, to.fg);
	if (to.bg != now->bg)
		add_color(sgr, &codes, true, to.bg);
	*now = to;
	if (codes.len > 0)
		buf_addf(out, "\033[%sm", codes.text);
}

/* ---- following ---- */

/* One of the codes of ESC [ ... m; returns how many of them it used. */
static size_t follow_code(struct sgr_state *state, const int *codes, size_t count)
{
	int code = codes[0];

	if (code == 0)
		*state = plain;
	else if (code == 1 || code == 22)
		state->bold = code == 1;
	else if (code == 4 || code == 24)
		state->underline = code == 4;
	else if (code == 7 || code == 27)
		state->reverse = code == 7;
	else if (code >= 30 && code <= 37)
		state->fg = code - 30;
	else if (code >= 40 && code <= 47)
		state->bg = code - 40;
	else if (code >= 90 && code <= 97)
		state->fg = code - 90 + 8;
	else if (code >= 100 && code <= 107)
		state->bg = code - 100 + 8;
	else if (code == 39)
		state->fg = SGR_DEFAULT;
	else if (code == 49)
		state->bg = SGR_DEFAULT;
	else if ((code == 38 || code == 48) && count >= 3 && codes[1] == 5) {
		*(code == 38 ? &state->fg : &state->bg) = codes[2] & 255;
		return 3;
	}
	return 1;
}

static void follow(struct sgr *sgr, const char *parameters, size_t len)
{
	int codes[16] = { 0 };
	size_t count = 1;

	for (size_t i = 0; i < len; i++) {
		if (parameters[i] == ';' && count < 16)
			count++;
		else if (parameters[i] >= '0' && parameters[i] <= '9' && codes[count - 1] < 1000)
			codes[count - 1] = codes[count - 1] * 10 + (parameters[i] - '0');
	}
	for (size_t i = 0; i < count;)
		i += follow_code(&sgr->wanted, codes + i, count - i);
}

/* Bytes of the escape sequence at the front. */
static size_t sequence_length(const char *bytes, size_t len)
{
	size_t i = 2;

	if (len < 2)
		return len;
	if (bytes[1] == '(' || bytes[1] == ')')
		return len < 3 ? len : 3;
	if (bytes[1] == ']') { /* up to BEL or ST */
		while (i < len && bytes[i] != '\a' && bytes[i] != '\033')
			i++;
		return i < len && bytes[i] == '\a' ? i + 1 : i;
	}
	if (bytes[1] != '[')
		return 2;
	while (i < len && (bytes[i] < 0x40 || bytes[i] > 0x7e))
		i++;
	return i < len ? i + 1 : len;
}

/* What is erased or scrolled in shows the ground that is set; b repeats a character. */
static bool shows_ground(char final)
{
	return final == 'J' || final == 'K' || final == 'X' || final == 'b' || final == '@' ||
	       final == 'P' || final == 'L' || final == 'M' || final == 'S' || final == 'T';
}

static size_t filter_sequence(struct sgr *sgr, const char *bytes, size_t len, struct buf *out)
{
	size_t used = sequence_length(bytes, len);
	char final = bytes[used - 1];

	if (used >= 3 && bytes[1] == '[' && final == 'm' && bytes[2] != '>' && bytes[2] != '?') {
		follow(sgr, bytes + 2, used - 3);
		return used;
	}
	if (used == 3 && bytes[1] == '(' && final == 'B') /* part of "no attributes" */
		return used;
	/* curses resets the palette at the end, which would be the user's own: nobody changed it */
	if (used >= 5 && memcmp(bytes, "\033]104", 5) == 0)
		return used;
	if ((bytes[1] == '[' && shows_ground(final)) || bytes[1] == 'M')
		settle(sgr, true, out);
	buf_add(out, bytes, used);
	return used;
}

void sgr_filter(struct sgr *sgr, const char *bytes, size_t len, struct buf *out)
{
	while (len > 0) {
		size_t used = 1;

		if (*bytes == '\033') {
			used = filter_sequence(sgr, bytes, len, out);
		} else {
			/* other control characters move the cursor and show nothing; a line feed may
			 * scroll */
			if ((unsigned char)*bytes >= 0x20 || *bytes == '\n')
				settle(sgr, *bytes == ' ' || *bytes == '\n', out);
			buf_addc(out, *bytes);
		}
		bytes += used;
		len -= used;
	}
}
