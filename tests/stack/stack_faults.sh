#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Faults of the real stack in the middle of a run. What is not in the way of the traffic (the Docker
# daemon, the worker's container, a panel that has no psql) must not touch it; what is, the database, may
# fail only requests made meanwhile. Nothing is lost from the counts, and the panels come back.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/docker.sh"
. "$(dirname "$0")/../support/stack.sh"

stack_needs
docker_start --live-restore
stack_database 40 --stop-signal INT
stack_worker
stack_api 2 4

# begin NAME FILTER [option...]: a run in the background; its readings are in $csv as they come.
begin() {
	local name=$1 path
	path=$(stack_scenario deployments "$2 | .load = { users: 20, spawn_rate: 20, duration: \"1h\" } | .criteria = [] | .http.timeout = \"1h\"")
	csv=$E2E_DIR/${name}_monitor.csv
	soon stack_is_quiet
	answered=$(stack_answered)
	start "$name" "$THRONG" --headless --host "$TARGET" --csv "$E2E_DIR/$name" --json "$E2E_DIR/$name.json" "$path"
	check "$name: readings come" wait_line "$csv" ',(cpu_pct|connections),'
}

# over NAME: ends it; every request the application answered was counted.
over() {
	signal "$1" INT
	wait_exit "$1"
	stack_answers_are $((answered + $(json "$E2E_DIR/$1.json" .totals.requests)))
	# requests cut off in the end were answered or not
	within "$1: the application answered as many requests as were counted" "$(($(stack_answered) - answered))" \
		"$(json "$E2E_DIR/$1.json" .totals.requests)" "$(json "$E2E_DIR/$1.json" '.totals.requests + .totals.aborted')"
}

# Lines of the CSV that match, so far; a new one comes: after REGEX TEXT.
seen() {
	local n
	n=$(grep -csE "$1" "$csv")
	printf '%d\n' "${n:-0}"
}
one_more() { [ "$(seen "$1")" -gt "$2" ]; }
# says TEXT REGEX COMMAND...: after the command a new line matches.
says() {
	local text=$1 regex=$2 before
	shift 2
	before=$(seen "$regex")
	"$@" >/dev/null 2>&1
	check "$text" soon one_more "$regex" "$before"
}

# ---- containers and the daemon -----------------------------------------------------------------

worker=eucora-celery-worker
begin containers 'del(.panels.postgres) | .panels.docker.containers += ["eucora-greedy"]'
says "containers: the worker is seen" ",docker,$worker,cpu_pct," true
says "containers: a killed one is said to have ended" ",docker,$worker,(die|state),.*137" docker kill $worker
says "containers: a started one is read again" ",docker,$worker,cpu_pct," docker start $worker
says "containers: a paused one is said to be" ",docker,$worker,(pause|state),.*paused" docker pause $worker
says "containers: and that it goes on" ",docker,$worker,(unpause|state),.*(running|unpause)" docker unpause $worker
says "containers: a removed one is said to be gone" ",docker,$worker,(state|destroy),.*(no such|removed|gone|destroy)" \
	docker rm -f $worker
check "containers: the others are read meanwhile" soon one_more ',docker,eucora-api,cpu_pct,' "$(seen ',docker,eucora-api,cpu_pct,')"
says "containers: a new one of the same name is read" ",docker,$worker,cpu_pct," stack_worker
says "containers: a killed daemon is a problem with a remedy" ',docker,[^,]*,problem,.*([Dd]ocker|daemon)' docker_kill
says "containers: with the new daemon the containers are read again" ',docker,eucora-api,cpu_pct,' docker_daemon --live-restore
says "containers: all of them" ",docker,$worker,cpu_pct," true
# 16 MiB are soon eaten; the engine starts it again within a fraction of a second, which no reading shows
says "containers: one killed for want of memory is said to have been" ',docker,eucora-greedy,oom,' \
	docker_container eucora-greedy --memory 16m --memory-swap 16m --restart on-failure:2 -- \
	/bin/sh -c 'sleep 1; exec tail /dev/zero'
says "containers: and to have been started again" ',docker,eucora-greedy,(restart|start),' true
over containers
is "containers: no request failed through all of it" "$(json "$E2E_DIR/containers.json" .totals.failures)" 0
like "containers: a finding tells of the worker's end" \
	"$(json "$E2E_DIR/containers.json" '.findings[] | select(.kind == "container-restart") | .text')" "$worker stopped"
like "containers: a finding tells of the one that was killed for want of memory" \
	"$(json "$E2E_DIR/containers.json" '.findings[] | select(.kind == "container-restart") | .text')" \
	'eucora-greedy was killed for want of memory \(OOM\) .*started again'
docker rm -f eucora-greedy >/dev/null 2>&1

# ---- the database, over libpq ------------------------------------------------------------------

