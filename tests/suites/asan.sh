#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

# clang's, because clang is the second opinion that -Werror and the tests want anyway, and its UBSan looks
# at more than gcc's.
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
# -O1: built sooner, and closer to the source in what is reported.
CC=clang CFLAGS='-g -O1' check "clang builds everything with -Werror, AddressSanitizer and UBSan" \
	build_tree asan --enable-werror --enable-sanitizer=address,undefined || exit 1
unit_tests "$CHECK_DIR/asan"
