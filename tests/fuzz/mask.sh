#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 400
#
# The masks of secrets: every input kept in tests/fuzz/mask, then a minute (SECONDS_EACH) of new ones.
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

if ! command -v clang >/dev/null; then
	skip "no secret is seen in a minute of fuzzing" "there is no clang"
	exit 0
fi
FUZZ_DIR=$CHECK_DIR/fuzz check "no secret is seen in ${SECONDS_EACH:-60} s of fuzzing" \
	"$TOP/tests/fuzz/run" "${SECONDS_EACH:-60}" mask
