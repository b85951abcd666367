#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The same requests, played into Locust's own statistics and writer and into ours, give the same bytes:
# four CSV files with short and full history, and the console tables at many widths.

. "$(dirname "$0")/support/e2e.sh"

PYTHON=/usr/bin/python3 # the one Debian's python3-locust belongs to
TOOL=$(dirname "$THRONG")/tests/locust_csv_tool

if ! "$PYTHON" -c 'import locust.stats' 2>/dev/null; then
	skip "CSV files and tables equal Locust's" "python3-locust is not installed"
	finish
fi
check "the player builds" make -s -C "$(dirname "$THRONG")" tests/locust_csv_tool
check "CSV files and tables equal Locust's, byte for byte, for 150 random scripts" \
	"$PYTHON" "$TOP/tests/support/locust_csv.py" "$TOOL" "$E2E_DIR/scripts" 150
check "the scripts were worth playing" \
	grep -qs CatchResponseError "$E2E_DIR"/scripts/ours*_failures.csv
finish
