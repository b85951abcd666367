/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_CURL_REQUEST_H
#define THRONG_ENGINE_CURL_REQUEST_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct scenario;
struct transport_request;

/* Putting requests on an easy handle: only what differs from the request before is set anew,
 * because libcurl copies every string it is given. Owned by one engine thread. */

#define CURL_REQUEST_OWN_LINES 4
#define CURL_REQUEST_URL_MAX   320 /* a host name is at most 253 bytes */

/* What all handles of a transport share. */
struct curl_request_common {
	const struct scenario *scenario; /* borrowed */
	struct curl_slist *connect_to;
	bool h2c_bug; /* see curl_request_h2c */
	/* header lines besides the caller's: they silence libcurl's own; the last one only when
	 * the answer is not decoded */
	char own_lines[CURL_REQUEST_OWN_LINES][40];
};

struct curl_request {
	CURL *easy; /* borrowed */
	struct curl_request_common *common;
	struct buf lines;         /* header lines, each NUL-terminated */
	struct curl_slist *nodes; /* point into lines */
	size_t node_cap;
	/* as set on the easy handle */
	char url[CURL_REQUEST_URL_MAX]; /* "": none yet */
	char method[24];
	bool sends_body, decodes, reuse_only;
	bool whole_url; /* a proxy is asked: the URL stands before the path */
	uint64_t timeout_ns;
};

/* 0 or -ENOMEM; release with curl_request_common_fini, also after an error. */
int curl_request_common_init(struct curl_request_common *common, const struct scenario *scenario)
	__attribute__((warn_unused_result));
void curl_request_common_fini(struct curl_request_common *common);

/* Sets the options that never change, the TLS ones among them. Both pointers are borrowed. */
CURLcode curl_request_init(struct curl_request *request, CURL *easy,
			   struct curl_request_common *common);
void curl_request_fini(struct curl_request *request);
/* The easy handle borrows body and header lines until the transfer is over. */
CURLcode curl_request_set(struct curl_request *request, const struct transport_request *wanted)
	__attribute__((warn_unused_result));
/* libcurl 7.88 cannot use a kept connection again when it speaks HTTP/2 without TLS by prior
 * knowledge: it puts a second HTTP/2 layer over the first. Where common->h2c_bug says so, a
 * transfer is either for a kept connection only (`reuse_only`; the layer that is there is used;
 * the caller's socket callback must refuse to open one, then tries again) or for a new one. */
CURLcode curl_request_h2c(struct curl_request *request, bool reuse_only)
	__attribute__((warn_unused_result));

#endif
