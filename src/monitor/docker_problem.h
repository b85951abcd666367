/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_PROBLEM_H
#define THRONG_MONITOR_DOCKER_PROBLEM_H

#include <stddef.h>

struct docker_host;

#define DOCKER_PROBLEM_MAX 200 /* a line that fits into a reading */

/* What came of a call, as far as it can be a problem. */
struct docker_trouble {
	const char *method, *path; /* of the call */
	int curl;                  /* CURLcode; 0: there was an answer */
	int os_errno;              /* of the connection, with CURLE_COULDNT_CONNECT */
	const char *tls_text;      /* libcurl's words, for TLS; "" */
	long status;               /* HTTP, when there was an answer */
	const char *body;          /* of an answer that is no success; NUL-terminated */
};

/* One line of what is wrong and what helps, into dst of DOCKER_PROBLEM_MAX bytes; "" when nothing is. Pure. */
void docker_problem(char *dst, const struct docker_host *host,
		    const struct docker_trouble *trouble);
/* {"message": "…"} of the daemon (podman: "cause"), or the body itself, cleaned, on one line. */
void docker_problem_message(char *dst, size_t size, const char *body);

#endif
