/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "monitor/postgres_fault.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MS 1000000ULL

static const struct {
	const char *prefix; /* of the SQLSTATE */
	enum pg_trouble trouble;
} classes[] = {
	{ "53300", PG_TROUBLE_FULL },        { "57P03", PG_TROUBLE_STARTING },
	{ "57P01", PG_TROUBLE_STOPPED },     { "57P02", PG_TROUBLE_STOPPED },
	{ "57P05", PG_TROUBLE_STOPPED },     { "28", PG_TROUBLE_DENIED },
	{ "3D000", PG_TROUBLE_DENIED },      { "42501", PG_TROUBLE_DENIED },
	{ "08P01", PG_TROUBLE_UNREACHABLE }, { "08", PG_TROUBLE_UNREACHABLE },
	{ "53", PG_TROUBLE_UNREACHABLE },
};

/* psql gives no SQLSTATE for a connection that could not be made, and a pooler one for all. */
static const struct {
	const char *words, *sqlstate;
	enum pg_trouble trouble;
} meanings[] = {
	{ "unsupported startup parameter", "08P01", PG_TROUBLE_POOLER },
	{ "no more connections allowed", "", PG_TROUBLE_FULL },
	{ "too many clients already", "53300", PG_TROUBLE_FULL },
	{ "remaining connection slots are reserved", "53300", PG_TROUBLE_FULL },
	{ "too many connections for", "53300", PG_TROUBLE_FULL },
	{ "the database system is", "57P03", PG_TROUBLE_STARTING },
	{ "terminating connection due to", "57P01", PG_TROUBLE_STOPPED },
	{ "password authentication failed", "28P01", PG_TROUBLE_DENIED },
	{ "no password supplied", "", PG_TROUBLE_PASSWORD },
	{ "no pg_hba.conf entry", "28000", PG_TROUBLE_DENIED },
	{ "authentication failed", "28000", PG_TROUBLE_DENIED },
	{ "is not permitted to log in", "28000", PG_TROUBLE_DENIED },
	{ "server does not support SSL", "", PG_TROUBLE_SETUP },
	{ "certificate", "", PG_TROUBLE_SETUP },
	{ "received invalid response", "", PG_TROUBLE_STRANGE },
	{ "lost synchronization with server", "", PG_TROUBLE_STRANGE },
	{ "expected authentication request", "", PG_TROUBLE_STRANGE },
	{ "message contents do not agree", "", PG_TROUBLE_STRANGE },
	{ "unrecognized protocol", "", PG_TROUBLE_STRANGE },
	{ "invalid protocol version", "", PG_TROUBLE_STRANGE },
	{ "authentication method", "", PG_TROUBLE_STRANGE },
	{ "timeout expired", "", PG_TROUBLE_SILENT },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_sqlstate(const char *at)
{
	bool digit = false;

	for (int i = 0; i < 5; i++) {
		if (!isdigit((unsigned char)at[i]) && !(at[i] >= 'A' && at[i] <= 'Z'))
			return false;
		digit |= isdigit((unsigned char)at[i]) != 0;
	}
	return digit;
}

/* "FATAL:  53300: sorry, ..." in whatever language: a SQLSTATE between ":  " and ": ". The last one is of the
 * server that was tried last. */
static const char *find_sqlstate(const char *message)
{
	const char *found = NULL;

	for (const char *at = message; (at = strstr(at, ":  ")) != NULL; at += 3)
		if (strlen(at) >= 10 && is_sqlstate(at + 3) && at[8] == ':' && at[9] == ' ')
			found = at + 3;
	return found;
}

static void copy_line(char *dst, size_t size, const char *line)
{
	size_t len = strcspn(line, "\r\n");

	while (len > 0 && isspace((unsigned char)line[len - 1]))
		len--;
	snprintf(dst, size, "%.*s", (int)len, line);
}

/* What follows the part that only says where: the panel says that itself. */
static const char *core_of(const char *message)
{
	static const char *const marks[] = { " failed: ", "FATAL:  ", "ERROR:  ", "psql: error: " };
	const char *core = message;

	for (size_t i = 0; i < COUNT(marks); i++) {
		const char *end = core + strcspn(core, "\r\n");
		const char *at = strstr(core, marks[i]);

		if (at != NULL && at < end)
			core = at + strlen(marks[i]);
	}
	return core;
}

static void set_by_words(struct pg_fault *fault, const char *message)
{
	/* role "x" does not exist, database "x" does not exist */
	const char *missing = strstr(message, " does not exist");

	for (size_t i = 0; i < COUNT(meanings); i++) {
		if (strstr(message, meanings[i].words) == NULL)
			continue;
		fault->trouble = meanings[i].trouble;
		if (fault->sqlstate[0] == '\0')
			snprintf(fault->sqlstate, sizeof(fault->sqlstate), "%s",
				 meanings[i].sqlstate);
		return;
	}
	if (missing == NULL || fault->sqlstate[0] != '\0')
		return;
	fault->trouble = PG_TROUBLE_DENIED;
	snprintf(fault->sqlstate, sizeof(fault->sqlstate), "%s",
		 strstr(message, "database \"") != NULL ? "3D000" : "28000");
}

void pg_fault_parse(struct pg_fault *fault, const char *message)
{
	const char *state = find_sqlstate(message);
	bool known = false;

	*fault = (struct pg_fault){ .trouble = PG_TROUBLE_UNREACHABLE };
	if (state == NULL) {
		copy_line(fault->text, sizeof(fault->text), core_of(message));
		set_by_words(fault, message);
		return;
	}
	memcpy(fault->sqlstate, state, 5);
	copy_line(fault->text, sizeof(fault->text), state + 7);
	for (size_t i = 0; i < COUNT(classes) && !known; i++) {
		known = strncmp(fault->sqlstate, classes[i].prefix, strlen(classes[i].prefix)) == 0;
		if (known)
			fault->trouble = classes[i].trouble;
	}
	if (!known)
		fault->trouble = PG_TROUBLE_STRANGE;
	if (strncmp(fault->sqlstate, "08", 2) == 0)
		set_by_words(fault, fault->text);
}

void pg_fault_set(struct pg_fault *fault, enum pg_trouble trouble, const char *fmt, ...)
{
	va_list ap;

	*fault = (struct pg_fault){ .trouble = trouble };
	va_start(ap, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, ap);
	va_end(ap);
}

static const char *denied_remedy(const char *sqlstate)
{
	if (strcmp(sqlstate, "28P01") == 0)
		return "set PGPASSWORD or ~/.pgpass";
	if (strcmp(sqlstate, "3D000") == 0)
		return "name a database that exists";
	if (strcmp(sqlstate, "42501") == 0)
		return "GRANT CONNECT, or another role";
	return "name another role, or allow it in pg_hba.conf";
}

void pg_fault_say(const struct pg_fault *fault, const char *where, char *dst, size_t size)
{
	char state[16] = "";
	int room = 100; /* of the server's own words */

	if (fault->sqlstate[0] != '\0')
		snprintf(state, sizeof(state), " (%s)", fault->sqlstate);
	switch (fault->trouble) {
	case PG_TROUBLE_FULL: /* 86: the longest words of the server's own */
		snprintf(dst, size,
			 "%.*s%s: the database refuses new clients, throng's panel too; "
			 "free some or raise the limit (tried every second)",
			 86, fault->text, state);
		break;
	case PG_TROUBLE_STARTING:
		snprintf(dst, size, "%.*s: %.*s%s", 60, where, room, fault->text, state);
		break;
	case PG_TROUBLE_STOPPED:
		snprintf(dst, size, "%.*s stopped: %.*s%s", 60, where, room, fault->text, state);
		break;
	case PG_TROUBLE_DENIED:
		snprintf(dst, size, "%.*s%s: %s", room, fault->text, state,
			 denied_remedy(fault->sqlstate));
		break;
	case PG_TROUBLE_PASSWORD:
		snprintf(dst, size, "%.*s wants a password: set PGPASSWORD or ~/.pgpass", 100,
			 where);
		break;
	case PG_TROUBLE_UNREACHABLE:
		snprintf(dst, size, "no connection to %.*s: %.*s%s", 60, where, room, fault->text,
			 state);
		break;
	case PG_TROUBLE_SILENT:
		snprintf(dst, size, "%.*s does not answer: %.*s", 60, where, room, fault->text);
		break;
	case PG_TROUBLE_STRANGE:
		snprintf(dst, size, "%.*s: %.*s%s; is this a PostgreSQL server?", 50, where, 90,
			 fault->text, state);
		break;
	case PG_TROUBLE_SETUP:
		snprintf(dst, size, "%s", fault->text);
		break;
	case PG_TROUBLE_POOLER:
		snprintf(dst, size, "%.*s: %.*s%s", 60, where, room, fault->text, state);
		break;
	case PG_TROUBLES:
		break;
	}
}

uint64_t pg_fault_pause_ns(enum pg_trouble trouble, unsigned tries)
{
	unsigned doublings = tries == 0 ? 0 : tries - 1;

	switch (trouble) {
	case PG_TROUBLE_FULL: /* a freed slot is taken within a second: seen within two */
		return 1000 * MS;
	case PG_TROUBLE_STARTING:
		return 500 * MS;
	case PG_TROUBLE_DENIED:
	case PG_TROUBLE_PASSWORD:
		return 30000 * MS;
	case PG_TROUBLE_SETUP:
		return 5000 * MS;
	case PG_TROUBLE_POOLER:
	case PG_TROUBLE_STOPPED:
	case PG_TROUBLE_UNREACHABLE:
	case PG_TROUBLE_SILENT:
	case PG_TROUBLE_STRANGE:
	case PG_TROUBLES:
		break;
	}
	return doublings >= 5 ? 8000 * MS : (250 * MS) << doublings;
}
