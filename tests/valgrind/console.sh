#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 1800
# shellcheck source=tests/support/e2e.sh
. "$(dirname "$0")/../support/e2e.sh"
# shellcheck source=tests/support/console_session.sh
. "$(dirname "$0")/../support/console_session.sh"

# The whole session at the console under valgrind: the same screens, no error, no leak.
command -v tmux >/dev/null || {
	skip "console" "tmux is not installed"
	finish
}
E2E_LIMIT=300
start_target --latency 5ms
play_session valgrind --quiet --error-exitcode=99 --leak-check=full \
	'--errors-for-leak-kinds=definite,indirect' --num-callers=25 "--log-file=$E2E_DIR/valgrind.log" "$THRONG"
is "session: ends by hand, without an error or a leak" "$CONSOLE_STATUS" 130
is "session: valgrind has nothing to say" "$(cat "$E2E_DIR/valgrind.log")" ''
finish
