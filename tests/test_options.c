/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "cli/options.h"

#define MOST 24

/* Parse a line of words parted by blanks. */
static int parse(const char *line, struct options *out, struct error *err)
{
	static char words[512];
	static char *argv[MOST + 1];
	int argc = 0;
	char *at, *save = NULL;

	memset(err, 0, sizeof(*err));
	snprintf(words, sizeof(words), "%s", line);
	for (at = strtok_r(words, " ", &save); at != NULL && argc < MOST;
	     at = strtok_r(NULL, " ", &save))
		argv[argc++] = at;
	argv[argc] = NULL;
	return options_parse(argc, argv, out, err);
}

static void run_is_the_default_subcommand(void **state)
{
	struct options opt;
	struct error err;

	(void)state;
	assert_int_equal(parse("throng a.json", &opt, &err), 0);
	assert_int_equal(opt.subcommand, SUBCOMMAND_RUN);
	assert_int_equal(opt.file_count, 1);
	assert_string_equal(opt.files[0], "a.json");
	assert_int_equal(parse("throng run a.json b.json", &opt, &err), 0);
	assert_int_equal(opt.file_count, 2);
}

static void locusts_options_mean_what_they_mean_to_locust(void **state)
{
	struct options opt;
	struct error err;

	(void)state;
	assert_int_equal(parse("throng --headless -u 100 -r 10 -t 5m --host http://h:1 --csv p "
			       "--csv-full-history --stop-timeout 10s --reset-stats --only-summary "
			       "a.json",
			       &opt, &err),
			 0);
	assert_true(opt.headless);
	assert_true(opt.users == 100);
	assert_true(opt.spawn_rate == 10);
	assert_int_equal(opt.run_time_ns, 300000000000ULL);
	assert_string_equal(opt.host, "http://h:1");
	assert_string_equal(opt.csv_prefix, "p");
	assert_true(opt.csv_full_history);
	assert_int_equal(opt.stop_timeout_ns, 10000000000ULL);
	assert_true(opt.reset_stats);
	assert_true(opt.only_summary);
}

static void options_may_stand_behind_files(void **state)
{
	struct options opt;
	struct error err;

	(void)state;
	assert_int_equal(parse("throng run a.json -u 5 b.json", &opt, &err), 0);
	assert_int_equal(opt.file_count, 2);
	assert_true(opt.users == 5);
}

static void run_time_zero_means_no_end(void **state)
{
	struct options opt;
	struct error err;

	(void)state;
	assert_int_equal(parse("throng -t 0 a.json", &opt, &err), 0);
	assert_true(opt.run_time_set);
	assert_int_equal(opt.run_time_ns, 0);
	assert_int_equal(parse("throng a.json", &opt, &err), 0);
	assert_false(opt.run_time_set);
}

static void bad_words_are_refused_with_the_remedy(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "throng", "no scenario file given" },
		{ "throng --hedless a.json", "did you mean --headless?" },
		{ "throng -u 0 a.json", "--users: \"0\" is not a number above 0" },
		{ "throng -u -5 a.json", "--users: \"-5\" is not a number above 0" },
		{ "throng -u ten a.json", "--users: \"ten\" is not a number above 0" },
		{ "throng -u nan a.json", "--users: \"nan\" is not a number above 0" },
		{ "throng -t 5x a.json", "--run-time: \"5x\" is no duration" },
		{ "throng --threads 65 a.json", "\"65\" is not a whole number from 1 to 64" },
		{ "throng --threads many a.json", "--threads" },
		{ "throng --theme pink a.json", "none of dark, light, contrast, colorblind, mono" },
		{ "throng --transport udp a.json", "none of auto, direct, curl" },
		{ "throng --csv-full-history a.json", "needs --csv PREFIX" },
		{ "throng --only-summary a.json", "needs --headless" },
		{ "throng --csv", "--csv needs a value: PREFIX" },
		{ "throng -u", "needs a value: N" },
		{ "throng --csv out a.json b.json", "put {scenario} into it" },
		{ "throng run --error-rate 1% a.json", "does not belong to throng run" },
		{ "throng demo --error-rate 101%", "is no ratio" },
		{ "throng check", "throng check scenarios/deployments.json" },
		{ "throng --hz 100 a.json", "not from 0.2 to 20" },
		{ "throng --exit-code-on-error 300 a.json", "from 0 to 125" },
	};
	struct options opt;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (parse(cases[i].line, &opt, &err) != -EINVAL)
			fail_msg("accepted: %s", cases[i].line);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s\n  says:  %s\n  wants: %s", cases[i].line, err.text,
				 cases[i].says);
	}
}

static void help_and_version_win_over_the_rest(void **state)
{
	struct options opt;
	struct error err;

	(void)state;
	assert_int_equal(parse("throng --help", &opt, &err), 0);
	assert_int_equal(opt.subcommand, SUBCOMMAND_HELP);
	assert_int_equal(parse("throng check -h", &opt, &err), 0);
	assert_int_equal(opt.subcommand, SUBCOMMAND_HELP);
	assert_int_equal(parse("throng -V", &opt, &err), 0);
	assert_int_equal(opt.subcommand, SUBCOMMAND_VERSION);
}

static void every_option_is_in_the_usage_of_its_subcommand(void **state)
{
	size_t i, size;
	int sub;

	(void)state;
	for (sub = 0; sub < SUBCOMMAND_TARGET; sub++) {
		char *text = NULL;
		FILE *out = open_memstream(&text, &size);

		options_usage_of((enum subcommand)sub, out);
		fclose(out);
		for (i = 0; options_row(i) != NULL; i++) {
			char word[64];

			snprintf(word, sizeof(word), "--%s ", options_row(i)->name);
			if (options_row(i)->subcommands & (1u << sub))
				assert_non_null(strstr(text, word));
			else
				assert_null(strstr(text, word));
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_is_the_default_subcommand),
		cmocka_unit_test(locusts_options_mean_what_they_mean_to_locust),
		cmocka_unit_test(options_may_stand_behind_files),
		cmocka_unit_test(run_time_zero_means_no_end),
		cmocka_unit_test(bad_words_are_refused_with_the_remedy),
		cmocka_unit_test(help_and_version_win_over_the_rest),
		cmocka_unit_test(every_option_is_in_the_usage_of_its_subcommand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
