/* SPDX-License-Identifier: MIT */
/* The command line: one const table of options feeds the parser, --help, and the tests that hold manual and completion
 * to it. Numbers and durations are checked here, so a bad one is refused before anything is read or sent. */
#include "config.h"

#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <string.h>

#include <curl/curl.h>
#include <event2/event.h>
#include <jansson.h>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"

enum value_type {
	VALUE_FLAG,
	VALUE_STRING,
	VALUE_POSITIVE, /* number > 0 */
	VALUE_RATIO,    /* 0..1, or "5%" */
	VALUE_DURATION,
	VALUE_RUN_TIME, /* a duration, remembered as given */
	VALUE_COUNT,    /* unsigned integer */
	VALUE_THREADS,  /* "auto" (0) or 1..64 */
	VALUE_EXIT_CODE
};

struct row {
	struct option_row pub;
	enum value_type type;
	size_t offset;
};

#define RUN        (1u << SUBCOMMAND_RUN)
#define CHECK      (1u << SUBCOMMAND_CHECK)
#define DEMO       (1u << SUBCOMMAND_DEMO)
#define REPORT     (1u << SUBCOMMAND_REPORT)
#define AT(member) offsetof(struct options, member)

/* clang-format off */
static const struct row rows[] = {
	{{ 'H', "host", "URL", "target, over the scenario's own", RUN | CHECK }, VALUE_STRING, AT(host) },
	{{ 'u', "users", "N", "users at the top of the ramp", RUN | CHECK | DEMO }, VALUE_POSITIVE, AT(users) },
	{{ 'r', "spawn-rate", "N", "users per second, up and down", RUN | CHECK | DEMO }, VALUE_POSITIVE, AT(spawn_rate) },
	{{ 't', "run-time", "TIME", "how long, ramp included (300, 5m, 1h30m; 0: no end)", RUN | CHECK | DEMO }, VALUE_RUN_TIME, AT(run_time_ns) },
	{{ 0, "rate", "N", "arrival rate in task starts per second, for scenarios that have one", RUN | CHECK | DEMO }, VALUE_POSITIVE, AT(rate) },
	{{ 's', "stop-timeout", "TIME", "at the end, let requests in flight finish this long (default 10s)", RUN | DEMO }, VALUE_DURATION, AT(stop_timeout_ns) },
	{{ 0, "max-users", "N", "guard rail: no slider, key or file goes above", RUN | DEMO }, VALUE_POSITIVE, AT(max_users) },
	{{ 0, "max-rate", "N", "guard rail for the arrival rate", RUN | DEMO }, VALUE_POSITIVE, AT(max_rate) },
	{{ 0, "threads", "N", "engine threads: auto or 1 to 64 (default 1)", RUN | DEMO }, VALUE_THREADS, AT(threads) },
	{{ 0, "transport", "NAME", "auto, direct (own HTTP/1.1 framing) or curl (libcurl's whole stack)", RUN | DEMO }, VALUE_STRING, AT(transport) },
	{{ 0, "seed", "N", "repeat the random choices of an earlier run", RUN | DEMO }, VALUE_COUNT, AT(seed) },
	{{ 0, "headless", NULL, "no console: start at once, print Locust's tables", RUN | DEMO }, VALUE_FLAG, AT(headless) },
	{{ 0, "autostart", NULL, "open the console and start without waiting for Enter", RUN | DEMO }, VALUE_FLAG, AT(autostart) },
	{{ 0, "no-check", NULL, "console: probe nothing while the plan is shown", RUN | DEMO }, VALUE_FLAG, AT(no_check) },
	{{ 0, "only-summary", NULL, "headless: print the tables at the end only", RUN | DEMO }, VALUE_FLAG, AT(only_summary) },
	{{ 0, "ascii", NULL, "draw with ASCII characters only", RUN | DEMO }, VALUE_FLAG, AT(ascii) },
	{{ 0, "no-color", NULL, "no colours (also: NO_COLOR in the environment)", RUN | DEMO }, VALUE_FLAG, AT(no_color) },
	{{ 0, "theme", "NAME", "dark, light, contrast, colorblind or mono", RUN | DEMO }, VALUE_STRING, AT(theme) },
	{{ 0, "hz", "N", "screens per second, 0.2 to 20 (default 4)", RUN | DEMO }, VALUE_POSITIVE, AT(frame_hz) },
	{{ 0, "csv", "PREFIX", "write Locust's four CSV files; {scenario} in it is replaced", RUN | DEMO }, VALUE_STRING, AT(csv_prefix) },
	{{ 0, "csv-full-history", NULL, "a history row for each endpoint, percentiles of the last 10 s", RUN | DEMO }, VALUE_FLAG, AT(csv_full_history) },
	{{ 0, "json", "FILE", "write the whole result as JSON; {scenario} in it is replaced", RUN | DEMO }, VALUE_STRING, AT(json_file) },
	{{ 0, "failures", "FILE", "write failing exchanges, one JSON object a line; {scenario} in it is replaced", RUN | DEMO }, VALUE_STRING, AT(failures_file) },
	{{ 0, "report", "FILE", "write the report as Markdown", RUN | DEMO | REPORT }, VALUE_STRING, AT(report_file) },
	{{ 0, "html", "FILE", "write the report as one self-contained page", RUN | DEMO | REPORT }, VALUE_STRING, AT(html_file) },
	{{ 0, "from-csv", "PREFIX", "read Locust's CSV files, named as with --csv", REPORT }, VALUE_STRING, AT(from_csv) },
	{{ 0, "reset-stats", NULL, "start counting anew when all users have been spawned", RUN | DEMO }, VALUE_FLAG, AT(reset_stats) },
	{{ 0, "overwrite", NULL, "replace result files of an earlier run", RUN | DEMO | REPORT }, VALUE_FLAG, AT(overwrite) },
	{{ 0, "exit-code-on-error", "N", "exit with N instead of 1 when a criterion (or, without any, a request) failed", RUN | DEMO }, VALUE_EXIT_CODE, AT(exit_code_on_error) },
	{{ 0, "no-docker", NULL, "leave the containers panel out", RUN | CHECK }, VALUE_FLAG, AT(no_docker) },
	{{ 0, "no-postgres", NULL, "leave the database panel out", RUN | CHECK }, VALUE_FLAG, AT(no_postgres) },
	{{ 'L', "loglevel", "LEVEL", "debug, info, warning or error (default info)", RUN | DEMO }, VALUE_STRING, AT(log_level) },
	{{ 0, "logfile", "FILE", "append log lines to a file instead of stderr", RUN | DEMO }, VALUE_STRING, AT(log_file) },
	{{ 0, "offline", NULL, "check the file only: probe neither target nor panels", CHECK }, VALUE_FLAG, AT(offline) },
	{{ 0, "latency", "MEDIAN[,SIGMA]", "practice backend: median and shape of its work (default 5ms,0.5)", DEMO }, VALUE_STRING, AT(latency) },
	{{ 0, "error-rate", "RATIO", "practice backend: part of the answers that are 500 (0.01 or 1%)", DEMO }, VALUE_RATIO, AT(error_rate) },
	{{ 0, "workers", "N", "practice backend: size of its worker pool (default: no limit)", DEMO }, VALUE_COUNT, AT(workers) },
};
/* clang-format on */
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct {
	const char *name, *operands, *help;
} subcommands[SUBCOMMANDS] = {
	[SUBCOMMAND_RUN] = { "run", "[OPTIONS] SCENARIO.json…",
			     "run scenarios one after another (the default)" },
	[SUBCOMMAND_CHECK] = { "check", "[OPTIONS] SCENARIO.json…",
			       "validate, print the plan and probe what the run needs" },
	[SUBCOMMAND_DEMO] = { "demo", "[OPTIONS] [SCENARIO.json…]",
			      "the console on an embedded practice backend" },
	[SUBCOMMAND_TARGET] = { "target", "[OPTIONS]", "serve the practice backend" },
	[SUBCOMMAND_REPORT] = { "report", "[OPTIONS] PREFIX|RESULT.json [SCENARIO.json]…",
				"write the report of earlier runs" },
	[SUBCOMMAND_HELP] = { "help", "[SUBCOMMAND]", "explain a subcommand" },
	[SUBCOMMAND_VERSION] = { "version", "", "print the versions of throng and its libraries" },
};

