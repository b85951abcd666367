#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# alone
# timeout: 1800
#
# The benchmarks still work: one short round of every comparison, and nothing said about speed.
. "$(dirname "$0")/support/e2e.sh"

for program in nginx wrk openssl python3; do
	command -v "$program" >/dev/null || {
		skip "the benchmarks work" "$program is not installed"
		finish
	}
done
sections='get mix https threads arrivals latency start'
hard=$(ulimit -Hn)
many=
# ten thousand connections in one process
if [ "$hard" = unlimited ] || [ "$hard" -ge 11000 ]; then
	many=1 sections="$sections growth idle spawn"
fi
/usr/bin/python3 -c 'import locust' 2>/dev/null && sections="$sections locust"
bench() {
	# shellcheck disable=SC2086 # a list
	"$TOP/tests/bench/run" --build "$(dirname "$THRONG")" --quick $sections >"$E2E_DIR/table.md" \
		2>"$E2E_DIR/bench.err" || { cat "$E2E_DIR/bench.err" && return 1; }
}
check "one short round of every benchmark works" bench
table=$(cat "$E2E_DIR/table.md")
like "the table says what machine and versions it is of" "$table" '^Machine: .* cores, .* Linux [0-9]'
like "and how it was made" "$table" '^Command: .tests/bench/run .*; 1 pair\.$'
like "GET beside wrk" "$table" '^\| CPU per GET, keep-alive, 100 users, console on ÷ wrk \| ≤ 1.10 \| [0-9.]+ / [0-9.]+ / [0-9.]+ \|'
[ "$(nproc)" -eq 1 ] || like "two engine threads beside one" "$table" \
	'^\| throughput, long answers .* \| ≥ 1.8 × \| [0-9.]+ / [0-9.]+ / [0-9.]+ × \| 1 thread [0-9]+/s'
[ -z "$many" ] || like "memory of idle users" "$table" '^\| memory per idle user, 10,000 users .* [0-9.]+ KiB \|'
unlike "no figure is missing" "$table" 'nan|inf|-[0-9]'
finish
