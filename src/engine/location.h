/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_LOCATION_H
#define THRONG_ENGINE_LOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Where a request goes. The texts lie in a buffer that may still move: places, not pointers. */
struct location {
	bool tls;
	uint16_t port;
	size_t host_at; /* NUL-terminated, without brackets, lower case */
	size_t path_at; /* origin form "/a?b", NUL-terminated */
	size_t path_len;
};

/* Append the parts of an absolute http or https URL to `store`; its fragment and userinfo are
 * left out, an empty path becomes "/". 0; -EPROTONOSUPPORT for another scheme, -EINVAL when it
 * is no URL, -EMSGSIZE. `text` may not point into store. */
int location_parse(struct location *out, const char *text, size_t len, struct buf *store)
	__attribute__((warn_unused_result));

/* Resolve a Location header's value against `base` (RFC 3986, 5.2, dot segments removed); bytes
 * that may not stand in a URL are percent-encoded. Appends to `store`, in which base lies too.
 * Results as above. */
int location_resolve(struct location *out, const struct location *base, const char *text,
		     size_t len, struct buf *store) __attribute__((warn_unused_result));

#endif
