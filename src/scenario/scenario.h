/* SPDX-License-Identifier: MIT */
#ifndef THRONG_SCENARIO_SCENARIO_H
#define THRONG_SCENARIO_SCENARIO_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario/criterion.h"
#include "scenario/extract.h"

struct errors;
struct names;
struct template;

/* A compiled scenario: immutable after scenario_load, so every thread may read it without
 * locks. */

#define SCENARIO_ENDPOINTS_MAX 10000
#define SCENARIO_CLASSES_MAX   64

struct url {
	bool tls;
	char *host; /* without brackets for IPv6 */
	uint16_t port;
	char *base_path; /* "" or "/prefix" without trailing slash */
	char *text;      /* "http://localhost:8000/prefix", no trailing slash */
};

struct endpoint {
	char *method;
	char *name; /* the row's name: the step's "name", or its path without functions as "{…}" and without the query */
};

/* One header of a request. Per-user headers ("then") live in numbered slots, so that nobody
 * compares names while requests run; see step_header_applies for the one rule. */
struct header {
	char *name;
	struct template *value;
	int user_slot; /* then_headers: the slot to set; inherited headers: the slot that replaces
			* this one while it is set; -1: none */
};

#define SCENARIO_USER_HEADERS_MAX 64

enum body_kind { BODY_NONE, BODY_JSON, BODY_FORM, BODY_RAW, BODY_FILE };

#define STATUS_BITS 640
struct step {
	unsigned endpoint;
	char *method;
	/* Query parameters included. Renders to "/..." or "http(s)://..."; which of both is known
	 * from `absolute`, except for paths that begin with an insertion (a followed Location):
	 * look at the rendered text, anything else is FAILURE_RENDER. */
	struct template *path;
	bool absolute; /* path begins with http:// or https:// */
	struct header
		*headers; /* own ones and the scenario's, merged; names unique ignoring case */
	size_t header_count;
	uint64_t own_user_headers; /* bit s: the step's own header wins over user header slot s */
	enum body_kind body_kind;
	struct template *body; /* JSON, FORM, RAW: NULL when none */
	char *file;            /* BODY_FILE: content, read at load */
	size_t file_len;
	char *content_type;                    /* NULL: none sent */
	uint64_t accept[STATUS_BITS / 64];     /* bit = accepted status; see step_accepts */
	bool accept_default;                   /* nothing said: every status below 400 */
	unsigned first_check, check_count;     /* into scenario->checks */
	unsigned first_extract, extract_count; /* into scenario->extracts */
	struct header *then_headers; /* set for this user from now on when the step succeeded */
	size_t then_header_count;
	uint64_t timeout_ns; /* whole request */
	bool follow_redirects;
	bool want_body;    /* something reads it */
	bool want_headers; /* something reads them */
};

bool step_accepts(const struct step *step, unsigned status);
/* Is header i of the step sent by a user whose set user headers are the bits of `user_set`?
 * The order of precedence: the step's own, the user's ("then"), the class's and scenario's.
 * Of the user's headers those in user_set & ~step->own_user_headers are sent. */
static inline bool step_header_applies(const struct step *step, size_t i, uint64_t user_set)
{
	int slot = step->headers[i].user_slot;

	return slot < 0 || !(user_set >> slot & 1);
}

/* A variable that is set from a template when a user is born ("vars"), in order. */
struct assignment {
	unsigned slot;
	struct template *value;
};

struct task {
	char *name;
	unsigned weight;
	struct step *steps;
	size_t step_count;
};

enum wait_kind { WAIT_NONE, WAIT_CONSTANT, WAIT_UNIFORM, WAIT_EXPONENTIAL, WAIT_PACING };
struct wait {
	enum wait_kind kind;
	uint64_t a_ns; /* constant, pacing: the time; uniform: low; exponential: mean */
	uint64_t b_ns; /* uniform: high; exponential: cap (0: 20 x mean) */
};

struct user_class {
	char *name;
	unsigned weight;
	unsigned fixed_users; /* 0: by weight */
	struct wait wait;
	struct assignment *vars; /* the scenario's, then the class's own */
	size_t var_count;
	struct step *on_start;
	size_t on_start_count;
	struct step *on_stop;
	size_t on_stop_count;
	struct task *tasks;
	size_t task_count;
	unsigned task_weight_sum;
};

/* One piece of the load over time. */
enum stage_kind {
	STAGE_USERS, /* move to `value` users over `duration_ns` (0: at once, by the spawn rate) */
	STAGE_HOLD,
	STAGE_RATE /* move to `value` requests per second over `duration_ns` */
};
struct stage {
	enum stage_kind kind;
	double value;
	uint64_t duration_ns;
};

struct load {
	bool open;    /* arrival rate; else users */
	double users; /* closed: the target; open: how many users' connections carry the load */
	double spawn_rate; /* users per second */
	double rate;       /* open: target requests (task starts) per second */
	uint64_t rate_over_ns;
	uint64_t duration_ns;   /* from start, ramp included; 0: no end */
	uint64_t warmup_ns;     /* left out of the criteria */
	unsigned max_in_flight; /* open: cap; 0: = users */
	unsigned max_users;     /* guard rail and end of the slider; filled in at load: 2 x users */
	double max_rate;        /* open: the same for the rate; filled in at load: 2 x rate */
	double target_rps_low, target_rps_high; /* what the run is meant to reach; both 0: not said;
						 * high 0: "at least low" */
	struct stage *stages;
	size_t stage_count;
};

