#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

need_build
cd "$CHECK_DIR/gcc" || exit 1
# The unit tests that read files of the project, all of them from the read-only unpacked tarball: what they
# read must be in it. The others have run, and would not notice where they run.
readers=$(cd "$TOP" && grep -lE 'TEST_SRCDIR|TOP_SRCDIR|"golden\.h"' tests/test_*.c | sed 's/\.c$//' | tr '\n' ' ')
check "there are unit tests that read files" [ "$(wc -w <<<"$readers")" -gt 5 ]
check "make distcheck" make -s -j"$JOBS" distcheck LOG_COMPILER='timeout -k 5 600' \
	UNIT_TESTS="$readers" TESTS="$readers" || exit 1

tarball=$(find . -maxdepth 1 -name 'throng-*.tar.gz' | head -n 1)
list=$CHECK_DIR/logs/tarball.txt
tar -tzf "$tarball" | sed 's|^[^/]*/||' | sort >"$list"
for needed in bootstrap README.md LICENSE CHANGES .clang-format .ci/run tests/run tests/packages \
	tests/support/suite.sh; do
	check "the tarball has $needed" grep -qxF "$needed" "$list"
done

# Whatever the repository tracks is in the tarball, or it is forgotten in EXTRA_DIST.
if git -C "$TOP" rev-parse --git-dir >/dev/null 2>&1; then
	forgotten=$(git -C "$TOP" ls-files | grep -vxF -f "$list" | grep -vE '(^|/)\.git[^/]*$')
	[ -z "$forgotten" ] || printf 'not in the tarball:\n%s\n' "$forgotten"
	check "nothing tracked is missing from the tarball" [ -z "$forgotten" ]
fi

stage=$CHECK_DIR/stage
rm -rf "$stage"
check "make install into a stage" make -s install DESTDIR="$stage" || exit 1
check "the installed program says its version" "$stage/usr/local/bin/throng" --version
