/* SPDX-License-Identifier: MIT */
/* Where secrets stand in a text. No parser of JSON, forms, XML and so on, but the few shapes in
 * which all of them, whole or cut, nested, quoted in an error page or broken, say "name: value":
 * what came back from a failing server follows no grammar. Each finder looks at every place of the
 * text, so none is led astray by what stands before. */
#include "config.h"

#include "base/mask_internal.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

#define FIELD_MAX   128 /* bytes of a field's name */
#define VARIANT_MAX (3u * 65536)
#define TOKEN_MIN   8 /* of what follows "Bearer" */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_secret(const struct mask_ranges *r, size_t from, size_t len)
{
	return mask_is_secret_name(r->rules, r->text + from, len);
}

/* ---- known values ------------------------------------------------------------------------- */

/* Every place of one spelling; at the end of a text that was cut also its beginning. */
static void find_spelling(struct mask_ranges *r, const char *name, const char *data, size_t len)
{
	size_t at = 0, name_len = strlen(name);

	if (len < MASK_VALUE_MIN)
		return;
	while (at + len <= r->len) {
		const char *hit = memmem(r->text + at, r->len - at, data, len);

		if (hit == NULL)
			break;
		at = (size_t)(hit - r->text);
		mask_add(r, at, at + len, name, name_len);
		at += len;
	}
	for (size_t n = len - 1; r->cut && n >= MASK_VALUE_MIN; n--) {
		if (n <= r->len && memcmp(r->text + r->len - n, data, n) == 0) {
			mask_add(r, r->len - n, r->len, name, name_len);
			break;
		}
	}
}

enum spelling { SPELL_URL, SPELL_URL_LOWER, SPELL_FORM, SPELL_JSON, SPELL_JSON_SLASH, SPELLINGS };

static void spell(struct buf *out, enum spelling how, const char *data, size_t len)
{
	static const char upper[] = "0123456789ABCDEF", lower[] = "0123456789abcdef";
	const char *digits = how == SPELL_URL_LOWER ? lower : upper;

	buf_reset(out);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (how == SPELL_JSON || how == SPELL_JSON_SLASH) {
			if (c == '"' || c == '\\' || (c == '/' && how == SPELL_JSON_SLASH))
				(void)buf_addc(out, '\\');
			(void)buf_addc(out, (char)c);
		} else if (is_alnum((char)c) || c == '-' || c == '_' || c == '.' || c == '~') {
			(void)buf_addc(out, (char)c);
		} else if (c == ' ' && how == SPELL_FORM) {
			(void)buf_addc(out, '+');
		} else {
			(void)buf_addc(out, '%');
			(void)buf_addc(out, digits[c >> 4]);
			(void)buf_addc(out, digits[c & 15]);
		}
	}
}

static void find_values(struct mask_ranges *r)
{
	struct buf spelled;

	buf_init(&spelled, VARIANT_MAX);
	for (size_t i = 0; r->rules != NULL && i < r->rules->value_count; i++) {
		const struct mask_value *value = &r->rules->values[i];

		if (value->len < MASK_VALUE_MIN)
			continue;
		find_spelling(r, value->name, value->data, value->len);
		for (int how = 0; how < SPELLINGS; how++) {
			spell(&spelled, (enum spelling)how, value->data, value->len);
			if (!spelled.overflow &&
			    (spelled.len != value->len ||
			     memcmp(spelled.data, value->data, value->len) != 0))
				find_spelling(r, value->name, spelled.data, spelled.len);
		}
	}
	if (spelled.data != NULL)
		explicit_bzero(spelled.data, spelled.cap);
	buf_fini(&spelled);
}

/* ---- values behind names ------------------------------------------------------------------ */

static size_t skip_blanks(const struct mask_ranges *r, size_t at)
{
	while (at < r->len && is_blank(r->text[at]))
		at++;
	return at;
}

/* Backslashes right before a place: quotes inside quoted text have them. */
static size_t slashes_before(const struct mask_ranges *r, size_t at)
{
	size_t n = 0;

	while (n < at && r->text[at - 1 - n] == '\\')
		n++;
	return n;
}

/* The end of a string whose opening quote is at `open`: the place of its closing quote's first
 * byte, backslashes of the nesting included; the end of the text when there is none. */
