//! Why there is no backup, or nothing came of one.

use std::path::PathBuf;

use super::Report;
use crate::directory::DirectoryError;
use crate::secret_key::SecretKeyError;
use crate::store::dump::DumpError;
use crate::store::{self, OpenError};

/// One sentence with cause and fix.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file, or a database.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// A database that cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The secret key.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// A change of the directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The file does not hold what it should.
    #[error("{} does not pass: {}; nothing was changed, take another backup", .0.file.display(), .0.failures())]
    Unsound(Box<Report>),
    /// A folder cannot be made.
    #[error(
        "the folder {path} cannot be written: {error}; give Keystead's user the right to write there, and see that there is room"
    )]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Nothing has that name.
    #[error("there is no backup '{0}' in the folder of this server")]
    NotThere(String),
}

impl From<store::Error> for BackupError {
    fn from(error: store::Error) -> BackupError {
        BackupError::Directory(error.into())
    }
}
