/* SPDX-License-Identifier: MIT */
/* Asynchronous getaddrinfo with a memory.
 *
 * A lookup is a job that belongs to its thread alone until the thread has written the job's
 * pointer into a socket; reading it there takes it over. A resolver that goes away shuts its
 * end first and then empties it, so each job is freed once: by the reader, or by the thread
 * whose send fails. Nobody waits for a lookup that hangs.
 *
 * evdns was left aside since it knows neither nsswitch nor the address order of RFC 6724;
 * getaddrinfo_a makes threads as well and cannot be abandoned. */
#include "config.h"

#include "engine/resolver.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

#define FRESH_NS      (60 * CLOCK_NS_PER_SEC)
#define FAILED_NS     (1 * CLOCK_NS_PER_SEC)
#define JOBS_MAX      16
#define ADDRESSES_MAX 16
#define STACK_BYTES   (256 * 1024)

struct job {
	char *host;
	char port[8];
	int fd; /* the thread's own end of the socket */
	int rc; /* of getaddrinfo */
	struct addrinfo *found;
};

struct address {
	socklen_t len;
	bool bad;
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} sa;
};

TAILQ_HEAD(resolver_waiters, resolver_waiter);
TAILQ_HEAD(resolver_names, resolver_name);

struct resolver_name {
	struct resolver *resolver;
	char *host;
	uint16_t port;
	bool fixed;            /* a literal address or a Unix socket: nothing to look up */
	bool wanted;           /* a lookup is due and waits for its turn */
	int error;             /* of the last lookup: 0 or negative errno */
	uint64_t until_ns;     /* when what is known becomes old */
	const struct job *job; /* under way: only compared, never looked into */
	struct address *addresses;
	unsigned count, turn;
	struct resolver_waiters waiters;
	TAILQ_ENTRY(resolver_name) link;
};

struct resolver {
	struct event_base *base;
	uint64_t (*now_ns)(void);
	int fds[2]; /* jobs come back: [0] read here, [1] duplicated for each thread */
	struct event event;
	unsigned jobs;
	struct resolver_names names;
};

static void job_free(struct job *job)
{
	if (job->found)
		freeaddrinfo(job->found);
	free(job->host);
	free(job);
}

static void *job_run(void *arg)
{
	struct job *job = arg;
	int fd = job->fd;
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_ADDRCONFIG };

	job->rc = getaddrinfo(job->host, job->port, &hints, &job->found);
	if (send(fd, &job, sizeof(job), MSG_NOSIGNAL) != (ssize_t)sizeof(job))
		job_free(job);
	close(fd);
	return NULL;
}

static int job_start(struct job *job)
{
	return thread_start(NULL, &(struct thread_config){ .name = "resolver",
							   .rank = THREAD_TRAFFIC,
							   .run = job_run,
							   .arg = job,
							   .detached = true,
							   .stack_bytes = STACK_BYTES });
}

static void take_addresses(struct resolver_name *name, const struct addrinfo *list)
{
	unsigned n = 0;

	free(name->addresses);
	name->addresses = mem_array(ADDRESSES_MAX, sizeof(*name->addresses));
	for (; list && n < ADDRESSES_MAX; list = list->ai_next) {
		struct address *address = &name->addresses[n];

		if (list->ai_addrlen > sizeof(address->sa))
			continue;
		memcpy(&address->sa, list->ai_addr, list->ai_addrlen);
		address->len = list->ai_addrlen;
		n++;
	}
	name->count = n;
}

/* Tell all who wait now; those who wait again meanwhile are not asked twice for ever. */
static void answer(struct resolver_name *name)
{
	struct resolver_waiter *waiter;
	unsigned n = 0;

	TAILQ_FOREACH(waiter, &name->waiters, link)
	n++;
	while (n-- > 0 && (waiter = TAILQ_FIRST(&name->waiters)) != NULL) {
		resolver_leave(waiter);
		waiter->answered(waiter->arg);
	}
}

static void refuse(struct resolver_name *name, int error)
{
	name->error = error;
	name->until_ns = name->resolver->now_ns() + FAILED_NS;
}

/* Begin a lookup, or note that one is due when enough are under way. A failure to begin is the
 * name's answer. */
static void look_up(struct resolver_name *name)
{
	struct resolver *resolver = name->resolver;
	struct job *job;
	int rc;

	name->wanted = resolver->jobs >= JOBS_MAX;
	if (name->wanted)
		return;
	job = mem_new(sizeof(*job));
	job->host = mem_strdup(name->host);
	snprintf(job->port, sizeof(job->port), "%u", (unsigned)name->port);
	job->fd = dup(resolver->fds[1]);
	rc = job->fd < 0 ? -errno : job_start(job);
	if (rc) {
		if (job->fd >= 0)
			close(job->fd);
		job_free(job);
		refuse(name, rc == -ENOMEM ? -ENOMEM : -EAGAIN);
		return;
	}
	name->job = job;
	if (resolver->jobs++ == 0)
		event_add(&resolver->event, NULL);
}

static void job_finished(struct resolver *resolver, const struct job *job)
{
	struct resolver_name *name;

	TAILQ_FOREACH(name, &resolver->names, link)
	if (name->job == job)
		break;
	if (!name)
		return;
	name->job = NULL;
	if (job->rc == 0)
		take_addresses(name, job->found);
	if (job->rc == 0 && name->count > 0) {
		name->error = 0;
		name->until_ns = resolver->now_ns() + FRESH_NS;
	} else {
		refuse(name, job->rc == EAI_MEMORY ? -ENOMEM : -ENOENT);
	}
	answer(name);
}

