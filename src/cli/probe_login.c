/* SPDX-License-Identifier: MIT */
/* What a trial of a class's on_start steps says to the person who prepares a run: where credentials come from, above all. */
#include "config.h"

#include "cli/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"
#include "engine/trial.h"
#include "message/failure.h"
#include "record/stats.h"
#include "scenario/extract.h"
#include "scenario/scenario.h"
#include "scenario/template.h"

void probe_failure_text(const struct scenario *scenario, const struct trial_result *result,
			struct buf *said)
{
	const struct sample *last = &result->last;
	struct stats_failure failure = { .endpoint = last->endpoint,
					 .kind = last->kind,
					 .status = last->u.request.status,
					 .detail = last->u.request.detail };
	char text[512];

	buf_adds(said, stats_failure_text(scenario, &failure, text, sizeof(text)));
}

/* ---- where credentials come from ----------------------------------------------------------------------------------------------- */

#define NAMES_MAX 8
struct sources {
	const char *names[NAMES_MAX]; /* of variables of the environment */
	bool set[NAMES_MAX];
	size_t count;
};

static void note_env(const char *name, bool set, void *arg)
{
	struct sources *sources = arg;

	for (size_t i = 0; i < sources->count; i++)
		if (strcmp(sources->names[i], name) == 0)
			return;
	if (sources->count == NAMES_MAX)
		return;
	sources->names[sources->count] = name;
	sources->set[sources->count++] = set;
}

static void note_template(const struct template *tpl, struct sources *sources)
{
	if (tpl != NULL)
		template_each_env(tpl, note_env, sources);
}

/* All that the step sends may hold them, and the variables that it may insert. */
static struct sources sources_of(const struct user_class *class, const struct step *step)
{
	struct sources sources = { .count = 0 };

	note_template(step->body, &sources);
	for (size_t i = 0; i < step->header_count; i++)
		note_template(step->headers[i].value, &sources);
	note_template(step->path, &sources);
	for (size_t i = 0; i < class->var_count; i++)
		note_template(class->vars[i].value, &sources);
	return sources;
}

static void say_sources(const struct scenario *scenario, const struct user_class *class,
			const struct step *step, struct buf *said)
{
	struct sources sources = sources_of(class, step);

	buf_adds(said, "The test user may not exist, or its password is another: create it, or ");
	for (size_t i = 0; i < sources.count; i++)
		buf_addf(said, "%s%s %s", i == 0 ? "" : ", ", sources.set[i] ? "correct" : "set",
			 sources.names[i]);
	for (size_t i = 0; i < sources.count; i++)
		buf_addf(said, "%s%s %s", i == 0 ? " in the environment (" : "; ", sources.names[i],
			 sources.set[i] ? "is set" : "is not set: the scenario's default was sent");
	if (sources.count > 0) {
		buf_addc(said, ')');
		return;
	}
	for (size_t i = 0; i < scenario->data_count; i++)
		buf_addf(said, "%s%s", i == 0 ? "correct the rows of " : ", ",
			 scenario->data[i].file);
	if (scenario->data_count == 0)
		buf_addf(said, "correct %s", scenario->file);
}

/* ---- what it came to ----------------------------------------------------------------------------------------------------------- */

static bool refuses_credentials(const struct sample *last)
{
	unsigned status = last->u.request.status;

	return last->kind == FAILURE_STATUS &&
	       (status == 400 || status == 401 || status == 403 || status == 422);
}

static void say_remedy(const struct scenario *scenario, const struct user_class *class,
		       const struct step *step, const struct sample *last, struct buf *said)
{
	if (refuses_credentials(last))
		say_sources(scenario, class, step, said);
	else if (last->kind == FAILURE_EXTRACT)
		buf_addf(said,
			 "It answers %u; what later requests need is not where \"extract\" looks: "
			 "compare with the answer (curl -i)",
			 last->u.request.status);
	else if (last->kind == FAILURE_CHECK)
		buf_addf(said,
			 "It answers %u, but not what \"expect\" asks for: compare with the "
			 "answer (curl -i)",
			 last->u.request.status);
	else
		buf_adds(said, failure_advice(last->kind, last->u.request.status));
}

static void say_extracted(const struct scenario *scenario, const struct user_class *class,
			  struct buf *said)
{
	unsigned count = 0;

	for (size_t s = 0; s < class->on_start_count; s++) {
		const struct step *step = &class->on_start[s];

		for (unsigned i = 0; i < step->extract_count; i++)
			buf_addf(said, "%s%s", count++ == 0 ? "; extracted " : ", ",
				 scenario->extracts[step->first_extract + i].name);
	}
}

static void say_request(const struct scenario *scenario, const struct step *step, struct buf *said)
{
	const struct endpoint *endpoint = &scenario->endpoints[step->endpoint];

	buf_addf(said, "%s %s", endpoint->method, endpoint->name);
}

/* Nothing was sent because a variable is missing: the setup's steps, which a check leaves out, would have set it. */
static bool needs_setup(const struct scenario *scenario, const struct sample *last)
{
	return last->kind == FAILURE_RENDER && last->u.request.detail == ENODATA &&
	       scenario->setup_count > 0;
}

enum probe_state probe_login_text(const struct scenario *scenario, unsigned class_id,
				  const struct trial_result *result, struct buf *said)
{
	const struct user_class *class = &scenario->classes[class_id];
	const struct sample *last = &result->last;
	size_t at = result->steps;
	char took[32];

	if (result->aborted) {
		buf_adds(said, "left unfinished");
		return PROBE_SKIPPED;
	}
	if (result->failed && needs_setup(scenario, last)) {
		buf_adds(said, "not tried: it needs what the setup steps extract, which a check "
			       "does not run");
		return PROBE_SKIPPED;
	}
	if (!result->failed && at > 0)
		at--;
	say_request(scenario, &class->on_start[at], said);
	if (result->failed) {
		buf_adds(said, ": ");
		probe_failure_text(scenario, result, said);
		buf_adds(said, ". ");
		say_remedy(scenario, class, &class->on_start[at], last, said);
		return PROBE_FAILED;
	}
	buf_addf(said, " answers %u in %s", last->u.request.status,
		 units_format_latency((last->end_ns - last->u.request.start_ns) / 1000, 0, took,
				      sizeof(took)));
	if (class->on_start_count > 1)
		buf_addf(said, ", the last of %zu steps", class->on_start_count);
	say_extracted(scenario, class, said);
	return PROBE_OK;
}
