#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A Docker daemon on TCP with TLS, which asks for certificates of both sides: found as the docker command
# finds it, and each way in which that can go wrong has its remedy.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/docker.sh"

start_target
pki=$E2E_DIR/pki
mkdir -p "$pki" "$E2E_DIR/stranger"
# new_key FOLDER NAME: a key and a certificate that signs itself.
new_key() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$2" \
		-keyout "$1/key.pem" -out "$1/cert.pem" 2>/dev/null
}
mkdir "$pki/ca"
new_key "$pki/ca" ca
cp "$pki/ca/cert.pem" "$pki/ca.pem"
printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' >"$pki/ext"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=both -keyout "$pki/key.pem" \
	-out "$pki/csr" 2>/dev/null
openssl x509 -req -in "$pki/csr" -CA "$pki/ca.pem" -CAkey "$pki/ca/key.pem" -CAcreateserial -days 2 \
	-extfile "$pki/ext" -out "$pki/cert.pem" 2>/dev/null
new_key "$E2E_DIR/stranger" stranger
cp "$E2E_DIR/stranger/cert.pem" "$E2E_DIR/stranger/ca.pem"

address=tcp://127.0.0.1:$(free_port)
docker_start -H "$address" --tlsverify --tlscacert "$pki/ca.pem" --tlscert "$pki/cert.pem" --tlskey "$pki/key.pem"
docker_container web -- sleep 1000
jq -n --arg target "$TARGET" '{ name: "tls", target: $target, load: { users: 1, duration: "5s" },
	users: { U: { wait: "1s", tasks: { t: { get: "/api/v1/health/" } } } },
	panels: { docker: { containers: ["web"] } } }' >"$E2E_DIR/tls.json"

# check_with FOLDER: the line that throng check prints of Docker.
check_with() {
	DOCKER_HOST=$address DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$1 run_throng check tls.json
	grep ' docker ' "$E2E_DIR/throng.out"
}
like "with the right certificates it is found" "$(check_with "$pki")" '^  ok +docker .*web \(running\)'
like "without a certificate the variable is named" "$(check_with "$E2E_DIR/nowhere")" 'FAIL .*DOCKER_CERT_PATH'
like "a daemon of a strange CA is not trusted" "$(check_with "$E2E_DIR/stranger")" \
	'FAIL .*certificate problem.*DOCKER_CERT_PATH needs ca.pem'
cp "$pki/ca.pem" "$E2E_DIR/stranger/ca.pem"
like "a certificate that the daemon refuses is told" "$(check_with "$E2E_DIR/stranger")" \
	'FAIL .*(refuses this client: .*DOCKER_CERT_PATH needs cert.pem|does not accept the cert.pem of DOCKER_CERT_PATH)'
DOCKER_HOST=$address run_throng check tls.json
like "without TLS the daemon's wish is told" "$(cat "$E2E_DIR/throng.out")" 'FAIL +docker .*wants TLS: set DOCKER_TLS_VERIFY'

DOCKER_HOST=$address DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$pki run_throng --headless --csv tls tls.json
is "a run goes its way" $? 0
like "and the container is read" "$(cat "$E2E_DIR/tls_monitor.csv")" ',docker,web,cpu_pct,'
finish
