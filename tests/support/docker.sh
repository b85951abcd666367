# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A Docker daemon of the test's own, with its own socket, data and images, beside whatever else runs on
# the machine. Sourced after e2e.sh:
#
#	. "$(dirname "$0")/../support/e2e.sh"
#	. "$(dirname "$0")/../support/docker.sh"
#	docker_start                                 # or says why not and ends the script
#	docker_container eucora-api [docker run option...] -- COMMAND...
#	docker stats --no-stream                     # DOCKER_HOST is set for the docker CLI and for throng
#	finish                                       # containers and daemon are ended on every way out
#
# Needs root, and the package docker.io. No registry: the one image is made of this machine's /etc and
# links, and every container has the machine's /usr, read-only: it can run whatever is installed here.
# There is no bridge: containers use the host's network (option --network none gives them none).

DOCKER_DIR=$E2E_DIR/docker
DOCKER_SOCKET=$DOCKER_DIR/d.sock
DOCKER_IMAGE=throng-host:1
export DOCKER_HOST=unix://$DOCKER_SOCKET
export DOCKER_CONFIG=$DOCKER_DIR/config # nobody's contexts

# docker_daemon [option...]: start it.
docker_daemon() {
	mkdir -p "$DOCKER_DIR/config"
	start dockerd dockerd --iptables=false --bridge=none --storage-driver=vfs \
		--data-root "$DOCKER_DIR/data" --exec-root "$DOCKER_DIR/exec" \
		--pidfile "$DOCKER_DIR/dockerd.pid" -H "$DOCKER_HOST" "$@"
}

docker_answers() {
	curl -fsS --max-time 2 --unix-socket "$DOCKER_SOCKET" http://localhost/_ping >/dev/null 2>&1
}

docker_kill_containerd() {
	local pid
	pid=$(cat "$DOCKER_DIR/exec/containerd/containerd.pid" 2>/dev/null) || return 0
	kill -KILL "$pid" 2>/dev/null
	soon ended "$pid"
	rm -f "$DOCKER_DIR/exec/containerd/containerd.pid" # a zombie's would count as running
}

docker_settled() { docker_answers || ! alive dockerd; }

# Kill the daemon as a crash would; containers go on running without it.
docker_kill() {
	! alive dockerd || signal dockerd KILL
	wait_exit dockerd 2>/dev/null
	docker_kill_containerd
	rm -f "$DOCKER_DIR/dockerd.pid"
}

# After docker_kill: a new one, which ends the containers of the old one, or restarts those that ask for it.
docker_again() {
	docker_daemon
	soon docker_answers
}

docker_make_image() {
	local root=$DOCKER_DIR/root link
	mkdir -p "$root"/{tmp,var/lib,run,etc,root,proc,sys,dev,usr}
	chmod 1777 "$root/tmp"
	cp -a /etc/passwd /etc/group /etc/ld.so.* "$root/etc/"
	[ ! -d /etc/alternatives ] || cp -a /etc/alternatives "$root/etc/"
	for link in bin sbin lib lib64; do
		[ ! -L "/$link" ] || cp -a "/$link" "$root/"
	done
	tar -C "$root" -c . | docker import - "$DOCKER_IMAGE" >/dev/null
}

# Everything above; ends the script when it cannot be.
docker_start() {
	if [ "$(id -u)" -ne 0 ]; then
		skip "a real Docker daemon" "starting one needs root"
		exit 0
	fi
	docker_daemon "$@"
	# one that cannot live here (no cgroups, no mounts) ends at once and says why
	soon docker_settled
	if ! docker_answers; then
		not_ok "a Docker daemon starts on this machine; it says why not:" \
			"$(grep -E 'level=(error|fatal)|failed' "$E2E_DIR/dockerd.err" | tail -n 5)" \
			"its last line: $(tail -n 1 "$E2E_DIR/dockerd.err")"
		finish
	fi
	docker_make_image || {
		not_ok "an image is made from this machine"
		finish
	}
}

# docker_container NAME [docker run option...] -- COMMAND...
docker_container() {
	local name=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	[[ " ${options[*]} " == *" --network"* ]] || options+=(--network=host)
	docker run -d --name "$name" -v /usr:/usr:ro "${options[@]}" "$DOCKER_IMAGE" "$@" >/dev/null
}

docker_stop() {
	local ids
	[ -d "$DOCKER_DIR/data" ] || return 0
	alive dockerd || { docker_kill; docker_again; }
	ids=$(timeout 60 docker ps -aq 2>/dev/null)
	# shellcheck disable=SC2086 # ids are words
	[ -z "$ids" ] || timeout 60 docker rm -f $ids >/dev/null 2>&1
	signal dockerd TERM 2>/dev/null
	wait_exit dockerd
	docker_kill_containerd
	grep -s " $DOCKER_DIR/" /proc/mounts | cut -d' ' -f2 | sort -r | xargs -r -n 1 umount -l 2>/dev/null
	return 0
}

docker_cleanup() {
	local rc=$?
	docker_stop
	(exit "$rc")
	e2e_cleanup
}
trap docker_cleanup EXIT
