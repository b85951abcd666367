/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>
#include <openssl/ssl.h>

#include "cert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "monitor/docker_exec.h"
#include "script_server.h"
#include "tempdir.h"

#define LIST                                                                                  \
	"[{\"Id\":\"abcdefabcdef00\",\"Names\":[\"/eucora-database\"],\"State\":\"running\"," \
	"\"Labels\":{\"com.docker.compose.service\":\"eucora-db\"}}]"
#define ABOUT(running, paused)                                                                     \
	"{\"Id\":\"abcdefabcdef00\",\"Name\":\"/eucora-database\",\"State\":{\"Running\":" running \
	",\"Paused\":" paused "},\"Config\":{\"Env\":[\"POSTGRES_USER=eucora_user\",\"EMPTY=\"]}," \
	"\"HostConfig\":{\"NetworkMode\":\"x\"},\"NetworkSettings\":{\"Networks\":{\"x\":{"        \
	"\"IPAddress\":\"172.18.0.3\"}}}}"

struct exec_set {
	struct tempdir dir;
	char *path, host[300];
	struct event_base *base;
	struct script_server *server;
	const struct script_step *scripts[2];
	SSL_CTX *tls;
	struct docker_exec *exec;
	struct buf out[3];
	char user[40], ip[40], problem[220];
	int exit_code;
	bool ended, free_at_output;
};

static char *answer(const char *status, const char *body)
{
	char *text = NULL;

	if (asprintf(&text, "HTTP/1.1 %s\r\nApi-Version: 1.41\r\nContent-Length: %zu\r\n\r\n%s",
		     status, strlen(body), body) < 0)
		abort();
	return text;
}

static void started(void *arg, const struct docker_about *about)
{
	struct exec_set *set = arg;

	snprintf(set->user, sizeof(set->user), "%s", docker_about_env(about, "POSTGRES_USER"));
	snprintf(set->ip, sizeof(set->ip), "%s", about->ip);
	assert_string_equal(docker_about_env(about, "EMPTY"), "");
	assert_null(docker_about_env(about, "POSTGRES"));
	assert_string_equal(about->name, "eucora-database");
}

static void out(void *arg, enum docker_stream stream, const char *data, size_t len)
{
	struct exec_set *set = arg;

	buf_add(&set->out[stream], data, len);
	if (set->free_at_output) {
		docker_exec_free(set->exec);
		set->exec = NULL;
	}
}

static void ended(void *arg, const char *problem, int exit_code)
{
	struct exec_set *set = arg;

	assert_false(set->ended);
	set->ended = true;
	set->exit_code = exit_code;
	snprintf(set->problem, sizeof(set->problem), "%s", problem);
	docker_exec_free(set->exec);
	set->exec = NULL;
}

/* A daemon's certificate, which is its own authority, where DOCKER_CERT_PATH points. */
static SSL_CTX *tls_context(struct exec_set *set)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	char *cert = tempdir_path(&set->dir, "ca.pem"),
	     *key = tempdir_path(&set->dir, "daemon.pem");

	cert_write(cert, key, "IP:127.0.0.1");
	assert_int_equal(SSL_CTX_use_certificate_file(tls, cert, SSL_FILETYPE_PEM), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM), 1);
	setenv("DOCKER_TLS_VERIFY", "1", 1);
	setenv("DOCKER_CERT_PATH", set->dir.path, 1);
	free(cert);
	free(key);
	return tls;
}

/* calls: connection 0, the API's calls; wire: connection 1, the hijacked one. tls: over TCP with TLS, the daemon's
 * certificate in DOCKER_CERT_PATH. */
static struct exec_set *exec_set_on(const struct script_step *calls, const struct script_step *wire,
				    bool tls)
{
	struct exec_set *set = calloc(1, sizeof(*set));
	static const char *const argv[] = { "psql", "-XAtq", NULL };
	static const char *const env[] = { "PGAPPNAME=throng", NULL };
	struct docker_exec_config config;
	struct error err = { 0 };

	tempdir_init(&set->dir);
	set->path = tempdir_path(&set->dir, "d.sock");
	snprintf(set->host, sizeof(set->host), "unix://%s", set->path);
	set->base = event_base_new();
	set->scripts[0] = calls;
	set->scripts[1] = wire;
	if (tls)
		set->tls = tls_context(set);
	set->server =
		script_server_new(set->base, set->scripts, 2, tls ? NULL : set->path, set->tls);
	if (tls)
		snprintf(set->host, sizeof(set->host), "tcp://127.0.0.1:%u",
			 script_server_port(set->server));
	for (int i = 0; i < 3; i++)
		buf_init(&set->out[i], 1 << 20);
	config = (struct docker_exec_config){ .base = set->base,
					      .host = set->host,
					      .container = "eucora-db",
					      .argv = argv,
					      .env = env,
					      .started = started,
					      .out = out,
					      .ended = ended,
					      .arg = set };
	assert_int_equal(docker_exec_new(&set->exec, &config, &err), 0);
	return set;
}

