/* SPDX-License-Identifier: MIT */
/* libcurl's multi_socket interface on libevent: which descriptors to watch, which timer to set.
 *
 * Each descriptor has one event, made at its first use and reassigned afterwards, so nothing is
 * allocated per request. libcurl stops watching a connection after each request and watches it
 * again for the next: a connection of ours stays with epoll meanwhile (until it is closed, or
 * something happens on it that nobody waits for), which saves two system calls a request.
 * Descriptors that libcurl makes for itself are closed behind our back and are let go at once. A timeout of 0 is answered on the next turn through `kick` without
 * touching libevent's timer heap. One thread; constant time per call but for libcurl's own
 * work. */
#include "config.h"

#include "net/curl_loop.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

struct watcher {
	struct event *event;
	short what;   /* added to the loop: EV_READ, EV_WRITE or both; 0: not added */
	short wanted; /* by libcurl */
	bool ours;    /* made by our callback: closed by curl_loop_close */
};

struct curl_loop {
	struct curl_loop_config config;
	CURLM *multi;
	struct event *timer;
	struct event *kick;
	struct watcher *watchers; /* by descriptor */
	size_t watcher_count;
	unsigned open;
};

static void deliver(struct curl_loop *loop)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(loop->multi, &left)) != NULL) {
		if (msg->msg == CURLMSG_DONE) {
			CURL *easy = msg->easy_handle;
			CURLcode code = msg->data.result;
			if (!loop->config.keep_done)
				(void)curl_multi_remove_handle(loop->multi, easy);
			loop->config.done(easy, code);
		}
	}
}

static void forget(struct watcher *w)
{
	if (w->what != 0) {
		(void)event_del(w->event);
		w->what = 0;
	}
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct curl_loop *loop = arg;
	struct watcher *w = &loop->watchers[fd];
	int mask = 0, running;

	what &= w->wanted;
	if (what == 0) {
		forget(w);
		return;
	}
	mask |= what & EV_READ ? CURL_CSELECT_IN : 0;
	mask |= what & EV_WRITE ? CURL_CSELECT_OUT : 0;
	(void)curl_multi_socket_action(loop->multi, fd, mask, &running);
	deliver(loop);
}

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct curl_loop *loop = arg;
	int running;
	(void)fd;
	(void)what;

	(void)curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	deliver(loop);
	if (loop->config.turn != NULL)
		loop->config.turn(loop->config.arg);
}

static struct watcher *watcher_at(struct curl_loop *loop, curl_socket_t fd)
{
	size_t need = (size_t)fd + 1;

	if (need > loop->watcher_count) {
		size_t count = loop->watcher_count == 0 ? 64 : loop->watcher_count;
		while (count < need) {
			count *= 2;
		}
		loop->watchers = mem_grow(loop->watchers, loop->watcher_count, count,
					  sizeof(*loop->watchers));
		loop->watcher_count = count;
	}
	return &loop->watchers[fd];
}

/* libcurl says what it wants to know of a descriptor. */
static int socket_cb(CURL *easy, curl_socket_t fd, int action, void *arg, void *socket_arg)
{
	struct curl_loop *loop = arg;
	struct watcher *w = watcher_at(loop, fd);
	short what = 0;
	(void)easy;
	(void)socket_arg;

	if (action == CURL_POLL_IN || action == CURL_POLL_INOUT) {
		what |= EV_READ;
	}
	if (action == CURL_POLL_OUT || action == CURL_POLL_INOUT) {
		what |= EV_WRITE;
	}
	w->wanted = what;
	if (what == w->what || (what == 0 && w->ours)) {
		return 0;
	}
	forget(w);
	if (what == 0) {
		return 0;
	}
	short flags = (short)(what | EV_PERSIST);
	if (w->event == NULL) {
		w->event = event_new(loop->config.base, fd, flags, on_socket, loop);
	} else {
		(void)event_assign(w->event, loop->config.base, fd, flags, on_socket, loop);
	}
	if (w->event == NULL || event_add(w->event, NULL) != 0) {
		return -1;
	}
	w->what = what;
	return 0;
}

static int timer_cb(CURLM *multi, long timeout_ms, void *arg)
{
	struct curl_loop *loop = arg;
	(void)multi;

	if (timeout_ms < 0) {
		(void)event_del(loop->timer);
	} else if (timeout_ms == 0) {
		curl_loop_kick(loop);
	} else {
		const struct timeval tv = { .tv_sec = timeout_ms / 1000,
					    .tv_usec = timeout_ms % 1000 * 1000 };
		(void)event_add(loop->timer, &tv);
	}
	return 0;
}

struct curl_loop *curl_loop_new(const struct curl_loop_config *config)
{
	struct curl_loop *loop = mem_new(sizeof(*loop));

	loop->config = *config;
	loop->multi = curl_multi_init();
	loop->timer = event_new(config->base, -1, 0, on_kick, loop);
	loop->kick = event_new(config->base, -1, 0, on_kick, loop);
	if (loop->multi == NULL || loop->timer == NULL || loop->kick == NULL) {
		curl_loop_free(loop);
		return NULL;
	}
	(void)curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)config->kept_connections);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, socket_cb);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, timer_cb);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	return loop;
}

void curl_loop_free(struct curl_loop *loop)
{
	if (loop == NULL) {
		return;
	}
	(void)curl_multi_cleanup(loop->multi);
	for (size_t i = 0; i < loop->watcher_count; i++) {
		if (loop->watchers[i].event != NULL) {
			event_free(loop->watchers[i].event);
		}
	}
	free(loop->watchers);
	if (loop->timer != NULL) {
		event_free(loop->timer);
	}
	if (loop->kick != NULL) {
		event_free(loop->kick);
	}
	free(loop);
}

CURLM *curl_loop_multi(struct curl_loop *loop)
{
	return loop->multi;
}

void curl_loop_kick(struct curl_loop *loop)
{
	event_active(loop->kick, EV_TIMEOUT, 0);
}

void curl_loop_opened(struct curl_loop *loop, curl_socket_t fd)
{
	watcher_at(loop, fd)->ours = true;
	loop->open++;
}

int curl_loop_close(struct curl_loop *loop, curl_socket_t fd)
{
	struct watcher *w = watcher_at(loop, fd);

	forget(w);
	w->ours = false;
	w->wanted = 0;
	loop->open--;
	return close(fd);
}

unsigned curl_loop_open_sockets(const struct curl_loop *loop)
{
	return loop->open;
}
