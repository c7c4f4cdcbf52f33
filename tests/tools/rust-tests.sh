#!/usr/bin/env bash
# Runs the Rust tests; TEST_POSTGRES_URL adds PostgreSQL to SQLite.
if cargo nextest --version >/dev/null 2>&1; then
  exec cargo nextest run --locked --no-fail-fast "$@"
fi
exec cargo test --locked --no-fail-fast "$@"
