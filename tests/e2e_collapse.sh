#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# alone
#
# The burst scenario against a backend that is made to collapse: a pool of 100 workers, 1,000 users.
# The report names the number of users at which response times broke, and the one at which requests
# began to fail; the target knows both (/_target/stats, "collapse"), and they must agree within 10 %.
. "$(dirname "$0")/support/e2e.sh"

within_ten_percent() { within "$1 ($2 of $3 users)" "$2" "$(awk -v t="$3" 'BEGIN { print t * 0.9 }')" "$(awk -v t="$3" 'BEGIN { print t * 1.1 }')"; }
truth() { json "$E2E_DIR/truth.json" ".collapse.$1.users // empty"; }
found() { json "$E2E_DIR/result.json" "[.findings[] | select(.kind == \"$1\")][0].users // empty"; }

# collapse SEED: a run against a fresh target; result.json, truth.json, report.md.
collapse() {
	start_target --workers 100 --latency 100ms,0.3 --queue-timeout 1s --degrade 0.5 --seed "$1"
	jq '.load.stages = [{"users": 1000, "over": "10s"}, {"hold": "5s"}] | .panels = {}' \
		"$(scenario burst)" >"$E2E_DIR/burst.json"
	run_throng --headless --only-summary --overwrite --stop-timeout 1s --seed "$1" \
		--json result.json --report report.md burst.json
	verdict=$?
	curl -fsS "$TARGET/_target/stats" >"$E2E_DIR/truth.json"
	stop target
}

# A machine that stops for a second in the ramp makes the target's queue or the users themselves come
# in lumps: then neither side's number says much, the run says so itself, and it is made again.
for seed in 1 2 3 4 5; do
	collapse "$seed"
	stalls=$(json "$E2E_DIR/result.json" '[.generator.rules[] | select(.name == "loop lag" or .name == "start slip") | .worst] | max')
	[ -n "$(found latency-break)" ] && awk -v s="$stalls" 'BEGIN { exit !(s < 300) }' && break
	printf '# a stall of %s ms in run %s\n' "$stalls" "$seed"
done

check "the run does not pass" test "$verdict" -eq 1 -o "$verdict" -eq 4
like "the target passed its capacity" "$(truth saturated)" '^[0-9]+$'
if awk -v s="$stalls" 'BEGIN { exit !(s >= 300) }'; then
	skip "response times broke where capacity was passed" "this machine stood still for $stalls ms, and so in each of $seed runs"
	skip "failures began where the target first gave up" "this machine stood still for $stalls ms, and so in each of $seed runs"
else
	within_ten_percent "response times broke where capacity was passed" "$(found latency-break)" "$(truth saturated)"
	within_ten_percent "failures began where the target first gave up" "$(found failure-break)" "$(truth first_failure)"
fi
report=$(cat "$E2E_DIR/report.md")
users=$(printf '%.0f' "$(found latency-break)")
like "the report names that number" "$report" "Response times broke at about $users users \\([0-9:]+\\): until then the median was"
like "with the method" "$report" 'broken stick fitted to the median response time over load, [0-9]+ points'
like "and the number at which failures began" "$report" "Failures began at $(printf '%.0f' "$(found failure-break)") users"
like "what failed is named with the target's words" "$report" 'HTTP 500 Internal Server Error'
like "and with the advice" "$report" 'QueuePool.*means that database connections ran out'
# shellcheck disable=SC2016 # the report's own backquotes
like "the criteria are judged" "$report" '`p99 < 1000ms` \| .* \| ✗ \*\*FAIL\*\*'
finish