static size_t string_end(const struct mask_ranges *r, size_t open)
{
	size_t depth = slashes_before(r, open);

	for (size_t at = open + 1; at < r->len; at++) {
		size_t slashes;

		if (r->text[at] != r->text[open])
			continue;
		slashes = slashes_before(r, at);
		if (slashes > at - open - 1)
			slashes = at - open - 1;
		/* as many as open it close it; an escaped quote has more. An even number of them at
		 * the outermost level are escaped backslashes. */
		if (slashes <= depth || (depth == 0 && slashes % 2 == 0))
			return at - (slashes < depth ? slashes : depth);
	}
	return r->len;
}

/* Behind the bracket that closes the one at `open`; the end of the text when none does. */
static size_t brackets_end(const struct mask_ranges *r, size_t open)
{
	size_t depth = 0;

	for (size_t at = open; at < r->len; at++) {
		char c = r->text[at];

		if (c == '"') {
			at = string_end(r, at);
			while (at < r->len && r->text[at] == '\\')
				at++;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			return at + 1;
		}
	}
	return r->len;
}

static bool is_word(const struct mask_ranges *r, size_t from, size_t to, const char *word)
{
	return to - from == strlen(word) && strncasecmp(r->text + from, word, to - from) == 0;
}

/* Nothing is hidden by these, and their absence may be the failure. */
static bool is_no_value(const struct mask_ranges *r, size_t from, size_t to)
{
	static const char *const words[] = { "null", "none", "nil", "true", "false", "undefined" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (is_word(r, from, to, words[i]))
			return true;
	return false;
}

/* Mask the value that begins at `at`: a string, something in brackets, or all up to one of `ends`. */
static void take_value(struct mask_ranges *r, size_t at, const char *ends, size_t name,
		       size_t name_len)
{
	size_t quote = at, to;

	while (quote < r->len && r->text[quote] == '\\')
		quote++;
	if (quote < r->len && (r->text[quote] == '"' || r->text[quote] == '\'')) {
		mask_add(r, quote + 1, string_end(r, quote), r->text + name, name_len);
		return;
	}
	if (at < r->len && (r->text[at] == '{' || r->text[at] == '[')) {
		mask_add(r, at, brackets_end(r, at), r->text + name, name_len);
		return;
	}
	for (to = at; to < r->len && strchr(ends, r->text[to]) == NULL;)
		to++; /* NUL ends it as well: strchr finds it */
	while (to > at && (r->text[to - 1] == ';' || r->text[to - 1] == ','))
		to--;
	if (!is_no_value(r, at, to))
		mask_add(r, at, to, r->text + name, name_len);
}

/* "name": value and 'name': value, also with backslashes before the quotes. */
static void find_quoted_name(struct mask_ranges *r, size_t open)
{
	size_t end, at, name_end;

	for (end = open + 1; end < r->len && r->text[end] != r->text[open]; end++)
		if (end - open > FIELD_MAX || (unsigned char)r->text[end] < 0x20)
			return;
	at = skip_blanks(r, end + 1);
	if (at >= r->len || (r->text[at] != ':' && r->text[at] != '='))
		return;
	if (r->text[at] == '=' && at + 1 < r->len && r->text[at + 1] == '>')
		at++;
	name_end = end - slashes_before(r, end);
	if (name_end <= open || !is_secret(r, open + 1, name_end - open - 1))
		return;
	take_value(r, skip_blanks(r, at + 1), ",}] \t\r\n&;<>\"'", open + 1, name_end - open - 1);
}

static bool is_name_char(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("_.-[]%$+", c) != NULL) ||
	       ((unsigned char)c & 0x80) != 0;
}

/* The bare name that ends before `at` (blanks between are allowed); its length, 0: none. */
static size_t name_before(const struct mask_ranges *r, size_t at, size_t *from)
{
	size_t end, start;

	for (end = at; end > 0 && at - end < 2 && r->text[end - 1] == ' ';)
		end--;
	for (start = end; start > 0 && end - start < FIELD_MAX && is_name_char(r->text[start - 1]);)
		start--;
	*from = start;
	return end - start;
}

