/* SPDX-License-Identifier: MIT */
/* The transport over libcurl's whole stack: HTTP/2, and HTTP/1.1 wherever the direct way cannot
 * go. One engine thread.
 *
 * One multi handle serves all users; each user has an easy handle and a CURLSH of its own that
 * shares nothing but the connection pool with that handle. So a user's connections are its own
 * and no pool is ever searched beyond them. Measured with libcurl 7.88 against nginx on loopback
 * (tests/bench/bench_transport), 1,000 sessions: 30 KB a session and 27-31 us CPU a request; with
 * a multi handle per user instead 130 KB and 43-47 us. One pool for everybody would mix users.
 *
 * A request goes out at most once: libcurl silently sends again when a kept connection dies
 * before the first byte of the answer, and the target would see more requests than are counted.
 * The socket and pre-request callbacks stop that; such a request is FAILURE_RESET.
 *
 * Nothing is allocated here per request once the buffers have grown; libcurl itself allocates.
 *
 * bytes_in of chunked answers lacks the chunk framing: libcurl does not tell it. */
#include "config.h"

#include "engine/transport.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "engine/curl_failure.h"
#include "net/curl_loop.h"
#include "engine/curl_request.h"
#include "scenario/scenario.h"

LIST_HEAD(session_list, transport_session);

struct transport {
	struct curl_loop *loop;
	CURLM *multi; /* the loop's */
	const struct scenario *scenario;
	uint64_t (*now_ns)(void);
	struct session_list ended; /* cancelled or failed at once: done is due on the next turn */
	struct session_list delivering;
	struct curl_request_common common;
};

struct transport_session {
	struct transport *transport;
	CURL *easy;
	CURLSH *share;
	unsigned sockets; /* open ones */
	struct curl_request request;
	struct buf headers; /* of the answer */
	struct buf body;

	/* the request in flight */
	bool in_flight, cancelled;
	bool want_body, want_headers;
	bool opened; /* a connection was opened for it */
	bool sent;   /* it was handed to a connection */
	bool resend_refused, too_large, in_body;
	bool redial; /* the kept connection was not fit: do it again with a new one */
	int socket_errno;
	transport_done_fn *done;
	void *arg;
	uint64_t start_ns, connected_ns, first_byte_ns;
	uint64_t header_bytes;
	CURLcode early;                     /* could not even be handed to libcurl */
	LIST_ENTRY(transport_session) link; /* in ended or delivering */
	char error[CURL_ERROR_SIZE];
};

/* ---- connections ------------------------------------------------------------------------ */

static curl_socket_t open_cb(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transport_session *s = arg;
	(void)purpose;

	if (s->sent) {
		s->resend_refused = true;
		return CURL_SOCKET_BAD;
	}
	if (s->request.reuse_only) {
		s->redial = true;
		return CURL_SOCKET_BAD;
	}
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0) {
		s->socket_errno = errno;
		return CURL_SOCKET_BAD;
	}
	s->opened = true;
	s->sockets++;
	curl_loop_opened(s->transport->loop, fd);
	return fd;
}

/* Connections outlive the request that opened them, but not their session. */
static int close_cb(void *arg, curl_socket_t fd)
{
	struct transport_session *s = arg;

	s->sockets--;
	return curl_loop_close(s->transport->loop, fd);
}

/* The connection is ready and the request goes out next. */
static int prereq_cb(void *arg, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct transport_session *s = arg;
	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;

	if (s->sent) {
		s->resend_refused = true;
		return CURL_PREREQFUNC_ABORT;
	}
	s->sent = true;
	s->connected_ns = s->transport->now_ns();
	return CURL_PREREQFUNC_OK;
}

/* ---- the answer --------------------------------------------------------------------------- */

