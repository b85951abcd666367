/* SPDX-License-Identifier: MIT */
/* Which transport a scenario takes. The rules about proxies are libcurl's (everything(7) of curl:
 * "Environment"), so that what takes libcurl's way because of them meets a proxy there. */
#include "config.h"

#include "engine/transport.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "scenario/scenario.h"

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && value[0];
}

/* Does an element of no_proxy name the host, or a domain that it lies in? */
static bool covers(const char *elem, size_t len, const char *host)
{
	size_t host_len = strlen(host);

	if (len == 1 && elem[0] == '*')
		return true;
	if (len > 0 && elem[0] == '.') {
		elem++;
		len--;
	}
	if (len == 0 || len > host_len || strncasecmp(host + host_len - len, elem, len) != 0)
		return false;
	return len == host_len || host[host_len - len - 1] == '.';
}

static bool is_exempt(const char *host)
{
	const char *list = getenv(is_set("no_proxy") ? "no_proxy" : "NO_PROXY");

	while (list && *list) {
		size_t len = strcspn(list, ", ");

		if (covers(list, len, host))
			return true;
		list += len;
		list += strspn(list, ", ");
	}
	return false;
}

bool transport_is_proxied(const struct scenario *scenario)
{
	const struct url *target = &scenario->target;
	bool named = is_set("all_proxy") || is_set("ALL_PROXY");

	/* HTTP_PROXY is not looked at: a web server's CGI would let strangers set it */
	if (target->tls)
		named |= is_set("https_proxy") || is_set("HTTPS_PROXY");
	else
		named |= is_set("http_proxy");
	return named && !scenario->http.unix_socket && !is_exempt(target->host);
}

bool transport_wants_whole_url(bool tls, const char *host)
{
	const char *proxy = is_set("http_proxy")  ? getenv("http_proxy")
			    : is_set("all_proxy") ? getenv("all_proxy")
						  : getenv("ALL_PROXY");

	return !tls && proxy && proxy[0] && strncasecmp(proxy, "socks", 5) != 0 && !is_exempt(host);
}

const struct transport_ops *transport_choose(const struct scenario *scenario)
{
	if (scenario->http.version == 2 || transport_is_proxied(scenario))
		return &transport_curl_ops;
	return &transport_direct_ops;
}
