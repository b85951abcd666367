#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/e2e.sh
. "$(dirname "$0")/support/e2e.sh"

# The real binary against what manual, README and HACKING.md say. tests/test_docs.c compares the
# tables themselves.

out=$E2E_DIR/said
said() { cat "$out"; }

# exits STATUS ARGUMENT...: throng with these; what it says goes to $out.
exits() {
	local wanted=$1
	shift
	status_is "throng $*" "$wanted" run "$@"
}
# shellcheck disable=SC2317 # called by status_is
run() { "$THRONG" "$@" >"$out" 2>&1 </dev/null; }

mandoc -T ascii -O width=200 "$TOP/man/throng.1" | sed 's/.\x08//g' >"$E2E_DIR/manual"

# The options a --help text lists that the manual, as it will be read, does not have.
options_missing() {
	local option
	while read -r option; do
		grep -qE -- "(^|[ ,(])$option([ ,.)]|\$)" "$E2E_DIR/manual" || printf '%s\n' "$option"
	done < <(grep -oE '^ +(-[a-zA-Z], +)?--[a-z-]+' "$out" | grep -oE -- '--[a-z-]+')
}

for sub in run check demo target report; do
	exits 0 "$sub" --help
	like "it lists options" "$(said)" '^ +(-[a-zA-Z], +)?--[a-z-]+'
	is "the manual has all of them" "$(options_missing)" ""
done
exits 0 --help
for sub in run check demo target report help version; do
	like "throng --help names $sub" "$(said)" "^  $sub "
done

exits 0 --version
version=$(sed -n 's/^AC_INIT(\[throng\], \[\([^]]*\)\].*/\1/p' "$TOP/configure.ac")
for name in "throng $version" libcurl libevent jansson ncurses; do
	like "it tells the version of $name" "$(said)" "^$name"
done

exits 2 --haedless x.json
like "the nearest option is named" "$(said)" 'did you mean --headless'
exits 2 --users none x.json
exits 2 run
exits 2 --headless "$E2E_DIR/none.json"
printf '{ "name": 1 }' >"$E2E_DIR/bad.json"
exits 2 --headless "$E2E_DIR/bad.json"
like "it says where the file is bad" "$(said)" 'bad\.json:1: '

# The scenario in the README is one.
sed -n '/^```json$/,/^```$/p' "$TOP/README.md" | grep -v '^```' >"$E2E_DIR/readme.json"
exits 0 check --offline "$E2E_DIR/readme.json"

is "README and manual have the same exit statuses" \
	"$(sed -n 's/^| \([0-9]*\) |.*/\1/p' "$TOP/README.md")" \
	"$(sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It \([0-9]*\)$/\1/p' "$TOP/man/throng.1")"

# files_missing PAGE EXTENDED-REGEX: paths the page names that are not there.
files_missing() {
	local path
	while read -r path; do
		[ -e "$TOP/$path" ] || printf '%s\n' "$path"
	done < <(grep -oE "$2" "$TOP/$1" | sort -u)
}
is "files named in HACKING.md are there" "$(files_missing HACKING.md \
	'\b(src|tui|tests|man|scenarios|completions)/[a-z0-9_./-]*(\.[a-z0-9]+|/)')" ""
is "files named in README.md are there" "$(files_missing README.md '\b(scenarios/[a-z.-]+json|docs/[a-z.]+svg)\b')" ""
is "scenarios named in the manual are there" "$(files_missing man/throng.1 '\bscenarios/[a-z-]+\.json\b')" ""

# Every name in a result file is in the manual.
start_target
status_is "a short run passes or fails" 0 run_throng --headless -u 5 -r 10 -t 3s --json result.json \
	--exit-code-on-error 0 "$(scenario deployments)"
sed -n '/^\.Ss The JSON result/,/^\.Sh/p' "$TOP/man/throng.1" >"$E2E_DIR/promise"
names_missing() {
	local name
	while read -r name; do
		grep -qE "^\\.(It )?Li (.*, )?${name#response_}( |\$)" "$E2E_DIR/promise" || printf '%s\n' "$name"
	done < <(json "$E2E_DIR/result.json" \
		'[del(.config, .environment) | .. | objects | keys[]] | unique[]')
}
is "the manual lists every name of a result file" "$(names_missing)" ""
stop target

# The practice backend as the manual describes it: every path of it is one, every setting is named.
start_target --stats-at-exit
faults=0
while read -r path; do
	path=${path/MS/1} path=${path/CODE/200} path=${path/N/0} path=${path/BYTES/9}
	curl -s -m 100 -o /dev/null "$TARGET$path"
	faults=$((faults + 1))
done < <(sed -n '/^Faults on request/,/^\.Sh/s/^\.It Pa \(.*\)/\1/p' "$TOP/man/throng.1")
within "faults in the manual" "$faults" 15 100
is "every one of them is a path of the target" "$(target_requests 'GET (unknown)')" 0
while read -r key; do
	like "the manual names the setting $key" "$(cat "$TOP/man/throng.1")" "^\.Li $key( ,)?\$"
done < <(curl -s "$TARGET/_target/config" | jq -r 'keys[]')
status_is "SIGTERM ends the target" 0 stop target
is "and it prints its counters" "$(tail -n 1 "$E2E_DIR/target.out" | jq .requests)" "$faults"

status_is "the completion for bash is bash" 0 bash -n "$TOP/completions/throng"
if command -v zsh >/dev/null; then
	status_is "the completion for zsh is zsh" 0 zsh -n "$TOP/completions/_throng"
else
	skip "the completion for zsh is zsh" "zsh is not installed"
fi
finish
