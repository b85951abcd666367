/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_CURL_FAILURE_H
#define THRONG_ENGINE_CURL_FAILURE_H

#include <stdbool.h>

#include "message/failure.h"

/* What is known of a transfer that libcurl ended with an error. */
struct curl_end {
	int code;         /* CURLcode, not CURLE_OK */
	int os_errno;     /* CURLINFO_OS_ERRNO */
	int socket_errno; /* errno of a socket(2) that failed in our callback; 0: none did */
	bool connected;   /* the request was handed to a connection */
	bool resolved;    /* an address was known */
	const char *text; /* libcurl's error text; "" when none */
};

/* The kind of failure, and its detail as in enum failure_kind. Pure. */
enum failure_kind curl_failure(const struct curl_end *end, int *detail);
/* True for errno values that say "this machine is out of files, ports or memory". */
bool curl_failure_is_local(int os_errno);

#endif
