#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

need_build
export THRONG=${THRONG:-$CHECK_DIR/gcc/throng}
# most of them wait most of the time
SCRIPTS_AT_ONCE=2 run_scripts "$TOP"/tests/e2e_*.sh
