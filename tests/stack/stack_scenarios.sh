#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs 1 to 3 of the procedure, shortened, on the console in a terminal, against the real stack; what the
# panels say is held against `docker stats` and psql at the same seconds.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/docker.sh"
. "$(dirname "$0")/../support/stack.sh"

stack_needs
docker_start --live-restore
stack_database 100
stack_worker
stack_api 2 8

# ---- before the run ----------------------------------------------------------------------------

file=$(stack_scenario deployments '.')
run_throng check "$file"
is "throng check finds everything a run needs" $? 0
like "throng check says what it found of Docker" "$(cat "$E2E_DIR/throng.out")" 'ok +docker .*eucora-api'
like "throng check says what it found of PostgreSQL" "$(cat "$E2E_DIR/throng.out")" 'ok +postgres .*(15|16|17|14|13)'
DOCKER_HOST=unix://$E2E_DIR/nobody.sock run_throng check "$file"
like "throng check names the remedy when there is no daemon" "$(cat "$E2E_DIR/throng.out")" \
	'FAIL +docker .*DOCKER_HOST'
run_throng check "$(stack_scenario deployments '.panels.postgres |= (del(.exec) | .dsn = "host=127.0.0.1 port=1 user=x dbname=x")')"
like "throng check names the remedy when no PostgreSQL listens" "$(cat "$E2E_DIR/throng.out")" \
	'FAIL +postgres .*127\.0\.0\.1'

# ---- samples by others -------------------------------------------------------------------------

clients() {
	stack_psql "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
		AND pid <> pg_backend_pid() AND application_name NOT LIKE 'throng%'"
}

# One look of `docker stats` and of psql; a count that changed meanwhile is not of one second.
sample() {
	local before after at name cpu memory
	before=$(clients)
	docker stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}}' >"$E2E_DIR/stats.txt"
	at=$(date +%s.%N)
	after=$(clients)
	while read -r name cpu memory _; do
		printf '%s cpu_pct %s %s\n' "$at" "$name" "${cpu%\%}"
		printf '%s memory_bytes %s %s\n' "$at" "$name" "$(numfmt --from=iec-i --suffix=B "$memory" | tr -d B)"
	done <"$E2E_DIR/stats.txt"
	[ "$before" != "$after" ] || printf '%s connections - %s\n' "$(date +%s.%N)" "$after"
}

# The screen's figures: "eucora-api 18 %" and "clients 17/99".
shown() {
	local at
	at=$(date +%s.%N)
	screen >"$E2E_DIR/screen.txt"
	sed -nE "s/.*(eucora-[a-z-]+) +([0-9]+) %.*/$at cpu_pct \1 \2/p" "$E2E_DIR/screen.txt"
	sed -nE "s|.*clients ([0-9]+)/[0-9]+.*|$at connections - \1|p" "$E2E_DIR/screen.txt"
}

# of METRIC NAME FIELD: from the comparison.
of() { awk -v m="$1" -v n="$2" -v f="$3" '$1 == m && $2 == n { for (i = 3; i < NF; i++) if ($i == f) print $(i + 1) }' "$E2E_DIR/compared"; }

