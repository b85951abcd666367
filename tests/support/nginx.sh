# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# An nginx of one worker that answers everything with 200 at once, on two ports of loopback: plain and
# TLS. Sourced by what measures.

nginx_pid='' nginx_port='' nginx_tls_port=''

write_nginx_conf() { # FOLDER PORT TLS_PORT
	cat >"$1/nginx.conf" <<EOF
daemon off;
worker_processes 1;
worker_rlimit_nofile $(ulimit -n);
error_log stderr crit;
pid $1/nginx.pid;
events { worker_connections $(($(ulimit -n) - 100)); }
http {
	access_log off;
	keepalive_requests 100000000;
	keepalive_timeout 600;
	client_body_temp_path $1/body;
	proxy_temp_path $1/proxy;
	fastcgi_temp_path $1/fastcgi;
	uwsgi_temp_path $1/uwsgi;
	scgi_temp_path $1/scgi;
	ssl_certificate $1/cert.pem;
	ssl_certificate_key $1/key.pem;
	server {
		listen 127.0.0.1:$2 backlog=4096;
		listen 127.0.0.1:$3 ssl backlog=4096;
		location / { return 200 "hello, world\n"; }
	}
}
EOF
}

# start_nginx FOLDER CPU: sets nginx_pid, nginx_port and nginx_tls_port. nginx cannot pick a port itself:
# try some until two are free.
start_nginx() {
	local dir=$1 cpu=$2 try
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 \
		-subj /CN=localhost -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null || return 1
	for ((try = 0; try < 20; try++)); do
		nginx_port=$((10000 + RANDOM % 22000)) # below those the kernel hands out
		nginx_tls_port=$((nginx_port + 1))
		write_nginx_conf "$dir" "$nginx_port" "$nginx_tls_port"
		taskset -c "$cpu" nginx -c "$dir/nginx.conf" 2>"$dir/nginx.log" &
		nginx_pid=$!
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			kill -0 "$nginx_pid" 2>/dev/null || break
			if (: <"/dev/tcp/127.0.0.1/$nginx_port") 2>/dev/null; then
				return 0
			fi
			sleep 0.1
		done
		stop_nginx
	done
	cat "$dir/nginx.log" >&2
	return 1
}

stop_nginx() {
	[ -n "$nginx_pid" ] || return 0
	kill "$nginx_pid" 2>/dev/null
	wait "$nginx_pid" 2>/dev/null
	nginx_pid=
}
