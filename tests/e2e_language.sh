#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The scenario language on the wire: a server writes down every request it gets, and each key of the
# language is looked for there. TLS, HTTP/2, Unix sockets and connect_to have tests of their own
# (test_transport_*, test_engine_http2, test_probe).
. "$(dirname "$0")/support/e2e.sh"

start server python3 "$TOP/tests/support/wire_server.py" "$E2E_DIR/wire.jsonl"
wait_line "$E2E_DIR/server.out" '^[0-9]+$' || {
	not_ok "the server starts"
	finish
}
TARGET=http://127.0.0.1:$(head -n 1 "$E2E_DIR/server.out")
wire() { jq -r "$1" "$E2E_DIR/wire.jsonl"; }
# sent TEXT PATH FILTER WANTED: of the first request to that path.
sent() { is "$1" "$(wire "select(.path == \"$2\") | $3" | head -n 1)" "$4"; }
count() { wire "select(.path == \"$1\") | 1" | wc -l; }
failure() { json "$E2E_DIR/result.json" "[.failures[] | select(.name == \"$1\") | .kind + \": \" + .text][0] // \"none\""; }

# ---- requests, bodies, headers, extraction, checks ----------------------------------------------

printf 'user,word\nann,"a, b"\nbob,"say ""hi"""\ncid,plain\n' >"$E2E_DIR/people.csv"
printf '\001binary\n' >"$E2E_DIR/upload.bin"
cat >"$E2E_DIR/wire.json" <<'JSON'
{ "name": "Wire", "target": "http://localhost:1/base",
  "headers": { "X-Every": "{{uuid}}", "X-Gone": "scenario" },
  "vars": { "who": "w-{{user}}" },
  "data": { "people": "people.csv" },
  "http": { "gzip": true, "timeout": "10s" },
  "load": { "users": 1, "duration": "6s" },
  "setup": [ { "post": "/setup", "json": {}, "extract": { "batch": "batch.id" } } ],
  "teardown": [ { "delete": "http://HOST/teardown/{{batch}}" } ],
  "users": { "U": {
    "wait": "1h",
    "on_start": [ { "post": "/login", "form": { "username": "{{people.user}}", "password": "a&b=c d", "tag": ["x", "y"] },
      "extract": { "ids": "data.items[*].id", "second": "data.items[1].id", "last": "data.items[-1].id",
                   "number": "n", "flag": "ok", "key": "header:X-Token", "cookie": "cookie:session", "all": "body",
                   "missing": { "from": "no.such", "default": "fallback" }, "kept": { "from": "nothing", "optional": true } },
      "then": { "headers": { "Authorization": "Bearer {{key}}" } } } ],
    "on_stop": [ { "post": "/logout" } ],
    "tasks": { "t": { "steps": [
      { "get": "/under/{{batch}}/{{who}}/", "query": { "q": "{{people.word}}", "tag": ["new", "red"] } },
      { "post": "/json", "json": { "pick": "{{pick ids none}}", "second": "{{second}}", "last": "{{last}}", "n": "{{= number}}",
        "flag": "{{= flag}}", "rand": "{{= int 5 7}}", "list": [ "{{missing}}", 1, null ], "none": "{{pick kept other}}", "quote": "{{all}}" },
        "headers": { "X-Gone": null, "X-Own": "{{hex 8}}" } },
      { "put": "/raw", "body": "plain {{people.word}}" },
      { "patch": "/csv", "body": "a;b", "headers": { "Content-Type": "text/csv" } },
      { "put": "/file", "file": "upload.bin" },
      { "get": "/basic", "basic": { "user": "me", "password": "{{env THRONG_E2E_PW s3}}" } },
      { "head": "/head" }, { "options": "/options" },
      { "get": "/text", "extract": { "csrf": "regex:name=\"csrf\" value=\"([a-f0-9]+)\"" },
        "expect": { "contains": ["csrf", "more"], "matches": "value=\"[a-f0-9]+\"", "size": { "min": 10, "max": 100 }, "header": { "Content-Type": "text/plain" } } },
      { "get": "/use/{{csrf}}" },
      { "get": "/zipped", "expect": { "json": { "packed": "yes" } } },
      { "post": "/found", "json": { "a": 1 } },
      { "post": "/keep", "json": { "a": 1 } },
      { "get": "/found", "name": "/not-followed", "redirects": false, "expect": { "status": 302 } },
      { "get": "/slow", "timeout": "300ms" },
      { "get": "/teapot", "expect": { "status": ["2xx", 418] } },
      { "get": "/teapot", "name": "/refused" },
      { "get": "/text", "name": "/no-json", "expect": { "json": true } },
      { "get": "/login", "name": "/other-value", "expect": { "json": { "n": 4 } } },
      { "get": "/text", "name": "/not-in-it", "expect": { "contains": "absent" } },
      { "get": "/text", "name": "/no-match", "expect": { "matches": "^nothing$" } },
      { "get": "/text", "name": "/too-small", "expect": { "size": { "min": "1KiB" } } },
      { "get": "/text", "name": "/no-header", "expect": { "header": { "ETag": true } } },
      { "get": "/text", "name": "/no-extract", "extract": { "x": "regex:zzz(.)" } },
      { "get": "/never/{{x}}", "name": "/no-variable" }
    ] } } } },
  "criteria": [ "requests >= 1" ] }
JSON
sed -i "s|http://HOST|$TARGET|g; s|http://localhost:1/base|$TARGET/base|" "$E2E_DIR/wire.json"
# --host would be the target's own; the file's stands here
run_here() { (cd "$E2E_DIR" && timeout -k 10 600 "$THRONG" --headless --only-summary --overwrite --json result.json --stop-timeout 10s "$@") >"$E2E_DIR/throng.out" 2>"$E2E_DIR/throng.err" </dev/null; }
# Its one user makes one round of requests, for which a slow machine needs longer.
for seconds in 6 30 120; do
	: >"$E2E_DIR/wire.jsonl"
	rc=0
	run_here -t "${seconds}s" wire.json || rc=$?
	[ "$(failure /no-variable)" = none ] || break
done
verdict_is "the run passes its one criterion" 0 eval '(exit "$rc")'

is "setup comes first" "$(wire .path | head -n 1)" /setup
sent "a whole URL goes where it says" /teardown/4711 .base false
is "teardown last, with what the setup extracted" "$(wire '.method + " " + .path' | tail -n 1)" "DELETE /teardown/4711"
is "on_stop before it" "$(wire .path | tail -n 2 | head -n 1)" /logout
sent "a form is encoded" /login .body 'username=ann&password=a%26b%3Dc+d&tag=x&tag=y'
sent "and named so" /login '.headers["content-type"]' application/x-www-form-urlencoded
sent "base path, variables and query are in the URL, encoded" /under/4711/w-0/ '(.base | tostring) + " " + .query' 'true q=say%20%22hi%22&tag=new&tag=red'
sent "an extracted header becomes the user's header" /json '.headers.authorization' 'Bearer T0K EN'
sent "cookies come back" /json '.headers.cookie' 'session=s3cret'
sent "null takes an inherited header away" /json '.headers["x-gone"]' null
like "a header of its own is rendered" "$(wire 'select(.path == "/json") | .headers["x-own"]')" '^[0-9a-f]{8}$'
sent "others still have the inherited one" /csv '.headers["x-gone"]' scenario
is "each request has a fresh id" "$(wire 'select(.path | startswith("/after") | not) | .headers["x-every"]' | sort | uniq -d | wc -l)" 0
body() { wire 'select(.path == "/json") | .body' | jq -c "$1"; }
like "a random one of the extracted list" "$(body .pick)" '^"(a1|b2)"$'
is "an item by place, and the last" "$(body '[.second, .last]')" '["b2","b2"]'
is "numbers and booleans stay what they are" "$(body '[.n, .flag]')" '[3,true]'
like "a random number within its bounds" "$(body .rand)" '^[567]$'
is "a default where nothing was found" "$(body .list)" '["fallback",1,null]'
is "the default of a list that never was" "$(body .none)" '"other"'
sent "raw bodies are sent as they are" /raw '.body' 'plain say "hi"'
sent "as text unless a header says otherwise" /raw '.headers["content-type"]' 'text/plain; charset=utf-8'
sent "which it may" /csv '.headers["content-type"]' text/csv
sent "files are sent whole" /file '.body' $'\001binary'
sent "basic authentication" /basic '.headers.authorization' "Basic $(printf me:s3 | base64)"
sent "HEAD" /head .method HEAD
sent "OPTIONS" /options .method OPTIONS
sent "a regular expression's group goes into the next path" /use/deadbeef .method GET
sent "compressed answers are asked for" /zipped '.headers["accept-encoding"]' 'gzip, deflate'
is "and unpacked" "$(failure /zipped)" none
sent "a 302 after POST becomes a GET" /after-found '.method + .body' GET
sent "a 307 keeps method and body" /after-keep '.method + .body' 'POST{"a":1}'
is "a redirect that is not to be followed is not" "$(count /after-found)" 1
is "redirects count as the one request they began as" "$(json "$E2E_DIR/result.json" '.endpoints[] | select(.name == "/found") | .requests')" 1
is "its own timeout ends a request" "$(failure /slow)" "timeout: timed out after 300ms"
is "a status that is expected is none" "$(failure /teapot)" none
is "one that is not is a failure" "$(failure /refused)" "status: HTTP 418 I'm a Teapot"
like "no JSON" "$(failure /no-json)" '^check: check failed: .*JSON'
like "another value" "$(failure /other-value)" '^check: check failed: .*n.*4'
like "a text that is not there" "$(failure /not-in-it)" '^check: check failed: .*absent'
like "no match" "$(failure /no-match)" '^check: check failed: .*nothing'
like "too small" "$(failure /too-small)" '^check: check failed: .*1 ?KiB|^check: check failed: .*1024|^check: check failed: size'
like "no such header" "$(failure /no-header)" '^check: check failed: .*ETag'
like "nothing to extract" "$(failure /no-extract)" '^extract: extract x: '
like "a request without its variable is not sent" "$(failure /no-variable)" '^render: '
is "really not" "$(wire 'select(.path | startswith("/never")) | 1' | wc -l)" 0

# ---- rows, waits, arrival rates -----------------------------------------------------------------

# several FILTER [option...]: a scenario of ten users who each look once, changed by a jq filter.
several() {
	jq -n --arg t "$TARGET" '{ name: "Several", target: $t, data: { p: "people.csv" },
		load: { users: 3, spawn_rate: 100, duration: "2s" },
		users: { U: { wait: "1h", tasks: { look: { get: "/look", query: { u: "{{p.user}}", k: "{{user}}.{{iteration}}" } } } } },
		criteria: [] } | '"$1" >"$E2E_DIR/several.json"
	: >"$E2E_DIR/wire.jsonl"
	run_here several.json
}
users_seen() { wire 'select(.path == "/look") | .query' | sed -E 's/u=([a-z]*)&.*/\1/' | sort | uniq -c | tr -s ' \n' ' '; }

