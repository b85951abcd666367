/* SPDX-License-Identifier: MIT */
/* Building the request of a step, and of the hops of a redirect. Everything lies in one buffer
 * per actor that keeps its memory, so a steady run allocates nothing; the buffer may move while
 * it grows, so parts are remembered by place. */
#include "config.h"

#include "engine/actor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "engine/env.h"
#include "scenario/scenario.h"
#include "scenario/template.h"
#include "scenario/vars.h"

#define AGENT  "User-Agent: throng/" PACKAGE_VERSION "\r\n"
#define ACCEPT "Accept: */*\r\n"

const char *actor_host(const struct actor *a)
{
	return a->home ? a->env->scenario->target.host : a->request.data + a->place.host_at;
}

const char *actor_path(const struct actor *a)
{
	return a->request.data + a->place.path_at;
}

static struct template_env template_env_of(struct actor *a)
{
	return (struct template_env){
		.rng = &a->rng, .vars = a->vars, .user = a->number, .iteration = a->iteration
	};
}

/* An absolute URL, from the step or from what was inserted. */
static int render_elsewhere(struct actor *a, const struct step *step,
			    const struct template_env *env)
{
	struct buf *scratch = &a->env->scratch;

	buf_reset(scratch);
	int result = template_render(step->path, env, scratch, NULL);
	if (result == 0) {
		a->home = false;
		result = location_parse(&a->place, buf_str(scratch), scratch->len, &a->request);
	}
	return result;
}

static int render_path(struct actor *a, const struct step *step, const struct template_env *env)
{
	const struct url *target = &a->env->scenario->target;
	struct rng rng = a->rng;

	if (step->absolute) {
		return render_elsewhere(a, step, env);
	}
	a->home = true;
	a->place.tls = target->tls;
	a->place.port = target->port;
	a->place.path_at = a->request.len;
	(void)buf_adds(&a->request, target->base_path);
	size_t own = a->request.len;
	int result = template_render(step->path, env, &a->request, NULL);
	if (result != 0) {
		return result;
	}
	if (a->request.len == own || a->request.data[own] != '/') {
		/* begins with an insertion that is no path: a whole URL, with the same values */
		a->rng = rng;
		a->request.len = a->place.path_at;
		return render_elsewhere(a, step, env);
	}
	a->place.path_len = a->request.len - a->place.path_at;
	return buf_addc(&a->request, '\0');
}

/* Which of our own headers a header of the scenario stands in for. */
struct own_headers {
	bool agent, accept, cookie;
};

static void note_name(struct own_headers *seen, const char *name)
{
	switch (name[0] | 0x20) {
	case 'u':
		seen->agent |= strcasecmp(name, "User-Agent") == 0;
		break;
	case 'a':
		seen->accept |= strcasecmp(name, "Accept") == 0;
		break;
	case 'c':
		seen->cookie |= strcasecmp(name, "Cookie") == 0;
		break;
	default:
		break;
	}
}

static void add_cookies(struct actor *a)
{
	if (a->cookies.count == 0) {
		return;
	}
	const struct cookie_place place = {
		.host = actor_host(a),
		.path = actor_path(a),
		.path_len = a->place.path_len,
		.tls = a->place.tls,
		.now_s = (int64_t)(clock_wall_ns() / CLOCK_NS_PER_SEC),
	};
	/* The place lies in the buffer that grows: the line is written elsewhere first. */
	struct buf *scratch = &a->env->scratch;
	buf_reset(scratch);
	cookies_add_header(&a->cookies, &place, scratch);
	(void)buf_add(&a->request, scratch->data, scratch->len);
}

