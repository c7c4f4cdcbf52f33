//! What an administrator may do: create, change, grant, revoke, each in one transaction with its
//! line of the audit log. The one set of functions behind command line, console and REST.

pub mod announced;
pub mod api_tokens;
pub mod backup;
pub mod batch;
pub mod claim_maps;
mod client_encryption;
mod client_rules;
mod client_targets;
mod client_trust;
pub mod clients;
pub mod command;
pub mod consents;
pub mod consequences;
pub mod credentials;
pub mod declared;
mod diff;
mod error;
pub mod expected;
pub mod external_ids;
pub mod failures;
pub mod find;
pub mod fixes;
pub mod forms;
pub mod groups;
pub mod impact;
mod key_plan;
pub mod keys;
pub mod links;
pub mod logout_tokens;
pub mod mail;
pub mod members;
pub mod own;
pub mod owners;
pub mod profile;
pub mod public_url;
pub mod recovery;
pub mod registration;
pub mod registration_tokens;
pub mod revision;
pub mod rights;
pub mod scope_maps;
pub mod scopes;
pub mod search;
pub mod secret_key;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod settings_code;
mod together;
pub mod uris;
pub mod users;
pub mod view;

pub use error::DirectoryError;
pub use together::{Fate, together};

use together::{begin, begin_as, commit, publish};

/// What every change answers.
pub type Result<T> = std::result::Result<T, DirectoryError>;

/// What was done, and what the administrator should know about it.
#[derive(Debug, Clone)]
pub struct Done<T> {
    /// What came of it.
    pub value: T,
    /// A sentence each: done, but look at this.
    pub notes: Vec<String>,
    /// Whether anything was to be done at all.
    pub changed: bool,
}

impl<T> Done<T> {
    fn new(value: T, notes: impl IntoIterator<Item = String>) -> Done<T> {
        Done { value, notes: notes.into_iter().collect(), changed: true }
    }

    fn nothing(value: T, why: impl Into<String>) -> Done<T> {
        Done { value, notes: vec![why.into()], changed: false }
    }
}

/// Whether a safeguard may be overridden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// The safeguards hold.
    No,
    /// The administrator knows, and wants it all the same.
    Yes,
}
