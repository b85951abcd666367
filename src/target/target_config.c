/* SPDX-License-Identifier: MIT */
/* Settings of the target as people write them, the same in every command that starts one. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "target/target.h"

#define HOUR_MS   3.6e6
#define SIGMA_MAX 10.0

/* A duration, or a plain number of milliseconds: what a backend's latency is told in. */
static int parse_median(const char *text, double *out)
{
	uint64_t ns;
	double ms;

	if (units_parse_number(text, &ms) != 0) {
		if (units_parse_duration(text, &ns) != 0)
			return -EINVAL;
		ms = (double)ns / 1e6;
	}
	if (!(ms >= 0 && ms <= HOUR_MS))
		return -ERANGE;
	*out = ms;
	return 0;
}

int target_parse_latency(const char *text, struct target_config *config, struct error *err)
{
	const char *comma = strchr(text, ',');
	size_t len = comma ? (size_t)(comma - text) : strlen(text);
	double median_ms, sigma = 0;
	char median[32];

	if (len >= sizeof(median))
		goto bad;
	memcpy(median, text, len);
	median[len] = '\0';
	if (parse_median(median, &median_ms) != 0)
		goto bad;
	if (comma && (units_parse_number(comma + 1, &sigma) != 0 || sigma < 0 || sigma > SIGMA_MAX))
		goto bad;
	config->latency_median_ms = median_ms;
	config->latency_sigma = sigma;
	return 0;
bad:
	error_set(err,
		  "\"%s\" is no latency; write MEDIAN or MEDIAN,SIGMA: 50ms, 1.5s or a number of "
		  "milliseconds, up to 1h, and a sigma from 0 to 10",
		  text);
	return -EINVAL;
}
