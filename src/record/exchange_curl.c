/* SPDX-License-Identifier: MIT */
/* What curl(1) does by itself and we did not must be switched off: its own Content-Type with a body,
 * squeezing "/../", brackets as patterns, HTTP/2 by ALPN, "@" as a file's name. */
#include "config.h"

#include "record/exchange_curl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mask.h"
#include "base/shell.h"
#include "base/text.h"
#include "scenario/scenario.h"

/* Note a variable, once. */
static void note(struct buf *variables, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = buf_str(variables); (at = strstr(at, name)) != NULL; at += len)
		if ((at == variables->data || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return;
	if (variables->len > 0)
		(void)buf_addc(variables, ' ');
	(void)buf_adds(variables, name);
}

/* A piece's bytes [from, to) as part of one word, masks as variables. */
static void add_word(struct buf *out, struct buf *variables, const struct exchange_piece *piece,
		     size_t from, size_t to)
{
	const size_t mask_len = strlen(MASK_TEXT);
	bool any = false;

	for (size_t i = 0; piece->marks != NULL && i < piece->marks->count; i++) {
		const struct mask_mark *mark = &piece->marks->list[i];

		if (mark->at < from || mark->at + mask_len > to)
			continue;
		if (mark->at > from)
			shell_quote(out, piece->data + from, mark->at - from);
		shell_variable(out, mark->name);
		note(variables, mark->name);
		from = mark->at + mask_len;
		any = true;
	}
	if (from < to || !any)
		shell_quote(out, piece->data + from, to - from);
}

static void add_option(struct buf *out, const char *option, const char *value)
{
	(void)buf_adds(out, option);
	(void)buf_addc(out, ' ');
	shell_quote(out, value, strlen(value));
}

/* ---- the URL ------------------------------------------------------------------------------ */

static bool must_escape(char c)
{
	return (unsigned char)c <= 0x20 || (unsigned char)c >= 0x7f || c == '#';
}

static void add_origin(struct buf *out, const struct exchange_request *request)
{
	bool v6 = strchr(request->host, ':') != NULL;

	(void)buf_adds(out, request->tls ? "https://" : "http://");
	(void)buf_adds(out, v6 ? "[" : "");
	(void)buf_adds(out, request->host);
	(void)buf_adds(out, v6 ? "]" : "");
	if (request->port != (request->tls ? 443 : 80))
		(void)buf_addf(out, ":%u", (unsigned)request->port);
}

/* The path with what no URL may hold escaped; its marks move along. */
static void add_path(struct buf *out, const struct exchange_piece *path, struct mask_marks *marks)
{
	size_t next = 0;

	marks->count = 0;
	for (size_t i = 0; i < path->len; i++) {
		while (path->marks != NULL && next < path->marks->count &&
		       path->marks->list[next].at == i) {
			marks->list[marks->count] = path->marks->list[next++];
			marks->list[marks->count++].at = out->len;
		}
		if (must_escape(path->data[i]))
			(void)buf_addf(out, "%%%02X", (unsigned)(unsigned char)path->data[i]);
		else
			(void)buf_addc(out, path->data[i]);
	}
}

void exchange_url(struct buf *out, const struct exchange_request *request)
{
	struct mask_marks marks;

	add_origin(out, request);
	add_path(out, &request->path, &marks);
}

static void add_url(struct buf *out, struct buf *variables, const struct exchange_request *request)
{
	struct mask_marks marks;
	struct exchange_piece url;
	struct buf text;

	buf_init(&text, (size_t)64 * 1024);
	add_origin(&text, request);
	add_path(&text, &request->path, &marks);
	url = (struct exchange_piece){ .data = buf_str(&text), .len = text.len, .marks = &marks };
	if (strpbrk(url.data, "[]{}") != NULL)
		(void)buf_adds(out, " --globoff");
	if (strstr(url.data, "/.") != NULL)
		(void)buf_adds(out, " --path-as-is");
	(void)buf_addc(out, ' ');
	add_word(out, variables, &url, 0, url.len);
	buf_fini(&text);
}

/* ---- method, headers, body, connection ---------------------------------------------------- */

static void add_method(struct buf *out, const struct exchange_request *request)
{
	const char *method = request->method;
	bool implied = strcmp(method, request->has_body ? "POST" : "GET") == 0;

	if (strcmp(method, "HEAD") == 0 && !request->has_body) {
		(void)buf_adds(out, " --head");
		return;
	}
	(void)buf_adds(out, " -i");
	if (!implied)
		add_option(out, " -X", method);
}

static bool line_is(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && line[n] == ':' && strncasecmp(line, name, n) == 0;
}

static void add_headers(struct buf *out, struct buf *variables,
			const struct exchange_request *request)
{
	const struct exchange_piece *headers = &request->headers;
	bool has_type = false;

	for (size_t at = 0, next; at < headers->len; at = next) {
		const char *line = headers->data + at;
		const char *eol = memchr(line, '\n', headers->len - at);
		size_t len = eol != NULL ? (size_t)(eol - line) : headers->len - at;
		const char *colon;

		next = at + len + (eol != NULL ? 1 : 0);
		while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
			len--;
		colon = memchr(line, ':', len);
		if (colon == NULL || (len == 11 && memcmp(line, "Accept: */*", 11) == 0))
			continue; /* half a line, or what curl says anyway */
		has_type |= line_is(line, len, "Content-Type");
		(void)buf_adds(out, " -H ");
		if (colon + 1 == line + len) { /* without a value curl would leave it out */
			shell_quote(out, line, len - 1);
			(void)buf_adds(out, "\\;");
			continue;
		}
		add_word(out, variables, headers, at, at + len);
	}
	if (request->has_body && !has_type)
		(void)buf_adds(out, " -H Content-Type:");
}

static bool needs_pipe(const struct exchange_request *request)
{
	return request->has_body && request->body.len > 0 &&
	       memchr(request->body.data, '\0', request->body.len) != NULL;
}

static void add_body(struct buf *out, struct buf *variables, const struct exchange_request *request)
{
	if (!request->has_body)
		return;
	if (needs_pipe(request)) {
		(void)buf_adds(out, " --data-binary @-");
		return;
	}
	(void)buf_adds(out, " --data-raw ");
	add_word(out, variables, &request->body, 0, request->body.len);
}

static void add_connection(struct buf *out, const struct scenario *scenario,
			   const struct exchange_request *request)
{
	const struct http_options *http = &scenario->http;
	struct buf text;

	if (request->tls || http->version == 2)
		(void)buf_adds(out, http->version != 2 ? " --http1.1"
				    : request->tls     ? " --http2"
						       : " --http2-prior-knowledge");
	if (request->tls && http->insecure)
		(void)buf_adds(out, " --insecure");
	if (request->tls && http->ca_file != NULL)
		add_option(out, " --cacert", http->ca_file);
	if (request->tls && http->cert_file != NULL)
		add_option(out, " --cert", http->cert_file);
	if (request->tls && http->key_file != NULL)
		add_option(out, " --key", http->key_file);
	if (http->gzip)
		(void)buf_adds(out, " --compressed");
	if (request->home && http->unix_socket != NULL)
		add_option(out, " --unix-socket", http->unix_socket);
	if (request->home && http->connect_to != NULL) {
		bool v6 = strchr(request->host, ':') != NULL;

		buf_init(&text, 4096);
		(void)buf_addf(&text, v6 ? "[%s]:%u:%s" : "%s:%u:%s", request->host,
			       (unsigned)request->port, http->connect_to);
		add_option(out, " --connect-to", buf_str(&text));
		buf_fini(&text);
	}
	if (request->timeout_ns > 0)
		(void)buf_addf(out, " --max-time %.1f",
			       (double)request->timeout_ns / CLOCK_NS_PER_SEC);
}

void exchange_curl(struct buf *out, struct buf *variables, const struct scenario *scenario,
		   const struct exchange_request *request)
{
	if (needs_pipe(request)) {
		(void)buf_adds(out, "printf ");
		shell_quote_printf(out, request->body.data, request->body.len);
		(void)buf_adds(out, " | ");
	}
	(void)buf_adds(out, "curl");
	add_method(out, request);
	add_connection(out, scenario, request);
	add_headers(out, variables, request);
	add_body(out, variables, request);
	add_url(out, variables, request);
	if (request->body_cut)
		(void)buf_addf(out, " # only the first bytes of a body of %llu",
			       (unsigned long long)request->body_bytes);
	else if (request->cut)
		(void)buf_adds(out, " # not all of the path and headers was kept");
}
