/* SPDX-License-Identifier: MIT */
/* throng target: options → target_config → serve. One table feeds the parser and the help. */
#include "config.h"

#include "cli/cmd_target.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/units.h"
#include "target/target.h"

#define STATS_MAX      (1u << 20)
#define DEFAULT_LISTEN "127.0.0.1:8000"

struct settings {
	struct target_config config;
	bool stats_at_exit, help;
};

static int set_listen(struct settings *set, const char *value)
{
	set->config.listen = value;
	return 0;
}

static int parse_ms(const char *value, double *out)
{
	uint64_t ns;
	int rc = units_parse_duration(value, &ns);

	if (rc == 0 && ns > 3600000000000ULL)
		rc = -ERANGE;
	if (rc == 0)
		*out = (double)ns / 1e6;
	return rc;
}

static int set_latency(struct settings *set, const char *value)
{
	struct error err;

	return target_parse_latency(value, &set->config, &err);
}

/* 0.01 or 1% */
static int set_error_rate(struct settings *set, const char *value)
{
	size_t len = strlen(value);
	char number[32];
	bool percent = len > 0 && value[len - 1] == '%';
	double ratio;

	len -= percent;
	if (len >= sizeof(number))
		return -EINVAL;
	memcpy(number, value, len);
	number[len] = '\0';
	if (units_parse_number(number, &ratio) != 0)
		return -EINVAL;
	ratio = percent ? ratio / 100 : ratio;
	if (!(ratio >= 0 && ratio <= 1))
		return -ERANGE;
	set->config.error_ratio = ratio;
	return 0;
}

static int parse_count(const char *value, unsigned max, unsigned *out)
{
	uint64_t number;
	int rc = units_parse_uint(value, 0, max, &number);

	if (rc == 0)
		*out = (unsigned)number;
	return rc;
}

static int set_workers(struct settings *set, const char *value)
{
	return parse_count(value, 1000000, &set->config.workers);
}

static int set_queue(struct settings *set, const char *value)
{
	return parse_count(value, 1000000000, &set->config.queue_limit);
}

static int set_queue_timeout(struct settings *set, const char *value)
{
	return parse_ms(value, &set->config.queue_timeout_ms);
}

static int set_degrade(struct settings *set, const char *value)
{
	double factor;

	if (units_parse_number(value, &factor) != 0)
		return -EINVAL;
	if (!(factor >= 0 && factor <= 1e6))
		return -ERANGE;
	set->config.degrade = factor;
	return 0;
}

static int set_racy(struct settings *set, const char *value)
{
	(void)value;
	set->config.racy_approvals = true;
	return 0;
}

static int set_seed(struct settings *set, const char *value)
{
	return units_parse_uint(value, 0, UINT64_MAX, &set->config.seed);
}

static int set_counters(struct settings *set, const char *value)
{
	set->config.counters = value;
	return 0;
}

static int set_cert(struct settings *set, const char *value)
{
	set->config.tls_cert = value;
	return 0;
}

static int set_key(struct settings *set, const char *value)
{
	set->config.tls_key = value;
	return 0;
}

static int set_stats(struct settings *set, const char *value)
{
	(void)value;
	set->stats_at_exit = true;
	return 0;
}

static int set_help(struct settings *set, const char *value)
{
	(void)value;
	set->help = true;
	return 0;
}

