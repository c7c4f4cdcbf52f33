//! The stories: what Keystead does, told through its own front doors, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that fails panics")]

mod bad_input;
mod cli;
mod cli_clients;
mod cli_flows;
mod cli_groups;
mod cli_keys;
mod cli_maps;
mod cli_output;
mod cli_start;
mod cli_users;
mod conformance_basic;
mod directory_closing;
mod directory_keys;
mod directory_links;
mod harness;
mod registry;
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
