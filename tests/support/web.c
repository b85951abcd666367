/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "web.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/thread.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define PATHS_MAX 64

struct path_count {
	char path[128];
	uint64_t count;
};

TAILQ_HEAD(late_list, late);

struct web {
	struct event_base *base;
	struct late_list late;
	struct evhttp *http;
	struct event *stop;
	int stop_fd;
	unsigned port;
	pthread_t thread;
	_Atomic uint64_t requests;
	_Atomic uint64_t open, most;
	pthread_mutex_t lock;
	struct path_count paths[PATHS_MAX];
	char log[WEB_LOG_MAX][128];
	unsigned logged;
};

/* A request that is answered later, unless its connection is closed first. */
struct late {
	TAILQ_ENTRY(late) link;
	struct web *web;
	struct evhttp_request *req;
	struct evhttp_connection *conn;
	struct event *timer;
};

static void reply(struct evhttp_request *req, int status, const char *body)
{
	struct evbuffer *buf = evbuffer_new();

	evbuffer_add(buf, body, strlen(body));
	evhttp_send_reply(req, status, NULL, buf);
	evbuffer_free(buf);
}

static void forget_late(struct late *late)
{
	TAILQ_REMOVE(&late->web->late, late, link);
	event_free(late->timer);
	free(late);
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	struct late *late = arg;
	(void)fd;
	(void)what;

	reply(late->req, 200, "late");
	forget_late(late);
}

static void reply_later(struct web *web, struct evhttp_request *req, long ms)
{
	const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	struct late *late = mem_new(sizeof(*late));

	late->web = web;
	late->req = req;
	late->conn = evhttp_request_get_connection(req);
	TAILQ_INSERT_TAIL(&web->late, late, link);
	late->timer = event_new(web->base, -1, 0, on_late, late);
	event_add(late->timer, &tv);
}

static void reset(struct evhttp_request *req)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(req);
	int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(conn));
	const struct linger now = { 1, 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	evhttp_connection_free(conn);
}

static void redirect(struct evhttp_request *req, int status, const char *to)
{
	evhttp_add_header(evhttp_request_get_output_headers(req), "Location", to);
	reply(req, status, "");
}

static void reply_method(struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	char text[256] = "OTHER ";
	size_t n = evbuffer_get_length(in);

	if (evhttp_request_get_command(req) == EVHTTP_REQ_GET) {
		memcpy(text, "GET ", 5);
	} else if (evhttp_request_get_command(req) == EVHTTP_REQ_POST) {
		memcpy(text, "POST ", 6);
	}
	size_t at = strlen(text);
	n = n < sizeof(text) - at - 1 ? n : sizeof(text) - at - 1;
	(void)evbuffer_copyout(in, text + at, n);
	text[at + n] = '\0';
	reply(req, 200, text);
}

static void reply_headers(struct evhttp_request *req)
{
	struct evbuffer *buf = evbuffer_new();
	struct evkeyval *kv;

	for (kv = evhttp_request_get_input_headers(req)->tqh_first; kv != NULL;
	     kv = kv->next.tqe_next) {
		evbuffer_add_printf(buf, "%s: %s\n", kv->key, kv->value);
	}
	evhttp_send_reply(req, 200, NULL, buf);
	evbuffer_free(buf);
}

static uint64_t count(struct web *web, const char *uri, const char *path)
{
	uint64_t n = 0;

	atomic_fetch_add(&web->requests, 1);
	pthread_mutex_lock(&web->lock);
	if (web->logged < WEB_LOG_MAX) {
		snprintf(web->log[web->logged++], sizeof(web->log[0]), "%.100s", uri);
	}
	for (size_t i = 0; i < PATHS_MAX; i++) {
		struct path_count *pc = &web->paths[i];
		if (pc->path[0] == '\0') {
			snprintf(pc->path, sizeof(pc->path), "%s", path);
		}
		if (strcmp(pc->path, path) == 0) {
			n = ++pc->count;
			break;
		}
	}
	pthread_mutex_unlock(&web->lock);
	return n;
}

static bool begins(const char *path, const char *with, long *number)
{
	size_t n = strlen(with);

	if (strncmp(path, with, n) != 0) {
		return false;
	}
	*number = strtol(path + n, NULL, 10);
	return true;
}

static const char *header_of(struct evhttp_request *req, const char *name)
{
	const char *value = evhttp_find_header(evhttp_request_get_input_headers(req), name);

	return value != NULL ? value : "";
}

static void answer_plain(struct evhttp_request *req, const char *path, uint64_t seen)
{
	char text[64];

	if (strcmp(path, "/json") == 0) {
		snprintf(text, sizeof(text), "{\"token\": \"T\", \"id\": %llu}",
			 (unsigned long long)seen);
		reply(req, 200, text);
	} else if (strcmp(path, "/token") == 0) {
		bool ok = strcmp(header_of(req, "Authorization"), "Bearer T") == 0;
		reply(req, ok ? 200 : 401, "");
	} else if (strcmp(path, "/cookie") == 0) {
		reply(req, strcmp(header_of(req, "Cookie"), "c=1") == 0 ? 200 : 400, "");
	} else if (strcmp(path, "/set") == 0) {
		evhttp_add_header(evhttp_request_get_output_headers(req), "Set-Cookie",
				  "c=1; Path=/");
		reply(req, 200, "");
	} else if (strcmp(path, "/see") == 0) {
		redirect(req, 303, "/method");
	} else if (strcmp(path, "/again") == 0) {
		redirect(req, 307, "/method");
	} else if (strcmp(path, "/method") == 0) {
		reply_method(req);
	} else if (strcmp(path, "/headers") == 0) {
		reply_headers(req);
	} else if (strcmp(path, "/up") == 0) {
		reply(req, seen < 3 ? 503 : 200, "");
	} else {
		reply(req, 200, "fine");
	}
}

