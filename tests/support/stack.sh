# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The stack of the procedure, for real: PostgreSQL in eucora-db, Django under gunicorn in eucora-api and
# a worker in eucora-celery-worker, in containers of a Docker daemon of the test's own. Sourced after
# e2e.sh and docker.sh:
#
#	docker_start --live-restore
#	stack_database 100                      # connections that it takes
#	stack_api 2 8 [docker run option...]    # gunicorn's workers and threads of each
#	stack_worker
#	run_throng --headless "$(stack_scenario deployments '.load.duration = "10s"')"
#
# STACK_DB_PORT and TARGET say where it is, STACK_DSN how libpq comes in as the database's user, who is a
# superuser as in the official image. The application is in tests/stack/app; what its views do beside
# the database is set by HOLD_S and WORK_S (seconds, see views.py).

STACK_APP=$TOP/tests/stack/app
STACK_PGBIN=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
STACK_PGBIN=${STACK_PGBIN%/postgres}

stack_needs() {
	local what
	[ -n "$STACK_PGBIN" ] || {
		not_ok "PostgreSQL's server is installed (package postgresql)"
		finish
	}
	for what in gunicorn psql docker dockerd jq tmux curl; do
		command -v "$what" >/dev/null || {
			not_ok "$what is installed"
			finish
		}
	done
	/usr/bin/python3 -c 'import django, psycopg2' 2>/dev/null || {
		not_ok "Django and psycopg2 are installed (packages python3-django, python3-psycopg2)"
		finish
	}
}

# stack_psql SQL: one figure or row, as the database's user, from outside the container.
stack_psql() {
	PGAPPNAME=test PGCONNECT_TIMEOUT=5 psql -XAtq -h 127.0.0.1 -p "$STACK_DB_PORT" -U eucora_user -d eucora -c "$1"
}

stack_database_answers() { stack_psql 'SELECT 1' >/dev/null 2>&1; }

# stack_database CONNECTIONS [docker run option...]: its data outlive the container (stack_database again).
stack_database() {
	local connections=$1 data=$E2E_DIR/pg
	shift
	STACK_DB_PORT=${STACK_DB_PORT:-$(free_port)}
	STACK_DSN="host=127.0.0.1 port=$STACK_DB_PORT user=eucora_user dbname=eucora"
	chmod 755 "$E2E_DIR"
	if [ ! -d "$data" ]; then
		mkdir -m 700 "$data"
		chown postgres "$data"
		(cd / && setpriv --reuid postgres --regid postgres --init-groups \
			"$STACK_PGBIN/initdb" -D "$data/d" -A trust -U eucora_user --no-sync --no-instructions) \
			>"$E2E_DIR/initdb.out" 2>&1
	fi
	docker_container eucora-db --user postgres -v "$data:/var/lib/pg" "$@" \
		-e POSTGRES_USER=eucora_user -e POSTGRES_DB=eucora -e PGHOST=/tmp -e "PGPORT=$STACK_DB_PORT" \
		-- "$STACK_PGBIN/postgres" -D /var/lib/pg/d -c "port=$STACK_DB_PORT" \
		-c unix_socket_directories=/tmp -c listen_addresses=127.0.0.1 -c "max_connections=$connections" \
		-c fsync=off -c shared_buffers=32MB
	soon stack_postgres_answers || {
		not_ok "PostgreSQL answers in its container" "$(docker logs --tail 5 eucora-db 2>&1)"
		finish
	}
	psql -XAtq -h 127.0.0.1 -p "$STACK_DB_PORT" -U eucora_user -d postgres \
		-c 'CREATE DATABASE eucora' >/dev/null 2>&1
	soon stack_database_answers || {
		not_ok "the database eucora is there"
		finish
	}
}

stack_postgres_answers() {
	PGCONNECT_TIMEOUT=5 psql -XAtq -h 127.0.0.1 -p "$STACK_DB_PORT" -U eucora_user -d postgres -c 'SELECT 1' >/dev/null 2>&1
}


