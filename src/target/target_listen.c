/* SPDX-License-Identifier: MIT */
/* Where the target listens. */
#include "config.h"

#include "target/target_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

#define BACKLOG     4096 /* the kernel cuts it to net.core.somaxconn */
#define HOST_MAX    256
#define UNIX_PREFIX "unix:"

/* "host:port", "[host]:port", ":port" → parts. */
static bool split(const char *text, char host[HOST_MAX], const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t len;

	if (!colon || colon[1] == '\0')
		return false;
	len = (size_t)(colon - text);
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return false; /* an IPv6 address without brackets */
	}
	if (len >= HOST_MAX)
		return false;
	snprintf(host, HOST_MAX, "%.*s", (int)len, len > 0 ? text : "");
	if (len == 0)
		snprintf(host, HOST_MAX, "127.0.0.1");
	*port = colon + 1;
	return true;
}

static char *url_of(int fd, const char *scheme)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);
	char host[NI_MAXHOST], port[NI_MAXSERV];
	bool v6;

	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
	    getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return mem_printf("%s://?", scheme);
	v6 = address.ss_family == AF_INET6;
	return mem_printf("%s://%s%s%s:%s", scheme, v6 ? "[" : "", host, v6 ? "]" : "", port);
}

static int open_address(const struct addrinfo *ai)
{
	int on = 1, rc;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* inherited by what is accepted: answers in parts must not wait for each other */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

static int open_tcp(const char *listen_on, const char *scheme, int *out, char **url,
		    struct error *err)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	char host[HOST_MAX];
	const char *port;
	int rc;

	if (!split(listen_on, host, &port)) {
		error_set(err,
			  "cannot listen on '%s': expected ADDRESS:PORT, [IPV6]:PORT or "
			  "unix:PATH",
			  listen_on);
		return -EINVAL;
	}
	rc = getaddrinfo(host, port, &hints, &list);
	if (rc != 0) {
		error_set(err, "cannot listen on '%s': %s", listen_on, gai_strerror(rc));
		return -EINVAL;
	}
	for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
		rc = open_address(ai);
		if (rc >= 0)
			break;
	}
	freeaddrinfo(list);
	if (rc < 0) {
		error_set(err, "cannot listen on %s: %s", listen_on, strerror(-rc));
		return rc;
	}
	*out = rc;
	*url = url_of(rc, scheme);
	return 0;
}

/* A socket file that nobody listens on any more is in the way: remove it. */
static void remove_stale(const struct sockaddr_un *address)
{
	struct stat st;
	int fd;

	if (lstat(address->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
	    errno == ECONNREFUSED)
		unlink(address->sun_path);
	close(fd);
}

static int open_unix(const char *path, int *out, char **url, char **unix_path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd, rc;

	if (len == 0 || len >= sizeof(address.sun_path)) {
		error_set(err, "cannot listen on 'unix:%s': the path must have 1 to %zu bytes",
			  path, sizeof(address.sun_path) - 1);
		return -EINVAL;
	}
	memcpy(address.sun_path, path, len + 1);
	remove_stale(&address);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		rc = -errno;
		error_set(err, "cannot listen on unix:%s: %s", path, strerror(-rc));
		if (fd >= 0)
			close(fd);
		return rc;
	}
	*out = fd;
	*url = mem_printf(UNIX_PREFIX "%s", path);
	*unix_path = mem_strdup(path);
	return 0;
}

int target_listen_open(const char *listen_on, const char *scheme, int *fd, char **url,
		       char **unix_path, struct error *err)
{
	size_t prefix = strlen(UNIX_PREFIX);

	*unix_path = NULL;
	if (strncmp(listen_on, UNIX_PREFIX, prefix) == 0)
		return open_unix(listen_on + prefix, fd, url, unix_path, err);
	return open_tcp(listen_on, scheme, fd, url, err);
}
