/* SPDX-License-Identifier: MIT */
/* A user's cookie jar. Linear in the number of cookies, which is small; nothing is allocated
 * when a known cookie gets a value that is no longer than its longest so far. */
#include "config.h"

#include "engine/cookies.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

/* A piece of somebody else's text. */
struct piece {
	const char *at;
	size_t len;
};

struct cookie {
	char *text; /* name, value, domain, path one after another */
	size_t cap;
	unsigned name_len, value_len, domain_len, path_len;
	bool host_only, secure;
	int64_t expires_s; /* INT64_MAX: with the session */
	uint64_t birth;
};

/* One Set-Cookie line, taken apart. */
struct parsed {
	struct piece name, value, domain, path;
	bool host_only, secure;
	int64_t expires_s;
};

static struct piece cookie_name(const struct cookie *c)
{
	return (struct piece){ c->text, c->name_len };
}

static struct piece cookie_domain(const struct cookie *c)
{
	return (struct piece){ c->text + c->name_len + c->value_len, c->domain_len };
}

static struct piece cookie_path(const struct cookie *c)
{
	return (struct piece){ c->text + c->name_len + c->value_len + c->domain_len, c->path_len };
}

void cookies_init(struct cookies *jar)
{
	*jar = (struct cookies){ 0 };
}

void cookies_fini(struct cookies *jar)
{
	for (size_t i = 0; i < jar->cap; i++) {
		free(jar->items[i].text);
	}
	free(jar->items);
	*jar = (struct cookies){ 0 };
}

static struct piece trim(struct piece p)
{
	while (p.len > 0 && (p.at[0] == ' ' || p.at[0] == '\t')) {
		p.at++;
		p.len--;
	}
	while (p.len > 0 &&
	       (p.at[p.len - 1] == ' ' || p.at[p.len - 1] == '\t' || p.at[p.len - 1] == '\r')) {
		p.len--;
	}
	return p;
}

static bool same(struct piece a, struct piece b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static bool is_word(struct piece p, const char *word)
{
	return p.len == strlen(word) && strncasecmp(p.at, word, p.len) == 0;
}

/* Cut off everything up to `mark` and return it; all of it when there is no mark. */
static struct piece take_until(struct piece *rest, char mark)
{
	const char *end = memchr(rest->at, mark, rest->len);
	struct piece head = { rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len };
	size_t used = head.len + (end != NULL ? 1 : 0);

	rest->at += used;
	rest->len -= used;
	return head;
}

/* ---- matching (RFC 6265, 5.1.3 and 5.1.4) ------------------------------------------------- */

static bool is_address(const char *host)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

static bool domain_matches(const char *host, struct piece domain)
{
	size_t len = strlen(host);

	if (len == domain.len) {
		return strncasecmp(host, domain.at, len) == 0;
	}
	return len > domain.len && host[len - domain.len - 1] == '.' &&
	       strncasecmp(host + len - domain.len, domain.at, domain.len) == 0 &&
	       !is_address(host);
}

static struct piece path_of(const struct cookie_place *place)
{
	const char *query = memchr(place->path, '?', place->path_len);

	return (struct piece){ place->path,
			       query != NULL ? (size_t)(query - place->path) : place->path_len };
}

static struct piece default_path(const struct cookie_place *place)
{
	struct piece path = path_of(place);

	while (path.len > 0 && path.at[path.len - 1] != '/') {
		path.len--;
	}
	if (path.len > 1) {
		path.len--;
	}
	return path.len > 0 ? path : (struct piece){ "/", 1 };
}

static bool path_matches(struct piece path, struct piece cookie)
{
	if (path.len < cookie.len || memcmp(path.at, cookie.at, cookie.len) != 0) {
		return false;
	}
	return path.len == cookie.len || cookie.at[cookie.len - 1] == '/' ||
	       path.at[cookie.len] == '/';
}

/* ---- reading Set-Cookie ------------------------------------------------------------------- */

static void read_max_age(struct parsed *out, struct piece value, int64_t now_s)
{
	bool negative = value.len > 0 && value.at[0] == '-';
	int64_t seconds = 0;

	for (size_t i = negative ? 1 : 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9') {
			return; /* ignored, as if it were not there */
		}
		seconds = seconds > INT32_MAX ? seconds : seconds * 10 + (value.at[i] - '0');
	}
	if (value.len > (negative ? 1u : 0u)) {
		out->expires_s = negative || seconds == 0 ? INT64_MIN : now_s + seconds;
	}
}

/* False when the cookie is not for this host. */
static bool read_domain(struct parsed *out, struct piece value, const char *host)
{
	if (value.len > 0 && value.at[0] == '.') {
		value.at++;
		value.len--;
	}
	if (value.len == 0) {
		return true;
	}
	if (!domain_matches(host, value)) {
		return false;
	}
	if (value.len == strlen(host)) {
		out->host_only = is_address(host) || memchr(value.at, '.', value.len) == NULL;
		return true;
	}
	if (memchr(value.at, '.', value.len) == NULL) {
		return false;
	}
	out->domain = value;
	out->host_only = false;
	return true;
}

