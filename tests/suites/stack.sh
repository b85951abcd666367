#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

need_build
export THRONG=${THRONG:-$CHECK_DIR/gcc/throng}
run_scripts "$TOP"/tests/stack/*.sh