static size_t header_cb(char *data, size_t size, size_t count, void *arg)
{
	struct transport_session *s = arg;
	size_t len = size * count;

	if (s->first_byte_ns == 0) {
		s->first_byte_ns = s->transport->now_ns();
	}
	s->header_bytes += len;
	if (s->header_bytes > s->transport->scenario->http.max_header_bytes) {
		s->too_large = true;
		return 0;
	}
	if (s->in_body) {
		return len; /* trailers */
	}
	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0) {
		buf_reset(&s->headers);
	} else if (len > 2) {
		(void)buf_add(&s->headers, data, len);
	}
	return len;
}

static size_t body_cb(char *data, size_t size, size_t count, void *arg)
{
	struct transport_session *s = arg;
	size_t len = size * count;

	s->in_body = true;
	if (s->want_body && buf_add(&s->body, data, len) != 0) {
		s->too_large = true;
		return 0;
	}
	/* whether it will be complete is not known yet: 4 KiB are copied of each */
	if (!s->want_body && s->body.len < TRANSPORT_KEEP_BYTES) {
		size_t room = TRANSPORT_KEEP_BYTES - s->body.len;
		(void)buf_add(&s->body, data, len < room ? len : room);
	}
	return len;
}

static uint64_t info_bytes(CURL *easy, CURLINFO info)
{
	curl_off_t n = 0;
	return curl_easy_getinfo(easy, info, &n) == CURLE_OK && n > 0 ? (uint64_t)n : 0;
}

static uint64_t info_long(CURL *easy, CURLINFO info)
{
	long n = 0;
	return curl_easy_getinfo(easy, info, &n) == CURLE_OK && n > 0 ? (uint64_t)n : 0;
}

static enum failure_kind failure_of(struct transport_session *s, CURLcode code, int *detail)
{
	*detail = 0;
	if (code == CURLE_OK) {
		return FAILURE_NONE;
	}
	if (s->too_large) {
		return FAILURE_TOO_LARGE;
	}
	if (s->resend_refused) {
		return FAILURE_RESET;
	}
	const struct curl_end end = {
		.code = (int)code,
		.os_errno = (int)info_long(s->easy, CURLINFO_OS_ERRNO),
		.socket_errno = s->socket_errno,
		.connected = s->sent,
		.resolved = s->opened || info_bytes(s->easy, CURLINFO_NAMELOOKUP_TIME_T) > 0,
		.text = s->error,
	};
	return curl_failure(&end, detail);
}

/* Tell the user; it may start its next request at once. The easy handle is out of the multi. */
static void finish(struct transport_session *s, CURLcode code)
{
	struct transport_result result = {
		.aborted = s->cancelled,
		.new_connection = s->opened,
		.sent = s->sent,
		.start_ns = s->start_ns,
		.first_byte_ns = s->first_byte_ns,
		.connect_ns = s->opened && s->sent ? s->connected_ns - s->start_ns : 0,
		.end_ns = s->transport->now_ns(),
	};
	if (s->early == CURLE_OK) {
		result.body_bytes = info_bytes(s->easy, CURLINFO_SIZE_DOWNLOAD_T);
		result.bytes_in = result.body_bytes + info_long(s->easy, CURLINFO_HEADER_SIZE);
	}
	if (s->sent) {
		uint64_t body = info_bytes(s->easy, CURLINFO_SIZE_UPLOAD_T);

		/* a body below 64 KiB goes out with the head, and libcurl counts it there too */
		result.bytes_out =
			info_long(s->easy, CURLINFO_REQUEST_SIZE) + (body < 65536 ? 0 : body);
	}
	if (!s->cancelled) {
		result.kind = failure_of(s, code, &result.detail);
	}
	if (!s->cancelled && s->early == CURLE_OK) {
		result.status = (unsigned)info_long(s->easy, CURLINFO_RESPONSE_CODE);
	}
	if (result.kind == FAILURE_NONE && !s->cancelled) {
		if (s->want_headers) {
			result.headers = buf_str(&s->headers);
			result.headers_len = s->headers.len;
		}
		if (s->want_body) {
			result.body = buf_str(&s->body);
			result.body_len = s->body.len;
		}
	}
	s->in_flight = false;
	s->done(s->arg, &result);
}

