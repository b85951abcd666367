/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_HOST_H
#define THRONG_MONITOR_DOCKER_HOST_H

#include <stdbool.h>

struct error;

/* Where the Docker daemon is, as the docker CLI finds it (docker/cli, cli/command/cli.go and opts/hosts.go), and podman's socket where there is
 * no other. */
struct docker_host {
	char *socket; /* path of a Unix socket; NULL: TCP */
	char *url; /* "http://localhost" with a socket, else "http://HOST:PORT" or "https://…" */
	bool tls;
	bool verify;           /* TLS: check the daemon's certificate */
	char *ca, *cert, *key; /* PEM files for TLS; NULL: none */
	char *version;         /* DOCKER_API_VERSION; NULL: to be negotiated */
	char *said;            /* the address as a user writes it: "unix:///var/run/docker.sock" */
	char *from;            /* who said so: "DOCKER_HOST", "context remote", "default", … */
};

/* `host` of the scenario (NULL: none); then DOCKER_HOST, DOCKER_CONTEXT and the docker CLI's current context; then the first of the usual
 * sockets that exists: /var/run/docker.sock, rootless Docker's, Docker Desktop's, podman's. 0, or -EINVAL with what is allowed in err->text.
 * Release with docker_host_fini. Reads the environment: main thread, or before others change it. */
int docker_host_find(struct docker_host *out, const char *host, struct error *err)
	__attribute__((warn_unused_result));
void docker_host_fini(struct docker_host *host);

#endif
