#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The database panel the procedure's way: psql inside the container, over one exec of the Engine's API.
# Role and database come from the container's environment; nothing stays behind when throng is killed.
# shellcheck source=tests/support/e2e.sh
. "$(dirname "$0")/../support/e2e.sh"
# shellcheck source=tests/support/docker.sh
. "$(dirname "$0")/../support/docker.sh"

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n 1)
port=$(free_port)
docker_start
start_target

docker_container eucora-db --user postgres --tmpfs "/var/lib/pg:uid=$(id -u postgres),mode=700" \
	-e POSTGRES_USER=eucora_user -e POSTGRES_DB=eucora -e PGHOST=/tmp -e PGPORT="$port" -- \
	/bin/sh -c "$bin/initdb -N -D /var/lib/pg/d -A trust -U eucora_user >/dev/null && exec $bin/postgres \
		-D /var/lib/pg/d -c port=$port -c unix_socket_directories=/tmp -c listen_addresses=127.0.0.1 -c fsync=off"

sql() { psql -h 127.0.0.1 -p "$port" -U eucora_user -d "${2:-eucora}" -XAtqc "$1" 2>/dev/null; }
answers() { [ "$(sql 'SELECT 1' postgres)" = 1 ]; }
check "PostgreSQL starts in a container" soon answers
sql 'CREATE DATABASE eucora' postgres
sql 'CREATE TABLE approvals (id int); INSERT INTO approvals VALUES (1), (1)'

# write_scenario EXEC-MEMBERS [GAUGES]
write_scenario() {
	cat >"$E2E_DIR/s.json" <<-JSON
		{ "target": "$TARGET", "load": { "users": 1, "duration": "1h" },
		  "users": { "U": { "wait": "0.5s", "tasks": { "t": { "get": "/api/v1/health/" } } } },
		  "panels": { "postgres": { "exec": { $1 }, "every": "1s", "canary": "2s" ${2:-} } } }
	JSON
}
# begin NAME: throng in the background; its readings come to NAME_monitor.csv
begin() {
	rm -f "$E2E_DIR/$1"_*
	start "$1" "$THRONG" --headless --csv "$E2E_DIR/$1" --overwrite "$E2E_DIR/s.json"
}
csv() { printf '%s_monitor.csv' "$E2E_DIR/$1"; }
last() { awk -F, -v m="$2" '$5 == m { v = $6 } END { gsub(/\r/, "", v); print v }' "$(csv "$1")" 2>/dev/null; }
ours() { sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'throng-panel'"; }
none_left() { [ "$(ours)" = 0 ]; }
psql_left() { docker top eucora-db -eo pid,args 2>/dev/null | grep -c '[p]sql -X'; }
no_psql_left() { [ "$(psql_left)" = 0 ]; }

write_scenario '"container": "eucora-db"' ', "gauges": [
	{ "name": "duplicates", "query": "SELECT count(*) - count(DISTINCT id) FROM approvals", "limit": "== 0" },
	{ "name": "open_quote", "query": "SELECT '"'"'x" }, { "name": "command", "query": "\\! touch /tmp/pwned" },
	{ "name": "nothing_there", "query": "SELECT count(*) FROM nowhere" } ]'
begin run
for i in 1 2 3 4 5; do start "client$i" psql -h 127.0.0.1 -p "$port" -U eucora_user -d eucora -Xc 'SELECT pg_sleep(3600)'; done
soon eval '[ "$(last run connections)" = 5.0 ]'
is "five clients are counted, psql's own connection left out" "$(last run connections)" 5.0
soon eval '[ "$(last run active)" = 5.0 ]'
is "their states are those of the server" "$(last run active)" 5.0
is "the ceiling is that of the application's role, a superuser" "$(last run ceiling)" 99.0
is "a gauge of the scenario is asked in the container" "$(last run duplicates)" 1.0
like "the database is that of the container's environment" "$(tail -n 1 "$(csv run)")" ',postgres,eucora,'
like "an open quote in a gauge is an error of that gauge alone" "$(cat "$(csv run)")" \
	',open_quote,"?.*unterminated quoted string'
like "a missing table is one of its own" "$(cat "$(csv run)")" ',nothing_there,.*42P01'
check "a gauge cannot give psql commands" test ! -e "/proc/$(docker inspect -f '{{.State.Pid}}' eucora-db)/root/tmp/pwned"
is "one connection is held, under its own name" "$(ours)" 1
before=$(docker inspect -f '{{len .ExecIDs}}' eucora-db)
is "one exec does for the whole run" "$before" 1

signal run KILL
wait_exit run
check "after SIGKILL no session stays behind" soon none_left
check "after SIGKILL no psql stays behind" soon no_psql_left
for i in 1 2 3 4 5; do stop "client$i"; done

# begun and ended as it should be: nothing stays either
write_scenario '"container": "eucora-db"'
begin calm
soon eval '[ -n "$(last calm connections)" ]'
stop calm INT
check "after a run no psql stays behind" soon no_psql_left

write_scenario '"container": "eucora-db", "user": "postgres"'
begin role
check "a role that does not exist is told with the remedy" wait_line "$(csv role)" \
	'role ""postgres"" does not exist \(28000\): name another role'
stop role INT

write_scenario '"container": "eucora-nowhere"'
begin gone
check "a container that does not exist is told" wait_line "$(csv gone)" 'eucora-nowhere'
stop gone INT

docker_container no-psql -e PATH=/nowhere -- /bin/sleep 3600
write_scenario '"container": "no-psql"'
begin without
check "a container without psql is told" wait_line "$(csv without)" 'psql'
sed -n 's/.*problem,/# /p' "$(csv without)" "$(csv gone)"
stop without INT

# paused and going on
write_scenario '"container": "eucora-db"'
begin pause
soon eval '[ -n "$(last pause connections)" ]'
docker pause eucora-db >/dev/null
check "a paused container is told" wait_line "$(csv pause)" 'paused|no answer'
docker unpause eucora-db >/dev/null
back() { [ "$(awk -F, '$5 == "connections" { n++ } /problem/ { n = 0 } END { print n + 0 }' "$(csv pause)" 2>/dev/null)" -ge 2 ]; }
check "and its readings come back by themselves" soon back
check "the load went on throughout" alive pause
stop pause INT

finish
