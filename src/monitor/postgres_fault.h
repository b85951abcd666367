/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_POSTGRES_FAULT_H
#define THRONG_MONITOR_POSTGRES_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What went wrong between us and a server: its kind by SQLSTATE (a server's words depend on its language), the line for the panel with
 * what helps, and when to try again. Pure; monitor thread. */
enum pg_trouble {
	PG_TROUBLE_FULL,     /* 53300, or a pooler's: no connection is free. The finding itself. */
	PG_TROUBLE_STARTING, /* 57P03: starting up, shutting down, in recovery */
	PG_TROUBLE_STOPPED,  /* 57P01, 57P02: it was running and ended */
	PG_TROUBLE_DENIED,   /* 28xxx, 3D000, 42501: role, password, database, pg_hba.conf */
	PG_TROUBLE_PASSWORD, /* it wants one and there is none */
	PG_TROUBLE_UNREACHABLE, /* no connection to it, or it broke */
	PG_TROUBLE_SILENT,      /* it does not answer in time */
	PG_TROUBLE_STRANGE,     /* what answers is no PostgreSQL, or says something unexpected */
	PG_TROUBLE_SETUP, /* dsn, build or container: says its own remedy, trying again soon is no use */
	PG_TROUBLE_POOLER, /* a pgbouncer that refuses startup parameters: connect without them */
	PG_TROUBLES
};

struct pg_fault {
	enum pg_trouble trouble;
	char sqlstate[6]; /* "" when there is none */
	char text[300];   /* the server's or the system's words, one line */
};

/* Of a message of libpq (with PQERRORS_VERBOSE) or of psql: the last SQLSTATE in it, else what its English words mean. */
void pg_fault_parse(struct pg_fault *fault, const char *message);
/* One of our own. */
void pg_fault_set(struct pg_fault *fault, enum pg_trouble trouble, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The panel's line: what is wrong and what helps. `where` is the server without any password. */
void pg_fault_say(const struct pg_fault *fault, const char *where, char *dst, size_t size);
/* Pause before the attempt after `tries` failed ones (1 for the first failure), without jitter. */
uint64_t pg_fault_pause_ns(enum pg_trouble trouble, unsigned tries);

#endif
