#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What was done to a run by hand is recorded and driven again: from a file of moves, from its result, and
# from a session at the real console. An earlier run is compared with.
. "$(dirname "$0")/support/e2e.sh"

busy=$TOP/tests/scenarios/e2e/busy.json
start_target --latency 5ms,0.5
jq '.load.duration = "1h" | .load.max_users = 50 | .users.Worker.wait.between = ["50ms", "150ms"]' "$busy" >"$E2E_DIR/long.json"
long=$E2E_DIR/long.json

# moves RESULT: the list without what a replay changes; users RESULT: loads that were held, in order.
moves() { jq -c '[.steering[] | [.at_ns, .action, .class, .value, .text]]' "$1"; }
held() { jq -c '[.levels[].load]' "$1"; }

cat >"$E2E_DIR/moves.json" <<'MOVES'
{ "steering": [
  { "at_s": 0.25, "action": "users", "value": 12 },
  { "at_s": 1, "action": "mark", "text": "now ü" },
  { "at_s": 6.5, "action": "users", "class": "Worker", "value": 30 },
  { "at_s": 12.125, "action": "pause" },
  { "at_s": 13, "action": "resume" },
  { "at_s": 13.5, "action": "users", "value": 3 },
  { "at_s": 22, "action": "stop" } ] }
MOVES

run_throng --headless --only-summary -u 4 -r 50 --threads 2 --replay moves.json --json first.json "$long"
first=$E2E_DIR/first.json
is "a file of moves is driven" "$(json "$first" '[.replay.moves, .replay.driven, .replay.by_hand] | @csv')" "7,7,0"
is "every move is made at its time" "$(json "$first" '[.steering[].at_s] | @csv')" "0.25,1,6.5,12.125,13,13.5,22"
is "a stop that is driven ends the run" "$(json "$first" .end)" hand
within "it ends when the file says" "$(json "$first" .duration_s)" 22 60
is "the loads that were held are a table" "$(held "$first")" "[12,30,3]"
is "and all requests of the run are in it or between" \
	"$(json "$first" '([.levels[].requests] | add) <= .totals.requests')" true
is "requests received and counted agree" "$(target_requests)" \
	"$(json "$first" '.totals.requests + .totals.aborted + .totals.extra_requests')"
like "a mark stands where it was made" "$(json "$first" '[.marks[] | select(.by_hand) | .text] | join(" ")')" 'now ü'

run_throng --headless --only-summary -u 4 -r 50 --replay first.json --baseline first.json --json second.json \
	--report second.md "$long"
second=$E2E_DIR/second.json
is "a result is driven again, move by move" "$(moves "$second")" "$(moves "$first")"
is "with the same loads held" "$(held "$second")" "$(held "$first")"
is "the earlier run is in the result" "$(json "$second" .baseline.totals.requests)" "$(json "$first" .totals.requests)"
like "and in the report" "$(cat "$E2E_DIR/second.md")" 'Against an earlier run'
like "the report has the table of loads" "$(cat "$E2E_DIR/second.md")" 'Loads held'
like "the report says that it was a replay" "$(cat "$E2E_DIR/second.md")" '7 of 7 moves'

run_throng --headless --only-summary -u 4 -r 50 --max-users 10 --replay first.json --json railed.json "$long"
is "the guard rail holds what is driven again" "$(json "$E2E_DIR/railed.json" '[.series.users[] | numbers] | max <= 10')" true

# ---- the same load as a scenario ---------------------------------------------------------------

status_is "a load driven by hand is saved as a scenario" 0 \
	timeout 120 "$THRONG" scenario --from "$first" --to "$E2E_DIR/driven.json" "$long" >"$E2E_DIR/saved.out"
like "with how it goes" "$(cat "$E2E_DIR/saved.out")" 'driven.json: [0-9]+ stages, 00:2[12] long, up to 30 users'
status_is "the loader takes it" 0 timeout 120 "$THRONG" check --offline "$E2E_DIR/driven.json" >/dev/null
run_throng --headless --only-summary --json third.json "$E2E_DIR/driven.json"
is "and the same loads are held" "$(held "$E2E_DIR/third.json")" "$(held "$first")"
status_is "a file that is there is not replaced" 2 \
	timeout 120 "$THRONG" scenario --from "$first" --to "$E2E_DIR/driven.json" "$long" 2>"$E2E_DIR/saved.err"