const char *subcommand_name(enum subcommand subcommand)
{
	return subcommands[subcommand].name;
}

static int set_duration(const struct row *row, const char *text, uint64_t *out, struct error *err)
{
	if (units_parse_duration(text, out) == 0)
		return 0;
	error_set(err, "--%s: \"%s\" is no duration; write 300 (seconds), 500ms, 30s, 5m or 1h30m",
		  row->pub.name, text);
	return -EINVAL;
}

static int set_positive(const struct row *row, const char *text, double *out, struct error *err)
{
	double value;

	if (units_parse_number(text, &value) == 0 && value > 0 && value <= 1e9) {
		*out = value;
		return 0;
	}
	error_set(err, "--%s: \"%s\" is not a number above 0 and up to 1,000,000,000",
		  row->pub.name, text);
	return -EINVAL;
}

static int set_ratio(const struct row *row, const char *text, double *out, struct error *err)
{
	char digits[32];
	size_t len = strlen(text);
	double value, scale = 1;

	if (len > 0 && len < sizeof(digits)) {
		memcpy(digits, text, len + 1);
		if (digits[len - 1] == '%') {
			digits[len - 1] = '\0';
			scale = 0.01;
		}
		if (units_parse_number(digits, &value) == 0 && value >= 0 && value * scale <= 1) {
			*out = value * scale;
			return 0;
		}
	}
	error_set(err, "--%s: \"%s\" is no ratio; write 0 to 1, or 0%% to 100%%", row->pub.name,
		  text);
	return -EINVAL;
}

