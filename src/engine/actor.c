/* SPDX-License-Identifier: MIT */
/* One step from begin to sample. Invariants: every actor_begin records exactly one sample;
 * between begin and done the actor is in one list of flights, its transport session has one
 * request in flight, and the buffer it borrows from is not touched but to append.
 * Engine thread; nothing is allocated in a steady run. */
#include "config.h"

#include "engine/actor.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/env.h"
#include "scenario/extract.h"
#include "scenario/scenario.h"
#include "scenario/template.h"
#include "scenario/vars.h"

#define REQUEST_MAX     (32u * 1024 * 1024)
#define USER_HEADER_MAX (64u * 1024)
#define HOPS_MAX        30 /* as requests: the 31st is a failure */

static void on_result(void *arg, const struct transport_result *result);

void actor_init(struct actor *a, struct env *env, uint64_t stream)
{
	const struct scenario *sc = env->scenario;

	*a = (struct actor){ .env = env, .class_id = SAMPLE_ALL };
	rng_seed(&a->rng, env->seed, stream);
	a->vars = vars_new(names_count(sc->names));
	cookies_init(&a->cookies);
	buf_init(&a->request, REQUEST_MAX);
	if (sc->user_header_count > 0) {
		a->headers = mem_array(sc->user_header_count, sizeof(*a->headers));
		for (size_t i = 0; i < sc->user_header_count; i++) {
			buf_init(&a->headers[i], USER_HEADER_MAX);
		}
	}
	a->session = env->ops->session_new(env->transport);
}

void actor_fini(struct actor *a)
{
	flights_end(&a->env->flights, &a->flight);
	a->env->ops->session_free(a->session);
	for (size_t i = 0; a->headers != NULL && i < a->env->scenario->user_header_count; i++) {
		buf_fini(&a->headers[i]);
	}
	free(a->headers);
	buf_fini(&a->request);
	cookies_fini(&a->cookies);
	vars_free(a->vars);
	*a = (struct actor){ 0 };
}

