/* SPDX-License-Identifier: MIT */
/* The address of the Docker daemon. */
#include "config.h"

#include "monitor/docker_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "base/error.h"
#include "base/mem.h"

#define DEFAULT_SOCKET "/var/run/docker.sock"
#define FORMS          "unix:///PATH, tcp://HOST:PORT, https://HOST:PORT or ssh://HOST"

/* The value, NULL when unset or empty. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* DOCKER_CONFIG or ~/.docker; caller frees; NULL without a home. */
static char *config_dir(void)
{
	if (variable("DOCKER_CONFIG") != NULL)
		return mem_strdup(variable("DOCKER_CONFIG"));
	if (variable("HOME") != NULL)
		return mem_printf("%s/.docker", variable("HOME"));
	return NULL;
}

static char *file_in(const char *dir, const char *name)
{
	char *path = mem_printf("%s/%s", dir, name);

	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static void use_certificates(struct docker_host *host, const char *dir)
{
	host->ca = file_in(dir, "ca.pem");
	host->cert = file_in(dir, "cert.pem");
	host->key = file_in(dir, "key.pem");
}

static int use_socket(struct docker_host *host, const char *path, struct error *err)
{
	struct sockaddr_un address;

	if (path[0] != '/') {
		error_set(err,
			  "the Docker address \"%s\" (%s) needs an absolute path: unix:///PATH",
			  host->said, host->from);
		return -EINVAL;
	}
	if (strlen(path) >= sizeof(address.sun_path)) {
		error_set(err,
			  "the path of the Docker socket %s (%s) is longer than %zu bytes: make a "
			  "shorter link to it",
			  path, host->from, sizeof(address.sun_path) - 1);
		return -EINVAL;
	}
	host->socket = mem_strdup(path);
	host->url = mem_strdup("http://localhost");
	host->tls = false;
	return 0;
}

static bool has_port(const char *authority)
{
	const char *end = strrchr(authority, ']');

	return strchr(end != NULL ? end : authority, ':') != NULL;
}

static int use_tcp(struct docker_host *host, const char *authority, struct error *err)
{
	size_t len = strcspn(authority, "/");

	if (len == 0 || authority[len] != '\0') {
		if (len == 0 || strcmp(authority + len, "/") != 0) {
			error_set(err, "the Docker address \"%s\" (%s) is not one of " FORMS,
				  host->said, host->from);
			return -EINVAL;
		}
	}
	char *name = mem_strndup(authority, len);
	host->url = mem_printf("%s://%s%s", host->tls ? "https" : "http", name,
			       has_port(name) ? ""
			       : host->tls    ? ":2376"
					      : ":2375");
	free(name);
	return 0;
}

static int refuse_ssh(struct docker_host *host, const char *rest, struct error *err)
{
	error_set(err,
		  "ssh is not spoken here: run ssh -nNT -L /tmp/docker.sock:" DEFAULT_SOCKET
		  " %.*s and set the address (%s) to unix:///tmp/docker.sock",
		  (int)strcspn(rest, "/"), rest, host->from);
	return -EINVAL;
}

/* TLS for TCP as the environment says: DOCKER_TLS_VERIFY, DOCKER_TLS, DOCKER_CERT_PATH. */
static void use_tls_variables(struct docker_host *host)
{
	char *home = config_dir();

	host->verify = variable("DOCKER_TLS_VERIFY") != NULL;
	host->tls = host->verify || variable("DOCKER_TLS") != NULL;
	if (host->tls && variable("DOCKER_CERT_PATH") != NULL)
		use_certificates(host, variable("DOCKER_CERT_PATH"));
	else if (host->tls && home != NULL)
		use_certificates(host, home);
	free(home);
}

static int use_address(struct docker_host *host, struct error *err)
{
	const char *text = host->said;
	const char *scheme = strstr(text, "://");
	size_t len = scheme != NULL ? (size_t)(scheme - text) : 0;
	const char *rest = scheme != NULL ? scheme + 3 : text;

	if (scheme == NULL && text[0] == '/')
		return use_socket(host, text, err);
	if (len == 4 && strncmp(text, "unix", 4) == 0)
		return use_socket(host, rest, err);
	if (len == 3 && strncmp(text, "ssh", 3) == 0)
		return refuse_ssh(host, rest, err);
	if (len == 5 && strncmp(text, "https", 5) == 0) {
		host->verify = host->verify || !host->tls;
		host->tls = true;
		return use_tcp(host, rest, err);
	}
	if (scheme == NULL || (len == 3 && strncmp(text, "tcp", 3) == 0) ||
	    (len == 4 && strncmp(text, "http", 4) == 0))
		return use_tcp(host, rest, err);
	error_set(err, "the Docker address \"%s\" (%s) is not one of " FORMS, text, host->from);
	return -EINVAL;
}

/* ---- contexts ---------------------------------------------------------------------------------- */

/* The context in force, caller frees; NULL: none, or "default". */
static char *context_name(const char *dir)
{
	const char *name = variable("DOCKER_CONTEXT");
	char *found = name != NULL ? mem_strdup(name) : NULL;

	if (found == NULL && dir != NULL) {
		char *path = mem_printf("%s/config.json", dir);
		json_t *root = json_load_file(path, 0, NULL);
		const char *current = json_string_value(json_object_get(root, "currentContext"));

		if (current != NULL && current[0] != '\0')
			found = mem_strdup(current);
		json_decref(root);
		free(path);
	}
	if (found != NULL && strcmp(found, "default") == 0) {
		free(found);
		found = NULL;
	}
	return found;
}

/* The folder of a context is the SHA-256 of its name. */
static void context_id(const char *name, char out[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	unsigned len = 0;

	EVP_Digest(name, strlen(name), digest, &len, EVP_sha256(), NULL);
	for (unsigned i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static int use_context(struct docker_host *host, const char *dir, const char *name,
		       struct error *err)
{
	char id[65];
	char *path, *certificates;
	json_t *root, *docker;
	const char *address;
	int rc;

	context_id(name, id);
	path = mem_printf("%s/contexts/meta/%s/meta.json", dir, id);
	root = json_load_file(path, 0, NULL);
	docker = json_object_get(json_object_get(root, "Endpoints"), "docker");
	address = json_string_value(json_object_get(docker, "Host"));
	if (address == NULL) {
		error_set(err,
			  "the Docker context \"%s\" has no address in %s: docker context ls "
			  "shows those that exist",
			  name, path);
		rc = -EINVAL;
	} else {
		certificates = mem_printf("%s/contexts/tls/%s/docker", dir, id);
		host->said = mem_strdup(address);
		host->from = mem_printf("context %s", name);
		use_certificates(host, certificates);
		host->tls = host->ca != NULL || host->cert != NULL;
		host->verify = !json_is_true(json_object_get(docker, "SkipTLSVerify"));
		rc = use_address(host, err);
		free(certificates);
	}
	json_decref(root);
	free(path);
	return rc;
}

/* ---- default --------------------------------------------------------------------------------- */

static char *usual_socket(void)
{
	const char *home = variable("HOME"), *run = variable("XDG_RUNTIME_DIR");
	char *paths[] = {
		mem_strdup(DEFAULT_SOCKET),
		run != NULL ? mem_printf("%s/docker.sock", run) : NULL,
		home != NULL ? mem_printf("%s/.docker/run/docker.sock", home) : NULL,
		home != NULL ? mem_printf("%s/.docker/desktop/docker.sock", home) : NULL,
		run != NULL ? mem_printf("%s/podman/podman.sock", run) : NULL,
		mem_strdup("/run/podman/podman.sock"),
	};
	char *found = NULL;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (found == NULL && paths[i] != NULL && access(paths[i], F_OK) == 0)
			found = paths[i];
		else
			free(paths[i]);
	}
	return found != NULL ? found : mem_strdup(DEFAULT_SOCKET);
}

static int use_usual(struct docker_host *host, struct error *err)
{
	char *path = usual_socket();
	int rc;

	host->said = mem_printf("unix://%s", path);
	host->from = mem_strdup("default");
	rc = use_socket(host, path, err);
	free(path);
	return rc;
}

int docker_host_find(struct docker_host *out, const char *host, struct error *err)
{
	struct docker_host found = { .verify = true };
	char *dir = config_dir();
	char *context = NULL;
	int rc;

	if (variable("DOCKER_API_VERSION") != NULL)
		found.version = mem_strdup(variable("DOCKER_API_VERSION"));
	if (host != NULL || variable("DOCKER_HOST") != NULL) {
		found.said = mem_strdup(host != NULL ? host : variable("DOCKER_HOST"));
		found.from = mem_strdup(host != NULL ? "panels.docker.host" : "DOCKER_HOST");
		use_tls_variables(&found);
		rc = use_address(&found, err);
	} else if ((context = context_name(dir)) != NULL) {
		rc = use_context(&found, dir != NULL ? dir : "", context, err);
	} else {
		rc = use_usual(&found, err);
	}
	free(context);
	free(dir);
	if (rc == 0)
		*out = found;
	else
		docker_host_fini(&found);
	return rc;
}

void docker_host_fini(struct docker_host *host)
{
	free(host->socket);
	free(host->url);
	free(host->ca);
	free(host->cert);
	free(host->key);
	free(host->version);
	free(host->said);
	free(host->from);
	*host = (struct docker_host){ 0 };
}