stack_api_answers() { curl -fsS --max-time 5 "$TARGET/api/v1/health/" >/dev/null 2>&1; }

# How many requests the application has answered, health checks left out.
stack_answered() {
	grep -vc ' /api/v1/health/ ' "$E2E_DIR/access/log"
}

# stack_answers_are NUMBER: so many at least, when its last lines are written; they come after the answers.
stack_answers_are() { soon eval '[ "$(stack_answered)" -ge '"$1"' ]'; }
# Nothing left of a run before: no new line in a second.
stack_is_quiet() {
	local before
	before=$(stack_answered)
	sleep 1
	[ "$(stack_answered)" = "$before" ]
}

# What every container with the application's code gets.
stack_options() {
	STACK_OPTIONS=(-v "$STACK_APP:/app:ro" --workdir /app -e PYTHONPATH=/app -e PYTHONDONTWRITEBYTECODE=1
		-e DJANGO_SETTINGS_MODULE=eucora.settings -e "DB_PORT=$STACK_DB_PORT" -e POSTGRES_USER=eucora_user
		-e POSTGRES_DB=eucora -e "HOLD_S=${HOLD_S:-0}" -e "WORK_S=${WORK_S:-0}")
}

# stack_api WORKERS THREADS [docker run option...]: its port stays the same.
stack_api() {
	local workers=$1 threads=$2
	shift 2
	STACK_API_PORT=${STACK_API_PORT:-$(free_port)}
	TARGET=http://127.0.0.1:$STACK_API_PORT
	stack_options
	docker run --rm --network=host -v /usr:/usr:ro "${STACK_OPTIONS[@]}" "$DOCKER_IMAGE" \
		/usr/bin/python3 prepare.py >"$E2E_DIR/prepare.out" 2>&1 || {
		not_ok "tables and users are made" "$(tail -n 5 "$E2E_DIR/prepare.out")"
		finish
	}
	mkdir -p "$E2E_DIR/access"
	docker_container eucora-api "${STACK_OPTIONS[@]}" -v "$E2E_DIR/access:/access" "$@" -- /usr/bin/python3 /usr/bin/gunicorn \
		--bind "127.0.0.1:$STACK_API_PORT" --worker-class gthread --workers "$workers" --threads "$threads" \
		--keep-alive 75 --backlog 2048 --worker-tmp-dir /dev/shm --log-level warning \
		--access-logfile /access/log --access-logformat '%(m)s %(U)s %(s)s' eucora.wsgi
	soon stack_api_answers || {
		not_ok "the application answers in its container" "$(docker logs --tail 20 eucora-api 2>&1)"
		finish
	}
}

stack_worker() {
	stack_options
	docker_container eucora-celery-worker "${STACK_OPTIONS[@]}" -- /usr/bin/python3 worker.py
}

# stack_scenario NAME JQ-FILTER: one of the project's scenarios, changed; prints the file's path.
stack_scenario() {
	local file=$E2E_DIR/$1-$RANDOM.json
	jq --arg dsn "$STACK_DSN" "del(.\"\$schema\") | $2" "$(scenario "$1")" >"$file" && printf '%s\n' "$file"
}

# What the containers said last, when something failed: they are gone afterwards.
stack_cleanup() {
	local rc=$? name
	if [ "$E2E_FAILED" -ne 0 ] || [ "$rc" -ne 0 ]; then
		for name in $(timeout 60 docker ps -a --format '{{.Names}}' 2>/dev/null); do
			printf -- '--- %s: %s\n' "$name" "$(timeout 60 docker ps -a --filter "name=^$name\$" --format '{{.Status}}')"
			timeout 60 docker logs --tail 15 "$name" 2>&1
		done
	fi
	(exit "$rc")
	docker_cleanup
}
trap stack_cleanup EXIT
