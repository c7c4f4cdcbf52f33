//! Backups: one file for either database, whole whatever happens, and good for the other one too.

mod bad_input;
mod consistency;
mod earlier;
mod moving;
mod round_trip;
mod schedule;

use std::path::{Path, PathBuf};

use keystead::config::DatabaseUrl;
use keystead::directory::backup::{self, BackupError, Desk, Restored};
use keystead::domain::Actor;
use keystead::store::dump::Overwrite;

use crate::harness::{Database, TestApp, fresh_folder};

const ACTOR: Actor = Actor::CommandLine;

/// A folder for files, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        Folder(fresh_folder())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What is in it.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A backup of this application.
async fn made(app: &TestApp, file: &Path) {
    backup::create(app, &ACTOR, file).await.unwrap();
}

/// Restores a file into another database, with the settings of this application.
async fn restored(
    app: &TestApp,
    file: &Path,
    url: &str,
    overwrite: Overwrite,
) -> Result<Restored, BackupError> {
    let to = DatabaseUrl::read(url).unwrap();
    let mut config = app.config.clone();
    config.secret_key = keystead::config::SecretKey::parse(SECRET);
    let desk = Desk { config: &config, ..Desk::of(app) };
    backup::restore(desk, file, &to, overwrite).await
}

/// `SECRET_KEY` of the harness in base64.
const SECRET: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// One database of each kind there is, for what goes from one to another.
async fn targets() -> Vec<Database> {
    Database::each().await
}
