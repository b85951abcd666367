#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
#
# The answer parser: every input kept in tests/fuzz/http1, then a minute (SECONDS_EACH) of new ones.
. "$(dirname "$0")/../support/suite.sh"

need=${CLANG:-clang}
if ! command -v "$need" >/dev/null; then
	skip "fuzzing the answer parser" "clang is not installed"
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check "the answer parser builds with libFuzzer" \
	"$need" -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all -I"$CHECK_DIR/gcc" -I"$TOP/src" -o "$work/fuzz_http1" \
	"$TOP/tests/fuzz/fuzz_http1.c" "$TOP/src/engine/http1.c" "$TOP/src/engine/http1_line.c" ||
	exit 1
mkdir "$work/new"
check "the answer parser holds on every input kept" \
	"$work/fuzz_http1" -runs=0 "$TOP/tests/fuzz/http1" || exit 1
check "the answer parser holds on new inputs" \
	"$work/fuzz_http1" -max_total_time="${SECONDS_EACH:-60}" -max_len=2048 -timeout=5 \
	-dict="$TOP/tests/fuzz/http1.dict" -artifact_prefix="$CHECK_DIR/" -print_final_stats=1 \
	"$work/new" "$TOP/tests/fuzz/http1"