static const struct option_row {
	const char *name;
	const char *argument; /* NULL: takes none */
	int (*set)(struct settings *set, const char *value);
	const char *expected; /* of the argument, for the error */
	const char *help;
} rows[] = {
	{ "listen", "ADDR:PORT", set_listen, "",
	  "where to listen: 127.0.0.1:8000, [::1]:8000, unix:/path;\n"
	  "port 0 picks a free one (default " DEFAULT_LISTEN ")" },
	{ "latency", "MEDIAN[,SIGMA]", set_latency,
	  "MEDIAN[,SIGMA]: 50ms, 1.5s or a number of milliseconds, and a sigma 0..10",
	  "time a piece of work takes: median (50ms; a plain number is\n"
	  "milliseconds) and log-normal shape (default 0,0)" },
	{ "error-rate", "RATIO", set_error_rate, "0..1 or 0%..100%",
	  "share of the work that is answered 500: 0.01 or 1%" },
	{ "workers", "N", set_workers, "0..1000000",
	  "pieces of work done at the same time (default 0: no limit)" },
	{ "queue", "N", set_queue, "0..1000000000",
	  "requests that may wait for a worker; more are answered 500\n"
	  "at once (default 0: no limit)" },
	{ "queue-timeout", "DURATION", set_queue_timeout, "a duration up to 1h",
	  "a request that waited this long is answered 500, as a\n"
	  "database pool does (default 0: it waits for ever)" },
	{ "degrade", "FACTOR", set_degrade, "0..1000000",
	  "work takes 1 + FACTOR x waiting / workers times as long" },
	{ "racy-approvals", NULL, set_racy, "",
	  "approve without row locks: two at once may both succeed" },
	{ "seed", "N", set_seed, "0..18446744073709551615",
	  "of latencies, errors, ids and tokens (default: random)" },
	{ "counters", "FILE", set_counters, "",
	  "keep the counters in FILE: they survive kill -9, and the\n"
	  "next target continues them" },
	{ "tls-cert", "FILE", set_cert, "", "serve TLS with this certificate chain (PEM)" },
	{ "tls-key", "FILE", set_key, "", "its private key (PEM; default: in the same file)" },
	{ "stats-at-exit", NULL, set_stats, "",
	  "print the counters as one line of JSON at the end" },
	{ "help", NULL, set_help, "", "show this text" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const char *cmd_target_option(size_t i, const char **argument)
{
	if (i >= ROWS)
		return NULL;
	*argument = rows[i].argument;
	return rows[i].name;
}

void cmd_target_help(FILE *out)
{
	fputs("Usage: throng target [OPTION]...\n"
	      "Serve the practice backend: the API of the load-test procedure, with settable\n"
	      "latency, errors and a worker pool that collapses as a real one does.\n\n",
	      out);
	for (size_t i = 0; i < ROWS; i++) {
		const char *line = rows[i].help;
		int width = fprintf(out, "  --%s%s%s", rows[i].name, rows[i].argument ? " " : "",
				    rows[i].argument ? rows[i].argument : "");

		while (*line) {
			size_t len = strcspn(line, "\n");

			fprintf(out, "%*s%.*s\n", width < 28 ? 28 - width : 1, "", (int)len, line);
			width = 0;
			line += len + (line[len] == '\n');
		}
	}
	fputs("\nIt prints 'listening on http://ADDR:PORT' when ready, answers GET /_target/stats\n"
	      "with what it has received, and ends on SIGINT or SIGTERM. See throng(1).\n",
	      out);
}

/* 0, or 2 after saying what is wrong. */
static int parse(int argc, char **argv, struct settings *set)
{
	struct option longs[ROWS + 1] = { { 0 } };
	int which, c;

	for (size_t i = 0; i < ROWS; i++)
		longs[i] = (struct option){ rows[i].name,
					    rows[i].argument ? required_argument : no_argument,
					    NULL, 'x' };
	optind = 0; /* begin anew, also after another parser */
	while ((c = getopt_long(argc, argv, "+h", longs, &which)) != -1) {
		if (c == 'h') {
			set->help = true;
			continue;
		}
		if (c != 'x')
			goto usage;
		if (rows[which].set(set, optarg) != 0) {
			fprintf(stderr, "throng target: --%s: '%s' is not %s\n", rows[which].name,
				optarg, rows[which].expected);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "throng target: unexpected argument '%s'\n", argv[optind]);
		goto usage;
	}
	if (set->config.tls_key && !set->config.tls_cert) {
		fprintf(stderr, "throng target: --tls-key needs --tls-cert\n");
		return 2;
	}
	return 0;
usage:
	fprintf(stderr, "Try 'throng target --help'.\n");
	return 2;
}

/* A thousand users are a thousand connections: take all the files we may have. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void print_stats(const struct target *target)
{
	struct buf buf;

	buf_init(&buf, STATS_MAX);
	if (target_stats(target, &buf) == 0)
		printf("%s\n", buf_str(&buf));
	buf_fini(&buf);
	fflush(stdout);
}

int cmd_target(int argc, char **argv)
{
	struct settings set = { .config = { .listen = DEFAULT_LISTEN, .seed = rng_system_seed() } };
	struct target *target;
	struct error err;
	int status = parse(argc, argv, &set);

	if (status != 0)
		return status;
	if (set.help) {
		cmd_target_help(stdout);
		return 0;
	}
	raise_file_limit();
	if (target_new(&target, &set.config, &err) != 0) {
		fprintf(stderr, "throng target: %s\n", err.text);
		return 3;
	}
	if (target_stop_on_signals(target) != 0) {
		fprintf(stderr, "throng target: cannot handle signals\n");
		target_free(target);
		return 3;
	}
	printf("listening on %s\n", target_url(target));
	fflush(stdout);
	target_run(target);
	if (set.stats_at_exit)
		print_stats(target);
	target_free(target);
	return 0;
}
