//! Why a database was not written into a file, or a file not put into a database.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::store::{Error, OpenError};

/// One sentence with cause and fix. Nothing is half-written.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// Something has the name.
    #[error(
        "{0} is there already, and a backup never takes the place of another file; name another"
    )]
    Exists(PathBuf),
    /// It cannot be made.
    #[error(
        "{path} cannot be written: {error}; check that its folder exists and that Keystead's user may write there"
    )]
    Write {
        /// Where.
        path: PathBuf,
        /// What was said.
        error: String,
    },
    /// The disk is full.
    #[error("there is no room for {0}; free some, or name a folder on another disk")]
    NoRoom(PathBuf),
    /// It cannot be read.
    #[error("{path} cannot be read: {error}; check the name, and that Keystead's user may read it")]
    Read {
        /// Where.
        path: PathBuf,
        /// What was said.
        error: String,
    },
    /// Something else altogether.
    #[error(
        "{0} is no SQLite database, and so no backup; name a file that keystead backup create made"
    )]
    NotSqlite(PathBuf),
    /// Somebody else's.
    #[error(
        "{0} is a SQLite database, but not one of Keystead's; name a file that keystead backup create made"
    )]
    NotOurs(PathBuf),
    /// A database that runs, without its log.
    #[error(
        "{0} is a database in use, whose latest changes are in a log beside it; make a backup of it with keystead backup create"
    )]
    Live(PathBuf),
    /// Half a file.
    #[error(
        "{path} ends too early: {found} of {expected} bytes are there; copy it once more from where it was made, or take another backup"
    )]
    Truncated {
        /// Where.
        path: PathBuf,
        /// How long it is.
        found: u64,
        /// How long it should be.
        expected: u64,
    },
    /// From the future.
    #[error(
        "{path} was made by a newer Keystead (migration {version}); use that version, or take an older backup"
    )]
    Newer {
        /// Where.
        path: PathBuf,
        /// The first migration that nobody here knows.
        version: i64,
    },
    /// It cannot be what it says.
    #[error("{path} is damaged: {problem}; take another backup")]
    Damaged {
        /// Where.
        path: PathBuf,
        /// How that showed.
        problem: String,
    },
    /// Somebody works with it.
    #[error(
        "{0} is in use: stop Keystead on every machine that uses it, wait for commands that run, and try again"
    )]
    InUse(String),
    /// There is something to lose.
    #[error(
        "{0} holds data already; repeat with --force to take its place, after a copy of it was put aside"
    )]
    NotEmpty(String),
    /// The copy is not what it was made from.
    #[error(
        "the table {table} would not be the same there ({read} rows read, {written} written); nothing was changed"
    )]
    Differs {
        /// Which.
        table: String,
        /// Rows of the original.
        read: u64,
        /// Rows of the copy.
        written: u64,
    },
    /// A table cannot be copied.
    #[error("the table {table} cannot be copied: {error}; nothing was changed")]
    Table {
        /// Which.
        table: String,
        /// What was said.
        error: String,
    },
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database refuses.
    #[error("the database refused: {0}")]
    Store(#[from] Error),
}

impl DumpError {
    /// What came of writing a file.
    pub(super) fn writing(path: &Path, error: &std::io::Error) -> DumpError {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                DumpError::NoRoom(path.to_owned())
            }
            ErrorKind::AlreadyExists => DumpError::Exists(path.to_owned()),
            _ => DumpError::Write { path: path.to_owned(), error: error.to_string() },
        }
    }

    /// What SQLite said while it wrote a file.
    pub(super) fn sqlite(path: &Path, error: &rusqlite::Error) -> DumpError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => DumpError::NoRoom(path.to_owned()),
            _ => DumpError::Write { path: path.to_owned(), error: error.to_string() },
        }
    }

    pub(super) fn damaged(path: &Path, problem: impl ToString) -> DumpError {
        DumpError::Damaged { path: path.to_owned(), problem: problem.to_string() }
    }

    pub(super) fn table(table: &str, error: impl ToString) -> DumpError {
        DumpError::Table { table: table.to_owned(), error: error.to_string() }
    }
}
