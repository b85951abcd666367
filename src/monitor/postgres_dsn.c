/* SPDX-License-Identifier: MIT */
/* What a connection string comes to, asked of libpq itself: a service file is read and the environment looked into only while a
 * connection is begun. So one is begun that cannot get far: an impossible sslmode ends it after the parameters were put together and
 * before a name is resolved or a socket made. */
#include "config.h"

#include "monitor/postgres_dsn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/buf.h"
#include "base/mem.h"
#include "monitor/postgres_sql.h"

#define IMPOSSIBLE "throng-looks-only"
#define LIST_MAX   4096
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, keyword) == 0)
			return options->val != NULL ? options->val : "";
	return "";
}

static char *copy_or_null(const char *text)
{
	return text[0] != '\0' ? mem_strdup(text) : NULL;
}

static size_t entries(const char *list)
{
	size_t count = 1;

	for (; *list != '\0'; list++)
		count += *list == ',';
	return count;
}

/* Entry i of a list that commas part; a list of one is for all. */
static char *entry(const char *list, size_t i)
{
	if (entries(list) == 1)
		i = 0;
	for (; i > 0 && list != NULL; i--) {
		list = strchr(list, ',');
		list = list != NULL ? list + 1 : NULL;
	}
	return list != NULL ? mem_strndup(list, strcspn(list, ",")) : mem_strdup("");
}

static bool is_name(const char *host)
{
	struct in6_addr address;

	/* A path, an abstract socket, nothing (the default socket) or an address is none. */
	return host[0] != '\0' && host[0] != '/' && host[0] != '@' &&
	       inet_pton(AF_INET, host, &address) != 1 && inet_pton(AF_INET6, host, &address) != 1;
}

static void take_hosts(struct pg_dsn *dsn, const char *hosts, const char *addresses,
		       const char *ports)
{
	size_t of_hosts = entries(hosts), of_addresses = entries(addresses);

	dsn->host_count = of_addresses > of_hosts ? of_addresses : of_hosts;
	dsn->hosts = mem_array(dsn->host_count, sizeof(*dsn->hosts));
	for (size_t i = 0; i < dsn->host_count; i++) {
		struct pg_host *host = &dsn->hosts[i];

		host->host = of_hosts == dsn->host_count ? entry(hosts, i) : mem_strdup("");
		host->address =
			of_addresses == dsn->host_count ? entry(addresses, i) : mem_strdup("");
		host->port = entry(ports, i);
		host->resolve = host->address[0] == '\0' && is_name(host->host);
	}
}

static void say_where(struct pg_dsn *dsn)
{
	const struct pg_host *host = &dsn->hosts[0];
	const char *name = host->host[0] != '\0'      ? host->host
			   : host->address[0] != '\0' ? host->address
						      : "local socket";
	const char *port = host->port[0] != '\0' ? host->port : "5432";

	dsn->where = mem_printf("%s%s%s:%s%s%s", dsn->user != NULL ? dsn->user : "",
				dsn->user != NULL ? "@" : "", name, port,
				dsn->database != NULL ? "/" : "",
				dsn->database != NULL ? dsn->database : "");
}

static void copy_reason(const char *message, char *why, size_t size)
{
	size_t len = strcspn(message, "\r\n");

	snprintf(why, size, "%.*s", (int)len, message);
}

/* Messages about a connection string may quote it, password and all. */
static bool is_well_formed(const char *text, char *why, size_t size)
{
	PQconninfoOption *options;
	char *message = NULL;
	bool uri = strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0;

	if (!uri && strchr(text, '=') == NULL)
		return true; /* the name of a database */
	options = PQconninfoParse(text, &message);
	if (options != NULL) {
		PQconninfoFree(options);
		return true;
	}
	if (message != NULL && strchr(text, '@') == NULL && strstr(text, "password") == NULL)
		copy_reason(message, why, size);
	else
		snprintf(why, size,
			 "it is neither a URI nor key=value pairs that libpq understands");
	PQfreemem(message);
	return false;
}

