#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

CC=clang check "clang builds everything with -Werror" build_tree clang --enable-werror || exit 1
unit_tests "$CHECK_DIR/clang"
