#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Failing exchanges: kept whole, masked, repeatable with the curl line they come with.
. "$(dirname "$0")/support/e2e.sh"
cd "$E2E_DIR" || exit 1

# free_of TEXT FILE...: it stands in none of them, and all of them are there.
free_of() {
	local text=$1 file
	shift
	for file; do
		[ -r "$file" ] && ! grep -qF -- "$text" "$file" || return 1
	done
}

# The same seed gives the first login the same token, so that the real one is known here.
start_target --seed 5
export LOAD_PASSWORD=test123 PROBE_API_KEY=k3y-from-the-environment
cat >faults.json <<'JSON'
{ "name": "Faults", "target": "http://127.0.0.1:9",
  "load": { "users": 1, "spawn_rate": 10, "duration": "1h" },
  "criteria": [ "requests < 250 abort", "failures == 0" ],
  "users": { "Breaker": {
    "wait": "5ms",
    "on_start": [
      { "post": "/api/v1/auth/login/", "json": { "username": "loadtest_user", "password": "{{env LOAD_PASSWORD}}" },
        "extract": { "token": "token" }, "then": { "headers": { "Authorization": "Bearer {{token}}" } } } ],
    "tasks": {
      "echo": { "post": "/_target/echo?q=it's&api_key={{env PROBE_API_KEY}}", "name": "echo",
        "json": { "note": "quote ' \" $HOME `id` \\ grün\n", "credit": { "password": "inn3r-secret" }, "t": "{{token}}" },
        "headers": { "X-Api-Key": "{{env PROBE_API_KEY}}", "X-Plain": "seen" },
        "expect": { "status": 418 } },
      "invalid": { "post": "/api/v1/deployments/", "json": { "app_name": "x" }, "expect": { "status": 201 } },
      "form": { "post": "/_target/echo", "name": "form", "form": { "user": "u", "password": "f0rm-secret" }, "expect": { "status": 418 } },
      "raw": { "put": "/_target/echo", "name": "raw", "body": "@not a file%00", "expect": { "status": 418 } },
      "gone": { "delete": "/_target/status/503" },
      "look": { "head": "/_target/status/404", "name": "look" },
      "gzip": { "get": "/_target/gzip", "expect": { "status": 418 } },
      "moved": { "get": "/_target/redirect/2", "expect": { "status": 418 } },
      "check": { "get": "/api/v1/health/", "expect": { "json": { "nothing": true } } },
      "late": { "get": "/_target/delay/2000", "timeout": "50ms" },
      "reset": { "get": "/_target/reset" },
      "cut": { "get": "/_target/truncate" }
    } } } }
JSON
for transport in direct curl; do
	verdict_is "a run of failures fails ($transport)" 1 run_throng --headless -u 1 --seed 3 --transport $transport \
		--failures "$transport.jsonl" --json "$transport.json" --report "$transport.md" --html "$transport.html" \
		--csv "$transport" faults.json
	is "every line is an object ($transport)" "$(jq -s 'length > 0' "$transport.jsonl")" true
	for endpoint in "POST echo" "POST /api/v1/deployments/" "POST form" "PUT raw" "DELETE /_target/status/503" \
		"HEAD look" "GET /_target/gzip" "GET /_target/redirect/2" "GET /api/v1/health/" "GET /_target/delay/2000" \
		"GET /_target/reset" "GET /_target/truncate"; do
		within "of each failure of $endpoint one to three are kept ($transport)" "$(jq -s --arg e "$endpoint" \
			'[.[] | select(.endpoint == $e)] | group_by(.failure.text) | map(length) | max' "$transport.jsonl")" 1 3
	done
	is "each failure in the JSON result has an example ($transport)" \
		"$(json "$transport.json" '[.failures[] | .example.failure.text == .text] | all')" true
	is "the answer's body is there ($transport)" "$(jq -rs \
		'[.[] | select(.endpoint == "POST echo")][0].response.body | fromjson | .headers["X-Plain"]' "$transport.jsonl")" seen
	like "a compressed one is readable ($transport)" "$(jq -rs \
		'[.[] | select(.endpoint == "GET /_target/gzip")][0].response.body' "$transport.jsonl")" '[a-z]{4}'
	is "a redirect is followed to its end ($transport)" "$(jq -rs \
		'[.[] | select(.endpoint == "GET /_target/redirect/2")][0].redirects' "$transport.jsonl")" 2
	is "without an answer there is none ($transport)" "$(jq -rs \
		'[.[] | select(.endpoint == "GET /_target/reset")][0] | "\(.failure.kind) \(.response)"' "$transport.jsonl")" "reset null"
	is "times are in order ($transport)" "$(jq -s '[.[] | select(.response != null) | .timings
		| .first_byte_us <= .end_us and .end_us <= .response_us] | all' "$transport.jsonl")" true
	like "throng report shows one again ($transport)" "$("$THRONG" report "$transport.json")" \
		'^> DELETE http://127\.0\.0\.1:[0-9]+/_target/status/503$'
	stop target
	start_target --seed 5
	TOKEN=$(curl -fsS -H 'Content-Type: application/json' -d '{"username":"loadtest_user","password":"test123"}' \
		"$TARGET/api/v1/auth/login/" | jq -r .token)
	export TOKEN
	check "the target gave the same token again ($transport)" test "${#TOKEN}" -gt 8
	for secret in "$TOKEN" test123 k3y-from-the-environment inn3r-secret f0rm-secret; do
		check "no result file knows a secret ($transport)" free_of "$secret" "$transport".jsonl "$transport".json \
			"$transport"*.md "$transport"*.html "$transport"*.csv "$transport"*.svg
	done

	# ---- the curl line, run by bash ----------------------------------------------------------------
	export PASSWORD=f0rm-secret X_API_KEY=$PROBE_API_KEY API_KEY=$PROBE_API_KEY
	jq -c 'select(.failure.kind == "status" or .failure.kind == "check")' "$transport.jsonl" | while read -r line; do
		# the target of the first run has gone; its port may have changed
		command=$(jq -r .curl <<<"$line" | sed -E "s#http://127\.0\.0\.1:[0-9]+#$TARGET#")
		answer=$(timeout 120 bash -c "$command" 2>/dev/null | tr -d '\0\r')
		is "$(jq -r .endpoint <<<"$line") answers the same to its curl line ($transport)" \
			"$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' <<<"$answer")" "$(jq -r .response.status <<<"$line")"
		[ "$(jq -r .endpoint <<<"$line")" = "POST echo" ] || continue
		is "curl sent the same body ($transport)" "$(tail -n 1 <<<"$answer" | jq -r '.body | fromjson | .note')" \
			$'quote \' " $HOME `id` \\ grün'
		is "and the same secrets ($transport)" "$(tail -n 1 <<<"$answer" | jq -r '"\(.headers.Authorization) \(.headers["X-Api-Key"])"')" \
			"Bearer $TOKEN $PROBE_API_KEY"
	done >"$transport.curl"
	cat "$transport.curl"
	check "none of them differed ($transport)" free_of "not ok" "$transport.curl"
	unset PASSWORD X_API_KEY API_KEY TOKEN
	command=$(jq -rs '[.[] | select(.endpoint == "GET /_target/reset")][0].curl' "$transport.jsonl" |
		sed -E "s#http://127\.0\.0\.1:[0-9]+#$TARGET#")
	rc=0
	timeout 120 bash -c "$command" >/dev/null 2>&1 || rc=$?
	within "a reset is one for curl as well ($transport)" "$rc" 52 56
	stop target
	start_target --seed 5
