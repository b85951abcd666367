/* SPDX-License-Identifier: MIT */
/* What `throng check` says about the containers: the same client, the same way to find a container, once, on a loop of its own. */
#include "config.h"

#include "monitor/docker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "monitor/docker_client.h"
#include "monitor/docker_find.h"
#include "monitor/docker_host.h"
#include "monitor/docker_problem.h"
#include "scenario/scenario.h"

#define CALL_TIMEOUT_MS 2000 /* two calls: within 5 s */

struct probe {
	const struct scenario *scenario;
	struct event_base *base;
	struct docker_client *client;
	struct buf *said;
	int rc;
	bool over;
};

static void over(struct probe *probe, int rc)
{
	probe->rc = rc;
	probe->over = true;
	event_base_loopbreak(probe->base);
}

/* "eucora-api (eucora-control-plane, running)"; -ENOENT: there is none. */
static int say_target(struct buf *said, const struct docker_list *list, const char *wanted)
{
	enum docker_match best = docker_match_best(list, wanted);
	unsigned count = 0, running = 0;
	const char *name = "";
	char clean[160];

	for (size_t i = 0; best != DOCKER_MATCH_NONE && i < list->count; i++) {
		if (docker_match(&list->items[i], wanted) != best)
			continue;
		name = count++ == 0 ? list->items[i].name : name;
		running += list->items[i].running;
	}
	text_clean(clean, sizeof(clean), wanted, SIZE_MAX, false);
	if (count == 0) {
		buf_addf(said, "%s: no such container", clean);
		return -ENOENT;
	}
	buf_addf(said, "%s ", clean);
	if (count > 1) {
		buf_addf(said, "(%u of %u running)", running, count);
	} else if (best == DOCKER_MATCH_NAME) {
		buf_addf(said, "(%s)", running ? "running" : "not running");
	} else {
		text_clean(clean, sizeof(clean), name, SIZE_MAX, false);
		buf_addf(said, "(%s, %s)", clean, running ? "running" : "not running");
	}
	return running > 0 ? 0 : -ENOENT;
}

static void listed(void *arg, const struct docker_answer *answer)
{
	struct probe *probe = arg;
	const struct panels *panels = &probe->scenario->panels;
	struct docker_list list;
	int rc = 0;

	if (answer->problem[0] != '\0') {
		buf_adds(probe->said, answer->problem);
		over(probe, -EIO);
		return;
	}
	if (docker_list_parse(&list, answer->body, answer->len) != 0) {
		buf_addf(probe->said, "what answers at %s is no Docker daemon",
			 docker_client_host(probe->client)->said);
		over(probe, -EIO);
		return;
	}
	buf_addf(probe->said,
		 "%s at %s, API %s: ", docker_client_is_podman(probe->client) ? "podman" : "Docker",
		 docker_client_host(probe->client)->said, docker_client_version(probe->client));
	for (size_t i = 0; i < panels->container_count; i++) {
		if (panels->containers[i].name == NULL)
			continue;
		if (i > 0)
			buf_adds(probe->said, ", ");
		if (say_target(probe->said, &list, panels->containers[i].name) != 0)
			rc = -ENOENT;
	}
	if (rc != 0)
		buf_adds(probe->said,
			 "; docker ps -a lists those that exist, docker start starts one");
	docker_list_fini(&list);
	over(probe, rc);
}

static void pinged(void *arg, const struct docker_answer *answer)
{
	struct probe *probe = arg;
	const struct docker_call_config config = { .path = "/containers/json?all=1",
						   .timeout_ms = CALL_TIMEOUT_MS,
						   .done = listed,
						   .arg = probe };

	if (answer->problem[0] != '\0' && answer->status != 403) {
		buf_adds(probe->said, answer->problem);
		over(probe, -EIO);
	} else if (docker_client_too_old(probe->client)) {
		buf_addf(probe->said, "the Docker daemon speaks API %s only: %s or newer is needed",
			 docker_client_version(probe->client), DOCKER_API_OLDEST);
		over(probe, -EIO);
	} else {
		(void)docker_call_new(probe->client, &config);
	}
}

int docker_probe(const struct scenario *scenario, struct buf *said)
{
	struct probe probe = { .scenario = scenario, .said = said, .rc = -EIO };
	const struct docker_call_config config = { .path = "/_ping",
						   .bare = true,
						   .timeout_ms = CALL_TIMEOUT_MS,
						   .done = pinged,
						   .arg = &probe };
	struct error err = { 0 };

	probe.base = event_base_new();
	if (probe.base == NULL) {
		buf_adds(said, "cannot look: out of memory or files");
		return -ENOMEM;
	}
	probe.rc = docker_client_new(&probe.client, probe.base, scenario->panels.docker_host, &err);
	if (probe.rc != 0) {
		buf_adds(said, err.text);
	} else {
		(void)docker_call_new(probe.client, &config);
		while (!probe.over && event_base_loop(probe.base, EVLOOP_ONCE) == 0)
			continue;
	}
	docker_client_free(probe.client);
	event_base_free(probe.base);
	return probe.rc;
}
