/* SPDX-License-Identifier: MIT */
/* "http": how requests travel; "health": what is waited for before the run. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/units.h"
#include "scenario/loader.h"

#define UNIX_SOCKET_MAX 107 /* sun_path without its NUL */
#define MIB             (1024.0 * 1024)

struct http_draft {
	struct http_options http;
	uint64_t max_header_bytes, max_body_bytes;
	json_t *version;
};

#define AT(member) offsetof(struct http_draft, http.member)

static const struct key http_keys[] = {
	{ "timeout", KEY_DURATION, AT(timeout_ns), 0.001, 3600, 0, NULL, false },
	{ "connect_timeout", KEY_DURATION, AT(connect_timeout_ns), 0.001, 3600, 0, NULL, false },
	{ "version", KEY_JSON, offsetof(struct http_draft, version), 0, 0,
	  KIND_STRING | KIND_NUMBER, "\"1.1\" or \"2\"", false },
	{ "gzip", KEY_BOOL, AT(gzip), 0, 0, 0, NULL, false },
	{ "redirects", KEY_BOOL, AT(follow_redirects), 0, 0, 0, NULL, false },
	{ "cookies", KEY_BOOL, AT(cookies), 0, 0, 0, NULL, false },
	{ "connections", KEY_UINT, AT(max_connections), 1, 64, 0, NULL, false },
	{ "insecure", KEY_BOOL, AT(insecure), 0, 0, 0, NULL, false },
	{ "ca_file", KEY_CONSTANT, AT(ca_file), 0, 0, 0, NULL, false },
	{ "cert_file", KEY_CONSTANT, AT(cert_file), 0, 0, 0, NULL, false },
	{ "key_file", KEY_CONSTANT, AT(key_file), 0, 0, 0, NULL, false },
	{ "unix_socket", KEY_CONSTANT, AT(unix_socket), 0, 0, 0, NULL, false },
	{ "connect_to", KEY_CONSTANT, AT(connect_to), 0, 0, 0, NULL, false },
	{ "max_header", KEY_BYTES, offsetof(struct http_draft, max_header_bytes), 1024, 16 * MIB, 0,
	  NULL, false },
	{ "max_body", KEY_BYTES, offsetof(struct http_draft, max_body_bytes), 1024, 1024 * MIB, 0,
	  NULL, false },
};
const struct keyset keyset_http = KEYSET("http", http_keys, NULL);

static void load_version(struct loader *loader, json_t *value, struct http_options *http)
{
	const char *text = json_string_value(value);
	double number = json_number_value(value);

	if (text && (strcmp(text, "1.1") == 0 || strcmp(text, "2") == 0))
		http->version = *text == '1' ? 11 : 2;
	else if (!text && number > 1.09 && number < 1.11)
		http->version = 11;
	else if (json_is_integer(value) && json_integer_value(value) == 2)
		http->version = 2;
	else
		reader_error_in(&loader->reader, "version", "must be \"1.1\" or \"2\"");
}

/* "host:port", the host as in a target. */
static void check_connect_to(struct loader *loader, const char *text)
{
	char *origin = mem_printf("http://%s", text);
	struct error err = { 0 };
	struct url url = { 0 };
	const char *colon = strrchr(text, ':'), *bracket = strrchr(text, ']');
	bool has_port = colon && (!bracket || colon > bracket);

	if (strchr(text, '/') || !has_port || url_parse(&url, origin, &err) < 0)
		reader_error_in(&loader->reader, "connect_to",
				"must be \"host:port\", such as \"127.0.0.1:8000\"");
	url_fini(&url);
	free(origin);
}

/* A file that TLS needs must be there now, not when the first user connects. The path becomes
 * one that holds from any directory the scenario's does. */
static void resolve_file(struct loader *loader, const char *key, char **path)
{
	char *content;
	size_t len;

	if (!*path)
		return;
	reader_enter(&loader->reader, key);
	if (loader_file(loader, *path, (size_t)MIB, &content, &len)) {
		free(content);
		if (**path != '/') {
			char *full = mem_printf("%s/%s", loader->dir, *path);

			free(*path);
			*path = full;
		}
	}
	reader_leave(&loader->reader);
}

static void check_http(struct loader *loader, struct http_options *http)
{
	resolve_file(loader, "ca_file", &http->ca_file);
	resolve_file(loader, "cert_file", &http->cert_file);
	resolve_file(loader, "key_file", &http->key_file);
	if (http->key_file && !http->cert_file)
		reader_error_in(&loader->reader, "key_file", "needs \"cert_file\"");
	if (http->connect_to)
		check_connect_to(loader, http->connect_to);
	if (http->unix_socket && strlen(http->unix_socket) > UNIX_SOCKET_MAX)
		reader_error_in(&loader->reader, "unix_socket", "is longer than %d bytes",
				UNIX_SOCKET_MAX);
	if (http->unix_socket && http->connect_to)
		reader_error(&loader->reader,
			     "\"unix_socket\" and \"connect_to\" exclude each other");
}

void load_http(struct loader *loader, json_t *object)
{
	struct http_options *http = &loader->scenario->http;
	struct http_draft draft = {
		.http = *http,
		.max_header_bytes = http->max_header_bytes,
		.max_body_bytes = http->max_body_bytes,
	};

	reader_enter(&loader->reader, "http");
	keys_read(loader, object, &keyset_http, &draft);
	*http = draft.http;
	http->max_header_bytes = (size_t)draft.max_header_bytes;
	http->max_body_bytes = (size_t)draft.max_body_bytes;
	if (draft.version)
		load_version(loader, draft.version, http);
	check_http(loader, http);
	reader_leave(&loader->reader);
}

/* ---- health ------------------------------------------------------------------------------ */

struct health_draft {
	struct health_check health;
	char *get;
};

static const struct key health_keys[] = {
	{ "get", KEY_STRING, offsetof(struct health_draft, get), 0, 0, 0, NULL, true },
	{ "timeout", KEY_DURATION, offsetof(struct health_draft, health.timeout_ns), 0.001, 86400,
	  0, NULL, false },
	{ "every", KEY_DURATION, offsetof(struct health_draft, health.every_ns), 0.01, 3600, 0,
	  NULL, false },
};
const struct keyset keyset_health = KEYSET("health", health_keys, NULL);

void load_health(struct loader *loader, json_t *value)
{
	struct health_draft draft = { .health = loader->scenario->health };

	loader_enter_scope(loader, SCOPE_SETUP, SCOPE_SETUP);
	reader_enter(&loader->reader, "health");
	if (json_is_object(value))
		keys_read(loader, value, &keyset_health, &draft);
	else
		(void)keys_read_value(loader, &health_keys[0], value, &draft);
	if (draft.get && *draft.get != '/')
		reader_error(&loader->reader, "the path must begin with \"/\"");
	else if (draft.get)
		draft.health.path = loader_template(loader, draft.get, TEMPLATE_ESCAPE_URL);
	loader->scenario->health = draft.health;
	free(draft.get);
	reader_leave(&loader->reader);
}