int pg_dsn_parse(struct pg_dsn *dsn, const char *text, char *why, size_t size)
{
	const char *const keywords[] = { "dbname", "sslmode", NULL };
	const char *const values[] = { text, IMPOSSIBLE, NULL };
	PQconninfoOption *options = NULL;
	PGconn *conn = NULL;
	int rc = -EINVAL;

	*dsn = (struct pg_dsn){ 0 };
	if (!is_well_formed(text, why, size))
		return rc;
	conn = PQconnectStartParams(keywords, values, 1);
	if (conn == NULL) {
		snprintf(why, size, "out of memory");
		return rc;
	}
	if (strstr(PQerrorMessage(conn), IMPOSSIBLE) == NULL) {
		copy_reason(PQerrorMessage(conn), why,
			    size); /* the service file, a port, a host list */
		goto out;
	}
	options = PQconninfo(conn);
	if (options == NULL)
		goto out;
	dsn->user = copy_or_null(value_of(options, "user"));
	dsn->database = copy_or_null(value_of(options, "dbname"));
	dsn->options = copy_or_null(value_of(options, "options"));
	dsn->gss_is_default = strcmp(value_of(options, "gssencmode"), "prefer") == 0;
	take_hosts(dsn, value_of(options, "host"), value_of(options, "hostaddr"),
		   value_of(options, "port"));
	say_where(dsn);
	rc = 0;
out:
	if (options != NULL)
		PQconninfoFree(options);
	PQfinish(conn);
	return rc;
}

void pg_dsn_fini(struct pg_dsn *dsn)
{
	for (size_t i = 0; i < dsn->host_count; i++) {
		free(dsn->hosts[i].host);
		free(dsn->hosts[i].address);
		free(dsn->hosts[i].port);
	}
	free(dsn->hosts);
	free(dsn->user);
	free(dsn->database);
	free(dsn->options);
	free(dsn->where);
	*dsn = (struct pg_dsn){ 0 };
}

static void add_entry(struct buf lists[3], size_t *count, const struct pg_host *host,
		      const char *address)
{
	const char *const parts[3] = { host->host, address, host->port };

	for (size_t i = 0; i < 3; i++) {
		if (*count > 0)
			buf_addc(&lists[i], ',');
		buf_adds(&lists[i], parts[i]);
	}
	(*count)++;
}

int pg_dsn_lists(const struct pg_dsn *dsn, const struct lookup_answer *answers, char *lists[3],
		 char *why, size_t size)
{
	struct buf bufs[3];
	size_t count = 0;

	for (size_t i = 0; i < 3; i++)
		buf_init(&bufs[i], LIST_MAX);
	for (size_t i = 0; i < dsn->host_count; i++) {
		const struct pg_host *host = &dsn->hosts[i];

		if (!host->resolve) {
			add_entry(bufs, &count, host, host->address);
			continue;
		}
		for (size_t k = 0; k < answers->count; k++)
			add_entry(bufs, &count, host, answers->text[k]);
		if (answers->count == 0)
			snprintf(why, size, "the name %.100s does not resolve: %s", host->host,
				 answers->why);
		answers++;
	}
	for (size_t i = 0; i < 3; i++) {
		lists[i] = count > 0 ? mem_strdup(buf_str(&bufs[i])) : NULL;
		buf_fini(&bufs[i]);
	}
	return count > 0 ? 0 : -ENOENT;
}

struct pg_conn *pg_dsn_connect(const struct pg_dsn *dsn, const char *text, char *const lists[3],
			       const char *application, bool plain)
{
	char *options = plain ? mem_strdup("")
			      : mem_printf("%s%s%s", dsn->options != NULL ? dsn->options : "",
					   dsn->options != NULL ? " " : "", pg_sql_options());
	/* Later ones win; empty ones leave what the string says. GSSAPI is tried by default, and would ask
	 * for a ticket while everything waits. */
	const struct {
		const char *keyword, *value;
	} all[] = {
		{ "dbname", text },
		{ "host", lists[0] },
		{ "hostaddr", lists[1] },
		{ "port", lists[2] },
		{ "application_name", application },
		{ "client_encoding", "UTF8" },
		{ "keepalives_idle", "5" },
		{ "keepalives_interval", "2" },
		{ "keepalives_count", "3" },
		{ "tcp_user_timeout", "5000" },
		{ "gssencmode", dsn->gss_is_default ? "disable" : "" },
		{ "options", options },
	};
	const char *keywords[COUNT(all) + 1], *values[COUNT(all) + 1];
	size_t n = 0;
	PGconn *conn;

	for (size_t i = 0; i < COUNT(all); i++) {
		if (all[i].value == NULL || all[i].value[0] == '\0')
			continue;
		keywords[n] = all[i].keyword;
		values[n++] = all[i].value;
	}
	keywords[n] = values[n] = NULL;
	conn = PQconnectStartParams(keywords, values, 1);
	free(options);
	return conn;
}
