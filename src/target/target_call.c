/* SPDX-License-Identifier: MIT */
/* Calls: requests in progress, their timers, and the pause that holds them. Calls are recycled,
 * so memory is bounded by the most that were ever in progress. */
#include "config.h"

#include "target/target_call.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/http.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "target/target_answer.h"

static void fire(evutil_socket_t fd, short what, void *arg)
{
	struct call *call = arg;

	(void)fd;
	(void)what;
	call->then(call);
}

struct call *target_call_new(struct target *target, struct evhttp_request *req)
{
	struct call *call = TAILQ_FIRST(&target->spare);

	if (call) {
		TAILQ_REMOVE(&target->spare, call, live);
		memset(call, 0, sizeof(*call));
	} else {
		call = mem_new(sizeof(*call));
	}
	call->target = target;
	call->req = req;
	call->arrived_ns = clock_now_ns();
	event_assign(&call->timer, target->base, -1, 0, fire, call);
	TAILQ_INSERT_TAIL(&target->live, call, live);
	return call;
}

void target_call_done(struct call *call)
{
	struct target *target = call->target;

	event_del(&call->timer);
	if (!(call->route->flags & ROUTE_UNCOUNTED))
		target->in_flight--;
	TAILQ_REMOVE(&target->live, call, live);
	TAILQ_INSERT_HEAD(&target->spare, call, live);
}

void target_call_free_all(struct target *target)
{
	struct call *call;

	while ((call = TAILQ_FIRST(&target->live))) {
		/* a request whose client is gone belongs to nobody else */
		if (!evhttp_request_get_connection(call->req))
			evhttp_request_free(call->req);
		target_call_done(call);
	}
	while ((call = TAILQ_FIRST(&target->spare))) {
		TAILQ_REMOVE(&target->spare, call, live);
		free(call);
	}
}

static struct timeval timeval_of(uint64_t ns)
{
	struct timeval tv = { .tv_sec = (time_t)(ns / CLOCK_NS_PER_SEC),
			      .tv_usec = (suseconds_t)(ns % CLOCK_NS_PER_SEC / 1000) };
	return tv;
}

void target_call_after(struct call *call, uint64_t ns, void (*then)(struct call *call))
{
	struct timeval tv = timeval_of(ns);

	call->then = then;
	event_add(&call->timer, &tv);
}

void target_call_unschedule(struct call *call)
{
	event_del(&call->timer);
}

static void close_now(struct call *call)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(call->req);

	if (conn)
		evhttp_connection_free(conn); /* and the request with it */
	else
		evhttp_request_free(call->req);
	call->target->counters->counts[COUNT_CLOSED]++;
	target_call_done(call);
}

static void reset_now(struct call *call)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(call->req);

	if (conn) {
		/* Dissolving the association sends RST at once (connect(2), AF_UNSPEC); closing
		 * with SO_LINGER 0 would not do, as evhttp sends FIN before it closes. */
		struct sockaddr none = { .sa_family = AF_UNSPEC };
		int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(conn));

		(void)connect(fd, &none, sizeof(none));
	}
	close_now(call);
}

void target_call_close(struct call *call, bool reset)
{
	/* Not from within evhttp's own callback: it still uses the connection. */
	target_call_after(call, 0, reset ? reset_now : close_now);
}

const char *target_call_header(const struct call *call, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(call->req), name);
}

bool target_call_query(struct call *call, const char *name, uint64_t fallback, uint64_t min,
		       uint64_t max, uint64_t *out)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(call->req);
	const char *query = uri ? evhttp_uri_get_query(uri) : NULL;
	struct evkeyvalq pairs;
	const char *value;
	bool good = true;

	*out = fallback;
	if (!query || !*query)
		return true;
	if (evhttp_parse_query_str(query, &pairs) != 0) {
		target_answer_detail(call, 400, "The query string cannot be read.");
		return false;
	}
	value = evhttp_find_header(&pairs, name);
	if (value && units_parse_uint(value, min, max, out) != 0) {
		target_answer_field(call, name, "Must be an integer from %llu to %llu.",
				    (unsigned long long)min, (unsigned long long)max);
		good = false;
	}
	evhttp_clear_headers(&pairs);
	return good;
}

bool target_call_number(struct call *call, const char *name, uint64_t min, uint64_t max,
			uint64_t *out)
{
	char digits[24] = "";

	if (call->param_len < sizeof(digits))
		memcpy(digits, call->param, call->param_len);
	if (units_parse_uint(digits, min, max, out) == 0)
		return true;
	target_answer_field(call, name, "Must be an integer from %llu to %llu.",
			    (unsigned long long)min, (unsigned long long)max);
	return false;
}

bool target_call_id(struct call *call, struct target_id *out)
{
	if (target_id_parse(out, call->param, call->param_len))
		return true;
	target_answer_detail(call, 404, "Not found.");
	return false;
}

void target_pause(struct target *target, uint64_t ms)
{
	struct timeval wanted = timeval_of(ms * CLOCK_NS_PER_MS), now, until, ends;

	event_base_gettimeofday_cached(target->base, &now);
	evutil_timeradd(&now, &wanted, &until);
	if (target->paused && event_pending(&target->resume_event, EV_TIMEOUT, &ends) &&
	    evutil_timercmp(&ends, &until, >))
		return;
	target->paused = true;
	event_add(&target->resume_event, &wanted);
}

void target_resume(struct target *target)
{
	const struct timeval now = { 0 };

	/* by its timer, so that a pause asked for in the same turn of the loop still wins */
	if (target->paused)
		event_add(&target->resume_event, &now);
}

bool target_pause_holds(struct call *call, void (*then)(struct call *call))
{
	if (!call->target->paused || call->route->flags & ROUTE_UNPAUSED)
		return false;
	call->then = then;
	TAILQ_INSERT_TAIL(&call->target->held, call, queue);
	return true;
}
