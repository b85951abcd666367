/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/locust_error.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "record/pystr.h"
#include "record/stats.h"

/* How the arguments of the exception look. */
enum arguments {
	ARGUMENTS_TEXT,  /* ('plain text of the failure') */
	ARGUMENTS_ERRNO, /* (111, 'Connection refused'): an OSError; detail is the errno */
	ARGUMENTS_FIXED  /* as the table says */
};

/* The one place that names exceptions. A kind may stand twice: the first line whose detail fits
 * counts, 0 fits all. Names are those of Python's requests and its standard library. */
static const struct {
	enum failure_kind kind;
	int detail;
	enum arguments arguments;
	const char *class_name;
	const char *fixed;
} EXCEPTIONS[] = {
	{ FAILURE_DNS, 0, ARGUMENTS_FIXED, "gaierror", "-2, 'Name or service not known'" },
	{ FAILURE_REFUSED, 0, ARGUMENTS_FIXED, "ConnectionRefusedError",
	  "111, 'Connection refused'" },
	{ FAILURE_CONNECT_TIMEOUT, 0, ARGUMENTS_TEXT, "ConnectTimeout", NULL },
	{ FAILURE_CONNECT, 0, ARGUMENTS_ERRNO, "OSError", NULL },
	{ FAILURE_TLS, 0, ARGUMENTS_TEXT, "SSLError", NULL },
	{ FAILURE_TIMEOUT, 0, ARGUMENTS_TEXT, "ReadTimeout", NULL },
	{ FAILURE_RESET, ECONNRESET, ARGUMENTS_FIXED, "ConnectionResetError",
	  "104, 'Connection reset by peer'" },
	{ FAILURE_RESET, EPIPE, ARGUMENTS_FIXED, "BrokenPipeError", "32, 'Broken pipe'" },
	{ FAILURE_RESET, 0, ARGUMENTS_FIXED, "RemoteDisconnected",
	  "'Remote end closed connection without response'" },
	{ FAILURE_PROTOCOL, 0, ARGUMENTS_TEXT, "HTTPException", NULL },
	{ FAILURE_TOO_LARGE, 0, ARGUMENTS_TEXT, "HTTPException", NULL },
	{ FAILURE_STATUS, 0, ARGUMENTS_TEXT, "HTTPError", NULL },
	{ FAILURE_CHECK, 0, ARGUMENTS_TEXT, "CatchResponseError", NULL },
	{ FAILURE_EXTRACT, 0, ARGUMENTS_TEXT, "CatchResponseError", NULL },
	{ FAILURE_RENDER, 0, ARGUMENTS_TEXT, "ValueError", NULL },
	{ FAILURE_LOCAL, 0, ARGUMENTS_ERRNO, "OSError", NULL },
	{ FAILURE_OTHER, 0, ARGUMENTS_TEXT, "RequestException", NULL },
};

#define TEXT_MAX 512

void locust_error_normalise(struct locust_error *error)
{
	if (error->kind == FAILURE_STATUS)
		error->detail = 0;
	else
		error->status = 0;
	if (error->kind == FAILURE_DNS || error->kind == FAILURE_REFUSED ||
	    error->kind == FAILURE_CONNECT_TIMEOUT || error->kind == FAILURE_TIMEOUT)
		error->detail = 0;
}

/* HTTPError('503 Service Unavailable'): Locust names no protocol before the status. */
static const char *without_protocol(const char *text)
{
	return strncmp(text, "HTTP ", 5) == 0 ? text + 5 : text;
}

static int add_text(const struct scenario *scenario, unsigned endpoint,
		    const struct locust_error *error, struct buf *out)
{
	struct stats_failure failure = { .endpoint = endpoint,
					 .kind = (uint8_t)error->kind,
					 .status = error->status,
					 .detail = error->detail };
	char text[TEXT_MAX];
	const char *shown = stats_failure_text(scenario, &failure, text, sizeof(text));

	if (error->kind == FAILURE_STATUS)
		shown = without_protocol(shown);
	return pystr_repr(out, shown, strlen(shown));
}

static int add_errno(const struct locust_error *error, struct buf *out)
{
	const char *words = strerrordesc_np(error->detail); /* never translated, as in Python */
	int err = buf_addf(out, "%d, ", error->detail);

	if (words == NULL)
		words = "Unknown error";
	return err != 0 ? err : pystr_repr(out, words, strlen(words));
}

int locust_error_text(const struct scenario *scenario, unsigned endpoint,
		      const struct locust_error *error, struct buf *out)
{
	size_t i = 0;
	int err;

	while (EXCEPTIONS[i].kind != error->kind ||
	       (EXCEPTIONS[i].detail != 0 && EXCEPTIONS[i].detail != error->detail)) {
		if (++i == sizeof(EXCEPTIONS) / sizeof(EXCEPTIONS[0]))
			return buf_addf(out, "Exception('%s')", failure_name(error->kind));
	}
	err = buf_addf(out, "%s(", EXCEPTIONS[i].class_name);
	if (err != 0)
		return err;
	switch (EXCEPTIONS[i].arguments) {
	case ARGUMENTS_TEXT:
		err = add_text(scenario, endpoint, error, out);
		break;
	case ARGUMENTS_ERRNO:
		err = add_errno(error, out);
		break;
	case ARGUMENTS_FIXED:
		err = buf_adds(out, EXCEPTIONS[i].fixed);
		break;
	}
	return err != 0 ? err : buf_addc(out, ')');
}
