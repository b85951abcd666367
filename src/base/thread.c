/* SPDX-License-Identifier: MIT */
/* Starting threads: one place for signals, names and ranks.
 *
 * Ranks matter where traffic and the rest share a core, as in a container with one: every request that
 * is answered while the recorder works waits for it and is measured the longer. Both ways down need
 * no privilege; neither can starve the recorder for good, for an engine whose ring is full sleeps. */
#include "config.h"

#include "base/thread.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/mem.h"

#define SERVICE_NICE 5 /* a third of the weight: a quarter of a core that traffic wants whole */

struct start {
	char name[16];
	enum thread_rank rank;
	void *(*run)(void *arg);
	void *arg;
};

/* Of a process that runs in real time (chrt -f): one level lower, or else among the ordinary. */
static void step_back_realtime(int policy)
{
	struct sched_param param;

	if (sched_getparam(0, &param) != 0)
		return;
	if (--param.sched_priority < sched_get_priority_min(policy)) {
		param.sched_priority = 0;
		policy = SCHED_OTHER;
	}
	(void)sched_setscheduler(0, policy, &param);
}

/* Linux keeps policy and niceness by thread, and takes 0 for the calling one. */
static void step_back(void)
{
	int policy = sched_getscheduler(0);

	if (policy == SCHED_FIFO || policy == SCHED_RR) {
		step_back_realtime(policy);
		return;
	}
	int now = getpriority(PRIO_PROCESS, 0);
	(void)setpriority(PRIO_PROCESS, 0, now + SERVICE_NICE < 19 ? now + SERVICE_NICE : 19);
}

static void *begin(void *arg)
{
	struct start start = *(struct start *)arg;

	free(arg);
	(void)pthread_setname_np(pthread_self(), start.name);
	switch (start.rank) {
	case THREAD_TRAFFIC:
		break;
	case THREAD_SERVICE:
		step_back();
		break;
	}
	return start.run(start.arg);
}

int thread_start(pthread_t *out, const struct thread_config *config)
{
	struct start *start = mem_new(sizeof(*start));
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int rc;

	start->rank = config->rank;
	start->run = config->run;
	start->arg = config->arg;
	(void)snprintf(start->name, sizeof(start->name), "%s", config->name);
	rc = pthread_attr_init(&attr);
	if (rc == 0 && config->detached)
		rc = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (rc == 0 && config->stack_bytes != THREAD_STACK_DEFAULT)
		rc = pthread_attr_setstacksize(&attr, config->stack_bytes);
	if (rc == 0) {
		(void)sigfillset(&all);
		(void)pthread_sigmask(SIG_SETMASK, &all, &old);
		rc = pthread_create(&thread, &attr, begin, start);
		(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
		(void)pthread_attr_destroy(&attr);
	}
	if (rc != 0) {
		free(start);
		return -rc;
	}
	if (out != NULL)
		*out = thread;
	return 0;
}
