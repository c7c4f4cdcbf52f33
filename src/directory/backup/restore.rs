//! Restoring a backup into a database that nobody works with.

use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::scratch::Scratch;
use super::verify::{self, Report};
use super::{BackupError, Desk, Result, folder, name_of};
use crate::config::{Config, DatabaseUrl};
use crate::domain::Actor;
use crate::explain::audit::Entry;
use crate::secret_key;
use crate::store::Error;
use crate::store::dump::{Dump, Filled, Overwrite, Place};

/// What came of it.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What was found in the file.
    pub report: Report,
    /// What was put where.
    pub filled: Filled,
}

/// Puts what a file holds into the database at `to`, brought up to date, with a line in its log that
/// says so. A copy of what is there is put aside first. Another secret key than the present one is
/// no obstacle: whoever restores may not have put theirs in place yet.
///
/// # Errors
/// When the file is unsound, or the place is in use or not to be overwritten; it is left alone then.
pub async fn restore(
    desk: Desk<'_>,
    file: &Path,
    to: &DatabaseUrl,
    overwrite: Overwrite,
) -> Result<Restored> {
    let path = file.to_owned();
    let looked = spawn_blocking(move || Dump::open(&path)).await;
    looked.map_err(|_| Error::Closed)??;
    // On a machine of which nothing is left, it may be the first that is there.
    secret_key::make_folder(desk.config)?;
    let place = Place::new(to.expose(), to);
    let holds = place.check(overwrite).await?;
    if holds {
        folder::make_place(desk.config)?;
    }
    let scratch = Scratch::within(&room(desk.config, to))?;
    let (report, db) = verify::open(desk.config, file, &scratch).await?;
    let unsound = report
        .findings
        .iter()
        .any(|finding| finding.status == super::Status::Fail && finding.check != "secret key");
    let Some(db) = db.filter(|_| !unsound) else {
        return Err(BackupError::Unsound(Box::new(report)));
    };
    let mut tx = db.write().await?;
    let entry = Entry::by(desk.pen(), "backup.restored", &Actor::CommandLine);
    entry.target(&name_of(file)).append(&mut tx).await?;
    tx.commit().await?;
    db.close().await;
    drop(db);
    let filled = place.fill(&scratch.file(), overwrite, &desk.aside("restore")).await?;
    Ok(Restored { report, filled })
}

/// A folder on the disk where a database is to be.
pub(super) fn room(config: &Config, to: &DatabaseUrl) -> PathBuf {
    let beside = to.file().and_then(|path| path.parent().map(Path::to_owned));
    match beside {
        Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
        Some(folder) => folder,
        None => config.data_dir.clone(),
    }
}
