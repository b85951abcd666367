#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

# The structure that HACKING.md promises, held by reading the sources: who includes whom, headers that
# stand alone, calls that are banned, state that may not exist.
cd "$TOP" || exit 1

# none TEXT: passes when there is nothing on its input, else prints it.
none() {
	local found
	found=$(cat)
	[ -z "$found" ] || printf '%s\n' "$found"
	check "$1" [ -z "$found" ]
}

# "FILE:LINE: included" for every include of the project's own in the files on the input.
own_includes() {
	xargs -r awk '/^[ \t]*#[ \t]*include[ \t]*"/ { split($0, part, "\""); print FILENAME ":" FNR ": " part[2] }'
}

# layer FOLDER ALLOWED: an include names its folder first, so the first part tells the layer.
layer() {
	local dir=$1 allowed=$2
	sources '*.[ch]' "$dir" | own_includes |
		grep -vE ": (config\.h|(${allowed// /|})/[a-z0-9_/]+\.h)$" |
		none "$dir includes config.h and $allowed only"
}

layer src/base "base"
layer src/message "base message"
layer src/scenario "base message scenario"
layer src/net "base net"
layer src/engine "base message scenario net engine"
layer src/record "base message scenario record"
layer src/monitor "base message scenario net monitor"
layer src/target "base message scenario target"
layer src/cli "base message scenario engine record monitor target cli"
layer tui "base message tui"

sources '*.[ch]' src tui | grep -vxE 'tui/term(_type)?\.c' | xargs -r grep -nE '#[[:space:]]*include[[:space:]]*[<"]n?curses' |
	none "only tui/term.c and tui/term_type.c include curses"
sources '*.[ch]' tui |
	xargs -r grep -nE '#[[:space:]]*include[[:space:]]*<(curl/|event2/|jansson|libpq|postgresql|sys/socket)' |
	none "tui includes no transport, no JSON and no database"
sources '*.[ch]' src/base src/message |
	xargs -r grep -nE '#[[:space:]]*include[[:space:]]*<(curl/|event2/|jansson|libpq|pcre2|zlib)' |
	none "base and message need the C library only"

# code FILE...: "FILE:LINE: TEXT" without strings and comments, which may speak of anything.
code() {
	awk 'FNR == 1 { inside = 0 }
	{
		line = $0
		gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
		out = ""
		while (line != "") {
			if (inside) {
				at = index(line, "*/")
				if (!at) { line = ""; break }
				line = substr(line, at + 2)
				inside = 0
			}
			at = index(line, "/*")
			if (!at) { out = out line; break }
			out = out substr(line, 1, at - 1)
			line = substr(line, at + 2)
			inside = 1
		}
		print FILENAME ":" FNR ": " out
	}' "$@"
}

mapfile -t all < <(sources '*.[ch]' src tui)
mapfile -t below_main < <(sources '*.[ch]' src tui | grep -vx src/main.c)
calls='(v?sprintf|strcpy|strcat|strncpy|strtok|atoi|atol|gets|gettimeofday|usleep|signal|time)'
code "${all[@]}" | grep -E "[^a-zA-Z0-9_.>]${calls}[[:space:]]*\(" | none "no banned call"
code "${below_main[@]}" | grep -E '[^a-zA-Z0-9_.>](quick_)?exit[[:space:]]*\(' | none "exit() in main.c only"
sources '*.[ch]' src tui tests | xargs -r grep -nE '\b(TODO|FIXME|XXX|HACK)\b' | none "no marks left behind"
sources '*.c' src tui tests | while read -r file; do
	first=$(grep -m 1 -E '^[[:space:]]*#[[:space:]]*include' "$file")
	[ "$first" = '#include "config.h"' ] || printf '%s: %s\n' "$file" "$first"
done | none "every source includes config.h first"
sources '*.[ch]' src tui tests | while read -r file; do
	[ "$(head -n 1 "$file")" = '/* SPDX-License-Identifier: MIT */' ] || printf '%s\n' "$file"
done | none "every source names its licence"
{
	sources '*.sh' tests
	printf '%s\n' bootstrap tests/run tests/packages .ci/run configure.ac Makefile.am
} | while read -r file; do
	head -n 3 "$file" | grep -q '^# SPDX-License-Identifier: MIT' || printf '%s\n' "$file"
done | none "every script names its licence"
sources '*.[ch]' src tui | xargs -r wc -l | awk '$2 != "total" && $1 > 500' |
	none "no source above 500 lines"

# A header compiles alone, twice, and keeps its names behind its own guard.
need_build
make_flags "$CHECK_DIR/gcc" || exit 1
stands_alone() {
	local file=$1
	shift
	printf '#include "%s"\n#include "%s"\n' "$TOP/$file" "$TOP/$file" |
		gcc "$@" -I"$CHECK_DIR/gcc" -std=c11 -Wall -Wextra -Wshadow -Wundef -Werror -fsyntax-only -x c -
}
# One process a header, as many at a time as there are cores.
export -f stands_alone check ok not_ok
sources '*.h' src tui |
	xargs -P "$JOBS" -I '{}' bash -c 'check "$1 stands alone" stands_alone "$@"' check '{}' "${FLAGS[@]}"

# State is in structs. What ends up in a writable section is counted, whatever the source calls it;
# allowed are the log's destination, set before there are threads, and what signal handlers must reach.
allowed='tty\.o: armed|log\.o: log_(fd|fd_ours|lowest)|main\.o: .*'
find "$CHECK_DIR/gcc/src" "$CHECK_DIR/gcc/tui" -name '*.o' 2>/dev/null | sort | while read -r object; do
	objdump -t "$object" | awk -v name="$(basename "$object")" '
		/ O (\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && !/ \.data\.rel\.ro/ { print name ": " $NF }'
done | grep -vxE "$allowed" | none "no mutable globals"
