/* SPDX-License-Identifier: MIT */
/* Raw exchanges and the way they take. Invariant of a link: each of its exchanges is in exactly one
 * place, one of the two rings or the hands of one of the two threads; both rings have room for all
 * of them, so that a push never fails. */
#include "config.h"

#include "message/exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ring.h"

struct exchange_link {
	struct ring *sent, *empty;
	struct exchange *items;
};

void exchange_clear(struct exchange *exchange)
{
	memset(exchange, 0, offsetof(struct exchange, data));
}

void exchange_put(struct exchange *exchange, enum exchange_part part, const char *data, size_t len,
		  size_t max, uint64_t full)
{
	size_t kept = len < max ? len : max;

	assert(kept <= sizeof(exchange->data) - exchange->used);
	exchange->parts[part].at = exchange->used;
	exchange->parts[part].len = (uint32_t)kept;
	exchange->parts[part].full = full > len ? full : len;
	if (kept > 0)
		memcpy(exchange->data + exchange->used, data, kept);
	exchange->used += (uint32_t)kept;
}

const char *exchange_part(const struct exchange *exchange, enum exchange_part part, size_t *len)
{
	*len = exchange->parts[part].len;
	return exchange->data + exchange->parts[part].at;
}

/* In secrets: slot and length, two bytes each, then the value. */

void exchange_add_secret(struct exchange *exchange, uint16_t slot, const char *value, size_t len)
{
	uint16_t short_len = (uint16_t)len;
	char *to = exchange->secrets + exchange->secrets_used;

	if (len == 0)
		return;
	if (len + 4 > sizeof(exchange->secrets) - exchange->secrets_used) {
		exchange->secrets_cut = true;
		return;
	}
	memcpy(to, &slot, 2);
	memcpy(to + 2, &short_len, 2);
	memcpy(to + 4, value, len);
	exchange->secrets_used += (uint32_t)len + 4;
}

bool exchange_next_secret(const struct exchange *exchange, uint32_t *at, uint16_t *slot,
			  const char **value, size_t *len)
{
	const char *from = exchange->secrets + *at;
	uint16_t short_len;

	if (*at >= exchange->secrets_used)
		return false;
	memcpy(slot, from, 2);
	memcpy(&short_len, from + 2, 2);
	*value = from + 4;
	*len = short_len;
	*at += 4 + (uint32_t)short_len;
	return true;
}

void exchange_wipe(struct exchange *exchange)
{
	explicit_bzero(exchange->data, exchange->used);
	explicit_bzero(exchange->secrets, exchange->secrets_used);
	exchange_clear(exchange);
}

int exchange_link_new(struct exchange_link **out)
{
	struct exchange_link *link = mem_new(sizeof(*link));
	int rc = ring_new(&link->sent, sizeof(struct exchange *), EXCHANGE_LINK_ITEMS);

	if (rc == 0)
		rc = ring_new(&link->empty, sizeof(struct exchange *), EXCHANGE_LINK_ITEMS);
	if (rc != 0) {
		exchange_link_free(link);
		return rc;
	}
	link->items = mem_array(EXCHANGE_LINK_ITEMS, sizeof(*link->items));
	for (size_t i = 0; i < EXCHANGE_LINK_ITEMS; i++) {
		struct exchange *item = &link->items[i];

		(void)ring_push(link->empty, &item);
	}
	*out = link;
	return 0;
}

void exchange_link_free(struct exchange_link *link)
{
	if (link == NULL)
		return;
	for (size_t i = 0; link->items != NULL && i < EXCHANGE_LINK_ITEMS; i++)
		exchange_wipe(&link->items[i]);
	ring_free(link->sent);
	ring_free(link->empty);
	free(link->items);
	free(link);
}

static struct exchange *next(struct ring *ring)
{
	struct exchange *exchange = NULL;

	return ring_drain(ring, &exchange, 1) == 1 ? exchange : NULL;
}

struct exchange *exchange_link_take(struct exchange_link *link)
{
	struct exchange *exchange = next(link->empty);

	if (exchange != NULL)
		exchange_clear(exchange);
	return exchange;
}

void exchange_link_send(struct exchange_link *link, struct exchange *exchange)
{
	bool sent = ring_push(link->sent, &exchange);

	assert(sent);
	(void)sent;
}

struct exchange *exchange_link_receive(struct exchange_link *link)
{
	return next(link->sent);
}

void exchange_link_return(struct exchange_link *link, struct exchange *exchange)
{
	bool returned;

	exchange_wipe(exchange);
	returned = ring_push(link->empty, &exchange);
	assert(returned);
	(void)returned;
}
