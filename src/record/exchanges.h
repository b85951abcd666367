/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_EXCHANGES_H
#define THRONG_RECORD_EXCHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct example;
struct exchange;
struct scenario;

/* The last few failing exchanges of each failure (endpoint, kind, status and detail; setup and
 * teardown apart), masked. Bounded in number and bytes: a failure that is new when the number is
 * reached is left out; above the bytes the oldest ones go. Recorder thread. */
#define EXCHANGES_EACH      3
#define EXCHANGES_KINDS_MAX 200
#define EXCHANGES_BYTES_MAX ((size_t)8 * 1024 * 1024)

struct exchanges;

/* Main thread (reads the environment). Caller frees with exchanges_free. */
struct exchanges *exchanges_new(const struct scenario *scenario);
void exchanges_free(struct exchanges *exchanges); /* NULL is fine */
/* Take note of one; the caller gives it back to its engine. Times as for exchange_note. */
void exchanges_add(struct exchanges *exchanges, const struct exchange *exchange, uint64_t start_ns,
		   uint64_t wall_ns);
/* The load begins: what failed before was a target that was waited for until it was healthy. */
void exchanges_start(struct exchanges *exchanges);
/* Statistics begin anew: those of the load go, those of the setup stay. */
void exchanges_reset(struct exchanges *exchanges);
/* The rest of them may be asked of NULL, which holds nothing. */

/* Of one failure of the load, newest first. Returns how many; list is valid until the next add. */
size_t exchanges_of(const struct exchanges *exchanges, unsigned endpoint, unsigned kind,
		    unsigned status, int detail, const struct example *const **list);
/* Changes with everything that is added or goes: to know whether a file must be written anew. */
uint64_t exchanges_version(const struct exchanges *exchanges);
/* Append all that are kept, in the order of their time, one JSON object a line. */
void exchanges_write(const struct exchanges *exchanges, struct buf *out);

#endif
