/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_LOCUST_FINDINGS_H
#define THRONG_RECORD_LOCUST_FINDINGS_H

#include <jansson.h>

/* What a history by seconds alone can say about where a run turned (see result_json.h, "series"): set
 * "findings". Each is about seconds that are in the files, with their figures, and tells how it was
 * found; what would need single requests is not attempted. */
void locust_findings(json_t *result);

#endif
