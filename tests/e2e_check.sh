#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# throng check, and the same as the console's first page: the plan, what is out of reach, a line for
# each probe with what was found or what helps, and nothing sent but the health check and one login of
# each class.
. "$(dirname "$0")/support/e2e.sh"

start_target --latency 5ms,0.2

# check_file STATUS FILE [option...]: output in throng.out, progress in throng.err.
check_file() {
	local wanted=$1 file=$2
	shift 2
	status_is "check $(basename "$file" .json)${*:+ ($*)} exits with $wanted" "$wanted" \
		run_throng check --no-docker --no-postgres "$@" "$file"
}
out() { cat "$E2E_DIR/throng.out"; }
err() { cat "$E2E_DIR/throng.err"; }

# ---- what the arithmetic says -------------------------------------------------------------------

check_file 0 "$(scenario cab-approvals)"
like "run 2: 80 to 120 req/s are out of reach of 50 users who wait" "$(out)" \
	'^  warning   80–120 req/s cannot be reached: 50 users waiting 2.0 s on average make at most 25 req/s; it takes 160–240 users$'
check_file 0 "$(scenario burst)"
like "run 4: 10,000 req/s need about 3,000 users" "$(out)" \
	'^  warning   10,000 req/s cannot be reached: 1,000 users waiting 0.3 s on average make at most 3,333 req/s; it takes about 3,000 users$'
for name in deployments connectors; do
	check_file 0 "$(scenario $name)"
	unlike "$name is within reach" "$(out)" warning
done

# ---- probes -------------------------------------------------------------------------------------

before=$(target_requests)
check_file 0 "$(scenario all-classes)"
for class in DeploymentUser CABApprovalUser ConnectorPublishingUser HighLoadDeploymentUser; do
	like "$class has logged in" "$(out)" \
		"^  ok    login $class +POST /api/v1/auth/login/ answers 200 in .*; extracted token\$"
done
for line in 'open files +1,350 users need 1,606 of' 'local ports +1,350 connections need 1,350 of' \
	'target name +127.0.0.1 is an address' 'health check +http://127.0.0.1:[0-9]+/api/v1/health/ answers 200 in'; do
	like "a line says: ${line%% +*}" "$(out)" "^  ok    $line"
done
is "one health check and four logins were sent, nothing else" "$(target_requests)" "$((before + 5))"

before=$(target_requests)
check_file 0 "$(scenario burst)" --offline
unlike "--offline probes nothing" "$(out)" '^checks|^  ok'
is "and sends nothing" "$(target_requests)" "$before"

PASSWORD=wrong check_file 3 "$(scenario deployments)"
like "wrong credentials name the variable to correct" "$(out)" \
	'^  FAIL  login DeploymentUser .*HTTP 401 Unauthorized\. .*correct PASSWORD in the environment \(PASSWORD is set\)$'
jq '.users.DeploymentUser.on_start[0].extract = {"token": "access"}' "$(scenario deployments)" >"$E2E_DIR/extract.json"
check_file 3 "$E2E_DIR/extract.json"
like "a token that is not there is named" "$(out)" '^  FAIL  login .*extract token: no access in the answer'

# The target stands still until it has been said; nobody gives up before.
patient() { jq '.http.timeout = "1h" | .health = { "get": .health, "timeout": "1h" }'; }
patient <"$(scenario deployments)" >"$E2E_DIR/patient.json"
pause_target
start check timeout -k 10 600 "$THRONG" check --no-docker --no-postgres --host "$TARGET" "$E2E_DIR/patient.json"
check "waiting for more than a second is said" \
	wait_line "$E2E_DIR/check.err" '^  \.\.\.   health check: waiting for [0-9]+ s$'
resume_target
status_is "and what was waited for is found" 0 wait_exit check
like "with its answer" "$(cat "$E2E_DIR/check.out")" '^  ok    health check .* answers 200 in [0-9.]+ m?s$'

dead=http://127.0.0.1:$(free_port)
status_is "a dead target exits with 3" 3 "$THRONG" check --host "$dead" "$(scenario deployments)" >"$E2E_DIR/dead.out"
like "with the remedy" "$(cat "$E2E_DIR/dead.out")" '^  FAIL  health check .*connection refused\. Nobody listens .* A run waits 30s for it\.$'
like "and no login is tried" "$(cat "$E2E_DIR/dead.out")" '^  -     login DeploymentUser +not tried: the target does not answer$'
sed 's/"weight"/"wieght"/' "$(scenario deployments)" >"$E2E_DIR/bad.json"
before=$(target_requests)
check_file 2 "$E2E_DIR/bad.json"
like "a bad file is refused with place and remedy" "$(err)" 'bad\.json:[0-9]+: .*wieght.*did you mean "weight"'
is "before anything is sent" "$(target_requests)" "$before"

# ---- the console's first page -------------------------------------------------------------------

command -v tmux >/dev/null || {
	skip "console" "tmux is not installed"
	finish
}
short() { jq '.load = {"users": 5, "spawn_rate": 50, "duration": "2s"} | .criteria = ["failures == 0"] | .panels = {}' "$(scenario "$1")"; }
short cab-approvals | jq '.load.target_rps = [80, 120]' >"$E2E_DIR/cab.json"

start_console 120 40 "$THRONG" --host "$TARGET" "$E2E_DIR/cab.json"
shows "the plan comes first, with what is out of reach" 'warning   80–120 req/s cannot be reached'
shows "the probes come by themselves" '✓ login CABApprovalUser +POST /api/v1/auth/login/ answers 200'
shows "and are summed up" 'checks  5 passed *│'
keys Enter
shows "Enter starts" 'RUNNING|DONE|PASS'
shows "the run passes" 'PASS'
keys q
is "and ends well" "$(console_status)" 0
end_terminal

# A failed check is said plainly and forbids nothing.
start_console 120 40 env PASSWORD=wrong "$THRONG" --host "$TARGET" "$E2E_DIR/cab.json"
shows "a refused login stands on the page" '✗ login CABApprovalUser +POST .*HTTP 401'
shows "with what helps" 'correct PASSWORD'
shows "and Enter starts all the same" 'Enter starts all the same'
keys Enter
shows "it does" 'RUNNING|DONE|FAIL'
leave_console >/dev/null
end_terminal

# Enter while a check is still under way: the page answers at once.
before=$(target_requests "POST /api/v1/auth/login/")
patient <"$E2E_DIR/cab.json" >"$E2E_DIR/patient.json"
pause_target
start_console 80 24 "$THRONG" --host "$TARGET" "$E2E_DIR/patient.json"
shows "a check that waits says so on a small screen too" 'health check +waiting for [0-9]+ s'
keys Enter
shows "Enter does not wait for it" 'SETUP'
resume_target
shows "and the run passes" 'PASS'
keys q
is "with its own exit status" "$(console_status)" 0
is "the check's own logins were left out" "$(($(target_requests "POST /api/v1/auth/login/") - before))" 5
end_terminal

before=$(target_requests)
start_console 120 40 "$THRONG" --no-check --host "$TARGET" "$E2E_DIR/cab.json"
shows "--no-check shows the plan alone" 'Enter starts'
unlike "without any check" "$(screen)" 'checks'
is "and sends nothing" "$(target_requests)" "$before"
keys q
is "quitting from the plan page is an interruption" "$(console_status)" 130
finish
