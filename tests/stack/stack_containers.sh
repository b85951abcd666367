#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The containers panel against a real Docker daemon, with what a crash looks like there: an OOM kill and
# restart within a moment, logs of containers with a terminal, without one and of a driver that cannot be
# read, recreated containers, names that compose gave; and what ten containers cost.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/docker.sh"

docker_start
start_target

# write_scenario NAME CONTAINERS-JSON MORE-JSON DURATION
write_scenario() {
	jq -n --argjson containers "$2" --argjson more "$3" --arg duration "$4" '{
		name: "containers", target: "http://127.0.0.1:1", load: { users: 2, duration: $duration },
		users: { U: { wait: "100ms", tasks: { t: { get: "/api/v1/health/" } } } },
		panels: { docker: ({ containers: $containers } + $more) } }' >"$E2E_DIR/$1.json"
}

# begin NAME: a headless run whose readings grow in NAME_monitor.csv.
begin() {
	(cd "$E2E_DIR" && exec "$THRONG" --headless --csv "$1" --json "$1.result.json" --host "$TARGET" \
		"$1.json") >"$E2E_DIR/$1.out" 2>"$E2E_DIR/$1.err" </dev/null &
	E2E_PID[$1]=$!
}

# said TEXT NAME EXTENDED-REGEX: waits for a line of the readings.
said() {
	if wait_line "$E2E_DIR/$2_monitor.csv" "$3"; then ok "$1"; else
		not_ok "$1" "never in $2_monitor.csv: $3" "$(tail -n 5 "$E2E_DIR/$2_monitor.csv")"
	fi
}

value() { awk -F, -v n="$2" -v m="$3" '$4 == n && $5 == m { v = $6 } END { print v }' "$E2E_DIR/$1_monitor.csv"; }

# ---- a crash -----------------------------------------------------------------------------------

# The first line says whether it has been here before: then it waits instead of eating memory again.
# shellcheck disable=SC2016
docker_container greedy --memory 16m --memory-swap 16m --restart always -v "$E2E_DIR:/shared" -- \
	/bin/sh -c 'until [ -e /shared/go ]; do sleep 0.1; done
		[ ! -e /shared/been ] || exec sleep 1000
		touch /shared/been; exec tail /dev/zero'
# so little that it is at its quota on a busy machine, too
docker_container steady --cpus 0.1 --label com.docker.compose.service=eucora-api -- \
	/bin/sh -c 'while :; do :; done'
write_scenario crash '["greedy", "eucora-api", "nonesuch", "late-*"]' '{}' 1h
begin crash
said "a container of a compose service is read under the service's name" crash ',docker,eucora-api,cpu_pct,'
said "one that does not exist is said to, and hides no other" crash ',docker,nonesuch,state,no such container'
said "the crashing one is read" crash ',docker,greedy,memory_bytes,'
touch "$E2E_DIR/go"
said "an OOM kill is seen" crash ',docker,greedy,oom,'
said "and counted" crash ',docker,greedy,oom_kills,1'
said "the end that was shorter than a reading is seen" crash ',docker,greedy,die,exited \(137\)'
said "the restart is seen" crash ',docker,greedy,restart,'
said "and counted" crash ',docker,greedy,restarts,1'
docker_container late-1 -- sleep 1000
said "one that appears later joins its pattern" crash ',docker,late-1,state,running'
said "and is read" crash ',docker,late-1,memory_bytes,'
docker rm -f late-1 >/dev/null
said "one that is removed is said to be" crash ',docker,late-1,state,removed'
docker_container late-1 -- sleep 1000
said "one that is made anew under its name is read again" crash ',docker,late-1,restart,'
said "throttling by the quota is read" crash ',docker,eucora-api,throttled_pct,[1-9]'
within "the quota is known" "$(value crash eucora-api cpu_limit_pct)" 10 10
within "a busy loop in it uses it" "$(value crash eucora-api cpu_pct)" 5 20
signal crash INT
wait_exit crash

# ---- logs --------------------------------------------------------------------------------------

# Started again it says one line, which then stays on the screen.
docker_container plain -v "$E2E_DIR:/shared" -- /bin/sh -c '[ ! -e /shared/again ] || { echo "plain again"; exec sleep 1000; }
	touch /shared/again; i=0; while :; do i=$((i + 1)); echo "plain line $i"; echo "QueuePool limit reached" >&2; sleep 0.3; done'
docker_container terminal -t -- /bin/sh -c 'i=0; while :; do i=$((i + 1)); echo "terminal line $i"; sleep 0.3; done'
docker_container mute --log-driver none -- sleep 1000
write_scenario logs '["plain", "terminal", "mute"]' '{"logs": "plain"}' 1h
start_console 140 45 "$THRONG" --csv logs --host "$TARGET" logs.json
shows "the plan comes first" 'Enter starts'
keys Enter
shows "the log is a pane beside the load" 'plain line [0-9]'
shows "lines with a pattern stand out" '▲ QueuePool limit reached'
shows "and become a mark" 'plain: log.*QueuePool'
keys l # to the pane
keys l
shows "l follows the next container, one with a terminal" 'terminal line [0-9]'
keys l
shows "a driver that cannot be read is said to be so" 'logging driver cannot be read'
keys l
shows "and round to the first" 'plain line [0-9]'
docker restart -t 0 plain >/dev/null
shows "the log goes on after a restart" 'plain again'
docker_kill
shows "a daemon that is killed is a line with a remedy" 'is down .connection refused'
docker_again
shows "and one that is back is read again" 'docker: recovered'
screen >"$E2E_DIR/last.out"
keys x x
wait_screen 'DONE|STOPPED|done|stopped'
keys q
wait_line "$E2E_DIR/console.status" '^exit status'

# ---- what it costs -----------------------------------------------------------------------------

docker rm -f greedy steady late-1 plain terminal mute >/dev/null 2>&1
for i in 1 2 3 4 5 6 7 8 9 10; do
	docker_container "idle-$i" -- sleep 1000
done
write_scenario cost '["idle-*"]' '{}' 1h
begin cost
said "ten containers are read" cost ',docker,idle-10,cpu_pct,'
thread=$(grep -l '^throng-panels$' /proc/"$(pid_of cost)"/task/*/comm | head -n 1)
if [ -n "$thread" ]; then
	# utime and stime of the panels' thread, in ticks of 1/100 s
	ticks() { awk '{ print $14 + $15 }' "${thread%/comm}/stat"; }
	seconds() { awk '{ print $1 }' /proc/uptime; }
	a=$(ticks) from=$(seconds)
	soon awk -v f="$from" '{ exit !($1 - f >= 12) }' /proc/uptime
	b=$(ticks) to=$(seconds)
	share=$(awk -v a="$a" -v b="$b" -v f="$from" -v t="$to" 'BEGIN { printf "%.2f", (b - a) / (t - f) }')
	printf '# ten containers cost the panels thread %s %% of a core\n' "$share"
	# a quarter of that on a quiet machine; this one may be neither quiet nor fast
	within "ten containers cost the panels' thread under 3 % of a core" "$share" 0 3
else
	not_ok "the panels have a thread of their own"
fi
signal cost INT
wait_exit cost
finish