several '.'
is "rows in sequence: three users read the file from its top" "$(users_seen)" " 1 ann 1 bob 1 cid "
several '.data.p = { file: "people.csv", order: "unique" } | .users.U.wait = "20ms"'
is "a row for life: each user has its own, all its tasks" \
	"$(wire .query | sed -E 's/u=([a-z]*)&k=([0-9]*)\..*/\2 \1/' | sort -u | cut -d' ' -f2 | sort | tr '\n' ' ')" "ann bob cid "
several '.data.p = { file: "people.csv", order: "unique" } | .load.users = 4'
check "more users than rows are refused before anything is sent" test ! -s "$E2E_DIR/wire.jsonl"
like "with the numbers" "$(cat "$E2E_DIR/throng.err")" 'several\.json:.*(3|4).*rows?'
several '.data.p = { file: "people.csv", order: "random" } | .users.U.wait = "5ms"'
is "random rows: every one comes up" "$(wire .query | sed -E 's/u=([a-z]*)&.*/\1/' | sort -u | tr '\n' ' ')" "ann bob cid "

# Waits bound the number of tasks from above on any machine: a slow one makes fewer.
tasks_with() {
	several ".load = { users: 1, duration: \"2s\" } | .users.U.wait = $1"
	wire 'select(.path == "/look") | 1' | wc -l
}
within "a constant wait of 200 ms" "$(tasks_with '"200ms"')" 2 10
within "a uniform wait of 100 to 300 ms" "$(tasks_with '{ between: ["100ms", "300ms"] }')" 2 20
within "an exponential wait" "$(tasks_with '{ exponential: "200ms" }')" 1 40
within "pacing: a task every 250 ms" "$(tasks_with '{ pacing: "250ms" }')" 2 8
jq -r .query "$E2E_DIR/wire.jsonl" | sed -E 's/.*k=//' >"$E2E_DIR/paced"
is "tasks are numbered in order" "$(cat "$E2E_DIR/paced")" "$(awk '{ print "0." NR }' "$E2E_DIR/paced")"

