/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/locust_read.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "message/failure.h"
#include "record/csv_table.h"
#include "record/locust_findings.h"
#include "record/result_json.h"

static const struct {
	const char *title, *key;
	double scale;
} NUMBERS[] = {
	{ "Request Count", "requests", 1 },
	{ "Failure Count", "failures", 1 },
	{ "Requests/s", "rps", 1 },
	{ "Average Response Time", "mean_us", 1000 },
	{ "Min Response Time", "min_us", 1000 },
	{ "Median Response Time", "median_us", 1000 },
	{ "50%", "p50_us", 1000 },
	{ "66%", "p66_us", 1000 },
	{ "75%", "p75_us", 1000 },
	{ "80%", "p80_us", 1000 },
	{ "90%", "p90_us", 1000 },
	{ "95%", "p95_us", 1000 },
	{ "98%", "p98_us", 1000 },
	{ "99%", "p99_us", 1000 },
	{ "99.9%", "p999_us", 1000 },
	{ "99.99%", "p9999_us", 1000 },
	{ "Max Response Time", "max_us", 1000 },
};

/* What the text of a Python exception says about why a request failed. Only what is in the text
 * counts: an error that is none of these gets no advice. */
static const struct {
	const char *text;
	enum failure_kind kind;
} KINDS[] = {
	{ "ConnectionRefused", FAILURE_REFUSED },
	{ "Connection refused", FAILURE_REFUSED },
	{ "ConnectTimeout", FAILURE_CONNECT_TIMEOUT },
	{ "ReadTimeout", FAILURE_TIMEOUT },
	{ "Read timed out", FAILURE_TIMEOUT },
	{ "RemoteDisconnected", FAILURE_RESET },
	{ "ConnectionReset", FAILURE_RESET },
	{ "Connection reset", FAILURE_RESET },
	{ "gaierror", FAILURE_DNS },
	{ "Name or service not known", FAILURE_DNS },
	{ "NameResolutionError", FAILURE_DNS },
	{ "SSLError", FAILURE_TLS },
	{ "Too many open files", FAILURE_LOCAL },
	{ "Cannot assign requested address", FAILURE_LOCAL },
	{ "No route to host", FAILURE_CONNECT },
	{ "Network is unreachable", FAILURE_CONNECT },
};

static json_t *row_of(const struct csv_table *stats, size_t row)
{
	json_t *object = json_object();

	json_object_set_new(object, "method", result_json_text(csv_table_text(stats, row, "Type")));
	json_object_set_new(object, "name", result_json_text(csv_table_text(stats, row, "Name")));
	for (size_t i = 0; i < sizeof(NUMBERS) / sizeof(NUMBERS[0]); i++) {
		double value = csv_table_number(stats, row, NUMBERS[i].title);

		if (isfinite(value))
			json_object_set_new(object, NUMBERS[i].key,
					    json_real(value * NUMBERS[i].scale));
	}
	return object;
}

static int read_stats(json_t *result, const char *path, struct error *err)
{
	struct csv_table *stats = NULL;
	json_t *endpoints = json_array();
	bool total = false;
	int ret = csv_table_read(&stats, path, err);

	for (size_t i = 0; ret == 0 && i < csv_table_rows(stats); i++) {
		json_t *row = row_of(stats, i);

		if (strcmp(csv_table_text(stats, i, "Name"), "Aggregated") == 0 &&
		    csv_table_text(stats, i, "Type")[0] == '\0') {
			json_object_set_new(result, "totals", row);
			total = true;
		} else {
			json_array_append_new(endpoints, row);
		}
	}
	if (ret == 0 && (!total || !csv_table_has(stats, "Request Count"))) {
		error_set(err, "%s: these are not Locust's statistics: no \"Aggregated\" row",
			  path);
		ret = -EINVAL;
	}
	json_object_set_new(result, "endpoints", endpoints);
	csv_table_free(stats);
	return ret;
}

/* A status in the text: three digits from 400 to 599 that stand alone. 0: none. */
static unsigned status_in(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		bool begins = c == text || !isalnum((unsigned char)c[-1]);

		if (begins && (*c == '4' || *c == '5') && isdigit((unsigned char)c[1]) &&
		    isdigit((unsigned char)c[2]) && !isalnum((unsigned char)c[3]))
			return (unsigned)strtoul(c, NULL, 10);
	}
	return 0;
}

/* As scripts write it that put response.status_code into their own words. */
static bool has_status_0(const char *text)
{
	for (const char *at = text; (at = strstr(at, ": 0")) != NULL; at++)
		if (!isalnum((unsigned char)at[3]) && at[3] != '.' && at[3] != ',')
			return true;
	return false;
}