static uint32_t clip(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* The one place where requests become samples. */
static void record(struct actor *a, const struct step *step, enum sample_outcome outcome,
		   enum failure_kind kind, int detail, unsigned status, uint64_t first_byte_ns,
		   uint64_t end_ns)
{
	struct sample sample = { .type = SAMPLE_REQUEST,
				 .outcome = (uint8_t)outcome,
				 .kind = (uint8_t)kind,
				 .endpoint = (uint16_t)step->endpoint,
				 .class_id = a->class_id,
				 .end_ns = end_ns };

	sample.u.request.intended_ns = a->intended_ns != 0 ? a->intended_ns : a->start_ns;
	sample.u.request.start_ns = a->start_ns;
	sample.u.request.bytes_in = clip(a->bytes_in);
	sample.u.request.bytes_out = clip(a->bytes_out);
	sample.u.request.body_bytes = clip(a->body_bytes);
	sample.u.request.ttfb_us =
		first_byte_ns > a->start_ns ? clip((first_byte_ns - a->start_ns) / 1000) : 0;
	sample.u.request.detail = detail;
	sample.u.request.status = (uint16_t)status;
	sample.u.request.flags = (uint8_t)(a->flags | a->hop_flags);
	sample.u.request.extra = (uint8_t)(a->extra < UINT8_MAX ? a->extra : UINT8_MAX);
	sample.u.request.user = clip(a->number);
	sample.u.request.connect_us = clip(a->connect_ns / 1000);
	outbox_push(&a->env->outbox, &sample);
}

/* Behind the sample: failures are rare, and if not, most are left out. */
static void capture(struct actor *a, const struct step *step, const struct transport_result *result,
		    enum failure_kind kind, int detail, uint64_t end_ns)
{
	const struct capture_failure failure = {
		.step = step,
		.result = result,
		.kind = (uint8_t)kind,
		.flags = (uint8_t)(a->flags | a->hop_flags),
		.detail = detail,
		.status = result != NULL ? result->status : SAMPLE_NO_STATUS,
		.end_ns = end_ns,
	};

	capture_failure(&a->env->capture, a, &failure);
}

static void start_hop(struct actor *a, uint64_t timeout_ns)
{
	const struct step *step = a->step;
	const struct http_options *http = &a->env->scenario->http;
	bool file = step->body_kind == BODY_FILE;
	const struct transport_request request = {
		.method = a->method,
		.tls = a->place.tls,
		.host = actor_host(a),
		.port = a->place.port,
		.path = actor_path(a),
		.path_len = a->place.path_len,
		.headers = a->request.data + a->headers_at,
		.headers_len = a->headers_len,
		.body = file ? step->file : a->request.data + a->body_at,
		.body_len = a->body_len,
		.has_body = a->has_body,
		.want_body = step->want_body,
		.want_headers = step->want_headers || step->follow_redirects || http->cookies,
		.timeout_ns = timeout_ns,
		.step = step,
	};

	a->env->ops->start(a->session, &request, on_result, a);
}

bool actor_begin(struct actor *a, const struct step *step, uint64_t intended_ns)
{
	int result = actor_render(a, step);

	a->start_ns = a->env->now_ns();
	a->intended_ns = intended_ns;
	a->hops = 0;
	a->extra = 0;
	a->hop_flags = 0;
	a->connect_ns = a->bytes_in = a->bytes_out = a->body_bytes = 0;
	if (result != 0) {
		record(a, step, OUTCOME_FAILED, FAILURE_RENDER, -result, SAMPLE_NO_STATUS, 0,
		       a->start_ns);
		capture(a, step, NULL, FAILURE_RENDER, -result, a->start_ns);
		return false;
	}
	if (step->body_kind == BODY_FILE) {
		a->body_len = step->file_len;
	}
	a->step = step;
	flights_begin(&a->env->flights, &a->flight, step->endpoint, a->start_ns);
	start_hop(a, step->timeout_ns);
	return true;
}

void actor_abort(struct actor *a)
{
	if (a->step != NULL) {
		a->env->ops->cancel(a->session);
	}
}

/* ---- the answer --------------------------------------------------------------------------- */

/* The value of the first header line of that name; NULL when there is none. */
static const char *find_header(const struct transport_result *result, const char *name,
			       size_t *value_len)
{
	size_t n = strlen(name);
	const char *at = result->headers, *end = at + result->headers_len;

	while (at != NULL && at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((eol != NULL ? eol : end) - at);
		if (len > n && at[n] == ':' && strncasecmp(at, name, n) == 0) {
			const char *value = at + n + 1;
			len -= n + 1;
			while (len > 0 && (*value == ' ' || *value == '\t')) {
				value++;
				len--;
			}
			while (len > 0 && (value[len - 1] == '\r' || value[len - 1] == ' ')) {
				len--;
			}
			*value_len = len;
			return value;
		}
		at = eol != NULL ? eol + 1 : end;
	}
	return NULL;
}

static bool is_redirect(unsigned status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Keep cookies of this answer. */
static void store_cookies(struct actor *a, const struct transport_result *result)
{
	if (!a->env->scenario->http.cookies || result->headers == NULL) {
		return;
	}
	const struct cookie_place place = {
		.host = actor_host(a),
		.path = actor_path(a),
		.path_len = a->place.path_len,
		.tls = a->place.tls,
		.now_s = (int64_t)(clock_wall_ns() / CLOCK_NS_PER_SEC),
	};
	cookies_store(&a->cookies, result->headers, result->headers_len, &place);
}

/* Follow when the answer asks for it. True: the next hop is on its way. Else *kind tells
 * whether the answer stands (FAILURE_NONE) or following it failed. */
static bool follow(struct actor *a, const struct transport_result *result, enum failure_kind *kind,
		   int *detail)
{
	const struct step *step = a->step;
	size_t len = 0;

	*kind = FAILURE_NONE;
	if (!step->follow_redirects || !is_redirect(result->status)) {
		return false;
	}
	const char *text = find_header(result, "Location", &len);
	if (text == NULL) {
		return false;
	}
	uint64_t spent = a->env->now_ns() - a->start_ns;
	int code = 0;
	if (a->hops == HOPS_MAX) {
		*kind = FAILURE_OTHER;
		*detail = CURLE_TOO_MANY_REDIRECTS;
	} else if (step->timeout_ns != 0 && spent >= step->timeout_ns) {
		*kind = FAILURE_TIMEOUT;
	} else if ((code = actor_redirect(a, result->status, text, len)) != 0) {
		*kind = FAILURE_OTHER;
		*detail =
			code == -EPROTONOSUPPORT ? CURLE_UNSUPPORTED_PROTOCOL : CURLE_URL_MALFORMAT;
	} else {
		a->hops++;
		a->extra++;
		a->hop_flags |= SAMPLE_FLAG_REDIRECTED;
		start_hop(a, step->timeout_ns != 0 ? step->timeout_ns - spent : 0);
		return true;
	}
	return false;
}

static enum failure_kind judge(struct actor *a, const struct transport_result *result, int *detail)
{
	const struct step *step = a->step;

	if (!step_accepts(step, result->status)) {
		return FAILURE_STATUS;
	}
	if (step->check_count == 0 && step->extract_count == 0) {
		return FAILURE_NONE;
	}
	const struct response_view view = { .status = result->status,
					    .headers = result->headers,
					    .headers_len = result->headers_len,
					    .body = result->body,
					    .body_len = result->body_len };
	return step_judge(a->env->scenario, step, &view, a->vars, detail);
}

/* What a successful step sets for this actor from now on; a header whose variable is unset is
 * left out. */
static void set_headers(struct actor *a, const struct step *step)
{
	const struct template_env env = {
		.rng = &a->rng, .vars = a->vars, .user = a->number, .iteration = a->iteration
	};

	for (size_t i = 0; i < step->then_header_count; i++) {
		const struct header *header = &step->then_headers[i];
		struct buf *line = &a->headers[header->user_slot];
		uint64_t bit = UINT64_C(1) << header->user_slot;

		buf_reset(line);
		(void)buf_adds(line, header->name);
		(void)buf_add(line, ": ", 2);
		if (template_render(header->value, &env, line, NULL) == 0 &&
		    buf_add(line, "\r\n", 2) == 0) {
			a->headers_set |= bit;
		} else {
			a->headers_set &= ~bit;
		}
	}
}

static void on_result(void *arg, const struct transport_result *result)
{
	struct actor *a = arg;
	const struct step *step = a->step;
	struct actor_outcome outcome = { .aborted = result->aborted, .status = result->status };
	int detail = result->detail;

	a->bytes_in += result->bytes_in;
	a->bytes_out += result->bytes_out;
	a->body_bytes += result->body_bytes;
	a->connect_ns += result->connect_ns;
	a->extra += result->repeated;
	a->hop_flags |= result->new_connection ? SAMPLE_FLAG_NEW_CONNECTION : 0;
	if (a->hops == 0 && result->start_ns > a->start_ns) {
		a->start_ns = result->start_ns; /* the transport knows better */
	}
	if (!result->aborted) {
		outcome.kind = result->kind;
		if (result->kind == FAILURE_NONE) {
			store_cookies(a, result);
			if (follow(a, result, &outcome.kind, &detail)) {
				return;
			}
			if (outcome.kind == FAILURE_NONE) {
				outcome.kind = judge(a, result, &detail);
			}
		}
		outcome.ok = outcome.kind == FAILURE_NONE;
	}
	if (outcome.ok) {
		set_headers(a, step);
	}
	if (outcome.kind == FAILURE_LOCAL) {
		env_no_files(a->env, detail);
	}
	a->step = NULL;
	flights_end(&a->env->flights, &a->flight);
	enum sample_outcome counted = result->aborted ? OUTCOME_ABORTED
				      : outcome.ok    ? OUTCOME_OK
						      : OUTCOME_FAILED;
	record(a, step, counted, outcome.kind, outcome.ok ? 0 : detail, result->status,
	       result->first_byte_ns, result->end_ns);
	if (counted == OUTCOME_FAILED) {
		capture(a, step, result, outcome.kind, detail, result->end_ns);
	}
	a->done(a, &outcome);
}
