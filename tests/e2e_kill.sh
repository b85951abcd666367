#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# kill -9 at any moment leaves the last second's state readable in every file.
. "$(dirname "$0")/support/e2e.sh"

busy=$TOP/tests/scenarios/e2e/busy.json
start_target
for round in 1 2 3; do
	start run "$THRONG" --headless -u 20 -r 50 -t 1h --host "$TARGET" --csv "$E2E_DIR/k$round" \
		--csv-full-history --json "$E2E_DIR/k$round.json" "$busy"
	soon eval '[ "$(jq .totals.requests "$E2E_DIR/k$round.json" 2>/dev/null || echo 0)" -gt $((round * 300)) ]'
	# every endpoint has been asked and written down
	soon eval '[ "$(wc -l <"$E2E_DIR/k${round}_stats.csv")" -eq 6 ]'
	stop run KILL
	check "round $round: the JSON is whole" jq -e '.totals.requests > 0' "$E2E_DIR/k$round.json"
	rows=$(wc -l <"$E2E_DIR/k${round}_stats.csv")
	is "round $round: the statistics are whole" "$rows" 6
	like "round $round: the last line is whole" "$(tail -n 1 "$E2E_DIR/k${round}_stats.csv" | tr -d '\r')" \
		'^,Aggregated,[0-9]+,[0-9]+,.*,[0-9]+$'
	is "round $round: every history line has its 24 fields" \
		"$(awk -F, 'NF != 24' "$E2E_DIR/k${round}_stats_history.csv" | wc -l)" 0
	is "round $round: all five files are there" \
		"$(find "$E2E_DIR" -maxdepth 1 -name "k$round*" ! -name '*.tmp' | wc -l)" 5
	# files are written one after another, and this may have been in the middle of one
	check "round $round: at most one temporary file is left" \
		test "$(find "$E2E_DIR" -maxdepth 1 -name "*k$round*.tmp" | wc -l)" -le 1
done
finish
