//! Every SQL statement of the program: one function a query, one file a table.

pub mod access_tokens;
pub mod clients;
pub mod codes;
pub mod consents;
mod db;
pub mod events;
pub mod external_ids;
pub mod failures;
pub mod flows;
pub mod grants;
pub mod groups;
pub mod keys;
pub mod links;
pub mod maps;
mod open;
pub mod refresh_tokens;
pub mod registry_version;
pub mod scopes;
pub mod sessions;
pub mod settings;
pub mod throttles;
pub mod users;
mod writer;

pub use db::{Conn, Db, Tx};
pub use open::OpenError;

/// What every query returns.
pub type Result<T> = sqlx::Result<T>;

/// Rows that a sweep deletes at a time, so that the writer is never held for long; whoever sweeps
/// goes on while it gets that many.
pub const SWEEP: u64 = 1000;

/// Whether a write failed because the value must be unique and is taken.
pub fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}
