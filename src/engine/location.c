/* SPDX-License-Identifier: MIT */
/* Splitting and resolving URLs of requests and redirects. Pure but for the buffer; linear. */
#include "config.h"

#include "engine/location.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

#define HOST_MAX 253

static bool is_scheme_char(char c)
{
	return isalnum((unsigned char)c) != 0 || c == '+' || c == '-' || c == '.';
}

/* Length of "scheme:" in front, 0 when there is none. */
static size_t scheme_len(const char *text, size_t len)
{
	size_t i = 0;

	if (len == 0 || isalpha((unsigned char)text[0]) == 0) {
		return 0;
	}
	while (i < len && is_scheme_char(text[i])) {
		i++;
	}
	return i < len && text[i] == ':' ? i + 1 : 0;
}

static int parse_scheme(const char *text, size_t len, bool *tls)
{
	if (len == 5 && strncasecmp(text, "http:", 5) == 0) {
		*tls = false;
		return 0;
	}
	if (len == 6 && strncasecmp(text, "https:", 6) == 0) {
		*tls = true;
		return 0;
	}
	return len > 0 ? -EPROTONOSUPPORT : -EINVAL;
}

static int parse_port(const char *text, size_t len, uint16_t *port)
{
	unsigned long value = 0;

	if (len == 0) {
		return 0; /* "host:" means the default */
	}
	for (size_t i = 0; i < len; i++) {
		if (isdigit((unsigned char)text[i]) == 0 || len > 5) {
			return -EINVAL;
		}
		value = value * 10 + (unsigned long)(text[i] - '0');
	}
	if (value == 0 || value > UINT16_MAX) {
		return -EINVAL;
	}
	*port = (uint16_t)value;
	return 0;
}

/* "user@host:port" or "[::1]:port"; stores the host. */
static int parse_authority(struct location *out, const char *text, size_t len, struct buf *store)
{
	const char *at = memrchr(text, '@', len);

	if (at != NULL) {
		len -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	const char *host = text, *rest;
	size_t host_len;
	if (len > 0 && text[0] == '[') {
		const char *close = memchr(text, ']', len);
		if (close == NULL) {
			return -EINVAL;
		}
		host = text + 1;
		host_len = (size_t)(close - host);
		rest = close + 1;
	} else {
		const char *colon = memchr(text, ':', len);
		rest = colon != NULL ? colon : text + len;
		host_len = (size_t)(rest - host);
	}
	size_t rest_len = len - (size_t)(rest - text);
	if (host_len == 0 || host_len > HOST_MAX || (rest_len > 0 && rest[0] != ':')) {
		return -EINVAL;
	}
	out->port = out->tls ? 443 : 80;
	if (rest_len > 0 && parse_port(rest + 1, rest_len - 1, &out->port) != 0) {
		return -EINVAL;
	}
	out->host_at = store->len;
	for (size_t i = 0; i < host_len; i++) {
		unsigned char c = (unsigned char)host[i];
		if (c <= ' ' || c >= 0x7f || strchr("/\\?#<>\"%", c) != NULL ||
		    buf_addc(store, (char)tolower(c)) != 0) {
			return -EINVAL;
		}
	}
	return buf_addc(store, '\0');
}

static bool must_be_encoded(unsigned char c)
{
	return c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL;
}

static int add_encoded(struct buf *store, const char *text, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (must_be_encoded(c)) {
			const char coded[3] = { '%', hex[c >> 4], hex[c & 15] };
			(void)buf_add(store, coded, sizeof(coded));
		} else {
			(void)buf_addc(store, (char)c);
		}
	}
	return store->overflow ? -EMSGSIZE : 0;
}

/* Remove "." and ".." segments of the path at `start` in place (RFC 3986, 5.2.4); what follows
 * a '?' is left alone. */
