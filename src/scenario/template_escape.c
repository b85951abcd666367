/* SPDX-License-Identifier: MIT */
/* Escaping of inserted values. Every function appends to a buf and allocates only while that
 * grows; runs of plain characters are copied in one piece. Hot path. */
#include "config.h"

#include "scenario/template_internal.h"

#include <errno.h>
#include <string.h>

static const char upper_hex[] = "0123456789ABCDEF";
static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 3986, section 2.3. */
static bool is_unreserved(unsigned char c)
{
	return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* RFC 3986, section 2: reserved, unreserved and "%"; anything else cannot stand in a URL. */
static bool is_url(unsigned char c)
{
	return is_unreserved(c) || (c && strchr("%:/?#[]@!$&'()*+,;=", c));
}

static bool is_plain_json(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static bool is_plain_header(unsigned char c)
{
	return c != '\r' && c != '\n' && c != '\0';
}

static int add_percent(struct buf *buf, unsigned char c)
{
	char out[3] = { '%', upper_hex[c >> 4], upper_hex[c & 15] };

	return buf_add(buf, out, sizeof(out));
}

static int add_form(struct buf *buf, unsigned char c)
{
	return c == ' ' ? buf_addc(buf, '+') : add_percent(buf, c);
}

static int add_json(struct buf *buf, unsigned char c)
{
	static const char named[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	char out[6] = { '\\', 'u', '0', '0', upper_hex[c >> 4], upper_hex[c & 15] };

	for (size_t i = 0; i + 1 < sizeof(named); i += 2) {
		if (named[i] == (char)c) {
			out[1] = named[i + 1];
			return buf_add(buf, out, 2);
		}
	}
	return buf_add(buf, out, sizeof(out));
}

static int add_nothing(struct buf *buf, unsigned char c)
{
	(void)buf;
	(void)c;
	return 0;
}

/* Copy runs of plain characters, hand each other one to `other`. */
static int add_runs(struct buf *buf, const char *data, size_t len, bool (*plain)(unsigned char),
		    int (*other)(struct buf *, unsigned char))
{
	size_t begin = 0;
	int rc;

	for (size_t i = 0; i < len; i++) {
		if (plain((unsigned char)data[i]))
			continue;
		rc = i > begin ? buf_add(buf, data + begin, i - begin) : 0;
		if (rc == 0)
			rc = other(buf, (unsigned char)data[i]);
		if (rc < 0)
			return rc;
		begin = i + 1;
	}
	return len > begin ? buf_add(buf, data + begin, len - begin) : 0;
}

int escape_add(struct buf *buf, enum template_escape escape, const char *data, size_t len)
{
	switch (escape) {
	case TEMPLATE_ESCAPE_NONE:
		return len ? buf_add(buf, data, len) : 0;
	case TEMPLATE_ESCAPE_JSON:
		return add_runs(buf, data, len, is_plain_json, add_json);
	case TEMPLATE_ESCAPE_URL:
		return add_runs(buf, data, len, is_unreserved, add_percent);
	case TEMPLATE_ESCAPE_FORM:
		return add_runs(buf, data, len, is_unreserved, add_form);
	case TEMPLATE_ESCAPE_HEADER:
		return add_runs(buf, data, len, is_plain_header, add_nothing);
	}
	return -EINVAL;
}

int escape_add_path_literal(struct buf *buf, const char *data, size_t len)
{
	return add_runs(buf, data, len, is_url, add_percent);
}

static size_t skip_digits(const char *data, size_t len, size_t i)
{
	while (i < len && data[i] >= '0' && data[i] <= '9')
		i++;
	return i;
}

/* RFC 8259, section 6. */
static bool is_json_number(const char *data, size_t len)
{
	size_t i = len && data[0] == '-' ? 1 : 0, begin = i;

	i = skip_digits(data, len, i);
	if (i == begin || (data[begin] == '0' && i > begin + 1))
		return false;
	if (i < len && data[i] == '.') {
		begin = i + 1;
		i = skip_digits(data, len, begin);
		if (i == begin)
			return false;
	}
	if (i < len && (data[i] == 'e' || data[i] == 'E')) {
		begin = i + 1;
		if (begin < len && (data[begin] == '+' || data[begin] == '-'))
			begin++;
		i = skip_digits(data, len, begin);
		if (i == begin)
			return false;
	}
	return i == len;
}

static bool is_word(const char *data, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(data, word, len) == 0;
}

int escape_add_json_value(struct buf *buf, const char *data, size_t len)
{
	int rc;

	if (is_json_number(data, len) || is_word(data, len, "true") ||
	    is_word(data, len, "false") || is_word(data, len, "null"))
		return buf_add(buf, data, len);
	rc = buf_addc(buf, '"');
	if (rc == 0)
		rc = escape_add(buf, TEMPLATE_ESCAPE_JSON, data, len);
	return rc == 0 ? buf_addc(buf, '"') : rc;
}

/* Each group of three is read before the four digits that replace it are written, and writing
 * never passes reading when src is the end of dst's room: 4k + 4 <= (room - len) + 3k + 3 holds
 * for every group k. */
size_t escape_base64(char *dst, const char *src, size_t len)
{
	const unsigned char *in = (const unsigned char *)src;
	char *out = dst;

	for (size_t i = 0; i < len; i += 3) {
		size_t rest = len - i;
		uint32_t group = (uint32_t)in[i] << 16;

		if (rest > 1)
			group |= (uint32_t)in[i + 1] << 8;
		if (rest > 2)
			group |= in[i + 2];
		*out++ = base64_digits[group >> 18];
		*out++ = base64_digits[group >> 12 & 63];
		*out++ = rest > 1 ? base64_digits[group >> 6 & 63] : '=';
		*out++ = rest > 2 ? base64_digits[group & 63] : '=';
	}
	return (size_t)(out - dst);
}

int escape_base64_tail(struct buf *buf, size_t len)
{
	size_t room = (len + 2) / 3 * 4, begin = buf->len - len;

	if (len == 0)
		return 0;
	if (!buf_reserve(buf, room - len))
		return -EMSGSIZE;
	memmove(buf->data + begin + room - len, buf->data + begin, len);
	escape_base64(buf->data + begin, buf->data + begin + room - len, len);
	buf->len = begin + room;
	buf->data[buf->len] = '\0';
	return 0;
}
