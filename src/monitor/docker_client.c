/* SPDX-License-Identifier: MIT */
/* Calls to the Docker daemon.
 *
 * libcurl forbids adding and removing transfers from inside its own callbacks, and a panel wants both there. So new calls wait in `fresh` and
 * given up ones in `gone`, and an event of the loop's next turn sees to them. The version of the API is taken from the first answer that names
 * the daemon's (panels ask /_ping first): the lower of the two is used from then on. */
#include "config.h"

#include "monitor/docker_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "monitor/docker_host.h"
#include "monitor/docker_problem.h"
#include "net/curl_loop.h"

#define BODY_MAX           ((size_t)16 * 1024 * 1024)
#define CONNECT_TIMEOUT_MS 5000L
#define KEPT_CONNECTIONS   4
#define VERSION_MAX        16

enum call_state { CALL_FRESH, CALL_RUNNING, CALL_GONE };

struct docker_call {
	struct docker_transfer transfer; /* first: found again from it */
	struct docker_client *client;
	struct docker_call *next, **link; /* in the client's list */
	enum call_state state;
	struct docker_call_config config;
	char *method, *path, *sent;
	struct curl_slist *headers;
	struct buf body;
};

struct docker_client {
	struct docker_host host;
	struct curl_loop *loop;
	struct event *sweep;
	struct docker_call *calls;
	char version[VERSION_MAX];
	bool podman;
};

/* ---- version --------------------------------------------------------------------------------- */

/* "1.41" → 41 */
static int minor_of(const char *version)
{
	return strncmp(version, "1.", 2) == 0 ? (int)strtol(version + 2, NULL, 10) : -1;
}

static void take_version(struct docker_client *client, const char *text, size_t len)
{
	char theirs[VERSION_MAX];
	int minor;

	if (client->version[0] != '\0')
		return;
	snprintf(theirs, sizeof(theirs), "%.*s", (int)len, text);
	minor = minor_of(theirs);
	if (minor <= 0)
		return;
	if (minor > minor_of(DOCKER_API_NEWEST))
		minor = minor_of(DOCKER_API_NEWEST);
	snprintf(client->version, sizeof(client->version), "1.%d", minor);
}

static size_t header_cb(char *data, size_t size, size_t count, void *arg)
{
	struct docker_call *call = arg;
	size_t len = size * count;
	static const char api[] = "Api-Version:", server[] = "Server: Libpod";

	if (len > strlen(api) && strncasecmp(data, api, strlen(api)) == 0) {
		size_t at = strlen(api);
		while (at < len && data[at] == ' ')
			at++;
		take_version(call->client, data + at, strcspn(data + at, "\r\n"));
	}
	if (len > strlen(server) && strncasecmp(data, server, strlen(server)) == 0)
		call->client->podman = true;
	return len;
}

/* ---- transfers --------------------------------------------------------------------------------- */

int docker_transfer_init(struct docker_transfer *transfer, struct docker_client *client,
			 const char *path, bool bare)
{
	const struct docker_host *host = &client->host;
	CURL *easy = curl_easy_init();
	char *url;

	if (easy == NULL)
		return -ENOMEM;
	transfer->easy = easy;
	if (bare || client->version[0] == '\0')
		url = mem_printf("%s%s", host->url, path != NULL ? path : "/");
	else
		url = mem_printf("%s/v%s%s", host->url, client->version, path != NULL ? path : "/");
	(void)curl_easy_setopt(easy, CURLOPT_URL, url);
	free(url);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error_text);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "throng/" PACKAGE_VERSION);
	if (host->socket != NULL)
		(void)curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, host->socket);
	if (host->tls) {
		(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, (long)host->verify);
		(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, host->verify ? 2L : 0L);
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, host->ca);
		(void)curl_easy_setopt(easy, CURLOPT_SSLCERT, host->cert);
		(void)curl_easy_setopt(easy, CURLOPT_SSLKEY, host->key);
	}
	return 0;
}

int docker_transfer_start(struct docker_transfer *transfer, struct docker_client *client)
{
	return curl_multi_add_handle(curl_loop_multi(client->loop), transfer->easy) == CURLM_OK
		       ? 0
		       : -ENOMEM;
}

void docker_transfer_fini(struct docker_transfer *transfer, struct docker_client *client)
{
	if (transfer->easy == NULL)
		return;
	(void)curl_multi_remove_handle(curl_loop_multi(client->loop), transfer->easy);
	curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;
}

void docker_transfer_problem(char *dst, const struct docker_transfer *transfer,
			     const struct docker_client *client, CURLcode code, const char *method,
			     const char *path, long status, const char *body)
{
	struct docker_trouble trouble = { .method = method,
					  .path = path,
					  .curl = (int)code,
					  .tls_text = transfer->error_text,
					  .status = status,
					  .body = body };
	long error = 0;

	if (transfer->easy != NULL)
		(void)curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
	trouble.os_errno = (int)error;
	docker_problem(dst, &client->host, &trouble);
}

static void transfer_done(CURL *easy, CURLcode code)
{
	char *private = NULL;
	struct docker_transfer *transfer;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	transfer = (struct docker_transfer *)(void *)private;
	transfer->done(transfer, code);
}

/* ---- calls ------------------------------------------------------------------------------------- */

static void call_destroy(struct docker_call *call)
{
	docker_transfer_fini(&call->transfer, call->client);
	curl_slist_free_all(call->headers);
	if (call->next != NULL)
		call->next->link = call->link;
	*call->link = call->next;
	buf_fini(&call->body);
	free(call->method);
	free(call->path);
	free(call->sent);
	free(call);
}