run_scenario() {
	local name=$1 filter=$2 path sampled=0 container
	path=$(stack_scenario "$name" "$filter | .load.duration = \"1h\" | .http.timeout = \"1h\" | .panels.postgres.every = \"1s\"")
	: >"$E2E_DIR/samples"
	: >"$E2E_DIR/shown"
	answered=$(stack_answered)
	start_console 150 50 "$THRONG" --host "$TARGET" --json "$name.json" --csv "$name" --report "$name.md" "$path"
	shows "$name: the plan page comes first" 'Enter starts'
	# that page logs in once as the class; what is counted begins after it
	check "$name: the plan page has logged in" soon eval '[ "$(stack_answered)" -gt "$answered" ]'
	answered=$(stack_answered)
	keys Enter
	shows "$name: it runs" 'RUNNING'
	shows "$name: the panel shows the container" 'eucora-api .*[0-9]+ %'
	shows "$name: the panel shows the connections" 'clients [0-9]+/'
	soon screen_has '(0[1-9]:..|00:[1-9].|00:0[6-9]) /'
	# the run goes on for as long as that takes, and ends by hand
	while [ $sampled -lt 3 ] || { [ $sampled -lt 30 ] && ! grep -q ' connections ' "$E2E_DIR/samples"; }; do
		sample >>"$E2E_DIR/samples"
		shown >>"$E2E_DIR/shown"
		sampled=$((sampled + 1))
	done
	soon screen_has '(0[1-9]:..|00:[2-9].|00:1[5-9]) /'
	keys x
	check "$name: it ends" wait_line "$E2E_DIR/$name.json" '"state": *"done"'
	keys q
	check "$name: q leaves" wait_line "$E2E_DIR/console.status" '^exit status'
	end_terminal
	stack_answers_are $((answered + $(json "$E2E_DIR/$name.json" .totals.requests)))
	is "$name: no request failed" "$(json "$E2E_DIR/$name.json" .totals.failures)" 0
	is "$name: the application has answered as many requests as were counted" \
		"$(($(stack_answered) - answered))" "$(json "$E2E_DIR/$name.json" '.totals.requests + .totals.aborted')"

	python3 "$TOP/tests/support/stack_compare.py" "$E2E_DIR/${name}_monitor.csv" "$E2E_DIR/samples" \
		>"$E2E_DIR/compared"
	cat "$E2E_DIR/compared"
	for container in eucora-api eucora-db eucora-celery-worker; do
		within "$name: $container's CPU is within 5 points of docker stats" "$(of cpu_pct $container off)" 0 5
		within "$name: $container's memory is within 2 % of docker stats" "$(of memory_bytes $container percent)" 0 2
	done
	is "$name: connections are psql's count" "$(of connections - off)" 0.00
	is "$name: every sample found a reading" "$(grep -vc 'missing 0' "$E2E_DIR/compared")" 0

	python3 "$TOP/tests/support/stack_compare.py" "$E2E_DIR/${name}_monitor.csv" "$E2E_DIR/shown" 5 >"$E2E_DIR/compared"
	cat "$E2E_DIR/compared"
	within "$name: the screen shows the CPU that is recorded" "$(of cpu_pct eucora-api off)" 0 1
	is "$name: the screen shows the connections that are recorded" "$(of connections - off)" 0.00
}

one_clock() {
	local name=$1 elapsed
	elapsed=$(json "$E2E_DIR/$name.json" .duration_s)
	is "$name: the monitor file is in long form" "$(head -n 1 "$E2E_DIR/${name}_monitor.csv" | tr -d '\r')" \
		"Time,Elapsed,Source,Name,Metric,Value"
	check "$name: its readings lie within the run" awk -F, -v d="$elapsed" \
		'NR > 1 && ($2 < 0 || $2 > d + 2) { exit 1 }' "$E2E_DIR/${name}_monitor.csv"
	within "$name: the JSON has the container's CPU for most of the run's seconds" \
		"$(json "$E2E_DIR/$name.json" '[.monitor.metrics[] | select(.metric == "cpu_pct" and .name == "eucora-api") | .values[] | select(. != null)] | length')" \
		"$(awk -v d="$elapsed" 'BEGIN { print int(d / 2) }')" "$(awk -v d="$elapsed" 'BEGIN { print int(d + 10) }')"
	within "$name: the series beside the requests has connections" \
		"$(json "$E2E_DIR/$name.json" '[.series.connections[]? | select(. != null)] | length')" "$(awk -v d="$elapsed" 'BEGIN { print int(d / 2) }')" "$(awk -v d="$elapsed" 'BEGIN { print int(d + 20) }')"
	like "$name: the report's chart has container CPU" "$(cat "$E2E_DIR/$name.md")" '^cpu .*%.*┤'
	like "$name: and connections, on the same axis" "$(cat "$E2E_DIR/$name.md")" '^connections .*┤'
	like "$name: the report has the panels' table" "$(cat "$E2E_DIR/$name.md")" 'eucora-celery-worker'
}

run_scenario deployments '.load.spawn_rate = 50'
one_clock deployments
run_scenario cab-approvals '.load.spawn_rate = 50'
is "cab-approvals: the gauge of duplicate approvals is 0, from the real table" \
	"$(json "$E2E_DIR/cab-approvals.json" '.criteria[] | select(.rule | test("duplicate")) | .verdict')" PASS
run_scenario connectors '.load.spawn_rate = 100'
is "connectors: all five planes are active" \
	"$(json "$E2E_DIR/connectors.json" '.criteria[] | select(.rule | test("active")) | .verdict')" PASS

# Forms are taken as JSON is.
run_throng --headless --no-docker --no-postgres --json form.json -u 5 -r 5 -t 3s \
	"$(stack_scenario deployments '(.users[].on_start[0]) |= (.form = .json | del(.json)) | (.users[].tasks.create_deployment) |= (.form = .json | del(.json))')"
is "the application takes forms as well" "$(json "$E2E_DIR/form.json" .totals.failures)" 0

finish
