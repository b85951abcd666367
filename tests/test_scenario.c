/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "scenario/template.h"
#include "scenario/vars.h"
#include "scenario_text.h"

#define S CLOCK_NS_PER_SEC

#define HEAD           "{\"target\":\"http://localhost\","
#define ONE_USER       HEAD "\"load\":{\"users\":1},"
#define ONE_TASK(step) ONE_USER "\"users\":{\"U\":{\"tasks\":{\"t\":{" step "}}}}}"

/* ---- rendering steps --------------------------------------------------------------------- */

struct render {
	struct rng rng;
	struct vars *vars;
	struct template_env env;
	struct buf out;
};

static void render_init(struct render *r, const struct scenario *s)
{
	rng_seed(&r->rng, 1, 1);
	r->vars = vars_new(names_count(s->names));
	r->env = (struct template_env){ &r->rng, r->vars, 3, 4 };
	buf_init(&r->out, 1 << 20);
}

static void render_fini(struct render *r)
{
	vars_free(r->vars);
	buf_fini(&r->out);
}

static const char *rendered(struct render *r, const struct template *tpl)
{
	buf_reset(&r->out);
	assert_int_equal(template_render(tpl, &r->env, &r->out, NULL), 0);
	return buf_str(&r->out);
}

static const struct header *header_of(const struct step *step, const char *name)
{
	for (size_t i = 0; i < step->header_count; i++)
		if (strcmp(step->headers[i].name, name) == 0)
			return &step->headers[i];
	return NULL;
}

static const struct step *first_step(const struct scenario *s)
{
	return &s->classes[0].tasks[0].steps[0];
}

/* ---- the procedure's files --------------------------------------------------------------- */

struct step_fact {
	const char *task;
	unsigned weight;
	const char *method, *row;
	const char *path,
		*body;       /* patterns: "#" any digit, "^" any hex digit, "U" a uuid, "(a|b)" one
				  * of the words; NULL: none */
	bool creates;        /* carries an Idempotency-Key */
	unsigned accepts[3]; /* and nothing else of 200, 201, 204, 301, 400, 401, 404, 409, 500 */
};

struct file_fact {
	const char *file, *class, *user;
	double wait_low_s, wait_high_s;
	double users;
	uint64_t duration_s;
	double target_low, target_high;
	struct step_fact steps[7];
	const char *criteria[10];
};

#define LOGIN "POST /api/v1/auth/login/"
#define RINGS "(CANARY|PILOT|DEPARTMENT|GLOBAL)"
#define APPS  "(nginx|redis|postgresql|mongodb|elasticsearch)"
#define PUBLISH(plane, more)                                                               \
	"POST", "/api/v1/connectors/publish/[" plane "]", "/api/v1/connectors/publish/",   \
		"{\"deployment_id\":\"U\",\"target_plane\":\"" plane "\"" more "}", false, \
	{                                                                                  \
		200, 404                                                                   \
	}

static const struct file_fact file_facts[] = {
	{ "deployments",
	  "DeploymentUser",
	  "loadtest_user",
	  0.5,
	  2.0,
	  100,
	  300,
	  50,
	  100,
	  { { "create_deployment",
	      3,
	      "POST",
	      "/api/v1/deployments/",
	      "/api/v1/deployments/",
	      "{\"app_name\":\"" APPS "-^^^^^^^^\",\"version\":\"#.#.#\",\"target_ring\":\"" RINGS
	      "\",\"evidence_pack_id\":\"U\"}",
	      true,
	      { 200, 201 } },
	    { "list_deployments",
	      1,
	      "GET",
	      "/api/v1/deployments/",
	      "/api/v1/deployments/?limit=50",
	      NULL,
	      false,
	      { 200 } },
	    { "get_deployment_details",
	      1,
	      "GET",
	      "/api/v1/deployments/{id}/",
	      "/api/v1/deployments/U/",
	      NULL,
	      false,
	      { 200, 404 } } },
	  { "requests >= 375", "failures == 0", "success >= 99%", "median < 200ms", "p99 < 500ms",
	    "max < 500ms" } },
	{ "cab-approvals",
	  "CABApprovalUser",
	  "cab_approver",
	  1.0,
	  3.0,
	  50,
	  300,
	  80,
	  120,
	  { { "list_pending_approvals",
	      4,
	      "GET",
	      "/api/v1/cab/pending/",
	      "/api/v1/cab/pending/?limit=100",
	      NULL,
	      false,
	      { 200 } },
	    { "approve_deployment",
	      3,
	      "POST",
	      "/api/v1/cab/{id}/approve/",
	      "/api/v1/cab/U/approve/",
	      "{\"comments\":\"Approved by the load test\",\"conditions\":[]}",
	      false,
	      { 200, 404 } },
	    { "reject_deployment",
	      1,
	      "POST",
	      "/api/v1/cab/{id}/reject/",
	      "/api/v1/cab/U/reject/",
	      "{\"comments\":\"Rejected by the load test\"}",
	      false,
	      { 200, 404 } } },
	  { "requests >= 400", "failures == 0", "success >= 99%",
	    "GET /api/v1/cab/pending/ median < 1000ms",
	    "POST /api/v1/cab/{id}/approve/ median < 200ms",
	    "POST /api/v1/cab/{id}/reject/ median < 200ms", "gauge duplicate_approvals == 0" } },
	{ "connectors",
	  "ConnectorPublishingUser",
	  "publisher_user",
	  0.5,
	  1.5,
	  200,
	  300,
	  150,
	  200,
	  { { "publish_to_intune", 2,
	      PUBLISH("INTUNE",
		      ",\"config\":{\"ring\":\"(CANARY|PILOT)\",\"target_count\":(##|###)}") },
	    { "publish_to_jamf", 2, PUBLISH("JAMF", "") },
	    { "publish_to_sccm", 2, PUBLISH("SCCM", "") },
	    { "publish_to_landscape", 2, PUBLISH("LANDSCAPE", "") },
	    { "publish_to_ansible", 2, PUBLISH("ANSIBLE", "") },
	    { "query_connector_status",
	      1,
	      "GET",
	      "/api/v1/connectors/status/{id}/",
	      "/api/v1/connectors/status/U/",
	      NULL,
	      false,
	      { 200, 404 } },
	    { "remediate_deployment",
	      1,
	      "POST",
	      "/api/v1/connectors/remediate/",
	      "/api/v1/connectors/remediate/",
	      "{\"deployment_id\":\"U\",\"reason\":\"Load test "
	      "remediation\",\"action\":\"REINSTALL\"}",
	      false,
	      { 200, 404 } } },
	  { "requests >= 750", "success >= 99%",
	    "POST /api/v1/connectors/publish/[INTUNE] median < 200ms",
	    "POST /api/v1/connectors/publish/[JAMF] median < 200ms",
	    "POST /api/v1/connectors/publish/[SCCM] median < 200ms",
	    "POST /api/v1/connectors/publish/[LANDSCAPE] median < 200ms",
	    "POST /api/v1/connectors/publish/[ANSIBLE] median < 200ms", "p95 < 500ms",
	    "POST /api/v1/connectors/publish/[*] active == 5" } },
	{ "burst",
	  "HighLoadDeploymentUser",
	  "burst_user_^^^^^^^^",
	  0.1,
	  0.5,
	  1000,
	  250,
	  10000,
	  0,
	  { { "create_deployment_burst",
	      1,
	      "POST",
	      "/api/v1/deployments/",
	      "/api/v1/deployments/",
	      "{\"app_name\":\"burst-^^^^^^^^\",\"version\":\"#.0.0\",\"target_ring\":\"CANARY\","
	      "\"evidence_pack_id\":\"U\"}",
	      true,
	      { 200, 201 } } },
	  { "requests >= 10000", "success >= 98%", "median < 500ms", "p99 < 1000ms",
	    "no cascading failures" } },
};