static size_t write_cb(char *data, size_t size, size_t count, void *arg)
{
	struct docker_call *call = arg;
	size_t len = size * count;
	long status = 0;

	if (call->state == CALL_GONE)
		return 0;
	(void)curl_easy_getinfo(call->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	if (call->config.data != NULL && status == 200)
		call->config.data(call->config.arg, data, len);
	else if (buf_add(&call->body, data, len) != 0)
		return 0;
	return call->state == CALL_GONE ? 0 : len;
}

static void finish(struct docker_call *call, CURLcode code)
{
	struct docker_answer answer = { .body = buf_str(&call->body), .len = call->body.len };
	char problem[DOCKER_PROBLEM_MAX];

	if (call->transfer.easy != NULL)
		(void)curl_easy_getinfo(call->transfer.easy, CURLINFO_RESPONSE_CODE,
					&answer.status);
	docker_transfer_problem(problem, &call->transfer, call->client, code, call->method,
				call->path, answer.status, answer.body);
	answer.problem = problem;
	if (code != CURLE_OK)
		answer.status = 0;
	call->state = CALL_GONE; /* a free from inside is harmless */
	call->config.done(call->config.arg, &answer);
	call_destroy(call);
}

static void call_done(struct docker_transfer *transfer, CURLcode code)
{
	struct docker_call *call = (struct docker_call *)(void *)transfer;

	if (call->state == CALL_GONE)
		call_destroy(call);
	else
		finish(call, code);
}

static int call_start(struct docker_call *call)
{
	CURL *easy;

	if (docker_transfer_init(&call->transfer, call->client, call->path, call->config.bare) != 0)
		return -ENOMEM;
	easy = call->transfer.easy;
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_cb);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_cb);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->config.timeout_ms);
	if (call->config.quiet_s > 0) {
		(void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
		(void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)call->config.quiet_s);
	}
	if (call->sent != NULL) {
		call->headers = curl_slist_append(NULL, "Content-Type: application/json");
		(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
		(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->sent);
	} else if (strcmp(call->method, "HEAD") == 0) {
		(void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	}
	call->state = CALL_RUNNING;
	return docker_transfer_start(&call->transfer, call->client);
}

/* Start what is new, free what was given up. A `done` from here only marks others or adds some. */
static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct docker_client *client = arg;
	struct docker_call *call = client->calls;

	(void)fd;
	(void)what;
	while (call != NULL) {
		struct docker_call *next = call->next;

		if (call->state == CALL_GONE) {
			call_destroy(call);
		} else if (call->state == CALL_FRESH && call_start(call) != 0) {
			finish(call, CURLE_OUT_OF_MEMORY);
		}
		call = next;
	}
}

struct docker_call *docker_call_new(struct docker_client *client,
				    const struct docker_call_config *config)
{
	struct docker_call *call = mem_new(sizeof(*call));

	call->client = client;
	call->config = *config;
	call->method = mem_strdup(config->method != NULL ? config->method : "GET");
	call->path = mem_strdup(config->path);
	call->sent = config->body != NULL ? mem_strdup(config->body) : NULL;
	call->transfer.done = call_done;
	buf_init(&call->body, BODY_MAX);
	call->link = &client->calls; /* last: calls are begun in their order */
	while (*call->link != NULL)
		call->link = &(*call->link)->next;
	*call->link = call;
	event_active(client->sweep, EV_TIMEOUT, 0);
	return call;
}

void docker_call_free(struct docker_call *call)
{
	if (call == NULL)
		return;
	call->state = CALL_GONE;
	event_active(call->client->sweep, EV_TIMEOUT, 0);
}

/* ---- client ------------------------------------------------------------------------------------ */

int docker_client_new(struct docker_client **out, struct event_base *base, const char *host,
		      struct error *err)
{
	struct docker_client *client = mem_new(sizeof(*client));
	const struct curl_loop_config config = { .base = base,
						 .kept_connections = KEPT_CONNECTIONS,
						 .keep_done = true,
						 .done = transfer_done };
	int rc = docker_host_find(&client->host, host, err);

	if (rc != 0)
		goto fail;
	client->loop = curl_loop_new(&config);
	client->sweep = event_new(base, -1, 0, on_sweep, client);
	if (client->loop == NULL || client->sweep == NULL) {
		rc = -ENOMEM;
		error_set(err, "cannot make the connection to Docker: %s", strerror(-rc));
		goto fail;
	}
	docker_client_forget_version(client);
	*out = client;
	return 0;
fail:
	docker_client_free(client);
	return rc;
}

void docker_client_free(struct docker_client *client)
{
	struct docker_call *next;

	if (client == NULL)
		return;
	for (struct docker_call *call = client->calls; call != NULL; call = next) {
		next = call->next;
		call_destroy(call);
	}
	if (client->sweep != NULL)
		event_free(client->sweep);
	curl_loop_free(client->loop);
	docker_host_fini(&client->host);
	free(client);
}

const struct docker_host *docker_client_host(const struct docker_client *client)
{
	return &client->host;
}

const char *docker_client_version(const struct docker_client *client)
{
	return client->version;
}

void docker_client_forget_version(struct docker_client *client)
{
	snprintf(client->version, sizeof(client->version), "%s",
		 client->host.version != NULL ? client->host.version : "");
	client->podman = false;
}

bool docker_client_too_old(const struct docker_client *client)
{
	return client->version[0] != '\0' &&
	       minor_of(client->version) < minor_of(DOCKER_API_OLDEST);
}

bool docker_client_is_podman(const struct docker_client *client)
{
	return client->podman;
}
