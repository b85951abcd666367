/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_TRANSPORT_H
#define THRONG_ENGINE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/failure.h"

struct error;
struct event_base;
struct scenario;
struct step;

/* The narrow way between users and the wire: start a request, get told when it is done. Two
 * implementations stand behind it: transport_curl.c (libcurl's whole stack: HTTP/1.1 and
 * HTTP/2, proxies) and transport_direct.c (own sockets and HTTP/1.1 framing). Everything here belongs
 * to one engine thread. Redirects, cookies, templates, checks are above; framing, TLS,
 * connections and decoding of Content-Encoding below. */

/* How much of a failed answer's body is kept for people to look at. */
#define TRANSPORT_KEEP_BYTES 4096

/* A request, complete. All pointers are borrowed until the done call. */
struct transport_request {
	const char *method;
	bool tls;
	const char *host; /* authority host, no brackets */
	uint16_t port;
	const char *path; /* origin form: "/a/b?c=d" */
	size_t path_len;
	/* "Name: value\r\n" lines; never holds Host, Content-Length, Connection,
	 * Transfer-Encoding, Accept-Encoding. Values have no CR or LF. */
	const char *headers;
	size_t headers_len;
	const char *body;
	size_t body_len;
	bool has_body;     /* POST with an empty body sends Content-Length: 0 */
	bool want_body;    /* collect the body for the done call; else it is counted and dropped */
	bool want_headers; /* collect response headers for the done call */
	uint64_t timeout_ns; /* whole request, from start; 0: none */
	/* Answers whose status it does not accept have the start of their body kept though nobody
	 * wanted it (struct transport_kept); NULL: none. */
	const struct step *step;
};

/* What came of it. Pointers are valid during the done call only. */
struct transport_result {
	enum failure_kind kind; /* FAILURE_NONE: a complete answer with any status */
	int detail;
	bool aborted; /* by transport_cancel */
	bool new_connection;
	bool repeated; /* sent a second time, on a fresh connection after an idle one turned out dead */
	bool sent;     /* at least one byte of the request went out on a connection */
	unsigned status;   /* final status (1xx are skipped); 0: none came */
	uint64_t start_ns; /* bytes being sent, or connecting begun */
	/* When bytes of the answer came to this machine, where the kernel says so (transport_direct.c over
	 * TCP), else when they were read. */
	uint64_t first_byte_ns; /* of the first read; 0: none came */
	uint64_t end_ns;        /* of the last; without an answer: when that was clear */
	uint64_t connect_ns;    /* DNS, TCP and TLS together; 0 when no connection was made */
	uint64_t bytes_in;      /* answer with headers, as on the wire (HTTP/1.1: exact) */
	uint64_t bytes_out;
	uint64_t body_bytes; /* body as received, before decoding */
	const char *
		headers; /* raw header lines of the final answer, CRLF between; NULL unless wanted */
	size_t headers_len;
	const char *body; /* decoded; NULL unless wanted */
	size_t body_len;
};

/* For looking at a failure: what there is of the answer, also of one that broke off. Header lines as
 * above; the body's start, at least TRANSPORT_KEEP_BYTES of it where the status is not accepted, else
 * what happened to be there. Without a status: the bytes that came, if any. NULL: nothing. */
struct transport_kept {
	const char *headers;
	size_t headers_len;
	const char *body;
	size_t body_len;
	bool coded; /* body is still in its Content-Encoding */
};

/* Called exactly once per started request, from the loop, never from inside transport_start. It
 * may start the next request on the same session. */
typedef void transport_done_fn(void *arg, const struct transport_result *result);

struct transport;         /* one per engine */
struct transport_session; /* one per user: its own connections */

struct transport_config {
	struct event_base *base;
	const struct scenario *scenario; /* http options, target */
	uint64_t (*now_ns)(void);        /* clock_now_ns */
};

struct transport_ops {
	const char *name; /* "curl", "direct" */
	/* 0 or negative errno with err->text. */
	int (*create)(struct transport **out, const struct transport_config *config,
		      struct error *err);
	void (*destroy)(struct transport *transport);
	/* A session aborts the program when out of memory: sessions are made while ramping,
	 * never per request. */
	struct transport_session *(*session_new)(struct transport *transport);
	/* Cancels what is in flight without a done call and closes the connections. Not from
	 * inside a done call of the same session. */
	void (*session_free)(struct transport_session *session);
	/* One request at a time per session. Always ends in a done call, also for errors met at
	 * once (then on the next loop turn). */
	void (*start)(struct transport_session *session, const struct transport_request *request,
		      transport_done_fn *done, void *arg);
	/* End the request in flight now: the done call follows on the next loop turn with
	 * aborted set. No request in flight: nothing happens. */
	void (*cancel)(struct transport_session *session);
	/* From inside a done call that does not say aborted, before the session's next request: what
	 * was kept of the answer. Valid as long as the result. */
	void (*kept)(const struct transport_session *session, struct transport_kept *out);
	/* Connections open at this moment, over all sessions. */
	unsigned (*open_connections)(const struct transport *transport);
};

extern const struct transport_ops transport_curl_ops;
extern const struct transport_ops transport_direct_ops;

/* The one a scenario takes when nobody says otherwise: the direct one, but libcurl's for HTTP/2 and where
 * the environment (http_proxy, https_proxy, all_proxy, no_proxy) puts a proxy before the target. */
const struct transport_ops *transport_choose(const struct scenario *scenario);
/* Does the environment put a proxy before the target? Then it resolves the name, not we. */
bool transport_is_proxied(const struct scenario *scenario);
/* Is an HTTP proxy asked for it, by its whole URL (RFC 9112, 3.2.2)? Not with TLS, which is tunnelled. */
bool transport_wants_whole_url(bool tls, const char *host);

#endif
