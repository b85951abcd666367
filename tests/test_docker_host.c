/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/outfile.h"
#include "monitor/docker_host.h"
#include "monitor/docker_problem.h"
#include "tempdir.h"

static struct tempdir home;

/* An environment with nothing of Docker in it. */
static int clean(void **state)
{
	static const char *const names[] = { "DOCKER_HOST",      "DOCKER_CONTEXT",
					     "DOCKER_CONFIG",    "DOCKER_TLS",
					     "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
					     "XDG_RUNTIME_DIR",  "DOCKER_API_VERSION" };

	(void)state;
	tempdir_init(&home);
	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	setenv("HOME", home.path, 1);
	return 0;
}

static int remove_home(void **state)
{
	(void)state;
	tempdir_fini(&home);
	return 0;
}

static void put(const char *name, const char *text)
{
	char *path = tempdir_path(&home, name), *at;

	for (at = path + strlen(home.path) + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		(void)mkdir(path, 0700);
		*at = '/';
	}
	assert_int_equal(outfile_replace(path, text, strlen(text)), 0);
	free(path);
}

static void expect(const char *host, const char *socket, const char *url)
{
	struct docker_host found = { 0 };
	struct error err = { 0 };

	if (docker_host_find(&found, host, &err) != 0)
		fail_msg("%s: %s", host != NULL ? host : "-", err.text);
	if (socket != NULL)
		assert_string_equal(found.socket, socket);
	else
		assert_null(found.socket);
	assert_string_equal(found.url, url);
	docker_host_fini(&found);
}

static void refuse(const char *host, const char *words)
{
	struct docker_host found = { 0 };
	struct error err = { 0 };

	assert_int_equal(docker_host_find(&found, host, &err), -EINVAL);
	if (strstr(err.text, words) == NULL)
		fail_msg("\"%s\" says not \"%s\"", err.text, words);
	assert_null(found.said);
}

static void every_form_of_an_address_is_understood(void **state)
{
	(void)state;
	expect("unix:///run/x.sock", "/run/x.sock", "http://localhost");
	expect("/run/x.sock", "/run/x.sock", "http://localhost");
	expect("tcp://10.0.0.5:2375", NULL, "http://10.0.0.5:2375");
	expect("tcp://10.0.0.5", NULL, "http://10.0.0.5:2375");
	expect("10.0.0.5:99", NULL, "http://10.0.0.5:99");
	expect("tcp://[::1]", NULL, "http://[::1]:2375");
	expect("tcp://[::1]:77/", NULL, "http://[::1]:77");
	expect("http://h:1", NULL, "http://h:1");
	expect("https://h", NULL, "https://h:2376");
}

static void what_is_no_address_is_told_with_what_would_be(void **state)
{
	char longest[200] = "unix:///";

	(void)state;
	refuse("npipe:////./pipe/docker", "is not one of unix:///PATH");
	refuse("tcp://", "is not one of unix:///PATH");
	refuse("tcp://h:1/path", "is not one of unix:///PATH");
	refuse("unix://relative", "needs an absolute path");
	refuse("ssh://ops@db1/x", "run ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock ops@db1 ");
	memset(longest + 8, 'x', 150);
	refuse(longest, "is longer than 107 bytes");
}

static void the_scenario_comes_before_the_environment_and_that_before_a_context(void **state)
{
	(void)state;
	put(".docker/config.json", "{\"currentContext\":\"remote\"}");
	setenv("DOCKER_CONTEXT", "default", 1);
	setenv("DOCKER_HOST", "unix:///from/environment.sock", 1);
	expect("unix:///from/scenario.sock", "/from/scenario.sock", "http://localhost");
	expect(NULL, "/from/environment.sock", "http://localhost");
	unsetenv("DOCKER_HOST");
	unsetenv("DOCKER_CONTEXT");
	refuse(NULL, "the Docker context \"remote\" has no address");
}

