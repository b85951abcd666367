#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/support/suite.sh
. "$(dirname "$0")/../support/suite.sh"

CC=gcc check "it builds without libpq" build_tree nolibpq --enable-werror --without-libpq || exit 1
throng=$CHECK_DIR/nolibpq/throng
links_libpq() { ldd "$throng" | grep -q libpq; }
if links_libpq; then not_ok "the program does not need libpq"; else ok "the program does not need libpq"; fi

# What the panel still does that way: psql in a container, and saying what is missing.
unit_tests "$CHECK_DIR/nolibpq" TESTS='tests/test_postgres tests/test_panel tests/test_readings tests/test_criteria'

file=$CHECK_DIR/nolibpq/dsn.json
cat >"$file" <<'JSON'
{ "target": "http://127.0.0.1:1", "load": { "users": 1, "duration": "1s" },
  "users": { "U": { "tasks": { "t": { "get": "/" } } } },
  "panels": { "postgres": { "dsn": "postgresql://nobody@127.0.0.1:1/none" } } }
JSON
said=$(timeout 60 "$throng" check "$file" 2>&1)
says() { grep -q "$1" <<<"$said"; }
check "a dsn says that this build has no libpq, and what helps" says 'no libpq.*or use "exec"' || printf '%s\n' "$said"
