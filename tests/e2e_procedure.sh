#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The whole procedure, shortened: its four scenarios in one command, with report, page, CSV files and
# results; every class, weight, row and criterion as user-classes.md has them, and every request in the
# target's own count. Then the console with a page for each scenario.
. "$(dirname "$0")/support/e2e.sh"

start_target --latency 5ms,0.3

# A scenario of the procedure with another load: all else is the project's file.
shorten() {
	jq --argjson load "$2" '.load = $load + (.load | {target_rps} | with_entries(select(.value != null)))' \
		"$(scenario "$1")" >"$E2E_DIR/scenarios/$1.json"
}
mkdir -p "$E2E_DIR/scenarios"
shorten deployments '{"users": 100, "spawn_rate": 100, "duration": "8s"}'
shorten cab-approvals '{"users": 50, "spawn_rate": 50, "duration": "24s"}'
shorten connectors '{"users": 200, "spawn_rate": 200, "duration": "8s"}'
shorten burst '{"stages": [{"users": 1000, "over": "3s"}, {"hold": "8s"}]}'

run_all() {
	run_throng run --headless --only-summary --no-docker --no-postgres --seed 7 \
		--report reports/P4-LOAD-TESTING-RESULTS.md --html reports/P4.html \
		--csv 'results/{scenario}' --json 'results/{scenario}.json' \
		scenarios/deployments.json scenarios/cab-approvals.json scenarios/connectors.json scenarios/burst.json
}
run_all
status=$?
result() { json "$E2E_DIR/results/$1.json" "$2"; }
report=$(cat "$E2E_DIR/reports/P4-LOAD-TESTING-RESULTS.md")

# ---- verdicts -----------------------------------------------------------------------------------

worst=0
for name in deployments cab-approvals connectors burst; do
	verdict=$(result $name .verdict)
	like "$name has a verdict" "$verdict" '^(PASS|FAIL|INVALID)$'
	# a machine that stands still may break a limit or spoil a run; then the run says so
	case $verdict in
	INVALID) worst=4 ;;
	FAIL) [ $worst -eq 4 ] || worst=1 ;;
	esac
	is "$name: the verdict follows from the criteria and the generator" "$verdict" \
		"$(result $name 'if .generator.limited then "INVALID" elif any(.criteria[]; .verdict == "FAIL") then "FAIL" else "PASS" end')"
	like "$name: the summary says it" "$(cat "$E2E_DIR/throng.out")" "^$(result $name .scenario): $verdict"
done
is "the exit status is that of the worst" "$status" "$worst"

# rule NAME RULE: its verdict, which does not depend on how fast the machine is.
rule() { result "$1" ".criteria[] | select(.rule == \"$2\") | .verdict"; }
is "1: requests" "$(rule deployments 'requests >= 375')" PASS
is "1: no failure" "$(rule deployments 'failures == 0')" PASS
is "2: requests" "$(rule cab-approvals 'requests >= 400')" PASS
is "2: no failure" "$(rule cab-approvals 'failures == 0')" PASS
is "3: requests" "$(rule connectors 'requests >= 750')" PASS
is "3: success" "$(rule connectors 'success >= 99%')" PASS
is "3: all five planes active" "$(rule connectors 'POST /api/v1/connectors/publish/[*] active == 5')" PASS
is "3: and its value is the number of planes" \
	"$(result connectors '.criteria[] | select(.rule | contains("active")) | .value')" 5
is "3: the publish criterion holds for each of the five rows" \
	"$(result connectors '[.criteria[] | select(.rule | test("publish/\\[[A-Z]+\\] median < 200ms"))] | length')" 5
is "4: requests" "$(rule burst 'requests >= 10000')" PASS
is "4: success" "$(rule burst 'success >= 98%')" PASS
for name in deployments cab-approvals connectors burst; do
	is "$name: the value of requests is the number of requests" \
		"$(result $name '.criteria[] | select(.rule | startswith("requests >=")) | .value | tostring | gsub(","; "")')" \
		"$(result $name .totals.requests)"
done

# ---- rows, against the target's own count -------------------------------------------------------

