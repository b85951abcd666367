#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The collapse, for real: what the team's report could only guess at. First the database runs out of
# connections, then, on a second stack, the application's container out of CPU: each finding names its
# cause, with the users at that time, and not the other one. And a third breaks with nothing at its limit.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/docker.sh"
. "$(dirname "$0")/../support/stack.sh"

stack_needs
docker_start --live-restore

# finding FILE KIND FIELD: of the first finding of this kind.
finding() { json "$E2E_DIR/$1" "[.findings[] | select(.kind == \"$2\")][0].$3 // \"\""; }
kinds() { json "$E2E_DIR/$1" '[.findings[] | select(.warning) | .kind] | unique | join(" ")'; }

# broke FILE: users when response times broke, or else passed a limit: the bend is a matter of a second or two
# here, which a busy machine may blur.
broke() {
	local users
	users=$(finding "$1" latency-break users)
	printf '%s\n' "${users:-$(finding "$1" latency-limit users)}"
}

# ---- connections -------------------------------------------------------------------------------

# 64 threads want a connection each and keep it; the database has 30. A create holds its transaction for
# 0.3 s, so that about half of the users are in the database at a time. Those that are refused come again,
# so a place is free now and then: an attempt each five seconds can find one every time.
stack_database 30
stack_worker
HOLD_S=0.3 stack_api 4 16
path=$(stack_scenario burst '.load = { "stages": [ { "users": 150, "over": "20s" }, { "hold": "10s" } ] }
	| .panels.postgres = { "dsn": $dsn, "every": "1s", "canary": "1s", "limit": { "connections": 27 } }')
start_console 150 50 "$THRONG" --no-check --host "$TARGET" --json full.json --csv full --report full.md "$path"
shows "the plan page comes first" 'Enter starts'
keys Enter
shows "the finding is on the screen while the run goes on" 'Database connections were exhausted'
shows "the panel shows every connection in use" 'clients (2[5-9]|30)/'
check "the run ends" wait_line "$E2E_DIR/full.json" '"state": *"done"'
keys q
wait_line "$E2E_DIR/console.status" '^exit status'
end_terminal

json "$E2E_DIR/full.json" '.findings[].text'
like "exhausted: the finding says so" "$(finding full.json database-connections text)" 'exhausted'
like "exhausted: it says refused, by the panel's own attempts" "$(finding full.json database-connections text)" \
	'refused \(53300'
within "exhausted: it names the users" "$(finding full.json database-connections users)" 5 140
within "exhausted: it names the time" "$(finding full.json database-connections at_s)" 1 25
within "exhausted: failures began with it" "$(finding full.json failure-break users)" 5 150
like "exhausted: it says how it lies to the failures" "$(finding full.json database-connections text)" \
	'as failures began|s before failures began|s after failures had begun'
like "exhausted: the report says it too" "$(cat "$E2E_DIR/full.md")" 'Database connections were exhausted'
within "exhausted: the held connection kept reporting the full count" \
	"$(json "$E2E_DIR/full.json" '.monitor.metrics[] | select(.metric == "connections") | .max')" 25 30
within "exhausted: to the end" \
	"$(json "$E2E_DIR/full.json" '[.monitor.metrics[] | select(.metric == "connections") | .values[] | select(. != null)] | length')" 18 40
is "exhausted: nothing is said about an unsaturated stack" "$(finding full.json nothing-saturated text)" ''
is "exhausted: every answer was counted" "$(stack_answered)" \
	"$(json "$E2E_DIR/full.json" '.totals.requests + .totals.aborted')"

# ---- CPU ---------------------------------------------------------------------------------------

# 0.3 of a core for 10 ms and more of work: about 20 creates a second; 16 threads of a database with 100.
docker rm -f eucora-api eucora-db eucora-celery-worker >/dev/null
stack_database 100
stack_worker
WORK_S=0.01 stack_api 2 8 --cpus 0.3
: >"$E2E_DIR/access/log"
run_throng --headless --json slow.json --report slow.md \
	"$(stack_scenario burst '.load = { "stages": [ { "users": 60, "over": "20s" }, { "hold": "10s" } ] }
		| .panels.postgres.every = "1s"')"
json "$E2E_DIR/slow.json" '.findings[].text'
like "slow: the finding names the container's CPU" "$(finding slow.json container-cpu text)" \
	'eucora-api was at its CPU limit'
like "slow: and that it was throttled" "$(finding slow.json container-cpu text)" 'throttled in [0-9]+ %'
within "slow: it names the users" "$(finding slow.json container-cpu users)" 1 40
within "slow: response times broke" "$(broke slow.json)" 2 30
is "slow: connections are not named" "$(finding slow.json database-connections text)" ''
is "slow: nothing is said about an unsaturated stack" "$(finding slow.json nothing-saturated text)" ''
like "slow: the report says it too" "$(cat "$E2E_DIR/slow.md")" 'eucora-api was at its CPU limit'
# ---- neither -----------------------------------------------------------------------------------

# Sixteen threads that each wait 0.8 s for something else: 20 creates a second, and nothing is busy.
docker rm -f eucora-api >/dev/null
HOLD_S=0.8 stack_api 2 8
run_throng --headless --json idle.json \
	"$(stack_scenario burst '.load = { "stages": [ { "users": 100, "over": "20s" }, { "hold": "5s" } ] }
		| .panels.postgres.every = "500ms"')"
json "$E2E_DIR/idle.json" '.findings[].text'
within "idle: response times broke" "$(broke idle.json)" 5 60
like "idle: the finding says that nothing watched was the limit" "$(finding idle.json nothing-saturated text)" \
	'^Nothing that was watched was at its limit when response times (broke|passed their limit) .*CPU on average [0-9]+ %.*database connections'
like "idle: and that connections stood like a pool" "$(finding idle.json nothing-saturated text)" \
	'Connections stood at 1[5-9] while the load rose'
is "idle: CPU is not named" "$(finding idle.json container-cpu text)" ''
is "idle: connections are not named" "$(finding idle.json database-connections text)" ''
printf 'findings: %s | %s\n' "$(kinds full.json)" "$(kinds slow.json)"

finish
