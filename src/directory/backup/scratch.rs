//! A folder to work in, readable by its owner alone and gone afterwards.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::task::spawn_blocking;

use super::{BackupError, Result};
use crate::store::Error;

/// A folder to work in.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Within this folder, which is on the disk where the result is to be.
    pub fn within(folder: &Path) -> Result<Scratch> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".keystead-scratch-{}-{number}", std::process::id()));
        // In a container, the process that was killed had the same number.
        fs::remove_dir_all(&path).ok();
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| BackupError::Folder { path: folder.to_owned(), error })?;
        Ok(Scratch(path))
    }

    /// The database in it.
    pub fn file(&self) -> PathBuf {
        self.0.join("keystead.db")
    }

    /// Copies a file to be that database.
    pub async fn copy(&self, from: &Path) -> Result<()> {
        let (from, to) = (from.to_owned(), self.file());
        let folder = self.0.clone();
        let copied = spawn_blocking(move || {
            fs::copy(from, &to)?;
            // It may come from where nothing can be written.
            fs::set_permissions(&to, Permissions::from_mode(0o600))
        });
        let copied = copied.await.map_err(|_| Error::Closed)?;
        copied.map_err(|error| BackupError::Folder { path: folder, error })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}
