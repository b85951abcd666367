#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Does anything grow? The requests of an hour and more in SOAK_SECONDS (90): users who log in, create, list and
# fail on two engine threads with every result file, and users who come and go all the time. Memory and open
# files are read when half a minute is over, when all that is kept of the last ten seconds is there, and again
# at the end.
. "$(dirname "$0")/../support/e2e.sh"

seconds=${SOAK_SECONDS:-90}
settled=$((seconds < 60 ? seconds / 2 : 30))

rss_kib() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }
files() { find "/proc/$1/fd" -mindepth 1 | wc -l; }
# sum FIELD...: of both runs' totals.
sum() { jq -s --arg fields "$*" 'map(.totals as $t | $fields / " " | map($t[.]) | add) | add' "$E2E_DIR/busy.result" "$E2E_DIR/churn.result"; }

start_target --latency 1ms --error-rate 2%

# The load of scenario busy, many times as fast, with a share of failures.
jq '.load = { users: 100, spawn_rate: 1000, duration: "10h" } |
	.users.Worker.wait.between = ["1ms", "5ms"] | .criteria = ["failures < 50%", "p99 < 10s", "requests >= 100"]' \
	"$TOP/tests/scenarios/e2e/busy.json" >"$E2E_DIR/busy.json"
# Sixty users who come within a second and go within the next.
jq --argjson n "$((seconds / 2 + 60))" '.load = { stages: [range($n) |
		{ users: 60, over: "1s" }, { users: 0, over: "1s" }] } |
	.users.Worker.wait.between = ["5ms", "20ms"] | .criteria = ["requests >= 100"]' \
	"$TOP/tests/scenarios/e2e/busy.json" >"$E2E_DIR/churn.json"

start busy "$THRONG" run --headless --only-summary --no-docker --no-postgres --threads 2 --host "$TARGET" \
	--csv "$E2E_DIR/busy" --csv-full-history --json "$E2E_DIR/busy.result" --failures "$E2E_DIR/busy.jsonl" \
	"$E2E_DIR/busy.json"
start churn "$THRONG" run --headless --only-summary --no-docker --no-postgres --host "$TARGET" \
	--json "$E2E_DIR/churn.result" "$E2E_DIR/churn.json"
check "the users come" wait_line "$E2E_DIR/busy.err" 'All users spawned'
sleep "$settled"
check "so do those who come and go" alive churn
declare -A before opened
for name in busy churn target; do
	before[$name]=$(rss_kib "$(pid_of "$name")")
	opened[$name]=$(files "$(pid_of "$name")")
done
sleep $((seconds - settled))
for name in busy churn target; do
	after=$(rss_kib "$(pid_of "$name")")
	now=$(files "$(pid_of "$name")")
	printf '# %s: %s KiB, %s files; then %s KiB, %s files\n' "$name" "${before[$name]}" "${opened[$name]}" "$after" "$now"
	within "$name: memory stays" "$after" 1 $((before[$name] + before[$name] / 20 + 1024))
	# those of users who come and go are counted at any moment of theirs
	within "$name: open files stay" "$now" 1 $((opened[$name] + 130))
done
for name in busy churn; do
	signal "$name" INT
	wait_exit "$name" || true
	printf '# %s: %s requests, %s failures\n' "$name" "$(json "$E2E_DIR/$name.result" .totals.requests)" \
		"$(json "$E2E_DIR/$name.result" .totals.failures)"
done
within "all that the target saw was counted, and nothing else" "$(target_requests)" \
	"$(sum requests extra_requests)" "$(sum requests extra_requests aborted)"
stop target
finish
