/* SPDX-License-Identifier: MIT */
/* Probes before a run. Each is one row of a table, made as often as it applies (once for each class, once for each panel);
 * it says in a line what it found, or what is wrong and what helps. */
#include "config.h"

#include "cli/probe.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/units.h"
#include "engine/engine.h"
#include "engine/reach.h"
#include "engine/transport.h"
#include "engine/trial.h"
#include "message/failure.h"
#include "monitor/panel.h"
#include "scenario/scenario.h"
#include "scenario/template.h"

struct probing {
	const struct probe_config *config;
	const struct scenario *scenario;
	struct trial *trial; /* NULL until it is needed, or when it cannot be had */
	struct error trial_error;
	const char
		*unreachable; /* why asking the target is pointless; NULL: it is not known to be */
	bool given_up;
	unsigned index, failed;
	uint64_t told_s;            /* waiting time told last */
	struct probe_report report; /* of the probe under way */
};

typedef enum probe_state probe_fn(struct probing *p, unsigned which, struct buf *said);

/* ---- telling ------------------------------------------------------------------------------------------------------------------- */

static void tell(struct probing *p, enum probe_state state, const char *text)
{
	p->report.state = state;
	p->report.index = p->index;
	text_clean(p->report.text, sizeof(p->report.text), text, SIZE_MAX, false);
	p->config->tell(p->config->arg, &p->report);
}

/* From inside what waits: says so every second, and asks whether to go on. */
static bool waiting(void *arg, uint64_t waited_ns)
{
	struct probing *p = arg;
	uint64_t waited_s = waited_ns / CLOCK_NS_PER_SEC;
	char text[64];

	if (waited_s > p->told_s) {
		p->told_s = waited_s;
		snprintf(text, sizeof(text), "waiting for %llu s", (unsigned long long)waited_s);
		tell(p, PROBE_RUNNING, text);
	}
	if (p->config->go_on != NULL && !p->config->go_on(p->config->arg))
		p->given_up = true;
	return !p->given_up;
}

static struct trial *trial_of(struct probing *p)
{
	struct trial_config config = { .scenario = p->scenario,
				       .transport = p->config->transport,
				       .seed = rng_system_seed(),
				       .go_on = waiting,
				       .arg = p };

	if (p->trial == NULL && p->trial_error.text[0] == '\0' &&
	    trial_new(&p->trial, &config, &p->trial_error) != 0)
		p->trial = NULL;
	return p->trial;
}

/* ---- this machine -------------------------------------------------------------------------------------------------------------- */

static enum probe_state probe_files(struct probing *p, unsigned which, struct buf *said)
{
	unsigned users = (unsigned)p->scenario->load.users;
	struct engine_limits limits;
	struct error err = { 0 };
	char needed[32], allowed[32], count[32];

	(void)which;
	if (engine_check_files(p->scenario, users, &err) == -EMFILE) {
		buf_adds(said, err.text);
		return PROBE_FAILED;
	}
	engine_limits(p->scenario, users, &limits);
	units_format_count(users, count, sizeof(count));
	units_format_count(limits.files_needed, needed, sizeof(needed));
	units_format_count(limits.files_allowed, allowed, sizeof(allowed));
	if (limits.files_allowed == ULLONG_MAX)
		snprintf(allowed, sizeof(allowed), "any number");
	if (limits.files_allowed == 0)
		buf_addf(said, "%s users need %s; the limit is not known", count, needed);
	else
		buf_addf(said, "%s users need %s of %s allowed", count, needed, allowed);
	return PROBE_OK;
}

#define PORTS_MOST 64512 /* 1024 to 65535 */

static enum probe_state probe_ports(struct probing *p, unsigned which, struct buf *said)
{
	unsigned users = (unsigned)p->scenario->load.users;
	struct engine_limits limits;
	char needed[32], there[32];

