/* SPDX-License-Identifier: MIT */
/* Why the Docker daemon cannot be read, in words that help. libcurl says "couldn't connect" for a missing socket, a dead one and one
 * without permission alike: only the errno tells them apart. */
#include "config.h"

#include "monitor/docker_problem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/text.h"
#include "monitor/docker_host.h"

#define SAY(...) snprintf(dst, DOCKER_PROBLEM_MAX, __VA_ARGS__)

void docker_problem_message(char *dst, size_t size, const char *body)
{
	json_t *root = json_loads(body, 0, NULL);
	const char *message = json_string_value(json_object_get(root, "message"));

	text_clean(dst, size, message != NULL ? message : body, SIZE_MAX, false);
	json_decref(root);
	while (dst[0] != '\0' && dst[strlen(dst) - 1] == ' ')
		dst[strlen(dst) - 1] = '\0';
}

static void connect_problem(char *dst, const struct docker_host *host, int error)
{
	if (error == EACCES || error == EPERM)
		SAY("no permission for the Docker socket %.80s: add this user to its group "
		    "(usermod "
		    "-aG docker USER, then log in again)",
		    host->socket != NULL ? host->socket : host->said);
	else if (error == ENOENT)
		SAY("no Docker daemon at %.80s: start Docker, or set DOCKER_HOST or "
		    "panels.docker.host",
		    host->said);
	else if (error == ECONNREFUSED && host->socket != NULL)
		SAY("the Docker daemon at %.80s is down (connection refused): start it (systemctl "
		    "start docker)",
		    host->said);
	else if (error == ECONNREFUSED)
		SAY("nothing listens at %.80s (connection refused): start the Docker daemon there "
		    "with -H",
		    host->said);
	else
		SAY("cannot reach the Docker daemon at %.80s: %.60s", host->said,
		    error != 0 ? strerror(error) : "no connection");
}

static void closed_problem(char *dst, const struct docker_host *host)
{
	if (host->tls) /* which can also come before the alert that says so */
		SAY("the Docker daemon at %.60s closed the connection: it was stopped or "
		    "restarted, "
		    "or does not accept the cert.pem of DOCKER_CERT_PATH",
		    host->said);
	else
		SAY("the Docker daemon at %.80s closed the connection: it was stopped or restarted",
		    host->said);
}

/* "OpenSSL SSL_read: error:0A000418:SSL routines::tlsv1 alert unknown ca, errno 0": what is for people. */
static const char *alert_of(const char *text)
{
	const char *routine = strstr(text, "::");

	return routine != NULL ? routine + 2 : text;
}

static void curl_problem(char *dst, const struct docker_host *host,
			 const struct docker_trouble *trouble)
{
	switch (trouble->curl) {
	case CURLE_COULDNT_CONNECT:
		connect_problem(dst, host, trouble->os_errno);
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		SAY("the Docker address %.80s (%s) names no host that can be found", host->said,
		    host->from);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		SAY("the Docker daemon at %.80s does not answer: it is stuck or paused (systemctl "
		    "restart docker)",
		    host->said);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		SAY("TLS with %.60s failed: %.70s; DOCKER_CERT_PATH needs ca.pem, cert.pem, "
		    "key.pem",
		    host->said, trouble->tls_text);
		break;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_HTTP2:
		SAY("what answers at %.80s (%s) is no Docker daemon", host->said, host->from);
		break;
	case CURLE_RECV_ERROR:
		/* with TLS 1.3 the client's certificate is refused after the handshake */
		if (strstr(trouble->tls_text, "alert") != NULL) {
			SAY("the Docker daemon at %.50s refuses this client: %.40s; "
			    "DOCKER_CERT_PATH needs cert.pem and key.pem of its CA",
			    host->said, alert_of(trouble->tls_text));
			break;
		}
		closed_problem(dst, host);
		break;
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
		closed_problem(dst, host);
		break;
	default:
		SAY("cannot reach the Docker daemon at %.80s: %.70s", host->said,
		    curl_easy_strerror((CURLcode)trouble->curl));
		break;
	}
}

/* "/v1.41/containers/json?all=1" → "/containers/json" */
static int path_part(const char *path, const char **begin)
{
	if (strncmp(path, "/v1.", 4) == 0 && strchr(path + 1, '/') != NULL)
		path = strchr(path + 1, '/');
	*begin = path;
	return (int)strcspn(path, "?") < 50 ? (int)strcspn(path, "?") : 50;
}

static void status_problem(char *dst, const struct docker_host *host,
			   const struct docker_trouble *trouble)
{
	char message[120];
	const char *path;
	int len = path_part(trouble->path, &path);

	docker_problem_message(message, sizeof(message), trouble->body);
	if (trouble->status == 400 && strstr(message, "too old") != NULL)
		SAY("the Docker daemon is newer than this throng can ask: %.90s; "
		    "DOCKER_API_VERSION=VERSION tries one",
		    message);
	else if (trouble->status == 400 && strstr(message, "too new") != NULL)
		SAY("the Docker daemon is older than what is asked: %.90s; unset "
		    "DOCKER_API_VERSION",
		    message);
	else if (trouble->status == 400 && strstr(message, "HTTPS") != NULL)
		SAY("the Docker daemon at %.80s wants TLS: set DOCKER_TLS_VERIFY=1 and "
		    "DOCKER_CERT_PATH",
		    host->said);
	else if (trouble->status == 401 || trouble->status == 403)
		SAY("%.60s forbids %s %.*s (%ld): a proxy before the Docker daemon must allow it",
		    host->said, trouble->method, len, path, trouble->status);
	else if (trouble->status == 404 && strstr(message, "o such") == NULL)
		SAY("what answers at %.80s (%s) is no Docker daemon: %s %.*s is unknown to it "
		    "(404)",
		    host->said, host->from, trouble->method, len, path);
	else if (trouble->status == 404)
		SAY("%.150s", message);
	else
		SAY("the Docker daemon answered %s %.*s with %ld: %.90s", trouble->method, len,
		    path, trouble->status, message);
}

void docker_problem(char *dst, const struct docker_host *host, const struct docker_trouble *trouble)
{
	dst[0] = '\0';
	if (trouble->curl != CURLE_OK)
		curl_problem(dst, host, trouble);
	else if (trouble->status < 200 || trouble->status > 299)
		status_problem(dst, host, trouble);
}
