/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_OUTPUT_FILES_H
#define THRONG_RECORD_OUTPUT_FILES_H

#include <stdbool.h>

struct error;
struct recorder_outputs;

/* Everything a run would write, looked at before any traffic. `first`: the report files are looked
 * at too (they belong to all scenarios of a command, so later ones find them written). Makes missing
 * directories. 0; -EEXIST when a file is there already and files->overwrite does not say to replace
 * it; -EINVAL when two outputs have the same name or a name is a directory's; or the negative
 * errno of what else is in the way. err->text names the file and what to do. Main thread. */
int output_files_check(const struct recorder_outputs *files, bool first, struct error *err)
	__attribute__((warn_unused_result));

#endif
