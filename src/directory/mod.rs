//! What an administrator may do: create, change, grant, revoke, each in one transaction with its
//! line of the audit log. The one set of functions behind command line, console and REST.

pub mod claim_maps;
mod client_rules;
pub mod clients;
pub mod command;
pub mod consents;
pub mod consequences;
pub mod credentials;
mod diff;
mod error;
pub mod find;
pub mod groups;
mod key_plan;
pub mod keys;
pub mod links;
pub mod members;
pub mod own;
pub mod owners;
pub mod profile;
pub mod revision;
pub mod rights;
pub mod scope_maps;
pub mod scopes;
pub mod search;
pub mod secrets;
pub mod sessions;
pub mod uris;
pub mod users;
pub mod view;

pub use error::DirectoryError;

use crate::app::App;
use crate::domain::{Actor, Staff};
use crate::registry;
use crate::store::{Tx, registry_version, users as accounts};

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

/// Opens the transaction of a change. Changes take turns on all nodes, so that what one has read
/// still holds when it writes.
async fn begin(app: &App) -> Result<Tx> {
    let mut tx = app.db.write().await?;
    registry_version::hold(&mut tx).await?;
    Ok(tx)
}

/// Opens the transaction of a change that somebody asked for. Whoever acts by a role must hold it
/// still, now that nobody can change it any more before this is done.
async fn begin_as(app: &App, actor: &Actor) -> Result<Tx> {
    let mut tx = begin(app).await?;
    if let Actor::Staff(staff) = actor {
        let now = accounts::find(&mut tx, staff.id()).await?;
        if now.as_ref().and_then(Staff::of).as_ref() != Some(staff) {
            return Err(DirectoryError::NotAllowed("do this any more".into()));
        }
    }
    Ok(tx)
}

/// Commits a change; what was revoked by it opens nothing here from now on.
async fn commit(app: &App, tx: Tx) -> Result<()> {
    tx.commit().await?;
    app.recent.forget();
    Ok(())
}

/// Commits a change of what servers keep in memory, and sees it here at once.
async fn publish(app: &App, mut tx: Tx) -> Result<()> {
    registry::changed(&mut tx).await?;
    commit(app, tx).await?;
    if let Err(error) = app.refresh_registry().await {
        // The change stands; servers look again every second.
        tracing::warn!(%error, "the registry could not be read again after a change");
    }
    Ok(())
}
