#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 1500
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"
# shellcheck source=tests/support/nginx.sh
. "$TOP/tests/support/nginx.sh"

# What the direct transport costs in instructions, the figure that does not wander with the machine: from
# an answer being there to the next request being sent (reading, parsing, the done call, writing), in user
# space. It may rise by 5 %; a fall by more than that is to be written down here.
EXPECTED=2760
COMPILER=12 # gcc's major version that the figure was taken with, at -O2 on x86-64

text="a request takes $EXPECTED instructions, give or take 5 %"
case $(gcc -dumpversion 2>/dev/null)-$(uname -m) in
"$COMPILER"-x86_64 | "$COMPILER".*-x86_64) ;;
*)
	skip "$text" "the figure is gcc $COMPILER's on x86-64"
	exit 0
	;;
esac
if ! command -v nginx >/dev/null || ! command -v valgrind >/dev/null; then
	skip "$text" "nginx or valgrind is not installed"
	exit 0
fi

make -s -C "$CHECK_DIR/gcc" tests/bench/bench_transport || {
	not_ok "$text"
	exit 1
}
work=$(mktemp -d)
trap 'stop_nginx; rm -rf "$work"' EXIT
start_nginx "$work" 0 || {
	not_ok "$text"
	exit 1
}

instructions() { # REQUESTS
	valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=on_ready \
		"$CHECK_DIR/gcc/tests/bench/bench_transport" -q -c 10 -n "$1" direct \
		"http://127.0.0.1:$nginx_port/" 2>&1 | awk '/Collected/ { print $NF }'
}

few=$(instructions 1000)
many=$(instructions 3000)
each=$(((many - few) / 2000))
echo "$each instructions per request"
check "$text" test "$each" -ge $((EXPECTED * 95 / 100)) -a "$each" -le $((EXPECTED * 105 / 100))
