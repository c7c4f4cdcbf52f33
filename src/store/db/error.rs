//! What can go wrong between us and the database.

use sqlx::error::ErrorKind;

/// Why a statement or a transaction failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refuses.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refuses, or cannot be reached.
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
    /// A value cannot be written in a form the database takes.
    #[error("a value cannot be stored: {0}")]
    Value(#[from] serde_json::Error),
    /// A statement that always answers did not.
    #[error("no row came where there is always one")]
    NoRow,
    /// PostgreSQL would roll back and call that a success, SQLite would keep the other half.
    #[error("a statement of the transaction failed, so nothing of it was kept")]
    Spoilt,
    /// The transactions that were to be made durable together were not.
    #[error("the commit failed, so nothing of the transaction was kept: {0}")]
    Commit(String),
    /// A change was begun before the one around it had ended.
    #[error("a change was made inside another")]
    Nested,
    /// The connection is gone.
    #[error("the database was closed")]
    Closed,
}

/// Whether a write failed because the value must be unique and is taken.
pub fn is_taken(error: &Error) -> bool {
    match error {
        Error::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => matches!(
            failure.extended_code,
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        ),
        Error::Postgres(sqlx::Error::Database(error)) => {
            matches!(error.kind(), ErrorKind::UniqueViolation)
        }
        _ => false,
    }
}