static int set_integer(const struct row *row, const char *text, uint64_t min, uint64_t max,
		       uint64_t *out, struct error *err)
{
	if (units_parse_uint(text, min, max, out) == 0)
		return 0;
	error_set(err, "--%s: \"%s\" is not a whole number from %llu to %llu", row->pub.name, text,
		  (unsigned long long)min, (unsigned long long)max);
	return -EINVAL;
}

static int set_value(const struct row *row, const char *text, struct options *out,
		     struct error *err)
{
	void *at = (char *)out + row->offset;
	uint64_t n;
	int rc;

	switch (row->type) {
	case VALUE_FLAG:
		*(bool *)at = true;
		return 0;
	case VALUE_STRING:
		*(const char **)at = text;
		return 0;
	case VALUE_POSITIVE:
		return set_positive(row, text, at, err);
	case VALUE_RATIO:
		return set_ratio(row, text, at, err);
	case VALUE_RUN_TIME:
		out->run_time_set = true;
		return set_duration(row, text, at, err);
	case VALUE_DURATION:
		return set_duration(row, text, at, err);
	case VALUE_COUNT:
		return set_integer(row, text, 0, UINT64_MAX, at, err);
	case VALUE_THREADS:
		if (strcmp(text, "auto") == 0) {
			*(uint64_t *)at = 0;
			return 0;
		}
		return set_integer(row, text, 1, 64, at, err);
	case VALUE_EXIT_CODE:
		rc = set_integer(row, text, 0, 125, &n, err);
		if (rc == 0)
			*(int64_t *)at = (int64_t)n;
		return rc;
	}
	return -EINVAL;
}

/* A word that is no option: name the nearest one. */
static int unknown_option(const char *word, struct error *err)
{
	const char *names[ROWS + 3];
	const char *near;
	char name[64];
	size_t len, i;

	for (i = 0; i < ROWS; i++)
		names[i] = rows[i].pub.name;
	names[i++] = "help";
	names[i++] = "version";
	names[i] = NULL;
	word += strspn(word, "-");
	len = strcspn(word, "=");
	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, word, len);
	name[len] = '\0';
	near = text_nearest(name, names);
	if (near != NULL)
		error_set(err, "unknown option \"%s\": did you mean --%s? See throng --help", name,
			  near);
	else
		error_set(err, "unknown option \"%s\"; see throng --help", name);
	return -EINVAL;
}

static const struct row *find_row(int key)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (key == (int)(1000 + i) ||
		    (rows[i].pub.letter != 0 && key == rows[i].pub.letter))
			return &rows[i];
	return NULL;
}

#define KEY_HELP    900
#define KEY_VERSION 901

static void make_getopt(struct option *longs, char *letters, size_t size)
{
	size_t i, n = 0;

	letters[n++] = ':';
	for (i = 0; i < ROWS; i++) {
		longs[i] = (struct option){ rows[i].pub.name,
					    rows[i].pub.argument ? required_argument : no_argument,
					    NULL, (int)(1000 + i) };
		if (rows[i].pub.letter != 0 && n + 4 < size) {
			letters[n++] = rows[i].pub.letter;
			if (rows[i].pub.argument != NULL)
				letters[n++] = ':';
		}
	}
	longs[i++] = (struct option){ "help", no_argument, NULL, KEY_HELP };
	longs[i++] = (struct option){ "version", no_argument, NULL, KEY_VERSION };
	longs[i] = (struct option){ NULL, 0, NULL, 0 };
	letters[n++] = 'h';
	letters[n++] = 'V';
	letters[n] = '\0';
}

