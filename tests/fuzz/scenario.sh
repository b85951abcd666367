#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 400
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

if ! command -v clang >/dev/null; then
	skip "the loader survives a minute of fuzzing" "there is no clang"
	exit 0
fi
FUZZ_DIR=$CHECK_DIR/fuzz check "the loader survives ${FUZZ_SECONDS:-60} s of fuzzing" \
	"$TOP/tests/fuzz/run" "${FUZZ_SECONDS:-60}" scenario