/* name=value in queries, forms, cookies, logs. */
static void find_assignment(struct mask_ranges *r, size_t at)
{
	size_t from, len = name_before(r, at, &from), value = at + 1;

	if (len == 0 || !is_secret(r, from, len) || (value < r->len && r->text[value] == '='))
		return;
	while (value < r->len && value - at < 3 && r->text[value] == ' ')
		value++;
	take_value(r, value, "& \t\r\n<>\"'", from, len);
}

/* name: value without quotes, as in a log or in headers that are shown to us: one word of it, but
 * all of the line of headers whose values have blanks. */
static void find_colon(struct mask_ranges *r, size_t at)
{
	size_t from, len = name_before(r, at, &from), value = at + 1;
	bool whole_line;

	if (len == 0 || value >= r->len || !is_secret(r, from, len))
		return;
	if (from >= 2 && memcmp(r->text + from - 2, "//", 2) == 0)
		return; /* a host and its port */
	if (r->headers && (from == 0 || r->text[from - 1] == '\n'))
		return; /* take_header knows better */
	while (value < r->len && (r->text[value] == ' ' || r->text[value] == '\t'))
		value++;
	whole_line = is_word(r, from, from + len, "Authorization") ||
		     is_word(r, from, from + len, "Proxy-Authorization") ||
		     is_word(r, from, from + len, "Cookie") ||
		     is_word(r, from, from + len, "Set-Cookie");
	take_value(r, value, whole_line ? "\r\n<>\"'" : " \t\r\n<>\"'", from, len);
}

/* <name>value< and <ns:name attribute="...">value< */
static void find_element(struct mask_ranges *r, size_t at)
{
	size_t from = at + 1, end, to, len;

	for (end = from; end < r->len && end - from < FIELD_MAX &&
			 (is_name_char(r->text[end]) || r->text[end] == ':');
	     end++)
		if (r->text[end] == ':')
			from = end + 1;
	len = end - from;
	if (len == 0 || !is_secret(r, from, len))
		return;
	for (to = end; to < r->len && r->text[to] != '>' && r->text[to] != '<';)
		to++;
	if (to >= r->len || r->text[to] != '>' || r->text[to - 1] == '/')
		return;
	end = to + 1;
	for (to = end; to < r->len && r->text[to] != '<';)
		to++;
	mask_add(r, end, to, r->text + from, len);
}

/* A part of a multipart body: name="field", later an empty line, then the value up to the next
 * boundary. */
static void find_form_part(struct mask_ranges *r, size_t at)
{
	static const char mark[] = "name=\"";
	size_t from = at + sizeof(mark) - 1, end;
	const char *body, *next;

	if (r->len - at < sizeof(mark) || strncasecmp(r->text + at, mark, sizeof(mark) - 1) != 0)
		return;
	for (end = from; end < r->len && r->text[end] != '"' && end - from < FIELD_MAX;)
		end++;
	if (!is_secret(r, from, end - from))
		return;
	body = memmem(r->text + end, r->len - end, "\r\n\r\n", 4);
	if (body == NULL)
		return;
	body += 4;
	next = memmem(body, r->len - (size_t)(body - r->text), "\r\n--", 4);
	mask_add(r, (size_t)(body - r->text), next != NULL ? (size_t)(next - r->text) : r->len,
		 r->text + from, end - from);
}

/* ---- secrets that need no name ------------------------------------------------------------ */

/* ://user:password@ */
static void find_userinfo(struct mask_ranges *r, size_t at)
{
	size_t from = at + 3, to, sign = 0, colon = 0;

	if (r->len - at < 4 || memcmp(r->text + at, "://", 3) != 0)
		return;
	for (to = from; to < r->len && strchr("/?# \t\r\n\"'<>", r->text[to]) == NULL; to++) {
		if (r->text[to] == '@')
			sign = to;
		else if (r->text[to] == ':' && colon == 0)
			colon = to;
	}
	if (sign > 0)
		mask_add(r, colon > 0 && colon < sign ? colon + 1 : from, sign, "PASSWORD", 8);
}

static bool is_token_char(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("-._~+/=", c) != NULL);
}

