#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# usage: tests/support/picture.sh [FOLDER]
#
# The pictures of the README: a real run against the stack of the procedure (Django, PostgreSQL and a
# worker in containers), driven by hand past the point where it breaks, saved with the key P in a dark
# and a light theme. Writes console.svg and console-light.svg to FOLDER (docs).
. "$(dirname "$0")/e2e.sh"
. "$(dirname "$0")/docker.sh"
. "$(dirname "$0")/stack.sh"

folder=$(cd "${1:-$TOP/docs}" && pwd)
stack_needs
docker_start --live-restore
stack_database 100
stack_worker
HOLD_S=0.12 stack_api 2 4
file=$(stack_scenario deployments '.load = { "users": 20, "spawn_rate": 20, "duration": "5m" }
	| .panels.postgres.every = "1s"')

# picture THEME FILE: what the screen shows now.
picture() {
	rm -f "$E2E_DIR"/throng-*
	keys P
	shows "saved for $1" 'saved throng-'
	cp "$E2E_DIR"/throng-*.svg "$folder/$2"
}

start_console 120 40 "$THRONG" --autostart --max-users 200 --theme dark --host "$TARGET" "$file"
shows "it runs" 'RUNNING' 60
for users in 40 60 80 100 120 140; do
	sleep 13 # a level
	for ((i = 0; i < ${#users}; i++)); do keys "${users:i:1}"; done
	keys Enter
done
wait_until 30 screen_has '01:3[0-9] /'
sleep 5 # what was typed is no longer said in the last line
picture dark console.svg
keys t
sleep 5
picture light console-light.svg
keys q
keys y
console_status 60 >/dev/null
finish
