/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "target_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

#define GIVE_UP_S 60
#define BODY_MAX  (256u << 20)

static size_t collect(char *data, size_t size, size_t count, void *arg)
{
	return buf_add(arg, data, size * count) == 0 ? size * count : 0;
}

static struct curl_slist *headers_of(const struct fetch *what)
{
	struct curl_slist *list = NULL;
	char line[256];

	snprintf(line, sizeof(line), "Content-Type: %s",
		 what->type ? what->type : "application/json");
	if (what->body)
		list = curl_slist_append(list, line);
	if (what->token) {
		snprintf(line, sizeof(line), "Authorization: Bearer %s", what->token);
		list = curl_slist_append(list, line);
	}
	for (size_t i = 0; i < 6 && what->headers[i]; i++)
		list = curl_slist_append(list, what->headers[i]);
	return list;
}

static void set_options(CURL *curl, const struct fetch *what)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
			 what->timeout_ms ? what->timeout_ms : GIVE_UP_S * 1000L);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, (long)what->follow);
	curl_easy_setopt(curl, CURLOPT_COOKIEFILE, "");
	if (what->gzip)
		curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
	if (what->body)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, what->body);
	if (what->method && strcmp(what->method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else if (what->method)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, what->method);
	if (what->ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, what->ca);
	if (what->unix_path)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, what->unix_path);
}

struct reply fetch(const char *url, const struct fetch *what)
{
	struct reply reply = { .code = CURLE_FAILED_INIT };
	struct curl_slist *headers = headers_of(what);
	struct buf body, head;
	CURL *curl = curl_easy_init();
	char full[512];

	assert_non_null(curl);
	buf_init(&body, BODY_MAX);
	buf_init(&head, BODY_MAX);
	snprintf(full, sizeof(full), "%s%s", what->unix_path ? "http://localhost" : url,
		 what->path);
	set_options(curl, what);
	curl_easy_setopt(curl, CURLOPT_URL, full);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &head);
	reply.code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
	buf_add(&body, "", 0);
	buf_add(&head, "", 0);
	reply.body_len = body.len;
	reply.body = body.data ? buf_take(&body, NULL) : strdup("");
	reply.headers = head.data ? buf_take(&head, NULL) : strdup("");
	reply.json = json_loads(reply.body, 0, NULL);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	buf_fini(&body);
	buf_fini(&head);
	return reply;
}

void reply_free(struct reply *reply)
{
	free(reply->headers);
	free(reply->body);
	json_decref(reply->json);
}

long fetch_status(const char *url, const struct fetch *what)
{
	struct reply reply = fetch(url, what);
	long status = reply.code == CURLE_OK ? reply.status : -(long)reply.code;

	reply_free(&reply);
	return status;
}

char *login(const char *url, const char *username)
{
	struct reply reply;
	char body[128], *token;

	snprintf(body, sizeof(body), "{\"username\":\"%s\",\"password\":\"test123\"}", username);
	reply = fetch(url, &(struct fetch){ .path = "/api/v1/auth/login/", .body = body });
	assert_int_equal(reply.status, 200);
	token = strdup(json_string_value(json_object_get(reply.json, "token")));
	reply_free(&reply);
	return token;
}

long long stat_at(const char *url, const char *path)
{
	struct reply reply = fetch(url, &(struct fetch){ .path = "/_target/stats" });
	const json_t *at = reply.json;
	long long value = -1;
	char name[64];

	assert_int_equal(reply.code, CURLE_OK);
	assert_non_null(at);
	while (at && *path) {
		size_t len = strcspn(path, ".");

		/* endpoint names hold dots nowhere, so a dot always parts */
		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		at = json_object_get(at, name);
		path += len + (path[len] == '.');
	}
	if (json_is_number(at))
		value = (long long)json_number_value(at);
	reply_free(&reply);
	return value;
}

void wait_stat(const char *url, const char *path, long long value)
{
	uint64_t end_ns = clock_now_ns() + GIVE_UP_S * CLOCK_NS_PER_SEC;

	while (stat_at(url, path) != value)
		assert_true(clock_now_ns() < end_ns);
}

struct target *target_begin(const struct target_config *config)
{
	struct target_config with = *config;
	struct target *target;
	struct error err;

	if (!with.listen)
		with.listen = "127.0.0.1:0";
	if (target_new(&target, &with, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(target_start(target), 0);
	return target;
}

void target_end(struct target *target)
{
	target_stop(target);
	target_join(target);
	target_free(target);
}

int raw_connect(const char *url)
{
	struct timeval give_up = { .tv_sec = GIVE_UP_S };
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)strtoul(strrchr(url, ':') + 1, NULL, 10));
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &give_up, sizeof(give_up));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void raw_request(int fd, const char *method, const char *path, const char *token)
{
	char text[512];
	int len = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: t\r\n%s%s%s\r\n", method,
			   path, token ? "Authorization: Bearer " : "", token ? token : "",
			   token ? "\r\n" : "");

	assert_int_equal(send(fd, text, (size_t)len, MSG_NOSIGNAL), len);
}

long raw_read(int fd, char *dst, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = recv(fd, dst + have, len - have, 0);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (long)have;
}
