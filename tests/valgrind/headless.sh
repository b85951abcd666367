#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 1800
# shellcheck source=tests/support/e2e.sh
. "$(dirname "$0")/../support/e2e.sh"

# One run of everything: scenario, engine, recorder, files; and the practice backend itself. Valgrind
# makes both some thirty times slower, so the load is small and nothing is said about speed.
E2E_LIMIT=600
start_target

watched=(valgrind --quiet --error-exitcode=99 --leak-check=full
	'--errors-for-leak-kinds=definite,indirect' --track-fds=yes --num-callers=25)

start run timeout -k 10 900 "${watched[@]}" "$THRONG" run --headless -u 5 -r 5 -t 5s --host "$TARGET" \
	--csv "$E2E_DIR/out" --csv-full-history --json "$E2E_DIR/out.json" "$(scenario deployments)"
wait_exit run
rc=$?
# 0 and 1 are verdicts of the criteria, 4 says that the generator was slow: it was.
like "a headless run without an error or a leak" "$rc" '^(0|1|4)$'
unlike "and without an open file left over" "$(cat "$E2E_DIR/run.err")" 'Open file descriptor [3-9]'
check "and with requests" jq -e '.totals.requests > 0' "$E2E_DIR/out.json"

start check "${watched[@]}" "$THRONG" check --host "$TARGET" "$(scenario deployments)"
wait_exit check
is "throng check without an error or a leak" "$?" 3 # neither Docker nor the database is there

printf '{ "users": { "U": { "tsks": {} } } }\n' >"$E2E_DIR/broken.json"
start broken "${watched[@]}" "$THRONG" check "$E2E_DIR/broken.json"
wait_exit broken
is "a broken scenario without an error or a leak" "$?" 2
stop target

start served "${watched[@]}" "$THRONG" target --listen 127.0.0.1:0
wait_line "$E2E_DIR/served.out" '^listening on ' || not_ok "the practice backend starts under valgrind"
url=$(sed -n 's/^listening on //p' "$E2E_DIR/served.out")
for _ in 1 2 3 4 5; do
	curl -fsS "$url/api/v1/health/" >/dev/null
	curl -sS -d '{"username":"loadtest_user","password":"test123"}' -H 'Content-Type: application/json' \
		"$url/api/v1/auth/login/" >/dev/null
done
stop served
is "the practice backend without an error or a leak" "$?" 0
finish
