/* SPDX-License-Identifier: MIT */
/* The scripted server: a thin state machine over libevent's bufferevents. */
#include "config.h"

#include "script_server.h"

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

struct peer {
	struct script_server *server;
	struct bufferevent *bev;
	const struct script_step *script, *step;
	size_t at;     /* bytes of the step's data sent */
	size_t repeat; /* of SCRIPT_SEND_MANY */
	size_t parsed; /* bytes of the current request in `request` */
	struct buf request;
	struct event *turn; /* zero timer: go on after the client's turn */
	LIST_ENTRY(peer) link;
};

struct script_server {
	struct event_base *base;
	const struct script_step *const *scripts;
	size_t script_count;
	SSL_CTX *tls;
	int fd;
	uint16_t port;
	char *unix_path;
	struct event *acceptor;
	unsigned accepted, open, requests, resumed;
	uint64_t stalled_ns;
	struct buf received;
	LIST_HEAD(, peer) peers;
};

static void play(struct peer *peer);

static void peer_free(struct peer *peer, bool reset)
{
	int fd = bufferevent_getfd(peer->bev);
	SSL *ssl = peer->server->tls ? bufferevent_openssl_get_ssl(peer->bev) : NULL;

	if (reset) {
		struct linger now = { .l_onoff = 1 };

		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	} else if (ssl) {
		SSL_shutdown(ssl);
	}
	LIST_REMOVE(peer, link);
	peer->server->open--;
	event_free(peer->turn);
	bufferevent_free(peer->bev);
	buf_fini(&peer->request);
	free(peer);
}

/* Take the first whole request (or its head) off what has come. */
static bool take_request(struct peer *peer, bool head_only)
{
	const char *text = buf_str(&peer->request), *end, *length;
	size_t total;

	end = strstr(text, "\r\n\r\n");
	if (!end)
		return false;
	total = (size_t)(end - text) + 4;
	length = strstr(text, "\r\nContent-Length: ");
	if (!head_only && length && length < end)
		total += strtoul(length + 18, NULL, 10);
	if (peer->request.len < total)
		return false;
	peer->server->requests++;
	memmove(peer->request.data, peer->request.data + total, peer->request.len - total);
	peer->request.len -= total;
	(void)buf_str(&peer->request);
	return true;
}

static size_t length_of(const struct script_step *step)
{
	return step->len || !step->data ? step->len : strlen(step->data);
}

/* How much of the step is sent in one go from `at`. */
static size_t portion(const struct peer *peer)
{
	size_t left = length_of(peer->step) - peer->at;

	if (peer->step->verb == SCRIPT_SEND_SLOW)
		return left < 1 ? left : 1;
	if (peer->step->verb == SCRIPT_SEND_CUT && peer->at < peer->step->cut)
		return peer->step->cut < left ? peer->step->cut : left;
	return left;
}

/* Send the step's next portion. False: go on in a later turn. */
static bool send_some(struct peer *peer)
{
	size_t len = length_of(peer->step), n = portion(peer);

	if (evbuffer_get_length(bufferevent_get_output(peer->bev)) > 0)
		return false; /* the write callback comes back here */
	if (n > 0)
		bufferevent_write(peer->bev, peer->step->data + peer->at, n);
	peer->at += n;
	if (peer->at == len && peer->step->verb == SCRIPT_SEND_MANY &&
	    ++peer->repeat < peer->step->count)
		peer->at = 0;
	return peer->at == len;
}

