#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Conservation: for every kind of ending, requests seen by the target = successes + failures + aborted
# reported; requests the target never saw are accounted by kind.
. "$(dirname "$0")/support/e2e.sh"

busy=$TOP/tests/scenarios/e2e/busy.json
jq '.criteria = [] | .users.Worker.wait = "0s"' "$busy" >"$E2E_DIR/flood.json"

# Kinds of requests that the target cannot have seen.
unseen='["dns","refused","connect-timeout","connect","tls","render","local"]'

# conserved TEXT RESULT SEEN: every request is in both books.
conserved() {
	local said
	said=$(jq --argjson unseen "$unseen" '(.totals.requests + .totals.aborted + .totals.extra_requests) -
		([.failures[] | select(.kind as $k | $unseen | index($k)) | .count] | add // 0)' "$2")
	is "$1: $3 seen = $said reported" "$said" "$3"
	is "$1: requests = successes + failures by kind" \
		"$(jq '.totals.failures == ([.failures[].count] | add // 0)' "$2")" true
	is "$1: endpoints add up" "$(jq '([.endpoints[] | .requests + .aborted] | add) ==
		(.totals.requests + .totals.aborted)' "$2")" true
}

start_target --latency 20ms,0.5
check "a normal end" run_throng --headless -u 50 -r 100 -t 3s --json normal.json "$busy"
conserved "normal end" "$E2E_DIR/normal.json" "$(target_requests)"

before=$(target_requests)
start run "$THRONG" --headless -u 50 -r 100 -t 1h --host "$TARGET" --json "$E2E_DIR/term.json" "$busy"
soon eval '[ "$(target_requests)" -gt "$((before + 200))" ]'
signal run TERM
rc=0; wait_exit run || rc=$?
is "SIGTERM exits with 130" "$rc" 130
conserved "SIGTERM" "$E2E_DIR/term.json" "$(($(target_requests) - before))"
stop target

start_target --latency 2000ms
start run "$THRONG" --headless -u 30 -r 100 -t 1h --stop-timeout 0 --host "$TARGET" \
	--json "$E2E_DIR/cut.json" "$E2E_DIR/flood.json"
soon eval '[ "$(target_requests)" -ge 30 ]'
signal run INT
rc=0; wait_exit run || rc=$?
is "SIGINT with no stop timeout exits with 130" "$rc" 130
check "requests in flight are aborted, not failed" \
	test "$(json "$E2E_DIR/cut.json" .totals.aborted)" -gt 0
is "no failures" "$(json "$E2E_DIR/cut.json" .totals.failures)" 0
conserved "cut" "$E2E_DIR/cut.json" "$(target_requests)"
stop target

start_target --workers 5 --queue 10 --latency 30ms
check "a collapsing target: a run to its end" eval \
	'run_throng --headless -u 60 -r 200 -t 3s --json collapse.json flood.json; [ $? -eq 1 ]'
check "there are 500s" test "$(json "$E2E_DIR/collapse.json" '[.failures[] | select(.kind == "status")] | length')" -gt 0
conserved "collapse" "$E2E_DIR/collapse.json" "$(target_requests)"
stop target

# Killed and restarted on the same port: its counters live in a file, so they outlive it. The run ends when
# it has made so many requests that most of them came after that, however long it took.
port=$(free_port)
start target "$THRONG" target --listen "127.0.0.1:$port" --counters "$E2E_DIR/counters" --latency 5ms
wait_line "$E2E_DIR/target.out" '^listening on '
TARGET=http://127.0.0.1:$port
jq '.criteria = ["failures == 0", "requests < 6000 abort"]' "$busy" >"$E2E_DIR/enough.json"
start run "$THRONG" --headless -u 30 -r 100 -t 1h --host "$TARGET" --json "$E2E_DIR/killed.json" "$E2E_DIR/enough.json"
soon eval '[ "$(target_requests)" -gt 200 ]'
stop target KILL
soon eval 'jq -e ".failures[] | select(.kind == \"refused\")" "$E2E_DIR/killed.json" >/dev/null 2>&1'
start target "$THRONG" target --listen "127.0.0.1:$port" --counters "$E2E_DIR/counters" --latency 5ms
wait_line "$E2E_DIR/target.out" '^listening on '
before=$(target_requests "GET /api/v1/deployments/")
verdict_is "a killed target fails the run" 1 wait_exit run
check "users come back: successes after the restart" test "$(target_requests "GET /api/v1/deployments/")" -gt "$before"
seen=$(target_requests)
resets=$(json "$E2E_DIR/killed.json" '[.failures[] | select(.kind == "reset") | .count] | add // 0')
said=$(jq --argjson unseen "$unseen" '(.totals.requests + .totals.aborted) -
	([.failures[] | select(.kind as $k | $unseen | index($k)) | .count] | add // 0)' "$E2E_DIR/killed.json")
extra=$(json "$E2E_DIR/killed.json" .totals.extra_requests)
# What was on the wire at the instant of the kill may or may not have been read: those are the resets, and the
# repeats on a fresh connection, which the target may have seen twice.
within "killed and restarted: $seen seen, $said reported, $resets of them cut on the wire, $extra repeated" \
	"$seen" "$((said - resets))" "$((said + extra))"
within "killed and restarted: few of them are in doubt" "$((resets + extra))" 0 60
finish
