#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

cd "$TOP" || exit 1
while read -r file; do
	check "$file is formatted" clang-format --dry-run -Werror "$file"
done < <(sources '*.[ch]' src tui tests)