	(void)which;
	engine_limits(p->scenario, users, &limits);
	units_format_count(limits.connections, needed, sizeof(needed));
	units_format_count(limits.ports_there, there, sizeof(there));
	if (limits.ports_there == 0) {
		buf_adds(said, p->scenario->http.unix_socket != NULL
				       ? "none are used with a Unix socket"
				       : "their range is not known");
		return PROBE_OK;
	}
	if (limits.connections > PORTS_MOST) {
		units_format_count(PORTS_MOST, there, sizeof(there));
		buf_addf(
			said,
			"%s connections to one address, and no range has more than %s ports: drive "
			"no more users than that from one machine",
			needed, there);
		return PROBE_FAILED;
	}
	if (limits.connections > limits.ports_there) {
		buf_addf(said,
			 "%s connections to one address, but %s ports: widen the range (sysctl -w "
			 "net.ipv4.ip_local_port_range=\"1024 65535\") or drive fewer users",
			 needed, there);
		return PROBE_FAILED;
	}
	buf_addf(said, "%s connections need %s of %s", needed, needed, there);
	return PROBE_OK;
}

/* ---- the target ---------------------------------------------------------------------------------------------------------------- */

static bool not_tried(const struct probing *p, struct buf *said)
{
	if (p->unreachable != NULL)
		buf_addf(said, "not tried: %s", p->unreachable);
	return p->unreachable != NULL;
}

static enum probe_state reach(struct probing *p, bool dial, struct reach *out, struct buf *said)
{
	struct reach_config config = {
		.scenario = p->scenario, .dial = dial, .go_on = waiting, .arg = p
	};
	struct error err = { 0 };

	if (reach_target(out, &config, &err) != 0) {
		buf_adds(said, err.text);
		return PROBE_FAILED;
	}
	if (out->aborted) {
		buf_adds(said, "left unfinished");
		return PROBE_SKIPPED;
	}
	return PROBE_OK;
}

static enum probe_state probe_name(struct probing *p, unsigned which, struct buf *said)
{
	struct reach found;
	enum probe_state state;

	(void)which;
	if (transport_is_proxied(p->scenario)) {
		buf_adds(said, "the proxy of the environment resolves it");
		return PROBE_SKIPPED;
	}
	state = reach(p, false, &found, said);
	if (state != PROBE_OK)
		return state;
	if (found.unix_socket) {
		buf_addf(said, "Unix socket %s", found.host);
	} else if (found.error != 0) {
		p->unreachable = "its name does not resolve";
		buf_addf(said,
			 "%s does not resolve: check its spelling, /etc/hosts and the resolver of "
			 "this machine",
			 found.host);
		return PROBE_FAILED;
	} else if (strcmp(found.host, found.address) == 0) {
		buf_addf(said, "%s is an address", found.host);
	} else if (found.count > 1) {
		buf_addf(said, "%s is %s and %u more", found.host, found.address, found.count - 1);
	} else {
		buf_addf(said, "%s is %s", found.host, found.address);
	}
	return PROBE_OK;
}

/* Without a health check: does anybody take a connection? */
static enum probe_state probe_port(struct probing *p, unsigned which, struct buf *said)
{
	const struct url *target = &p->scenario->target;
	struct reach found;
	enum probe_state state;

	(void)which;
	if (not_tried(p, said))
		return PROBE_SKIPPED;
	if (transport_is_proxied(p->scenario)) {
		buf_adds(said, "behind the proxy of the environment");
		return PROBE_SKIPPED;
	}
	state = reach(p, true, &found, said);
	if (state != PROBE_OK)
		return state;
	if (found.error != 0) {
		p->unreachable = "the target does not answer";
		buf_addf(said, "%s: %s. %s", target->text, strerror(found.error),
			 failure_advice(found.error == ECONNREFUSED ? FAILURE_REFUSED
					: found.error == ETIMEDOUT  ? FAILURE_CONNECT_TIMEOUT
					: found.error == ENOENT     ? FAILURE_DNS
								    : FAILURE_CONNECT,
					0));
		return PROBE_FAILED;
	}
	buf_addf(said, "%s takes connections; the scenario names no health check", target->text);
	return PROBE_OK;
}

