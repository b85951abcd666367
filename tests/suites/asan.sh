#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
CC=gcc check "it builds with AddressSanitizer and UBSan" \
	build_tree asan --enable-werror --enable-sanitizer=address,undefined || exit 1
unit_tests "$CHECK_DIR/asan"