#define NO_ANSWER                                                                                 \
	"Status 0 is how Locust says that no answer came: refused, reset or timed out. Its file " \
	"does not say which; look for restarted workers and full queues at that time."

static enum failure_kind kind_of(const char *text, unsigned *status)
{
	*status = 0;
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		if (strstr(text, KINDS[i].text) != NULL)
			return KINDS[i].kind;
	}
	*status = status_in(text);
	return *status != 0 ? FAILURE_STATUS : FAILURE_OTHER;
}

static json_t *failure_of(const struct csv_table *failures, size_t row)
{
	const char *text = csv_table_text(failures, row, "Error");
	const char *first = csv_table_text(failures, row, "First Seen");
	const char *last = csv_table_text(failures, row, "Last Seen");
	unsigned status;
	enum failure_kind kind = kind_of(text, &status);
	double count = csv_table_number(failures, row, "Occurrences");
	json_t *object = json_object();

	json_object_set_new(object, "method",
			    result_json_text(csv_table_text(failures, row, "Method")));
	json_object_set_new(object, "name",
			    result_json_text(csv_table_text(failures, row, "Name")));
	json_object_set_new(object, "kind", json_string(failure_name(kind)));
	json_object_set_new(object, "status", status != 0 ? json_integer(status) : json_null());
	json_object_set_new(object, "text", result_json_text(text));
	json_object_set_new(object, "count", json_real(isfinite(count) ? count : 0));
	if (first[0] != '\0')
		json_object_set_new(object, "first_seen", result_json_text(first));
	if (last[0] != '\0')
		json_object_set_new(object, "last_seen", result_json_text(last));
	json_object_set_new(object, "advice",
			    json_string(kind == FAILURE_OTHER && has_status_0(text)
						? NO_ANSWER
						: failure_advice(kind, status)));
	return object;
}

static int by_falling_count(const void *a, const void *b)
{
	json_t *const *x = a, *const *y = b;
	double p = json_number_value(json_object_get(*x, "count"));
	double q = json_number_value(json_object_get(*y, "count"));

	return (p < q) - (p > q);
}

static void read_failures(json_t *result, const struct csv_table *failures)
{
	size_t count = csv_table_rows(failures);
	json_t **rows = mem_array(count + 1, sizeof(rows[0]));
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		rows[i] = failure_of(failures, i);
	qsort(rows, count, sizeof(rows[0]), by_falling_count);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, rows[i]);
	json_object_set_new(result, "failures", list);
	free(rows);
}

/* Errors in the locustfile's own code: no requests, but a reader should know. */
static void read_exceptions(json_t *result, const struct csv_table *exceptions)
{
	json_t *list = json_array();

	for (size_t i = 0; i < csv_table_rows(exceptions); i++) {
		double count = csv_table_number(exceptions, i, "Count");

		json_array_append_new(
			list,
			json_pack("{s:f, s:o}", "count", isfinite(count) ? count : 0, "text",
				  result_json_text(csv_table_text(exceptions, i, "Message"))));
	}
	json_object_set_new(result, "exceptions", list);
}

/* A file that may be missing: 0 and NULL then. */
static int read_optional(struct csv_table **out, const char *prefix, const char *suffix,
			 struct error *err)
{
	char *path = mem_printf("%s%s", prefix, suffix);
	int ret = csv_table_read(out, path, err);

	free(path);
	return ret == -ENOENT ? 0 : ret;
}

static int read_others(json_t *result, const char *prefix, struct error *err)
{
	struct csv_table *failures = NULL, *history = NULL, *exceptions = NULL;
	int ret = read_optional(&failures, prefix, "_failures.csv", err);

	if (ret == 0)
		ret = read_optional(&history, prefix, "_stats_history.csv", err);
	if (ret == 0)
		ret = read_optional(&exceptions, prefix, "_exceptions.csv", err);
	if (ret == 0 && failures != NULL)
		read_failures(result, failures);
	if (ret == 0 && history != NULL) {
		locust_read_history(result, history);
		locust_findings(result);
	}
	if (ret == 0 && exceptions != NULL)
		read_exceptions(result, exceptions);
	csv_table_free(exceptions);
	csv_table_free(failures);
	csv_table_free(history);
	return ret;
}

int locust_read(const char *prefix, json_t **out, struct error *err)
{
	const char *slash = strrchr(prefix, '/');
	char *path = mem_printf("%s_stats.csv", prefix);
	json_t *result = json_object();
	int ret;

	json_object_set_new(result, "scenario",
			    result_json_text(slash != NULL ? slash + 1 : prefix));
	json_object_set_new(result, "state", json_string("done"));
	ret = read_stats(result, path, err);
	if (ret == 0)
		ret = read_others(result, prefix, err);
	free(path);
	if (ret != 0)
		json_decref(result);
	else
		*out = result;
	return ret;
}
