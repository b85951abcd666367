/* SPDX-License-Identifier: MIT */
/* A hijacked connection to the Docker daemon. libcurl connects (CURLOPT_CONNECT_ONLY) and encrypts; the request, the head of its answer and
 * the bytes that follow are read and written here, on the connection's descriptor. A daemon answers 101 to the wish to upgrade, old ones 200;
 * anything else is an error with a body. Bytes that wait to be sent are limited by the caller. Whoever frees a wire from inside a callback finds
 * it gone only after the callback has returned. */
#include "config.h"

#include "monitor/docker_wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/mem.h"
#include "monitor/docker_client.h"
#include "monitor/docker_host.h"
#include "monitor/docker_problem.h"

#define HEAD_MAX ((size_t)64 * 1024) /* head of the answer, and body of an error */
#define PIECE    16384

enum wire_state { WIRE_DIALLING, WIRE_ASKING, WIRE_OPEN, WIRE_CLOSED };

struct docker_wire {
	struct docker_transfer transfer; /* first: found again from it */
	struct docker_client *client;
	struct event_base *base;
	struct docker_wire_config config;
	char *path;
	enum wire_state state;
	struct event *readable, *writable, *timer;
	struct buf out; /* waits to be sent */
	size_t sent;    /* of it */
	struct buf early, head;
	struct docker_mux *mux;
	bool busy, gone; /* inside a callback; freed meanwhile */
};

/* ---- end --------------------------------------------------------------------------------------- */

static void disconnect(struct docker_wire *wire)
{
	if (wire->readable != NULL)
		event_free(wire->readable);
	if (wire->writable != NULL)
		event_free(wire->writable);
	if (wire->timer != NULL)
		event_free(wire->timer);
	wire->readable = wire->writable = wire->timer = NULL;
	docker_transfer_fini(&wire->transfer, wire->client);
	wire->state = WIRE_CLOSED;
}

static void destroy(struct docker_wire *wire)
{
	disconnect(wire);
	docker_mux_free(wire->mux);
	buf_fini(&wire->out);
	buf_fini(&wire->early);
	buf_fini(&wire->head);
	free(wire->path);
	free(wire);
}

void docker_wire_free(struct docker_wire *wire)
{
	if (wire == NULL)
		return;
	if (!wire->busy) {
		destroy(wire);
		return;
	}
	wire->gone = true;
	disconnect(wire); /* now: the client may go next */
}

/* The caller returns at once: the wire may be gone. */
static void close_with(struct docker_wire *wire, const char *problem)
{
	disconnect(wire);
	if (!wire->gone) {
		wire->busy = true;
		wire->config.closed(wire->config.arg, problem);
		wire->busy = false;
	}
	if (wire->gone)
		destroy(wire);
}

static void close_curl(struct docker_wire *wire, CURLcode code, long status, const char *body)
{
	char problem[DOCKER_PROBLEM_MAX];

	docker_transfer_problem(problem, &wire->transfer, wire->client, code, "POST", wire->path,
				status, body);
	close_with(wire, problem);
}

/* ---- answer ------------------------------------------------------------------------------------ */

/* Length of the head with its empty line, 0: not whole. */
static size_t head_len(const struct buf *head)
{
	const char *end = strstr(buf_str(head), "\r\n\r\n");

	return end != NULL ? (size_t)(end - head->data) + 4 : 0;
}

/* Has the body of an error come as far as its head promises? Else its connection's end tells. */
static bool error_is_whole(const struct docker_wire *wire, size_t head)
{
	const char *at = strcasestr(wire->head.data, "\r\nContent-Length:");

	if (at != NULL && at < wire->head.data + head)
		return wire->head.len - head >= strtoul(at + 17, NULL, 10);
	return strstr(wire->head.data + head, "\r\n0\r\n") != NULL;
}

/* The JSON in an error's body, chunk sizes left out. */
static const char *error_body(struct docker_wire *wire, size_t head)
{
	char *begin = strchr(wire->head.data + head, '{');
	char *end = begin != NULL ? strrchr(begin, '}') : NULL;

	if (end == NULL)
		return wire->head.data + head;
	end[1] = '\0';
	return begin;
}

