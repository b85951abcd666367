/* SPDX-License-Identifier: MIT */
/* psql tells of an error in variables, on the same stream and in the same order as its rows (since version 11), where stderr could come
 * sooner or later. A query of the user's is given as a value that psql executes (\gexec): no backslash in it is a command, no open quote
 * swallows the line behind it. */
#include "config.h"

#include "monitor/postgres_psql.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "monitor/postgres_fault.h"

#define END   "@throng-end"
#define QUOTE "$throng$"

void pg_psql_argv(const char *argv[PG_PSQL_ARGV], const char *user, const char *database)
{
	/* no start-up file, unaligned, no headers, quiet, never ask for a password */
	static const char *const fixed[] = { "psql", "-X", "-A",   "-t", "-q",
					     "-w",   "-F", "\x1f", "-P", "null=\x02" };
	size_t n = 0;

	for (; n < sizeof(fixed) / sizeof(fixed[0]); n++)
		argv[n] = fixed[n];
	if (user != NULL) {
		argv[n++] = "-U";
		argv[n++] = user;
	}
	if (database != NULL) {
		argv[n++] = "-d";
		argv[n++] = database;
	}
	argv[n] = NULL;
}

void pg_psql_ask(struct buf *out, const char *name, const char *sql, bool prepare)
{
	if (name == NULL && strstr(sql, QUOTE) == NULL && strlen(sql) <= PG_PSQL_QUERY_MAX)
		buf_addf(out, "SELECT " QUOTE "%s" QUOTE " \\gexec\n", sql);
	else if (name == NULL)
		buf_adds(out, "SELECT 'this query cannot be asked through psql';\n");
	else if (prepare)
		buf_addf(out, "PREPARE %s AS %s;\nEXECUTE %s;\n", name, sql, name);
	else
		buf_addf(out, "EXECUTE %s;\n", name);
	buf_adds(out, "\\echo " END " :SQLSTATE :LAST_ERROR_MESSAGE\n");
}

bool pg_psql_is_end(const char *line, size_t len, struct pg_fault *fault)
{
	static const size_t mark = sizeof(END " ") - 1;
	char message[400];

	if (len < mark || memcmp(line, END " ", mark) != 0)
		return false;
	*fault = (struct pg_fault){ .trouble = PG_TROUBLE_STRANGE };
	/* a psql before 11 echoes the names themselves */
	if (len < mark + 5 || line[mark] == ':' || memcmp(line + mark, "00000", 5) == 0)
		return true;
	snprintf(message, sizeof(message), "ERROR:  %.5s: %.*s", line + mark,
		 (int)(len > mark + 6 ? len - mark - 6 : 0), len > mark + 6 ? line + mark + 6 : "");
	pg_fault_parse(fault, message);
	return true;
}
