/* SPDX-License-Identifier: MIT */
/* The criterion grammar: a rule is cut into words and read from the left, each part by one
 * function. Load time only. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "scenario/criterion_internal.h"

#define TOKENS_MAX 40
#define TEXT_MAX   400

struct token {
	char *text;
	bool quoted;
};

struct parse {
	struct token tokens[TOKENS_MAX + 1]; /* the last one stays empty */
	size_t count, at;
	struct criterion *out;
	struct error *err;
	enum unit unit;
};

static const struct {
	const char *text;
	enum criterion_op op;
} ops[] = {
	{ "<=", OP_LE }, { ">=", OP_GE }, { "==", OP_EQ }, { "!=", OP_NE }, { "≤", OP_LE },
	{ "≥", OP_GE },  { "≠", OP_NE },  { "=", OP_EQ },  { "<", OP_LT },  { ">", OP_GT },
};
static const char *const canonical_ops[] = { "<", "<=", ">", ">=", "==", "!=" };

const char *op_text(enum criterion_op op)
{
	return canonical_ops[op];
}

static const char *const http_methods[] = { "GET",  "POST",    "PUT", "PATCH", "DELETE",
					    "HEAD", "OPTIONS", "*",   NULL };

static int fail(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct parse *p, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(p->err, "%s", text);
	return -EINVAL;
}

/* ---- words ------------------------------------------------------------------------------- */

static bool is_method(const char *word)
{
	for (const char *const *method = http_methods; *method; method++)
		if (strcmp(*method, word) == 0)
			return true;
	return false;
}

/* Length of the operator that text begins with; 0 when none. */
static size_t op_at(const char *text, size_t *index)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strncmp(text, ops[i].text, strlen(ops[i].text)) == 0) {
			*index = i;
			return strlen(ops[i].text);
		}
	}
	return 0;
}

static int push(struct parse *p, const char *text, size_t len, bool quoted)
{
	if (p->count == TOKENS_MAX)
		return fail(p, "the rule has more than %d words", TOKENS_MAX);
	p->tokens[p->count++] = (struct token){ mem_strndup(text, len), quoted };
	return 0;
}

/* A word up to a blank; metrics may touch their operator ("p99<1s"), names may hold anything. */
static int split_word(struct parse *p, const char **text)
{
	bool is_name = p->count && (is_method(p->tokens[p->count - 1].text) ||
				    strcmp(p->tokens[p->count - 1].text, "class") == 0);
	const char *s = *text;
	size_t len = 0, index, op;

	while (s[len] && !isspace((unsigned char)s[len]) && (is_name || !op_at(s + len, &index)))
		len++;
	op = len == 0 ? op_at(s, &index) : 0;
	*text = s + len + op;
	return push(p, s, len + op, false);
}

static int split(struct parse *p, const char *text)
{
	int rc = 0;

	while (rc == 0) {
		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			break;
		if (*text == '"' || *text == '\'') {
			const char *end = strchr(text + 1, *text);

			if (!end)
				return fail(p, "a quote is not closed");
			rc = push(p, text + 1, (size_t)(end - text - 1), true);
			text = end + 1;
		} else {
			rc = split_word(p, &text);
		}
	}
	return rc;
}

/* The next word; "" at the end. */
static const char *peek(const struct parse *p)
{
	return p->at < p->count ? p->tokens[p->at].text : "";
}

static bool accept(struct parse *p, const char *word)
{
	if (p->at >= p->count || p->tokens[p->at].quoted || strcmp(peek(p), word) != 0)
		return false;
	p->at++;
	return true;
}

/* ---- scope and metric -------------------------------------------------------------------- */

static int take_name(struct parse *p, const char *after, char **out)
{
	if (p->at >= p->count)
		return fail(p, "\"%s\" needs a name behind it", after);
	*out = mem_strdup(p->tokens[p->at++].text);
	return 0;
}

static int parse_scope(struct parse *p)
{
	struct criterion *out = p->out;
	int rc;

	if (accept(p, "all"))
		return 0;
	if (accept(p, "class")) {
		out->scope = SCOPE_CLASS;
		return take_name(p, "class", &out->scope_name);
	}
	if (accept(p, "container")) {
		out->scope = SCOPE_MONITOR;
		out->monitor_source = READING_DOCKER;
		return take_name(p, "container", &out->monitor_name);
	}
	if (accept(p, "postgres")) {
		out->scope = SCOPE_MONITOR;
		out->monitor_source = READING_POSTGRES;
		return 0;
	}
	if (accept(p, "endpoints") && strcmp(peek(p), "active") != 0 && !is_method(peek(p)))
		return fail(p, "\"endpoints\" is followed by \"active\" or by a method and a name");
	if (p->at >= p->count || p->tokens[p->at].quoted || !is_method(peek(p)))
		return 0;
	out->scope = SCOPE_ENDPOINT;
	out->scope_method = mem_strdup(p->tokens[p->at++].text);
	rc = take_name(p, out->scope_method, &out->scope_name);
	return rc;
}