static void transfer_done(CURL *easy, CURLcode code)
{
	struct transport_session *s = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&s);
	if (s->redial) {
		s->redial = false;
		if (curl_request_h2c(&s->request, false) == CURLE_OK &&
		    curl_multi_add_handle(s->transport->multi, easy) == CURLM_OK) {
			return;
		}
	}
	finish(s, code);
}

static void turn(void *arg)
{
	struct transport *tr = arg;

	/* Done calls may cancel others: those wait for the next turn. */
	struct transport_session *s;
	while ((s = LIST_FIRST(&tr->ended)) != NULL) {
		LIST_REMOVE(s, link);
		LIST_INSERT_HEAD(&tr->delivering, s, link);
	}
	while ((s = LIST_FIRST(&tr->delivering)) != NULL) {
		LIST_REMOVE(s, link);
		finish(s, s->early);
	}
}

static void curl_start(struct transport_session *s, const struct transport_request *req,
		       transport_done_fn *done, void *arg)
{
	struct transport *tr = s->transport;

	s->in_flight = true;
	s->cancelled = s->opened = s->sent = false;
	s->resend_refused = s->too_large = s->in_body = s->redial = false;
	s->socket_errno = 0;
	s->want_body = req->want_body;
	s->want_headers = req->want_headers;
	s->done = done;
	s->arg = arg;
	s->first_byte_ns = s->header_bytes = 0;
	s->error[0] = '\0';
	buf_reset(&s->headers);
	buf_reset(&s->body);
	s->start_ns = tr->now_ns();
	s->early = curl_request_set(&s->request, req);
	if (s->early == CURLE_OK && tr->common.h2c_bug && !req->tls) {
		s->early = curl_request_h2c(&s->request, s->sockets > 0);
	}
	if (s->early == CURLE_OK && curl_multi_add_handle(tr->multi, s->easy) != CURLM_OK) {
		s->early = CURLE_OUT_OF_MEMORY;
	}
	if (s->early != CURLE_OK) {
		LIST_INSERT_HEAD(&tr->ended, s, link);
		curl_loop_kick(tr->loop);
	}
}

static void curl_cancel(struct transport_session *s)
{
	struct transport *tr = s->transport;

	if (!s->in_flight || s->cancelled) {
		return;
	}
	s->cancelled = true;
	if (s->early != CURLE_OK) {
		return; /* its done call is due already */
	}
	(void)curl_multi_remove_handle(tr->multi, s->easy);
	LIST_INSERT_HEAD(&tr->ended, s, link);
	curl_loop_kick(tr->loop);
}

/* ---- making and freeing ------------------------------------------------------------------- */

#define SET(easy, option, value) must(curl_easy_setopt((easy), (option), (value)))

static void must(CURLcode code)
{
	if (code != CURLE_OK) {
		(void)fprintf(stderr, "libcurl: %s\n", curl_easy_strerror(code));
		abort();
	}
}

static struct transport_session *curl_session_new(struct transport *tr)
{
	const struct http_options *http = &tr->scenario->http;
	struct transport_session *s = mem_new(sizeof(*s));

