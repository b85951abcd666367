#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

# gcc's, not clang's: with one release of the ring turned into relaxed gcc's saw the race every time
# and clang's in two of five. A race shows in some runs only, so what has threads runs repeatedly.
export TSAN_OPTIONS=second_deadlock_stack=1
REPEAT=${REPEAT:-5} # of what drives rings from two threads
REPEAT_OTHER=${REPEAT_OTHER:-2} # of what has threads besides

CC=gcc check "it builds with ThreadSanitizer" \
	build_tree tsan --enable-werror --enable-sanitizer=thread || exit 1
unit_tests "$CHECK_DIR/tsan" || exit 1

# repeat TIMES PROGRAM: one of several at a time, so what it says is kept apart.
repeat() {
	local times=$1 program=$2 i log
	log=$CHECK_DIR/logs/tsan-$(basename "$program").log
	for ((i = 1; i <= times; i++)); do
		timeout -k 5 600 "./$program" >"$log" 2>&1 && continue
		printf '%s\n' "not ok - $program, time $i of $times without a race" "--- $log" "$(tail -n 80 "$log")"
		return
	done
	ok "$program, $times times without a race"
}
export -f repeat ok

cd "$CHECK_DIR/tsan" || exit 1
# What makes threads itself, or has some of these made. Panels live on one loop, and wait a lot.
threads='pthread_create|\b(thread|engine|recorder|monitor|target|web|preview)_start\('
threads+='|\b(writer|scenario_saver|resolver|output)_new\(|transport_(direct|curl)_ops|"drive\.h"'
mapfile -t threaded < <(cd "$TOP" && grep -lE "$threads" tests/test_*.c | sed 's/\.c$//')
for program in "${threaded[@]}"; do
	[ -x "$program" ] || continue
	if grep -qE '\bring_(new|push)\(|"drive\.h"|recorder_start' "$TOP/$program.c"; then
		printf '%d %s\n' "$REPEAT" "$program"
	else
		printf '%d %s\n' "$REPEAT_OTHER" "$program"
	fi
done | xargs -P 2 -L 1 bash -c 'repeat "$@"' repeat
