/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_COOKIES_H
#define THRONG_ENGINE_COOKIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* The cookies of one user (RFC 6265, without a public suffix list: a Domain attribute of a
 * single label is not accepted). At most COOKIES_MAX of at most COOKIE_BYTES_MAX each; the
 * oldest gives way. Memory of a cookie is reused for its next value. Owned by one thread. */
#define COOKIES_MAX      64
#define COOKIE_BYTES_MAX 4096

struct cookies {
	struct cookie *items; /* longest path first, then oldest first: the order they are sent */
	size_t count, cap;
	uint64_t births;
};

/* Where a request went or goes. Borrowed for the call. */
struct cookie_place {
	const char *host; /* lower case, no brackets */
	const char *path; /* origin form; a query is ignored */
	size_t path_len;
	bool tls;
	int64_t now_s; /* wall clock, seconds since 1970 */
};

void cookies_init(struct cookies *jar);
void cookies_fini(struct cookies *jar);
/* Keep what the Set-Cookie lines among an answer's raw header lines say; malformed ones are
 * ignored, as browsers do. */
void cookies_store(struct cookies *jar, const char *headers, size_t len,
		   const struct cookie_place *place);
/* Append "Cookie: a=b; c=d\r\n" when some cookie goes to that place, else nothing. */
void cookies_add_header(struct cookies *jar, const struct cookie_place *place, struct buf *out);

/* Seconds since 1970 of a cookie date (RFC 6265, 5.1.1), or -1 when it is none. */
int64_t cookies_parse_date(const char *text, size_t len);

#endif
