#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Criteria end to end: every metric over all, a class and an endpoint has the value of its row in the
# same result; windows, "after", "for" and "abort" do what they say; the run's verdict and exit status
# follow; INVALID stands above both.
. "$(dirname "$0")/support/e2e.sh"

start_target --latency 20ms,0.4
rules() { jq -r '.criteria[] | select(.rule | startswith("'"$1"'"))' "$E2E_DIR/result.json"; }
value() { rules "$1" | jq -r '.value'; }
verdict() { rules "$1" | jq -r '.verdict'; }
# base: a list of two classes without login; jq puts criteria, load and targets in.
base=$(jq -n '{ name: "Rules", load: { users: 20, spawn_rate: 200, duration: "4s" },
	users: { Reader: { weight: 3, wait: "20ms", tasks: { look: { get: "/api/v1/health/" }, gone: { get: "/no/such/path", name: "/gone", expect: { status: 404 } } } },
		Asker: { weight: 1, wait: "20ms", tasks: { ask: { get: "/api/v1/deployments/" } } } } }')
drive() {
	jq --arg t "$TARGET" --argjson more "$1" '.target = $t | . * $more' <<<"$base" >"$E2E_DIR/rules.json"
	run_throng --headless --only-summary --overwrite --json result.json rules.json
}

# ---- every metric, in every scope ---------------------------------------------------------------

# Asker's requests are refused with 401: known failures.
metrics='["requests >= 1", "failures >= 1", "failures <= 99%", "failure_ratio <= 99%", "success >= 1%", "aborted >= 0", "rps > 0",
	"failure_rps > 0", "min > 0ms", "mean < 10s", "median < 10s", "p50 < 10s", "p95 < 10s", "p99.9 < 10s", "max < 30s", "response mean < 10s",
	"response median < 10s", "response p99 < 10s", "response max < 30s", "bytes > 1KiB", "active == 2"]'
all=$(jq -nc --argjson m "$metrics" '$m + ($m[:-1] | map("class Asker " + .)) + ($m[:-1] | map("GET /api/v1/deployments/ " + .)) +
	["no cascading failures", "GET * active == 2", "held_back == 0"]')
drive "{\"load\": {\"duration\": \"9s\"}, \"criteria\": $all}"
# every request of Asker is refused: of its ratios none holds, of all the others each
is "rules that hold pass, those that do not fail" \
	"$(json "$E2E_DIR/result.json" '[.criteria[] | select(.verdict != "PASS" and .rule != "no cascading failures") | .rule] | join(", ")')" \
	"class Asker failures <= 99%, class Asker failure_ratio <= 99%, class Asker success >= 1%, GET /api/v1/deployments/ failures <= 99%, GET /api/v1/deployments/ failure_ratio <= 99%, GET /api/v1/deployments/ success >= 1%"
like "cascading failures are judged by figures" "$(rules 'no cascading' | jq -r .text)" 'p99|failures'
is "every rule is judged" "$(json "$E2E_DIR/result.json" '.criteria | length')" "$(jq length <<<"$all")"

# same PREFIX ROW-FILTER: the values of the rules of a scope are those of the row.
same() {
	local row metric key
	row=$(jq "$2" "$E2E_DIR/result.json")
	while read -r metric key; do
		is "$1$metric is the row's $key" "$(value "$1$metric " | head -n 1)" "$(jq -r "$key" <<<"$row")"
	done <<'ROWS'
requests .requests
failures .failures
min .min_us
median .p50_us
p50 .p50_us
p95 .p95_us
p99.9 .p999_us
max .max_us
bytes .bytes
ROWS
	within "$1success is one without the failed" "$(value "$1success ")" \
		"$(jq '1 - .failures / .requests - 0.0001' <<<"$row")" "$(jq '1 - .failures / .requests + 0.0001' <<<"$row")"
	within "$1mean is the row's" "$(value "$1mean ")" "$(jq '.mean_us - 1' <<<"$row")" "$(jq '.mean_us + 1' <<<"$row")"
	is "$1response times are service times in a closed load" "$(value "${1}response p99 ")" "$(jq .p99_us <<<"$row")"
	within "$1rps is requests over time" "$(value "$1rps ")" "$(jq '.rps * 0.95 - 1' <<<"$row")" "$(jq '.rps * 1.05 + 1' <<<"$row")"
}
same "" .totals
same "class Asker " '.classes[] | select(.name == "Asker")'
same "GET /api/v1/deployments/ " '.endpoints[] | select(.name == "/api/v1/deployments/")'
is "active counts rows with a success: the refused one has none" "$(value "active ")" 2

# ---- failing, and why ---------------------------------------------------------------------------

drive '{"criteria": ["failures == 0", "GET /api/v1/health/ failures == 0", "requests >= 1000000"]}'
is "a broken rule fails the run" $? 1
is "the failing ones" "$(json "$E2E_DIR/result.json" '[.criteria[] | .verdict] | join(" ")')" "FAIL PASS FAIL"
drive '{"load": {"warmup": "2s"}, "criteria": ["requests >= 1", "requests >= 1 after 3s", "class Asker failures >= 1"]}'
check "warm-up is left out of a rule's count" \
	test "$(value 'requests >= 1' | head -n 1)" -lt "$(json "$E2E_DIR/result.json" .totals.requests)"
check "\"after\" leaves out what came before" test "$(value 'requests >= 1 after')" -lt "$(value 'requests >= 1' | head -n 1)"

# A fault of one and a half seconds in the middle: windows see it, the whole hardly does.
stall() { wait_line "$E2E_DIR/throng.err" 'All users spawned' && curl -fsS -X POST "$TARGET/_target/pause/1500" >/dev/null; }
: >"$E2E_DIR/throng.err"
stall &
drive '{"load": {"duration": "12s"}, "criteria": ["p50 < 1s", "max < 1s in any 2s", "rps > 1 for 5s", "max < 1s in any 2s for 9s"]}'
wait $!
is "a stall breaks the rule for any window" "$(verdict 'max < 1s in any 2s' | head -n 1)" FAIL
is "not the one over the whole run" "$(verdict 'p50')" PASS
is "nor one that only counts when it lasts" "$(verdict 'max < 1s in any 2s for 9s')" PASS
check "when it broke is said" test "$(rules 'max < 1s in any 2s' | jq -s '.[0].breached_s != null')" = true

began=$(target_requests)
verdict_is "abort ends a run of ten minutes at once" 1 drive '{"load": {"duration": "10m"}, "criteria": ["failures < 20 abort"]}'
is "and says so" "$(json "$E2E_DIR/result.json" .end)" criterion
check "after a bounded number of requests" test "$(($(target_requests) - began))" -lt 20000

# ---- INVALID ------------------------------------------------------------------------------------

# More open files than this process may have, met in the run: these failures are the generator's.
jq --arg t "$TARGET" '.target = $t | .load = { users: 5, spawn_rate: 50, duration: "2s", max_users: 5 } |
	.users.Reader.tasks.look.get = "http://127.0.0.1:1/" | .criteria = ["requests >= 1"]' <<<"$base" >"$E2E_DIR/plain.json"
(cd "$E2E_DIR" && ulimit -n 300 && exec timeout 600 "$THRONG" --headless --only-summary --json many.json -u 100 -t 2s --host "$TARGET" plain.json) \
	>"$E2E_DIR/throng.out" 2>"$E2E_DIR/throng.err"
is "users who do not fit under the limit are refused before anything is sent" $? 3
like "with the remedy" "$(cat "$E2E_DIR/throng.err")" 'ulimit -n'
finish
