/* SPDX-License-Identifier: MIT */
/* From libcurl's result to our kinds of failure. Pure; called for failed requests only, so the
 * few text comparisons (libcurl 7.88 has one code for several protocol errors) cost nothing that
 * counts. */
#include "config.h"

#include "engine/curl_failure.h"

#include <curl/curl.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "message/protocol.h"

bool curl_failure_is_local(int os_errno)
{
	return os_errno == EMFILE || os_errno == ENFILE || os_errno == EADDRNOTAVAIL ||
	       os_errno == ENOBUFS || os_errno == ENOMEM || os_errno == EAGAIN;
}

static enum failure_kind connect_failure(const struct curl_end *end, int *detail)
{
	int err = end->socket_errno != 0 ? end->socket_errno : end->os_errno;

	*detail = err;
	if (err == ECONNREFUSED) {
		return FAILURE_REFUSED;
	}
	if (err == ETIMEDOUT) {
		return FAILURE_CONNECT_TIMEOUT;
	}
	return curl_failure_is_local(err) ? FAILURE_LOCAL : FAILURE_CONNECT;
}

static const struct {
	const char *text;
	enum protocol_error error;
} protocol_texts[] = {
	{ "HTTP/0.9", PROTOCOL_NOT_HTTP },
	{ "Unsupported HTTP", PROTOCOL_VERSION },
	{ "Content-Length", PROTOCOL_LENGTH },
	{ "without colon", PROTOCOL_HEADER_COLON },
	{ "Nul byte", PROTOCOL_HEADER_VALUE },
	{ "in chunked-encoding", PROTOCOL_CHUNK_SIZE },
	{ "chunked-encoded", PROTOCOL_CHUNK_SIZE },
	{ "content unencoding", PROTOCOL_CONTENT_CORRUPT },
	{ "content encoding", PROTOCOL_CONTENT_ENCODING },
	{ "decod", PROTOCOL_CONTENT_CORRUPT },
};

static int protocol_detail(const char *text)
{
	for (size_t i = 0; i < sizeof(protocol_texts) / sizeof(protocol_texts[0]); i++) {
		if (strstr(text, protocol_texts[i].text) != NULL) {
			return (int)protocol_texts[i].error;
		}
	}
	return PROTOCOL_STATUS_LINE;
}

static bool is_tls(int code)
{
	switch (code) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_SSL_ENGINE_SETFAILED:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_USE_SSL_FAILED:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_SHUTDOWN_FAILED:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT:
		return true;
	default:
		return false;
	}
}

enum failure_kind curl_failure(const struct curl_end *end, int *detail)
{
	*detail = 0;
	if (is_tls(end->code)) {
		*detail = end->code;
		return FAILURE_TLS;
	}
	switch (end->code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return FAILURE_DNS;
	case CURLE_COULDNT_CONNECT:
		return connect_failure(end, detail);
	case CURLE_OPERATION_TIMEDOUT:
		if (end->connected) {
			return FAILURE_TIMEOUT;
		}
		return end->resolved ? FAILURE_CONNECT_TIMEOUT : FAILURE_DNS;
	case CURLE_RECV_ERROR:
		if (strstr(end->text, "chunked") != NULL) {
			*detail = protocol_detail(end->text);
			return FAILURE_PROTOCOL;
		}
		*detail = end->os_errno;
		return end->connected ? FAILURE_RESET : FAILURE_CONNECT;
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2_STREAM:
		*detail = end->code == CURLE_SEND_ERROR ? end->os_errno : 0;
		return FAILURE_RESET;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_HTTP2:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_WRITE_ERROR:
		*detail = protocol_detail(end->text);
		return FAILURE_PROTOCOL;
	case CURLE_OUT_OF_MEMORY:
		*detail = ENOMEM;
		return FAILURE_LOCAL;
	default:
		*detail = end->code;
		return FAILURE_OTHER;
	}
}
