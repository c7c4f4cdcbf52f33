//! The folder in which servers keep backups: made there, listed, handed out, deleted.

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::create::{Made, create};
use super::{BackupError, Result, stamp};
use crate::app::App;
use crate::config::Config;
use crate::directory::{begin_as, commit, rights};
use crate::domain::{Actor, Timestamp};
use crate::explain::audit::Entry;
use crate::store::dump::UNFINISHED;

/// What ends the name of one that was made by itself, and is deleted by itself.
pub(super) const SCHEDULED: &str = "-scheduled.db";

/// A backup in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it is called.
    pub name: String,
    /// How long it is.
    pub size: u64,
    /// When it was written.
    pub at: Timestamp,
}

/// The folder.
pub fn place(config: &Config) -> PathBuf {
    config.data_dir.join("backups")
}

/// Makes the folder, if it is not there.
pub(super) fn make_place(config: &Config) -> Result<PathBuf> {
    let path = place(config);
    match DirBuilder::new().recursive(true).mode(0o700).create(&path) {
        Ok(()) => Ok(path),
        Err(error) => Err(BackupError::Folder { path, error }),
    }
}

/// What is in the folder of this server, the newest first.
///
/// # Errors
/// When it cannot be read.
pub fn list(config: &Config) -> Result<Vec<Kept>> {
    let path = place(config);
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BackupError::Folder { path, error }),
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut all: Vec<Kept> = names.filter_map(|name| kept(&path, name)).collect();
    all.sort_by(|a, b| (b.at, &b.name).cmp(&(a.at, &a.name)));
    Ok(all)
}

/// Whether one is being made there.
pub fn being_made(config: &Config) -> bool {
    let entries = fs::read_dir(place(config));
    let mut names = entries.into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().ends_with(UNFINISHED))
}

/// The file with this name, where it is one.
fn kept(folder: &Path, name: String) -> Option<Kept> {
    let found = folder.join(&name).symlink_metadata().ok()?;
    if !is_name(&name) || !found.is_file() {
        return None;
    }
    let at = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(Kept { name, size: found.len(), at: Timestamp(i64::try_from(at).ok()?) })
}

/// Letters, digits, dashes and dots: nothing that leads out of the folder.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    name.len() <= 100
        && name.ends_with(".db")
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(plain)
}

/// Where the backup with this name is.
///
/// # Errors
/// When there is none.
pub fn find(config: &Config, name: &str) -> Result<PathBuf> {
    let folder = place(config);
    let found = is_name(name).then(|| kept(&folder, name.to_owned())).flatten();
    let found = found.ok_or_else(|| BackupError::NotThere(name.chars().take(100).collect()))?;
    Ok(folder.join(found.name))
}

/// Makes one there, by this end of its name.
pub(super) async fn make_as(app: &App, actor: &Actor, end: &str) -> Result<Made> {
    rights::administer(actor, "make a backup")?;
    let folder = make_place(&app.config)?;
    let name = format!("keystead-{}{end}", stamp(app.clock.now()));
    create(app, actor, &folder.join(name)).await
}

/// Makes one there, which stays until somebody deletes it.
///
/// # Errors
/// What is in the way.
pub async fn make(app: &App, actor: &Actor) -> Result<Made> {
    make_as(app, actor, ".db").await
}

/// Opens one to be handed out, which is noted first.
///
/// # Errors
/// When there is none, or it cannot be read.
pub async fn download(app: &App, actor: &Actor, name: &str) -> Result<(File, u64)> {
    rights::administer(actor, "download a backup")?;
    let path = find(&app.config, name)?;
    let folder = |error| BackupError::Folder { path: path.clone(), error };
    let file = File::open(&path).map_err(folder)?;
    let size = file.metadata().map_err(folder)?.len();
    note(app, actor, "backup.downloaded", name).await?;
    Ok((file, size))
}

/// Deletes one for good.
///
/// # Errors
/// When there is none, or it cannot be deleted.
pub async fn delete(app: &App, actor: &Actor, name: &str) -> Result<()> {
    rights::administer(actor, "delete a backup")?;
    let path = find(&app.config, name)?;
    fs::remove_file(&path).map_err(|error| BackupError::Folder { path, error })?;
    note(app, actor, "backup.deleted", name).await
}

async fn note(app: &App, actor: &Actor, kind: &str, name: &str) -> Result<()> {
    let mut tx = begin_as(app, actor).await?;
    Entry::new(app, kind, actor).target(name).append(&mut tx).await?;
    Ok(commit(app, tx).await?)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        assert!(is_name("keystead-20260921T141320Z.db") && is_name("before-restore-1.db"));
        for bad in ["", ".db", "../x.db", "a/b.db", "a\\b.db", "x", "a\0.db", "a b.db", "ä.db"] {
            assert!(!is_name(bad), "{bad:?}");
        }
        assert!(!is_name(&format!("{}.db", "a".repeat(100))));
    }
}
