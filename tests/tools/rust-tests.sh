#!/usr/bin/env bash
# Runs the Rust tests; TEST_POSTGRES_URL adds PostgreSQL to SQLite.
if cargo nextest --version >/dev/null 2>&1; then
  # Half of the time is waiting for a disk.
  exec cargo nextest run --locked --no-fail-fast --test-threads "$((2 * $(nproc)))" "$@"
fi
exec cargo test --locked --no-fail-fast "$@"