like "and that is said" "$(cat "$E2E_DIR/saved.err")" 'driven.json is there already'
(cd "$E2E_DIR" && timeout 120 "$THRONG" scenario --from first.json) >"$E2E_DIR/saved.out"
like "the scenario's own place is the default" "$(cat "$E2E_DIR/saved.out")" 'long-driven.json: '
status_is "what is no result is refused" 2 \
	timeout 120 "$THRONG" scenario --from "$E2E_DIR/moves.json" "$long" 2>"$E2E_DIR/saved.err"
like "with what it must be" "$(cat "$E2E_DIR/saved.err")" 'must be a result that run --json wrote'

# ---- what cannot be done is said before anything is sent ---------------------------------------

before=$(target_requests)
jq '.steering[2].class = "Nobody"' "$first" >"$E2E_DIR/nobody.json"
status_is "a class the scenario has not is refused" 2 run_throng --headless --replay nobody.json "$long"
like "by name" "$(cat "$E2E_DIR/throng.err")" 'steering\[2\]: the scenario has no user class "Nobody"'
status_is "a baseline that is no result is refused" 2 run_throng --headless --baseline moves.json "$long"
like "with what it must be" "$(cat "$E2E_DIR/throng.err")" 'must be a result that run --json wrote'
status_is "a replay that is not there is refused" 2 run_throng --headless --replay no.json "$long"
is "nothing was sent" "$(target_requests)" "$before"

# ---- a session at the console, recorded and driven again ---------------------------------------

if ! command -v tmux >/dev/null; then
	skip "console" "tmux is not installed"
	finish
fi
live() { screen | sed -nE 's/^.? *users +([0-9,]+)[ →>-].*/\1/p' | tr -d , | head -n 1; }
live_is() { [ "$(live)" = "$1" ]; }
start_console 120 40 "$THRONG" -u 5 -r 50 --autostart --host "$TARGET" --json hand.json "$long"
shows "the run starts" 'RUNNING'
keys W
check "W adds ten users" soon live_is 15
keys w w w
check "w adds one each" soon live_is 18
keys m
shows "m asks for a note" 'mark'
keys -l 'by hand'
keys Enter
keys Space
shows "Space pauses" 'PAUSED'
keys Space
shows "Space resumes" 'RUNNING'
keys L
shows "L asks where the load as driven is to be saved" 'save the load as'
keys Escape
check "Escape leaves it" soon hidden 'save the load as'
shows_for "Enter saves it beside the scenario, and the screen says so" 'saved as .*long-driven-[0-9]+.json' L Enter
check "where it is" test -s "$E2E_DIR/long-driven-2.json"
status_is "the loader takes that too" 0 timeout 120 "$THRONG" check --offline "$E2E_DIR/long-driven-2.json" >/dev/null
keys 0
check "0 takes all users away" soon live_is 0
keys x
shows "x stops" '(PASS|FAIL|INVALID) +[0-9]+:'
keys q
is "it ends" "$(console_status >/dev/null && echo yes)" yes
hand=$E2E_DIR/hand.json
like "all moves are recorded" "$(json "$hand" '[.steering[].action] | join(" ")')" \
	'^(users )+mark pause resume panic stop'
run_throng --headless --only-summary -u 5 -r 50 --replay hand.json --json again.json "$long"
again=$E2E_DIR/again.json
is "the session is driven again, move by move" "$(moves "$again")" "$(moves "$hand")"
is "as moves of a replay" "$(json "$again" '[.steering[].replayed] | all')" true
# Where the first run's users stood still for three seconds, the second's are the same, give or take a second.
is "with the same users over time" "$(jq -n --slurpfile a "$hand" --slurpfile b "$again" '
	[$a[0].series.users, $b[0].series.users] as [$x, $y]
	| [range(1; ([$x, $y | length] | min) - 1)
	   | select($x[. - 1] == $x[.] and $x[.] == $x[. + 1])
	   | $x[.] as $users | any($y[. - 1, ., . + 1]; . == $users)] | all')" true
finish