static int take_option(int key, char *const *argv, struct options *out, struct error *err)
{
	const struct row *row;

	if (key == KEY_HELP || key == 'h') {
		out->subcommand = SUBCOMMAND_HELP;
		return 0;
	}
	if (key == KEY_VERSION || key == 'V') {
		out->subcommand = SUBCOMMAND_VERSION;
		return 0;
	}
	if (key == '?')
		return unknown_option(argv[optind - 1], err);
	if (key == ':') {
		row = find_row(optopt);
		error_set(err, "option %s needs a value: %s", argv[optind - 1],
			  row != NULL ? row->pub.argument : "see throng --help");
		return -EINVAL;
	}
	row = find_row(key);
	if (row == NULL)
		return unknown_option(argv[optind - 1], err);
	if (out->subcommand < SUBCOMMANDS && out->subcommand != SUBCOMMAND_HELP &&
	    out->subcommand != SUBCOMMAND_VERSION &&
	    !(row->pub.subcommands & (1u << out->subcommand))) {
		error_set(err, "--%s does not belong to throng %s; see throng help %s",
			  row->pub.name, subcommand_name(out->subcommand),
			  subcommand_name(out->subcommand));
		return -EINVAL;
	}
	return set_value(row, optarg, out, err);
}

int subcommand_find(const char *word, enum subcommand *out)
{
	int i;

	for (i = 0; i < SUBCOMMANDS; i++) {
		if (strcmp(word, subcommands[i].name) == 0) {
			*out = (enum subcommand)i;
			return 0;
		}
	}
	return -ENOENT;
}

static bool one_of(const char *word, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(word, *names) == 0)
			return true;
	return false;
}

static int check_words(const struct options *opt, struct error *err)
{
	static const char *const themes[] = { "dark",       "light", "contrast",
					      "colorblind", "mono",  NULL };
	static const char *const transports[] = { "auto", "direct", "curl", NULL };
	static const char *const levels[] = { "debug", "info", "warning", "error", NULL };

	if (opt->theme != NULL && !one_of(opt->theme, themes)) {
		error_set(err, "--theme: \"%s\" is none of dark, light, contrast, colorblind, mono",
			  opt->theme);
		return -EINVAL;
	}
	if (opt->transport != NULL && !one_of(opt->transport, transports)) {
		error_set(err, "--transport: \"%s\" is none of auto, direct, curl", opt->transport);
		return -EINVAL;
	}
	if (opt->log_level != NULL && !one_of(opt->log_level, levels)) {
		error_set(err, "--loglevel: \"%s\" is none of debug, info, warning, error",
			  opt->log_level);
		return -EINVAL;
	}
	if (opt->frame_hz != 0 && (opt->frame_hz < 0.2 || opt->frame_hz > 20)) {
		error_set(err, "--hz: %g is not from 0.2 to 20", opt->frame_hz);
		return -EINVAL;
	}
	return 0;
}

