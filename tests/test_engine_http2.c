/* SPDX-License-Identifier: MIT */
/* Engines over HTTP/2 against a server not written here: nginx, on a Unix socket, with and
 * without TLS. Skipped where there is none. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cert.h"
#include "drive.h"
#include "tempdir.h"

/* A connection serves so many requests: then the server sends GOAWAY. */
#define KEEPALIVE 25

static const char conf[] =
	"daemon off; master_process off; worker_processes 1; pid %s/pid; error_log %s/error;\n"
	"events { worker_connections 256; }\n"
	"http { access_log off; keepalive_requests 25;\n"
	"client_body_temp_path %s/a; proxy_temp_path %s/b; fastcgi_temp_path %s/c;\n"
	"uwsgi_temp_path %s/d; scgi_temp_path %s/e;\n"
	"server { listen unix:%s/plain http2; location / { return 200 $server_protocol; }\n"
	"  location /big { return 200 \"$server_protocol %s\"; } }\n"
	"server { listen unix:%s/tls ssl http2; ssl_certificate %s/cert; ssl_certificate_key "
	"%s/key;\n"
	"  location / { return 200 $server_protocol; } } }\n";

struct server {
	struct tempdir dir;
	pid_t pid;
};

static bool listens(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
	if (fd >= 0) {
		close(fd);
	}
	return ok;
}

static const char *find_nginx(void)
{
	static const char *const places[] = { "/usr/sbin/nginx", "/usr/local/sbin/nginx",
					      "/usr/bin/nginx" };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (access(places[i], X_OK) == 0) {
			return places[i];
		}
	}
	return NULL;
}

static void write_conf(struct server *s, const char *path)
{
	const char *d = s->dir.path;
	char big[4001];
	FILE *file = fopen(path, "w");

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_non_null(file);
	fprintf(file, conf, d, d, d, d, d, d, d, d, big, d, d, d);
	fclose(file);
}

static int setup(void **state)
{
	struct server *s = mem_new(sizeof(*s));
	const char *nginx = find_nginx();

	*state = s;
	tempdir_init(&s->dir);
	if (nginx == NULL) {
		return 0;
	}
	char *path = tempdir_path(&s->dir, "conf"), *tls = tempdir_path(&s->dir, "tls");
	char *cert = tempdir_path(&s->dir, "cert"), *key = tempdir_path(&s->dir, "key");
	cert_write(cert, key, "DNS:server.test");
	write_conf(s, path);
	s->pid = fork();
	if (s->pid == 0) {
		int null = open("/dev/null", O_RDWR);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execl(nginx, nginx, "-c", path, "-p", s->dir.path, (char *)NULL);
		_exit(127);
	}
	uint64_t give_up = clock_now_ns() + 60 * CLOCK_NS_PER_SEC;
	while (!listens(tls) && clock_now_ns() < give_up && waitpid(s->pid, NULL, WNOHANG) == 0) {
		clock_sleep_ns(5 * CLOCK_NS_PER_MS);
	}
	if (!listens(tls)) {
		(void)kill(s->pid, SIGKILL);
		s->pid = 0; /* one without HTTP/2 or TLS: nothing to test against */
	}
	free(path);
	free(tls);
	free(cert);
	free(key);
	return 0;
}

static int teardown(void **state)
{
	struct server *s = *state;

	if (s->pid > 0) {
		(void)kill(s->pid, SIGTERM);
		(void)waitpid(s->pid, NULL, 0);
	}
	tempdir_fini(&s->dir);
	free(s);
	return 0;
}

static struct drive *start(const struct server *s, const char *scheme, const char *socket,
			   const char *more, const char *request)
{
	const struct drive_options options = { .engines = 2,
					       .stop_timeout_ns = 5 * CLOCK_NS_PER_SEC };
	char *json = mem_printf(
		"{ \"name\": \"t\", \"target\": \"%s://server.test:%%u\", "
		"\"http\": { \"version\": \"2\", \"unix_socket\": \"%s/%s\"%s }, "
		"\"load\": { \"users\": 6, \"spawn_rate\": 1000 }, \"users\": { \"U\": { "
		"\"wait\": \"1ms\", \"tasks\": { \"t\": { %s } } } } }",
		scheme, s->dir.path, socket, more, request);
	struct drive *d = drive_start(&options, json, 443);

	free(json);
	return d;
}

static void without_tls_by_prior_knowledge(void **state)
{
	struct server *s = *state;
	if (s->pid <= 0) {
		skip();
	}
	struct drive *d =
		start(s, "http", "plain", "",
		      "\"get\": \"/{{hex 4}}\", \"name\": \"n\", \"expect\": { \"contains\": "
		      "\"HTTP/2.0\" }");

	drive_until(d, drive_requests, 600);
	drive_stop(d);
	const struct tally *t = drive_tally(d);
	assert_int_equal(t->failed + t->aborted, 0);
	/* connections are kept, and given up when the server says so */
	assert_true(t->new_connections >= t->ok / KEEPALIVE);
	assert_true(t->new_connections <= 6 + t->ok / KEEPALIVE + 6);
	drive_free(d);
}

static void bodies_go_both_ways(void **state)
{
	struct server *s = *state;
	if (s->pid <= 0) {
		skip();
	}
	struct drive *d =
		start(s, "http", "plain", "",
		      "\"get\": \"/big\", \"expect\": { \"size\": { \"min\": 4009, \"max\": "
		      "4009 } }");

	drive_until(d, drive_requests, 100);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->failed + drive_tally(d)->aborted, 0);
	assert_int_equal(drive_tally(d)->last.u.request.body_bytes, 4009);
	drive_free(d);
}

static void over_tls_as_negotiated(void **state)
{
	struct server *s = *state;
	if (s->pid <= 0) {
		skip();
	}
	char *more = mem_printf(", \"ca_file\": \"%s/cert\"", s->dir.path);
	struct drive *d = start(s, "https", "tls", more,
				"\"get\": \"/\", \"expect\": { \"contains\": \"HTTP/2.0\" }");

	free(more);
	drive_until(d, drive_requests, 200);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->failed + drive_tally(d)->aborted, 0);
	assert_true(drive_tally(d)->last.u.request.bytes_in > 8);
	drive_free(d);
}

static void a_certificate_nobody_vouches_for_is_a_tls_failure(void **state)
{
	struct server *s = *state;
	if (s->pid <= 0) {
		skip();
	}
	struct drive *d = start(s, "https", "tls", "", "\"get\": \"/\"");

	drive_until(d, drive_failed, 6);
	drive_stop(d);
	assert_int_equal(drive_tally(d)->kinds[FAILURE_TLS], drive_tally(d)->failed);
	assert_int_equal(drive_tally(d)->ok, 0);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_tls_by_prior_knowledge, setup, teardown),
		cmocka_unit_test_setup_teardown(bodies_go_both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(over_tls_as_negotiated, setup, teardown),
		cmocka_unit_test_setup_teardown(a_certificate_nobody_vouches_for_is_a_tls_failure,
						setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