# Takes all connections that are left, until its stdin ends.
cat >"$E2E_DIR/hog.py" <<'PYTHON'
import sys
import psycopg2
held = []
try:
    while True:
        held.append(psycopg2.connect(sys.argv[1]))
except psycopg2.OperationalError as error:
    print("full after", len(held), error, flush=True)
sys.stdin.read()
PYTHON
fill() {
	mkfifo "$E2E_DIR/hog.in"
	/usr/bin/python3 "$E2E_DIR/hog.py" "$STACK_DSN" <"$E2E_DIR/hog.in" >"$E2E_DIR/hog.out" 2>&1 &
	E2E_PID[hog]=$!
	exec 9>"$E2E_DIR/hog.in"
	wait_line "$E2E_DIR/hog.out" '^full'
}
release() {
	exec 9>&-
	wait_exit hog
}

begin libpq 'del(.panels.docker) | .panels.postgres = { dsn: $dsn, every: "500ms" }'
says "libpq: it is asked" ',postgres,[^,]*,connections,' true
# One who locks a table and thinks about it.
start locker psql -XAtq "$STACK_DSN" -c 'BEGIN; LOCK TABLE deployments IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)'
check "libpq: sessions that wait for a lock are counted" wait_line "$csv" ',postgres,[^,]*,blocked,[3-9]'
before=$(seen ',postgres,[^,]*,blocked,[3-9]')
check "libpq: for some seconds" soon eval '[ "$(seen ",postgres,[^,]*,blocked,[3-9]")" -gt $((before + 5)) ]'
stop locker
stack_psql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'" >/dev/null
says "libpq: until the lock is given back" ',postgres,[^,]*,blocked,0' true
says "libpq: a full one refuses, which is seen" ',postgres,[^,]*,refused,"?new connections' fill
before=$(seen ',connections,')
check "libpq: the held connection goes on reporting" soon one_more ',postgres,[^,]*,connections,' "$before"
within "libpq: all connections are in use" "$(sed -nE 's/.*,connections,([0-9.]+).*/\1/p' "$csv" | tail -n 1)" 35 40
release
says "libpq: a stopped one is a problem with a remedy" ',postgres,[^,]*,problem,.' docker stop eucora-db
says "libpq: a started one is read again" ',postgres,[^,]*,connections,' docker start eucora-db
check "libpq: requests succeed again" soon stack_api_answers
says "libpq: a paused one is a problem" ',postgres,[^,]*,problem,.' docker pause eucora-db
says "libpq: and comes back" ',postgres,[^,]*,connections,' docker unpause eucora-db
over libpq
is "libpq: nothing failed but what the application answered for want of its database" \
	"$(json "$E2E_DIR/libpq.json" '[.failures[].text | select(test("HTTP 500") | not)] | length')" 0
like "libpq: waiting for locks is a finding, with who held it" \
	"$(json "$E2E_DIR/libpq.json" '.findings[] | select(.kind == "database-locks") | .text')" \
	'waited for locks .*[3-9] sessions blocked.*pid [0-9]+ \(psql.* holds the lock'
is "libpq: the exhaustion is a finding" \
	"$(json "$E2E_DIR/libpq.json" '[.findings[] | select(.kind == "database-connections")] | length')" 1
is "libpq: nothing went to the terminal from libpq itself" "$(grep -c 'FATAL\|WARNING:  ' "$E2E_DIR/libpq.err")" 0

# ---- the database, through psql in its container -----------------------------------------------

psqls() { docker top eucora-db -eo pid,args 2>/dev/null | grep -c '[p]sql '; }
none_left() { [ "$(psqls)" -eq 0 ]; }
begin exec '.panels.docker.containers = ["eucora-db"] | .panels.postgres.every = "500ms"'
says "exec: it is asked" ',postgres,[^,]*,connections,' true
is "exec: one psql for the whole run" "$(psqls)" 1
says "exec: a killed container is a problem with a remedy" ',postgres,[^,]*,problem,.' docker kill eucora-db
says "exec: a started one is read again" ',postgres,[^,]*,connections,' docker start eucora-db
check "exec: requests succeed again" soon stack_api_answers
over exec
check "exec: no psql is left behind" soon none_left
begin killed '.panels.docker.containers = ["eucora-db"] | .panels.postgres.every = "500ms"'
says "killed: it is asked" ',postgres,[^,]*,connections,' true
signal killed KILL
wait_exit killed
check "killed: no psql is left behind by SIGKILL" soon none_left

docker_container nopsql -e PATH=/nowhere -- /usr/bin/sleep 600
begin nopsql '.panels.postgres.exec.container = "nopsql"'
check "nopsql: it says that psql is missing" wait_line "$csv" ',postgres,[^,]*,problem,.*no program psql'
check "nopsql: the containers are read" soon one_more ',docker,eucora-api,cpu_pct,' 2
over nopsql
is "nopsql: no request failed" "$(json "$E2E_DIR/nopsql.json" .totals.failures)" 0

finish