static void remove_dots(struct buf *store, size_t start)
{
	char *path = store->data + start, *end = store->data + store->len;
	char *query = memchr(path, '?', (size_t)(end - path));
	char *limit = query != NULL ? query : end, *out = path;

	for (char *in = path; in < limit;) {
		char *next = memchr(in + 1, '/', (size_t)(limit - in - 1));
		if (next == NULL) {
			next = limit;
		}
		size_t n = (size_t)(next - in);
		bool dot = n == 2 && in[1] == '.';
		bool dots = n == 3 && in[1] == '.' && in[2] == '.';
		if (dots) {
			while (out > path && *--out != '/') {
			}
		}
		if (!dot && !dots) {
			memmove(out, in, n);
			out += n;
		} else if (next == limit) {
			*out++ = '/';
		}
		in = next;
	}
	memmove(out, limit, (size_t)(end - limit));
	store->len -= (size_t)(limit - out);
}

/* Store the path of an absolute URL; `text` begins behind the authority. */
static int add_path(struct location *out, const char *text, size_t len, struct buf *store)
{
	out->path_at = store->len;
	if (len == 0 || text[0] != '/') {
		(void)buf_addc(store, '/');
	}
	(void)add_encoded(store, text, len);
	if (store->overflow) {
		return -EMSGSIZE;
	}
	remove_dots(store, out->path_at);
	out->path_len = store->len - out->path_at;
	return buf_addc(store, '\0');
}

static size_t without_fragment(const char *text, size_t len)
{
	const char *hash = memchr(text, '#', len);

	return hash != NULL ? (size_t)(hash - text) : len;
}

/* Behind "//": authority and path. */
static int parse_rest(struct location *out, const char *text, size_t len, struct buf *store)
{
	size_t n = 0;

	while (n < len && text[n] != '/' && text[n] != '?' && text[n] != '\\') {
		n++;
	}
	int result = parse_authority(out, text, n, store);
	return result != 0 ? result : add_path(out, text + n, len - n, store);
}

int location_parse(struct location *out, const char *text, size_t len, struct buf *store)
{
	struct location loc = { 0 };
	size_t scheme = scheme_len(text, len);
	int result = parse_scheme(text, scheme, &loc.tls);

	len = without_fragment(text, len);
	if (result == 0 && (len < scheme + 2 || memcmp(text + scheme, "//", 2) != 0)) {
		result = -EINVAL;
	}
	if (result == 0) {
		result = parse_rest(&loc, text + scheme + 2, len - scheme - 2, store);
	}
	if (result == 0) {
		*out = loc;
	}
	return result;
}

int location_resolve(struct location *out, const struct location *base, const char *text,
		     size_t len, struct buf *store)
{
	struct location loc = *base;
	int result;

	while (len > 0 && (text[0] == ' ' || text[0] == '\t')) {
		text++;
		len--;
	}
	len = without_fragment(text, len);
	if (scheme_len(text, len) > 0) {
		return location_parse(out, text, len, store);
	}
	if (len >= 2 && text[0] == '/' && text[1] == '/') {
		result = parse_rest(&loc, text + 2, len - 2, store);
	} else if (len > 0 && text[0] == '/') {
		result = add_path(&loc, text, len, store);
	} else {
		/* relative to the directory of the base's path, or to the path for "?query" */
		const char *path = store->data + base->path_at;
		const char *mark = memchr(path, '?', base->path_len);
		size_t keep = mark != NULL ? (size_t)(mark - path) : base->path_len;
		if (len == 0) {
			keep = base->path_len;
		} else if (text[0] != '?') {
			while (keep > 0 && path[keep - 1] != '/') {
				keep--;
			}
		}
		if (buf_reserve(store, keep + 3 * len + 2) == NULL) {
			return -EMSGSIZE;
		}
		loc.path_at = store->len;
		(void)buf_add(store, store->data + base->path_at, keep);
		(void)add_encoded(store, text, len);
		remove_dots(store, loc.path_at);
		loc.path_len = store->len - loc.path_at;
		result = buf_addc(store, '\0');
	}
	if (result == 0) {
		*out = loc;
	}
	return result;
}