static void on_frame(void *arg, enum docker_stream stream, const char *data, size_t len)
{
	struct docker_wire *wire = arg;

	if (!wire->gone)
		wire->config.out(wire->config.arg, stream, data, len);
}

/* False: the wire is gone. */
static bool feed(struct docker_wire *wire, const char *data, size_t len)
{
	bool ok;

	wire->busy = true;
	ok = docker_mux_feed(wire->mux, data, len);
	wire->busy = false;
	if (wire->gone) {
		destroy(wire);
		return false;
	}
	if (!ok) {
		close_curl(wire, CURLE_WEIRD_SERVER_REPLY, 0, "");
		return false;
	}
	return true;
}

static void send_waiting(struct docker_wire *wire);

/* False: the wire is gone. */
static bool opened(struct docker_wire *wire, size_t head)
{
	wire->state = WIRE_OPEN;
	event_del(wire->timer);
	wire->busy = true;
	wire->config.opened(wire->config.arg);
	wire->busy = false;
	if (wire->gone) {
		destroy(wire);
		return false;
	}
	(void)buf_add(&wire->out, wire->early.data, wire->early.len);
	buf_reset(&wire->early);
	send_waiting(wire);
	return wire->state == WIRE_OPEN &&
	       feed(wire, wire->head.data + head, wire->head.len - head);
}

/* More of the head, or of an error. False: the wire is gone or closed. */
static bool take_head(struct docker_wire *wire, const char *data, size_t len)
{
	long status = 0;
	size_t head;

	if (buf_add(&wire->head, data, len) != 0) {
		close_curl(wire, CURLE_WEIRD_SERVER_REPLY, 0, "");
		return false;
	}
	if (wire->head.len >= 5 && strncmp(wire->head.data, "HTTP/", 5) != 0) {
		close_curl(wire, CURLE_WEIRD_SERVER_REPLY, 0, "");
		return false;
	}
	head = head_len(&wire->head);
	if (head == 0)
		return true;
	status = strtol(wire->head.data + strcspn(wire->head.data, " "), NULL, 10);
	if (status == 101 || status == 200)
		return opened(wire, head);
	if (!error_is_whole(wire, head))
		return true;
	close_curl(wire, CURLE_OK, status, error_body(wire, head));
	return false;
}

/* The other side has closed. */
static void at_end(struct docker_wire *wire)
{
	size_t head = head_len(&wire->head);

	if (wire->state == WIRE_OPEN)
		close_with(wire, "");
	else if (head > 0)
		close_curl(wire, CURLE_OK,
			   strtol(wire->head.data + strcspn(wire->head.data, " "), NULL, 10),
			   error_body(wire, head));
	else
		close_curl(wire, CURLE_GOT_NOTHING, 0, "");
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct docker_wire *wire = arg;
	char data[PIECE];

	(void)fd;
	(void)what;
	for (;;) {
		size_t len = 0;
		CURLcode code = curl_easy_recv(wire->transfer.easy, data, sizeof(data), &len);

		if (code == CURLE_AGAIN)
			return;
		if (code != CURLE_OK && wire->state != WIRE_OPEN) {
			close_curl(wire, code, 0, "");
			return;
		}
		if (code != CURLE_OK || len == 0) {
			at_end(wire);
			return;
		}
		if (!(wire->state == WIRE_OPEN ? feed(wire, data, len)
					       : take_head(wire, data, len)))
			return;
	}
}

/* ---- sending ----------------------------------------------------------------------------------- */

static void send_waiting(struct docker_wire *wire)
{
	while (wire->sent < wire->out.len) {
		size_t n = 0;
		CURLcode code = curl_easy_send(wire->transfer.easy, wire->out.data + wire->sent,
					       wire->out.len - wire->sent, &n);

		if (code == CURLE_AGAIN) {
			(void)event_add(wire->writable, NULL);
			return;
		}
		if (code != CURLE_OK) /* reading tells why */
			break;
		wire->sent += n;
	}
	buf_reset(&wire->out);
	wire->sent = 0;
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	send_waiting(arg);
}

