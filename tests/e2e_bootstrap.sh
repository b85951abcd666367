#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/e2e.sh
. "$(dirname "$0")/support/e2e.sh"

# What `bootstrap` says where something is missing. Its copy stands in a folder of its own, and its
# PATH has only what the test puts there: nothing is installed and nothing is built.
clone=$E2E_DIR/clone
bin=$E2E_DIR/bin
mkdir -p "$clone/tests" "$bin"
cp "$TOP/bootstrap" "$clone/"
cp "$TOP/tests/packages" "$clone/tests/"
for tool in bash cat dirname env grep mkdir sort; do
	ln -s "$(command -v "$tool")" "$bin/$tool"
done

# fake NAME SCRIPT: a command of that name, which also notes how it was called.
fake() {
	printf '#!%s\nprintf "%%s %%s\\n" "%s" "$*" >>"%s/calls"\n%s\n' \
		"$(command -v bash)" "$1" "$E2E_DIR" "$2" >"$bin/$1"
	chmod +x "$bin/$1"
}

boot() {
	: >"$E2E_DIR/calls"
	(cd / && PATH=$bin "$clone/bootstrap" "$@") >"$E2E_DIR/boot.out" 2>"$E2E_DIR/boot.err" </dev/null
}

status_is "help is no error" 0 boot help
like "and names the commands" "$(cat "$E2E_DIR/boot.out")" '^  run '
status_is "an unknown command is" 2 boot fly

fake id 'echo 0'
status_is "without apt it gives up" 1 boot build
like "and names what is missing" "$(cat "$E2E_DIR/boot.err")" 'libcurl4-openssl-dev'
like "and the way out" "$(cat "$E2E_DIR/boot.err")" 'package manager'

fake id 'echo 1000'
fake apt-get 'exit 0'
status_is "neither root nor sudo: it gives up" 1 boot build
like "and says which command root should run" "$(cat "$E2E_DIR/boot.err")" '^ *apt-get install .*libjansson-dev'
is "and has not tried" "$(grep -c apt-get "$E2E_DIR/calls")" 0

# shellcheck disable=SC2016 # for the fake
fake sudo '"$@"'
fake apt-get 'case $* in *install*) echo "E: Unable to fetch some archives" >&2; exit 100 ;; esac; exit 100'
status_is "without a network it gives up" 1 boot build
like "and asks for the network" "$(cat "$E2E_DIR/boot.err")" 'Is there a network'
like "after apt's own words" "$(cat "$E2E_DIR/boot.err")" 'Unable to fetch'
is "having updated once" "$(grep -c '^apt-get update' "$E2E_DIR/calls")" 1
is "through sudo" "$(grep -c '^sudo' "$E2E_DIR/calls")" 2

# Everything there: no apt, and the program gets the arguments behind "run".
fake id 'echo 1000'
for tool in cc make autoreconf aclocal pkg-config nproc; do
	fake "$tool" 'exit 0'
done
mkdir -p "$clone/build"
printf '#!%s\necho "demo: $*"\n' "$(command -v bash)" >"$clone/build/throng"
chmod +x "$clone/build/throng"
: >"$clone/configure"
chmod +x "$clone/configure"
: >"$clone/build/Makefile"
: >"$clone/build/config.status"
chmod +x "$clone/build/config.status"
status_is "with everything there it runs" 0 boot run -u 7 --host 'http://a b'
is "headless for 20 s without a terminal, arguments behind" "$(cat "$E2E_DIR/boot.out")" \
	'demo: demo --headless -t 20s -u 7 --host http://a b'
is "and apt is not asked" "$(grep -cE '^(apt-get|sudo)' "$E2E_DIR/calls")" 0

: >"$clone/config.status"
status_is "a source folder configured in place is refused" 1 boot build
like "with the remedy" "$(cat "$E2E_DIR/boot.err")" 'distclean'
finish
