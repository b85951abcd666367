/* SPDX-License-Identifier: MIT */
/* Looking at one container: which daemon API, which container, what it is. Three calls, one after the other. The answer is given from an
 * event of its own, so that whoever frees the look (and with it the client) there does not do so inside libcurl. */
#include "config.h"

#include "monitor/docker_look.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/error.h"
#include "base/mem.h"
#include "monitor/docker_client.h"
#include "monitor/docker_find.h"
#include "monitor/docker_host.h"
#include "monitor/docker_problem.h"

#define CALL_TIMEOUT_MS 3000

struct docker_look {
	struct docker_client *client, *own_client;
	struct docker_look_config config;
	char *container;
	struct docker_call *call;
	struct event *say;
	bool found;
	struct docker_details details;
	char problem[DOCKER_PROBLEM_MAX];
};

const char *docker_about_env(const struct docker_about *about, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; about->env[i] != NULL; i++)
		if (strncmp(about->env[i], name, len) == 0 && about->env[i][len] == '=')
			return about->env[i] + len + 1;
	return NULL;
}

void docker_look_free(struct docker_look *look)
{
	if (look == NULL)
		return;
	if (look->say != NULL)
		event_free(look->say);
	docker_call_free(look->call);
	docker_client_free(look->own_client);
	docker_details_fini(&look->details);
	free(look->container);
	free(look);
}

/* ---- answer ------------------------------------------------------------------------------------ */

static void on_say(evutil_socket_t fd, short what, void *arg)
{
	struct docker_look *look = arg;
	const struct docker_details *d = &look->details;

	(void)fd;
	(void)what;
	if (!look->found) {
		look->config.failed(look->config.arg, look->problem);
		return;
	}
	const struct docker_about about = { .id = d->id,
					    .name = d->name,
					    .state = d->state,
					    .running = d->running,
					    .ip = d->ip,
					    .host_network = d->host_network,
					    .env = (const char *const *)d->env };
	look->config.found(look->config.arg, &about);
}

static void say(struct docker_look *look)
{
	event_active(look->say, EV_TIMEOUT, 0);
}

static void say_garbage(struct docker_look *look)
{
	const struct docker_trouble trouble = { .curl = CURLE_WEIRD_SERVER_REPLY };

	docker_problem(look->problem, docker_client_host(look->client), &trouble);
	say(look);
}

/* ---- the three calls --------------------------------------------------------------------------- */

static void ask(struct docker_look *look, const char *path, bool bare,
		void (*done)(void *, const struct docker_answer *))
{
	const struct docker_call_config config = {
		.path = path, .bare = bare, .timeout_ms = CALL_TIMEOUT_MS, .done = done, .arg = look
	};

	look->call = docker_call_new(look->client, &config);
}

/* True: a success; else it is said. */
static bool usable(struct docker_look *look, const struct docker_answer *answer)
{
	look->call = NULL;
	if (answer->problem[0] == '\0')
		return true;
	snprintf(look->problem, sizeof(look->problem), "%s", answer->problem);
	say(look);
	return false;
}

static void inspected(void *arg, const struct docker_answer *answer)
{
	struct docker_look *look = arg;

	if (!usable(look, answer))
		return;
	look->found = docker_details_parse(&look->details, answer->body, answer->len) == 0;
	if (look->found)
		say(look);
	else
		say_garbage(look);
}

/* A running one is better than one that is not, and the first of several is as good as any. */
static const struct docker_listed *choose(const struct docker_list *list, const char *wanted)
{
	enum docker_match best = docker_match_best(list, wanted);
	const struct docker_listed *chosen = NULL;

	for (size_t i = 0; best != DOCKER_MATCH_NONE && i < list->count; i++) {
		const struct docker_listed *listed = &list->items[i];

		if (docker_match(listed, wanted) == best &&
		    (chosen == NULL || (listed->running && !chosen->running)))
			chosen = listed;
	}
	return chosen;
}

static void listed(void *arg, const struct docker_answer *answer)
{
	struct docker_look *look = arg;
	struct docker_list list;
	const struct docker_listed *chosen;

	if (!usable(look, answer))
		return;
	if (docker_list_parse(&list, answer->body, answer->len) != 0) {
		say_garbage(look);
		return;
	}
	chosen = choose(&list, look->container);
	if (chosen != NULL) {
		char *path = mem_printf("/containers/%s/json", chosen->id);
		ask(look, path, false, inspected);
		free(path);
	} else {
		snprintf(
			look->problem, sizeof(look->problem),
			"no container, compose service or pattern \"%.50s\" at %.50s: docker ps -a "
			"lists those that exist",
			look->container, docker_client_host(look->client)->said);
		say(look);
	}
	docker_list_fini(&list);
}

static void pinged(void *arg, const struct docker_answer *answer)
{
	struct docker_look *look = arg;

	if (usable(look, answer))
		ask(look, "/containers/json?all=1", false, listed);
}

/* ---- begin ------------------------------------------------------------------------------------- */

struct docker_look *docker_look_with(struct docker_client *client,
				     const struct docker_look_config *config)
{
	struct docker_look *look = mem_new(sizeof(*look));

	look->client = client;
	look->config = *config;
	look->container = mem_strdup(config->container);
	look->say = event_new(config->base, -1, 0, on_say, look);
	if (look->say == NULL)
		abort();
	ask(look, "/_ping", true, pinged);
	return look;
}

int docker_look_new(struct docker_look **out, const struct docker_look_config *config,
		    struct error *err)
{
	struct docker_client *client = NULL;
	int rc = docker_client_new(&client, config->base, config->host, err);

	if (rc != 0)
		return rc;
	*out = docker_look_with(client, config);
	(*out)->own_client = client;
	return 0;
}
