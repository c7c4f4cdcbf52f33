//! Every SQL statement of the program: one function a query, one file a table.

pub mod access_tokens;
pub mod api_tokens;
pub mod backchannel_requests;
pub mod client_owners;
pub mod clients;
pub mod codes;
pub mod consents;
mod db;
pub mod device_codes;
pub mod dump;
pub mod events;
pub mod external_ids;
pub mod failures;
pub mod flows;
pub mod grants;
pub mod groups;
pub mod keys;
pub mod links;
pub mod logout_tokens;
pub mod maps;
pub mod page;
pub mod refresh_tokens;
pub mod registration_tokens;
pub mod registrations;
pub mod registry_version;
pub mod scopes;
pub mod sessions;
pub mod settings;
pub mod spent;
pub mod throttles;
pub mod user_list;
pub mod user_words;
pub mod users;

use db::record;
pub use db::{Columns, Conn, Db, Error, OpenError, Record, Tx, is_taken};

/// What every query returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Rows that a sweep deletes at a time, so that the writer is never held for long; whoever sweeps
/// goes on while it gets that many.
pub const SWEEP: u64 = 1000;