static bool matches(const char *pattern, const char *text);

/* One of the words in "(a|b|c)", then the rest. */
static bool matches_choice(const char *pattern, const char *text)
{
	const char *end = strchr(pattern, ')');

	for (const char *word = pattern + 1; word <= end;) {
		size_t len = strcspn(word, "|)");
		char rest[600];

		snprintf(rest, sizeof(rest), "%.*s%s", (int)len, word, end + 1);
		if (matches(rest, text))
			return true;
		word += len + 1;
	}
	return false;
}

static bool matches(const char *pattern, const char *text)
{
	static const char digits[] = "0123456789", hex[] = "0123456789abcdef";
	static const char uuid[] = "^^^^^^^^-^^^^-4^^^-^^^^-^^^^^^^^^^^^";
	char rest[600];

	for (; *pattern; pattern++, text++) {
		if (*pattern == '(')
			return matches_choice(pattern, text);
		if (*pattern == 'U' && pattern[1] != 'N') { /* not the one of INTUNE */
			snprintf(rest, sizeof(rest), "%s%s", uuid, pattern + 1);
			return matches(rest, text);
		}
		if (!*text || (*pattern == '#' && !strchr(digits, *text)) ||
		    (*pattern == '^' && !strchr(hex, *text)) ||
		    (!strchr("#^", *pattern) && *pattern != *text))
			return false;
	}
	return *text == '\0';
}

static void check_accepts(const struct step *step, const unsigned *accepts, const char *what)
{
	static const unsigned statuses[] = { 200, 201, 204, 301, 400, 401, 404, 409, 500 };

	for (size_t i = 0; i < COUNT(statuses); i++) {
		bool wanted = false;

		for (size_t k = 0; k < 3; k++)
			wanted |= accepts[k] == statuses[i];
		if (step_accepts(step, statuses[i]) != wanted)
			fail_msg("%s: status %u", what, statuses[i]);
	}
}

static void check_step(const struct scenario *s, const struct task *task,
		       const struct step_fact *fact)
{
	const struct step *step = &task->steps[0];
	const struct header *id = header_of(step, "X-Correlation-ID");
	struct render r;

	assert_string_equal(task->name, fact->task);
	assert_int_equal(task->weight, fact->weight);
	assert_int_equal(task->step_count, 1);
	assert_string_equal(step->method, fact->method);
	assert_string_equal(s->endpoints[step->endpoint].method, fact->method);
	assert_string_equal(s->endpoints[step->endpoint].name, fact->row);
	check_accepts(step, fact->accepts, fact->task);
	render_init(&r, s);
	assert_non_null(id);
	assert_true(matches("U", rendered(&r, id->value)));
	assert_int_equal(header_of(step, "Idempotency-Key") != NULL, fact->creates);
	if (fact->creates)
		assert_true(matches("U", rendered(&r, header_of(step, "Idempotency-Key")->value)));
	if (!matches(fact->path, rendered(&r, step->path)))
		fail_msg("%s: path %s", fact->task, buf_str(&r.out));
	assert_int_equal(step->body != NULL, fact->body != NULL);
	if (fact->body && !matches(fact->body, rendered(&r, step->body)))
		fail_msg("%s: body %s", fact->task, buf_str(&r.out));
	if (fact->body)
		assert_string_equal(step->content_type, "application/json");
	render_fini(&r);
}

