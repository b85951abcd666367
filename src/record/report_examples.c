/* SPDX-License-Identifier: MIT */
/* Real exchanges in the section of failures: what was sent, what came, and the command that sends it
 * again. They stand in the result masked and cleaned. */
#include "config.h"

#include "record/report_run.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "record/result_read.h"

#define EXAMPLES_MAX   12
#define BODY_LINES_MAX 24
#define BODY_MAX       1200
#define TEXT_MAX       ((size_t)64 * 1024)

static bool same_kind(const json_t *a, const json_t *b)
{
	return strcmp(result_string(a, "kind"), result_string(b, "kind")) == 0 &&
	       fabs(result_count(a, "status") - result_count(b, "status")) < 0.5;
}

/* Bytes of `text` up to `max`, never within a character. */
static size_t clip(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* The lines of a body, each behind a sign. */
static void add_body(struct buf *out, char sign, const char *body, double full, bool cut)
{
	size_t left = clip(body, BODY_MAX), lines = 0;
	bool more = cut || body[left] != '\0';

	if (left == 0)
		return;
	buf_addf(out, "%c\n", sign);
	while (left > 0 && lines++ < BODY_LINES_MAX) {
		size_t len = strcspn(body, "\n");

		len = len < left ? len : left;
		buf_addf(out, "%c %.*s\n", sign, (int)len, body);
		left -= len;
		body += len;
		if (left > 0) {
			body++;
			left--;
		}
	}
	if ((more || left > 0) && full > 0)
		buf_addf(out, "%c … of %.0f bytes\n", sign, full);
	else if (more || left > 0)
		buf_addf(out, "%c …\n", sign);
}

static void add_headers(struct buf *out, char sign, const json_t *message)
{
	const json_t *headers = result_member(message, "headers");

	for (size_t i = 0; i < json_array_size(headers); i++) {
		const char *line = json_string_value(json_array_get(headers, i));

		if (line != NULL)
			buf_addf(out, "%c %s\n", sign, line);
	}
}

static void add_message(struct buf *out, char sign, const json_t *message)
{
	add_headers(out, sign, message);
	add_body(out, sign, result_string(message, "body"), result_count(message, "body_bytes"),
		 result_true(message, "cut"));
}

static void add_exchange(struct buf *out, const json_t *example)
{
	const json_t *request = result_member(example, "request");
	const json_t *response = result_member(example, "response");

	buf_addf(out, "> %s %s\n", result_string(request, "method"), result_string(request, "url"));
	add_message(out, '>', request);
	buf_adds(out, "\n");
	if (!json_is_object(response))
		buf_adds(out, "< (nothing came)\n");
	else if (result_count(response, "status") > 0)
		buf_addf(out, "< status %.0f\n", result_count(response, "status"));
	else
		buf_adds(out, "< (no complete head came)\n");
	if (json_is_object(response))
		add_message(out, '<', response);
}

/* "DeploymentUser 12 at 00:34; first byte after 5 ms, end after 6 ms". */
static void add_circumstances(struct doc *doc, const json_t *example)
{
	const json_t *timings = result_member(example, "timings");
	double first = result_number(timings, "first_byte_us");
	double connect = result_number(timings, "connect_us");
	char at[REPORT_FIGURE_MAX], figure[REPORT_FIGURE_MAX];
	struct buf text;

	buf_init(&text, 4096);
	if (result_true(example, "setup"))
		buf_adds(&text, "Setup");
	else
		buf_addf(&text, "%s, user %.0f, at %s", result_string(example, "class"),
			 result_count(example, "user"),
			 report_run_clock(result_count(example, "at_s"), at));
	if (!isnan(connect))
		buf_addf(&text, "; connected in %s", report_run_latency(connect, figure));
	if (!isnan(first))
		buf_addf(&text, "; first byte after %s", report_run_latency(first, figure));
	buf_addf(&text, "; end after %s",
		 report_run_latency(result_number(timings, "end_us"), figure));
	if (result_count(example, "redirects") > 0)
		buf_addf(&text, "; redirects followed: %.0f", result_count(example, "redirects"));
	buf_adds(&text, ". Secrets are masked.");
	doc_paragraph(doc, buf_str(&text));
	buf_fini(&text);
}

static void add_example(struct doc *doc, const json_t *failure)
{
	const json_t *example = result_member(failure, "example");
	const char *curl = result_string(example, "curl");
	struct buf text;

	buf_init(&text, TEXT_MAX);
	buf_addf(&text, "Example: %s %s, %s", result_string(failure, "method"),
		 result_string(failure, "name"), result_string(failure, "text"));
	doc_heading(doc, 4, buf_str(&text), DOC_PLAIN, "");
	add_circumstances(doc, example);
	buf_reset(&text);
	if (json_is_object(result_member(example, "request")))
		add_exchange(&text, example);
	if (text.len > 0)
		doc_lines(doc, buf_str(&text));
	buf_reset(&text);
	if (curl[0] != '\0') {
		buf_addf(&text, "%s\n", curl);
		doc_lines(doc, buf_str(&text));
	}
	buf_fini(&text);
}

void report_examples(struct doc *doc, const json_t *const *failures, size_t count)
{
	const json_t *shown[EXAMPLES_MAX];
	size_t shown_count = 0;

	for (size_t i = 0; i < count && shown_count < EXAMPLES_MAX; i++) {
		bool known = !json_is_object(result_member(failures[i], "example"));

		for (size_t k = 0; k < shown_count && !known; k++)
			known = same_kind(shown[k], failures[i]);
		if (known)
			continue;
		shown[shown_count++] = failures[i];
		add_example(doc, failures[i]);
	}
}