int docker_wire_send(struct docker_wire *wire, const void *data, size_t len, size_t max)
{
	struct buf *to = wire->state == WIRE_OPEN ? &wire->out : &wire->early;

	if (wire->state == WIRE_CLOSED)
		return -EPIPE;
	if (len > max || to->len - (to == &wire->out ? wire->sent : 0) + len > max)
		return -EMSGSIZE;
	if (to == &wire->out && wire->sent > 0) {
		memmove(to->data, to->data + wire->sent, to->len - wire->sent);
		to->len -= wire->sent;
		wire->sent = 0;
	}
	if (buf_add(to, data, len) != 0)
		return -EMSGSIZE;
	if (wire->state == WIRE_OPEN)
		send_waiting(wire);
	return 0;
}

/* ---- begin ------------------------------------------------------------------------------------- */

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	close_curl(arg, CURLE_OPERATION_TIMEDOUT, 0, "");
}

/* libcurl has connected, or not. */
static void dialled(struct docker_transfer *transfer, CURLcode code)
{
	struct docker_wire *wire = (struct docker_wire *)(void *)transfer;
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (code == CURLE_OK)
		code = curl_easy_getinfo(transfer->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (code == CURLE_OK && fd == CURL_SOCKET_BAD)
		code = CURLE_COULDNT_CONNECT;
	if (code != CURLE_OK) {
		close_curl(wire, code, 0, "");
		return;
	}
	wire->readable = event_new(wire->base, fd, EV_READ | EV_PERSIST, on_readable, wire);
	wire->writable = event_new(wire->base, fd, EV_WRITE, on_writable, wire);
	if (wire->readable == NULL || wire->writable == NULL ||
	    event_add(wire->readable, NULL) != 0) {
		close_curl(wire, CURLE_OUT_OF_MEMORY, 0, "");
		return;
	}
	wire->state = WIRE_ASKING;
	send_waiting(wire);
}

static void make_request(struct docker_wire *wire)
{
	const char *version = docker_client_version(wire->client);
	const char *host = strstr(docker_client_host(wire->client)->url, "://");

	(void)buf_addf(
		&wire->out,
		"POST %s%s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: throng/" PACKAGE_VERSION
		"\r\nContent-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		version[0] != '\0' ? "/v" : "", version, wire->path,
		host != NULL ? host + 3 : "localhost", strlen(wire->config.body),
		wire->config.body);
	wire->config.body = NULL;
}

struct docker_wire *docker_wire_new(struct docker_client *client, struct event_base *base,
				    const struct docker_wire_config *config)
{
	struct docker_wire *wire = mem_new(sizeof(*wire));
	const struct timeval limit = { .tv_sec = config->timeout_ms / 1000,
				       .tv_usec = config->timeout_ms % 1000 * 1000 };

	wire->client = client;
	wire->base = base;
	wire->config = *config;
	wire->path = mem_strdup(config->path);
	wire->transfer.done = dialled;
	wire->mux = docker_mux_new_pieces(on_frame, wire);
	buf_init(&wire->out, SIZE_MAX / 2);
	buf_init(&wire->early, SIZE_MAX / 2);
	buf_init(&wire->head, HEAD_MAX);
	make_request(wire);
	wire->timer = event_new(base, -1, 0, on_timeout, wire);
	if (wire->timer == NULL)
		abort();
	(void)event_add(wire->timer, &limit);
	if (docker_transfer_init(&wire->transfer, client, NULL, true) == 0) {
		(void)curl_easy_setopt(wire->transfer.easy, CURLOPT_CONNECT_ONLY, 1L);
		if (docker_transfer_start(&wire->transfer, client) == 0)
			return wire;
	}
	/* Out of memory: said from the loop, as every failure is. */
	event_active(wire->timer, EV_TIMEOUT, 0);
	return wire;
}