static void check_login(const struct scenario *s, const struct user_class *class, const char *user)
{
	const struct step *login = class->on_start;
	const unsigned accepts[3] = { 200 };
	struct render r;
	char body[200];

	assert_int_equal(class->on_start_count, 1);
	assert_string_equal(login->method, "POST");
	assert_string_equal(s->endpoints[login->endpoint].name, "/api/v1/auth/login/");
	check_accepts(login, accepts, "login");
	render_init(&r, s);
	snprintf(body, sizeof(body), "{\"username\":\"%s\",\"password\":\"test123\"}", user);
	if (!matches(body, rendered(&r, login->body)))
		fail_msg("login body %s", buf_str(&r.out));
	assert_int_equal(login->extract_count, 1);
	assert_string_equal(s->extracts[login->first_extract].text, "token");
	assert_int_equal(vars_set(r.vars, s->extracts[login->first_extract].slot, "T0k", 3), 0);
	assert_int_equal(login->then_header_count, 1);
	assert_string_equal(login->then_headers[0].name, "Authorization");
	assert_string_equal(rendered(&r, login->then_headers[0].value), "Bearer T0k");
	assert_int_equal(login->then_headers[0].user_slot, 0);
	render_fini(&r);
}

static void the_four_files_say_what_the_procedure_says(void **state)
{
	(void)state;
	unsetenv("PASSWORD");
	for (size_t i = 0; i < COUNT(file_facts); i++) {
		const struct file_fact *fact = &file_facts[i];
		char *path = mem_printf("%s/scenarios/%s.json", TOP_SRCDIR, fact->file);
		struct errors *errs = errors_new();
		const struct user_class *class;
		struct scenario *s;
		size_t k;

		assert_int_equal(scenario_load(&s, path, NULL, errs), 0);
		class = &s->classes[0];
		assert_int_equal(s->class_count, 1);
		assert_string_equal(class->name, fact->class);
		assert_string_equal(s->target.text, "http://localhost:8000");
		assert_non_null(s->health.path);
		assert_int_equal(class->wait.kind, WAIT_UNIFORM);
		assert_int_equal(class->wait.a_ns, (uint64_t)llround(fact->wait_low_s * 1e9));
		assert_int_equal(class->wait.b_ns, (uint64_t)llround(fact->wait_high_s * 1e9));
		assert_true(fabs(s->load.users - fact->users) < 1e-9);
		assert_int_equal(s->load.duration_ns, fact->duration_s * S);
		assert_true(fabs(s->load.target_rps_low - fact->target_low) < 1e-9);
		assert_true(fabs(s->load.target_rps_high - fact->target_high) < 1e-9);
		check_login(s, class, fact->user);
		for (k = 0; k < 7 && fact->steps[k].task; k++)
			check_step(s, &class->tasks[k], &fact->steps[k]);
		assert_int_equal(class->task_count, k);
		for (k = 0; k < 10 && fact->criteria[k]; k++)
			assert_string_equal(s->criteria[k].text, fact->criteria[k]);
		assert_int_equal(s->criterion_count, k);
		assert_int_equal(s->panels.container_count, 3);
		assert_true(fabs(s->panels.limit_connections - 100) < 1e-9);
		scenario_free(s);
		errors_free(errs);
		free(path);
	}
}

static void all_classes_holds_the_four_in_their_proportions(void **state)
{
	struct errors *errs = errors_new();
	unsigned counts[SCENARIO_CLASSES_MAX];
	struct scenario *s;

	(void)state;
	assert_int_equal(scenario_load(&s, TOP_SRCDIR "/scenarios/all-classes.json", NULL, errs),
			 0);
	assert_int_equal(s->class_count, 4);
	scenario_split_users(s, (unsigned)s->load.users, counts);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(s->classes[i].name, file_facts[i].class);
		assert_int_equal(counts[i], (unsigned)file_facts[i].users);
		for (size_t k = 0; k < s->classes[i].task_count; k++)
			check_step(s, &s->classes[i].tasks[k], &file_facts[i].steps[k]);
	}
	scenario_free(s);
	errors_free(errs);
}

/* ---- users by class ---------------------------------------------------------------------- */