/* What only makes sense together. */
static int check_together(const struct options *opt, struct error *err)
{
	if (opt->csv_full_history && opt->csv_prefix == NULL) {
		error_set(err, "--csv-full-history needs --csv PREFIX");
		return -EINVAL;
	}
	if (opt->only_summary && !opt->headless) {
		error_set(err, "--only-summary needs --headless");
		return -EINVAL;
	}
	if (opt->file_count == 0 &&
	    (opt->subcommand == SUBCOMMAND_RUN || opt->subcommand == SUBCOMMAND_CHECK)) {
		error_set(err, "no scenario file given; try: throng %s scenarios/deployments.json",
			  subcommand_name(opt->subcommand));
		return -EINVAL;
	}
	if (opt->subcommand == SUBCOMMAND_REPORT && opt->file_count == 0 && opt->from_csv == NULL) {
		error_set(err, "throng report needs the PREFIX that was given to --csv, or a file "
			       "written by --json");
		return -EINVAL;
	}
	if (opt->file_count > 1 &&
	    (opt->subcommand == SUBCOMMAND_RUN || opt->subcommand == SUBCOMMAND_DEMO)) {
		const char *const outputs[] = { opt->csv_prefix, opt->json_file,
						opt->failures_file };
		const char *const names[] = { "csv", "json", "failures" };
		size_t i;

		for (i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
			if (outputs[i] != NULL && strstr(outputs[i], "{scenario}") == NULL) {
				error_set(err,
					  "--%s: %zu scenarios would write to the same place; put "
					  "{scenario} into it, as in results/{scenario}",
					  names[i], opt->file_count);
				return -EINVAL;
			}
		}
	}
	if (opt->report_file != NULL && opt->html_file != NULL &&
	    (strstr(opt->report_file, "{scenario}") == NULL) !=
		    (strstr(opt->html_file, "{scenario}") == NULL)) {
		error_set(err, "--report and --html hold the same runs: put {scenario} into both "
			       "names or into none");
		return -EINVAL;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *out, struct error *err)
{
	struct option longs[ROWS + 3];
	char letters[ROWS * 2 + 8];
	struct options opt = { .subcommand = SUBCOMMAND_RUN,
			       .stop_timeout_ns = 10000000000ULL,
			       .threads = 1,
			       .exit_code_on_error = -1 };
	int key, rc;

	if (argc > 1 && subcommand_find(argv[1], &opt.subcommand) == 0) {
		argc--;
		argv++;
	}
	if (opt.subcommand == SUBCOMMAND_TARGET) {
		*out = opt;
		return 0;
	}
	make_getopt(longs, letters, sizeof(letters));
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((key = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		rc = take_option(key, argv, &opt, err);
		if (rc != 0)
			return rc;
		if (opt.subcommand == SUBCOMMAND_HELP || opt.subcommand == SUBCOMMAND_VERSION)
			break;
	}
	opt.files = (const char *const *)(argv + optind);
	opt.file_count = (size_t)(argc - optind);
	rc = check_words(&opt, err);
	if (rc == 0)
		rc = check_together(&opt, err);
	if (rc == 0)
		*out = opt;
	return rc;
}

static void print_rows(unsigned mask, FILE *out)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		const struct option_row *row = &rows[i].pub;
		char left[64];

		if (!(row->subcommands & mask))
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", row->letter ? '-' : ' ',
			 row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
			 row->argument ? " " : "", row->argument ? row->argument : "");
		fprintf(out, "  %-32s %s\n", left, row->help);
	}
	fprintf(out, "  %-32s %s\n  %-32s %s\n", "-h, --help", "this text", "-V, --version",
		"versions of throng and its libraries");
}

void options_usage(FILE *out)
{
	int i;

	fprintf(out, "usage: throng [run] [OPTIONS] SCENARIO.json…\n"
		     "       throng SUBCOMMAND …\n\nsubcommands:\n");
	for (i = 0; i < SUBCOMMANDS; i++)
		fprintf(out, "  %-8s %-32s %s\n", subcommands[i].name, subcommands[i].operands,
			subcommands[i].help);
	fprintf(out, "\noptions of run:\n");
	print_rows(RUN, out);
	fprintf(out, "\nexit status: 0 every criterion passed, 1 one failed, 2 usage or a bad file "
		     "(nothing was\n"
		     "sent), 3 the run could not be done, 4 INVALID (the generator was the limit), "
		     "130 interrupted.\n"
		     "manual: throng(1), throng-scenario(5)\n");
}

void options_usage_of(enum subcommand subcommand, FILE *out)
{
	if (subcommand == SUBCOMMAND_HELP || subcommand == SUBCOMMAND_VERSION) {
		options_usage(out);
		return;
	}
	fprintf(out, "usage: throng %s %s\n%s\n\noptions:\n", subcommands[subcommand].name,
		subcommands[subcommand].operands, subcommands[subcommand].help);
	print_rows(1u << subcommand, out);
}

void options_version(FILE *out)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

	fprintf(out, "throng %s\nlibcurl %s (%s, nghttp2 %s, zlib %s)\nlibevent %s\njansson %s\n",
		PACKAGE_VERSION, curl->version, curl->ssl_version ? curl->ssl_version : "no TLS",
		curl->nghttp2_version ? curl->nghttp2_version : "none",
		curl->libz_version ? curl->libz_version : "none", event_get_version(),
		jansson_version_str());
}

const struct option_row *options_row(size_t i)
{
	return i < ROWS ? &rows[i].pub : NULL;
}
