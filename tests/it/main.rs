//! The stories: what Keystead does, told through its own front doors, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that fails panics")]

mod audit_log;
mod bad_input;
mod conformance_basic;
mod explainer;
mod harness;
mod processes;
mod security;
mod store_clients;
mod store_events;
mod store_grants;
mod store_groups;
mod store_keys;
mod store_open;
mod store_sessions;
mod store_tokens;
mod store_users;
mod store_writes;