static void users_are_split_by_largest_remainder(void **state)
{
	static const struct {
		const char *classes;
		unsigned total, counts[3];
	} cases[] = {
		{ "\"A\":{%T},\"B\":{%T},\"C\":{%T}", 10, { 4, 3, 3 } },
		{ "\"A\":{%T},\"B\":{%T},\"C\":{%T}", 11, { 4, 4, 3 } },
		{ "\"A\":{\"weight\":2,%T},\"B\":{\"weight\":1,%T},\"C\":{\"weight\":1,%T}",
		  10,
		  { 5, 3, 2 } },
		{ "\"A\":{\"weight\":1,%T},\"B\":{\"weight\":98,%T},\"C\":{\"weight\":1,%T}",
		  10,
		  { 0, 10, 0 } },
		{ "\"A\":{\"count\":3,%T},\"B\":{%T},\"C\":{%T}", 10, { 3, 4, 3 } },
		{ "\"A\":{\"count\":3,%T},\"B\":{\"count\":5,%T},\"C\":{%T}", 4, { 3, 1, 0 } },
		{ "\"A\":{\"count\":3,%T},\"B\":{\"count\":1,%T},\"C\":{\"count\":1,%T}",
		  10,
		  { 6, 2, 2 } },
		{ "\"A\":{%T},\"B\":{%T},\"C\":{%T}", 0, { 0, 0, 0 } },
		{ "\"A\":{%T},\"B\":{%T},\"C\":{%T}", 1, { 1, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned counts[3] = { 9, 9, 9 };
		struct scenario *s;
		char text[1000];
		size_t len = (size_t)snprintf(text, sizeof(text), "%s", ONE_USER "\"users\":{");

		for (const char *p = cases[i].classes; *p; p++) {
			if (strncmp(p, "%T", 2) == 0) {
				len += (size_t)snprintf(text + len, sizeof(text) - len,
							"\"tasks\":{\"t\":{\"get\":\"/\"}}");
				p++;
			} else {
				text[len++] = *p;
			}
		}
		snprintf(text + len, sizeof(text) - len, "}}");
		s = scenario_text(text, NULL);
		scenario_split_users(s, cases[i].total, counts);
		for (size_t k = 0; k < 3; k++)
			if (counts[k] != cases[i].counts[k])
				fail_msg("%s with %u: %u %u %u", cases[i].classes, cases[i].total,
					 counts[0], counts[1], counts[2]);
		scenario_free(s);
	}
}

/* ---- load and the command line ----------------------------------------------------------- */

static void loads_fill_in_what_nobody_said(void **state)
{
	static const struct {
		const char *load;
		bool open;
		double users, spawn_rate, rate;
		uint64_t duration_s;
		unsigned max_users, max_in_flight;
		double max_rate;
	} cases[] = {
		{ "{\"users\":100}", false, 100, 1, 0, 0, 200, 0, 0 },
		{ "{\"users\":100,\"spawn_rate\":10,\"duration\":\"5m\",\"max_users\":150}", false,
		  100, 10, 0, 300, 150, 0, 0 },
		{ "[{\"users\":1000,\"over\":\"10s\"},{\"hold\":\"4m\"},{\"users\":0,\"over\":"
		  "\"60s\"}]",
		  false, 1000, 100, 0, 310, 2000, 0, 0 },
		{ "{\"spawn_rate\":5,\"stages\":[{\"users\":50},{\"users\":30}]}", false, 50, 5, 0,
		  14, 100, 0, 0 },
		{ "{\"rate\":10000}", true, 1000, 1000, 10000, 0, 2000, 1000, 20000 },
		{ "{\"rate\":3}", true, 10, 10, 3, 0, 20, 10, 6 },
		{ "{\"rate\":80}", true, 80, 80, 80, 0, 160, 80, 160 },
		{ "{\"rate\":80,\"max_in_flight\":7}", true, 7, 7, 80, 0, 14, 7, 160 },
		{ "{\"rate\":80,\"users\":20,\"max_rate\":100}", true, 20, 20, 80, 0, 40, 20, 100 },
		{ "{\"stages\":[{\"rate\":50,\"over\":\"10s\"},{\"rate\":200,\"over\":\"10s\"}]}",
		  true, 200, 200, 200, 20, 400, 200, 400 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_printf(HEAD "\"load\":%s,\"users\":{\"U\":{\"tasks\":{\"t\":{"
					     "\"get\":\"/\"}}}}}",
					cases[i].load);
		struct scenario *s = scenario_text(text, NULL);
		const struct load *load = &s->load;

		if (load->open != cases[i].open || fabs(load->users - cases[i].users) > 1e-9 ||
		    fabs(load->spawn_rate - cases[i].spawn_rate) > 1e-9 ||
		    fabs(load->rate - cases[i].rate) > 1e-9 ||
		    load->duration_ns != cases[i].duration_s * S ||
		    load->max_users != cases[i].max_users ||
		    load->max_in_flight != cases[i].max_in_flight ||
		    fabs(load->max_rate - cases[i].max_rate) > 1e-9)
			fail_msg(
				"%s: users %g spawn %g rate %g duration %g max %u in flight %u max "
				"rate %g",
				cases[i].load, load->users, load->spawn_rate, load->rate,
				(double)load->duration_ns / 1e9, load->max_users,
				load->max_in_flight, load->max_rate);
		scenario_free(s);
		free(text);
	}
}

#define STAGED                                                                              \
	HEAD "\"load\":{\"stages\":[{\"users\":1000,\"over\":\"10s\"},{\"hold\":\"4m\"}]}," \
	     "\"users\":{\"U\":{\"tasks\":{\"t\":{\"get\":\"/\"}}}}}"

static void the_command_line_is_said_over_the_file(void **state)
{
	const struct scenario_overrides more = { .users = 50, .spawn_rate = 7 };
	const struct scenario_overrides shorter = { .duration_ns = 20 * S };
	const struct scenario_overrides rate = { .rate = 300 };
	const struct scenario_overrides host = { .target = "https://other:1/x" };
	struct scenario *s = scenario_text(STAGED, &more);

	(void)state;
	assert_int_equal(s->load.stage_count, 0);
	assert_true(fabs(s->load.users - 50) < 1e-9);
	assert_true(fabs(s->load.spawn_rate - 7) < 1e-9);
	assert_int_equal(s->load.duration_ns, 250 * S);
	assert_int_equal(s->load.max_users, 100);
	scenario_free(s);

	s = scenario_text(STAGED, &shorter);
	assert_int_equal(s->load.stage_count, 2);
	assert_int_equal(s->load.duration_ns, 20 * S);
	scenario_free(s);

	s = scenario_text(STAGED, &rate);
	assert_true(s->load.open);
	assert_int_equal(s->load.stage_count, 0);
	assert_true(fabs(s->load.rate - 300) < 1e-9);
	assert_true(fabs(s->load.users - 1000) < 1e-9);
	scenario_free(s);

	s = scenario_text(STAGED, &host);
	assert_string_equal(s->target.text, "https://other:1/x");
	assert_string_equal(s->target.base_path, "/x");
	assert_int_equal(s->target.port, 1);
	assert_true(s->target.tls);
	scenario_free(s);
}

static void a_file_without_load_or_target_needs_the_command_line(void **state)
{
	static const char text[] = "{\"users\":{\"U\":{\"tasks\":{\"t\":{\"get\":\"/\"}}}}}";
	const struct scenario_overrides over = { .target = "http://h", .users = 3 };
	const struct scenario_overrides bad = { .target = "h", .users = 3 };
	struct scenario *s = scenario_text(text, &over);
	char error[1600];

	(void)state;
	assert_true(fabs(s->load.users - 3) < 1e-9);
	assert_string_equal(s->name, "test");
	scenario_free(s);
	scenario_error(text, &bad, error, sizeof(error));
	assert_string_equal(error,
			    "--host: \"h\" is no URL: it must begin with http:// or https:// "
			    "(such as \"http://localhost:8000\")");
}

#define TWO_CLASSES                                                                             \
	ONE_USER "\"users\":{\"A\":{\"tasks\":{\"t\":{\"get\":\"/a\"}}},"                       \
		 "\"B\":{\"tasks\":{\"t\":{\"get\":\"/b\"}}}},"                                 \
		 "\"criteria\":[\"class A p99 < 1s\",\"class B p99 < 1s\",\"GET /a p50 < 1s\"," \
		 "\"GET /b p50 < 1s\",\"failures == 0\",\"container x cpu < 90%\","             \
		 "\"postgres connections < 9\"],"                                               \
		 "\"panels\":{\"docker\":{\"containers\":[\"x\"]},\"postgres\":{\"dsn\":\"d\"}}}"

static void classes_and_panels_can_be_left_out_with_their_criteria(void **state)
{
	static const char *const only_b[] = { "B", NULL }, *const typo[] = { "b2", NULL };
	static const char *const wanted[] = { "class B p99 < 1s", "GET /b p50 < 1s",
					      "failures == 0" };
	const struct scenario_overrides over = { .classes = only_b,
						 .no_docker = true,
						 .no_postgres = true };
	const struct scenario_overrides bad = { .classes = typo };
	struct scenario *s = scenario_text(TWO_CLASSES, &over);
	char error[1600];

	(void)state;
	assert_int_equal(s->class_count, 1);
	assert_string_equal(s->classes[0].name, "B");
	assert_int_equal(s->endpoint_count, 2);
	assert_false(s->panels.docker);
	assert_false(s->panels.postgres);
	assert_int_equal(s->criterion_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(s->criteria[i].text, wanted[i]);
	assert_int_equal(s->criteria[0].scope_index, 0);
	assert_int_equal(s->criteria[1].scope_index, 1);
	scenario_free(s);

	s = scenario_text(TWO_CLASSES, NULL);
	assert_int_equal(s->criterion_count, 7);
	assert_int_equal(s->criteria[1].scope_index, 1);
	scenario_free(s);

	scenario_error(TWO_CLASSES, &bad, error, sizeof(error));
	assert_string_equal(error,
			    "test.json: users: there is no class \"b2\": did you mean \"B\"?");
}

/* ---- steps ------------------------------------------------------------------------------- */

static void bodies_are_ready_for_the_wire(void **state)
{
	static const struct {
		const char *step, *type, *body;
		enum body_kind kind;
	} cases[] = {
		{ "\"post\":\"/\",\"json\":{\"a\":\"x\\\"y\",\"n\":\"{{= int 5 5}}\",\"s\":\"{{int "
		  "5 5}}\","
		  "\"l\":[1,2.5,true,null,{}],\"e\":[]}",
		  "application/json",
		  "{\"a\":\"x\\\"y\",\"n\":5,\"s\":\"5\",\"l\":[1,2.5,true,null,{}],\"e\":[]}",
		  BODY_JSON },
		{ "\"post\":\"/\",\"json\":\"{{= user}}\"", "application/json", "3", BODY_JSON },
		{ "\"post\":\"/\",\"json\":null", "application/json", "null", BODY_JSON },
		{ "\"post\":\"/\",\"form\":{\"user name\":\"a&b c\",\"n\":5,\"t\":[\"x\",\"y\"],"
		  "\"e\":\"\"}",
		  "application/x-www-form-urlencoded",
		  "user+name=a%26b+c&n=5&t=x&t=y&e=", BODY_FORM },
		{ "\"post\":\"/\",\"body\":\"raw {{user}}\"", "text/plain; charset=utf-8", "raw 3",
		  BODY_RAW },
		{ "\"post\":\"/\",\"body\":\"x\",\"headers\":{\"content-type\":\"text/csv\"}", NULL,
		  "x", BODY_RAW },
		{ "\"post\":\"/\"", NULL, NULL, BODY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_printf(ONE_TASK("%s"), cases[i].step);
		struct scenario *s = scenario_text(text, NULL);
		const struct step *step = first_step(s);
		struct render r;

		render_init(&r, s);
		assert_int_equal(step->body_kind, cases[i].kind);
		if (cases[i].type)
			assert_string_equal(step->content_type, cases[i].type);
		else
			assert_null(step->content_type);
		if (cases[i].body)
			assert_string_equal(rendered(&r, step->body), cases[i].body);
		else
			assert_null(step->body);
		render_fini(&r);
		scenario_free(s);
		free(text);
	}
}

static void a_file_body_is_read_at_load(void **state)
{
	char *text = mem_printf(ONE_TASK("\"put\":\"/\",\"file\":\"%s/scenarios/valid/smallest/"
					 "scenario.json\""),
				TEST_SRCDIR);
	struct scenario *s = scenario_text(text, NULL);
	const struct step *step = first_step(s);

	(void)state;
	assert_int_equal(step->body_kind, BODY_FILE);
	assert_true(step->file_len > 20);
	assert_memory_equal(step->file, "{ \"target\"", 10);
	assert_string_equal(step->content_type, "application/octet-stream");
	scenario_free(s);
	free(text);
}

static void paths_queries_and_rows(void **state)
{
	static const struct {
		const char *step, *path, *row;
		bool absolute;
	} cases[] = {
		{ "\"get\":\"/a\"", "/a", "/a", false },
		{ "\"get\":\"/a?x=1#\"", NULL, NULL, false },
		{ "\"get\":\"/a?x=1\"", "/a?x=1", "/a", false },
		{ "\"get\":\"/a\",\"query\":{\"q\":\"b c\",\"n\":5,\"l\":[1,2]}",
		  "/a?q=b%20c&n=5&l=1&l=2", "/a", false },
		{ "\"get\":\"/a?x=1\",\"query\":{\"q\":\"{{user}}\"}", "/a?x=1&q=3", "/a", false },
		{ "\"get\":\"/u/{{user}}/{{hex 4}}/{{iteration}}\",\"query\":{\"a\":\"b\"}", NULL,
		  "/u/{user}/{hex}/{iteration}", false },
		{ "\"get\":\"/u/{{user}}/\",\"name\":\"/u/{id}/\"", "/u/3/", "/u/{id}/", false },
		{ "\"get\":\"/a b/\"", "/a%20b/", "/a%20b/", false },
		{ "\"get\":\"https://other.example:1/x?y=z\"", "https://other.example:1/x?y=z",
		  "https://other.example:1/x", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_printf(ONE_TASK("%s"), cases[i].step);
		char error[1600];
		struct scenario *s;
		struct render r;

		if (!cases[i].row) {
			scenario_error(text, NULL, error, sizeof(error));
			free(text);
			continue;
		}
		s = scenario_text(text, NULL);
		render_init(&r, s);
		if (cases[i].path)
			assert_string_equal(rendered(&r, first_step(s)->path), cases[i].path);
		assert_string_equal(s->endpoints[first_step(s)->endpoint].name, cases[i].row);
		assert_int_equal(first_step(s)->absolute, cases[i].absolute);
		render_fini(&r);
		scenario_free(s);
		free(text);
	}
}

static void requests_of_one_name_share_a_row(void **state)
{
	struct scenario *s = scenario_text(
		ONE_USER
		"\"users\":{\"A\":{\"tasks\":{\"t\":{\"get\":\"/x\"},\"u\":{\"post\":\"/x\"},"
		"\"v\":{\"get\":\"/y\",\"name\":\"/x\"}}},"
		"\"B\":{\"tasks\":{\"t\":{\"get\":\"/x?a=1\"}}}}}",
		NULL);

	(void)state;
	assert_int_equal(s->endpoint_count, 2);
	assert_int_equal(s->classes[0].tasks[0].steps->endpoint, 0);
	assert_int_equal(s->classes[0].tasks[1].steps->endpoint, 1);
	assert_int_equal(s->classes[0].tasks[2].steps->endpoint, 0);
	assert_int_equal(s->classes[1].tasks[0].steps->endpoint, 0);
	scenario_free(s);
}

static void statuses_are_numbers_classes_and_ranges(void **state)
{
	static const struct {
		const char *expect;
		unsigned yes[4], no[4];
		bool by_default;
	} cases[] = {
		{ "{}", { 100, 200, 301, 399 }, { 400, 404, 500, 599 }, true },
		{ "{\"status\":200}", { 200 }, { 201, 199, 404, 100 }, false },
		{ "{\"status\":\"2xx\"}", { 200, 299 }, { 199, 300, 404, 100 }, false },
		{ "{\"status\":\"200-204\"}", { 200, 204 }, { 199, 205, 404, 100 }, false },
		{ "{\"status\":[\"5xx\",404,\"201\"]}",
		  { 500, 599, 404, 201 },
		  { 200, 403, 405, 100 },
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_printf(ONE_TASK("\"get\":\"/\",\"expect\":%s"), cases[i].expect);
		struct scenario *s = scenario_text(text, NULL);
		const struct step *step = first_step(s);

		for (size_t k = 0; k < 4; k++) {
			assert_true(!cases[i].yes[k] || step_accepts(step, cases[i].yes[k]));
			assert_false(step_accepts(step, cases[i].no[k]));
		}
		assert_int_equal(step->accept_default, cases[i].by_default);
		assert_false(step_accepts(step, 0));
		assert_false(step_accepts(step, 640));
		assert_false(step_accepts(step, 100000));
		scenario_free(s);
		free(text);
	}
}

static void a_step_wants_only_what_something_reads(void **state)
{
	static const struct {
		const char *more;
		bool body, headers;
	} cases[] = {
		{ "", false, false },
		{ ",\"extract\":{\"a\":\"token\"}", true, false },
		{ ",\"extract\":{\"a\":\"header:Location\"}", false, true },
		{ ",\"extract\":{\"a\":\"cookie:x\"}", false, true },
		{ ",\"expect\":{\"contains\":\"x\"}", true, false },
		{ ",\"expect\":{\"header\":{\"ETag\":true}}", false, true },
		{ ",\"expect\":{\"size\":5}", true, false },
		{ ",\"expect\":{\"status\":200}", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_printf(ONE_TASK("\"get\":\"/\"%s"), cases[i].more);
		struct scenario *s = scenario_text(text, NULL);

		if (first_step(s)->want_body != cases[i].body ||
		    first_step(s)->want_headers != cases[i].headers)
			fail_msg("%s", cases[i].more);
		scenario_free(s);
		free(text);
	}
}

static void the_nearest_header_wins(void **state)
{
	struct scenario *s = scenario_text(
		ONE_USER
		"\"headers\":{\"X-A\":\"scenario\",\"X-B\":\"scenario\",\"X-C\":\"scenario\","
		"\"Authorization\":\"none\"},"
		"\"users\":{\"U\":{\"headers\":{\"x-b\":\"class\"},"
		"\"on_start\":[{\"get\":\"/l\",\"then\":{\"headers\":{\"authorization\":\"user\","
		"\"X-C\":\"user\",\"X-D\":\"user\"}}}],"
		"\"tasks\":{\"t\":{\"get\":\"/\",\"headers\":{\"X-a\":\"step\",\"X-C\":\"step\","
		"\"Authorization\":null}}}}}}",
		NULL);
	const struct step *login = &s->classes[0].on_start[0], *step = first_step(s);
	const uint64_t all = 7;

	(void)state;
	assert_int_equal(s->user_header_count, 3);
	assert_string_equal(s->user_headers[0], "authorization");
	assert_int_equal(login->then_headers[2].user_slot, 2);
	/* The login step has no headers of its own: all are inherited, the class's first. */
	assert_int_equal(login->header_count, 4);
	assert_string_equal(login->headers[0].name, "x-b");
	assert_int_equal(login->own_user_headers, 0);
	assert_true(step_header_applies(login, 3, 0));
	assert_string_equal(login->headers[3].name, "Authorization");
	assert_false(step_header_applies(login, 3, all)); /* the user's replaces it */
	/* The task: its own X-a and X-C, the class's x-b; Authorization is taken away for good. */
	assert_int_equal(step->header_count, 3);
	assert_string_equal(template_constant(header_of(step, "X-a")->value), "step");
	assert_string_equal(template_constant(header_of(step, "X-C")->value), "step");
	assert_string_equal(template_constant(header_of(step, "x-b")->value), "class");
	assert_int_equal(step->own_user_headers, 1 << 0 | 1 << 1);
	for (size_t i = 0; i < step->header_count; i++)
		assert_true(step_header_applies(step, i, all));
	scenario_free(s);
}

static void basic_authentication_is_a_header(void **state)
{
	struct scenario *s = scenario_text(ONE_TASK("\"get\":\"/\",\"basic\":{\"user\":\"Aladdin\","
						    "\"password\":\"open sesame\"}"),
					   NULL);

	(void)state;
	assert_string_equal(template_constant(header_of(first_step(s), "Authorization")->value),
			    "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	scenario_free(s);
}

static void timeouts_and_redirects_come_from_http_unless_said(void **state)
{
	struct scenario *s = scenario_text(
		ONE_USER "\"http\":{\"timeout\":\"5s\",\"redirects\":false},"
			 "\"users\":{\"U\":{\"tasks\":{\"t\":{\"get\":\"/\"},\"u\":{\"get\":\"/\","
			 "\"timeout\":2,\"redirects\":true}}}}}",
		NULL);
	const struct task *tasks = s->classes[0].tasks;

	(void)state;
	assert_int_equal(tasks[0].steps->timeout_ns, 5 * S);
	assert_false(tasks[0].steps->follow_redirects);
	assert_int_equal(tasks[1].steps->timeout_ns, 2 * S);
	assert_true(tasks[1].steps->follow_redirects);
	scenario_free(s);
}

static void waits_are_read_in_all_their_forms(void **state)
{
	static const struct {
		const char *wait;
		struct wait want;
	} cases[] = {
		{ "\"1s\"", { WAIT_CONSTANT, S, 0 } },
		{ "0.25", { WAIT_CONSTANT, S / 4, 0 } },
		{ "0", { WAIT_NONE, 0, 0 } },
		{ "\"0s\"", { WAIT_NONE, 0, 0 } },
		{ "{\"constant\":\"2s\"}", { WAIT_CONSTANT, 2 * S, 0 } },
		{ "{\"between\":[\"0.5s\",\"2s\"]}", { WAIT_UNIFORM, S / 2, 2 * S } },
		{ "{\"between\":[0,0]}", { WAIT_NONE, 0, 0 } },
		{ "{\"exponential\":\"1s\"}", { WAIT_EXPONENTIAL, S, 0 } },
		{ "{\"exponential\":\"1s\",\"max\":\"5s\"}", { WAIT_EXPONENTIAL, S, 5 * S } },
		{ "{\"pacing\":3}", { WAIT_PACING, 3 * S, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_printf(ONE_USER "\"users\":{\"U\":{\"wait\":%s,\"tasks\":{\"t\":{"
						 "\"get\":\"/\"}}}}}",
					cases[i].wait);
		struct scenario *s = scenario_text(text, NULL);
		const struct wait *wait = &s->classes[0].wait;

		if (wait->kind != cases[i].want.kind || wait->a_ns != cases[i].want.a_ns ||
		    wait->b_ns != cases[i].want.b_ns)
			fail_msg("%s", cases[i].wait);
		scenario_free(s);
		free(text);
	}
}

static void variables_of_scenario_and_class_are_one_list(void **state)
{
	struct scenario *s =
		scenario_text(ONE_USER "\"vars\":{\"shop\":\"s{{user}}\",\"n\":5},"
				       "\"users\":{\"U\":{\"vars\":{\"basket\":\"{{shop}}-b\"},"
				       "\"tasks\":{\"t\":{\"get\":\"/{{basket}}/{{n}}\"}}}}}",
			      NULL);
	const struct user_class *class = &s->classes[0];
	struct render r;

	(void)state;
	assert_int_equal(s->var_count, 2);
	assert_int_equal(class->var_count, 3);
	render_init(&r, s);
	for (size_t i = 0; i < class->var_count; i++) {
		const char *value = rendered(&r, class->vars[i].value);

		assert_int_equal(vars_set(r.vars, class->vars[i].slot, value, strlen(value)), 0);
	}
	assert_string_equal(rendered(&r, first_step(s)->path), "/s3-b/5");
	render_fini(&r);
	scenario_free(s);
}

/* ---- URLs, lines ------------------------------------------------------------------------- */

static void urls_are_taken_apart(void **state)
{
	static const struct {
		const char *text;
		bool tls;
		const char *host;
		unsigned port;
		const char *base, *shown;
	} cases[] = {
		{ "http://localhost:8000", false, "localhost", 8000, "", "http://localhost:8000" },
		{ "http://localhost/", false, "localhost", 80, "", "http://localhost" },
		{ "HTTPS://Example.org", true, "Example.org", 443, "", "https://Example.org" },
		{ "https://[::1]:8443/a/b/", true, "::1", 8443, "/a/b", "https://[::1]:8443/a/b" },
		{ "http://127.0.0.1/x", false, "127.0.0.1", 80, "/x", "http://127.0.0.1/x" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = { 0 };
		struct url url;

		if (url_parse(&url, cases[i].text, &err) < 0)
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_int_equal(url.tls, cases[i].tls);
		assert_string_equal(url.host, cases[i].host);
		assert_int_equal(url.port, cases[i].port);
		assert_string_equal(url.base_path, cases[i].base);
		assert_string_equal(url.text, cases[i].shown);
		url_fini(&url);
	}
}

static void wrong_urls_are_refused(void **state)
{
	static const char *const texts[] = { "",
					     "localhost",
					     "ftp://x",
					     "http://",
					     "http:///x",
					     "http://a b",
					     "http://a:0",
					     "http://a:65536",
					     "http://a:",
					     "http://[::1",
					     "http://a/b?c",
					     "http://a/#b",
					     "http://a/b c",
					     "http://u@a",
					     "http://a\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct url url;

		if (url_parse(&url, texts[i], NULL) == 0)
			fail_msg("\"%s\" passed", texts[i]);
	}
}

static void errors_name_the_line_also_behind_strange_keys(void **state)
{
	static const char text[] = "{ \"target\": \"http://h\",\n"
				   "  \"load\": { \"users\": 1 },\n"
				   "  \"headers\": { \"{[\\\"\\\\,\": \"]}\" },\n"
				   "  \"users\": { \"U\": { \"tasks\": {\n"
				   "    \"a \\u00e9\": { \"get\": \"/\",\n"
				   "       \"expect\": { \"status\": [ 200,\n"
				   "          \"a\\\\\\\"b\",\n"
				   "          201 ] } } } } } }\n";
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;

	(void)state;
	assert_int_not_equal(
		scenario_parse(&scenario, "f.json", ".", text, strlen(text), NULL, errs), 0);
	assert_int_equal(errors_count(errs), 2);
	assert_int_equal(errors_at(errs, 0)->line, 3);
	assert_int_equal(errors_at(errs, 1)->line, 7);
	assert_string_equal(errors_at(errs, 1)->path,
			    "users.U.tasks[\"a \xc3\xa9\"].expect.status[1]");
	errors_free(errs);
}

static void more_errors_than_are_kept_are_still_counted(void **state)
{
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	(void)buf_adds(&text, ONE_USER "\"users\":{\"U\":{\"tasks\":{");
	for (int i = 0; i < 400; i++)
		(void)buf_addf(&text, "%s\"t%d\":{\"get\":5}", i ? "," : "", i);
	(void)buf_adds(&text, "}}}}");
	assert_int_not_equal(
		scenario_parse(&scenario, "f.json", ".", buf_str(&text), text.len, NULL, errs), 0);
	assert_int_equal(errors_count(errs), 400);
	assert_null(errors_at(errs, ERRORS_MAX));
	buf_fini(&text);
	errors_free(errs);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
	struct errors *errs = errors_new();
	struct scenario *scenario = NULL;
	char line[1600];

	(void)state;
	assert_int_not_equal(scenario_load(&scenario, "no/such.json", NULL, errs), 0);
	error_format(errors_at(errs, 0), line, sizeof(line));
	assert_string_equal(line, "no/such.json: cannot be read: No such file or directory");
	errors_free(errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_four_files_say_what_the_procedure_says),
		cmocka_unit_test(all_classes_holds_the_four_in_their_proportions),
		cmocka_unit_test(users_are_split_by_largest_remainder),
		cmocka_unit_test(loads_fill_in_what_nobody_said),
		cmocka_unit_test(the_command_line_is_said_over_the_file),
		cmocka_unit_test(a_file_without_load_or_target_needs_the_command_line),
		cmocka_unit_test(classes_and_panels_can_be_left_out_with_their_criteria),
		cmocka_unit_test(bodies_are_ready_for_the_wire),
		cmocka_unit_test(a_file_body_is_read_at_load),
		cmocka_unit_test(paths_queries_and_rows),
		cmocka_unit_test(requests_of_one_name_share_a_row),
		cmocka_unit_test(statuses_are_numbers_classes_and_ranges),
		cmocka_unit_test(a_step_wants_only_what_something_reads),
		cmocka_unit_test(the_nearest_header_wins),
		cmocka_unit_test(basic_authentication_is_a_header),
		cmocka_unit_test(timeouts_and_redirects_come_from_http_unless_said),
		cmocka_unit_test(waits_are_read_in_all_their_forms),
		cmocka_unit_test(variables_of_scenario_and_class_are_one_list),
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(wrong_urls_are_refused),
		cmocka_unit_test(errors_name_the_line_also_behind_strange_keys),
		cmocka_unit_test(more_errors_than_are_kept_are_still_counted),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