static enum probe_state probe_health(struct probing *p, unsigned which, struct buf *said)
{
	const struct health_check *health = &p->scenario->health;
	struct trial *trial;
	struct trial_result result;
	char text[40];

	(void)which;
	if (not_tried(p, said))
		return PROBE_SKIPPED;
	trial = trial_of(p);
	if (trial == NULL) {
		buf_adds(said, p->trial_error.text);
		return PROBE_FAILED;
	}
	trial_health(trial, &result);
	if (result.aborted) {
		buf_adds(said, "left unfinished");
		return PROBE_SKIPPED;
	}
	buf_addf(said, "%s%s", p->scenario->target.text, template_source(health->path));
	if (result.failed) {
		p->unreachable = "the target does not answer";
		buf_adds(said, ": ");
		probe_failure_text(p->scenario, &result, said);
		buf_addf(said, ". %s A run waits %s for it.",
			 failure_advice(result.last.kind, result.last.u.request.status),
			 units_format_duration(health->timeout_ns, text, sizeof(text)));
		return PROBE_FAILED;
	}
	buf_addf(said, " answers %u in %s", result.last.u.request.status,
		 units_format_latency((result.last.end_ns - result.last.u.request.start_ns) / 1000,
				      0, text, sizeof(text)));
	return PROBE_OK;
}

static enum probe_state probe_login(struct probing *p, unsigned which, struct buf *said)
{
	struct trial_result result;
	struct trial *trial;

	if (p->scenario->classes[which].on_start_count == 0) {
		buf_adds(said, "nothing to do: the class has no on_start steps");
		return PROBE_SKIPPED;
	}
	if (not_tried(p, said))
		return PROBE_SKIPPED;
	trial = trial_of(p);
	if (trial == NULL) {
		buf_adds(said, p->trial_error.text);
		return PROBE_FAILED;
	}
	trial_login(trial, which, &result);
	return probe_login_text(p->scenario, which, &result, said);
}

/* ---- panels -------------------------------------------------------------------------------------------------------------------- */

static enum probe_state probe_panel(struct probing *p, unsigned which, struct buf *said)
{
	const struct panel_ops *panel = panels_all()[which];

	if (panel->probe(p->scenario, said) == 0)
		return PROBE_OK;
	buf_addf(said, " (--no-%s leaves this panel out)", panel->name);
	return PROBE_FAILED;
}

/* ---- the list ------------------------------------------------------------------------------------------------------------------ */

static void make(struct probing *p, probe_fn *fn, unsigned which, const char *fmt, const char *name)
{
	struct buf said;
	enum probe_state state;
	char raw[PROBE_NAME];

	if (p->config->go_on != NULL && !p->config->go_on(p->config->arg))
		p->given_up = true;
	if (p->given_up)
		return;
	snprintf(raw, sizeof(raw), fmt, name);
	text_clean(p->report.name, sizeof(p->report.name), raw, SIZE_MAX, false);
	p->told_s = 0;
	tell(p, PROBE_RUNNING, "");
	buf_init(&said, 4096);
	state = fn(p, which, &said);
	tell(p, state, buf_str(&said));
	buf_fini(&said);
	p->failed += state == PROBE_FAILED;
	p->index++;
}

unsigned probe_all(const struct probe_config *config)
{
	const struct scenario *scenario = config->scenario;
	const struct panel_ops *const *panels = panels_all();
	struct probing p = { .config = config, .scenario = scenario };

	make(&p, probe_files, 0, "%s", "open files");
	make(&p, probe_ports, 0, "%s", "local ports");
	make(&p, probe_name, 0, "%s", "target name");
	if (scenario->health.path != NULL)
		make(&p, probe_health, 0, "%s", "health check");
	else
		make(&p, probe_port, 0, "%s", "target port");
	for (unsigned i = 0; i < scenario->class_count; i++)
		make(&p, probe_login, i, "login %s", scenario->classes[i].name);
	for (unsigned i = 0; panels[i] != NULL; i++)
		if (panels[i]->wanted(scenario))
			make(&p, probe_panel, i, "%s", panels[i]->name);
	trial_free(p.trial);
	return p.failed;
}