several '.load = { rate: 50, users: 1, max_in_flight: 1, duration: "2s" } | .users.U |= (del(.wait) | .tasks.look.get = "/slow" | .tasks.look.timeout = "500ms")'
check "an arrival rate holds starts back that the cap forbids" \
	test "$(json "$E2E_DIR/result.json" .generator.held_back)" -gt 50
is "and never has more than the cap on their way" "$(json "$E2E_DIR/result.json" '.totals.requests + .totals.aborted')" \
	"$(json "$E2E_DIR/result.json" .generator.started)"
several '.load = [ { users: 3, over: "1s" }, { hold: "1s" }, { users: 0, over: "1s" } ] | .users.U.wait = "20ms"'
is "stages: three users came and went" "$(wire .query | sed -E 's/.*k=([0-9]*)\..*/\1/' | sort -u | tr '\n' ' ')" "0 1 2 "

# ---- a proxy of the environment -----------------------------------------------------------------

jq -n '{ name: "Proxied", target: "http://nowhere.invalid", load: { users: 1, duration: "2s" },
	users: { U: { wait: "1h", tasks: { t: { get: "/through" } } } }, criteria: ["failures == 0"] }' >"$E2E_DIR/proxied.json"
: >"$E2E_DIR/wire.jsonl"
http_proxy=$TARGET status_is "a proxy of the environment is used" 0 run_here proxied.json
sent "it is asked for the whole URL" http://nowhere.invalid:80/through '.headers.host' nowhere.invalid
finish