static void on_job(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *resolver = arg;
	struct resolver_name *name;
	struct job *job;

	(void)what;
	if (recv(fd, &job, sizeof(job), 0) != (ssize_t)sizeof(job))
		return;
	if (--resolver->jobs == 0)
		event_del(&resolver->event);
	job_finished(resolver, job);
	job_free(job);
	TAILQ_FOREACH(name, &resolver->names, link)
	{
		if (name->wanted) {
			look_up(name);
			if (!name->job)
				answer(name);
			break;
		}
	}
}

struct resolver *resolver_new(struct event_base *base, uint64_t (*now_ns)(void))
{
	struct resolver *resolver = mem_new(sizeof(*resolver));

	resolver->base = base;
	resolver->now_ns = now_ns;
	resolver->fds[0] = resolver->fds[1] = -1;
	TAILQ_INIT(&resolver->names);
	return resolver;
}

void resolver_free(struct resolver *resolver)
{
	struct job *job;

	if (!resolver)
		return;
	if (resolver->fds[0] >= 0) {
		if (resolver->jobs > 0)
			event_del(&resolver->event);
		close(resolver->fds[1]);
		shutdown(resolver->fds[0], SHUT_RD);
		while (recv(resolver->fds[0], &job, sizeof(job), MSG_DONTWAIT) ==
		       (ssize_t)sizeof(job))
			job_free(job);
		close(resolver->fds[0]);
	}
	free(resolver);
}

/* The socket is made with the first name that needs it. 0 or negative errno. */
static int open_socket(struct resolver *resolver)
{
	if (resolver->fds[0] >= 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, resolver->fds) < 0)
		return -errno;
	event_assign(&resolver->event, resolver->base, resolver->fds[0], EV_READ | EV_PERSIST,
		     on_job, resolver);
	return 0;
}

static struct resolver_name *name_new(struct resolver *resolver)
{
	struct resolver_name *name = mem_new(sizeof(*name));

	name->resolver = resolver;
	TAILQ_INIT(&name->waiters);
	TAILQ_INSERT_TAIL(&resolver->names, name, link);
	return name;
}

struct resolver_name *resolver_name_new(struct resolver *resolver, const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct resolver_name *name = name_new(resolver);
	struct addrinfo *found;
	char service[8];

	name->host = mem_strdup(host);
	name->port = port;
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(host, service, &hints, &found) == 0) {
		take_addresses(name, found);
		freeaddrinfo(found);
		name->fixed = name->count > 0;
	}
	return name;
}

int resolver_name_unix(struct resolver_name **out, struct resolver *resolver, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct resolver_name *name;
	size_t len = strlen(path);

	if (len >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	memcpy(sun.sun_path, path, len);
	name = name_new(resolver);
	name->fixed = true;
	name->addresses = mem_new(sizeof(*name->addresses));
	name->count = 1;
	memcpy(&name->addresses->sa, &sun, sizeof(sun));
	name->addresses->len = sizeof(sun);
	*out = name;
	return 0;
}

void resolver_name_free(struct resolver_name *name)
{
	if (!name)
		return;
	TAILQ_REMOVE(&name->resolver->names, name, link);
	free(name->addresses);
	free(name->host);
	free(name);
}

int resolver_query(struct resolver_name *name, struct resolver_waiter *waiter)
{
	bool old;

	if (name->fixed)
		return 0;
	old = name->resolver->now_ns() >= name->until_ns;
	if (old && !name->job && !name->wanted) {
		int rc = open_socket(name->resolver);

		if (rc)
			refuse(name, -EAGAIN);
		else
			look_up(name);
	}
	if (name->count > 0)
		return 0; /* what was known stays good while a new lookup is under way or failed */
	if (!name->job && !name->wanted)
		return name->error;
	waiter->name = name;
	TAILQ_INSERT_TAIL(&name->waiters, waiter, link);
	return -EINPROGRESS;
}

void resolver_leave(struct resolver_waiter *waiter)
{
	if (!waiter->name)
		return;
	TAILQ_REMOVE(&waiter->name->waiters, waiter, link);
	waiter->name = NULL;
}

unsigned resolver_count(const struct resolver_name *name)
{
	return name->count;
}

unsigned resolver_first(struct resolver_name *name)
{
	unsigned first = 0;
	int family;

	assert(name->count > 0);
	while (first < name->count && name->addresses[first].bad)
		first++;
	if (first == name->count) {
		for (unsigned i = 0; i < name->count; i++)
			name->addresses[i].bad = false;
		first = 0;
	}
	family = name->addresses[first].sa.any.sa_family;
	for (;;) {
		unsigned i = name->turn++ % name->count;

		if (!name->addresses[i].bad && name->addresses[i].sa.any.sa_family == family)
			return i;
	}
}

struct resolver_address resolver_address(const struct resolver_name *name, unsigned i)
{
	const struct address *address = &name->addresses[i % name->count];

	return (struct resolver_address){ .family = address->sa.any.sa_family,
					  .len = address->len,
					  .addr = &address->sa.any };
}

void resolver_report(struct resolver_name *name, unsigned i, bool works)
{
	name->addresses[i % name->count].bad = !works;
}
