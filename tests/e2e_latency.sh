#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# alone
#
# Are the latencies true? Against a server that delays by a known amount; when the generator itself stands still
# for two seconds; and against a server that stands still for two seconds, which a load generator that waits for
# its answers does not notice (coordinated omission). Bounds are generous: tests/bench/run latency has the figures.
. "$(dirname "$0")/support/e2e.sh"

# arrivals RATE USERS SECONDS PATH: a scenario of one endpoint.
arrivals() {
	jq -n --argjson rate "$1" --argjson users "$2" --arg time "$3s" --arg path "$4" \
		'{name: "arrivals", target: "http://localhost:1", load: {rate: $rate, users: $users, duration: $time},
		  users: {User: {tasks: {get: {get: $path}}}}}'
}
# at_least A B: numbers.
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && b != "" && a + 0 >= b + 0) }'; }

# ---- a server that delays by a known amount --------------------------------------------------------
delay_server=$(dirname "$THRONG")/tests/bench/delay_server
check "the delaying server builds" make -s -C "$(dirname "$THRONG")" tests/bench/delay_server
start delay "$delay_server" -d 50000
wait_line "$E2E_DIR/delay.out" '^listening on '
arrivals 200 50 3 / >"$E2E_DIR/delayed.json"
# What a busy machine adds is in the figures, as it should be; how long it stands still the run itself says.
TARGET=$(sed -n 's/^listening on //p' "$E2E_DIR/delay.out")
check "200 requests a second against a delay of 50 ms" \
	run_throng --headless --only-summary --json "$E2E_DIR/delayed.result" "$E2E_DIR/delayed.json"
stop delay
for p in p50 p99; do
	theirs=$(tail -n 1 "$E2E_DIR/delay.out" | jq ".${p}_us")
	ours=$(json "$E2E_DIR/delayed.result" ".totals.${p}_us")
	response=$(json "$E2E_DIR/delayed.result" ".totals.response_${p}_us")
	# both histograms are exact to 0.1 %
	check "$p of the service time is not below what the server took" at_least "$ours" "$((theirs * 998 / 1000))"
	check "$p of the response time is not below the service time's" at_least "$response" "$ours"
done
lag_us=$(json "$E2E_DIR/delayed.result" '[.generator.rules[] | select(.name == "loop lag") | .worst] | max * 1000 | ceil')
within "p50 of the service time is what the server took, give or take 20 ms (and $lag_us us of lag)" \
	"$(json "$E2E_DIR/delayed.result" .totals.p50_us)" 49900 $((70000 + lag_us))
is "every request that the server has seen was counted" \
	"$(json "$E2E_DIR/delayed.result" '.totals.requests + .totals.aborted')" \
	"$(tail -n 1 "$E2E_DIR/delay.out" | jq .requests)"

# ---- a generator that stands still -----------------------------------------------------------------
# All users are waiting for an answer when it stops, and find it in their sockets when it goes on.
start delay "$delay_server" -d 50000
wait_line "$E2E_DIR/delay.out" '^listening on '
TARGET=$(sed -n 's/^listening on //p' "$E2E_DIR/delay.out")
jq -n '{name: "stopped", target: "http://localhost:1", load: {users: 50, spawn_rate: 1000, duration: "6s"},
	users: {User: {tasks: {get: {get: "/"}}}}}' >"$E2E_DIR/stopped.json"
start stopped "$THRONG" run --headless --only-summary --no-docker --no-postgres --host "$TARGET" \
	--json "$E2E_DIR/stopped.result" "$E2E_DIR/stopped.json"
wait_line "$E2E_DIR/stopped.err" 'All users spawned'
signal stopped STOP
sleep 2
signal stopped CONT
wait_exit stopped || true
stop delay
check "requests were made" at_least "$(json "$E2E_DIR/stopped.result" .totals.requests)" 100
check "no answer is made older than it is by a generator that stood still for two seconds" \
	at_least 1500000 "$(json "$E2E_DIR/stopped.result" .totals.max_us)"

# ---- a server that stands still --------------------------------------------------------------------
start_target
arrivals 200 4 12 /api/v1/health/ >"$E2E_DIR/paused.json"
start paused "$THRONG" run --headless --only-summary --no-docker --no-postgres --host "$TARGET" \
	--json "$E2E_DIR/paused.result" "$E2E_DIR/paused.json"
some_requests() { at_least "$(target_requests)" 100; }
soon some_requests
curl -fsS "$TARGET/_target/pause/2000" >/dev/null
verdict_is "the run is not spoiled by it" 0 wait_exit paused
# Four users wait out the pause with one request each: 4 of two thousand, which p99 does not show. Of the
# arrivals, two seconds' worth, each waited for what was left of the pause.
service=$(json "$E2E_DIR/paused.result" .totals.p99_us)
response=$(json "$E2E_DIR/paused.result" .totals.response_p99_us)
check "p99 of the service time does not show a pause of two seconds" at_least 1000000 "$service"
check "p99 of the response time does" at_least "$response" 1500000
check "the longest service time is the pause" at_least "$(json "$E2E_DIR/paused.result" .totals.max_us)" 1800000
within "no arrival is lost: 200 a second over 12 seconds" "$(json "$E2E_DIR/paused.result" .totals.requests)" 2200 2400
finish
