/* SPDX-License-Identifier: MIT */
/* Origins of one transport. Usually there is one, so a list is the fastest table; a scenario that
 * makes up host names is kept in bounds by forgetting. */
#include "config.h"

#include "engine/origin.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/units.h"
#include "engine/resolver.h"
#include "scenario/scenario.h"

#define IDLE_MAX 256 /* origins beyond which unused ones are forgotten */

/* "host:port" or "[v6]:port". 0 or -EINVAL. */
static int parse_dial(struct origins *origins, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	uint64_t port;

	if (len == 0 || units_parse_uint(colon + 1, 1, UINT16_MAX, &port))
		return -EINVAL;
	if (text[0] == '[') {
		if (len < 3 || text[len - 1] != ']')
			return -EINVAL;
		text++;
		len -= 2;
	}
	origins->dial_host = mem_strndup(text, len);
	origins->dial_port = (uint16_t)port;
	return 0;
}

int origins_init(struct origins *origins, const struct scenario *scenario,
		 struct resolver *resolver, struct error *err)
{
	const struct http_options *http = &scenario->http;

	*origins = (struct origins){ .scenario = scenario, .resolver = resolver };
	if (http->unix_socket) {
		struct resolver_name *name;

		if (resolver_name_unix(&name, resolver, http->unix_socket)) {
			error_set(err, "the path of the Unix socket is too long: %s",
				  http->unix_socket);
			return -EINVAL;
		}
		resolver_name_free(name);
	} else if (http->connect_to && parse_dial(origins, http->connect_to)) {
		error_set(err, "connect_to is not host:port: %s", http->connect_to);
		return -EINVAL;
	}
	return 0;
}

static void origin_free(struct origin *origin)
{
	resolver_name_free(origin->name);
	free(origin->line);
	free(origin->host);
	free(origin);
}

void origins_fini(struct origins *origins)
{
	struct origin *next;

	for (struct origin *origin = origins->first; origin; origin = next) {
		assert(origin->users == 0);
		next = origin->next;
		origin_free(origin);
	}
	free(origins->dial_host);
	*origins = (struct origins){ 0 };
}

static void forget_unused(struct origins *origins)
{
	struct origin **at = &origins->first;

	while (*at) {
		struct origin *origin = *at;

		if (origin->users) {
			at = &origin->next;
			continue;
		}
		*at = origin->next;
		origin_free(origin);
		origins->count--;
	}
}

static struct resolver_name *name_to_dial(const struct origins *origins, bool tls, const char *host,
					  uint16_t port)
{
	const struct url *target = &origins->scenario->target;
	const char *unix_socket = origins->scenario->http.unix_socket;
	struct resolver_name *name;

	if (tls == target->tls && port == target->port && strcmp(host, target->host) == 0) {
		if (unix_socket && resolver_name_unix(&name, origins->resolver, unix_socket) == 0)
			return name;
		if (origins->dial_host)
			return resolver_name_new(origins->resolver, origins->dial_host,
						 origins->dial_port);
	}
	return resolver_name_new(origins->resolver, host, port);
}

/* What follows the path in every request. The port is left out where it is the scheme's own. */
static char *make_line(const struct origins *origins, bool tls, const char *host, uint16_t port)
{
	const char *open = strchr(host, ':') ? "[" : "", *close = *open ? "]" : "";
	const char *accept =
		origins->scenario->http.gzip ? "Accept-Encoding: gzip, deflate\r\n" : "";

	if (port == (tls ? 443 : 80))
		return mem_printf(" HTTP/1.1\r\nHost: %s%s%s\r\n%s", open, host, close, accept);
	return mem_printf(" HTTP/1.1\r\nHost: %s%s%s:%u\r\n%s", open, host, close, (unsigned)port,
			  accept);
}

bool origin_is(const struct origin *origin, bool tls, const char *host, uint16_t port)
{
	return origin->port == port && origin->tls == tls && strcmp(origin->host, host) == 0;
}

struct origin *origins_get(struct origins *origins, bool tls, const char *host, uint16_t port)
{
	struct origin *origin;

	for (origin = origins->first; origin; origin = origin->next) {
		if (origin_is(origin, tls, host, port)) {
			origin->users++;
			return origin;
		}
	}
	if (origins->count >= IDLE_MAX)
		forget_unused(origins);
	origin = mem_new(sizeof(*origin));
	origin->tls = tls;
	origin->port = port;
	origin->host = mem_strdup(host);
	origin->host_len = strlen(host);
	origin->line = make_line(origins, tls, host, port);
	origin->line_len = strlen(origin->line);
	origin->name = name_to_dial(origins, tls, host, port);
	origin->users = 1;
	origin->next = origins->first;
	origins->first = origin;
	origins->count++;
	return origin;
}

void origin_put(struct origin *origin)
{
	if (origin)
		origin->users--;
}
