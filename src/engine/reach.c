/* SPDX-License-Identifier: MIT */
/* A loop of its own that runs until the name is resolved and, if asked, one of its addresses has
 * taken a connection. The resolver is the engine's, so what is found is what a run will find. */
#include "config.h"

#include "engine/reach.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "engine/origin.h"
#include "engine/resolver.h"
#include "scenario/scenario.h"

#define TICK_NS (100 * CLOCK_NS_PER_MS)

struct search {
	const struct reach_config *config;
	struct reach *out;
	struct event_base *base;
	struct event *on_tick;
	struct resolver *resolver;
	struct resolver_name *name;
	struct resolver_waiter waiter;
	struct bufferevent *dialled;
	unsigned next; /* address to try */
	uint64_t since_ns, dialled_ns;
	bool done;
};

static void dial_next(struct search *search);

static void finish(struct search *search, int error)
{
	search->out->error = error;
	search->done = true;
}

static void name_address(struct search *search, unsigned i)
{
	struct resolver_address to = resolver_address(search->name, i);
	struct reach *out = search->out;

	if (to.family == AF_UNIX)
		snprintf(out->address, sizeof(out->address), "%s", "");
	else if (getnameinfo(to.addr, to.len, out->address, sizeof(out->address), NULL, 0,
			     NI_NUMERICHOST) != 0)
		out->address[0] = '\0';
}

/* ---- connecting --------------------------------------------------------------------------- */

static void hang_up(struct search *search)
{
	if (search->dialled != NULL)
		bufferevent_free(search->dialled);
	search->dialled = NULL;
}

static void on_dialled(struct bufferevent *bev, short what, void *arg)
{
	struct search *search = arg;
	int error = EVUTIL_SOCKET_ERROR();

	(void)bev;
	hang_up(search);
	if (what & BEV_EVENT_CONNECTED) {
		finish(search, 0);
		return;
	}
	search->out->error = error != 0 ? error : ECONNREFUSED;
	dial_next(search);
}

static void dial_next(struct search *search)
{
	while (search->next < search->out->count) {
		unsigned i = search->next++;
		struct resolver_address to = resolver_address(search->name, i);

		name_address(search, i);
		search->dialled = bufferevent_socket_new(search->base, -1, BEV_OPT_CLOSE_ON_FREE);
		if (search->dialled == NULL) {
			finish(search, ENOMEM);
			return;
		}
		bufferevent_setcb(search->dialled, NULL, NULL, on_dialled, search);
		search->dialled_ns = clock_now_ns();
		/* its failures come as events too, but for those of socket(2) */
		if (bufferevent_socket_connect(search->dialled, to.addr, (int)to.len) == 0)
			return;
		search->out->error = errno != 0 ? errno : ECONNREFUSED;
		hang_up(search);
	}
	finish(search, search->out->error);
}

/* ---- resolving ---------------------------------------------------------------------------- */

static void on_answered(void *arg)
{
	struct search *search = arg;
	int result = resolver_query(search->name, &search->waiter);

	if (result == -EINPROGRESS)
		return;
	if (result != 0) {
		finish(search, -result);
		return;
	}
	search->out->count = resolver_count(search->name);
	name_address(search, 0);
	if (search->config->dial)
		dial_next(search);
	else
		finish(search, 0);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct search *search = arg;
	const struct reach_config *config = search->config;
	uint64_t now = clock_now_ns(), limit = config->scenario->http.connect_timeout_ns;

	(void)fd;
	(void)what;
	if (search->done)
		return;
	if (search->dialled != NULL && limit != 0 && now - search->dialled_ns > limit) {
		hang_up(search);
		search->out->error = ETIMEDOUT;
		dial_next(search);
	} else if (config->go_on != NULL && !config->go_on(config->arg, now - search->since_ns)) {
		search->out->aborted = true;
		search->done = true;
	}
}

static int begin(struct search *search)
{
	const struct timeval tick = { .tv_usec = TICK_NS / 1000 };

	search->base = event_base_new();
	if (search->base == NULL)
		return -ENOMEM;
	search->on_tick = event_new(search->base, -1, EV_PERSIST, on_tick, search);
	if (search->on_tick == NULL || event_add(search->on_tick, &tick) != 0)
		return -ENOMEM;
	search->resolver = resolver_new(search->base, clock_now_ns);
	return 0;
}

static void look(struct search *search, struct origins *origins)
{
	const struct scenario *scenario = search->config->scenario;
	const struct url *target = &scenario->target;
	struct origin *origin = origins_get(origins, target->tls, target->host, target->port);
	struct reach *out = search->out;

	out->unix_socket = scenario->http.unix_socket != NULL;
	snprintf(out->host, sizeof(out->host), "%s",
		 out->unix_socket             ? scenario->http.unix_socket
		 : origins->dial_host != NULL ? origins->dial_host
					      : target->host);
	search->name = origin->name;
	search->waiter = (struct resolver_waiter){ .answered = on_answered, .arg = search };
	search->since_ns = clock_now_ns();
	on_answered(search);
	while (!search->done && event_base_loop(search->base, EVLOOP_ONCE) == 0) {
	}
	hang_up(search);
	resolver_leave(&search->waiter);
	origin_put(origin);
}

int reach_target(struct reach *out, const struct reach_config *config, struct error *err)
{
	struct search search = { .config = config, .out = out };
	struct origins origins;
	int result;

	*out = (struct reach){ 0 };
	result = begin(&search);
	if (result != 0)
		error_set(err, "no event loop: %s", strerror(-result));
	if (result == 0)
		result = origins_init(&origins, config->scenario, search.resolver, err);
	if (result == 0) {
		look(&search, &origins);
		origins_fini(&origins);
	}
	resolver_free(search.resolver);
	if (search.on_tick != NULL)
		event_free(search.on_tick);
	if (search.base != NULL)
		event_base_free(search.base);
	return result;
}