static void a_context_names_address_and_certificates(void **state)
{
	struct docker_host found = { 0 };
	struct error err = { 0 };

	(void)state;
	setenv("DOCKER_CONTEXT", "abc", 1); /* its SHA-256 is FIPS 180's first example */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	put(".docker/contexts/meta/" ABC "/meta.json",
	    "{\"Name\":\"abc\",\"Endpoints\":{\"docker\":{\"Host\":\"tcp://dev:2376\"}}}");
	put(".docker/contexts/tls/" ABC "/docker/ca.pem", "x");
	assert_int_equal(docker_host_find(&found, NULL, &err), 0);
	assert_string_equal(found.url, "https://dev:2376");
	assert_string_equal(found.from, "context abc");
	assert_non_null(found.ca);
	assert_null(found.cert);
	assert_true(found.tls && found.verify);
	docker_host_fini(&found);
}

static void tls_is_as_the_environment_says(void **state)
{
	struct docker_host found = { 0 };
	struct error err = { 0 };

	(void)state;
	setenv("DOCKER_HOST", "tcp://dev", 1);
	setenv("DOCKER_TLS_VERIFY", "1", 1);
	setenv("DOCKER_CERT_PATH", home.path, 1);
	put("ca.pem", "x");
	put("cert.pem", "x");
	put("key.pem", "x");
	assert_int_equal(docker_host_find(&found, NULL, &err), 0);
	assert_string_equal(found.url, "https://dev:2376");
	assert_true(found.tls && found.verify);
	assert_non_null(found.ca);
	assert_non_null(found.key);
	docker_host_fini(&found);
	unsetenv("DOCKER_TLS_VERIFY");
	setenv("DOCKER_TLS", "1", 1);
	assert_int_equal(docker_host_find(&found, NULL, &err), 0);
	assert_true(found.tls && !found.verify);
	docker_host_fini(&found);
}

static void without_a_word_the_first_socket_that_exists_is_taken(void **state)
{
	struct docker_host found = { 0 };
	struct error err = { 0 };
	char *runtime = tempdir_path(&home, "docker.sock");
	bool usual = access("/var/run/docker.sock", F_OK) == 0;

	(void)state;
	put("docker.sock", "");
	setenv("XDG_RUNTIME_DIR", home.path, 1);
	assert_int_equal(docker_host_find(&found, NULL, &err), 0);
	assert_string_equal(found.socket, usual ? "/var/run/docker.sock" : runtime);
	docker_host_fini(&found);
	free(runtime);
}

/* With TLS 1.3 that is known only after the handshake, and looks like a connection that was closed. */
static void a_refused_certificate_is_told_from_a_daemon_that_stopped(void **state)
{
	char said[] = "tcp://dev:2376", from[] = "DOCKER_HOST";
	const struct docker_host host = { .said = said, .from = from, .tls = true };
	struct docker_trouble trouble = {
		.method = "GET",
		.path = "/_ping",
		.curl = CURLE_RECV_ERROR,
		.tls_text = "OpenSSL SSL_read: error:0A000418:SSL routines::tlsv1 alert unknown "
			    "ca, errno 0",
		.body = ""
	};
	char problem[DOCKER_PROBLEM_MAX];

	(void)state;
	docker_problem(problem, &host, &trouble);
	assert_string_equal(
		problem,
		"the Docker daemon at tcp://dev:2376 refuses this client: tlsv1 alert "
		"unknown ca, errno 0; DOCKER_CERT_PATH needs cert.pem and key.pem of its CA");
	trouble.tls_text = "Recv failure: Connection reset by peer";
	docker_problem(problem, &host, &trouble);
	assert_non_null(strstr(problem, "closed the connection"));
	assert_non_null(strstr(problem, "or does not accept the cert.pem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_form_of_an_address_is_understood, clean,
						remove_home),
		cmocka_unit_test_setup_teardown(what_is_no_address_is_told_with_what_would_be,
						clean, remove_home),
		cmocka_unit_test_setup_teardown(
			the_scenario_comes_before_the_environment_and_that_before_a_context, clean,
			remove_home),
		cmocka_unit_test_setup_teardown(a_context_names_address_and_certificates, clean,
						remove_home),
		cmocka_unit_test(a_refused_certificate_is_told_from_a_daemon_that_stopped),
		cmocka_unit_test_setup_teardown(tls_is_as_the_environment_says, clean, remove_home),
		cmocka_unit_test_setup_teardown(
			without_a_word_the_first_socket_that_exists_is_taken, clean, remove_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
