# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For end-to-end scripts: sourced by tests/e2e_*.sh, which then read like
#
#	. "$(dirname "$0")/support/e2e.sh"
#	start_target --latency 5ms
#	check "a short run passes" run_throng --headless -u 5 -t 2s "$(scenario deployments)"
#	finish
#
# Everything runs in a folder of the script's own ($E2E_DIR, removed at the end; E2E_KEEP=1 keeps it),
# talks over loopback only and is ended by process id on every way out. Nothing waits a fixed time: one
# waits for a line, a file or a process, with a limit that is long enough for a slow machine. What is to be
# seen must last until it has been seen: a target stands still until resume_target, a notice of the console
# is asked for again, and what only lasts a moment is looked for in the program's own record afterwards.

set -uo pipefail

TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
THRONG=${THRONG:-$TOP/build/throng}
# Seconds that waiting may take: for what never comes, not for what is slow. Whoever waits has no limit of
# his own, so that a machine of a tenth of the speed passes.
E2E_LIMIT=${E2E_LIMIT:-120}
E2E_DIR=$(mktemp -d "${TMPDIR:-/tmp}/throng-e2e-XXXXXX") || exit 1
E2E_FAILED=0
declare -A E2E_PID=()

[ -x "$THRONG" ] || {
	printf 'Bail out! %s is not built\n' "$THRONG"
	exit 1
}
THRONG=$(realpath "$THRONG") # scripts change their folder
# What a user's settings or the terminal at hand would change.
export XDG_CONFIG_HOME=$E2E_DIR/config
unset NO_COLOR COLUMNS LINES http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY DOCKER_HOST
export LC_ALL=C.UTF-8 TZ=UTC

# ---- verdicts ----------------------------------------------------------------------------------

ok() { printf 'ok - %s\n' "$1"; }

# not_ok TEXT [detail...]: the details go to the log only.
not_ok() {
	E2E_FAILED=1
	printf 'not ok - %s\n' "$1"
	shift
	[ $# -eq 0 ] || printf '    %s\n' "$@"
}

skip() { printf 'ok - %s # SKIP %s\n' "$1" "$2"; }

# check TEXT COMMAND...: the command's status decides.
check() {
	local text=$1
	shift
	if "$@"; then ok "$text"; else not_ok "$text" "failed: $*"; fi
}

# is TEXT GOT WANTED
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:    $2" "wanted: $3"; fi
}

# like TEXT GOT EXTENDED-REGEX, unlike: the opposite.
like() {
	if grep -qE -- "$3" <<<"$2"; then ok "$1"; else not_ok "$1" "got: $2" "does not match: $3"; fi
}
unlike() {
	if grep -qE -- "$3" <<<"$2"; then not_ok "$1" "got: $2" "matches: $3"; else ok "$1"; fi
}

# status_is TEXT WANTED COMMAND...: the exit status.
status_is() {
	local text=$1 wanted=$2 rc=0
	shift 2
	"$@" || rc=$?
	is "$text" "$rc" "$wanted"
}

# verdict_is TEXT WANTED COMMAND...: the same for a run of five seconds or more. A machine that stands still
# in five of them makes it INVALID (4), as it should, and then nothing has been shown; shorter runs are never.
verdict_is() {
	local text=$1 wanted=$2 rc=0
	shift 2
	"$@" || rc=$?
	if [ "$rc" -eq 4 ] && [ "$wanted" -ne 4 ]; then
		skip "$text" "INVALID: the machine was too slow to say $wanted"
	else
		is "$text" "$rc" "$wanted"
	fi
}

# within TEXT VALUE LOW HIGH: numbers, also fractions, the ends included.
within() {
	if awk -v v="$2" -v l="$3" -v h="$4" 'BEGIN { exit !(v != "" && v + 0 >= l + 0 && v + 0 <= h + 0) }'; then
		ok "$1"
	else
		not_ok "$1" "got: $2, wanted: $3 to $4"
	fi
}

finish() { exit "$E2E_FAILED"; }

# ---- processes ---------------------------------------------------------------------------------

