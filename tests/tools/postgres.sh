#!/usr/bin/env bash
# A throwaway PostgreSQL on a free loopback port.
#   postgres.sh start DIR     makes the cluster in DIR, prints its superuser URL (also in DIR/url)
#   postgres.sh stop DIR      stops it and removes DIR
# PostgreSQL refuses to run as root, so root becomes the user `postgres`. PG_FSYNC=off trades durability for speed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

fail() { echo "postgres.sh: $*" >&2; exit 1; }

bin() {
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  [ -n "$found" ] || found=$(dirname "$(readlink -f "$(command -v postgres)")" 2>/dev/null) || true
  [ -x "$found/initdb" ] || fail "PostgreSQL is not installed; install the Debian package postgresql"
  echo "$found"
}

as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@")
  else
    "$@"
  fi
}

start() {
  local dir=$1 bin port attempt
  bin=$(bin)
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  [ ! -e "$dir/data" ] || fail "$dir already holds a cluster; stop it first"
  [ "$(id -u)" -ne 0 ] || chown postgres: "$dir"
  as_postgres "$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || fail "initdb failed: $(tail -3 "$dir/initdb.log")"
  for attempt in 1 2 3; do
    port=$("$here/free-port.sh")
    as_postgres "$bin/pg_ctl" start --silent --wait --timeout=60 --pgdata="$dir/data" --log="$dir/server.log" \
      --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 \
        -c fsync=${PG_FSYNC:-on}" >/dev/null && break
    [ "$attempt" -lt 3 ] || fail "PostgreSQL did not start: $(tail -3 "$dir/server.log")"
  done
  echo "postgres://postgres@127.0.0.1:$port/postgres" | tee "$dir/url"
}

stop() {
  local dir=$1
  if [ -f "$dir/data/postmaster.pid" ]; then
    as_postgres "$(bin)/pg_ctl" stop --silent --wait --mode=fast --pgdata="$dir/data" || true
  fi
  rm -rf "$dir"
}

case "${1:-}" in
  start | stop) [ $# -eq 2 ] || fail "usage: postgres.sh $1 DIR"; "$1" "$2" ;;
  *) fail "usage: postgres.sh start|stop DIR" ;;
esac
