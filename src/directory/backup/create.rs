//! Making a backup.

use std::path::{Path, PathBuf};

use super::record::{self, Last};
use super::{Result, name_of};
use crate::app::App;
use crate::directory::{begin_as, commit, rights};
use crate::domain::Actor;
use crate::explain::audit::Entry;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Where it is.
    pub path: PathBuf,
    /// How long it is.
    pub size: u64,
}

/// Writes everything into a file that is not there yet. That it was made is in the log of the
/// database, and so not in the file.
///
/// # Errors
/// What is in the way; there is no file then.
pub async fn create(app: &App, actor: &Actor, path: &Path) -> Result<Made> {
    rights::administer(actor, "make a backup")?;
    let at = app.clock.now();
    app.db.dump(path).await?;
    let size = path.metadata().map(|found| found.len()).unwrap_or_default();
    let last = Last { file: name_of(path), at, size, verified: None };
    let mut tx = begin_as(app, actor).await?;
    record::put_last(&mut tx, &last).await?;
    Entry::new(app, "backup.created", actor)
        .target(&last.file)
        .detail("bytes", last.size)
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(Made { path: path.to_owned(), size })
}
