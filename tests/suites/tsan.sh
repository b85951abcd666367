#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

# gcc's, not clang's: with one release of the ring turned into relaxed gcc's saw the race every time
# and clang's in two of five. A race shows in some runs only, so what has threads runs repeatedly.
export TSAN_OPTIONS=second_deadlock_stack=1
export REPEAT=${REPEAT:-5}

CC=gcc check "it builds with ThreadSanitizer" \
	build_tree tsan --enable-werror --enable-sanitizer=thread || exit 1
unit_tests "$CHECK_DIR/tsan" || exit 1

# repeat PROGRAM: one of several at a time, so what it says is kept apart.
repeat() {
	local program=$1 i log
	log=$CHECK_DIR/logs/tsan-$(basename "$1").log
	for ((i = 1; i <= REPEAT; i++)); do
		timeout -k 5 600 "./$program" >"$log" 2>&1 && continue
		printf '%s\n' "not ok - $program, time $i of $REPEAT without a race" "--- $log" "$(tail -n 80 "$log")"
		return
	done
	ok "$program, $REPEAT times without a race"
}
export -f repeat ok

cd "$CHECK_DIR/tsan" || exit 1
# What makes threads itself, or has some of these made. Panels live on one loop, and wait a lot.
threads='pthread_create|\b(engine|recorder|monitor|target|web|preview)_start\('
threads+='|\b(writer|scenario_saver|resolver|output)_new\(|transport_(direct|curl)_ops|"drive\.h"'
mapfile -t threaded < <(cd "$TOP" && grep -lE "$threads" tests/test_*.c | sed 's/\.c$//')
for program in "${threaded[@]}"; do
	[ ! -x "$program" ] || printf '%s\n' "$program"
done | xargs -P 2 -I PROGRAM bash -c 'repeat PROGRAM'
