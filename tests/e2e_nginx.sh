#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Against a server that was not written here.
. "$(dirname "$0")/support/e2e.sh"

nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || {
	skip "nginx" "not installed"
	finish
}
port=$(free_port)
mkdir -p "$E2E_DIR/ngx"
cat >"$E2E_DIR/nginx.conf" <<EOF
daemon off; master_process off; pid $E2E_DIR/ngx/pid; error_log $E2E_DIR/ngx/error.log;
events { worker_connections 1024; }
http {
	access_log $E2E_DIR/ngx/access.log; keepalive_requests 1000000;
	client_body_temp_path $E2E_DIR/ngx; proxy_temp_path $E2E_DIR/ngx; fastcgi_temp_path $E2E_DIR/ngx;
	uwsgi_temp_path $E2E_DIR/ngx; scgi_temp_path $E2E_DIR/ngx;
	server {
		listen 127.0.0.1:$port;
		location = /api/v1/auth/login/ { default_type application/json; return 200 '{"token": "abc"}'; }
		location = /api/v1/deployments/ {
			if (\$http_authorization != "Bearer abc") { return 401; }
			return 201 'created';
		}
		location / { return 404 'none'; }
	}
}
EOF
start nginx "$nginx" -e "$E2E_DIR/ngx/error.log" -c "$E2E_DIR/nginx.conf"
TARGET=http://127.0.0.1:$port
soon curl -fsS -o /dev/null "$TARGET/api/v1/auth/login/" || true
# nginx writes its log line after the answer: ours is the first.
soon test -s "$E2E_DIR/ngx/access.log"
jq '.criteria = ["failures == 0"] | .users.Worker.tasks.list.expect.status = [200, 201]' \
	"$TOP/tests/scenarios/e2e/busy.json" >"$E2E_DIR/nginx.json"
for transport in direct curl; do
	before=$(wc -l <"$E2E_DIR/ngx/access.log")
	status_is "$transport: a run against nginx passes" 0 \
		run_throng --headless -u 30 -r 100 -t 3s --transport "$transport" --json "$transport.json" nginx.json
	said=$(json "$E2E_DIR/$transport.json" '.totals.requests + .totals.aborted')
	soon eval '[ $(($(wc -l <"$E2E_DIR/ngx/access.log") - before)) -ge "$said" ]'
	is "$transport: nginx logged what throng reports" \
		"$(($(wc -l <"$E2E_DIR/ngx/access.log") - before))" "$said"
	check "$transport: there were enough to mean something" test "$said" -gt 500
done
finish
