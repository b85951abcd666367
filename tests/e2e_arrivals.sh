#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# alone
#
# Arrival rates, accounted for to the last start: what the schedule wanted is either started or not,
# what is started is a request that the target has counted. No assertion about time: a slow machine
# starts late, and says how late. ARRIVALS_RATE and ARRIVALS_SECONDS make it a measurement
# (tests/bench/arrivals.sh).
. "$(dirname "$0")/support/e2e.sh"

rate=${ARRIVALS_RATE:-400} seconds=${ARRIVALS_SECONDS:-4} users=${ARRIVALS_USERS:-200}
start_target
jq -n --argjson rate "$rate" --argjson users "$users" --arg for "${seconds}s" '{
	name: "Arrivals", target: "http://localhost:8000",
	load: { rate: $rate, users: $users, duration: $for },
	users: { Visitor: { tasks: { look: { get: "/api/v1/health/" } } } },
	criteria: ["failures == 0"] }' >"$E2E_DIR/arrivals.json"
run_throng --headless --only-summary --json result.json --report report.md arrivals.json
status=$?
value() { json "$E2E_DIR/result.json" "$1"; }

check "the run passes, or says that the generator was the limit" test "$status" -eq 0 -o "$status" -eq 4
# start k is due at (k + 1) / rate: the last one would fall on the end, and is not begun any more
is "the schedule wanted exactly rate times time" "$(value .generator.scheduled)" "$((rate * seconds - 1))"
started=$(value .generator.started)
is "every start is a request" "$(value '.totals.requests + .totals.aborted')" "$started"
is "that the target has counted" "$(target_requests)" "$started"
check "and none was made up" test "$started" -le "$(value .generator.scheduled)"
late=$(($(value .generator.scheduled) - started))
# the last moments: half a second, and as long as this machine is known to have stood still
worst=$(value '[.generator.rules[] | select(.name == "loop lag" or .name == "start slip") | .worst] | max | ceil')
check "what was not started had been held back, or was due in the last moments (half a second and $worst ms)" \
	test "$late" -le "$(($(value .generator.held_back) + rate * (500 + worst) / 1000))"
like "the report says how near starts were to their instants" "$(cat "$E2E_DIR/report.md")" \
	"Starts on schedule: [0-9,]+ of [0-9,]+ were made, half of them within .*, 99 % within .*, the latest"
printf '# %s of %s starts made, %.3f %% off, %s held back; slip p50 %s us, p99 %s us, max %s us; verdict %s\n' "$started" \
	"$(value .generator.scheduled)" "$(awk -v a="$late" -v b="$(value .generator.scheduled)" 'BEGIN { print 100 * a / b }')" \
	"$(value .generator.held_back)" "$(value .generator.start_slip_p50_us)" "$(value .generator.start_slip_p99_us)" \
	"$(value .generator.start_slip_max_us)" "$(value .verdict)"
finish
