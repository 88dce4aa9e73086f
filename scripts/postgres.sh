#!/usr/bin/env bash
# Runs a command with a PostgreSQL server of its own, on loopback, gone when the command ends:
#   scripts/postgres.sh npm test
# The command finds it at TEST_DATABASE_URL. Needs PostgreSQL's programs (Debian: postgresql).
# It waits for no disk, since nothing of it outlives the command: not a server to measure anything on.
set -euo pipefail

found=$(command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$found" ] || { echo "scripts/postgres.sh: no PostgreSQL found" >&2; exit 1; }
bin=$(dirname "$(readlink -f "$found")")
work=$(mktemp -d)
port=${TEST_POSTGRES_PORT:-54399}

# The server refuses to run as root.
as_owner() { if [ "$(id -u)" = 0 ]; then su postgres -s /bin/bash -c "$1"; else bash -c "$1"; fi; }
[ "$(id -u)" != 0 ] || chown postgres "$work"
stop() {
  as_owner "'$bin/pg_ctl' -D '$work/db' -m immediate -s stop" || true
  rm -rf "$work"
}
trap stop EXIT

as_owner "'$bin/initdb' -D '$work/db' -U postgres -A trust -E UTF8 --no-sync" >/dev/null
settings="-c listen_addresses=127.0.0.1 -c max_connections=200"
settings+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
as_owner "'$bin/pg_ctl' -D '$work/db' -s -w -l '$work/log' -o \"-p $port -k '$work' $settings\" start"
TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres" "$@"
