# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the suites share. Sourced by tests/suites/*.sh; tests/run gives TOP (the source folder) and
# CHECK_DIR (where to build); run by hand they find both themselves.

TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
CHECK_DIR=${CHECK_DIR:-$TOP/build-check}
export TOP CHECK_DIR
JOBS=$(nproc)

ok() { printf 'ok - %s\n' "$1"; }
not_ok() { printf 'not ok - %s\n' "$1"; }
skip() { printf 'ok - %s # SKIP %s\n' "$1" "$2"; }

# check TEXT COMMAND...: the command's status decides.
check() {
	local text=$1
	shift
	if "$@"; then
		ok "$text"
	else
		not_ok "$text"
		return 1
	fi
}

# Files of the project below the given folders whose names match a pattern, sorted. Not asked of
# git: a tarball has none.
sources() {
	local pattern=$1
	shift
	(cd "$TOP" && find "$@" -name "$pattern" -type f 2>/dev/null | sort)
}

# A configured build tree $CHECK_DIR/NAME, built to the end: build_tree NAME [configure argument...].
# CC and the like are taken from the environment by configure.
build_tree() {
	local dir=$CHECK_DIR/$1
	shift
	mkdir -p "$dir" || return 1
	if [ ! -x "$TOP/configure" ] || [ ! -f "$TOP/Makefile.in" ]; then
		(cd "$TOP" && autoreconf -i) || return 1
	fi
	if [ ! -f "$dir/Makefile" ]; then
		(cd "$dir" && "$TOP/configure" -q "$@") || return 1
	fi
	make -s -C "$dir" -j"$JOBS" || return 1
}

# The gcc tree that several suites share. Its build is a check of the suite "unit" only.
need_build() {
	CC=gcc build_tree gcc --enable-werror && return 0
	not_ok "gcc builds everything with -Werror"
	exit 1
}

# Runs `make check` in a build tree and prints a line for every test case, not for every program:
# unit_tests DIR [make argument...]. A program that died counts as one more failure.
unit_tests() {
	local dir=$1 trs log name result cases failures
	shift
	rm -f "$dir"/tests/*.trs "$dir"/tests/*.log
	CMOCKA_MESSAGE_OUTPUT=STDOUT make -s -k -C "$dir" -j"$JOBS" check \
		LOG_COMPILER='timeout -k 5 600' "$@"
	local rc=$?
	for trs in "$dir"/tests/*.trs; do
		[ -f "$trs" ] || continue
		name=$(basename "$trs" .trs)
		log=${trs%.trs}.log
		result=$(sed -n 's/^:test-result: *//p' "$trs")
		cases=$(sed -nE \
			-e "s/^\[ +OK \] (.*)/ok - $name: \1/p" \
			-e "s/^\[  SKIPPED \] ([^ ,]+)\$/ok - $name: \1 # SKIP by the test/p" \
			-e "s/^\[  FAILED  \] ([^ ,]+)\$/not ok - $name: \1/p" "$log" | sort -u)
		[ -z "$cases" ] || printf '%s\n' "$cases"
		failures=$(grep -c '^not ok' <<<"$cases")
		if [ "$result" != PASS ] && [ "$result" != SKIP ]; then
			[ "$failures" -gt 0 ] || not_ok "$name: the program ended with $(tail -n 1 "$log")"
			printf '%s\n' "--- $log"
			tail -n 80 "$log"
		fi
	done
	return $rc
}

# Sets FLAGS to the preprocessor's flags of a build tree. They are printed as the shell would read them
# in a recipe, quotes and all.
make_flags() {
	local text
	text=$(make -s -C "$1" -f Makefile -f - print-flags 2>/dev/null <<'MAKE'
print-flags: ; @: $(info FLAGS: $(DEFS) $(AM_CPPFLAGS))
MAKE
	) || return 1
	eval "FLAGS=($(sed -n 's/^FLAGS: //p' <<<"$text"))"
}

# ---- scripts that print ok and not ok themselves ------------------------------------------------

# Each has a limit of its own: a line `# timeout: SECONDS` among its first ten, else ten minutes; and its
# own log. run_one SCRIPT: leaves LOG.took behind, too, and passes the status on.
run_one() {
	local script=$1 log limit began=$SECONDS rc pid
	log=$CHECK_DIR/logs/$(basename "$script" .sh).log
	limit=$(head -n 10 "$script" | sed -n 's/^# timeout: *//p')
	timeout -k 20 "${limit:-600}" bash "$script" >"$log" 2>&1 </dev/null &
	pid=$!
	trap 'kill "$pid" 2>/dev/null' TERM
	wait "$pid"
	rc=$?
	printf '%d\n' $((SECONDS - began)) >"$log.took"
	exit $rc
}

# report_one SCRIPT STATUS: what it has said, and what its end says.
report_one() {
	local script=$1 rc=$2 name log
	name=${script#"$TOP"/}
	log=$CHECK_DIR/logs/$(basename "$script" .sh).log
	printf -- '--- %s\n' "$name"
	sed -E "s|^(not )?ok - |&$(basename "$script" .sh): |" "$log"
	if [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
		not_ok "$name ran out of time"
	elif [ "$rc" -ne 0 ] && ! grep -q '^not ok - ' "$log"; then
		not_ok "$name ended with status $rc"
	elif ! grep -qE '^(not )?ok - ' "$log"; then
		not_ok "$name checked nothing"
	fi
	printf -- '--- %s took %s s\n' "$name" "$(cat "$log.took")"
	rm -f "$log.took"
}

# run_pool AT-ONCE SCRIPT...: so many at a time; what they say comes in the order of the scripts.
run_pool() {
	local most=$1 next=0 shown=0 rc
	local -a pids=()
	shift
	while [ "$shown" -lt $# ]; do
		if [ "$next" -lt $# ] && [ "$(jobs -rp | wc -l)" -lt "$most" ]; then
			next=$((next + 1))
			run_one "${!next}" &
			pids+=($!)
			continue
		fi
		while [ "$shown" -lt "$next" ] && ! kill -0 "${pids[shown]}" 2>/dev/null; do
			rc=0
			wait "${pids[shown]}" || rc=$?
			shown=$((shown + 1))
			report_one "${!shown}" "$rc"
		done
		[ -z "$(jobs -rp)" ] || wait -n
	done
}

# run_scripts SCRIPT...: SCRIPTS_AT_ONCE (1) at a time. Those with a line `# alone` among their first ten,
# because they measure time or load, come after the others, one by one. E2E_ONLY=PATTERN picks some.
run_scripts() {
	local script name
	local -a together=() alone=()
	for script in "$@"; do
		[ -f "$script" ] || continue
		name=${script#"$TOP"/}
		[[ $name == *${E2E_ONLY:-}* ]] || continue
		if head -n 10 "$script" | grep -qx '# alone'; then
			alone+=("$script")
		else
			together+=("$script")
		fi
	done
	if [ $((${#together[@]} + ${#alone[@]})) -eq 0 ]; then
		skip "scripts of this suite" "there are none here"
		return
	fi
	trap 'kill $(jobs -rp) 2>/dev/null; exit 143' TERM
	run_pool "${SCRIPTS_AT_ONCE:-1}" "${together[@]}"
	run_pool 1 "${alone[@]}"
}