#define DATA_COLUMN_UNUSED UINT_MAX
enum data_order { DATA_SEQUENTIAL, DATA_RANDOM, DATA_UNIQUE };
struct data_set {
	char *name; /* prefix of its variables: {{name.column}} */
	char *file;
	enum data_order order;
	size_t column_count, row_count;
	char **columns;  /* their names */
	unsigned *slots; /* per column; DATA_COLUMN_UNUSED when no template reads it */
	size_t stride;   /* sequential: rows between two iterations of a user; see data.h */
	char **cells;    /* row_count x column_count */
};

struct http_options {
	uint64_t timeout_ns;         /* default 30 s */
	uint64_t connect_timeout_ns; /* default 10 s */
	int version;                 /* 11 or 2; default 11 */
	bool gzip;                   /* send Accept-Encoding: gzip, deflate and decode */
	bool insecure;               /* no certificate check */
	char *ca_file, *cert_file, *key_file;
	char *unix_socket;
	char *connect_to;         /* "host:port" to dial instead */
	bool follow_redirects;    /* default true, as Locust */
	bool cookies;             /* default true */
	size_t max_header_bytes;  /* default 64 KiB */
	size_t max_body_bytes;    /* default 16 MiB, of bodies that are read */
	unsigned max_connections; /* idle connections kept per user; default 1 */
};

struct health_check {
	struct template *path; /* NULL: no check */
	uint64_t timeout_ns;   /* how long to wait for it; default 30 s */
	uint64_t every_ns;     /* default 1 s */
};

struct container_limit {
	char *name;
	double cpu_pct;        /* 0: none */
	uint64_t memory_bytes; /* 0: none */
};

struct gauge {
	char *name;
	char *query;
	bool has_limit;
	enum criterion_op op;
	double limit;
};

struct panels {
	bool docker;
	char *docker_host;                  /* NULL: DOCKER_HOST or /var/run/docker.sock */
	bool docker_cli_cpu;                /* CPU by the docker CLI's own formula */
	struct container_limit *containers; /* name patterns; limits of 0 are none */
	size_t container_count;
	struct container_limit limit; /* for all of them; name NULL */
	char *logs;                   /* container whose log is followed; NULL: none until asked */
	char **log_patterns;
	size_t log_pattern_count;

	bool postgres;
	char *dsn;            /* NULL: exec way */
	char *exec_container; /* psql inside this container */
	char *exec_user, *exec_database;
	uint64_t every_ns;  /* default 2 s */
	uint64_t canary_ns; /* a new connection is tried so often; default 5 s; 0: never */
	double expect_low, expect_high; /* connections; both 0: none */
	double limit_connections;       /* 0: none */
	struct gauge *gauges;
	size_t gauge_count;
};

struct scenario {
	char *file;
	char *name;
	char *description; /* "" when none */
	struct url target;
	struct http_options http;
	struct load load;
	struct health_check health;
	struct user_class *classes;
	size_t class_count;
	struct endpoint *endpoints;
	size_t endpoint_count;
	struct check *checks;
	size_t check_count;
	struct extract *extracts;
	size_t extract_count;
	struct criterion *criteria;
	size_t criterion_count;
	struct data_set *data;
	size_t data_count;
	struct step *setup, *teardown;
	size_t setup_count, teardown_count;
	struct assignment *vars; /* of the setup's user; classes have their own lists */
	size_t var_count;
	char **user_headers; /* names of the user header slots ("then") */
	size_t user_header_count;
	struct names *names;         /* variable slots */
	struct template **templates; /* every template above belongs here; others point */
	size_t template_count;
	struct panels panels;
	char *source; /* the file's text, for results */
};

/* What the command line says over the file. Zero fields mean "as in the file". */
struct scenario_overrides {
	const char *target;
	double users;
	double spawn_rate;
	double rate;
	uint64_t duration_ns;
	bool no_docker, no_postgres;
	const char *const *classes; /* only these user classes; NULL-terminated; NULL: all */
};

/* Read, check and compile a file. All errors of the file are added to errs in one pass; returns
 * 0, or -EINVAL when there was any (nothing is stored then). Caller frees with scenario_free.
 * Main thread, before any other is started. */
int scenario_load(struct scenario **out, const char *file, const struct scenario_overrides *over,
		  struct errors *errs) __attribute__((warn_unused_result));
/* The same from memory; `name` stands for the file in messages, relative files are taken from
 * `dir`. */
int scenario_parse(struct scenario **out, const char *name, const char *dir, const char *text,
		   size_t len, const struct scenario_overrides *over, struct errors *errs)
	__attribute__((warn_unused_result));
void scenario_free(struct scenario *scenario);

/* Users of each class when `total` exist: fixed ones first, the rest by weight (largest
 * remainder). counts has class_count entries. */
void scenario_split_users(const struct scenario *scenario, unsigned total, unsigned *counts);
/* Parse "http://host[:port][/prefix]" (https, [::1]). -EINVAL fills err->text. Release with
 * url_fini. */
struct error;
int url_parse(struct url *out, const char *text, struct error *err)
	__attribute__((warn_unused_result));
void url_fini(struct url *url);

#endif
