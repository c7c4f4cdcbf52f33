#!/usr/bin/env bash
# A throwaway Keystead on a free loopback port.
#   keystead.sh start DIR [FLAG]...   serves from DIR/data, waits for /readyz, prints the public URL (also in DIR/url);
#                                     PUBLIC_URL overrides it for a server behind a proxy, DIR/listen says what to proxy;
#                                     with PUBLIC_URL=none nobody names one, as at a first start
#   keystead.sh stop DIR              drains it; DIR stays, with its stdout, stderr and data
#   keystead.sh run DIR ARGUMENT...   a command on the same data (KEYSTEAD_DATABASE_URL is passed on as it is)
# The binary is KEYSTEAD_BIN, by default target/debug/keystead.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=${KEYSTEAD_BIN:-$here/../../target/debug/keystead}
# The product refuses a variable of its prefix that is no setting.
unset KEYSTEAD_BIN

fail() { echo "keystead.sh: $*" >&2; exit 1; }
alive() { kill -0 "$1" 2>/dev/null; }

serve() { # dir port flags...
  local dir=$1 listen=127.0.0.1:$2 url=${PUBLIC_URL:-http://127.0.0.1:$2} name
  shift 2
  [ "$url" != none ] || url=
  name=(--public-url "$url")
  [ -n "$url" ] || name=()
  echo "$listen" >"$dir/listen"
  echo "$url" >"$dir/url"
  (cd "$dir" && exec "$binary" serve --data-dir "$dir/data" "${name[@]}" --listen "$listen" "$@" \
    >"$dir/stdout" 2>"$dir/stderr" </dev/null) &
  echo $! >"$dir/pid"
}

ready() { # dir; waits up to 30 s while the process lives
  local pid listen
  pid=$(cat "$1/pid") listen=$(cat "$1/listen")
  for _ in $(seq 300); do
    alive "$pid" || return 1
    curl --silent --fail --output /dev/null --max-time 2 "http://$listen/readyz" && return 0
    sleep 0.1
  done
  return 1
}

start() {
  local dir=$1 attempt url
  shift
  [ -x "$binary" ] || fail "$binary is not there; run 'cargo build' or set KEYSTEAD_BIN"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  # Another process may take the free port first: try again with another one.
  for attempt in 1 2 3; do
    serve "$dir" "$("$here/free-port.sh")" "$@"
    if ready "$dir"; then url=$(cat "$dir/url"); echo "${url:-http://$(cat "$dir/listen")}"; return; fi
    alive "$(cat "$dir/pid")" && { stop "$dir"; fail "not ready within 30 s; see $dir/stderr"; }
    grep -qi 'in use' "$dir/stderr" || break
  done
  fail "serve ended: $(tail -5 "$dir/stderr")"
}

stop() {
  local pid
  [ -f "$1/pid" ] || return 0
  pid=$(cat "$1/pid")
  rm -f "$1/pid"
  alive "$pid" || return 0
  kill -TERM "$pid"
  for _ in $(seq 100); do alive "$pid" || return 0; sleep 0.1; done
  kill -KILL "$pid"
  fail "did not stop within 10 s of SIGTERM"
}

run() {
  local dir=$1
  shift
  cd "$dir"
  KEYSTEAD_PUBLIC_URL=$(cat url) exec "$binary" --data-dir "$dir/data" "$@"
}

case "${1:-}" in
  start | stop | run) [ $# -ge 2 ] || fail "usage: keystead.sh $1 DIR ..."; "$@" ;;
  *) fail "usage: keystead.sh start|stop|run DIR ..." ;;
esac
