/* SPDX-License-Identifier: MIT */
/* The practice backend as a whole: one libevent loop that belongs to the thread in target_run.
 * Other threads and signal handlers only write to stop_fd. */
#include "config.h"

#include "target/target.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/thread.h"
#include "target/target_api.h"
#include "target/target_call.h"
#include "target/target_core.h"
#include "target/target_listen.h"
#include "target/target_pool.h"
#include "target/target_route.h"
#include "target/target_stats.h"
#include "target/target_tls.h"

#define TEXT_MAX         (8u << 20)
#define BODY_MAX         (16u << 20)
#define HEADERS_MAX      (64u << 10)
#define IDLE_S           75 /* then a quiet connection is closed; nginx's keepalive_timeout */
#define ACCEPT_AGAIN_MS  50
#define EVERY_METHOD     0x1ff /* all of enum evhttp_cmd_type */
#define BEHAVIOUR_STREAM 0x776f726bULL

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct target *target = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) > 0)
		event_base_loopbreak(target->base);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct target *target = arg;

	(void)number;
	(void)what;
	event_base_loopbreak(target->base);
}

/* The pause is over: everything held goes on, in the order it came. */
static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct target *target = arg;
	struct call_list held = TAILQ_HEAD_INITIALIZER(held);
	struct call *call;

	(void)fd;
	(void)what;
	target->paused = false;
	TAILQ_CONCAT(&held, &target->held, queue);
	while ((call = TAILQ_FIRST(&held))) {
		TAILQ_REMOVE(&held, call, queue);
		call->then(call);
	}
	target_pool_adjust(target);
}

static void accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(arg);
}

/* No more files: clients wait in the kernel's queue for a moment, instead of a loop that spins. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	static const struct timeval again = { .tv_usec = ACCEPT_AGAIN_MS * 1000 };

	(void)arg;
	evconnlistener_disable(listener);
	event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT, accept_again, listener,
			&again);
}

/* Every connection evhttp accepts begins here. */
static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
	struct target *target = arg;

	target->counters->counts[COUNT_ACCEPTED]++;
	return target->tls ? target_tls_connection(target) : bufferevent_socket_new(base, -1, 0);
}

static int make_loop(struct target *target)
{
	struct event_config *config = event_config_new();

	if (!config)
		return -ENOMEM;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_PRECISE_TIMER);
	target->base = event_base_new_with_config(config);
	event_config_free(config);
	target->out = evbuffer_new();
	target->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!target->base || !target->out)
		return -ENOMEM;
	if (target->stop_fd < 0)
		return -errno;
	target->http = evhttp_new(target->base);
	if (!target->http)
		return -ENOMEM;
	event_assign(&target->stop_event, target->base, target->stop_fd, EV_READ | EV_PERSIST,
		     on_stop, target);
	event_assign(&target->resume_event, target->base, -1, 0, on_resume, target);
	event_add(&target->stop_event, NULL);
	evhttp_set_gencb(target->http, target_route_request, target);
	evhttp_set_bevcb(target->http, on_connection, target);
	evhttp_set_allowed_methods(target->http, EVERY_METHOD);
	evhttp_set_max_headers_size(target->http, HEADERS_MAX);
	evhttp_set_max_body_size(target->http, BODY_MAX);
	evhttp_set_timeout(target->http, IDLE_S);
	return 0;
}

static int make_listener(struct target *target, const struct target_config *config,
			 struct error *err)
{
	const char *scheme = config->tls_cert ? "https" : "http";
	int fd;
	int rc = target_listen_open(config->listen, scheme, &fd, &target->url, &target->unix_path,
				    err);

