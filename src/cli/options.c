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
#include "cli/options_table.h"

const char *subcommand_name(enum subcommand subcommand)
{
	return subcommand_rows[subcommand].name;
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
	const char *names[OPTION_ROWS_MAX + 3];
	const char *near;
	char name[64];
	size_t len, i;

	for (i = 0; i < option_row_count; i++)
		names[i] = option_rows[i].pub.name;
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

	for (i = 0; i < option_row_count; i++)
		if (key == (int)(1000 + i) ||
		    (option_rows[i].pub.letter != 0 && key == option_rows[i].pub.letter))
			return &option_rows[i];
	return NULL;
}

#define KEY_HELP    900
#define KEY_VERSION 901

static void make_getopt(struct option *longs, char *letters, size_t size)
{
	size_t i, n = 0;

	letters[n++] = ':';
	for (i = 0; i < option_row_count; i++) {
		longs[i] = (struct option){ option_rows[i].pub.name,
					    option_rows[i].pub.argument ? required_argument
									: no_argument,
					    NULL, (int)(1000 + i) };
		if (option_rows[i].pub.letter != 0 && n + 4 < size) {
			letters[n++] = option_rows[i].pub.letter;
			if (option_rows[i].pub.argument != NULL)
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
		if (strcmp(word, subcommand_rows[i].name) == 0) {
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
	if (opt->subcommand == SUBCOMMAND_SCENARIO && (opt->from == NULL || opt->file_count > 1)) {
		error_set(err, "throng scenario needs --from RESULT.json and at most one scenario "
			       "file: the one that was driven");
		return -EINVAL;
	}
	if (opt->file_count > 1 &&
	    (opt->subcommand == SUBCOMMAND_RUN || opt->subcommand == SUBCOMMAND_DEMO)) {
		const char *const files[] = { opt->csv_prefix, opt->json_file, opt->failures_file,
					      opt->replay_file, opt->baseline_file };
		const char *const names[] = { "csv", "json", "failures", "replay", "baseline" };
		size_t i;

		for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			if (files[i] != NULL && strstr(files[i], "{scenario}") == NULL) {
				error_set(
					err,
					"--%s: %zu scenarios would %s the same %s; put {scenario} "
					"into it, as in results/{scenario}",
					names[i], opt->file_count, i < 3 ? "write to" : "go by",
					i < 3 ? "place" : "result");
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
	struct option longs[OPTION_ROWS_MAX + 3];
	char letters[OPTION_ROWS_MAX * 2 + 8];
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

	for (i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i].pub;
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
		fprintf(out, "  %-8s %-32s %s\n", subcommand_rows[i].name,
			subcommand_rows[i].operands, subcommand_rows[i].help);
	fprintf(out, "\noptions of run:\n");
	print_rows(1u << SUBCOMMAND_RUN, out);
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
	fprintf(out, "usage: throng %s %s\n%s\n\noptions:\n", subcommand_rows[subcommand].name,
		subcommand_rows[subcommand].operands, subcommand_rows[subcommand].help);
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
	return i < option_row_count ? &option_rows[i].pub : NULL;
}
