/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>

#include <curl/curl.h>

#include "base/error.h"
#include "cli/cmd_target.h"
#include "cli/commands.h"
#include "cli/options.h"

int main(int argc, char **argv)
{
	struct options options;
	struct error err = { 0 };
	int status = 2;

	if (options_parse(argc, argv, &options, &err) != 0) {
		fprintf(stderr, "throng: %s\n", err.text);
		return status;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (options.subcommand == SUBCOMMAND_TARGET)
		status = cmd_target(argc - 1, argv + 1);
	else if (options.subcommand == SUBCOMMAND_REPORT)
		status = cmd_report(&options);
	else if (options.subcommand == SUBCOMMAND_VERSION)
		options_version(stdout);
	else
		options_usage(stdout);
	curl_global_cleanup();
	return status;
}
