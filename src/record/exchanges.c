/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/exchanges.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "message/example.h"
#include "message/exchange.h"
#include "message/sample.h"
#include "record/exchange_json.h"
#include "record/exchange_note.h"

/* A line for each failure, newest exchange first in it. Looking for one walks the lines: 200 at most
 * and a few dozen times a second. `order` counts what was added, so that the oldest of all is
 * known. */

struct kind {
	unsigned endpoint;
	uint8_t kind;
	uint16_t status;
	int32_t detail;
	bool setup;
	size_t count;
	const struct example *list[EXCHANGES_EACH];
	uint64_t order[EXCHANGES_EACH];
};

struct exchanges {
	struct exchange_notes *notes;
	struct kind kinds[EXCHANGES_KINDS_MAX];
	size_t kind_count;
	size_t bytes;
	uint64_t seen, version;
};

struct exchanges *exchanges_new(const struct scenario *scenario)
{
	struct exchanges *exchanges = mem_new(sizeof(*exchanges));

	exchanges->notes = exchange_notes_new(scenario);
	return exchanges;
}

static void drop_last(struct exchanges *exchanges, struct kind *kind)
{
	const struct example *last = kind->list[--kind->count];

	exchanges->bytes -= last->bytes;
	exchanges->version++;
	example_unref(last);
}

void exchanges_free(struct exchanges *exchanges)
{
	if (exchanges == NULL)
		return;
	for (size_t i = 0; i < exchanges->kind_count; i++)
		while (exchanges->kinds[i].count > 0)
			drop_last(exchanges, &exchanges->kinds[i]);
	exchange_notes_free(exchanges->notes);
	free(exchanges);
}

static struct kind *find(struct exchanges *exchanges, const struct kind *key)
{
	for (size_t i = 0; i < exchanges->kind_count; i++) {
		struct kind *kind = &exchanges->kinds[i];

		if (kind->endpoint == key->endpoint && kind->kind == key->kind &&
		    kind->status == key->status && kind->detail == key->detail &&
		    kind->setup == key->setup)
			return kind;
	}
	return NULL;
}

static void drop_oldest(struct exchanges *exchanges)
{
	struct kind *oldest = NULL;

	for (size_t i = 0; i < exchanges->kind_count; i++) {
		struct kind *kind = &exchanges->kinds[i];

		/* the only one of a failure says more than the second of another */
		if (kind->count > 1 && (oldest == NULL || kind->order[kind->count - 1] <
								  oldest->order[oldest->count - 1]))
			oldest = kind;
	}
	for (size_t i = 0; oldest == NULL && i < exchanges->kind_count; i++)
		if (exchanges->kinds[i].count > 0)
			oldest = &exchanges->kinds[i];
	if (oldest != NULL)
		drop_last(exchanges, oldest);
}

void exchanges_add(struct exchanges *exchanges, const struct exchange *exchange, uint64_t start_ns,
		   uint64_t wall_ns)
{
	const struct kind key = { .endpoint = exchange->endpoint,
				  .kind = exchange->kind,
				  .status = exchange->status,
				  .detail = exchange->detail,
				  .setup = (exchange->flags & SAMPLE_FLAG_SETUP) != 0 };
	struct kind *kind;

	if (key.setup && exchange->end_ns < start_ns) /* came behind exchanges_start */
		return;
	kind = find(exchanges, &key);
	exchanges->seen++;
	if (kind == NULL) {
		if (exchanges->kind_count == EXCHANGES_KINDS_MAX)
			return;
		kind = &exchanges->kinds[exchanges->kind_count++];
		*kind = key;
	}
	if (kind->count == EXCHANGES_EACH)
		drop_last(exchanges, kind);
	memmove(kind->list + 1, kind->list, kind->count * sizeof(kind->list[0]));
	memmove(kind->order + 1, kind->order, kind->count * sizeof(kind->order[0]));
	kind->list[0] = exchange_note(exchanges->notes, exchange, start_ns, wall_ns);
	kind->order[0] = exchanges->seen;
	kind->count++;
	exchanges->bytes += kind->list[0]->bytes;
	exchanges->version++;
	while (exchanges->bytes > EXCHANGES_BYTES_MAX)
		drop_oldest(exchanges);
}

/* Those of the setup and teardown, or the others. */
static void forget(struct exchanges *exchanges, bool setup)
{
	size_t kept = 0;

	for (size_t i = 0; i < exchanges->kind_count; i++) {
		struct kind *kind = &exchanges->kinds[i];

		if (kind->setup != setup) {
			exchanges->kinds[kept++] = *kind;
			continue;
		}
		while (kind->count > 0)
			drop_last(exchanges, kind);
	}
	exchanges->kind_count = kept;
}

void exchanges_start(struct exchanges *exchanges)
{
	forget(exchanges, true);
}

void exchanges_reset(struct exchanges *exchanges)
{
	forget(exchanges, false);
}

size_t exchanges_of(const struct exchanges *exchanges, unsigned endpoint, unsigned kind,
		    unsigned status, int detail, const struct example *const **list)
{
	for (size_t i = 0; exchanges != NULL && i < exchanges->kind_count; i++) {
		const struct kind *at = &exchanges->kinds[i];

		if (at->endpoint == endpoint && at->kind == kind && at->status == status &&
		    at->detail == detail && !at->setup) {
			*list = at->list;
			return at->count;
		}
	}
	*list = NULL;
	return 0;
}

uint64_t exchanges_version(const struct exchanges *exchanges)
{
	return exchanges != NULL ? exchanges->version : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct example *x = *(const struct example *const *)a;
	const struct example *y = *(const struct example *const *)b;

	return (x->wall_ns > y->wall_ns) - (x->wall_ns < y->wall_ns);
}

void exchanges_write(const struct exchanges *exchanges, struct buf *out)
{
	const struct example *all[EXCHANGES_KINDS_MAX * EXCHANGES_EACH];
	size_t count = 0;

	for (size_t i = 0; exchanges != NULL && i < exchanges->kind_count; i++)
		for (size_t k = 0; k < exchanges->kinds[i].count; k++)
			all[count++] = exchanges->kinds[i].list[k];
	if (count > 0)
		qsort(all, count, sizeof(all[0]), by_time);
	for (size_t i = 0; i < count; i++)
		exchange_json_line(out, all[i]);
}
