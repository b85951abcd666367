/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_RESOLVER_H
#define THRONG_ENGINE_RESOLVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

struct event_base;

/* Names to addresses without ever holding the loop: getaddrinfo (so /etc/hosts, nsswitch and the
 * rest hold) runs in a short-lived thread, what it found stays known for a minute and is
 * refreshed behind the users' backs. One per transport, used in the engine's thread. */
struct resolver;

/* One host and port, or one Unix socket, and where it can be reached. */
struct resolver_name;

struct resolver_address {
	int family;
	socklen_t len;
	const struct sockaddr *addr;
};

/* Somebody who waits for an answer; embedded, zero when not waiting. */
struct resolver_waiter {
	void (*answered)(void *arg); /* from the loop: ask resolver_query again */
	void *arg;
	struct resolver_name *name; /* NULL: does not wait */
	TAILQ_ENTRY(resolver_waiter) link;
};

/* Abort the program when out of memory. Names are freed before the resolver, waiters leave
 * before their name is freed. */
struct resolver *resolver_new(struct event_base *base, uint64_t (*now_ns)(void));
void resolver_free(struct resolver *resolver); /* NULL is fine; never waits for a lookup */
struct resolver_name *resolver_name_new(struct resolver *resolver, const char *host, uint16_t port);
/* -ENAMETOOLONG: longer than a socket address holds. */
int resolver_name_unix(struct resolver_name **out, struct resolver *resolver, const char *path)
	__attribute__((warn_unused_result));
void resolver_name_free(struct resolver_name *name); /* NULL is fine */

/* Are addresses known? 0: yes. -EINPROGRESS: the waiter is called once they are or cannot be.
 * -ENOENT: the name does not resolve (asked again after a second). -EAGAIN, -ENOMEM: this machine
 * has no thread or memory left for it. */
int resolver_query(struct resolver_name *name, struct resolver_waiter *waiter)
	__attribute__((warn_unused_result));
void resolver_leave(struct resolver_waiter *waiter); /* not waiting: nothing happens */

/* After resolver_query gave 0. How many addresses there are. */
unsigned resolver_count(const struct resolver_name *name);
/* Where a new connection starts: the addresses of the first family that works, in turn, so that
 * users spread over them. Those known not to work are left out while others do. */
unsigned resolver_first(struct resolver_name *name);
/* Address i modulo the count; valid until the next turn of the loop. */
struct resolver_address resolver_address(const struct resolver_name *name, unsigned i);
/* Tell how connecting to address i went. */
void resolver_report(struct resolver_name *name, unsigned i, bool works);

#endif
