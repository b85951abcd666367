/* SPDX-License-Identifier: MIT */
/* The cost of a failure that is left out: one hash, one look at a table. Of one that is kept: a few
 * kilobytes copied, at most CAPTURE_PER_SECOND times a second. */
#include "config.h"

#include "engine/capture.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "engine/actor.h"
#include "engine/env.h"
#include "engine/transport.h"
#include "message/exchange.h"
#include "scenario/scenario.h"
#include "scenario/vars.h"

void capture_init(struct capture *capture, const struct scenario *scenario,
		  struct exchange_link *link)
{
	*capture = (struct capture){ .link = link };
	if (link != NULL)
		secrets_init(&capture->secrets, scenario);
}

void capture_fini(struct capture *capture)
{
	secrets_fini(&capture->secrets);
}

bool capture_admits(struct capture *capture, uint64_t key, uint64_t now_ns)
{
	uint64_t second = now_ns / CLOCK_NS_PER_SEC;
	struct capture_kind *kind;

	if (second != capture->second) {
		capture->second = second;
		capture->count = 0;
	}
	if (capture->count == CAPTURE_PER_SECOND)
		return false;
	kind = &capture->kinds[(key * 0x9e3779b97f4a7c15ULL >> 56) % CAPTURE_KINDS];
	if (kind->key != key || kind->second != second)
		*kind = (struct capture_kind){ .key = key, .second = second };
	if (kind->count == CAPTURE_KIND_PER_SECOND)
		return false;
	kind->count++;
	capture->count++;
	return true;
}

static void put_request(struct exchange *exchange, const struct actor *a, const struct step *step)
{
	const char *host = actor_host(a);
	bool file = step->body_kind == BODY_FILE;
	const char *body = file ? step->file : a->request.data + a->body_at;

	exchange_put(exchange, EXCHANGE_HOST, host, strlen(host), EXCHANGE_HOST_MAX, 0);
	exchange_put(exchange, EXCHANGE_PATH, actor_path(a), a->place.path_len, EXCHANGE_PATH_MAX,
		     0);
	exchange_put(exchange, EXCHANGE_REQUEST_HEADERS, a->request.data + a->headers_at,
		     a->headers_len, EXCHANGE_HEADERS_MAX, 0);
	if (a->has_body)
		exchange_put(exchange, EXCHANGE_REQUEST_BODY, body, a->body_len, EXCHANGE_BODY_MAX,
			     0);
	exchange->port = a->place.port;
	exchange->tls = a->place.tls;
	exchange->home = a->home;
	exchange->has_body = a->has_body;
}

static void put_answer(struct exchange *exchange, const struct actor *a,
		       const struct transport_result *result)
{
	struct transport_kept kept;

	a->env->ops->kept(a->session, &kept);
	exchange->first_byte_ns = result->first_byte_ns;
	exchange->response_body_bytes = result->body_bytes;
	exchange->coded = kept.coded;
	exchange->headless = result->status == 0;
	exchange_put(exchange, EXCHANGE_RESPONSE_HEADERS, kept.headers, kept.headers_len,
		     EXCHANGE_HEADERS_MAX, 0);
	exchange_put(exchange, EXCHANGE_RESPONSE_BODY, kept.body, kept.body_len, EXCHANGE_BODY_MAX,
		     kept.coded ? 0 : result->body_bytes);
}

static void put_secrets(struct exchange *exchange, const struct secrets *secrets,
			const struct vars *vars)
{
	for (size_t i = 0; i < secrets->slot_count; i++) {
		uint16_t slot = secrets->slots[i];
		size_t count = vars_is_set(vars, slot) ? vars_list_count(vars, slot) : 0;

		for (size_t k = 0; k < count && !exchange->secrets_cut; k++) {
			size_t len;
			const char *value = vars_list_at(vars, slot, k, &len);

			exchange_add_secret(exchange, slot, value, len);
		}
	}
}

void capture_failure(struct capture *capture, const struct actor *a,
		     const struct capture_failure *failure)
{
	uint64_t key = (uint64_t)failure->step->endpoint << 48 | (uint64_t)failure->kind << 40 |
		       (uint64_t)(failure->status & 0x3ff) << 30 |
		       ((uint64_t)(unsigned)failure->detail & 0x3fffffff);
	struct exchange *exchange;

	if (capture->link == NULL || !capture_admits(capture, key, failure->end_ns))
		return;
	exchange = exchange_link_take(capture->link);
	if (exchange == NULL)
		return;
	exchange->intended_ns = a->intended_ns != 0 ? a->intended_ns : a->start_ns;
	exchange->start_ns = a->start_ns;
	exchange->end_ns = failure->end_ns;
	exchange->connect_ns = a->connect_ns;
	exchange->bytes_in = a->bytes_in;
	exchange->bytes_out = a->bytes_out;
	exchange->user = a->number;
	exchange->detail = failure->detail;
	exchange->endpoint = (uint16_t)failure->step->endpoint;
	exchange->class_id = a->class_id;
	exchange->status = (uint16_t)failure->status;
	exchange->hops = (uint16_t)a->hops;
	exchange->kind = failure->kind;
	exchange->flags = failure->flags;
	(void)snprintf(exchange->method, sizeof(exchange->method), "%s", a->method);
	put_secrets(exchange, &capture->secrets, a->vars);
	if (failure->result != NULL) {
		put_request(exchange, a, failure->step);
		put_answer(exchange, a, failure->result);
	}
	exchange_link_send(capture->link, exchange);
}