/* "p99", "p99.9"; false for other words. */
static bool parse_percentile(const char *word, double *quantile)
{
	double number;

	if (*word != 'p' || !isdigit((unsigned char)word[1]) ||
	    units_parse_number(word + 1, &number) < 0)
		return false;
	*quantile = number / 100;
	return true;
}

static int unknown_metric(struct parse *p, const char *word)
{
	const char *near = text_nearest(word, metric_names());

	if (!*word)
		return fail(p, "the rule ends where a metric is expected");
	if (near)
		return fail(p, "unknown metric \"%s\": did you mean \"%s\"?", word, near);
	return fail(p,
		    "unknown metric \"%s\": there are requests, failures, success, rps, min, "
		    "mean, median, p99 (any percentile), max, response p99, bytes, held_back, "
		    "active and more in throng-scenario(5)",
		    word);
}

static int parse_request_metric(struct parse *p)
{
	struct criterion *out = p->out;
	bool response = accept(p, "response");
	const char *word = peek(p);
	const struct metric_row *row = metric_row_find(word, response);
	double quantile = row ? row->quantile : 0;

	if (strcmp(word, "pNN") == 0)
		return fail(p, "\"pNN\" stands for any percentile: write p95 or p99.9");
	if (!row && parse_percentile(word, &quantile)) {
		row = metric_row_find("pNN", response);
		if (quantile < 0 || quantile > 1)
			return fail(p, "a percentile is from p0 to p100, not \"%s\"", word);
	}
	if (!row)
		return unknown_metric(p, word);
	p->at++;
	out->metric = row->metric;
	out->quantile = quantile;
	p->unit = row->unit;
	if (row->all_only && out->scope != SCOPE_ALL)
		return fail(p, "\"%s\" is counted for the whole run only", row->word);
	if (row->metric == METRIC_ENDPOINTS_ACTIVE && out->scope == SCOPE_CLASS)
		return fail(p, "\"active\" counts endpoints, not those of a class");
	if (row->metric == METRIC_ENDPOINTS_ACTIVE)
		out->scope = SCOPE_ALL; /* the name is a pattern over all rows */
	return 0;
}

/* Is the value, behind the operator, a percentage? */
static bool value_is_percent(const struct parse *p)
{
	const char *value = p->at + 1 < p->count ? p->tokens[p->at + 1].text : "";
	const char *unit = p->at + 2 < p->count ? p->tokens[p->at + 2].text : "";

	return strchr(value, '%') || strcmp(unit, "%") == 0;
}

static int parse_monitor_metric(struct parse *p)
{
	struct criterion *out = p->out;
	const char *scope = out->monitor_source == READING_DOCKER ? "container" : "postgres";
	const struct monitor_row *row;
	const char *word = peek(p);

	out->metric = METRIC_MONITOR;
	p->at++;
	row = monitor_row_find(out->monitor_source, word, value_is_percent(p));
	if (!row) {
		p->at--;
		return *word ? fail(p, "unknown metric \"%s\" of \"%s\": there are %s", word, scope,
				    out->monitor_source == READING_DOCKER
					    ? "cpu, memory, pids, restarts and oom_kills"
					    : "connections, all_rows, active, idle, "
					      "idle_in_transaction, waiting, blocked, "
					      "longest_transaction, longest_query, deadlocks, "
					      "rollbacks, tps, cache_hits and gauge NAME")
			     : fail(p, "the rule ends where a metric is expected");
	}
	out->monitor_metric = mem_strdup(row->word);
	out->reading_metric = mem_strdup(row->reading);
	p->unit = row->unit;
	return 0;
}

static int parse_gauge(struct parse *p)
{
	struct criterion *out = p->out;

	out->metric = METRIC_MONITOR;
	out->scope = SCOPE_MONITOR;
	out->monitor_source = READING_POSTGRES;
	out->monitor_metric = mem_strdup("gauge");
	p->unit = UNIT_NUMBER;
	return take_name(p, "gauge", &out->reading_metric);
}

static int parse_metric(struct parse *p)
{
	bool monitor = p->out->scope == SCOPE_MONITOR;

	if ((!monitor || p->out->monitor_source == READING_POSTGRES) &&
	    p->out->scope != SCOPE_ENDPOINT && p->out->scope != SCOPE_CLASS && accept(p, "gauge"))
		return parse_gauge(p);
	return monitor ? parse_monitor_metric(p) : parse_request_metric(p);
}

