/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/stats.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "base/text.h"
#include "base/units.h"
#include "message/failure.h"
#include "message/protocol.h"
#include "scenario/scenario.h"

/* Failures as sentences: the same for screen, files and reports, in English whatever the locale,
 * so that runs can be compared by them. */

static const struct {
	unsigned status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 418, "I'm a Teapot" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 423, "Locked" },
	{ 424, "Failed Dependency" },
	{ 425, "Too Early" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 451, "Unavailable For Legal Reasons" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
	{ 508, "Loop Detected" },
	{ 511, "Network Authentication Required" },
};

static const struct {
	int number;
	const char *text;
} errnos[] = {
	{ ECONNREFUSED, "connection refused" },
	{ ECONNRESET, "connection reset by the peer" },
	{ ECONNABORTED, "connection aborted" },
	{ EPIPE, "the peer no longer reads" },
	{ ETIMEDOUT, "no answer from the peer's host" },
	{ ENETUNREACH, "network unreachable" },
	{ EHOSTUNREACH, "no route to the host" },
	{ ENETDOWN, "network down" },
	{ EHOSTDOWN, "host down" },
	{ EACCES, "permission denied" },
	{ EPERM, "not permitted (a local firewall?)" },
	{ ENOENT, "no such socket file" },
	{ EADDRNOTAVAIL, "no free local port" },
	{ EADDRINUSE, "local address in use" },
	{ EAGAIN, "no free local port or route" },
	{ EMFILE, "too many open files in this process" },
	{ ENFILE, "too many open files on this machine" },
	{ ENOMEM, "out of memory" },
	{ ENOBUFS, "out of socket buffers" },
};

static const char *reason_of(unsigned status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

static void add_errno(char *dst, size_t size, const char *what, int number)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(*errnos); i++) {
		if (errnos[i].number == number) {
			snprintf(dst, size, "%s%s", what, errnos[i].text);
			return;
		}
	}
	snprintf(dst, size, "%serror %d", what, number);
}

static void widen(const struct step *steps, size_t count, unsigned endpoint, uint64_t *min,
		  uint64_t *max)
{
	for (size_t i = 0; i < count; i++) {
		if (steps[i].endpoint != endpoint)
			continue;
		if (steps[i].timeout_ns < *min)
			*min = steps[i].timeout_ns;
		if (steps[i].timeout_ns > *max)
			*max = steps[i].timeout_ns;
	}
}

/* The timeout of an endpoint's requests, 0 when its steps differ. */
static uint64_t timeout_of(const struct scenario *scenario, unsigned endpoint)
{
	uint64_t min = UINT64_MAX, max = 0;

	widen(scenario->setup, scenario->setup_count, endpoint, &min, &max);
	widen(scenario->teardown, scenario->teardown_count, endpoint, &min, &max);
	for (size_t c = 0; c < scenario->class_count; c++) {
		const struct user_class *class = &scenario->classes[c];
		widen(class->on_start, class->on_start_count, endpoint, &min, &max);
		widen(class->on_stop, class->on_stop_count, endpoint, &min, &max);
		for (size_t t = 0; t < class->task_count; t++)
			widen(class->tasks[t].steps, class->tasks[t].step_count, endpoint, &min,
			      &max);
	}
	return min == max ? max : 0;
}

static void add_timeout(const struct scenario *scenario, unsigned endpoint, char *dst, size_t size)
{
	uint64_t timeout_ns = timeout_of(scenario, endpoint);
	char text[32];

	if (timeout_ns == 0)
		snprintf(dst, size, "timed out before the answer was complete");
	else
		snprintf(dst, size, "timed out after %s",
			 units_format_duration(timeout_ns, text, sizeof(text)));
}

static void describe(const struct scenario *scenario, const struct stats_failure *failure,
		     char *dst, size_t size)
{
	unsigned index = (unsigned)failure->detail;

	switch ((enum failure_kind)failure->kind) {
	case FAILURE_DNS:
		snprintf(dst, size, "host name does not resolve");
		return;
	case FAILURE_REFUSED:
		snprintf(dst, size, "connection refused");
		return;
	case FAILURE_CONNECT_TIMEOUT:
		snprintf(dst, size, "timed out while connecting");
		return;
	case FAILURE_CONNECT:
		add_errno(dst, size, "cannot connect: ", failure->detail);
		return;
	case FAILURE_TLS:
		snprintf(dst, size, "TLS: %s", curl_easy_strerror((CURLcode)failure->detail));
		return;
	case FAILURE_TIMEOUT:
		add_timeout(scenario, failure->endpoint, dst, size);
		return;
	case FAILURE_RESET:
		if (failure->detail == 0)
			snprintf(dst, size, "connection closed before the answer was complete");
		else
			add_errno(dst, size, "", failure->detail);
		return;
	case FAILURE_PROTOCOL:
		snprintf(dst, size, "not valid HTTP: %s", protocol_error_text(failure->detail));
		return;
	case FAILURE_TOO_LARGE:
		snprintf(dst, size, "answer above the size limit");
		return;
	case FAILURE_STATUS:
		snprintf(dst, size, "HTTP %u %s", failure->status, reason_of(failure->status));
		return;
	case FAILURE_CHECK:
		snprintf(dst, size, "check failed: %s",
			 index < scenario->check_count ? scenario->checks[index].text : "?");
		return;
	case FAILURE_EXTRACT:
		if (index >= scenario->extract_count)
			break;
		snprintf(dst, size, "extract %s: no %s in the answer",
			 scenario->extracts[index].name, scenario->extracts[index].text);
		return;
	case FAILURE_RENDER:
		snprintf(dst, size, "request could not be built");
		return;
	case FAILURE_LOCAL:
		add_errno(dst, size, "this machine: ", failure->detail);
		return;
	case FAILURE_OTHER:
		if (failure->endpoint == SAMPLE_ALL)
			snprintf(dst, size, "other failures (beyond %d different ones)",
				 STATS_FAILURES_MAX);
		else
			snprintf(dst, size, "%s", curl_easy_strerror((CURLcode)failure->detail));
		return;
	case FAILURE_NONE:
	case FAILURE_KINDS:
		break;
	}
	snprintf(dst, size, "%s", failure_name(failure->kind));
}

char *stats_failure_text(const struct scenario *scenario, const struct stats_failure *failure,
			 char *dst, size_t size)
{
	char raw[512];
	size_t len;

	describe(scenario, failure, raw, sizeof(raw));
	len = strlen(raw);
	while (len > 0 && raw[len - 1] == ' ') /* a status without a known reason */
		len--;
	text_clean(dst, size, raw, len, false);
	return dst;
}
