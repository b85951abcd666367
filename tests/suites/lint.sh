#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

cd "$TOP" || exit 1
# config.h of a configured tree; the flags of the libraries come from it as well.
need_build
make_flags "$CHECK_DIR/gcc" || exit 1

# cppcheck does not look for system headers by itself: it is shown the BSD lists, and libevent's macro
# whose argument is an operator. It takes "struct template" for C++ and then calls pointers integers;
# what is read before it is written both compilers and valgrind tell without its mistakes.
cppcheck_all() {
	local queue
	queue=$(printf '#include <sys/queue.h>\n' | gcc -E -x c - | sed -n 's/^# 1 "\(.*queue\.h\)".*/\1/p' | head -n 1)
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--library=posix,gnu,bsd --include="$queue" \
		--suppress=CastIntegerToAddressAtReturn --suppress=uninitvar --error-exitcode=1 \
		-j"$JOBS" -I. -Isrc -D_GNU_SOURCE \
		'-Devutil_timercmp(a,b,op)=((a)->tv_usec op (b)->tv_usec)' src tui
}
check "cppcheck" cppcheck_all

# One process a file, as many at a time as there are cores; each writes its own verdict.
tidy() {
	local file=$1
	shift
	if clang-tidy --quiet "$file" -- "$@" 2>/dev/null; then
		ok "clang-tidy $file"
	else
		not_ok "clang-tidy $file"
	fi
}
export -f tidy ok not_ok
sources '*.c' src tui |
	xargs -P "$JOBS" -I FILE bash -c 'tidy "$@"' tidy FILE -I"$CHECK_DIR/gcc" "${FLAGS[@]}" -std=c11

while read -r script; do
	check "shellcheck $script" shellcheck -x -e SC2016,SC2119,SC2120,SC2317 -P SCRIPTDIR "$script"
done < <(
	printf '%s\n' bootstrap tests/run .ci/run
	sources '*.sh' tests
)

[ ! -f completions/throng ] ||
	check "shellcheck completions/throng" shellcheck -s bash completions/throng

for page in man/*.[1-8]; do
	[ ! -f "$page" ] || check "mandoc -T lint $page" mandoc -T lint -W warning "$page"
done
for json in scenarios/*.json; do
	[ ! -f "$json" ] || check "$json is JSON" jq -e . "$json" >/dev/null
done
