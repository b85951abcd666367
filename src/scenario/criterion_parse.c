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

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/units.h"
#include "scenario/criterion_words.h"

/* ---- scope and metric -------------------------------------------------------------------- */

static int take_name(struct parse *p, const char *after, char **out)
{
	if (p->at >= p->count)
		return parse_fail(p, "\"%s\" needs a name behind it", after);
	*out = mem_strdup(p->tokens[p->at++].text);
	return 0;
}

static int parse_scope(struct parse *p)
{
	struct criterion *out = p->out;
	int rc;

	if (parse_accept(p, "all"))
		return 0;
	if (parse_accept(p, "class")) {
		out->scope = SCOPE_CLASS;
		return take_name(p, "class", &out->scope_name);
	}
	if (parse_accept(p, "container")) {
		out->scope = SCOPE_MONITOR;
		out->monitor_source = READING_DOCKER;
		return take_name(p, "container", &out->monitor_name);
	}
	if (parse_accept(p, "postgres")) {
		out->scope = SCOPE_MONITOR;
		out->monitor_source = READING_POSTGRES;
		return 0;
	}
	if (parse_accept(p, "endpoints") && strcmp(parse_peek(p), "active") != 0 &&
	    !parse_is_method(parse_peek(p)))
		return parse_fail(
			p, "\"endpoints\" is followed by \"active\" or by a method and a name");
	if (p->at >= p->count || p->tokens[p->at].quoted || !parse_is_method(parse_peek(p)))
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
		return parse_fail(p, "the rule ends where a metric is expected");
	if (near)
		return parse_fail(p, "unknown metric \"%s\": did you mean \"%s\"?", word, near);
	return parse_fail(
		p,
		"unknown metric \"%s\": there are requests, failures, success, rps, min, "
		"mean, median, p99 (any percentile), max, response p99, bytes, held_back, "
		"active and more in throng-scenario(5)",
		word);
}

static int parse_request_metric(struct parse *p)
{
	struct criterion *out = p->out;
	bool response = parse_accept(p, "response");
	const char *word = parse_peek(p);
	const struct metric_row *row = metric_row_find(word, response);
	double quantile = row ? row->quantile : 0;

	if (strcmp(word, "pNN") == 0)
		return parse_fail(p, "\"pNN\" stands for any percentile: write p95 or p99.9");
	if (!row && parse_percentile(word, &quantile)) {
		row = metric_row_find("pNN", response);
		if (quantile < 0 || quantile > 1)
			return parse_fail(p, "a percentile is from p0 to p100, not \"%s\"", word);
	}
	if (!row)
		return unknown_metric(p, word);
	p->at++;
	out->metric = row->metric;
	out->quantile = quantile;
	p->unit = row->unit;
	if (row->all_only && out->scope != SCOPE_ALL)
		return parse_fail(p, "\"%s\" is counted for the whole run only", row->word);
	if (row->metric == METRIC_ENDPOINTS_ACTIVE && out->scope == SCOPE_CLASS)
		return parse_fail(p, "\"active\" counts endpoints, not those of a class");
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
	const char *word = parse_peek(p);

	out->metric = METRIC_MONITOR;
	p->at++;
	row = monitor_row_find(out->monitor_source, word, value_is_percent(p));
	if (!row) {
		p->at--;
		return *word ? parse_fail(
				       p, "unknown metric \"%s\" of \"%s\": there are %s", word,
				       scope,
				       out->monitor_source == READING_DOCKER
					       ? "cpu, memory, pids, restarts and oom_kills"
					       : "connections, all_rows, active, idle, "
						 "idle_in_transaction, waiting, blocked, "
						 "longest_transaction, longest_query, deadlocks, "
						 "rollbacks, tps, cache_hits and gauge NAME")
			     : parse_fail(p, "the rule ends where a metric is expected");
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
	    p->out->scope != SCOPE_ENDPOINT && p->out->scope != SCOPE_CLASS &&
	    parse_accept(p, "gauge"))
		return parse_gauge(p);
	return monitor ? parse_monitor_metric(p) : parse_request_metric(p);
}

/* ---- operator and value ------------------------------------------------------------------ */

