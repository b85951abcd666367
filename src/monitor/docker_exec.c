/* SPDX-License-Identifier: MIT */
/* A program inside a container: look for the container, create the exec, start it over a connection that is taken over, and when that has
 * ended ask for the exit code. A program that is not there is told by the runtime in different ways: with an error of the daemon, or with its
 * text on the program's standard output and exit code 126 or 127. The end is told from an event of its own, never inside libcurl. */
#include "config.h"

#include "monitor/docker_exec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <jansson.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "monitor/docker_client.h"
#include "monitor/docker_host.h"
#include "monitor/docker_look.h"
#include "monitor/docker_problem.h"
#include "monitor/docker_wire.h"

#define CALL_TIMEOUT_MS  3000
#define START_TIMEOUT_MS 5000
#define NOT_RUNNABLE     126
#define NOT_FOUND        127
#define SAID_MAX         160

struct docker_exec {
	struct docker_client *client;
	struct docker_exec_config config;
	char *create;  /* JSON of POST /containers/{id}/exec */
	char *program; /* argv[0] */
	struct docker_look *look;
	struct docker_call *call;
	struct docker_wire *wire;
	struct event *say;
	char *id;        /* of the exec */
	char *container; /* its name, when found */
	char *early;     /* sent before there was a wire */
	size_t early_len;
	bool over, heard;    /* heard: the program has said something */
	char said[SAID_MAX]; /* its first words, when the runtime may be speaking */
	int exit_code;
	char problem[DOCKER_PROBLEM_MAX];
};

/* ---- end --------------------------------------------------------------------------------------- */

static void on_say(evutil_socket_t fd, short what, void *arg)
{
	struct docker_exec *exec = arg;

	(void)fd;
	(void)what;
	exec->config.ended(exec->config.arg, exec->problem, exec->exit_code);
}

static void end(struct docker_exec *exec, const char *problem, int exit_code)
{
	exec->over = true;
	exec->exit_code = exit_code;
	snprintf(exec->problem, sizeof(exec->problem), "%s", problem);
	event_active(exec->say, EV_TIMEOUT, 0);
}

static void end_without_program(struct docker_exec *exec, int exit_code)
{
	char problem[DOCKER_PROBLEM_MAX];

	if (exit_code == NOT_FOUND || strstr(exec->said, "not found") != NULL ||
	    strstr(exec->said, "no such file") != NULL)
		snprintf(problem, sizeof(problem),
			 "the container %.60s has no program %.40s: another container or another "
			 "way is needed",
			 exec->container, exec->program);
	else
		snprintf(problem, sizeof(problem),
			 "%.40s in the container %.40s cannot be run: %.80s", exec->program,
			 exec->container, exec->said);
	end(exec, problem, exit_code);
}

/* What the daemon says when it refuses. */
static void end_refused(struct docker_exec *exec, const char *problem)
{
	snprintf(exec->said, sizeof(exec->said), "%s", problem);
	if (strstr(problem, "executable file not found") != NULL)
		end_without_program(exec, NOT_FOUND);
	else
		end(exec, problem, -1);
}

static void inspected(void *arg, const struct docker_answer *answer)
{
	struct docker_exec *exec = arg;
	json_t *root = json_loadb(answer->body, answer->len, 0, NULL);
	const json_t *code = json_object_get(root, "ExitCode");
	int exit_code = json_is_integer(code) ? (int)json_integer_value(code) : -1;
	bool running = json_is_true(json_object_get(root, "Running"));

	json_decref(root);
	exec->call = NULL;
	if (answer->problem[0] != '\0')
		end(exec, answer->problem, -1);
	else if (running)
		end(exec, "the connection to the program in the container was lost", -1);
	else if ((exit_code == NOT_RUNNABLE || exit_code == NOT_FOUND) && exec->said[0] != '\0')
		end_without_program(exec, exit_code);
	else
		end(exec, "", exit_code);
}

static void wire_closed(void *arg, const char *problem)
{
	struct docker_exec *exec = arg;
	struct docker_call_config config = { .timeout_ms = CALL_TIMEOUT_MS,
					     .done = inspected,
					     .arg = exec };
	char *path;

	docker_wire_free(exec->wire);
	exec->wire = NULL;
	if (problem[0] != '\0') {
		end_refused(exec, problem);
		return;
	}
	path = mem_printf("/exec/%s/json", exec->id);
	config.path = path;
	exec->call = docker_call_new(exec->client, &config);
	free(path);
}

/* ---- running ----------------------------------------------------------------------------------- */

static void wire_opened(void *arg)
{
	(void)arg;
}

/* "OCI runtime exec failed: …" comes as the program's own output. */
static void remember(struct docker_exec *exec, const char *data, size_t len)
{
	static const char oci[] = "OCI runtime exec failed";

	if (!exec->heard && len >= strlen(oci) && memcmp(data, oci, strlen(oci)) == 0)
		text_clean(exec->said, sizeof(exec->said), data, len, false);
	exec->heard = true;
}

static void wire_out(void *arg, enum docker_stream stream, const char *data, size_t len)
{
	struct docker_exec *exec = arg;

	remember(exec, data, len);
	if (exec->said[0] != '\0')
		return;
	exec->config.out(exec->config.arg, stream, data, len);
}

