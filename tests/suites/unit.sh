#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

CC=gcc check "gcc builds everything with -Werror" build_tree gcc --enable-werror || exit 1
unit_tests "$CHECK_DIR/gcc"
