/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_FINDINGS_H
#define THRONG_RECORD_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sentences with evidence about the run. Each has a rule written down in findings.c; none is a
 * guess. Recorder thread. */
#define FINDINGS_MAX      32
#define FINDINGS_TEXT_MAX 400

enum finding_kind {
	FINDING_LATENCY_BREAK, /* response times left their base line at some load */
	FINDING_LATENCY_LIMIT, /* they passed a limit at some load */
	FINDING_FAILURE_BREAK, /* failures began at some load */
	FINDING_DRIFT,         /* response times rise at constant load */
	FINDING_LITTLE,        /* Little's law: do users, rate and times fit each other? */
	/* from the panels (findings_monitor.c) */
	FINDING_DATABASE_CONNECTIONS, /* near their limit, at it, or refused */
	FINDING_DATABASE_LOCKS,       /* sessions wait for each other */
	FINDING_DATABASE_RESTART,     /* its start time is another one */
	FINDING_POOL_QUEUE,           /* pgbouncer's clients wait for a connection */
	FINDING_CONTAINER_CPU,        /* at its limit */
	FINDING_CONTAINER_MEMORY,     /* at its limit */
	FINDING_CONTAINER_RESTART,    /* killed, died, started, paused */
	FINDING_NOTHING_SATURATED,    /* it broke, and nothing watched was at a limit */
	FINDING_MEMORY_RISING,        /* at constant load */
	FINDING_CONNECTIONS_LEAKING,  /* at constant load */
	FINDING_KINDS
};

#define FINDING_WHOLE UINT64_MAX

struct finding {
	enum finding_kind kind;
	bool warning;                 /* false: a statement that all is well, for the report only */
	uint64_t at_ns;               /* since the run's start; FINDING_WHOLE: about all of it */
	double users;                 /* load at that time; 0: not about one */
	double value, low, high;      /* the figure and its 95 % interval where the kind has one */
	char text[FINDINGS_TEXT_MAX]; /* the sentence */
	char method[FINDINGS_TEXT_MAX]; /* how it was found, with the figures behind it */
};

struct findings;
struct break_latency;
struct curve;
struct scenario;
struct series;
struct stretch;
struct watch;

/* What findings are made from. */
struct findings_input {
	const struct scenario *scenario;
	const struct curve *curve;
	const struct break_latency *bend; /* of the curve; NULL: none */
	const struct stretch *stretch;
	const struct series *series;
	const struct watch *watch; /* the panels; NULL: none */
};

/* Make all findings anew (findings_rules.c, where the rules are written down). */
void findings_update(struct findings *findings, const struct findings_input *input);

struct findings *findings_new(void);
void findings_free(struct findings *findings); /* NULL is fine */
void findings_clear(struct findings *findings);
/* Append a copy; beyond FINDINGS_MAX it is left out. Texts are cleaned. */
void findings_add(struct findings *findings, const struct finding *finding);
const char *finding_name(enum finding_kind kind); /* "latency-break", ...: for files */
size_t findings_count(const struct findings *findings);
const struct finding *findings_at(const struct findings *findings, size_t i);

#endif
