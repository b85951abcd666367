/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/thread.h"
#include "unit.h"

struct seen {
	char name[16];
	int nice, policy, priority;
	bool signals_blocked;
};

static void *look(void *arg)
{
	struct seen *seen = arg;
	struct sched_param param;
	sigset_t mask;

	pthread_getname_np(pthread_self(), seen->name, sizeof(seen->name));
	seen->nice = getpriority(PRIO_PROCESS, 0);
	seen->policy = sched_getscheduler(0);
	sched_getparam(0, &param);
	seen->priority = param.sched_priority;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	seen->signals_blocked = sigismember(&mask, SIGTERM) && sigismember(&mask, SIGPIPE);
	return NULL;
}

static void run(const char *name, enum thread_rank rank, struct seen *seen)
{
	pthread_t thread;

	assert_int_equal(thread_start(&thread, &(struct thread_config){ .name = name,
									.rank = rank,
									.run = look,
									.arg = seen }),
			 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void a_thread_has_its_name_and_leaves_signals_to_others(void **state)
{
	struct seen seen = { 0 };
	sigset_t before, after;
	(void)state;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	run("a name that is too long", THREAD_TRAFFIC, &seen);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_string_equal(seen.name, "a name that is ");
	assert_true(seen.signals_blocked);
	assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
}

static void service_steps_back_and_traffic_does_not(void **state)
{
	struct seen traffic = { 0 }, service = { 0 };
	int own = getpriority(PRIO_PROCESS, 0);
	(void)state;

	run("traffic", THREAD_TRAFFIC, &traffic);
	run("service", THREAD_SERVICE, &service);
	assert_int_equal(traffic.nice, own);
	assert_int_equal(service.nice, own + 5 < 19 ? own + 5 : 19);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), own);
}

/* In a child, so that this program stays as it is. 0: as expected; 77: real time is not allowed. */
static int in_real_time(int level, int wanted_policy, int wanted_level)
{
	struct seen traffic = { 0 }, service = { 0 };
	struct sched_param param = { .sched_priority = level };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (sched_setscheduler(0, SCHED_FIFO, &param) != 0)
			_exit(77);
		run("traffic", THREAD_TRAFFIC, &traffic);
		run("service", THREAD_SERVICE, &service);
		_exit(traffic.policy == SCHED_FIFO && traffic.priority == level &&
				      service.policy == wanted_policy &&
				      service.priority == wanted_level
			      ? 0
			      : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_real_time_process_keeps_its_level_for_traffic(void **state)
{
	int rc = in_real_time(2, SCHED_FIFO, 1);
	(void)state;

	if (rc == 77)
		skip();
	assert_int_equal(rc, 0);
	assert_int_equal(in_real_time(1, SCHED_OTHER, 0), 0);
}

static void a_stack_that_cannot_be_is_an_error(void **state)
{
	struct seen seen = { .name = "never" };
	pthread_t thread;
	(void)state;

	assert_int_equal(thread_start(&thread, &(struct thread_config){ .name = "no",
									.rank = THREAD_TRAFFIC,
									.run = look,
									.arg = &seen,
									.stack_bytes = 1 }),
			 -EINVAL);
	assert_string_equal(seen.name, "never");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_has_its_name_and_leaves_signals_to_others),
		cmocka_unit_test(service_steps_back_and_traffic_does_not),
		cmocka_unit_test(a_real_time_process_keeps_its_level_for_traffic),
		cmocka_unit_test(a_stack_that_cannot_be_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
