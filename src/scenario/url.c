/* SPDX-License-Identifier: MIT */
/* The target's base URL: scheme, authority and an optional prefix, nothing else. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/units.h"
#include "scenario/scenario.h"

#define HOST_MAX 253

static int fail(struct error *err, const char *text, const char *why)
{
	error_set(err, "\"%.200s\" is no URL: %s (such as \"http://localhost:8000\")", text, why);
	return -EINVAL;
}

/* [begin, end) of the host and what follows it; NULL when the brackets are not closed. */
static const char *split_host(const char *text, const char **begin, const char **end)
{
	if (*text == '[') {
		*begin = text + 1;
		*end = strchr(text, ']');
		return *end ? *end + 1 : NULL;
	}
	*begin = text;
	*end = text + strcspn(text, ":/?#");
	return *end;
}

static bool host_is_valid(const char *begin, const char *end, bool brackets)
{
	const char *extra = brackets ? ":.%" : ".-_";

	if (begin == end || end - begin > HOST_MAX)
		return false;
	for (; begin < end; begin++)
		if (!isalnum((unsigned char)*begin) && !strchr(extra, *begin))
			return false;
	return true;
}

static int parse_port(const char **rest, bool tls, uint16_t *port)
{
	char digits[8];
	uint64_t number;
	size_t len;

	*port = tls ? 443 : 80;
	if (**rest != ':')
		return 0;
	len = strcspn(*rest + 1, "/?#");
	if (len == 0 || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, *rest + 1, len);
	digits[len] = '\0';
	if (units_parse_uint(digits, 1, UINT16_MAX, &number) < 0)
		return -EINVAL;
	*port = (uint16_t)number;
	*rest += len + 1;
	return 0;
}

/* The prefix without its trailing slashes; only what can stand in a path. */
static char *parse_prefix(const char *rest)
{
	size_t len = strlen(rest);

	for (const char *p = rest; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("/-._~%!$&'()*+,;=:@", *p))
			return NULL;
	while (len > 0 && rest[len - 1] == '/')
		len--;
	return mem_strndup(rest, len);
}

int url_parse(struct url *out, const char *text, struct error *err)
{
	struct url url = { 0 };
	const char *rest, *begin, *end, *authority;

	if (strncasecmp(text, "http://", 7) == 0)
		rest = text + 7;
	else if (strncasecmp(text, "https://", 8) == 0)
		rest = text + 8;
	else
		return fail(err, text, "it must begin with http:// or https://");
	url.tls = tolower((unsigned char)text[4]) == 's';
	if (strchr(rest, '@') && strchr(rest, '@') < rest + strcspn(rest, "/")) {
		/* Without the text: it holds a password. */
		error_set(err, "user and password do not belong into a URL: \"basic\" of a step "
			       "sends them");
		return -EINVAL;
	}
	authority = rest;
	rest = split_host(authority, &begin, &end);
	if (!rest || !host_is_valid(begin, end, *authority == '['))
		return fail(err, text, "the host name is empty or holds other characters");
	if (parse_port(&rest, url.tls, &url.port) < 0)
		return fail(err, text, "the port must be a number from 1 to 65535");
	if (*rest && *rest != '/')
		return fail(err, text, "only a path prefix may follow the host");
	url.base_path = parse_prefix(rest);
	if (!url.base_path)
		return fail(err, text, "the prefix may hold no query, fragment or blank");
	url.host = mem_strndup(begin, (size_t)(end - begin));
	url.text = mem_printf("http%s://%.*s%s", url.tls ? "s" : "", (int)(rest - authority),
			      authority, url.base_path);
	*out = url;
	return 0;
}

void url_fini(struct url *url)
{
	free(url->host);
	free(url->base_path);
	free(url->text);
	memset(url, 0, sizeof(*url));
}
