#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The real console in a real terminal (tmux): an engineer's session, step by step.
. "$(dirname "$0")/support/e2e.sh"
# shellcheck source=tests/support/console_session.sh
. "$(dirname "$0")/support/console_session.sh"

command -v tmux >/dev/null || {
	skip "console" "tmux is not installed"
	finish
}
busy=$TOP/tests/scenarios/e2e/busy.json
start_target --latency 5ms,0.5
jq '.load.duration = "1h" | .users.Worker.wait.between = ["50ms", "150ms"]' "$busy" >"$E2E_DIR/long.json"

play_session "$THRONG"
is "session: quitting by hand exits with 130" "$CONSOLE_STATUS" 130

# What the target saw of it all: counts start anew with a target of its own.
stop target
start_target --latency 5ms,0.5
start_console 120 40 "$THRONG" -u 20 -r 50 --host "$TARGET" --json con.json "$E2E_DIR/long.json"
shows "the plan page comes first" 'Enter starts'
shows "a login of each class is tried meanwhile" '✓ login Worker +POST .* answers 200'
check "all probes end" soon eval '! screen_has "under way"'
probed=$(target_requests)
is "no task is sent before Enter: logins of one user alone" "$probed" 1
keys Enter
shows "the run starts" 'RUNNING'
shows "endpoints are listed" 'POST +/api/v1/deployments/ '
shows "grouped names have one row" '(/api/v|…v)1/deployments/\{id\}/'
shows "criteria are judged live" 'failures == 0'
check "all users exist" soon live_is 20

# A user exists a moment before the target has its login; one that is taken away earlier has none.
logins() { printf '%d\n' $(($(target_requests "POST /api/v1/auth/login/") - probed)); }
logins_are() { [ "$(logins)" -ge "$1" ]; }
keys W
check "W adds ten users" soon live_is 30
soon logins_are 30
keys s s
check "s takes one each" soon live_is 28
keys w
check "w adds one" soon live_is 29
soon logins_are 31
is "users were never restarted: one login each, and those of the ones that were added" "$(logins)" 31

keys Space
shows "Space pauses" 'PAUSED'
# What was on its way still comes, how long that takes is the machine's affair; 28 users make some 280
# requests in a second.
silent() {
	before=$(target_requests)
	sleep 1 # the second in which nothing comes
	[ "$(target_requests)" = "$before" ]
}
check "nothing new is sent while paused" soon silent
keys Space
shows "Space resumes" 'RUNNING'
soon eval '[ "$(target_requests)" -gt "$before" ]'
is "resuming restarts nobody" "$(logins)" 31

keys '?'
shows "? explains the keys" 'panic: all users to zero'
keys Escape
shows "Esc goes back" 'POST +/api/v1/deployments/ '
keys e
shows "e shows the errors" 'errors by kind'
keys Escape
shows "Esc goes back from there too" 'over time'
keys m
shows "m asks for a note" 'mark'
keys -l 'hello mark'
keys Enter
shows "the mark is shown" 'hello mark'
keys '/'
keys -l 'details-no-such'
keys Enter
shows "a filter says how many match" '0 of [0-9]+ match'
check "a filter hides the rows" soon hidden 'POST +/api/v1/deployments/ '
keys '/'
keys C-u
keys Enter
keys Escape

for size in "80 24" "200 60" "40 20" "100 30" "60 15" "120 40" "81 25" "150 50" "20 5" "120 40"; do
	# shellcheck disable=SC2086
	resize $size
done
shows "ten resizes later the screen is whole" 'POST +/api/v1/deployments/ '
resize 80 24
shows "80x24 shows users" '^.? *users +29 '
shows "80x24 shows the table" '/api/v1/deployments/'
resize 20 5
shows "too small a screen says so" '[0-9]+ ?[x×] ?[0-9]+'
before=$(target_requests)
check "and the run goes on" soon eval '[ "$(target_requests)" -gt "$before" ]'
resize 120 40

keys 0
check "0 is panic: no users within a moment" soon live_is 0
keys W
check "and users can be asked for again" soon live_is 10

keys q
shows "q asks while the run goes on" '[Qq]uit'
keys y
is "quitting by hand exits with 130" "$(console_status)" 130
check "the result was written" test -s "$E2E_DIR/con.json"
is "every request is in it" "$(json "$E2E_DIR/con.json" '.totals.requests + .totals.aborted')" "$(($(target_requests) - probed))"
like "the mark is in it" "$(cat "$E2E_DIR/con.json")" 'hello mark'
like "the verdict stands on the terminal afterwards" "$(screen)" 'Busy'
end_terminal