static struct exec_set *exec_set_new(const struct script_step *calls,
				     const struct script_step *wire)
{
	return exec_set_on(calls, wire, false);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void turn(struct exec_set *set, uint64_t end_ns)
{
	const struct timeval tick = { .tv_usec = 100000 };

	assert_true(clock_now_ns() < end_ns);
	event_base_once(set->base, -1, EV_TIMEOUT, on_tick, NULL, &tick);
	event_base_loop(set->base, EVLOOP_ONCE);
}

static void run_to_end(struct exec_set *set)
{
	uint64_t end_ns = clock_now_ns() + 60 * CLOCK_NS_PER_SEC;

	while (!set->ended)
		turn(set, end_ns);
}

static void exec_set_free(struct exec_set *set)
{
	docker_exec_free(set->exec);
	script_server_free(set->server);
	event_base_free(set->base);
	SSL_CTX_free(set->tls);
	unsetenv("DOCKER_TLS_VERIFY");
	unsetenv("DOCKER_CERT_PATH");
	for (int i = 0; i < 3; i++)
		buf_fini(&set->out[i]);
	free(set->path);
	tempdir_fini(&set->dir);
	free(set);
}

/* What every script begins with. */
struct replies {
	char *ping, *list, *about, *created, *exited;
};

static struct replies replies_new(const char *about, const char *created, const char *exited)
{
	return (struct replies){ answer("200 OK", "OK"), answer("200 OK", LIST),
				 answer("200 OK", about), answer("201 Created", created),
				 answer("200 OK", exited) };
}

static void replies_free(struct replies *r)
{
	free(r->ping);
	free(r->list);
	free(r->about);
	free(r->created);
	free(r->exited);
}

#define CALLS(r)                                                                    \
	{                                                                           \
		ON_REQUEST, SEND((r).ping), ON_REQUEST, SEND((r).list), ON_REQUEST, \
			SEND((r).about), ON_REQUEST, SEND((r).created), ON_REQUEST, \
			SEND((r).exited), THEN(END)                                 \
	}

static const char upgraded[] = "HTTP/1.1 101 UPGRADED\r\nContent-Type: "
			       "application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\n\r\n";

static void output_of_both_streams_and_the_exit_code_come(void **state)
{
	static const char frames[] = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n\r\n"
				     "\x01\0\0\0\0\0\0\x04"
				     "6|1\n"
				     "\x02\0\0\0\0\0\0\x05psql:"
				     "\x01\0\0\0\0\0\0\x05@END\n";
	struct replies r = replies_new(ABOUT("true", "false"), "{\"Id\":\"e1\"}",
				       "{\"Running\":false,\"ExitCode\":2}");
	const struct script_step calls[] = CALLS(r);
	/* byte by byte: the head and each frame's header are cut everywhere */
	const struct script_step wire[] = { ON_REQUEST, SEND_SLOW(frames, sizeof(frames) - 1),
					    THEN(CLOSE) };
	struct exec_set *set = exec_set_new(calls, wire);

	(void)state;
	run_to_end(set);
	assert_string_equal(set->problem, "");
	assert_int_equal(set->exit_code, 2);
	assert_string_equal(buf_str(&set->out[1]), "6|1\n@END\n");
	assert_string_equal(buf_str(&set->out[2]), "psql:");
	assert_string_equal(set->user, "eucora_user");
	assert_string_equal(set->ip, "172.18.0.3");
	exec_set_free(set);
	replies_free(&r);
}

static void what_is_sent_before_the_start_arrives_behind_the_request(void **state)
{
	struct replies r = replies_new(ABOUT("true", "false"), "{\"Id\":\"e1\"}",
				       "{\"Running\":false,\"ExitCode\":0}");
	const struct script_step calls[] = CALLS(r);
	const struct script_step wire[] = { ON_REQUEST, SEND(upgraded), THEN(END) };
	struct exec_set *set = exec_set_new(calls, wire);
	uint64_t end_ns = clock_now_ns() + 60 * CLOCK_NS_PER_SEC;
	char *big = malloc(DOCKER_EXEC_SEND_MAX);
	const char *got;

	(void)state;
	assert_int_equal(docker_exec_send(set->exec, "SELECT 1;\n", 10), 0);
	assert_int_equal(docker_exec_send(set->exec, "SELECT 2;\n", 10), 0);
	memset(big, 'x', DOCKER_EXEC_SEND_MAX);
	assert_int_equal(docker_exec_send(set->exec, big, DOCKER_EXEC_SEND_MAX), -EMSGSIZE);
	free(big);
	for (;;) {
		got = script_server_received(set->server, NULL);
		if (got != NULL && strstr(got, "SELECT 1;\nSELECT 2;\n") != NULL)
			break;
		turn(set, end_ns);
	}
	assert_non_null(strstr(got, "POST /v1.41/exec/e1/start HTTP/1.1\r\n"));
	assert_non_null(strstr(got, "Upgrade: tcp\r\n"));
	assert_non_null(strstr(got, "\"Cmd\":[\"psql\",\"-XAtq\"]"));
	assert_non_null(strstr(got, "\"Env\":[\"PGAPPNAME=throng\"]"));
	assert_non_null(strstr(got, "\"AttachStdin\":true"));
	exec_set_free(set); /* in the middle: nothing is left */
	replies_free(&r);
}

static void the_exec_may_be_freed_while_it_gives_output(void **state)
{
	static const char frames[] = "HTTP/1.1 200 OK\r\n\r\n"
				     "\x01\0\0\0\0\0\0\x01"
				     "a"
				     "\x01\0\0\0\0\0\0\x01"
				     "b";
	struct replies r = replies_new(ABOUT("true", "false"), "{\"Id\":\"e1\"}", "{}");
	const struct script_step calls[] = CALLS(r);
	const struct script_step wire[] = { ON_REQUEST, SEND_BYTES(frames, sizeof(frames) - 1),
					    THEN(END) };
	struct exec_set *set = exec_set_new(calls, wire);
	uint64_t end_ns = clock_now_ns() + 60 * CLOCK_NS_PER_SEC;

	(void)state;
	set->free_at_output = true;
	while (set->exec != NULL)
		turn(set, end_ns);
	assert_string_equal(buf_str(&set->out[1]), "a");
	assert_false(set->ended);
	exec_set_free(set);
	replies_free(&r);
}

static void a_program_that_is_not_there_is_told_and_its_words_are_no_output(void **state)
{
	static const char text[] =
		"OCI runtime exec failed: exec failed: \"psql\": executable file "
		"not found in $PATH: unknown\r\n";
	struct replies r = replies_new(ABOUT("true", "false"), "{\"Id\":\"e1\"}",
				       "{\"Running\":false,\"ExitCode\":126}");
	const struct script_step calls[] = CALLS(r);
	const char header[8] = { 1, 0, 0, 0, 0, 0, 0, sizeof(text) - 1 };
	const struct script_step wire[] = { ON_REQUEST, SEND(upgraded), SEND_BYTES(header, 8),
					    SEND(text), THEN(CLOSE) };
	struct exec_set *set = exec_set_new(calls, wire);

	(void)state;
	run_to_end(set);
	assert_non_null(strstr(set->problem, "has no program psql"));
	assert_string_equal(buf_str(&set->out[1]), "");
	exec_set_free(set);
	replies_free(&r);
}

static void each_refusal_has_its_words(void **state)
{
	static const struct {
		const char *status, *body, *said;
	} cases[] = {
		{ "409 Conflict", "{\"message\":\"Container x is paused, unpause it\"}",
		  "is paused" },
		{ "403 Forbidden", "<html>", "forbids POST /containers/" },
		{ "404 Not Found", "{\"message\":\"No such container: x\"}", "No such container" },
		{ "201 Created", "garbage", "cannot be understood" },
		{ "500 Oops",
		  "{\"message\":\"exec: \\\"psql\\\": executable file not found in $PATH\"}",
		  "has no program psql" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct replies r = replies_new(ABOUT("true", "false"), "", "{}");
		struct exec_set *set;

		free(r.created);
		r.created = answer(cases[i].status, cases[i].body);
		const struct script_step calls[] = CALLS(r);
		const struct script_step wire[] = { THEN(CLOSE) };

		set = exec_set_new(calls, wire);
		run_to_end(set);
		if (strstr(set->problem, cases[i].said) == NULL)
			fail_msg("\"%s\" says not \"%s\"", set->problem, cases[i].said);
		assert_string_equal(buf_str(&set->out[1]), "");
		exec_set_free(set);
		replies_free(&r);
	}
}

static void a_start_that_is_refused_is_told(void **state)
{
	struct replies r = replies_new(ABOUT("true", "false"), "{\"Id\":\"e1\"}", "{}");
	const struct script_step calls[] = CALLS(r);
	static const char chunked[] = "HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n"
				      "1f\r\n{\"message\":\"not running now: 7\"}\r\n0\r\n\r\n";
	const struct script_step wire[] = { ON_REQUEST, SEND_SLOW(chunked, sizeof(chunked) - 1),
					    THEN(END) };
	struct exec_set *set = exec_set_new(calls, wire);

	(void)state;
	run_to_end(set);
	assert_non_null(strstr(set->problem, "not running now: 7"));
	assert_int_equal(set->exit_code, -1);
	exec_set_free(set);
	replies_free(&r);
}

static void garbage_for_an_answer_is_told(void **state)
{
	struct replies r = replies_new(ABOUT("true", "false"), "{\"Id\":\"e1\"}", "{}");
	const struct script_step calls[] = CALLS(r);
	const struct script_step no_http[] = { ON_REQUEST, SEND("SSH-2.0-OpenSSH\r\n"), THEN(END) };
	const struct script_step no_frames[] = { ON_REQUEST, SEND(upgraded),
						 SEND("not a frame at all"), THEN(END) };
	const struct script_step nothing[] = { ON_REQUEST, THEN(CLOSE) };
	const struct script_step *const wires[] = { no_http, no_frames, nothing };

	(void)state;
	for (size_t i = 0; i < COUNT(wires); i++) {
		struct exec_set *set = exec_set_new(calls, wires[i]);

		run_to_end(set);
		assert_string_not_equal(set->problem, "");
		exec_set_free(set);
	}
	replies_free(&r);
}

static void a_paused_and_a_stopped_container_are_told_with_the_command_that_helps(void **state)
{
	struct replies paused = replies_new(ABOUT("true", "true"), "", "{}");
	struct replies stopped = replies_new(ABOUT("false", "false"), "", "{}");
	const struct script_step paused_calls[] = CALLS(paused);
	const struct script_step stopped_calls[] = CALLS(stopped);
	const struct script_step wire[] = { THEN(CLOSE) };
	struct exec_set *set = exec_set_new(paused_calls, wire);

	(void)state;
	run_to_end(set);
	assert_string_equal(
		set->problem,
		"the container eucora-database is paused: docker unpause eucora-database");
	exec_set_free(set);
	set = exec_set_new(stopped_calls, wire);
	run_to_end(set);
	assert_string_equal(
		set->problem,
		"the container eucora-database is exited (0): docker start eucora-database");
	exec_set_free(set);
	replies_free(&paused);
	replies_free(&stopped);
}

/* Much more than one TLS record, which libcurl may hold when the socket is empty already. */
static void all_of_it_works_over_tcp_with_tls(void **state)
{
	struct replies r = replies_new(ABOUT("true", "false"), "{\"Id\":\"e1\"}",
				       "{\"Running\":false,\"ExitCode\":0}");
	const struct script_step calls[] = CALLS(r);
	static char frames[8 + 60000];
	const struct script_step wire[] = { ON_REQUEST, SEND(upgraded),
					    SEND_BYTES(frames, sizeof(frames)), THEN(CLOSE) };
	struct exec_set *set = exec_set_on(calls, wire, true);

	(void)state;
	memset(frames, 'y', sizeof(frames));
	memcpy(frames, (char[]){ 1, 0, 0, 0, 0, 0, (char)(60000 >> 8), (char)(60000 & 255) }, 8);
	run_to_end(set);
	assert_string_equal(set->problem, "");
	assert_int_equal(set->exit_code, 0);
	assert_int_equal(set->out[1].len, 60000);
	exec_set_free(set);
	replies_free(&r);
}

static void a_certificate_that_is_not_trusted_is_told(void **state)
{
	struct replies r = replies_new(ABOUT("true", "false"), "{\"Id\":\"e1\"}", "{}");
	const struct script_step calls[] = CALLS(r);
	const struct script_step wire[] = { THEN(CLOSE) };
	struct exec_set *set = exec_set_on(calls, wire, true);
	char *ca = tempdir_path(&set->dir, "ca.pem"), *key = tempdir_path(&set->dir, "other.pem");

	(void)state;
	cert_write(ca, key, "IP:127.0.0.1"); /* another authority than the daemon's */
	run_to_end(set);
	assert_non_null(strstr(set->problem, "TLS with tcp://127.0.0.1:"));
	assert_non_null(strstr(set->problem, "DOCKER_CERT_PATH needs ca.pem"));
	free(ca);
	free(key);
	exec_set_free(set);
	replies_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_of_both_streams_and_the_exit_code_come),
		cmocka_unit_test(what_is_sent_before_the_start_arrives_behind_the_request),
		cmocka_unit_test(the_exec_may_be_freed_while_it_gives_output),
		cmocka_unit_test(a_program_that_is_not_there_is_told_and_its_words_are_no_output),
		cmocka_unit_test(each_refusal_has_its_words),
		cmocka_unit_test(a_start_that_is_refused_is_told),
		cmocka_unit_test(garbage_for_an_answer_is_told),
		cmocka_unit_test(all_of_it_works_over_tcp_with_tls),
		cmocka_unit_test(a_certificate_that_is_not_trusted_is_told),
		cmocka_unit_test(
			a_paused_and_a_stopped_container_are_told_with_the_command_that_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
