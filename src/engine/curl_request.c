/* SPDX-License-Identifier: MIT */
/* Requests on easy handles. The path travels as CURLOPT_REQUEST_TARGET, so in a steady run the
 * URL is never set again and is the same short text each time libcurl parses it. No allocation
 * of our own once the buffers have grown. */
#include "config.h"

#include "engine/curl_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/transport.h"
#include "scenario/scenario.h"

#define LINES_MAX (1024 * 1024) /* header lines of a request */

int curl_request_common_init(struct curl_request_common *common, const struct scenario *scenario)
{
	static const char *const own_lines[CURL_REQUEST_OWN_LINES] = {
		"Accept:", "Content-Type:", "Expect:", "Accept-Encoding: gzip, deflate"
	};
	const struct url *target = &scenario->target;
	char line[2 * CURL_REQUEST_URL_MAX];

	common->scenario = scenario;
	common->connect_to = NULL;
	unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;
	common->h2c_bug = scenario->http.version == 2 && version >= 0x075800 && version < 0x080000;
	for (size_t i = 0; i < CURL_REQUEST_OWN_LINES; i++) {
		(void)snprintf(common->own_lines[i], sizeof(common->own_lines[i]), "%s",
			       own_lines[i]);
	}
	if (scenario->http.connect_to == NULL) {
		return 0;
	}
	const char *format = strchr(target->host, ':') != NULL ? "[%s]:%u:%s" : "%s:%u:%s";
	int n = snprintf(line, sizeof(line), format, target->host, (unsigned)target->port,
			 scenario->http.connect_to);
	if (n > 0 && (size_t)n < sizeof(line)) {
		common->connect_to = curl_slist_append(NULL, line);
	}
	return common->connect_to != NULL ? 0 : -ENOMEM;
}

void curl_request_common_fini(struct curl_request_common *common)
{
	curl_slist_free_all(common->connect_to);
	common->connect_to = NULL;
}

static CURLcode set_tls(CURL *easy, const struct http_options *http)
{
	CURLcode code = CURLE_OK;

	if (http->insecure) {
		code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		if (code == CURLE_OK) {
			code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
		}
	}
	if (code == CURLE_OK && http->ca_file != NULL) {
		code = curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
	}
	if (code == CURLE_OK && http->cert_file != NULL) {
		code = curl_easy_setopt(easy, CURLOPT_SSLCERT, http->cert_file);
	}
	if (code == CURLE_OK && http->key_file != NULL) {
		code = curl_easy_setopt(easy, CURLOPT_SSLKEY, http->key_file);
	}
	return code;
}

CURLcode curl_request_init(struct curl_request *r, CURL *easy, struct curl_request_common *common)
{
	const struct http_options *http = &common->scenario->http;
	long connect_ms = (long)(http->connect_timeout_ns / CLOCK_NS_PER_MS);

	*r = (struct curl_request){ .easy = easy, .common = common };
	buf_init(&r->lines, LINES_MAX);
	CURLcode code = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* otherwise the environment decides, as transport_is_proxied reads it */
	if (code == CURLE_OK && http->unix_socket != NULL) {
		code = curl_easy_setopt(easy, CURLOPT_PROXY, "");
	}
	if (code == CURLE_OK) {
		code = curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	}
	return code == CURLE_OK ? set_tls(easy, http) : code;
}

void curl_request_fini(struct curl_request *r)
{
	buf_fini(&r->lines);
	free(r->nodes);
	r->nodes = NULL;
}

/* libcurl takes a list of strings: nodes of our own over one buffer; nothing is allocated once
 * both have grown. */
static CURLcode set_headers(struct curl_request *r, const struct transport_request *req)
{
	size_t extra = CURL_REQUEST_OWN_LINES -
		       (r->common->scenario->http.gzip && !req->want_body ? 0 : 1);
	size_t count = extra, n = 0;

	buf_reset(&r->lines);
	if (buf_add(&r->lines, req->headers, req->headers_len) != 0) {
		return CURLE_OUT_OF_MEMORY;
	}
	char *line = r->lines.data, *end = line + r->lines.len;
	for (const char *p = line; p < end; p++) {
		count += *p == '\n';
	}
	if (count > r->node_cap) {
		r->nodes = mem_grow(r->nodes, r->node_cap, count, sizeof(*r->nodes));
		r->node_cap = count;
	}
	while (line < end) {
		char *eol = memchr(line, '\r', (size_t)(end - line));
		if (eol == NULL) {
			break;
		}
		*eol = '\0';
		r->nodes[n++].data = line;
		line = eol + 2;
	}
	for (size_t i = 0; i < extra; i++) {
		r->nodes[n++].data = r->common->own_lines[i];
	}
	for (size_t i = 0; i < n; i++) {
		r->nodes[i].next = i + 1 < n ? &r->nodes[i + 1] : NULL;
	}
	return curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->nodes);
}