# start NAME COMMAND...: in the background, output in NAME.out and NAME.err.
start() {
	local name=$1
	shift
	# not what an earlier one of that name has said
	rm -f "$E2E_DIR/$name.out" "$E2E_DIR/$name.err"
	"$@" >"$E2E_DIR/$name.out" 2>"$E2E_DIR/$name.err" </dev/null &
	E2E_PID[$name]=$!
}

pid_of() { printf '%s\n' "${E2E_PID[$1]}"; }

alive() { [ -n "${E2E_PID[$1]:-}" ] && kill -0 "${E2E_PID[$1]}" 2>/dev/null; }

# signal NAME SIGNAL
signal() { kill "-$2" "${E2E_PID[$1]}"; }

# wait_exit NAME [SECONDS]: its exit status; 124 and a kill when it does not end.
wait_exit() {
	local name=$1 pid=${E2E_PID[$1]} rc=0
	wait_until "${2:-$E2E_LIMIT}" ended "$pid" || {
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		unset "E2E_PID[$name]"
		return 124
	}
	wait "$pid" 2>/dev/null || rc=$?
	unset "E2E_PID[$name]"
	return $rc
}

# A child that has ended is a zombie until it is waited for.
ended() {
	[ ! -e "/proc/$1" ] || grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

# stop NAME [SIGNAL]: ends it and returns its status.
stop() {
	alive "$1" && kill "-${2:-TERM}" "${E2E_PID[$1]}" 2>/dev/null
	wait_exit "$1"
}

# wait_until SECONDS COMMAND...: asks again and again until the command succeeds.
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# soon COMMAND...: the same within what waiting may take.
soon() { wait_until "$E2E_LIMIT" "$@"; }

# wait_line FILE EXTENDED-REGEX [SECONDS]: until a line of the file matches; the file may come later.
wait_line() {
	wait_until "${3:-$E2E_LIMIT}" grep -qsE -- "$2" "$1"
}

# A TCP port of 127.0.0.1 that was free a moment ago, for programs that cannot pick one themselves. None of
# those that the kernel hands out for connections: one of them, also one to this port, could take it.
free_port() {
	python3 - <<'PYTHON'
import random, socket
with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
    low, high = map(int, file.read().split())
ports = [p for p in range(10000, 65536) if not low <= p <= high] or range(1024, 65536)
while True:
    port = random.choice(ports)
    try:
        socket.socket().bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break
PYTHON
}

# ---- throng and what it drives -----------------------------------------------------------------

# start_target [option...]: the practice backend, named "target"; sets TARGET to its URL.
start_target() {
	start target "$THRONG" target --listen 127.0.0.1:0 "$@"
	wait_line "$E2E_DIR/target.out" '^listening on ' || {
		cat "$E2E_DIR/target.out" "$E2E_DIR/target.err"
		not_ok "the practice backend starts"
		finish
	}
	TARGET=$(sed -n 's/^listening on //p' "$E2E_DIR/target.out" | head -n 1)
}

# What the practice backend has received: all requests, or those of one endpoint ("POST /api/…/").
target_requests() {
	if [ $# -eq 0 ]; then
		curl -fsS "$TARGET/_target/stats" | jq .requests
	else
		curl -fsS "$TARGET/_target/stats" | jq --arg e "$1" '.endpoints[$e] // 0'
	fi
}

# Nothing is answered until resume_target.
pause_target() { curl -fsS -o /dev/null "$TARGET/_target/pause/3600000"; }
resume_target() { curl -fsS -o /dev/null "$TARGET/_target/resume"; }

# The path of a scenario that comes with the project.
scenario() { printf '%s/scenarios/%s.json\n' "$TOP" "$1"; }

# run_throng ARGUMENT...: throng against $TARGET, in the script's folder; output in throng.out and .err.
run_throng() {
	(cd "$E2E_DIR" && exec timeout -k 10 600 "$THRONG" "$@" --host "$TARGET") \
		>"$E2E_DIR/throng.out" 2>"$E2E_DIR/throng.err" </dev/null
}

# json FILE FILTER: one value of a result file.
json() { jq -r "$2" "$1"; }

# ---- the console in tmux -----------------------------------------------------------------------

# A tmux server of our own: nobody's settings, nobody's sessions.
tm() { tmux -S "$E2E_DIR/tmux" -f /dev/null "$@"; }

# new_terminal COLUMNS LINES SHELL-COMMAND
new_terminal() {
	rm -f "$E2E_DIR/console.status"
	soon tm new-session -d -s console -x "$1" -y "$2" "$3" 2>/dev/null || {
		not_ok "tmux starts a terminal"
		finish
	}
}

# With its server, which is gone afterwards: one that is about to end would take the next terminal with it.
end_terminal() {
	local pid
	pid=$(tm display-message -p '#{pid}' 2>/dev/null) || return 0
	tm kill-server 2>/dev/null
	soon ended "$pid"
}

# start_console COLUMNS LINES COMMAND...: in a terminal of that size.
start_console() {
	local columns=$1 lines=$2 command
	rm -rf "$XDG_CONFIG_HOME/throng" # settings of the console before
	shift 2
	command=$(printf '%q ' "$@")
	new_terminal "$columns" "$lines" \
		"cd $(printf '%q' "$E2E_DIR") && TERM=tmux-256color $command; printf 'exit status %d\n' \$? >console.status; exec cat"
}

screen() { tm capture-pane -p -t console; }
screen_has() { screen | grep -qE -- "$1"; }
# wait_screen EXTENDED-REGEX [SECONDS]
wait_screen() { wait_until "${2:-$E2E_LIMIT}" screen_has "$1"; }
keys() { tm send-keys -t console "$@"; }
resize() { tm resize-window -t console -x "$1" -y "$2"; }
# shows TEXT EXTENDED-REGEX [SECONDS]: a check that waits for the screen.
shows() {
	if wait_screen "$2" "${3:-$E2E_LIMIT}"; then
		ok "$1"
	else
		not_ok "$1" "the screen never matched: $2"
		screen
	fi
}
hidden() { ! screen_has "$1"; }
# shows_for TEXT EXTENDED-REGEX KEY...: the keys make the console say so, for the four seconds that a notice
# stands; they are pressed again when nobody has looked in these.
shows_for() {
	local text=$1 regex=$2 end=$((SECONDS + E2E_LIMIT))
	shift 2
	while [ "$SECONDS" -lt "$end" ]; do
		keys "$@"
		if wait_screen "$regex" 5; then
			ok "$text"
			return
		fi
	done
	not_ok "$text" "the screen never matched: $regex"
	screen
}
# The status the program in the terminal ended with.
console_status() {
	wait_line "$E2E_DIR/console.status" '^exit status' || return 1
	sed -n 's/^exit status //p' "$E2E_DIR/console.status"
}
# leave_console: q, and y when it asks because the run still goes on; prints the status.
leave_console() {
	keys q
	soon eval 'screen_has "stop it and quit" || [ -s "$E2E_DIR/console.status" ]'
	[ -s "$E2E_DIR/console.status" ] || keys y
	console_status
}

# ---- the end -----------------------------------------------------------------------------------

e2e_cleanup() {
	local rc=$? name
	trap - EXIT INT TERM HUP
	[ ! -S "$E2E_DIR/tmux" ] || end_terminal
	for name in "${!E2E_PID[@]}"; do
		kill -TERM "${E2E_PID[$name]}" 2>/dev/null
	done
	for name in "${!E2E_PID[@]}"; do
		wait_exit "$name" 10
	done
	if [ "$E2E_FAILED" -ne 0 ] || [ "$rc" -ne 0 ]; then
		for name in "$E2E_DIR"/*.out "$E2E_DIR"/*.err; do
			[ ! -s "$name" ] || { printf -- '--- end of %s\n' "$(basename "$name")" && tail -n 20 "$name"; }
		done
	fi
	if [ -n "${E2E_KEEP:-}" ]; then
		printf '# kept: %s\n' "$E2E_DIR"
	else
		rm -rf "$E2E_DIR"
	fi
	exit "$rc"
}
trap e2e_cleanup EXIT
trap 'exit 143' INT TERM HUP