/* One line's value. False: nothing to keep. */
static bool parse_line(struct parsed *out, struct piece line, const struct cookie_place *place)
{
	struct piece pair = take_until(&line, ';');
	bool has_max_age = false;

	if (memchr(pair.at, '=', pair.len) == NULL) {
		return false;
	}
	*out = (struct parsed){ .domain = { place->host, strlen(place->host) },
				.path = default_path(place),
				.host_only = true,
				.expires_s = INT64_MAX };
	out->name = trim(take_until(&pair, '='));
	out->value = trim(pair);
	while (line.len > 0) {
		struct piece value = take_until(&line, ';');
		struct piece name = trim(take_until(&value, '='));
		value = trim(value);
		if (is_word(name, "Max-Age")) {
			has_max_age = true;
			read_max_age(out, value, place->now_s);
		} else if (is_word(name, "Expires") && !has_max_age) {
			int64_t at = cookies_parse_date(value.at, value.len);
			out->expires_s = at >= 0 ? at : out->expires_s;
		} else if (is_word(name, "Domain")) {
			if (!read_domain(out, value, place->host)) {
				return false;
			}
		} else if (is_word(name, "Path")) {
			out->path =
				value.len > 0 && value.at[0] == '/' ? value : default_path(place);
		} else if (is_word(name, "Secure")) {
			out->secure = true;
		}
	}
	size_t bytes = out->name.len + out->value.len + out->domain.len + out->path.len;
	return out->name.len > 0 && bytes <= COOKIE_BYTES_MAX;
}

/* ---- the jar ------------------------------------------------------------------------------ */

/* Take item i out; its memory stays behind the last one, for reuse. */
static void drop(struct cookies *jar, size_t i)
{
	struct cookie gone = jar->items[i];

	memmove(&jar->items[i], &jar->items[i + 1], (jar->count - i - 1) * sizeof(gone));
	jar->items[--jar->count] = gone;
}

static void drop_one(struct cookies *jar)
{
	size_t oldest = 0;

	for (size_t i = 1; i < jar->count; i++) {
		if (jar->items[i].birth < jar->items[oldest].birth) {
			oldest = i;
		}
	}
	drop(jar, oldest);
}

static void fill(struct cookie *c, const struct parsed *p)
{
	size_t need = p->name.len + p->value.len + p->domain.len + p->path.len;

	if (need > c->cap) {
		c->text = mem_grow(c->text, c->cap, need, 1);
		c->cap = need;
	}
	char *to = mempcpy(c->text, p->name.at, p->name.len);
	to = mempcpy(to, p->value.at, p->value.len);
	to = mempcpy(to, p->domain.at, p->domain.len);
	memcpy(to, p->path.at, p->path.len);
	c->name_len = (unsigned)p->name.len;
	c->value_len = (unsigned)p->value.len;
	c->domain_len = (unsigned)p->domain.len;
	c->path_len = (unsigned)p->path.len;
	c->host_only = p->host_only;
	c->secure = p->secure;
	c->expires_s = p->expires_s;
}

static struct cookie *find(struct cookies *jar, const struct parsed *p, size_t *place)
{
	for (size_t i = 0; i < jar->count; i++) {
		struct cookie *c = &jar->items[i];
		if (same(cookie_name(c), p->name) && same(cookie_path(c), p->path) &&
		    same(cookie_domain(c), p->domain)) {
			*place = i;
			return c;
		}
	}
	return NULL;
}

/* Room for one more at the place its path and birth give it. */
static struct cookie *insert(struct cookies *jar, size_t path_len)
{
	if (jar->count == COOKIES_MAX) {
		drop_one(jar);
	}
	if (jar->count == jar->cap) {
		size_t cap = jar->cap == 0 ? 4 : 2 * jar->cap;
		jar->items = mem_grow(jar->items, jar->cap, cap, sizeof(*jar->items));
		jar->cap = cap;
	}
	struct cookie fresh = jar->items[jar->count];
	size_t i = jar->count++;
	for (; i > 0 && jar->items[i - 1].path_len < path_len; i--) {
		jar->items[i] = jar->items[i - 1];
	}
	jar->items[i] = fresh;
	jar->items[i].birth = jar->births++;
	return &jar->items[i];
}

static void keep(struct cookies *jar, const struct parsed *p, int64_t now_s)
{
	size_t place = 0;
	struct cookie *c = find(jar, p, &place);

	if (p->expires_s <= now_s) {
		if (c != NULL) {
			drop(jar, place);
		}
		return;
	}
	fill(c != NULL ? c : insert(jar, p->path.len), p);
}

void cookies_store(struct cookies *jar, const char *headers, size_t len,
		   const struct cookie_place *place)
{
	struct piece rest = { headers, len };

	while (rest.len > 0) {
		struct piece line = take_until(&rest, '\n');
		if (line.len < 11 || (line.at[0] | 0x20) != 's') {
			continue;
		}
		struct piece name = take_until(&line, ':');
		struct parsed parsed;
		if (is_word(name, "Set-Cookie") && parse_line(&parsed, trim(line), place)) {
			keep(jar, &parsed, place->now_s);
		}
	}
}

static bool goes_to(const struct cookie *c, const struct cookie_place *place, struct piece path)
{
	struct piece domain = cookie_domain(c);

	if (c->secure && !place->tls) {
		return false;
	}
	if (c->host_only && strlen(place->host) != domain.len) {
		return false;
	}
	return domain_matches(place->host, domain) && path_matches(path, cookie_path(c));
}

void cookies_add_header(struct cookies *jar, const struct cookie_place *place, struct buf *out)
{
	struct piece path = path_of(place);
	bool any = false;

	for (size_t i = 0; i < jar->count;) {
		const struct cookie *c = &jar->items[i];
		if (c->expires_s <= place->now_s) {
			drop(jar, i);
			continue;
		}
		if (goes_to(c, place, path)) {
			(void)buf_adds(out, any ? "; " : "Cookie: ");
			(void)buf_add(out, c->text, c->name_len);
			(void)buf_addc(out, '=');
			(void)buf_add(out, c->text + c->name_len, c->value_len);
			any = true;
		}
		i++;
	}
	if (any) {
		(void)buf_adds(out, "\r\n");
	}
}
