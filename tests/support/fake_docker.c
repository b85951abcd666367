/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fake_docker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "unit.h"

#define ROUTES_MAX  64
#define STREAMS_MAX 64

enum manner { ANSWER, STREAM, SILENCE };

struct route {
	char path[160];
	enum manner manner;
	int status;
	char *body;
	unsigned asked;
	char last[400];
};

struct stream {
	struct fake_docker *fake;
	struct evhttp_request *request; /* NULL: free */
	char path[160];
};

struct fake_docker {
	struct evhttp *http;
	char version[16], server[40];
	size_t route_count;
	struct route routes[ROUTES_MAX];
	struct stream streams[STREAMS_MAX];
};

static const char *bare(const char *uri)
{
	if (strncmp(uri, "/v1.", 4) == 0 && strchr(uri + 1, '/') != NULL)
		return strchr(uri + 1, '/');
	return uri;
}

static struct route *find(struct fake_docker *fake, const char *uri)
{
	struct route *best = NULL;

	for (size_t i = 0; i < fake->route_count; i++) {
		struct route *route = &fake->routes[i];

		if (strncmp(uri, route->path, strlen(route->path)) == 0 &&
		    (best == NULL || strlen(route->path) > strlen(best->path)))
			best = route;
	}
	return best;
}

static void closed(struct evhttp_connection *connection, void *arg)
{
	struct stream *stream = arg;

	(void)connection;
	/* Without an answer it is ours once the client has gone. */
	if (evhttp_request_get_connection(stream->request) == NULL)
		evhttp_request_free(stream->request);
	stream->request = NULL;
}

/* silent: never answered. */
static void open_stream(struct fake_docker *fake, struct evhttp_request *request, const char *uri,
			bool silent)
{
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct stream *stream = &fake->streams[i];

		if (stream->request != NULL)
			continue;
		stream->fake = fake;
		stream->request = request;
		snprintf(stream->path, sizeof(stream->path), "%.*s", (int)strcspn(uri, "?"), uri);
		evhttp_connection_set_closecb(evhttp_request_get_connection(request), closed,
					      stream);
		if (!silent)
			evhttp_send_reply_start(request, 200, "OK");
		return;
	}
	fail_msg("too many streams");
}

static void serve(struct evhttp_request *request, void *arg)
{
	struct fake_docker *fake = arg;
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	const char *whole = evhttp_request_get_uri(request), *uri = bare(whole);
	struct route *route = find(fake, uri);
	struct evbuffer *body;

	if (fake->version[0] != '\0')
		evhttp_add_header(headers, "Api-Version", fake->version);
	evhttp_add_header(headers, "Server", fake->server);
	if (route == NULL) {
		body = evbuffer_new();
		evbuffer_add_printf(body, "{\"message\":\"page not found\"}");
		evhttp_send_reply(request, 404, "Not Found", body);
		evbuffer_free(body);
		return;
	}
	route->asked++;
	snprintf(route->last, sizeof(route->last), "%s", whole);
	if (route->manner != ANSWER) {
		open_stream(fake, request, uri, route->manner == SILENCE);
	} else {
		body = evbuffer_new();
		evbuffer_add_printf(body, "%s", route->body);
		evhttp_send_reply(request, route->status, "Said", body);
		evbuffer_free(body);
	}
}

struct fake_docker *fake_docker_new(struct event_base *base, const char *path)
{
	struct fake_docker *fake = calloc(1, sizeof(*fake));
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct evconnlistener *listener;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	listener = evconnlistener_new_bind(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, -1,
					   (struct sockaddr *)&address, sizeof(address));
	fake->http = evhttp_new(base);
	assert_non_null(listener);
	assert_non_null(fake->http);
	assert_non_null(evhttp_bind_listener(fake->http, listener));
	evhttp_set_gencb(fake->http, serve, fake);
	fake_docker_version(fake, "1.41");
	fake_docker_server(fake, "Docker/20.10.24 (linux)");
	fake_docker_answer(fake, "/_ping", 200, "OK");
	fake_docker_answer(fake, "/containers/json", 200, "[]");
	return fake;
}

void fake_docker_free(struct fake_docker *fake)
{
	if (fake == NULL)
		return;
	evhttp_free(fake->http);
	for (size_t i = 0; i < fake->route_count; i++)
		free(fake->routes[i].body);
	free(fake);
}

void fake_docker_version(struct fake_docker *fake, const char *version)
{
	snprintf(fake->version, sizeof(fake->version), "%s", version);
}

void fake_docker_server(struct fake_docker *fake, const char *server)
{
	snprintf(fake->server, sizeof(fake->server), "%s", server);
}

static struct route *route_of(struct fake_docker *fake, const char *path)
{
	struct route *route = find(fake, path);

	if (route == NULL || strcmp(route->path, path) != 0) {
		assert_true(fake->route_count < ROUTES_MAX);
		route = &fake->routes[fake->route_count++];
		snprintf(route->path, sizeof(route->path), "%s", path);
	}
	return route;
}

void fake_docker_answer(struct fake_docker *fake, const char *path, int status, const char *body)
{
	struct route *route = route_of(fake, path);

	free(route->body);
	route->manner = ANSWER;
	route->status = status;
	route->body = strdup(body);
}

void fake_docker_stream(struct fake_docker *fake, const char *path)
{
	route_of(fake, path)->manner = STREAM;
}

void fake_docker_silence(struct fake_docker *fake, const char *path)
{
	route_of(fake, path)->manner = SILENCE;
}

unsigned fake_docker_push(struct fake_docker *fake, const char *path, const void *data, size_t len)
{
	unsigned count = 0;

	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct stream *stream = &fake->streams[i];
		struct evbuffer *chunk;

		if (stream->request == NULL || strcmp(stream->path, path) != 0)
			continue;
		chunk = evbuffer_new();
		evbuffer_add(chunk, data, len);
		evhttp_send_reply_chunk(stream->request, chunk);
		evbuffer_free(chunk);
		count++;
	}
	return count;
}

void fake_docker_end(struct fake_docker *fake, const char *path)
{
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct stream *stream = &fake->streams[i];
		struct evhttp_request *request = stream->request;

		if (request == NULL || strcmp(stream->path, path) != 0)
			continue;
		stream->request = NULL;
		evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
		evhttp_send_reply_end(request);
	}
}

unsigned fake_docker_open(const struct fake_docker *fake, const char *path)
{
	unsigned count = 0;

	for (size_t i = 0; i < STREAMS_MAX; i++)
		if (fake->streams[i].request != NULL && strcmp(fake->streams[i].path, path) == 0)
			count++;
	return count;
}

unsigned fake_docker_asked(const struct fake_docker *fake, const char *path)
{
	unsigned count = 0;

	for (size_t i = 0; i < fake->route_count; i++)
		if (strncmp(fake->routes[i].path, path, strlen(path)) == 0)
			count += fake->routes[i].asked;
	return count;
}

const char *fake_docker_last(const struct fake_docker *fake, const char *path)
{
	for (size_t i = 0; i < fake->route_count; i++)
		if (strcmp(fake->routes[i].path, path) == 0)
			return fake->routes[i].last;
	return "";
}
