#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# alone
#
# The generator judges itself: what it had left stands in every result, and a run in which it was the limit
# is INVALID, whatever the criteria say.
. "$(dirname "$0")/support/e2e.sh"

start_target
jq -n '{name: "steady", target: "http://localhost:1", load: {users: 20, spawn_rate: 1000, duration: "14s"},
	users: {User: {wait: "20ms", tasks: {get: {get: "/api/v1/health/"}}}}, criteria: ["failures == 0"]}' \
	>"$E2E_DIR/steady.json"

run_throng --headless --only-summary --threads 2 -t 2s --json "$E2E_DIR/fine.result" "$E2E_DIR/steady.json"
is "each engine thread's CPU is told" "$(json "$E2E_DIR/fine.result" '[.generator.threads[].engine] | @csv')" 0,1
check "with its mean and its worst" \
	jq -e '.generator.threads | all(.cpu_mean_pct >= 0 and .cpu_max_pct >= .cpu_mean_pct)' "$E2E_DIR/fine.result"
within "as many connections as users were open" "$(json "$E2E_DIR/fine.result" .generator.connections_max)" 1 20
check "files and ports that were left are told" \
	jq -e '.generator | .files_left > 0 and .ports_left > 0' "$E2E_DIR/fine.result"

# A generator that stands still for a while in most seconds: somebody else has the processor.
start run "$THRONG" run --headless --only-summary --no-docker --no-postgres --host "$TARGET" \
	--json "$E2E_DIR/stalled.result" --report "$E2E_DIR/stalled.md" "$E2E_DIR/steady.json"
stalls() {
	local i
	for ((i = 0; i < 30; i++)); do
		alive run || break
		signal run STOP
		sleep 0.2 # this is the stall, not a wait for something
		signal run CONT
		sleep 0.2
	done
}
wait_line "$E2E_DIR/run.err" 'All users spawned'
stalls
wait_exit run
is "a generator that was stopped again and again makes its run INVALID" "$?" 4
is "the result says so, though every criterion passed" \
	"$(json "$E2E_DIR/stalled.result" '.verdict + " " + .criteria[0].verdict')" "INVALID PASS"
like "and by which rule" "$(json "$E2E_DIR/stalled.result" .generator.reason)" \
	'^(loop lag|start slip) up to [0-9]+ ms \(limit 100 ms\) in [0-9]+ of [0-9]+ seconds$'
like "the report names the rule that limited the run" "$(cat "$E2E_DIR/stalled.md")" 'limited the run'
like "and each thread's CPU" "$(cat "$E2E_DIR/stalled.md")" 'CPU of the engine threads, of one core each: [0-9]+ %'
finish
