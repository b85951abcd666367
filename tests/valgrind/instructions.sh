#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 1500
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

# What a request costs the whole program in instructions: tests/bench/instructions says what is counted,
# tests/bench/instructions.txt keeps the figures.
for program in nginx valgrind openssl python3; do
	command -v "$program" >/dev/null || {
		skip "instructions per request" "$program is not installed"
		exit 0
	}
done
"$TOP/tests/bench/instructions" --build "$(dirname "${THRONG:-$CHECK_DIR/gcc/throng}")" --check ||
	[ $? = 1 ] || not_ok "instructions per request can be counted"
