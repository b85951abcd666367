#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

cd "$TOP" || exit 1
command -v clang-format >/dev/null || {
	not_ok "clang-format is installed"
	exit 1
}
mapfile -t files < <(sources '*.[ch]' src tui tests)
complaints=$(clang-format --dry-run -Werror "${files[@]}" 2>&1)
[ -z "$complaints" ] || printf '%s\n' "$complaints"
for file in "${files[@]}"; do
	check "$file is formatted" eval '! grep -qF -- "$file:" <<<"$complaints"'
done