static int render_headers(struct actor *a, const struct step *step, const struct template_env *env)
{
	struct own_headers seen = { 0 };
	struct buf *out = &a->request;
	uint64_t user_set = a->headers_set & ~step->own_user_headers;

	a->headers_at = out->len;
	for (size_t i = 0; i < step->header_count; i++) {
		const struct header *header = &step->headers[i];
		if (!step_header_applies(step, i, a->headers_set)) {
			continue;
		}
		note_name(&seen, header->name);
		(void)buf_adds(out, header->name);
		(void)buf_add(out, ": ", 2);
		int result = template_render(header->value, env, out, NULL);
		if (result != 0) {
			return result;
		}
		(void)buf_add(out, "\r\n", 2);
	}
	for (uint64_t bits = user_set; bits != 0; bits &= bits - 1) {
		const struct buf *line = &a->headers[__builtin_ctzll(bits)];
		(void)buf_add(out, line->data, line->len);
	}
	if (!seen.agent && (user_set & a->env->agent_slots) == 0) {
		(void)buf_add(out, AGENT, sizeof(AGENT) - 1);
	}
	if (!seen.accept && (user_set & a->env->accept_slots) == 0) {
		(void)buf_add(out, ACCEPT, sizeof(ACCEPT) - 1);
	}
	if (step->content_type != NULL) {
		(void)buf_adds(out, "Content-Type: ");
		(void)buf_adds(out, step->content_type);
		(void)buf_add(out, "\r\n", 2);
	}
	if (!seen.cookie && (user_set & a->env->cookie_slots) == 0) {
		add_cookies(a);
	}
	a->headers_len = out->len - a->headers_at;
	return out->overflow ? -EMSGSIZE : 0;
}

int actor_render(struct actor *a, const struct step *step)
{
	const struct template_env env = template_env_of(a);

	buf_reset(&a->request);
	a->method = step->method;
	a->has_body = step->body_kind != BODY_NONE;
	int result = render_path(a, step, &env);
	if (result == 0) {
		result = render_headers(a, step, &env);
	}
	if (result == 0) {
		a->body_at = a->request.len;
		if (step->body != NULL && step->body_kind != BODY_FILE) {
			result = template_render(step->body, &env, &a->request, NULL);
		}
		a->body_len = a->request.len - a->body_at;
	}
	return result;
}

/* ---- redirects ---------------------------------------------------------------------------- */

static bool line_is(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && line[n] == ':' && strncasecmp(line, name, n) == 0;
}

/* As requests' should_strip_auth: another host, or another origin unless it is only the step
 * up from http to https at the default ports. */
static bool leaves_origin(const struct actor *a, const struct location *old)
{
	if (strcasecmp(a->request.data + old->host_at, actor_host(a)) != 0) {
		return true;
	}
	if (!old->tls && old->port == 80 && a->place.tls && a->place.port == 443) {
		return false;
	}
	return old->tls != a->place.tls || old->port != a->place.port;
}

static void copy_headers(struct actor *a, bool without_body, bool without_auth)
{
	struct buf *out = &a->request;
	size_t at = a->headers_at, end = a->headers_at + a->headers_len;

	a->headers_at = out->len;
	/* room first: lines are copied within the buffer */
	if (buf_reserve(out, a->headers_len) == NULL) {
		return;
	}
	while (at < end) {
		const char *line = out->data + at;
		const char *eol = memchr(line, '\n', end - at);
		size_t len = eol != NULL ? (size_t)(eol + 1 - line) : end - at;
		bool skip = line_is(line, len, "Cookie") ||
			    (without_body && line_is(line, len, "Content-Type")) ||
			    (without_auth && line_is(line, len, "Authorization"));
		if (!skip) {
			(void)buf_add(out, line, len);
		}
		at += len;
	}
	add_cookies(a);
	a->headers_len = out->len - a->headers_at;
}

int actor_redirect(struct actor *a, unsigned status, const char *text, size_t len)
{
	/* where it was; stays in the buffer for comparing */
	struct location base = a->place, next;

	if (a->home) {
		base.host_at = a->request.len;
		(void)buf_adds(&a->request, a->env->scenario->target.host);
		(void)buf_addc(&a->request, '\0');
	}
	int result = location_resolve(&next, &base, text, len, &a->request);
	if (result != 0) {
		return result;
	}
	a->place = next;
	a->home = false;
	bool to_get = (status == 303 && strcmp(a->method, "HEAD") != 0) ||
		      (status == 302 && strcmp(a->method, "HEAD") != 0) ||
		      (status == 301 && strcmp(a->method, "POST") == 0);
	bool drop_body = status != 307 && status != 308;
	if (to_get) {
		a->method = "GET";
	}
	if (drop_body) {
		a->has_body = false;
		a->body_len = 0;
	}
	bool strip = leaves_origin(a, &base);
	copy_headers(a, drop_body, strip);
	return a->request.overflow ? -EMSGSIZE : 0;
}