done

# ---- the file itself ---------------------------------------------------------------------------------
status_is "a file of an earlier run is kept" 2 run_throng --headless -u 1 -t 1s --failures direct.jsonl faults.json
status_is "unless --overwrite" 1 run_throng --headless -u 1 -t 1s --failures direct.jsonl --overwrite faults.json
status_is "several scenarios need {scenario}" 2 run_throng --headless -t 1s --failures all.jsonl faults.json \
	"$TOP/tests/scenarios/e2e/busy.json"
status_is "and have a file each with it" 1 run_throng --headless -u 1 -t 1s --failures 'each-{scenario}.jsonl' faults.json \
	"$TOP/tests/scenarios/e2e/busy.json"
check "the one that failed has lines" test -s each-faults.jsonl
check "the one that did not is empty" test -f each-busy.jsonl -a ! -s each-busy.jsonl

start long "$THRONG" --headless -u 1 -t 1h --failures long.jsonl --host "$TARGET" faults.json
check "while a run goes on its failures are on disk" wait_line long.jsonl '"HTTP 503'
stop long INT >/dev/null
is "a run ended by a signal leaves a whole file" "$(jq -s 'length > 0' long.jsonl)" true

jq '.setup = [ { "get": "/_target/status/500", "headers": { "Authorization": "Bearer s3tup-secret" } } ]' faults.json >setup.json
status_is "a run whose setup fails cannot be done" 3 run_throng --headless -u 1 --failures setup.jsonl setup.json
is "its exchange is there" "$(jq -rs '.[0] | "\(.setup) \(.response.status) \(.class)"' setup.jsonl)" "true 500 null"
unlike "masked" "$(cat setup.jsonl)" 's3tup-secret'

# ---- on the console ----------------------------------------------------------------------------------
command -v tmux >/dev/null || {
	skip "console" "tmux is not installed"
	finish
}
jq 'del(.criteria) | .users.Breaker.tasks |= { invalid }' faults.json >console.json
start_console 80 24 "$THRONG" -u 1 --autostart --host "$TARGET" console.json
shows "a failure is counted" 'HTTP 400|Tab focus'
keys e
shows "the page of errors lists it" 'HTTP 400 Bad Request'
keys Enter
# at this rate it is one of the last three for milliseconds only
shows "Enter shows its exchange" 'of 3, newest first|older than those kept now'
shows "what was sent, masked" 'Authorization: Bearer \*\*\*'
keys End
shows "what came, and the command that sends it again" 'to send it again'
shows "with the masked value as a variable" 'set first, in place of what is masked: .*TOKEN'
keys Right
shows "arrows lead to older ones" '2 of 3, newest first|older than those kept now'
keys Escape
shows "Esc leads back to the list" 'errors by kind'
keys x
shows "the run ends" 'DONE|leave'
keys Enter
shows "an exchange can be looked at when all is over" 'status 400'
unlike "nothing on the screen is a secret" "$(screen)" "test123"
keys q
finish
