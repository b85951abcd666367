/* SPDX-License-Identifier: MIT */
/* Preflight probes. Each is one row of a table: it prints a line and says whether the run can be done. */
#include "config.h"

#include "cli/probe.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/rng.h"
#include "engine/engine.h"
#include "message/failure.h"
#include "scenario/scenario.h"
#include "scenario/template.h"
#include "scenario/vars.h"

/* Each probe returns 0 when fine; what it found, or the remedy, goes to `said`. */
typedef int probe_fn(const struct scenario *scenario, struct buf *said);

static int probe_files(const struct scenario *scenario, struct buf *said)
{
	struct error err = { 0 };
	unsigned users = (unsigned)scenario->load.users;

	if (engine_check_files(scenario, users, &err) != 0) {
		buf_adds(said, err.text);
		return -1;
	}
	buf_addf(said, "enough for %u users", users);
	return 0;
}

static int probe_ports(const struct scenario *scenario, struct buf *said)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned low = 0, high = 0;
	unsigned users = (unsigned)scenario->load.users;
	int got = 0;

	if (file != NULL) {
		got = fscanf(file, "%u %u", &low, &high);
		fclose(file);
	}
	if (got != 2 || scenario->http.unix_socket != NULL) {
		buf_adds(said, "not limited here");
		return 0;
	}
	if (high - low + 1 < users) {
		buf_addf(said,
			 "%u ports for %u users; widen them: sysctl -w "
			 "net.ipv4.ip_local_port_range=\"1024 65535\"",
			 high - low + 1, users);
		return -1;
	}
	buf_addf(said, "%u for %u users", high - low + 1, users);
	return 0;
}

static int probe_dns(const struct scenario *scenario, struct buf *said)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	char address[128] = "";
	int rc;

	if (scenario->http.unix_socket != NULL) {
		buf_addf(said, "unix socket %s", scenario->http.unix_socket);
		return 0;
	}
	rc = getaddrinfo(scenario->target.host, NULL, &hints, &list);
	if (rc != 0) {
		buf_addf(said, "%s: %s; check the name or the resolver", scenario->target.host,
			 gai_strerror(rc));
		return -1;
	}
	getnameinfo(list->ai_addr, list->ai_addrlen, address, sizeof(address), NULL, 0,
		    NI_NUMERICHOST);
	buf_addf(said, "%s is %s", scenario->target.host, address);
	freeaddrinfo(list);
	return 0;
}

static size_t drop_body(char *data, size_t size, size_t count, void *arg)
{
	(void)data;
	(void)arg;
	return size * count;
}

static void set_connection(CURL *curl, const struct scenario *scenario)
{
	const struct http_options *http = &scenario->http;

	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_body);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
	if (http->insecure) {
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (http->ca_file != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, http->ca_file);
	if (http->cert_file != NULL)
		curl_easy_setopt(curl, CURLOPT_SSLCERT, http->cert_file);
	if (http->key_file != NULL)
		curl_easy_setopt(curl, CURLOPT_SSLKEY, http->key_file);
	if (http->unix_socket != NULL)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, http->unix_socket);
}

/* The path of the health check, or "/" when the scenario has none. */
static int health_path(const struct scenario *scenario, struct buf *path)
{
	struct rng rng;
	struct vars *vars = vars_new(names_count(scenario->names));
	struct template_env env = { .rng = &rng, .vars = vars };
	int rc = 0;

	rng_seed(&rng, 1, 0);
	if (scenario->health.path == NULL)
		buf_adds(path, "/");
	else
		rc = template_render(scenario->health.path, &env, path, NULL);
	vars_free(vars);
	return rc;
}

static int probe_target(const struct scenario *scenario, struct buf *said)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *to = NULL;
	struct buf url;
	long status = 0;
	int rc = -1;
	CURLcode code;

	buf_init(&url, 65536);
	buf_adds(&url, scenario->target.text);
	if (curl == NULL || health_path(scenario, &url) != 0)
		goto out;
	set_connection(curl, scenario);
	if (scenario->http.connect_to != NULL) {
		char entry[512];

		snprintf(entry, sizeof(entry), "::%s", scenario->http.connect_to);
		to = curl_slist_append(NULL, entry);
		curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
	}
	curl_easy_setopt(curl, CURLOPT_URL, buf_str(&url));
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK) {
		buf_addf(said, "%s: %s. %s", buf_str(&url), curl_easy_strerror(code),
			 code == CURLE_COULDNT_CONNECT ? failure_advice(FAILURE_REFUSED, 0) : "");
	} else if (scenario->health.path != NULL && (status < 200 || status >= 300)) {
		buf_addf(said, "%s answers %ld, not 2xx", buf_str(&url), status);
	} else {
		buf_addf(said, "%s answers %ld", buf_str(&url), status);
		rc = 0;
	}
out:
	curl_slist_free_all(to);
	curl_easy_cleanup(curl);
	buf_fini(&url);
	return rc;
}

static const struct {
	const char *name;
	probe_fn *fn;
} probes[] = {
	{ "open files", probe_files },
	{ "ephemeral ports", probe_ports },
	{ "target name", probe_dns },
	{ "target answers", probe_target },
};

unsigned probe_all(const struct scenario *scenario, FILE *out)
{
	unsigned failed = 0;
	size_t i;

	fprintf(out, "checks\n");
	for (i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		struct buf said;
		int rc;

		buf_init(&said, 4096);
		rc = probes[i].fn(scenario, &said);
		fprintf(out, "  %-5s %-16s %s\n", rc == 0 ? "ok" : "FAIL", probes[i].name,
			buf_str(&said));
		fflush(out);
		buf_fini(&said);
		failed += rc != 0;
	}
	return failed;
}