/* ---- operator and value ------------------------------------------------------------------ */

static int parse_op(struct parse *p)
{
	const char *word = peek(p);
	size_t index, len = op_at(word, &index);

	if (!*word)
		return fail(p, "a comparison is missing: <, <=, >, >=, == or !=");
	if (len == 0 || word[len])
		return fail(p, "\"%s\" is no comparison: there are <, <=, >, >=, == and !=", word);
	p->out->op = ops[index].op;
	p->at++;
	return 0;
}

static int parse_percent(struct parse *p, const char *text, double *value)
{
	char number[32];
	size_t len = strlen(text);

	if (len < 2 || len > sizeof(number) || text[len - 1] != '%')
		return -EINVAL;
	snprintf(number, sizeof(number), "%.*s", (int)(len - 1), text);
	if (units_parse_number(number, value) < 0)
		return -EINVAL;
	if (p->unit == UNIT_RATIO && (*value < 0 || *value > 100))
		return -EINVAL;
	return 0;
}

static bool is_plain_number(const char *text)
{
	double number;

	return units_parse_number(text, &number) == 0;
}

static int parse_value_text(struct parse *p, const char *text)
{
	double *value = &p->out->value;
	uint64_t ns, bytes;

	switch (p->unit) {
	case UNIT_COUNT:
		if (units_parse_number(text, value) < 0 || *value < 0 || floor(*value) < *value)
			return fail(p, "\"%s\" is no count: a whole number such as 375", text);
		return 0;
	case UNIT_RATE:
		if (units_parse_number(text, value) < 0 || *value < 0)
			return fail(p, "\"%s\" is no rate: a number per second such as 50", text);
		return 0;
	case UNIT_NUMBER:
		if (units_parse_number(text, value) < 0)
			return fail(p, "\"%s\" is no number", text);
		return 0;
	case UNIT_RATIO:
	case UNIT_PERCENT:
		if (parse_percent(p, text, value) < 0)
			return fail(p, "\"%s\" is no percentage: such as 99%%", text);
		if (p->unit == UNIT_RATIO)
			*value /= 100;
		return 0;
	case UNIT_LATENCY:
	case UNIT_DURATION:
		if (is_plain_number(text))
			return fail(p, "\"%s\" needs a unit: such as %sms or %ss", text, text,
				    text);
		if (units_parse_duration(text, &ns) < 0)
			return fail(p, "\"%s\" is no duration: such as 200ms or 1.5s", text);
		*value = (double)ns / (p->unit == UNIT_LATENCY ? 1e3 : 1e9);
		return 0;
	case UNIT_BYTES:
		if (units_parse_bytes(text, &bytes) < 0)
			return fail(p, "\"%s\" is no size: such as 64KiB or 350MiB", text);
		*value = (double)bytes;
		return 0;
	case UNIT_NONE:
		break;
	}
	return 0;
}

/* "200 ms" and "99 %" are one value in two words. */
static void join_unit(struct parse *p)
{
	static const char *const units[] = { "us", "µs", "ms", "s",  "m",   "h",   "%",
					     "B",  "kB", "MB", "GB", "KiB", "MiB", "GiB" };
	struct token *value = &p->tokens[p->at];
	const char *next = p->at + 1 < p->count ? value[1].text : "";
	char *joined;

	if (!is_plain_number(value->text))
		return;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i], next) != 0)
			continue;
		joined = mem_printf("%s%s", value->text, strcmp(next, "µs") == 0 ? "us" : next);
		free(value->text);
		free(value[1].text);
		value->text = joined;
		memmove(value + 1, value + 2, (p->count - p->at - 2) * sizeof(*value));
		p->count--;
		return;
	}
}

static int parse_value(struct parse *p)
{
	int rc;

	if (p->at >= p->count)
		return fail(p, "a value is missing behind the comparison");
	join_unit(p);
	if (p->out->metric == METRIC_FAILURES && strchr(peek(p), '%')) {
		p->out->metric = METRIC_FAILURE_RATIO;
		p->unit = UNIT_RATIO;
	}
	rc = parse_value_text(p, peek(p));
	if (rc == 0)
		p->at++;
	return rc;
}

/* ---- clauses ----------------------------------------------------------------------------- */

static int parse_time(struct parse *p, const char *clause, uint64_t *ns)
{
	if (p->at >= p->count)
		return fail(p, "\"%s\" needs a duration such as 10s", clause);
	join_unit(p);
	if (is_plain_number(peek(p)) || units_parse_duration(peek(p), ns) < 0 || *ns == 0)
		return fail(p, "\"%s\" behind \"%s\" is no duration: such as 10s", peek(p), clause);
	p->at++;
	return 0;
}

