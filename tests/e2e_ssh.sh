#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What SSH lines do: stall, hang up, stop, resize in storms. Traffic, samples, files and criteria go on undisturbed.
. "$(dirname "$0")/support/e2e.sh"

busy=$TOP/tests/scenarios/e2e/busy.json
stalled=${E2E_STALL:-30}
start_target --latency 5ms
jq '.load.duration = "1h" | .users.Worker.wait.between = ["50ms", "150ms"]' "$busy" >"$E2E_DIR/long.json"

# --- a terminal that is not read -----------------------------------------------------------------
start stall python3 "$TOP/tests/support/stall.py" "$E2E_DIR/stall.bytes" "$E2E_DIR/stall.json" "$stalled" 5 quit \
	"$THRONG" --autostart -u 20 -r 50 --host "$TARGET" --csv "$E2E_DIR/stall" --json "$E2E_DIR/stall.json" "$E2E_DIR/long.json"
# 20 users, 100 ms on average: some 180 requests in every second of the stall.
rc=0; wait_exit stall $((stalled + 2 * E2E_LIMIT)) || rc=$?
is "a stalled terminal: quitting works afterwards" "$rc" 130
is "a stalled terminal: every request is in the result" \
	"$(json "$E2E_DIR/stall.json" '.totals.requests + .totals.aborted')" "$(target_requests)"
# Seconds of history without a request: none in the middle of the run.
quiet=$(awk -F, 'NR > 4 && $18 == last { n++ } { last = $18 } END { print n + 0 }' "$E2E_DIR/stall_stats_history.csv")
check "a stalled terminal: traffic and CSV go on ($quiet quiet rows)" test "$quiet" -le 3
rows=$(wc -l <"$E2E_DIR/stall_stats_history.csv")
seconds=$(json "$E2E_DIR/stall.json" '.duration_s | floor')
check "a stalled terminal: the run went on through it ($seconds s)" test "$seconds" -ge "$stalled"
check "a stalled terminal: a history row each second ($rows)" test "$rows" -ge $((seconds - 2))
is "a stalled terminal: nothing failed" "$(json "$E2E_DIR/stall.json" .totals.failures)" 0
# The bytes the terminal got, drawn by a terminal: what stands there just before the alternate screen is left.
python3 - "$E2E_DIR/stall.bytes" "$E2E_DIR/stall.screen" <<'PY'
import sys
data = open(sys.argv[1], "rb").read()
end = data.rfind(b"\x1b[?1049l")
open(sys.argv[2], "wb").write(data[:end] if end >= 0 else data)
PY
if command -v tmux >/dev/null; then
	new_terminal 120 40 "stty -echo; cat $E2E_DIR/stall.screen; exec sleep 3600"
	shows "a stalled terminal: the screen is right again afterwards" 'POST +/api/v1/deployments/ '
	shows "a stalled terminal: with its header" '^.? *users +20 '
	end_terminal
fi

# --- the line is cut -----------------------------------------------------------------------------
before=$(target_requests)
jq '.load.duration = "8s" | .criteria = ["failures == 0"] | .users.Worker.wait.between = ["50ms", "150ms"]' "$busy" >"$E2E_DIR/short.json"
start hangup python3 "$TOP/tests/support/stall.py" "$E2E_DIR/hangup.bytes" "$E2E_DIR/hangup.json" 0 0 hangup \
	"$THRONG" --autostart -u 20 -r 50 --host "$TARGET" --json "$E2E_DIR/hangup.json" "$E2E_DIR/short.json"
verdict_is "hang-up: the run goes on to its end and exits with its verdict" 0 wait_exit hangup
like "hang-up: the result says so" "$(json "$E2E_DIR/hangup.json" '.verdict + " " + .criteria[0].verdict')" '^(PASS|INVALID) PASS$'
within "hang-up: it ran its full time" "$(json "$E2E_DIR/hangup.json" .duration_s)" 7.9 60
is "hang-up: every request is in the result" \
	"$(json "$E2E_DIR/hangup.json" '.totals.requests + .totals.aborted')" "$(($(target_requests) - before))"

# --- SIGTERM to the console ----------------------------------------------------------------------
before=$(target_requests)
start term python3 "$TOP/tests/support/stall.py" "$E2E_DIR/term.bytes" "$E2E_DIR/term.json" 0 0 term \
	"$THRONG" --autostart -u 20 -r 50 --host "$TARGET" --json "$E2E_DIR/term.json" "$E2E_DIR/long.json"
rc=0; wait_exit term || rc=$?
is "SIGTERM: exits with 130" "$rc" 130
is "SIGTERM: every request is in the result" \
	"$(json "$E2E_DIR/term.json" '.totals.requests + .totals.aborted')" "$(($(target_requests) - before))"
check "SIGTERM: the terminal is given back" grep -qa $'\x1b\\[?1049l' "$E2E_DIR/term.bytes"

command -v tmux >/dev/null || finish
# --- SIGTSTP, SIGCONT ----------------------------------------------------------------------------
new_terminal 120 40 "exec bash --norc --noprofile -i"
keys "PS1='prompt> '; TERM=tmux-256color $THRONG --autostart -u 20 -r 50 --host $TARGET $E2E_DIR/long.json; echo status \$?" Enter
shows "the console runs under a shell" 'POST +/api/v1/deployments/ '
keys C-z
shows "Ctrl-Z gives the terminal back to the shell" 'Stopped'
keys -l 'stty -a | grep -o " echo "; echo after-stop'
keys Enter
shows "the shell's terminal echoes and works" '^after-stop'
keys -l fg
keys Enter
shows "fg brings the console back" '^.? *users +[0-9]+ '
# --- SIGWINCH storm ------------------------------------------------------------------------------
for ((i = 0; i < 60; i++)); do
	resize $((80 + i % 7 * 10)) $((24 + i % 5 * 4))
done
resize 120 40
shows "a storm of resizes leaves a whole screen" 'POST +/api/v1/deployments/ '
# --- a crash -------------------------------------------------------------------------------------
pid=$(pgrep -f -- "--host $TARGET $E2E_DIR/long.json" | while read -r p; do
	[ "$(readlink "/proc/$p/exe")" = "$(readlink -f "$THRONG")" ] && echo "$p"
done | head -n 1)
kill -SEGV "$pid"
shows "a crash is reported by the shell" 'status 139|Segmentation'
keys -l 'stty -a | grep -o " icanon "; echo usable'
keys Enter
shows "and leaves a usable terminal" '^usable'
finish
