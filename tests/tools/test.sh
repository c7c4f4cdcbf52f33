#!/usr/bin/env bash
# Every layer of tests, one after the other, on what it starts and stops itself. Logs: tests/out/.
# The last line counts: `N passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
tools=tests/tools out=$PWD/tests/out passed=0 failed=0
mkdir -p "$out"
postgres=$(mktemp -d -t keystead-postgres-XXXXXX)

trap '"$tools/postgres.sh" stop "$postgres"' EXIT
trap 'exit 130' INT TERM

# Passed and failed tests in the closing lines of cargo, nextest, pytest and node.
count() { # log
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    function number(word, text) { return match(text, "[0-9]+ " word) ? substr(text, RSTART) + 0 : 0 }
    /^ *Summary \[/ || /^test result: / || /^=* ?[0-9]+ (passed|failed|error).* in [0-9.]+s/ {
      passed += number("passed", $0); failed += number("failed", $0) + number("errors?", $0) + number("timed out", $0)
    }
    /^(#|ℹ) pass [0-9]/ { passed += $3 }
    /^(#|ℹ) (fail|cancelled) [0-9]/ { failed += $3 }
    END { print passed + 0, failed + 0 }'
}

# Runs one layer; one that breaks without naming a failed test, or runs none, is a failure of its own.
layer() { # name command...
  local name=$1 log=$out/$1.log good bad status
  shift
  echo "== $name"
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  read -r good bad < <(count "$log")
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
    echo "== $name: exit $status with $good tests passed and none failed" >&2
    bad=1
  fi
  passed=$((passed + good)) failed=$((failed + bad))
}

close() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

# A step without which nothing can be tested.
need() { # what command...
  local what=$1
  shift
  "$@" && return
  echo "== $what failed" >&2
  failed=$((failed + 1))
  close
}

relying_parties() { (cd tests/rp && "$OLDPWD/.venv/tests/bin/pytest" --numprocesses=3); }
strange_calls() { (cd tests/api && "$OLDPWD/.venv/api/bin/pytest"); }
node_tests() { (cd "$1" && node --test --test-reporter=spec); }

need "installing what the tests need" "$tools/ensure.sh"
# The binary comes along: built by itself, much would be built twice.
need "building" cargo test --locked --no-run
export KEYSTEAD_BIN=${KEYSTEAD_BIN:-$(realpath "${CARGO_TARGET_DIR:-target}")/debug/keystead}
# What is tested is never this machine losing its power.
need "starting PostgreSQL" env PG_FSYNC=off "$tools/postgres.sh" start "$postgres"
TEST_POSTGRES_URL=$(cat "$postgres/url")
export TEST_POSTGRES_URL

layer rust env -u KEYSTEAD_BIN "$tools/rust-tests.sh"
layer python-social-auth relying_parties
layer schemathesis strange_calls
layer openid-client node_tests tests/rp/js
layer browser node_tests tests/browser
close
