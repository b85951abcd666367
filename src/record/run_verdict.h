/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_RUN_VERDICT_H
#define THRONG_RECORD_RUN_VERDICT_H

#include <stdbool.h>

#include "message/frame.h"

struct record_view;

/* What a run that is over comes to: see run.h. Pure. */
enum verdict run_verdict(const struct record_view *view);
/* Its exit status; files_failed: results could not be written. */
int run_verdict_status(const struct record_view *view, bool files_failed);

#endif
