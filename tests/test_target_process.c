/* SPDX-License-Identifier: MIT */
/* The target as a process of its own: throng target's options, signals, kill -9, TLS. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "cli/cmd_target.h"
#include "target/target_counters.h"
#include "target/target_route.h"
#include "target_client.h"

#define ARGS_MAX 24

struct process {
	pid_t pid;
	int out; /* its stdout and stderr */
	char url[128];
};

struct fixture {
	char dir[64];
	char counters[96], cert[96], key[96];
};

static int setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	snprintf(fix->dir, sizeof(fix->dir), "/tmp/throng-test-XXXXXX");
	if (!mkdtemp(fix->dir))
		return -1;
	snprintf(fix->counters, sizeof(fix->counters), "%s/counters", fix->dir);
	snprintf(fix->cert, sizeof(fix->cert), "%s/cert.pem", fix->dir);
	snprintf(fix->key, sizeof(fix->key), "%s/key.pem", fix->dir);
	*state = fix;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	unlink(fix->counters);
	unlink(fix->cert);
	unlink(fix->key);
	rmdir(fix->dir);
	free(fix);
	return 0;
}

/* Read the process's output until its end or `len` bytes, or until a newline when asked. */
static void read_output(const struct process *process, char *dst, size_t len, bool line)
{
	size_t have = 0;

	while (have + 1 < len) {
		struct pollfd ready = { .fd = process->out, .events = POLLIN };
		ssize_t n;

		assert_int_equal(poll(&ready, 1, 60000), 1);
		n = read(process->out, dst + have, 1);
		if (n <= 0 || (line && dst[have] == '\n'))
			break;
		have++;
	}
	dst[have] = '\0';
}

static struct process spawn(const char *const *argv)
{
	struct process process = { .pid = -1 };
	char *copy[ARGS_MAX] = { NULL };
	int pipes[2];

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	fflush(NULL);
	process.pid = fork();
	if (process.pid == 0) {
		int status, argc = 0;

		for (; argv[argc]; argc++)
			copy[argc] = strdup(argv[argc]);
		dup2(pipes[1], STDOUT_FILENO);
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		status = cmd_target(argc, copy);
		fflush(NULL);
		_exit(status);
	}
	close(pipes[1]);
	process.out = pipes[0];
	return process;
}

static struct process spawn_ready(const char *const *argv)
{
	struct process process = spawn(argv);
	char line[sizeof(process.url) + 12];

	read_output(&process, line, sizeof(line), true);
	assert_int_equal(strncmp(line, "listening on ", 13), 0);
	snprintf(process.url, sizeof(process.url), "%s", line + 13);
	return process;
}

/* Returns the exit status, or minus the signal's number. */
static int reap(struct process *process)
{
	int status;

	assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
	close(process->out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void counters_survive_kill_9_and_are_continued(void **state)
{
	struct fixture *fix = *state;
	const char *argv[] = { "target", "--listen",   "127.0.0.1:0", "--seed",
			       "5",      "--counters", fix->counters, NULL };
	struct process process = spawn_ready(argv);
	char *token = login(process.url, "loadtest_user");
	struct fetch list = { .path = "/api/v1/deployments/", .token = token };

	for (int i = 0; i < 10; i++)
		assert_int_equal(fetch_status(process.url, &list), 200);
	kill(process.pid, SIGKILL);
	assert_int_equal(reap(&process), -SIGKILL);

	process = spawn_ready(argv);
	assert_int_equal(stat_at(process.url, "requests"), 11);
	assert_int_equal(stat_at(process.url, "users"), 1);
	assert_int_equal(fetch_status(process.url, &list), 200); /* the token holds */
	assert_int_equal(stat_at(process.url, "users"), 1);
	free(login(process.url, "loadtest_user"));
	assert_int_equal(stat_at(process.url, "requests"), 13);
	assert_int_equal(stat_at(process.url, "endpoints.GET /api/v1/deployments/"), 11);
	kill(process.pid, SIGTERM);
	assert_int_equal(reap(&process), 0);
	free(token);
}

static void a_counters_file_is_used_by_one_and_must_be_one(void **state)
{
	struct fixture *fix = *state;
	struct target_config config = { .listen = "127.0.0.1:0", .counters = fix->counters };
	struct target_counters *counters;
	struct target *first, *second;
	struct error err;
	FILE *file;
	int fd;

	assert_int_equal(target_new(&first, &config, &err), 0);
	assert_int_equal(target_new(&second, &config, &err), -EBUSY);
	assert_non_null(strstr(err.text, "in use"));
	target_free(first);
	/* of another version */
	assert_int_equal(target_counters_open(&counters, &fd, fix->counters,
					      target_route_layout() + 1, &err),
			 -EINVAL);
	file = fopen(fix->counters, "w");
	fputs("something else", file);
	fclose(file);
	assert_int_equal(target_new(&second, &config, &err), -EINVAL);
	assert_non_null(strstr(err.text, fix->counters));
	config.counters = "/nonexistent/dir/file";
	assert_int_equal(target_new(&second, &config, &err), -ENOENT);
}

static void signals_end_it_with_the_counters_when_asked(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM };
	const char *argv[] = { "target", "--listen=127.0.0.1:0", "--stats-at-exit", NULL };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct process process = spawn_ready(argv);
		char output[4096];
		json_t *json;

		for (int j = 0; j < 3; j++)
			fetch_status(process.url, &(struct fetch){ .path = "/api/v1/health/" });
		kill(process.pid, signals[i]);
		read_output(&process, output, sizeof(output), false);
		json = json_loads(output, 0, NULL);
		assert_int_equal(json_integer_value(json_object_get(json, "requests")), 3);
		json_decref(json);
		assert_int_equal(reap(&process), 0);
	}
}

