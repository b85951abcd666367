#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A run without a screen: Locust's options, result files, exit statuses.
. "$(dirname "$0")/support/e2e.sh"

busy=$TOP/tests/scenarios/e2e/busy.json
start_target

status_is "a run whose criteria hold exits with 0" 0 \
	run_throng --headless -u 20 -r 50 -t 2s --csv out --json out.json "$busy"
is "the verdict is in the JSON" "$(json "$E2E_DIR/out.json" .verdict)" PASS
is "requests reported = requests received" \
	"$(json "$E2E_DIR/out.json" '.totals.requests + .totals.aborted')" "$(target_requests)"
for row in "POST /api/v1/deployments/" "GET /api/v1/deployments/{id}/" "POST /api/v1/auth/login/"; do
	is "requests of $row" "$(jq --arg r "$row" \
		'[.endpoints[] | select("\(.method) \(.name)" == $r) | .requests + .aborted] | add' "$E2E_DIR/out.json")" \
		"$(target_requests "$row")"
done
is "every user has logged in once" "$(target_requests "POST /api/v1/auth/login/")" 20
is "no failures" "$(json "$E2E_DIR/out.json" .totals.failures)" 0
is "percentiles rise" "$(json "$E2E_DIR/out.json" \
	'.totals | [.min_us,.p50_us,.p90_us,.p95_us,.p99_us,.p999_us,.max_us] | . == sort')" true
is "endpoints add up to the totals" \
	"$(json "$E2E_DIR/out.json" '([.endpoints[].requests] | add) == .totals.requests')" true
is "classes add up to the totals" \
	"$(json "$E2E_DIR/out.json" '([.classes[].requests] | add) == .totals.requests')" true
for file in stats stats_history failures exceptions; do
	check "Locust's ${file} file is there" test -s "$E2E_DIR/out_$file.csv"
done
like "the header is Locust's" "$(head -n 1 "$E2E_DIR/out_stats.csv")" \
	'^Type,Name,Request Count,Failure Count,Median Response Time,'
is "the aggregated row counts what the JSON counts" \
	"$(tail -n 1 "$E2E_DIR/out_stats.csv" | cut -d, -f3)" "$(json "$E2E_DIR/out.json" .totals.requests)"
like "the console table is Locust's" "$(cat "$E2E_DIR/throng.err")" \
	'^Type +Name +# reqs +# fails \| +Avg +Min +Max +Med \| +req/s +failures/s'
like "the percentile table follows" "$(cat "$E2E_DIR/throng.err")" '^Response time percentiles \(approximated\)'
like "the line of a finished ramp is Locust's" "$(cat "$E2E_DIR/throng.err")" \
	'All users spawned: \{"[A-Za-z]+": [0-9]+(, "[A-Za-z]+": [0-9]+)*\} \(20 total users\)$'
like "the verdict is said" "$(cat "$E2E_DIR/throng.out")" 'PASS'

before=$(target_requests)
sum=$(md5sum <"$E2E_DIR/out_stats.csv")
status_is "files of an earlier run are not overwritten" 2 \
	run_throng --headless -u 1 -t 1s --csv out "$busy"
like "and the message names the remedy" "$(cat "$E2E_DIR/throng.err")" 'overwrite'
is "nothing was sent" "$(target_requests)" "$before"
is "nothing was written" "$(md5sum <"$E2E_DIR/out_stats.csv")" "$sum"
status_is "--overwrite replaces them" 0 \
	run_throng --headless -u 20 -r 50 -t 2s --csv out --json out.json --overwrite "$busy"

before=$(target_requests)
printf '{ "name": "x", "users": {}, "lod": 3 }\n' >"$E2E_DIR/bad.json"
status_is "a bad scenario exits with 2" 2 run_throng --headless bad.json
like "it says where" "$(cat "$E2E_DIR/throng.err")" 'bad\.json:1: '
like "it guesses what was meant" "$(cat "$E2E_DIR/throng.err")" 'did you mean .*load'
check "it says all errors at once" test "$(grep -c 'bad\.json' "$E2E_DIR/throng.err")" -ge 2
status_is "a bad option exits with 2" 2 run_throng --headless --usrs 5 "$busy"
like "it guesses the option" "$(cat "$E2E_DIR/throng.err")" 'did you mean --users'
status_is "a file that is not there exits with 2" 2 run_throng --headless nowhere.json
is "nothing was sent for any of them" "$(target_requests)" "$before"

jq '.criteria = ["failures == 0", "p50 < 1us"]' "$busy" >"$E2E_DIR/strict.json"
status_is "a criterion that fails exits with 1" 1 \
	run_throng --headless -u 5 -r 50 -t 1s --json strict-result.json strict.json
is "its verdict is FAIL" "$(json "$E2E_DIR/strict-result.json" .verdict)" FAIL
is "the other one still passes" \
	"$(json "$E2E_DIR/strict-result.json" '.criteria | map(.verdict) | join(" ")')" "PASS FAIL"
status_is "--exit-code-on-error replaces the 1" 42 \
	run_throng --headless -u 5 -r 50 -t 1s --exit-code-on-error 42 strict.json

status_is "the same seed is taken" 0 run_throng --headless -u 5 -r 50 -t 1s --seed 7 --json seed.json \
	--only-summary <(jq '.criteria = ["failures == 0"]' "$busy")
is "and written down" "$(json "$E2E_DIR/seed.json" .seed)" 7
unlike "--only-summary prints the tables once" "$(grep -c '^Type ' "$E2E_DIR/throng.err")" '^([3-9]|[0-9]{2,})$'

status_is "several scenarios in a row need {scenario}" 2 run_throng --headless --csv p "$busy" strict.json
status_is "and run one after another with it; the worst verdict counts" 1 \
	run_throng --headless -u 5 -r 50 -t 1s --json 'many-{scenario}.json' "$busy" strict.json
is "the first has a file" "$(json "$E2E_DIR/many-busy.json" .scenario)" Busy
check "the second too" test -s "$E2E_DIR/many-strict.json"

stop target
status_is "a dead target is a failed run, not a crash" 1 \
	run_throng --headless -u 3 -r 50 -t 2s --json dead.json "$busy"
is "every request failed" "$(json "$E2E_DIR/dead.json" '.totals.requests == .totals.failures')" true
is "of the kind refused" "$(json "$E2E_DIR/dead.json" '[.failures[].kind] | unique | join(",")')" refused
check "users back off: a dead target is not spun on" \
	test "$(json "$E2E_DIR/dead.json" .totals.requests)" -lt 120
jq '.health = { "get": "/api/v1/health/", "timeout": "1s", "every": "200ms" }' "$busy" >"$E2E_DIR/health.json"
status_is "a target that never gets healthy exits with 3" 3 run_throng --headless -u 3 -t 2s health.json
finish
