# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# An engineer's session at the console, checked screen by screen; for scripts that have sourced e2e.sh
# and started the practice backend.
#
#	play_session COMMAND...	COMMAND starts throng (a checker such as valgrind may stand before it) and
#				gets options and the scenario appended. Leaves CONSOLE_STATUS.

# Users that exist, as the slider's row tells.
live() { screen | sed -nE 's/^.? *users +([0-9,]+)[ →>-].*/\1/p' | tr -d , | head -n 1; }
live_is() { [ "$(live)" = "$1" ]; }
# Users wanted: behind the arrow while they ramp.
wanted() { screen | sed -nE 's/^.? *users +([0-9,]+ → )?([0-9,]+) .*/\2/p' | tr -d , | head -n 1; }
wanted_is() { [ "$(wanted)" = "$1" ]; }
class_is() { screen | grep -qE "^.? *$1 +$2 "; }
# Tab until the pane's border is the focused one is more than a screen tells: count instead.
tabs() { for ((i = 0; i < $1; i++)); do keys Tab; done; }

session_scenario() {
	jq '.load = { "users": 12, "spawn_rate": 4, "duration": "2h" }
		| .users.Worker.wait.between = ["80ms", "160ms"] | .users.Worker.weight = 2
		| .users.Reader = { "weight": 1, "wait": { "between": ["80ms", "160ms"] },
			"tasks": { "missing": { "get": "/api/v1/deployments/?limit=3", "name": "/list/",
				"expect": { "status": 418 } } } }' \
		"$TOP/tests/scenarios/e2e/busy.json" >"$E2E_DIR/session.json"
}

play_start() {
	start_console 120 40 "$@" --host "$TARGET" --json session-result.json "$E2E_DIR/session.json"
	shows "session: the plan page comes first" 'Enter starts'
	shows "session: a login of one user is tried" '✓ login Worker'
	tried=$(target_requests)
	is "session: and no task is sent before Enter" "$tried" "$(target_requests "POST /api/v1/auth/login/")"
	keys Enter
	shows "session: the run ramps" 'RAMPING|RUNNING'
	keys '<' '<'
	check "session: the slider moves in the middle of the ramp" soon hidden '→ 12 '
	keys 1 2 Enter
	check "session: a typed value is taken" soon wanted_is 12
	check "session: all users come" soon live_is 12
	check "session: of both classes" class_is Worker 8
}

play_steering() {
	keys Down Down Down # users, spawn/s, Worker, Reader
	keys 1 Enter
	check "session: one class has its own number" soon class_is Reader 1
	check "session: the sum follows" soon live_is 9
	keys Up Up Up
	keys 1 8 Enter
	check "session: one slider moves all classes in their proportions" soon class_is Worker 16
	check "session: and there they are" soon live_is 18
	keys Space
	shows "session: Space pauses" 'PAUSED'
	keys Space
	shows "session: Space resumes" 'RUNNING'
}

play_looking() {
	keys Tab Enter
	shows "session: Enter shows an endpoint's times by percentile" 'by percentile'
	shows "session: its answers" '201 Created|200 OK|404 Not Found|no answer'
	shows "session: its sizes" 'bodies '
	shows "session: its curves" '█ req/s .*━ p99'
	keys End Down
	shows "session: down to the next endpoint, the last row is all of them" 'all endpoints'
	keys Escape
	shows "session: Escape goes back to the table" 'HTTP NAME|METHOD NAME'
	keys /
	keys -l details
	keys Enter
	shows "session: a filter says how many match" '0 of [0-9]+ match|1 of [0-9]+ match'
	keys / C-u Enter
	check "session: and is taken away" soon screen_has 'POST +(/api/v|…).*/login/'
	tabs 2
	keys z
	check "session: the heat map over the whole body" soon hidden '─ endpoints ─'
	shows "session: with its legend" 'response times .*few .*/s'
	keys z
	shows "session: and all panes again" '─ endpoints ─'
	keys e
	shows "session: the errors by kind" 'errors by kind'
	shows "session: with advice, and when they came" 'first at .*last at'
	keys Escape
	shows "session: Escape goes back from there, too" 'over time' # a letter right behind it would be Alt's
	keys m
	keys -l 'hello mark'
	keys Enter
	shows "session: a mark" 'hello mark'
	keys -- - -
	shows "session: the charts over a longer time" '(5|10) min'
	keys + +
	shows "session: levels fill by stepping the slider" 'load levels'
}

play_screens() {
	local size
	for size in "80 24" "200 60" "40 20" "100 30" "60 15" "120 40" "81 25" "150 50" "20 5" "120 40"; do
		# shellcheck disable=SC2086
		resize $size
	done
	shows "session: ten resizes later the screen is whole" 'findings and marks'
	shows_for "session: P saves the screen" 'saved throng-.*\.txt, \.ansi and \.svg' P
	check "session: as text with what was seen" grep -qs 'load levels' "$E2E_DIR"/throng-*.txt
	check "session: as a picture" grep -qs '</svg>' "$E2E_DIR"/throng-*.svg
	shows_for "session: another theme" 'theme: ' t
}

play_end() {
	keys L
	shows "session: L asks for a name" 'save the load as'
	keys Escape
	check "session: Escape leaves it" soon hidden 'save the load as'
	shows_for "session: the load as driven is saved as a scenario" 'driven[-0-9]*\.json' L driven.json Enter
	check "session: which is one" soon test -s "$E2E_DIR/driven.json"
	like "session: with the stages that were driven" "$(jq -c .load "$E2E_DIR/driven.json")" '\[.*18.*\]'
	keys 0
	check "session: 0 is panic, no users within a moment" soon live_is 0
	keys W
	check "session: and users can be asked for again" soon live_is 10
	keys q
	shows "session: q asks while the run goes on" 'stop it and quit'
	keys y
	# shellcheck disable=SC2034 # read by the script that plays the session
	CONSOLE_STATUS=$(console_status)
	is "session: every request is in the result" \
		"$(json "$E2E_DIR/session-result.json" '.totals.requests + .totals.aborted')" "$(($(target_requests) - tried))"
	is "session: the mark is in it" \
		"$(json "$E2E_DIR/session-result.json" '[.marks[] | select(.text == "hello mark")] | length')" 1
	end_terminal
}

play_session() {
	session_scenario
	play_start "$@"
	play_steering
	play_looking
	play_screens
	play_end
}
