/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/locust_failures.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "message/sample.h"
#include "record/locust_error.h"
#include "record/pystr.h"
#include "scenario/scenario.h"

/* A sample finds its row through a hash of (endpoint, kind, status, detail), without looking at
 * text. Text and key are made when such a failure is met for the first time; two of them with the
 * same text share a row. */

#define SLOTS      8192 /* a power of two, at least twice the entries that may be in it */
#define LINKS_MAX  (2 * LOCUST_FAILURES_MAX)
#define TEXT_MAX   4096
#define REST_TEXT  "RequestException('further kinds of failures, not kept apart')"
#define NO_FAILURE SIZE_MAX

struct link {
	bool used;
	unsigned endpoint;
	struct locust_error error;
	size_t failure;
};

struct locust_failures {
	const struct scenario *scenario;
	struct link *slots;
	size_t link_count;
	struct locust_failure *list; /* LOCUST_FAILURES_MAX and one for the rest */
	size_t *sorted;
	size_t count;
	size_t rest; /* the row of the rest, or NO_FAILURE */
	struct buf scratch;
};

struct locust_failures *locust_failures_new(const struct scenario *scenario)
{
	struct locust_failures *failures = mem_new(sizeof(*failures));

	failures->scenario = scenario;
	failures->slots = mem_array(SLOTS, sizeof(failures->slots[0]));
	failures->list = mem_array(LOCUST_FAILURES_MAX + 1, sizeof(failures->list[0]));
	failures->sorted = mem_array(LOCUST_FAILURES_MAX + 1, sizeof(failures->sorted[0]));
	failures->rest = NO_FAILURE;
	buf_init(&failures->scratch, (size_t)64 * 1024);
	return failures;
}

void locust_failures_free(struct locust_failures *failures)
{
	if (failures == NULL)
		return;
	locust_failures_reset(failures);
	buf_fini(&failures->scratch);
	free(failures->sorted);
	free(failures->list);
	free(failures->slots);
	free(failures);
}

void locust_failures_reset(struct locust_failures *failures)
{
	for (size_t i = 0; i < failures->count; i++)
		free(failures->list[i].text);
	memset(failures->slots, 0, SLOTS * sizeof(failures->slots[0]));
	failures->count = 0;
	failures->link_count = 0;
	failures->rest = NO_FAILURE;
}

static struct link *find_link(const struct locust_failures *failures, unsigned endpoint,
			      const struct locust_error *error)
{
	uint64_t hash = ((uint64_t)endpoint << 40 ^ (uint64_t)error->kind << 32 ^
			 (uint64_t)error->status << 16 ^ (uint32_t)error->detail) *
			0x9e3779b97f4a7c15ULL;
	size_t slot = (size_t)(hash >> 32) & (SLOTS - 1);

	for (;; slot = (slot + 1) & (SLOTS - 1)) {
		struct link *link = &failures->slots[slot];

		if (!link->used ||
		    (link->endpoint == endpoint && link->error.kind == error->kind &&
		     link->error.status == error->status && link->error.detail == error->detail))
			return link;
	}
}

/* StatsError.create_key: sha256(f"{method}.{name}.{error!r}"). */
static void make_key(struct locust_failures *failures, struct locust_failure *failure)
{
	struct buf *key = &failures->scratch;

	buf_reset(key);
	buf_addf(key, "%s.%s.", failure->method, failure->name);
	pystr_repr(key, failure->text, strlen(failure->text));
	sha256_hex(buf_str(key), key->len, failure->key);
}

static void insert_sorted(struct locust_failures *failures, size_t index)
{
	const char *key = failures->list[index].key;
	size_t at = index;

	while (at > 0 && strcmp(failures->list[failures->sorted[at - 1]].key, key) > 0) {
		failures->sorted[at] = failures->sorted[at - 1];
		at--;
	}
	failures->sorted[at] = index;
}

static size_t append(struct locust_failures *failures, const char *method, const char *name,
		     const char *text)
{
	size_t index = failures->count;
	struct locust_failure *failure = &failures->list[index];

	*failure = (struct locust_failure){ .method = method, .name = name };
	failure->text = mem_strdup(text);
	make_key(failures, failure);
	insert_sorted(failures, index);
	failures->count++;
	return index;
}

static size_t row_of_rest(struct locust_failures *failures)
{
	if (failures->rest == NO_FAILURE)
		failures->rest = append(failures, "", "other", REST_TEXT);
	return failures->rest;
}

/* The row with this endpoint and text, made when there is none yet. */
static size_t row_of(struct locust_failures *failures, unsigned endpoint,
		     const struct locust_error *error)
{
	const struct endpoint *names = &failures->scenario->endpoints[endpoint];
	char text[TEXT_MAX];
	struct buf *buf = &failures->scratch;

	buf_reset(buf);
	if (locust_error_text(failures->scenario, endpoint, error, buf) != 0 ||
	    buf->len >= sizeof(text))
		return row_of_rest(failures);
	memcpy(text, buf_str(buf), buf->len + 1);
	for (size_t i = 0; i < failures->count; i++) {
		const struct locust_failure *known = &failures->list[i];

		if (known->method == names->method && known->name == names->name &&
		    strcmp(known->text, text) == 0)
			return i;
	}
	if (failures->count - (failures->rest != NO_FAILURE) >= LOCUST_FAILURES_MAX)
		return row_of_rest(failures);
	return append(failures, names->method, names->name, text);
}

void locust_failures_add(struct locust_failures *failures, const struct sample *sample,
			 uint64_t wall_ns)
{
	struct locust_error error = { .kind = (enum failure_kind)sample->kind,
				      .status = sample->u.request.status,
				      .detail = sample->u.request.detail };
	struct locust_failure *failure;
	struct link *link;

	locust_error_normalise(&error);
	link = find_link(failures, sample->endpoint, &error);
	if (!link->used && failures->link_count == LINKS_MAX) {
		failure = &failures->list[row_of_rest(failures)];
	} else {
		if (!link->used) {
			*link = (struct link){ .used = true,
					       .endpoint = sample->endpoint,
					       .error = error,
					       .failure =
						       row_of(failures, sample->endpoint, &error) };
			failures->link_count++;
		}
		failure = &failures->list[link->failure];
	}
	if (failure->count++ == 0)
		failure->first_wall_ns = wall_ns;
	if (wall_ns > failure->last_wall_ns)
		failure->last_wall_ns = wall_ns;
}

size_t locust_failures_count(const struct locust_failures *failures)
{
	return failures->count;
}

const struct locust_failure *locust_failures_at(const struct locust_failures *failures, size_t i)
{
	return &failures->list[i];
}

const struct locust_failure *locust_failures_sorted_at(const struct locust_failures *failures,
						       size_t i)
{
	return &failures->list[failures->sorted[i]];
}