static int parse_clause(struct parse *p)
{
	struct criterion *out = p->out;

	if (accept(p, "in")) {
		if (!accept(p, "any"))
			return fail(p, "\"in\" is followed by \"any\" and a duration: in any 10s");
		return parse_time(p, "in any", &out->window_ns);
	}
	if (accept(p, "after")) {
		if (accept(p, "warmup") || accept(p, "warm-up")) {
			out->after_warmup = true;
			return 0;
		}
		return parse_time(p, "after", &out->after_ns);
	}
	if (accept(p, "for"))
		return parse_time(p, "for", &out->for_ns);
	if (accept(p, "abort")) {
		out->abort = true;
		return 0;
	}
	return fail(p,
		    "\"%s\" is not understood: behind the value there can be \"in any 10s\", "
		    "\"after 30s\", \"after warmup\", \"for 5s\" and \"abort\"",
		    peek(p));
}

/* A figure over the whole run that can only be judged at its end cannot stop it. */
static bool only_at_the_end(const struct criterion *c)
{
	bool growing = c->metric == METRIC_REQUESTS || c->metric == METRIC_BYTES ||
		       c->metric == METRIC_ENDPOINTS_ACTIVE;
	bool lower_bound = c->op == OP_GE || c->op == OP_GT || c->op == OP_EQ || c->op == OP_NE;

	return growing && lower_bound && c->window_ns == 0;
}

static int check_clauses(struct parse *p)
{
	struct criterion *out = p->out;

	if (out->window_ns && (out->metric == METRIC_MONITOR || out->metric == METRIC_NO_CASCADE ||
			       out->metric == METRIC_ENDPOINTS_ACTIVE))
		return fail(p, "\"in any\" goes with requests and response times only");
	if (out->window_ns && out->window_ns < UINT64_C(1000000000))
		return fail(p, "the window of \"in any\" is at least 1s");
	if (out->for_ns && (out->metric == METRIC_NO_CASCADE || only_at_the_end(out)))
		return fail(p, "\"for\" does not go with what is judged at the end");
	if (out->abort && only_at_the_end(out))
		return fail(p,
			    "\"abort\" does not go with a count that is reached at the end only");
	if (out->after_ns && out->after_warmup)
		return fail(p, "\"after\" is there twice");
	return 0;
}

static int parse_rule(struct parse *p)
{
	int rc;

	if (p->count == 0)
		return fail(p, "the rule is empty");
	if (accept(p, "no")) {
		if (!accept(p, "cascading") || !accept(p, "failures"))
			return fail(p, "\"no\" is followed by \"cascading failures\"");
		p->out->metric = METRIC_NO_CASCADE;
		p->out->op = OP_EQ;
		rc = 0;
	} else {
		rc = parse_scope(p);
		if (rc == 0)
			rc = parse_metric(p);
		if (rc == 0)
			rc = parse_op(p);
		if (rc == 0)
			rc = parse_value(p);
	}
	while (rc == 0 && p->at < p->count)
		rc = parse_clause(p);
	return rc == 0 ? check_clauses(p) : rc;
}

/* The words with one blank between, operators as canonical_ops has them. */
static char *normalised(const struct parse *p)
{
	struct buf text;
	size_t index;
	char *copy;

	buf_init(&text, 8 * TEXT_MAX);
	for (size_t i = 0; i < p->count; i++) {
		const struct token *token = &p->tokens[i];
		size_t len = token->quoted ? 0 : op_at(token->text, &index);

		(void)buf_adds(&text, i ? " " : "");
		if (token->quoted)
			(void)buf_addf(&text, "\"%s\"", token->text);
		else
			(void)buf_adds(&text, len && !token->text[len] ? op_text(ops[index].op)
								       : token->text);
	}
	copy = mem_strdup(buf_str(&text));
	buf_fini(&text);
	return copy;
}

int criterion_parse(struct criterion *out, const char *text, struct error *err)
{
	struct criterion parsed = { .op = OP_LT };
	struct parse p = { .out = &parsed, .err = err, .unit = UNIT_NONE };
	int rc;

	if (strlen(text) > TEXT_MAX)
		rc = fail(&p, "the rule is longer than %d bytes", TEXT_MAX);
	else
		rc = split(&p, text);
	if (rc == 0)
		rc = parse_rule(&p);
	if (rc == 0) {
		parsed.text = normalised(&p);
		*out = parsed;
	} else {
		criterion_fini(&parsed);
	}
	for (size_t i = 0; i < p.count; i++)
		free(p.tokens[i].text);
	return rc;
}