static void created(void *arg, const struct docker_answer *answer)
{
	struct docker_exec *exec = arg;
	struct docker_wire_config config = { .body = "{\"Detach\":false,\"Tty\":false}",
					     .timeout_ms = START_TIMEOUT_MS,
					     .opened = wire_opened,
					     .out = wire_out,
					     .closed = wire_closed,
					     .arg = exec };
	json_t *root;
	const char *id;
	char *path;

	exec->call = NULL;
	if (answer->problem[0] != '\0') {
		end_refused(exec, answer->problem);
		return;
	}
	root = json_loadb(answer->body, answer->len, 0, NULL);
	id = json_string_value(json_object_get(root, "Id"));
	if (id == NULL) {
		end(exec, "the Docker daemon's answer to an exec cannot be understood", -1);
	} else {
		exec->id = mem_strdup(id);
		path = mem_printf("/exec/%s/start", id);
		config.path = path;
		exec->wire = docker_wire_new(exec->client, exec->config.base, &config);
		free(path);
		if (docker_wire_send(exec->wire, exec->early, exec->early_len,
				     DOCKER_EXEC_SEND_MAX) != 0)
			exec->early_len = 0;
		free(exec->early);
		exec->early = NULL;
	}
	json_decref(root);
}

static void found(void *arg, const struct docker_about *about)
{
	struct docker_exec *exec = arg;
	struct docker_call_config config = { .method = "POST",
					     .body = exec->create,
					     .timeout_ms = START_TIMEOUT_MS,
					     .done = created,
					     .arg = exec };
	char *path;

	exec->container = mem_strdup(about->name);
	if (!about->running) {
		char problem[DOCKER_PROBLEM_MAX];

		snprintf(problem, sizeof(problem), "the container %.60s is %s: docker %s %.60s",
			 about->name, about->state,
			 strcmp(about->state, "paused") == 0 ? "unpause" : "start", about->name);
		end(exec, problem, -1);
		return;
	}
	path = mem_printf("/containers/%s/exec", about->id);
	config.path = path;
	exec->call = docker_call_new(exec->client, &config);
	free(path);
	if (exec->config.started != NULL) /* last: it may free the exec */
		exec->config.started(exec->config.arg, about);
}

static void not_found(void *arg, const char *problem)
{
	end(arg, problem, -1);
}

/* ---- begin and give up ----------------------------------------------------------------------- */

static json_t *strings(const char *const *list)
{
	json_t *array = json_array();

	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		json_array_append_new(array, json_string_nocheck(list[i]));
	return array;
}

static char *create_body(const struct docker_exec_config *config)
{
	json_t *root = json_pack("{s:b,s:b,s:b,s:b,s:o,s:o}", "AttachStdin", 1, "AttachStdout", 1,
				 "AttachStderr", 1, "Tty", 0, "Env", strings(config->env), "Cmd",
				 strings(config->argv));
	char *text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	char *copy = text != NULL ? mem_strdup(text) : NULL;

	free(text);
	json_decref(root);
	return copy;
}

int docker_exec_new(struct docker_exec **out, const struct docker_exec_config *config,
		    struct error *err)
{
	struct docker_exec *exec = mem_new(sizeof(*exec));
	const struct docker_look_config look = { .base = config->base,
						 .container = config->container,
						 .found = found,
						 .failed = not_found,
						 .arg = exec };
	int rc;

	exec->config = *config;
	exec->create = create_body(config);
	exec->program = mem_strdup(config->argv[0]);
	exec->say = event_new(config->base, -1, 0, on_say, exec);
	if (exec->create == NULL || exec->say == NULL) {
		error_set(err, "the command of the exec is not UTF-8");
		rc = -EINVAL;
		goto fail;
	}
	rc = docker_client_new(&exec->client, config->base, config->host, err);
	if (rc != 0)
		goto fail;
	exec->look = docker_look_with(exec->client, &look);
	*out = exec;
	return 0;
fail:
	docker_exec_free(exec);
	return rc;
}

int docker_exec_send(struct docker_exec *exec, const void *data, size_t len)
{
	if (exec->over)
		return -EPIPE;
	if (exec->wire != NULL)
		return docker_wire_send(exec->wire, data, len, DOCKER_EXEC_SEND_MAX);
	if (exec->id != NULL)
		return -EPIPE; /* its wire has closed */
	if (len > DOCKER_EXEC_SEND_MAX - exec->early_len)
		return -EMSGSIZE;
	exec->early = mem_grow(exec->early, exec->early_len, exec->early_len + len, 1);
	memcpy(exec->early + exec->early_len, data, len);
	exec->early_len += len;
	return 0;
}

void docker_exec_free(struct docker_exec *exec)
{
	if (exec == NULL)
		return;
	docker_look_free(exec->look);
	docker_wire_free(exec->wire);
	docker_call_free(exec->call);
	docker_client_free(exec->client);
	if (exec->say != NULL)
		event_free(exec->say);
	free(exec->early);
	free(exec->id);
	free(exec->container);
	free(exec->create);
	free(exec->program);
	free(exec);
}