	if (rc != 0)
		return rc;
	target->listener = evconnlistener_new(target->base, NULL, NULL,
					      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!target->listener) {
		close(fd);
		return -ENOMEM;
	}
	if (!evhttp_bind_listener(target->http, target->listener)) {
		evconnlistener_free(target->listener);
		target->listener = NULL;
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(target->listener, on_accept_error);
	return 0;
}

static void configure(struct target *target, const struct target_config *config)
{
	target->behaviour = (struct target_behaviour){
		.latency_median_ms = config->latency_median_ms,
		.latency_sigma = config->latency_sigma,
		.error_ratio = config->error_ratio,
		.workers = config->workers,
		.queue_limit = config->queue_limit,
		.queue_timeout_ms = config->queue_timeout_ms,
		.degrade = config->degrade,
		.racy_approvals = config->racy_approvals,
	};
	rng_seed(&target->rng, config->seed, BEHAVIOUR_STREAM);
	target_token_key_init(&target->token_key, config->seed);
	buf_init(&target->text, TEXT_MAX);
	TAILQ_INIT(&target->live);
	TAILQ_INIT(&target->spare);
	TAILQ_INIT(&target->held);
	target_api_init(target);
}

int target_new(struct target **out, const struct target_config *config, struct error *err)
{
	struct target *target = mem_new(sizeof(*target));
	int rc;

	target->stop_fd = -1;
	target->counters_fd = -1;
	configure(target, config);
	rc = make_loop(target);
	if (rc != 0) {
		error_set(err, "cannot make the event loop: %s", strerror(-rc));
		goto fail;
	}
	target_pool_init(target);
	rc = target_counters_open(&target->counters, &target->counters_fd, config->counters,
				  target_route_layout(), err);
	if (rc != 0)
		goto fail;
	if (config->tls_cert) {
		rc = target_tls_init(target, config->tls_cert,
				     config->tls_key ? config->tls_key : config->tls_cert, err);
		if (rc != 0)
			goto fail;
	}
	rc = make_listener(target, config, err);
	if (rc != 0)
		goto fail;
	*out = target;
	return 0;
fail:
	target_free(target);
	return rc;
}

const char *target_url(const struct target *target)
{
	return target->url;
}

int target_stop_on_signals(struct target *target)
{
	static const int numbers[2] = { SIGINT, SIGTERM };

	for (size_t i = 0; i < 2; i++) {
		target->signals[i] = evsignal_new(target->base, numbers[i], on_signal, target);
		if (!target->signals[i] || event_add(target->signals[i], NULL) != 0)
			return -ENOMEM;
	}
	return 0;
}

void target_run(struct target *target)
{
	static const struct timespec no_wait = { 0, 0 };
	sigset_t pipe_only, before;

	/* a client that is gone is an error of its connection, not a signal to the program */
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	event_base_dispatch(target->base);
	if (!sigismember(&before, SIGPIPE)) {
		while (sigtimedwait(&pipe_only, NULL, &no_wait) == SIGPIPE)
			;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void *serve(void *arg)
{
	target_run(arg);
	return NULL;
}

int target_start(struct target *target)
{
	int rc = thread_start(&target->thread, &(struct thread_config){ .name = "target",
									.rank = THREAD_TRAFFIC,
									.run = serve,
									.arg = target });

	target->threaded = rc == 0;
	return rc;
}

void target_stop(struct target *target)
{
	static const uint64_t one = 1;

	/* the only failure is a counter at its limit: then it is readable already */
	if (write(target->stop_fd, &one, sizeof(one)) < 0)
		return;
}

void target_join(struct target *target)
{
	if (target->threaded)
		pthread_join(target->thread, NULL);
	target->threaded = false;
}

int target_stats(const struct target *target, struct buf *out)
{
	stats_write(target, out);
	return out->overflow ? -EMSGSIZE : 0;
}

static void free_events(struct target *target)
{
	for (size_t i = 0; i < 2; i++) {
		if (target->signals[i])
			event_free(target->signals[i]);
	}
	event_del(&target->stop_event);
	event_del(&target->resume_event);
	target_pool_fini(target);
}

void target_free(struct target *target)
{
	if (!target)
		return;
	target_call_free_all(target);
	if (target->http) {
		free_events(target);
		evhttp_free(target->http); /* and the listener */
	}
	if (target->out)
		evbuffer_free(target->out);
	if (target->base)
		event_base_free(target->base);
	if (target->stop_fd >= 0)
		close(target->stop_fd);
	if (target->unix_path)
		unlink(target->unix_path);
	target_tls_fini(target);
	target_api_fini(target);
	target_counters_close(target->counters, target->counters_fd);
	buf_fini(&target->text);
	free(target->unix_path);
	free(target->url);
	free(target);
}