static int parse_op(struct parse *p)
{
	const char *word = parse_peek(p);
	enum criterion_op op;
	size_t len = parse_op_at(word, &op);

	if (!*word)
		return parse_fail(p, "a comparison is missing: <, <=, >, >=, == or !=");
	if (len == 0 || word[len])
		return parse_fail(
			p, "\"%s\" is no comparison: there are <, <=, >, >=, == and !=", word);
	p->out->op = op;
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

static int parse_value_text(struct parse *p, const char *text)
{
	double *value = &p->out->value;
	uint64_t ns, bytes;

	switch (p->unit) {
	case UNIT_COUNT:
		if (units_parse_number(text, value) < 0 || *value < 0 || floor(*value) < *value)
			return parse_fail(p, "\"%s\" is no count: a whole number such as 375",
					  text);
		return 0;
	case UNIT_RATE:
		if (units_parse_number(text, value) < 0 || *value < 0)
			return parse_fail(p, "\"%s\" is no rate: a number per second such as 50",
					  text);
		return 0;
	case UNIT_NUMBER:
		if (units_parse_number(text, value) < 0)
			return parse_fail(p, "\"%s\" is no number", text);
		return 0;
	case UNIT_RATIO:
	case UNIT_PERCENT:
		if (parse_percent(p, text, value) < 0)
			return parse_fail(p, "\"%s\" is no percentage: such as 99%%", text);
		if (p->unit == UNIT_RATIO)
			*value /= 100;
		return 0;
	case UNIT_LATENCY:
	case UNIT_DURATION:
		if (parse_is_number(text))
			return parse_fail(p, "\"%s\" needs a unit: such as %sms or %ss", text, text,
					  text);
		if (units_parse_duration(text, &ns) < 0)
			return parse_fail(p, "\"%s\" is no duration: such as 200ms or 1.5s", text);
		*value = (double)ns / (p->unit == UNIT_LATENCY ? 1e3 : 1e9);
		return 0;
	case UNIT_BYTES:
		if (units_parse_bytes(text, &bytes) < 0)
			return parse_fail(p, "\"%s\" is no size: such as 64KiB or 350MiB", text);
		*value = (double)bytes;
		return 0;
	case UNIT_NONE:
		break;
	}
	return 0;
}

static int parse_value(struct parse *p)
{
	int rc;

	if (p->at >= p->count)
		return parse_fail(p, "a value is missing behind the comparison");
	parse_join_unit(p);
	if (p->out->metric == METRIC_FAILURES && strchr(parse_peek(p), '%')) {
		p->out->metric = METRIC_FAILURE_RATIO;
		p->unit = UNIT_RATIO;
	}
	rc = parse_value_text(p, parse_peek(p));
	if (rc == 0)
		p->at++;
	return rc;
}

/* ---- clauses ----------------------------------------------------------------------------- */

static int parse_time(struct parse *p, const char *clause, uint64_t *ns)
{
	if (p->at >= p->count)
		return parse_fail(p, "\"%s\" needs a duration such as 10s", clause);
	parse_join_unit(p);
	if (parse_is_number(parse_peek(p)) || units_parse_duration(parse_peek(p), ns) < 0 ||
	    *ns == 0)
		return parse_fail(p, "\"%s\" behind \"%s\" is no duration: such as 10s",
				  parse_peek(p), clause);
	p->at++;
	return 0;
}

static int parse_clause(struct parse *p)
{
	struct criterion *out = p->out;

	if (parse_accept(p, "in")) {
		if (!parse_accept(p, "any"))
			return parse_fail(
				p, "\"in\" is followed by \"any\" and a duration: in any 10s");
		return parse_time(p, "in any", &out->window_ns);
	}
	if (parse_accept(p, "after")) {
		if (parse_accept(p, "warmup") || parse_accept(p, "warm-up")) {
			out->after_warmup = true;
			return 0;
		}
		return parse_time(p, "after", &out->after_ns);
	}
	if (parse_accept(p, "for"))
		return parse_time(p, "for", &out->for_ns);
	if (parse_accept(p, "abort")) {
		out->abort = true;
		return 0;
	}
	return parse_fail(p,
			  "\"%s\" is not understood: behind the value there can be \"in any 10s\", "
			  "\"after 30s\", \"after warmup\", \"for 5s\" and \"abort\"",
			  parse_peek(p));
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
		return parse_fail(p, "\"in any\" goes with requests and response times only");
	if (out->window_ns && out->window_ns < UINT64_C(1000000000))
		return parse_fail(p, "the window of \"in any\" is at least 1s");
	if (out->for_ns && (out->metric == METRIC_NO_CASCADE || only_at_the_end(out)))
		return parse_fail(p, "\"for\" does not go with what is judged at the end");
	if (out->abort && only_at_the_end(out))
		return parse_fail(
			p, "\"abort\" does not go with a count that is reached at the end only");
	if (out->after_ns && out->after_warmup)
		return parse_fail(p, "\"after\" is there twice");
	return 0;
}

static int parse_rule(struct parse *p)
{
	int rc;

	if (p->count == 0)
		return parse_fail(p, "the rule is empty");
	if (parse_accept(p, "no")) {
		if (!parse_accept(p, "cascading") || !parse_accept(p, "failures"))
			return parse_fail(p, "\"no\" is followed by \"cascading failures\"");
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

int criterion_parse(struct criterion *out, const char *text, struct error *err)
{
	struct criterion parsed = { .op = OP_LT };
	struct parse p = { .out = &parsed, .err = err, .unit = UNIT_NONE };
	int rc;

	if (strlen(text) > TEXT_MAX)
		rc = parse_fail(&p, "the rule is longer than %d bytes", TEXT_MAX);
	else
		rc = parse_split(&p, text);
	if (rc == 0)
		rc = parse_rule(&p);
	if (rc == 0) {
		parsed.text = parse_normalised(&p);
		*out = parsed;
	} else {
		criterion_fini(&parsed);
	}
	for (size_t i = 0; i < p.count; i++)
		free(p.tokens[i].text);
	return rc;
}