/* True: all of it. */
static bool send_past(struct peer *peer)
{
	size_t len = length_of(peer->step);
	ssize_t n = 1;

	if (evbuffer_get_length(bufferevent_get_output(peer->bev)) > 0)
		return false; /* first what went libevent's way */
	while (peer->at < len && n > 0) {
		const char *data = peer->step->data + peer->at;

		if (peer->server->tls)
			n = SSL_write(bufferevent_openssl_get_ssl(peer->bev), data,
				      (int)(len - peer->at));
		else
			n = send(bufferevent_getfd(peer->bev), data, len - peer->at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		peer->at += n > 0 ? (size_t)n : 0;
	}
	return peer->at == len;
}

/* True: the step is over. */
static bool play_step(struct peer *peer)
{
	switch (peer->step->verb) {
	case SCRIPT_REQUEST:
		return take_request(peer, false);
	case SCRIPT_HEAD:
		return take_request(peer, true);
	case SCRIPT_SEND:
	case SCRIPT_SEND_CUT:
	case SCRIPT_SEND_SLOW:
	case SCRIPT_SEND_MANY:
		return send_some(peer);
	case SCRIPT_BURST:
		return send_past(peer) || send_some(peer);
	case SCRIPT_STALL:
		peer->server->stalled_ns = clock_now_ns();
		clock_sleep_ns(peer->step->count);
		return true;
	case SCRIPT_SHUT:
		if (evbuffer_get_length(bufferevent_get_output(peer->bev)) > 0)
			return false;
		shutdown(bufferevent_getfd(peer->bev), SHUT_WR);
		return true;
	case SCRIPT_AGAIN:
	case SCRIPT_END:
	case SCRIPT_LAST:
	case SCRIPT_CLOSE:
	case SCRIPT_RESET:
		break;
	}
	return false;
}

static void play(struct peer *peer)
{
	while (peer->step->verb != SCRIPT_END) {
		if (peer->step->verb == SCRIPT_AGAIN) {
			peer->step = peer->script;
		} else if (peer->step->verb == SCRIPT_LAST) {
			if (send_past(peer))
				peer_free(peer, false);
			return;
		} else if (peer->step->verb == SCRIPT_CLOSE || peer->step->verb == SCRIPT_RESET) {
			if (evbuffer_get_length(bufferevent_get_output(peer->bev)) == 0)
				peer_free(peer, peer->step->verb == SCRIPT_RESET);
			return;
		} else if (play_step(peer)) {
			peer->step++;
		} else {
			return;
		}
		peer->at = peer->repeat = 0;
	}
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	play(arg);
}

static void take_input(struct peer *peer)
{
	char bytes[16384];
	size_t n;

	while ((n = bufferevent_read(peer->bev, bytes, sizeof(bytes))) > 0) {
		assert_int_equal(buf_add(&peer->request, bytes, n), 0);
		assert_int_equal(buf_add(&peer->server->received, bytes, n), 0);
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	take_input(arg);
	play(arg);
}

/* What was to be sent is in the kernel: let the client have its turn first. */
static void on_written(struct bufferevent *bev, void *arg)
{
	static const struct timeval now = { 0, 0 };
	struct peer *peer = arg;

	(void)bev;
	event_add(peer->turn, &now);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	struct peer *peer = arg;

	if (what & BEV_EVENT_CONNECTED) {
		if (SSL_session_reused(bufferevent_openssl_get_ssl(bev)))
			peer->server->resumed++;
		play(peer);
		return;
	}
	take_input(peer);
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		peer_free(peer, false);
}

static void on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct script_server *server = arg;
	size_t i;
	int fd, one = 1;

	(void)what;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct peer *peer = mem_new(sizeof(*peer));

		if (!server->unix_path)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		i = server->accepted++;
		server->open++;
		peer->server = server;
		buf_init(&peer->request, 1 << 26);
		peer->script =
			server->scripts[i < server->script_count ? i : server->script_count - 1];
		peer->step = peer->script;
		peer->turn = evtimer_new(server->base, on_turn, peer);
		if (server->tls)
			peer->bev = bufferevent_openssl_socket_new(
				server->base, fd, SSL_new(server->tls), BUFFEREVENT_SSL_ACCEPTING,
				BEV_OPT_CLOSE_ON_FREE);
		else
			peer->bev = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
		LIST_INSERT_HEAD(&server->peers, peer, link);
		bufferevent_setcb(peer->bev, on_read, on_written, on_end, peer);
		bufferevent_enable(peer->bev, EV_READ | EV_WRITE);
		if (!server->tls)
			play(peer);
	}
}

static int listen_inet(uint16_t *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && strlen(path) < sizeof(sun.sun_path));
	memcpy(sun.sun_path, path, strlen(path));
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

struct script_server *script_server_new(struct event_base *base,
					const struct script_step *const *scripts, size_t count,
					const char *unix_path, struct ssl_ctx_st *tls)
{
	struct script_server *server = mem_new(sizeof(*server));
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, NULL); /* libevent and OpenSSL write(2) */
	server->base = base;
	server->scripts = scripts;
	server->script_count = count;
	server->tls = tls;
	LIST_INIT(&server->peers);
	buf_init(&server->received, 1 << 26);
	if (unix_path)
		server->unix_path = mem_strdup(unix_path);
	server->fd = unix_path ? listen_unix(unix_path) : listen_inet(&server->port);
	/* a short queue for Unix sockets, so that a crowd of users meets it full */
	assert_int_equal(listen(server->fd, unix_path ? 4 : 1024), 0);
	server->acceptor = event_new(base, server->fd, EV_READ | EV_PERSIST, on_accept, server);
	event_add(server->acceptor, NULL);
	return server;
}

void script_server_free(struct script_server *server)
{
	if (!server)
		return;
	while (!LIST_EMPTY(&server->peers))
		peer_free(LIST_FIRST(&server->peers), false);
	event_free(server->acceptor);
	close(server->fd);
	if (server->unix_path)
		unlink(server->unix_path);
	free(server->unix_path);
	buf_fini(&server->received);
	free(server);
}

uint16_t script_server_port(const struct script_server *server)
{
	return server->port;
}

unsigned script_server_accepted(const struct script_server *server)
{
	return server->accepted;
}

unsigned script_server_open(const struct script_server *server)
{
	return server->open;
}

unsigned script_server_requests(const struct script_server *server)
{
	return server->requests;
}

unsigned script_server_resumed(const struct script_server *server)
{
	return server->resumed;
}

uint64_t script_server_stalled_ns(const struct script_server *server)
{
	return server->stalled_ns;
}

const char *script_server_received(const struct script_server *server, size_t *len)
{
	if (len)
		*len = server->received.len;
	return buf_str(&server->received);
}

void script_server_deafen(struct script_server *server, bool deaf)
{
	struct peer *peer;

	LIST_FOREACH(peer, &server->peers, link)
	{
		if (deaf)
			bufferevent_disable(peer->bev, EV_READ);
		else
			bufferevent_enable(peer->bev, EV_READ);
	}
}

void script_server_close_idle(struct script_server *server)
{
	struct peer *peer = LIST_FIRST(&server->peers), *next;

	for (; peer; peer = next) {
		next = LIST_NEXT(peer, link);
		if (peer->step->verb == SCRIPT_REQUEST && peer->request.len == 0)
			peer_free(peer, false);
	}
}