	s->transport = tr;
	s->easy = curl_easy_init();
	s->share = curl_share_init();
	if (s->easy == NULL || s->share == NULL ||
	    curl_share_setopt(s->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK) {
		must(CURLE_OUT_OF_MEMORY);
	}
	must(curl_request_init(&s->request, s->easy, &tr->common));
	buf_init(&s->headers, http->max_header_bytes);
	buf_init(&s->body, http->max_body_bytes);
	SET(s->easy, CURLOPT_SHARE, s->share);
	SET(s->easy, CURLOPT_PRIVATE, s);
	SET(s->easy, CURLOPT_ERRORBUFFER, s->error);
	SET(s->easy, CURLOPT_HEADERFUNCTION, header_cb);
	SET(s->easy, CURLOPT_HEADERDATA, s);
	SET(s->easy, CURLOPT_WRITEFUNCTION, body_cb);
	SET(s->easy, CURLOPT_WRITEDATA, s);
	SET(s->easy, CURLOPT_OPENSOCKETFUNCTION, open_cb);
	SET(s->easy, CURLOPT_OPENSOCKETDATA, s);
	SET(s->easy, CURLOPT_CLOSESOCKETFUNCTION, close_cb);
	SET(s->easy, CURLOPT_CLOSESOCKETDATA, s);
	SET(s->easy, CURLOPT_PREREQFUNCTION, prereq_cb);
	SET(s->easy, CURLOPT_PREREQDATA, s);
	return s;
}

static void curl_session_free(struct transport_session *s)
{
	if (s == NULL) {
		return;
	}
	if (s->in_flight && (s->cancelled || s->early != CURLE_OK)) {
		LIST_REMOVE(s, link);
	} else if (s->in_flight) {
		(void)curl_multi_remove_handle(s->transport->multi, s->easy);
	}
	curl_easy_cleanup(s->easy);
	(void)curl_share_cleanup(s->share);
	curl_request_fini(&s->request);
	buf_fini(&s->headers);
	buf_fini(&s->body);
	free(s);
}

static void curl_destroy(struct transport *tr)
{
	if (tr == NULL) {
		return;
	}
	curl_loop_free(tr->loop);
	curl_request_common_fini(&tr->common);
	free(tr);
}

/* A file that cannot be read would fail every request: say so before the first one. */
static int check_files(const struct http_options *http, struct error *err)
{
	const char *const files[] = { http->ca_file, http->cert_file, http->key_file };
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (files[i] != NULL && access(files[i], R_OK) != 0) {
			int code = errno;
			error_set(err, "cannot read %s: %s", files[i], strerror(code));
			return -code;
		}
	}
	return 0;
}

static int curl_create(struct transport **out, const struct transport_config *config,
		       struct error *err)
{
	int result = check_files(&config->scenario->http, err);

	if (result != 0) {
		return result;
	}
	struct transport *tr = mem_new(sizeof(*tr));
	tr->scenario = config->scenario;
	tr->now_ns = config->now_ns;
	LIST_INIT(&tr->ended);
	LIST_INIT(&tr->delivering);
	unsigned kept = tr->scenario->http.max_connections;
	const struct curl_loop_config loop = { .base = config->base,
					       .kept_connections = kept > 0 ? kept : 1,
					       .done = transfer_done,
					       .turn = turn,
					       .arg = tr };
	tr->loop = curl_loop_new(&loop);
	if (tr->loop == NULL || curl_request_common_init(&tr->common, config->scenario) != 0) {
		error_set(err, "libcurl or libevent could not be set up: out of memory");
		curl_destroy(tr);
		return -ENOMEM;
	}
	tr->multi = curl_loop_multi(tr->loop);
	*out = tr;
	return 0;
}

static void curl_kept(const struct transport_session *s, struct transport_kept *out)
{
	*out = (struct transport_kept){ 0 };
	if (s->early == CURLE_OK && s->first_byte_ns != 0) {
		out->headers = buf_str(&s->headers);
		out->headers_len = s->headers.len;
		out->body = buf_str(&s->body);
		out->body_len = s->body.len;
		out->coded = !s->want_body;
	}
}

static unsigned curl_open_connections(const struct transport *tr)
{
	return curl_loop_open_sockets(tr->loop);
}

const struct transport_ops transport_curl_ops = {
	.name = "curl",
	.create = curl_create,
	.destroy = curl_destroy,
	.session_new = curl_session_new,
	.session_free = curl_session_free,
	.start = curl_start,
	.cancel = curl_cancel,
	.kept = curl_kept,
	.open_connections = curl_open_connections,
};
