#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Docker and PostgreSQL that answer garbage, slowly or never, in the middle of a run: a proxy with moods
# stands between them and throng. The traffic must not notice, and the panels must come back.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/docker.sh"
. "$(dirname "$0")/../support/stack.sh"

stack_needs
docker_start
stack_database 100
stack_options
docker_container eucora-celery-worker "${STACK_OPTIONS[@]}" -- /usr/bin/python3 worker.py
start_target --latency 2ms

port=$(free_port)
echo pass >"$E2E_DIR/mood"
start proxy python3 "$TOP/tests/support/moody_proxy.py" "$E2E_DIR/mood" \
	"unix:$E2E_DIR/proxy.sock" "unix:$DOCKER_SOCKET" "tcp:$port" "tcp:$STACK_DB_PORT"
wait_line "$E2E_DIR/proxy.out" '^listening'

scene() {
	jq -n --arg dsn "host=127.0.0.1 port=$port user=eucora_user dbname=eucora" --arg host "unix://$E2E_DIR/proxy.sock" \
		--argjson panels "$1" '{
		name: "moods", target: "http://localhost:8000",
		load: { users: 200, spawn_rate: 200, duration: "'"$2"'" },
		users: { U: { wait: "1s", tasks: { t: { get: "/api/v1/health/" } } } },
		panels: (if $panels then {
			docker: { host: $host, containers: ["eucora-db", "eucora-celery-worker"] },
			postgres: { dsn: $dsn, every: "500ms" } } else {} end) }' >"$E2E_DIR/$3"
}

csv=$E2E_DIR/moods_monitor.csv
# Readings of a metric so far; more_than waits for the next ones.
readings() {
	local n
	n=$(grep -cs ",$1," "$csv")
	printf '%d\n' "${n:-0}"
}
more_than() { [ "$(readings "$2")" -gt $(($1 + 1)) ]; }
comes_back() {
	local docker postgres
	docker=$(readings cpu_pct)
	postgres=$(readings connections)
	check "$1: the containers are back" soon more_than "$docker" cpu_pct
	check "$1: the database is back" soon more_than "$postgres" connections
}

scene true 1h moods.json
start run "$THRONG" --headless --host "$TARGET" --csv "$E2E_DIR/moods" --json "$E2E_DIR/moods.result.json" \
	"$E2E_DIR/moods.json"
comes_back "at the start"
for mood in garbage never slow close; do
	docker=$(grep -c '^[^,]*,[^,]*,docker,[^,]*,problem,.' "$csv")
	postgres=$(grep -c '^[^,]*,[^,]*,postgres,[^,]*,problem,.' "$csv")
	echo $mood >"$E2E_DIR/mood"
	check "$mood: the docker panel says that something is wrong" soon eval \
		'[ "$(grep -c "^[^,]*,[^,]*,docker,[^,]*,problem,." "$csv")" -gt "$docker" ]'
	check "$mood: the postgres panel says that something is wrong" soon eval \
		'[ "$(grep -c "^[^,]*,[^,]*,postgres,[^,]*,problem,." "$csv")" -gt "$postgres" ]'
	echo pass >"$E2E_DIR/mood"
	comes_back "after $mood"
done
signal run INT
wait_exit run
result=$E2E_DIR/moods.result.json
is "no request failed through all of it" "$(json "$result" .totals.failures)" 0
is "every request that the target received was counted" "$(target_requests)" \
	"$(json "$result" '.totals.requests + .totals.aborted')"
# 200 users, a second and a short answer each: what rate without panels? A machine that is busy elsewhere
# hardly changes it; whatever held up the traffic would.
with=$(json "$result" '[.series.rps[3:-2][]] | sort | .[length / 4 | floor]')
scene false 5s plain.json
run_throng --headless --json plain.result.json plain.json
without=$(json "$E2E_DIR/plain.result.json" '.totals.rps')
within "three of four seconds had the rate of a run without panels, within a tenth ($with of $without req/s)" \
	"$with" "$(awk -v r="$without" 'BEGIN { print 0.9 * r }')" 1000
is "the problems are in the result" "$(json "$result" '[.monitor.events[] | select(.kind == "problem" and .text != "")] | length > 7')" true
sed -n 's/^[^,]*,\([^,]*\),\([^,]*\),[^,]*,problem,\(.*\)/\1 \2 \3/p' "$csv"

finish