/* "Bearer abc123..." and "Basic ..." in any text. */
static void find_scheme(struct mask_ranges *r, size_t at)
{
	size_t len = strncasecmp(r->text + at, "bearer ", r->len - at < 7 ? 0 : 7) == 0 &&
				     r->len - at >= 7
			     ? 7
		     : strncasecmp(r->text + at, "basic ", r->len - at < 6 ? 0 : 6) == 0 &&
				     r->len - at >= 6
			     ? 6
			     : 0;
	size_t from = at + len, to;
	bool digit = false;

	if (len == 0)
		return;
	for (to = from; to < r->len && is_token_char(r->text[to]); to++)
		digit |= is_digit(r->text[to]) || r->text[to] == '=';
	if (to - from >= TOKEN_MIN && digit)
		mask_add(r, from, to, "TOKEN", 5);
}

/* A JSON Web Token: base64url of {"... , a dot, more. */
static void find_jwt(struct mask_ranges *r, size_t at)
{
	size_t to, dots = 0;

	if (r->len - at < 16 || memcmp(r->text + at, "eyJ", 3) != 0 ||
	    (at > 0 && is_alnum(r->text[at - 1])))
		return;
	for (to = at; to < r->len && (is_alnum(r->text[to]) || r->text[to] == '-' ||
				      r->text[to] == '_' || r->text[to] == '.');
	     to++)
		dots += r->text[to] == '.';
	if (dots > 0 || (r->cut && to == r->len))
		mask_add(r, at, to, "TOKEN", 5);
}

void mask_find(struct mask_ranges *r)
{
	find_values(r);
	for (size_t at = 0; at < r->len; at++) {
		switch (r->text[at]) {
		case '"':
		case '\'':
			find_quoted_name(r, at);
			break;
		case '=':
			find_assignment(r, at);
			break;
		case ':':
			find_colon(r, at);
			find_userinfo(r, at);
			break;
		case '<':
			find_element(r, at);
			break;
		case 'n':
		case 'N':
			find_form_part(r, at);
			break;
		case 'b':
		case 'B':
			find_scheme(r, at);
			break;
		case 'e':
			find_jwt(r, at);
			break;
		default:
			break;
		}
	}
}

/* ---- headers ------------------------------------------------------------------------------ */

/* name=value; name=value: the values. Set-Cookie: only the first pair is the cookie. */
static void take_cookies(struct mask_ranges *r, size_t at, size_t end, bool only_first)
{
	while (at < end) {
		const char *semicolon = memchr(r->text + at, ';', end - at);
		size_t to = semicolon != NULL ? (size_t)(semicolon - r->text) : end;
		const char *sign = memchr(r->text + at, '=', to - at);
		size_t name = skip_blanks(r, at);

		if (sign != NULL)
			mask_add(r, (size_t)(sign - r->text) + 1, to, r->text + name,
				 (size_t)(sign - r->text) - name);
		else
			mask_add(r, name, to, "COOKIE", 6);
		if (only_first)
			return;
		at = to + 1;
	}
}

static void take_header(struct mask_ranges *r, size_t name, size_t colon, size_t end)
{
	size_t len = colon - name, value = colon + 1;

	while (value < end && is_blank(r->text[value]))
		value++;
	if (!is_secret(r, name, len))
		return;
	if (is_word(r, name, colon, "Cookie")) {
		take_cookies(r, value, end, false);
	} else if (is_word(r, name, colon, "Set-Cookie")) {
		take_cookies(r, value, end, true);
	} else if (is_word(r, name, colon, "Authorization") ||
		   is_word(r, name, colon, "Proxy-Authorization")) {
		const char *blank = memchr(r->text + value, ' ', end - value);

		if (blank != NULL)
			value = (size_t)(blank - r->text) + 1;
		mask_add(r, value, end, r->text + name, len);
	} else {
		mask_add(r, value, end, r->text + name, len);
	}
}

void mask_find_headers(struct mask_ranges *r)
{
	size_t at = 0;

	while (at < r->len) {
		const char *eol = memchr(r->text + at, '\n', r->len - at);
		size_t next = eol != NULL ? (size_t)(eol - r->text) + 1 : r->len;
		size_t end = eol != NULL ? next - 1 : r->len;
		const char *colon = memchr(r->text + at, ':', end - at);

		while (end > at && is_blank(r->text[end - 1]))
			end--;
		if (colon != NULL && (size_t)(colon - r->text) < end)
			take_header(r, at, (size_t)(colon - r->text), end);
		at = next;
	}
}
