/* SPDX-License-Identifier: MIT */
/* Which path is what: the table of routes, and the way of a request through it: counted, held by
 * a pause, checked for its token, worked on, handled. The most frequent routes stand first. */
#include "config.h"

#include "target/target_route.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include <event2/http.h>

#include "base/clock.h"
#include "target/target_answer.h"
#include "target/target_api.h"
#include "target/target_call.h"
#include "target/target_fault.h"
#include "target/target_pool.h"
#include "target/target_stats.h"

#define WORK        (ROUTE_POOLED | ROUTE_TOKEN)
#define PATTERN_MAX 64

static void redirect_to_slash(struct call *call);
static void answer_missing(struct call *call);

/* clang-format off */
static const struct route routes[] = {
	{ "/api/v1/health/", 0, api_health, NULL, NULL, NULL },
	{ "/api/v1/deployments/", WORK, api_list_deployments, api_create_deployment, NULL, NULL },
	{ "/api/v1/deployments/{id}/", WORK, api_get_deployment, NULL, NULL, NULL },
	{ "/api/v1/cab/pending/", WORK, api_list_pending, NULL, NULL, NULL },
	{ "/api/v1/cab/{id}/approve/", WORK, NULL, api_approve, NULL, api_claim },
	{ "/api/v1/cab/{id}/reject/", WORK, NULL, api_reject, NULL, api_claim },
	{ "/api/v1/connectors/publish/", WORK, NULL, api_publish, NULL, NULL },
	{ "/api/v1/connectors/status/{id}/", WORK, api_connector_status, NULL, NULL, NULL },
	{ "/api/v1/connectors/remediate/", WORK, NULL, api_remediate, NULL, NULL },
	{ "/api/v1/auth/login/", ROUTE_POOLED, NULL, api_login, NULL, NULL },
	{ "/_target/stats", ROUTE_UNCOUNTED | ROUTE_UNPAUSED, stats_get, NULL, stats_other, NULL },
	{ "/_target/config", ROUTE_UNCOUNTED | ROUTE_UNPAUSED, stats_get_config, stats_set_config,
	  NULL, NULL },
	{ "/_target/pause/{ms}", ROUTE_UNPAUSED, NULL, NULL, fault_pause, NULL },
	{ "/_target/resume", ROUTE_UNPAUSED, NULL, NULL, fault_resume, NULL },
	{ "/_target/delay/{ms}", 0, NULL, NULL, fault_delay, NULL },
	{ "/_target/status/{code}", 0, NULL, NULL, fault_status, NULL },
	{ "/_target/close", 0, NULL, NULL, fault_close, NULL },
	{ "/_target/reset", 0, NULL, NULL, fault_reset, NULL },
	{ "/_target/truncate", 0, NULL, NULL, fault_truncate, NULL },
	{ "/_target/garbage", 0, NULL, NULL, fault_garbage, NULL },
	{ "/_target/trickle", 0, NULL, NULL, fault_trickle, NULL },
	{ "/_target/chunked", 0, NULL, NULL, fault_chunked, NULL },
	{ "/_target/redirect/{n}", 0, NULL, NULL, fault_redirect, NULL },
	{ "/_target/big/{bytes}", 0, NULL, NULL, fault_big, NULL },
	{ "/_target/headers/{bytes}", 0, NULL, NULL, fault_headers, NULL },
	{ "/_target/gzip", 0, NULL, NULL, fault_gzip, NULL },
	{ "/_target/cookie", 0, NULL, NULL, fault_cookie, NULL },
	{ "/_target/cookie/check", 0, NULL, NULL, fault_cookie_check, NULL },
	{ "/_target/echo", 0, NULL, NULL, fault_echo, NULL },
	{ "/", 0, api_root, NULL, NULL, NULL },
	/* the last three catch the rest: */
	{ "/api/(no slash)", 0, redirect_to_slash, NULL, answer_missing, NULL },
	{ "/api/(unknown)", WORK, NULL, NULL, answer_missing, NULL },
	{ "(unknown)", 0, NULL, NULL, answer_missing, NULL },
};
/* clang-format on */

#define ROUTES      (sizeof(routes) / sizeof(routes[0]))
#define NO_SLASH    (&routes[ROUTES - 3])
#define UNKNOWN_API (&routes[ROUTES - 2])
#define UNKNOWN     (&routes[ROUTES - 1])

static_assert(ROUTES <= TARGET_ROUTES_MAX, "the counters have a place for every route");

/* By bit number of enum evhttp_cmd_type. */
static const char *const methods[TARGET_METHODS] = { "GET",   "POST",    "HEAD",
						     "PUT",   "DELETE",  "OPTIONS",
						     "TRACE", "CONNECT", "PATCH" };

size_t target_route_count(void)
{
	return ROUTES;
}

const struct route *target_route_at(size_t i)
{
	return &routes[i];
}

const char *target_route_method(unsigned i)
{
	return methods[i];
}

uint64_t target_route_layout(void)
{
	const struct target_token_key key = { sizeof(struct target_counters), TARGET_COUNTS };
	uint64_t layout = ROUTES;

	for (size_t i = 0; i < ROUTES; i++)
		layout = layout * 31 +
			 target_token_hash(&key, routes[i].pattern, strlen(routes[i].pattern));
	return layout;
}