stats=$(curl -fsS "$TARGET/_target/stats")
sum() { jq -s "map($1) | add" "$E2E_DIR"/results/*.json; }
is "every request is in a result (and four health checks are not)" \
	"$(sum '.totals.requests + .totals.aborted')" "$(($(jq .requests <<<"$stats") - 4))"
is "each user has logged in once" "$(sum '.endpoints[] | select(.name == "/api/v1/auth/login/") | .requests')" 1350
is "nobody's login was refused" "$(jq .logins.refused <<<"$stats")" 0
for plane in INTUNE JAMF SCCM LANDSCAPE ANSIBLE; do
	row=$(result connectors ".endpoints[] | select(.name == \"/api/v1/connectors/publish/[$plane]\") | .requests")
	within "$plane has a row of its own, as the target counted it" "$(jq ".planes.$plane" <<<"$stats")" 1 "$row"
	like "$plane stands in the report" "$report" "^\\| \`POST /api/v1/connectors/publish/\\[$plane\\]\` \\|"
done
for row in 'GET /api/v1/deployments/' 'GET /api/v1/deployments/{id}/' 'POST /api/v1/deployments/' \
	'GET /api/v1/cab/pending/' 'POST /api/v1/cab/{id}/approve/' 'POST /api/v1/cab/{id}/reject/' \
	'GET /api/v1/connectors/status/{id}/' 'POST /api/v1/connectors/remediate/'; do
	is "the target knows $row by the same number" \
		"$(sum "[.endpoints[] | select(.method + \" \" + .name == \"$row\") | .requests + .aborted] | add // 0")" \
		"$(jq --arg e "$row" '.endpoints[$e] // 0' <<<"$stats")"
done
check "random ids of deployments are expected to be missing" test "$(jq '.statuses["404"]' <<<"$stats")" -gt 0
check "approvals are those of listed ids" test "$(jq .approvals.approved <<<"$stats")" -gt 0
is "and none was given twice" "$(jq .approvals.duplicates <<<"$stats")" 0
# weights: 3 : 1 : 1 and 4 : 3 : 1 and 2 each : 1 : 1, within what chance allows
share() { result "$1" "[.endpoints[] | select(.name != \"/api/v1/auth/login/\")] | (map(select($2).requests) | add) / (map(.requests) | add)"; }
within "three in five tasks create deployments" "$(share deployments '.method == "POST"')" 0.5 0.7
within "half of the reviewers' tasks list" "$(share cab-approvals '.method == "GET"')" 0.4 0.6
within "an eighth reject" "$(share cab-approvals '.name | endswith("reject/")')" 0.06 0.2
within "ten in twelve publish" "$(share connectors '.name | contains("publish")')" 0.76 0.9

# ---- files --------------------------------------------------------------------------------------

for name in deployments cab-approvals connectors burst; do
	for part in stats stats_history failures exceptions; do
		check "results/${name}_$part.csv is there" test -s "$E2E_DIR/results/${name}_$part.csv"
	done
	is "$name: Locust's table holds the same number of requests" \
		"$(awk -F, '$2 == "Aggregated" { print $3 }' "$E2E_DIR/results/${name}_stats.csv")" "$(result $name .totals.requests)"
done
is "one report holds all four, in order" "$(grep -oE '^## [1-4]\. [A-Za-z ]+' <<<"$report" | tr '\n' '|')" \
	'## 1. Concurrent deployments |## 2. CAB approval backlog |## 3. Connector scaling |## 4. Burst load |'
is "and says where two of them could not reach what was asked" "$(grep -c 'cannot be reached' <<<"$report")" 2
while IFS= read -r svg; do
	check "$svg is beside it" test -s "$E2E_DIR/reports/$svg"
done < <(sed -nE 's/^!\[[^]]*\]\(([^)]+)\)$/\1/p' <<<"$report")
unlike "the page needs no network" "$(cat "$E2E_DIR/reports/P4.html")" '(src|href)="https?:'
before=$(target_requests)
status_is "results of an earlier run are not overwritten" 2 run_all
is "and nothing was sent" "$(target_requests)" "$before"

# ---- the console: a page for each, and what comes next ------------------------------------------

command -v tmux >/dev/null || {
	skip "console" "tmux is not installed"
	finish
}
for name in cab-approvals connectors; do
	jq '.load = {"users": 5, "spawn_rate": 50, "duration": "2s"} | .criteria = ["failures == 0"] | .panels = {}' \
		"$(scenario $name)" >"$E2E_DIR/$name.json"
done
start_console 120 40 "$THRONG" --host "$TARGET" --report console.md cab-approvals.json connectors.json
shows "the first of two pages, and what comes next" '1/2 CAB approval backlog, then Connector scaling'
shows "its login is tried" '✓ login CABApprovalUser'
keys Enter
shows "it runs to its verdict" '✓ PASS'
shows "and says how to go on" 'Enter next scenario'
keys Enter
shows "the second page comes, with its own plan" '2/2 Connector scaling'
shows "and its own probes" '✓ login ConnectorPublishingUser'
unlike "nothing follows it" "$(screen)" ', then '
keys Enter
shows "it runs as well" '✓ PASS'
keys q
is "the status is that of both" "$(console_status)" 0
is "one report holds both" "$(grep -cE '^## [12]\. ' "$E2E_DIR/console.md")" 2
finish
