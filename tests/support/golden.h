/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_GOLDEN_H
#define THRONG_TESTS_GOLDEN_H

/* A screen as it must be, in tests/golden/NAME.txt. Run with THRONG_UPDATE_GOLDEN=1 to write what the
 * program shows now; then look at the difference before committing it. */
void golden_check(const char *name, const char *text);

#endif