/* Does the path match? The first {...} goes to *param. */
static bool matches(const char *pattern, const char *path, const char **param, size_t *param_len)
{
	while (*pattern && *path) {
		if (*pattern == '{') {
			size_t len = strcspn(path, "/");

			if (len == 0)
				return false;
			*param = path;
			*param_len = len;
			path += len;
			pattern = strchr(pattern, '}') + 1;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *pattern == *path;
}

static const char *path_of(struct evhttp_request *req)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	return path && *path ? path : "/";
}

/* Is it a path of the API but for its last slash? */
static bool lacks_slash(const struct route *route, const char *path)
{
	size_t len = strlen(route->pattern);
	const char *param;
	size_t param_len, path_len = strlen(path);
	char shorter[PATTERN_MAX];

	if (route->pattern[len - 1] != '/' || len > sizeof(shorter) || path_len == 0 ||
	    path[path_len - 1] == '/')
		return false;
	memcpy(shorter, route->pattern, len - 1);
	shorter[len - 1] = '\0';
	return matches(shorter, path, &param, &param_len);
}

static const struct route *find(const char *path, const char **param, size_t *param_len)
{
	for (size_t i = 0; i < ROUTES - 3; i++) {
		if (matches(routes[i].pattern, path, param, param_len))
			return &routes[i];
	}
	if (strncmp(path, "/api/", 5) != 0)
		return UNKNOWN;
	for (size_t i = 0; i < ROUTES - 3; i++) {
		if (lacks_slash(&routes[i], path))
			return NO_SLASH;
	}
	return UNKNOWN_API;
}

static void count_request(struct call *call)
{
	struct target *target = call->target;
	struct target_counters *counters = target->counters;
	unsigned bit = (unsigned)__builtin_ctz((unsigned)evhttp_request_get_command(call->req));

	if (call->route->flags & ROUTE_UNCOUNTED)
		return;
	if (counters->first_ns == 0 || counters->first_ns > call->arrived_ns)
		counters->first_ns = call->arrived_ns; /* also after a reboot of the machine */
	counters->endpoints[call->route - routes][bit < TARGET_METHODS ? bit : 0]++;
	if (call->route->post == api_login)
		counters->login_requests++;
	if (++target->in_flight > counters->max_in_flight)
		counters->max_in_flight = target->in_flight;
}

/* "Bearer <token>", or Django REST framework's own "Token <token>". */
static bool token_holds(struct call *call)
{
	struct target *target = call->target;
	const char *given = target_call_header(call, "Authorization");
	uint64_t serial;

	if (!given)
		return false;
	if (strncasecmp(given, "Bearer ", 7) == 0)
		given += 7;
	else if (strncasecmp(given, "Token ", 6) == 0)
		given += 6;
	else
		return false;
	if (!target_token_check(&target->token_key, given, strlen(given), &serial))
		return false;
	target_counters_see(target->counters, serial);
	return true;
}

static void dispatch(struct call *call)
{
	if (target_pause_holds(call, dispatch))
		return;
	if (call->route->flags & ROUTE_POOLED)
		target_pool_submit(call);
	else
		target_route_handle(call);
}

void target_route_handle(struct call *call)
{
	const struct route *route = call->route;
	enum evhttp_cmd_type method = evhttp_request_get_command(call->req);

	if (route->flags & ROUTE_TOKEN && !call->authorised) {
		call->target->counters->counts[COUNT_UNAUTHORISED]++;
		target_answer_header(call, "WWW-Authenticate", "Bearer");
		target_answer_detail(call, 401, "%s",
				     target_call_header(call, "Authorization")
					     ? "Invalid token."
					     : "Authentication credentials were not provided.");
	} else if (route->get && (method == EVHTTP_REQ_GET || method == EVHTTP_REQ_HEAD)) {
		route->get(call);
	} else if (route->post && method == EVHTTP_REQ_POST) {
		route->post(call);
	} else if (route->other) {
		route->other(call);
	} else {
		target_answer_method(call);
	}
}

void target_route_request(struct evhttp_request *req, void *arg)
{
	struct call *call = target_call_new(arg, req);

	call->route = find(path_of(req), &call->param, &call->param_len);
	count_request(call);
	call->authorised = call->route->flags & ROUTE_TOKEN && token_holds(call);
	dispatch(call);
}

/* As Django's APPEND_SLASH does for GET; the query goes with it. */
static void redirect_to_slash(struct call *call)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(call->req);
	const char *query = uri ? evhttp_uri_get_query(uri) : NULL;
	struct buf *buf = target_answer_begin(call);

	buf_addf(buf, "%s/%s%s", path_of(call->req), query ? "?" : "", query ? query : "");
	target_answer_header(call, "Location", buf_str(buf));
	buf_reset(buf);
	target_answer_send(call, 301, "text/html; charset=utf-8");
}

static void answer_missing(struct call *call)
{
	target_answer_detail(call, 404, "Not found.");
}
