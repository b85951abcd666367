/* SPDX-License-Identifier: MIT */
/* Lines of an HTTP/1.x head: where they end, what they hold, and the few fields that frame an
 * answer (RFC 9112, RFC 9110). */
#include "config.h"

#include "engine/http1_line.h"

#include <string.h>

#include "engine/http1.h"

/* Characters of a field name (RFC 9110 token). */
static const bool token[256] = {
	['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
	['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1,  ['~'] = 1, ['0'] = 1,
	['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1,  ['7'] = 1, ['8'] = 1,
	['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1,  ['F'] = 1, ['G'] = 1,
	['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1,  ['N'] = 1, ['O'] = 1,
	['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,  ['V'] = 1, ['W'] = 1,
	['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1,  ['d'] = 1, ['e'] = 1,
	['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1,  ['l'] = 1, ['m'] = 1,
	['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,  ['t'] = 1, ['u'] = 1,
	['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* Eight bytes, the first one lowest. */
static uint64_t load(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* First control character but the tab in [p, end), or end. Eight bytes at a time: the classic
 * tests for "a byte below 0x20" and "a byte equal 0x7f" (Anderson, Bit Twiddling Hacks), whose
 * false hits are all above a true one. */
static char *find_control(char *p, char *end)
{
	const uint64_t ones = ~UINT64_C(0) / 255;

	while (end - p >= 8) {
		uint64_t word = load(p), low, del;

		low = (word - ones * 0x20) & ~word & ones * 0x80;
		del = word ^ ones * 0x7f;
		del = (del - ones) & ~del & ones * 0x80;
		if (low | del) {
			p += __builtin_ctzll(low | del) / 8;
			if (*p != '\t')
				return p;
			p++;
			continue;
		}
		p += 8;
	}
	while (p < end && !control(*p))
		p++;
	return p;
}

/* ASCII; `lower` is lower case and holds letters and '-' only, which bit 5 leaves as they are. */
static inline bool same_word(const char *p, size_t len, const char *lower, size_t lower_len)
{
	const uint64_t bit5 = ~UINT64_C(0) / 255 * 0x20;
	size_t i = 0;

	if (len != lower_len)
		return false;
	for (; i + 8 <= lower_len; i += 8)
		if ((load(p + i) | bit5) != load(lower + i))
			return false;
	for (; i < lower_len; i++)
		if ((p[i] | 0x20) != lower[i])
			return false;
	return true;
}

#define IS_WORD(p, len, literal) same_word(p, len, literal, sizeof(literal) - 1)

/* Cut the next element off a comma-separated list; false at its end. Empty elements are skipped. */
static bool next_element(const char **p, const char *end, const char **elem, size_t *len)
{
	const char *q = *p, *stop;

	while (q < end && (blank(*q) || *q == ','))
		q++;
	if (q == end)
		return false;
	stop = q;
	while (stop < end && *stop != ',')
		stop++;
	*p = stop;
	while (blank(stop[-1]))
		stop--;
	*elem = q;
	*len = (size_t)(stop - q);
	return true;
}

static enum protocol_error take_length(struct http1 *parser, const char *value, const char *end)
{
	const char *elem;
	size_t len;
	bool any = false;

	while (next_element(&value, end, &elem, &len)) {
		uint64_t n = 0;

		for (size_t i = 0; i < len; i++) {
			if (!digit(elem[i]) || n > (INT64_MAX - 9) / 10)
				return PROTOCOL_LENGTH;
			n = n * 10 + (uint64_t)(elem[i] - '0');
		}
		if (parser->said_length && parser->length != n)
			return PROTOCOL_LENGTHS_DIFFER;
		parser->length = n;
		parser->said_length = true;
		any = true;
	}
	return any ? PROTOCOL_NONE : PROTOCOL_LENGTH;
}

static enum protocol_error take_transfer(struct http1 *parser, const char *value, const char *end)
{
	const char *elem;
	size_t len;

	while (next_element(&value, end, &elem, &len)) {
		if (IS_WORD(elem, len, "identity"))
			continue;
		if (parser->chunked || !IS_WORD(elem, len, "chunked"))
			return PROTOCOL_TRANSFER_ENCODING;
		parser->chunked = true;
	}
	return PROTOCOL_NONE;
}

static void take_connection(struct http1 *parser, const char *value, const char *end)
{
	const char *elem;
	size_t len;

	while (next_element(&value, end, &elem, &len)) {
		if (IS_WORD(elem, len, "close"))
			parser->said_close = true;
		else if (IS_WORD(elem, len, "keep-alive"))
			parser->said_keep_alive = true;
	}
}

static void take_coding(struct http1 *parser, const char *value, const char *end)
{
	const char *elem;
	size_t len;

	while (next_element(&value, end, &elem, &len)) {
		if (IS_WORD(elem, len, "identity"))
			continue;
		if (parser->said_coding)
			parser->coding = HTTP1_OTHER_CODING;
		else if (IS_WORD(elem, len, "gzip") || IS_WORD(elem, len, "x-gzip"))
			parser->coding = HTTP1_GZIP;
		else if (IS_WORD(elem, len, "deflate"))
			parser->coding = HTTP1_DEFLATE;
		else
			parser->coding = HTTP1_OTHER_CODING;
		parser->said_coding = true;
	}
}

/* One header of the head. The length of the name tells most of them apart. */
static enum protocol_error take_header(struct http1 *parser, const char *name, size_t name_len,
				       const char *value, const char *end)
{
	switch (name_len) {
	case 10:
		if (IS_WORD(name, name_len, "connection"))
			take_connection(parser, value, end);
		break;
	case 14:
		if (IS_WORD(name, name_len, "content-length"))
			return take_length(parser, value, end);
		break;
	case 16:
		if (IS_WORD(name, name_len, "content-encoding"))
			take_coding(parser, value, end);
		break;
	case 17:
		if (IS_WORD(name, name_len, "transfer-encoding"))
			return take_transfer(parser, value, end);
		break;
	default:
		break;
	}
	return PROTOCOL_NONE;
}

/* End of the line that p lies in: *eol at its CR or LF, the start of the next line returned.
 * NULL: the line is not complete. *bad: a control character stands in it. */
char *http1_line_end(char *p, char *end, char **eol, bool *bad)
{
	*bad = false;
	p = find_control(p, end);
	if (p == end)
		return NULL;
	*eol = p;
	if (*p == '\r') {
		if (++p == end)
			return NULL;
	}
	*bad = *p != '\n';
	return p + 1;
}

/* Read one header line at `line`, folds included. Returns the next line, or NULL: incomplete
 * when *error is PROTOCOL_NONE. */
char *http1_line_header(struct http1 *parser, char *line, char *end, bool trailer,
			enum protocol_error *error)
{
	char *colon = line, *eol, *next, *value;
	bool bad;

	*error = PROTOCOL_NONE;
	while (colon < end && token[(unsigned char)*colon])
		colon++;
	if (colon == end)
		return NULL;
	if (*colon != ':' || colon == line) {
		/* a blank before the colon, or a line of prose: which one decides the line's rest */
		next = http1_line_end(colon, end, &eol, &bad);
		if (!next)
			return NULL;
		*error = memchr(line, ':', (size_t)(eol - line)) ? PROTOCOL_HEADER_NAME
								 : PROTOCOL_HEADER_COLON;
		return NULL;
	}
	value = colon + 1;
	next = value;
	for (;;) {
		next = http1_line_end(next, end, &eol, &bad);
		if (!next)
			return NULL;
		if (bad) {
			*error = PROTOCOL_HEADER_VALUE;
			return NULL;
		}
		if (next == end)
			return NULL;
		if (!blank(*next))
			break;
		memset(eol, ' ', (size_t)(next - eol));
	}
	if (trailer)
		return next;
	while (value < eol && blank(*value))
		value++;
	while (eol > value && blank(eol[-1]))
		eol--;
	*error = take_header(parser, line, (size_t)(colon - line), value, eol);
	return *error ? NULL : next;
}

char *http1_line_status(struct http1 *parser, char *line, char *end, enum protocol_error *error)
{
	static const char prefix[] = "HTTP/";
	size_t len = (size_t)(end - line), n = len < 5 ? len : 5;
	char *eol, *next;
	bool bad;

	*error = PROTOCOL_NONE;
	if (memcmp(line, prefix, n) != 0) {
		*error = PROTOCOL_NOT_HTTP;
		return NULL;
	}
	next = http1_line_end(line, end, &eol, &bad);
	if (!next)
		return NULL;
	len = (size_t)(eol - line);
	*error = PROTOCOL_VERSION;
	if (len < 8 || line[5] != '1' || line[6] != '.' || !digit(line[7]))
		return NULL;
	*error = PROTOCOL_STATUS_LINE;
	if (bad || len < 12 || line[8] != ' ' || !digit(line[9]) || !digit(line[10]) ||
	    !digit(line[11]) || line[9] == '0' || (len > 12 && line[12] != ' '))
		return NULL;
	*error = PROTOCOL_NONE;
	parser->http10 = line[7] == '0';
	parser->status = (unsigned)((line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0');
	return next;
}