/* What depends on where the request goes; a redirect may lead elsewhere. The path is no part of
 * the URL, so in a steady run the URL is never set again. */
static CURLcode set_place(struct curl_request *r, const struct transport_request *req)
{
	const struct scenario *sc = r->common->scenario;
	const char *format = strchr(req->host, ':') != NULL ? "%s://[%s]:%u/" : "%s://%s:%u/";
	char url[CURL_REQUEST_URL_MAX];
	int n = snprintf(url, sizeof(url), format, req->tls ? "https" : "http", req->host,
			 (unsigned)req->port);

	if (n < 0 || (size_t)n >= sizeof(url)) {
		return CURLE_URL_MALFORMAT;
	}
	if (strcmp(url, r->url) == 0) {
		return CURLE_OK;
	}
	bool home = req->tls == sc->target.tls && req->port == sc->target.port &&
		    strcmp(req->host, sc->target.host) == 0;
	long version = CURL_HTTP_VERSION_1_1;
	if (sc->http.version == 2) {
		version = req->tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
	}
	CURLcode code = curl_easy_setopt(r->easy, CURLOPT_URL, url);
	if (code == CURLE_OK) {
		code = curl_easy_setopt(r->easy, CURLOPT_HTTP_VERSION, version);
	}
	if (code == CURLE_OK) {
		code = curl_easy_setopt(r->easy, CURLOPT_UNIX_SOCKET_PATH,
					home ? sc->http.unix_socket : NULL);
	}
	if (code == CURLE_OK) {
		code = curl_easy_setopt(r->easy, CURLOPT_CONNECT_TO,
					home ? r->common->connect_to : NULL);
	}
	if (code == CURLE_OK) {
		memcpy(r->url, url, (size_t)n + 1);
		r->reuse_only = false;
		r->whole_url = !(home && sc->http.unix_socket != NULL) &&
			       transport_wants_whole_url(req->tls, req->host);
	}
	return code;
}

static CURLcode set_method(struct curl_request *r, const struct transport_request *req)
{
	bool head = strcmp(req->method, "HEAD") == 0;
	bool sends_body = req->has_body && !head;
	CURLcode code = CURLE_OK;

	if (sends_body != r->sends_body || strcmp(req->method, r->method) != 0) {
		bool natural = head || strcmp(req->method, sends_body ? "POST" : "GET") == 0;
		code = curl_easy_setopt(r->easy, CURLOPT_HTTPGET, 1L);
		if (code == CURLE_OK && head) {
			code = curl_easy_setopt(r->easy, CURLOPT_NOBODY, 1L);
		}
		if (code == CURLE_OK && sends_body) {
			code = curl_easy_setopt(r->easy, CURLOPT_POST, 1L);
		}
		if (code == CURLE_OK) {
			code = curl_easy_setopt(r->easy, CURLOPT_CUSTOMREQUEST,
						natural ? NULL : req->method);
		}
		r->sends_body = sends_body;
		(void)snprintf(r->method, sizeof(r->method), "%s", req->method);
	}
	if (code == CURLE_OK && sends_body) {
		code = curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS,
					req->body_len > 0 ? req->body : "");
		if (code == CURLE_OK) {
			code = curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE_LARGE,
						(curl_off_t)req->body_len);
		}
	}
	return code;
}

CURLcode curl_request_h2c(struct curl_request *r, bool reuse_only)
{
	long version = reuse_only ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;

	r->reuse_only = reuse_only;
	return curl_easy_setopt(r->easy, CURLOPT_HTTP_VERSION, version);
}

CURLcode curl_request_set(struct curl_request *r, const struct transport_request *req)
{
	CURLcode code = set_place(r, req);

	if (code == CURLE_OK) {
		code = set_method(r, req);
	}
	if (code == CURLE_OK) {
		buf_reset(&r->lines);
		if (r->whole_url) { /* without its last slash: the path has one */
			(void)buf_add(&r->lines, r->url, strlen(r->url) - 1);
		}
		code = buf_add(&r->lines, req->path, req->path_len) != 0
			       ? CURLE_OUT_OF_MEMORY
			       : curl_easy_setopt(r->easy, CURLOPT_REQUEST_TARGET,
						  buf_str(&r->lines));
	}
	if (code == CURLE_OK) {
		code = set_headers(r, req);
	}
	bool decodes = r->common->scenario->http.gzip && req->want_body;
	if (code == CURLE_OK && decodes != r->decodes) {
		code = curl_easy_setopt(r->easy, CURLOPT_ACCEPT_ENCODING,
					decodes ? "gzip, deflate" : NULL);
		r->decodes = decodes;
	}
	if (code == CURLE_OK && req->timeout_ns != r->timeout_ns) {
		uint64_t ms = (req->timeout_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
		code = curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS, (long)ms);
		r->timeout_ns = req->timeout_ns;
	}
	return code;
}
