/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "monitor/lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/mem.h"
#include "base/thread.h"

/* The job belongs to both, loop and thread, until each has let go of it: the count is behind a mutex, and
 * answers are handed over behind the same mutex; the eventfd only wakes. */

struct job {
	pthread_mutex_t mutex;
	int holders;
	bool answered;
	int fd;
	size_t count;
	char **names;
	struct lookup_answer *answers;
};

struct lookup {
	struct job *job;
	struct event *event;
	lookup_fn *fn;
	void *arg;
};

static void job_leave(struct job *job)
{
	bool last;

	pthread_mutex_lock(&job->mutex);
	last = --job->holders == 0;
	pthread_mutex_unlock(&job->mutex);
	if (!last)
		return;
	pthread_mutex_destroy(&job->mutex);
	if (job->fd >= 0)
		close(job->fd);
	for (size_t i = 0; i < job->count; i++)
		free(job->names[i]);
	free(job->names);
	free(job->answers);
	free(job);
}

static void ask(const char *name, struct lookup_answer *answer)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(name, NULL, &hints, &found);

	if (rc != 0) {
		snprintf(answer->why, sizeof(answer->why), "%s", gai_strerror(rc));
		return;
	}
	for (struct addrinfo *at = found; at != NULL && answer->count < LOOKUP_ADDRESSES_MAX;
	     at = at->ai_next)
		if (getnameinfo(at->ai_addr, at->ai_addrlen, answer->text[answer->count],
				LOOKUP_TEXT_MAX, NULL, 0, NI_NUMERICHOST) == 0)
			answer->count++;
	freeaddrinfo(found);
}

static void *work(void *arg)
{
	struct job *job = arg;
	uint64_t one = 1;

	for (size_t i = 0; i < job->count; i++)
		ask(job->names[i], &job->answers[i]);
	pthread_mutex_lock(&job->mutex);
	job->answered = true;
	pthread_mutex_unlock(&job->mutex);
	while (write(job->fd, &one, sizeof(one)) < 0)
		; /* an eventfd takes this write always; only a signal could come between */
	job_leave(job);
	return NULL;
}

static void done(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *lookup = arg;
	bool answered;

	(void)fd;
	(void)what;
	pthread_mutex_lock(&lookup->job->mutex);
	answered = lookup->job->answered;
	pthread_mutex_unlock(&lookup->job->mutex);
	if (answered)
		lookup->fn(lookup->arg, lookup->job->answers);
}

static bool start(struct job *job)
{
	bool ok;

	job->holders++;
	ok = thread_start(NULL, &(struct thread_config){ .name = "throng-lookup",
							 .rank = THREAD_SERVICE,
							 .run = work,
							 .arg = job,
							 .detached = true }) == 0;
	if (!ok)
		job->holders--;
	return ok;
}

struct lookup *lookup_new(struct event_base *base, const char *const *names, size_t count,
			  lookup_fn *fn, void *arg)
{
	struct lookup *lookup = mem_new(sizeof(*lookup));
	struct job *job = mem_new(sizeof(*job));

	lookup->job = job;
	lookup->fn = fn;
	lookup->arg = arg;
	pthread_mutex_init(&job->mutex, NULL);
	job->holders = 1;
	job->count = count;
	job->names = mem_array(count, sizeof(*job->names));
	job->answers = mem_array(count, sizeof(*job->answers));
	for (size_t i = 0; i < count; i++)
		job->names[i] = mem_strdup(names[i]);
	job->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (job->fd >= 0)
		lookup->event = event_new(base, job->fd, EV_READ, done, lookup);
	if (lookup->event != NULL && event_add(lookup->event, NULL) == 0 && start(job))
		return lookup;
	lookup_free(lookup);
	return NULL;
}

void lookup_free(struct lookup *lookup)
{
	if (lookup == NULL)
		return;
	if (lookup->event != NULL)
		event_free(lookup->event);
	job_leave(lookup->job);
	free(lookup);
}