static void options_set_the_behaviour(void **state)
{
	const char *argv[] = { "target",   "--listen",     "127.0.0.1:0", "--latency",
			       "20ms,0.5", "--error-rate", "2%",          "--workers",
			       "7",        "--queue",      "9",           "--queue-timeout",
			       "1.5s",     "--degrade",    "0.25",        "--racy-approvals",
			       NULL };
	struct process process = spawn_ready(argv);
	struct reply reply = fetch(process.url, &(struct fetch){ .path = "/_target/config" });

	(void)state;
	assert_string_equal(reply.body,
			    "{\"latency_median_ms\":20,\"latency_sigma\":0.5,\"error_ratio\":0.02,"
			    "\"workers\":7,\"queue_limit\":9,\"queue_timeout_ms\":1500,"
			    "\"degrade\":0.25,\"racy_approvals\":1}");
	reply_free(&reply);
	kill(process.pid, SIGTERM);
	assert_int_equal(reap(&process), 0);
}

static void latencies_are_durations_or_milliseconds(void **state)
{
	static const struct {
		const char *text;
		double median_ms, sigma; /* median below 0: refused */
	} cases[] = {
		{ "50ms", 50, 0 },  { "5,0.5", 5, 0.5 },      { "1.5s,1", 1500, 1 },
		{ "0", 0, 0 },      { "250us,10", 0.25, 10 }, { "1h", 3600000, 0 },
		{ "", -1, 0 },      { "2h", -1, 0 },          { "5,", -1, 0 },
		{ "5,-1", -1, 0 },  { "5,11", -1, 0 },        { "-5", -1, 0 },
		{ "5 ms", -1, 0 },  { "nan", -1, 0 },         { ",1", -1, 0 },
		{ "5,1,1", -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct target_config config = { .latency_median_ms = 7, .latency_sigma = 8 };
		struct error err = { .text = "" };
		int rc = target_parse_latency(cases[i].text, &config, &err);

		if (cases[i].median_ms < 0) {
			assert_int_equal(rc, -EINVAL);
			assert_true(config.latency_median_ms == 7 && config.latency_sigma == 8);
			assert_non_null(strstr(err.text, cases[i].text));
		} else {
			assert_int_equal(rc, 0);
			assert_true(config.latency_median_ms == cases[i].median_ms);
			assert_true(config.latency_sigma == cases[i].sigma);
		}
	}
}

static void wrong_options_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *option, *value, *text;
		int status;
	} cases[] = {
		{ "--latency", "soon", "--latency: 'soon' is not MEDIAN[,SIGMA]", 2 },
		{ "--latency", "5ms,x", "--latency", 2 },
		{ "--error-rate", "101%", "--error-rate: '101%' is not 0..1 or 0%..100%", 2 },
		{ "--workers", "-1", "--workers", 2 },
		{ "--queue-timeout", "2h", "--queue-timeout", 2 },
		{ "--degrade", "nan", "--degrade", 2 },
		{ "--seed", "x", "--seed", 2 },
		{ "--tls-key", "x", "--tls-key needs --tls-cert", 2 },
		{ "--nonsense", "x", "--help", 2 },
		{ "stray", "x", "unexpected argument 'stray'", 2 },
		{ "--listen", "nowhere", "cannot listen on 'nowhere'", 3 },
		{ "--tls-cert", "/nonexistent", "certificate /nonexistent", 3 },
		{ "--help", NULL, "--queue-timeout DURATION", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *argv[] = { "target", cases[i].option, cases[i].value, NULL };
		struct process process = spawn(argv);
		char output[4096];

		read_output(&process, output, sizeof(output), false);
		assert_non_null(strstr(output, cases[i].text));
		assert_int_equal(reap(&process), cases[i].status);
	}
}

static void write_certificate(const struct fixture *fix)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_EXTENSION *names;
	FILE *file;

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
				   (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
	X509_add_ext(cert, names, -1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	file = fopen(fix->cert, "w");
	PEM_write_X509(file, cert);
	fclose(file);
	file = fopen(fix->key, "w");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	X509_EXTENSION_free(names);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void it_speaks_tls(void **state)
{
	struct fixture *fix = *state;
	struct fetch what = { .path = "/api/v1/health/", .ca = fix->cert };
	struct target *target;
	const char *url;

	write_certificate(fix);
	target =
		target_begin(&(struct target_config){ .tls_cert = fix->cert, .tls_key = fix->key });
	url = target_url(target);
	assert_int_equal(strncmp(url, "https://127.0.0.1:", 18), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(fetch_status(url, &what), 200);
	what.path = "/_target/big/1000000";
	assert_int_equal(fetch_status(url, &what), 200);
	what.path = "/_target/reset";
	assert_true(fetch_status(url, &what) < 0);
	what.path = "/_target/truncate";
	assert_true(fetch_status(url, &what) < 0);
	what.ca = NULL; /* an unknown authority */
	what.path = "/api/v1/health/";
	assert_true(fetch_status(url, &what) < 0);
	target_end(target);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(counters_survive_kill_9_and_are_continued),
		WITH_FILES(a_counters_file_is_used_by_one_and_must_be_one),
		WITH_FILES(signals_end_it_with_the_counters_when_asked),
		WITH_FILES(options_set_the_behaviour),
		WITH_FILES(latencies_are_durations_or_milliseconds),
		WITH_FILES(wrong_options_are_refused_with_a_reason),
		WITH_FILES(it_speaks_tls),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
