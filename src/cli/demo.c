/* SPDX-License-Identifier: MIT */
/* `throng demo`: the practice backend in a thread of this process, and the scenario that fits it. */
#include "config.h"

#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/options.h"
#include "target/target.h"

int demo_start(const struct options *options, struct target **out, struct error *err)
{
	struct target_config config = { .listen = "127.0.0.1:0",
					.latency_median_ms = 5,
					.latency_sigma = 0.5,
					.error_ratio = options->error_rate,
					.workers = (unsigned)options->workers,
					.seed = options->seed };
	struct target *target;
	int rc = 0;

	if (options->latency != NULL)
		rc = target_parse_latency(options->latency, &config, err);
	if (rc == 0)
		rc = target_new(&target, &config, err);
	if (rc != 0)
		return rc;
	rc = target_start(target);
	if (rc != 0) {
		error_set(err, "cannot start the practice backend: %s", strerror(-rc));
		target_free(target);
		return rc;
	}
	*out = target;
	return 0;
}

char *demo_scenario(struct error *err)
{
	static const char *const beside[] = { "/../share/throng/scenarios/deployments.json",
					      "/../scenarios/deployments.json",
					      "/scenarios/deployments.json" };
	char dir[4096];
	ssize_t len = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	char *path;
	size_t i;

	if (len > 0) {
		dir[len] = '\0';
		*strrchr(dir, '/') = '\0';
		for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
			char *real;

			path = mem_printf("%s%s", dir, beside[i]);
			real = realpath(path, NULL);
			free(path);
			if (real != NULL)
				return real;
		}
	}
	if (access(THRONG_DATADIR "/scenarios/deployments.json", R_OK) == 0)
		return mem_strdup(THRONG_DATADIR "/scenarios/deployments.json");
	error_set(err, "deployments.json is neither beside the program nor in " THRONG_DATADIR
		       "/scenarios; name a scenario: throng demo FILE");
	return NULL;
}