static void on_close(struct evhttp_connection *conn, void *arg)
{
	struct web *web = arg;
	struct late *late = TAILQ_FIRST(&web->late);

	while (late != NULL) {
		struct late *next = TAILQ_NEXT(late, link);
		if (late->conn == conn) {
			forget_late(late);
		}
		late = next;
	}
	atomic_fetch_sub(&web->open, 1);
}

static void on_request(struct evhttp_request *req, void *arg)
{
	struct web *web = arg;
	char path[128], to[64];
	long number = 0;
	const char *uri = evhttp_request_get_uri(req);

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(uri, "?"), uri);
	uint64_t seen = count(web, uri, path);
	evhttp_connection_set_closecb(evhttp_request_get_connection(req), on_close, web);
	if (begins(path, "/status/", &number)) {
		reply(req, (int)number, "");
	} else if (begins(path, "/slow/", &number)) {
		reply_later(web, req, number);
	} else if (begins(path, "/redirect/", &number)) {
		snprintf(to, sizeof(to), "/redirect/%ld", number - 1);
		redirect(req, 302, number > 1 ? to : "/ok");
	} else if (strcmp(path, "/never") == 0) {
		/* stays open until the client gives up */
	} else if (strcmp(path, "/reset") == 0) {
		reset(req);
	} else {
		answer_plain(req, path, seen);
	}
}

static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
	struct web *web = arg;
	uint64_t open = atomic_fetch_add(&web->open, 1) + 1;

	if (open > atomic_load(&web->most)) {
		atomic_store(&web->most, open);
	}
	return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct web *web = arg;
	(void)fd;
	(void)what;

	event_base_loopbreak(web->base);
}

static void *serve(void *arg)
{
	struct web *web = arg;

	event_base_dispatch(web->base);
	return NULL;
}

struct web *web_start(void)
{
	struct web *web = mem_new(sizeof(*web));
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	pthread_mutex_init(&web->lock, NULL);
	TAILQ_INIT(&web->late);
	web->base = event_base_new();
	web->http = evhttp_new(web->base);
	evhttp_set_allowed_methods(web->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
						      EVHTTP_REQ_DELETE | EVHTTP_REQ_HEAD |
						      EVHTTP_REQ_PATCH);
	evhttp_set_gencb(web->http, on_request, web);
	evhttp_set_bevcb(web->http, on_connection, web);
	struct evhttp_bound_socket *bound =
		evhttp_bind_socket_with_handle(web->http, "127.0.0.1", 0);
	if (bound == NULL) {
		abort();
	}
	getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&addr, &len);
	web->port = ntohs(addr.sin_port);
	web->stop_fd = eventfd(0, EFD_CLOEXEC);
	web->stop = event_new(web->base, web->stop_fd, EV_READ, on_stop, web);
	event_add(web->stop, NULL);
	if (pthread_create(&web->thread, NULL, serve, web) != 0) {
		abort();
	}
	return web;
}

void web_stop(struct web *web)
{
	static const uint64_t one = 1;

	if (write(web->stop_fd, &one, sizeof(one)) != sizeof(one)) {
		abort();
	}
	pthread_join(web->thread, NULL);
	evhttp_free(web->http);
	event_free(web->stop);
	event_base_free(web->base);
	close(web->stop_fd);
	pthread_mutex_destroy(&web->lock);
	free(web);
}

unsigned web_port(const struct web *web)
{
	return web->port;
}

uint64_t web_requests(const struct web *web)
{
	return atomic_load(&web->requests);
}

uint64_t web_requests_of(struct web *web, const char *path)
{
	uint64_t n = 0;

	pthread_mutex_lock(&web->lock);
	for (size_t i = 0; i < PATHS_MAX; i++) {
		if (strcmp(web->paths[i].path, path) == 0) {
			n = web->paths[i].count;
		}
	}
	pthread_mutex_unlock(&web->lock);
	return n;
}

uint64_t web_open_connections(const struct web *web)
{
	return atomic_load(&web->open);
}

void web_log(struct web *web, unsigned i, char dst[128])
{
	pthread_mutex_lock(&web->lock);
	snprintf(dst, 128, "%s", i < web->logged ? web->log[i] : "");
	pthread_mutex_unlock(&web->lock);
}

uint64_t web_connections(const struct web *web)
{
	return atomic_load(&web->most);
}

struct dead_port dead_port_open(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	struct dead_port dead = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (dead.fd < 0 || bind(dead.fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
	    getsockname(dead.fd, (struct sockaddr *)&addr, &len) != 0) {
		abort();
	}
	dead.port = ntohs(addr.sin_port); /* bound, but nobody listens */
	return dead;
}

void dead_port_close(struct dead_port *dead)
{
	close(dead->fd);
}