# The same again, compared with what was just written.
start_console 120 40 "$THRONG" --autostart -u 20 -r 50 --baseline con.json --host "$TARGET" "$E2E_DIR/long.json"
shows "a baseline has columns of its own" 'VS P95'
shows "with the change of each endpoint" 'POST +/api/v1/deployments/ .* ([-+][0-9]+%|=|x[0-9]+)'
shows "and the header says it of all" 'p50 +[0-9.]+ .s ([-+][0-9]+%|=|x[0-9]+)'
keys q
wait_screen 'stop it and quit'
keys y
is "and it ends as ever" "$(console_status)" 130
end_terminal

# Requests that take long: not silence, and a drain that says how long it will wait.
# The target stands still, so they take as long as is looked for them.
pause_target
jq '.load = { "users": 4, "spawn_rate": 50, "duration": "1h" } | .http.timeout = "1h" | del(.users.Worker.on_start)' \
	"$busy" >"$E2E_DIR/slow.json"
start_console 120 40 "$THRONG" --autostart --stop-timeout 1h --host "$TARGET" "$E2E_DIR/slow.json"
shows "requests in flight are counted, with the age of the oldest" 'in flight +4 +(▲ )?([0-9.]+ s|[0-9]+:[0-9]+)'
keys x
shows "x drains and counts down" 'DRAINING +4 in flight, [0-9][0-9.:hms ]* left'
keys x
shows "x again stops now" '(DONE|FAIL|PASS|INVALID) +[0-9]+:[0-9]+ /'
keys q
like "and q leaves" "$(console_status)" '^(1|130)$'
end_terminal
stop target
start_target --latency 5ms,0.5
# Criteria of numbers are not for runs of a second or two on any machine.
jq '.criteria = ["failures == 0"]' "$busy" >"$E2E_DIR/easy.json"

# A run to its end: the console says so and q leaves without a question.
start_console 120 40 env LC_ALL=C "$THRONG" --autostart --ascii -u 5 -r 50 -t 2s --host "$TARGET" "$E2E_DIR/easy.json"
shows "a finished run stays on screen" 'DONE|PASS'
unlike "an ASCII screen has only ASCII" "$(screen | LC_ALL=C grep -c '[^ -~]')" '^[1-9]'
keys q
is "and leaves with its own exit status" "$(console_status)" 0
end_terminal

# What was chosen is there again the next time; an option goes before it. Five times t are
# all themes, so the notice comes again for who has missed it.
all_themes=(t t t t t)
keeps="env XDG_CONFIG_HOME=$E2E_DIR/kept"
# shellcheck disable=SC2086
start_console 120 40 $keeps "$THRONG" --host "$TARGET" "$E2E_DIR/long.json"
shows "settings: the plan page" 'Enter starts'
keys t
shows_for "settings: another theme" 'theme: light' "${all_themes[@]}"
keys q
console_status >/dev/null
is "settings: are kept in a file" "$(json "$E2E_DIR/kept/throng/config.json" .theme)" light
end_terminal
# shellcheck disable=SC2086
start_console 120 40 $keeps "$THRONG" --host "$TARGET" "$E2E_DIR/long.json"
shows "settings: the plan page again" 'Enter starts'
keys t
shows_for "settings: t goes on from the theme that was kept" 'theme: high contrast' "${all_themes[@]}"
keys q
console_status >/dev/null
end_terminal
# shellcheck disable=SC2086
start_console 120 40 $keeps "$THRONG" --theme dark --host "$TARGET" "$E2E_DIR/long.json"
shows "settings: the plan page with an option" 'Enter starts'
keys t
shows_for "settings: the option --theme goes before what was kept" 'theme: light' "${all_themes[@]}"
keys t t t t # and is not kept itself
shows_for "settings: all themes later it is the option's again" 'theme: dark' "${all_themes[@]}"
keys Enter
shows "settings: it runs" 'RAMPING|RUNNING'
keys a
shows "settings: something else is changed" 'latency .*whole run|latencies of the whole run'
leave_console >/dev/null
is "settings: the change is kept, the option is not" \
	"$(json "$E2E_DIR/kept/throng/config.json" '"\(.whole_run_latencies) \(.theme)"')" 'true contrast'
end_terminal

# No terminal that could carry it: headless, with a line that says so.
start_console 120 40 env TERM=dumb "$THRONG" -u 5 -r 50 -t 1s --host "$TARGET" "$E2E_DIR/easy.json"
shows "TERM=dumb runs headless and says so" 'running headless'
is "and passes" "$(console_status)" 0
end_terminal
status_is "no terminal at all runs headless" 0 run_throng -u 5 -r 50 -t 1s --json none.json \
	easy.json
like "and says so" "$(cat "$E2E_DIR/throng.err")" 'running headless'
finish
