//! Opening the database: create, migrate, and say plainly what is in the way.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection as _, Executor as _};

use super::migrate::{MIGRATIONS, migrate};
use super::sqlite::{Readers, connect as connect_file};
use super::writer::Writer;
use super::{Db, Sqlite};

/// How long PostgreSQL may take to answer, and other processes to let go of a SQLite file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address makes no sense.
    #[error(
        "database_url cannot be read: {0}; use sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE"
    )]
    Url(String),
    /// The file cannot be used.
    #[error(
        "the database file {path} cannot be opened: {error}; check that the folder exists, that it may be written to, and that the file is a SQLite database"
    )]
    File {
        /// Where it is.
        path: String,
        /// What SQLite or the file system said.
        error: anyhow::Error,
    },
    /// Nobody answers.
    #[error(
        "the database at {host} cannot be reached: {error}; check that PostgreSQL runs there and that database_url names the right user, password and database"
    )]
    Unreachable {
        /// Host, port and database.
        host: String,
        /// What was said.
        error: String,
    },
    /// A newer Keystead was here.
    #[error(
        "the database was written by a newer Keystead (migration {0}); run that version, or restore a backup from before the upgrade"
    )]
    Newer(i64),
    /// A migration failed; nothing of it was kept.
    #[error("the database could not be brought up to date: {0}; nothing was changed")]
    Migration(String),
}

impl Db {
    /// Opens the database at `url`, creating and migrating it as needed. `max_connections` is for
    /// PostgreSQL alone.
    pub async fn open(url: &str, max_connections: u32) -> Result<Db, OpenError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open_postgres(url, max_connections).await
        } else {
            open_sqlite(file_of(url)?).await
        }
    }

    /// Opens a SQLite file, creating and migrating it as needed.
    ///
    /// # Errors
    /// As `open`.
    pub async fn of_file(path: &Path) -> Result<Db, OpenError> {
        open_sqlite(path.to_owned()).await
    }
}

impl Db {
    /// Whether there is a database at `url`, as far as can be told without asking a server.
    pub fn is_there(url: &str) -> bool {
        !url.starts_with("sqlite:") || file_of(url).is_ok_and(|path| path.exists())
    }
}

impl OpenError {
    /// The file cannot be used.
    pub(super) fn file(path: &Path, error: impl Into<anyhow::Error>) -> OpenError {
        OpenError::File { path: path.display().to_string(), error: error.into() }
    }
}

async fn open_sqlite(path: PathBuf) -> Result<Db, OpenError> {
    let readers = Readers::new(&path);
    // Migrations take as long as they take, and the disk too.
    let opened = tokio::task::spawn_blocking(move || open_file(&path)).await;
    let conn = opened.map_err(|error| OpenError::Migration(error.to_string()))??;
    Ok(Db::Sqlite(Sqlite { readers, writer: Writer::new(conn) }))
}

/// The file that an address names, with %-codes for what would end a path.
pub(in crate::store) fn file_of(url: &str) -> Result<PathBuf, OpenError> {
    let rest = url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    let path = rest.map(|rest| percent_decode_str(rest).decode_utf8_lossy().into_owned());
    match path {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err(OpenError::Url("it names no file".to_owned())),
    }
}

/// The writing connection to a file that is up to date.
pub(in crate::store) fn open_file(path: &Path) -> Result<Connection, OpenError> {
    create_private(path).map_err(|error| OpenError::file(path, error))?;
    let mut conn = connect_writer(path).map_err(|error| OpenError::file(path, error))?;
    migrate(&mut conn, path)?;
    // From here on the queue waits, see `writer`.
    conn.busy_timeout(Duration::ZERO).map_err(|error| OpenError::file(path, error))?;
    Ok(conn)
}

/// Where several processes start on a fresh file, SQLite tells all but one at once that it is
/// locked, whatever patience it was asked to have.
fn connect_writer(path: &Path) -> rusqlite::Result<Connection> {
    let until = Instant::now() + PATIENCE;
    let attempt = || {
        let conn = connect_file(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.busy_timeout(PATIENCE)?;
        conn.pragma_update(None, "journal_mode", "wal")?;
        conn.pragma_update(None, "synchronous", "full")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        Ok(conn)
    };
    loop {
        match attempt() {
            Err(error) if is_busy(&error) && Instant::now() < until => {
                sleep(Duration::from_millis(20));
            }
            connected => return connected,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Makes the file before SQLite does, readable by its owner alone: it holds password hashes.
/// SQLite gives its log files the same mode.
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(|_| ()),
    }
}

/// Held by every connection of a pool, so that whoever is to take the place of all data finds out
/// that somebody works with it. Each schema of a database has a lock of its own.
const IN_USE: &str =
    "select pg_advisory_lock_shared(1801812340, hashtext(coalesce(current_schema(), '')))";

fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options: PgConnectOptions =
        url.parse().map_err(|error: sqlx::Error| OpenError::Url(error.to_string()))?;
    Ok(options.statement_cache_capacity(256).options([
        ("application_name", "keystead"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
    ]))
}

/// A connection by itself to a database that nobody else works with, kept so as long as it lasts;
/// `None` if somebody does. Nothing is brought up to date.
pub(in crate::store) async fn open_server(url: &str) -> Result<Option<PgConnection>, OpenError> {
    let mut conn = connect(&options(url)?).await?;
    let (alone,): (bool,) = sqlx::query_as(
        "select pg_try_advisory_lock(1801812340, hashtext(coalesce(current_schema(), '')))",
    )
    .fetch_one(&mut conn)
    .await
    .map_err(|error| OpenError::Migration(error.to_string()))?;
    Ok(alone.then_some(conn))
}

async fn open_postgres(url: &str, max_connections: u32) -> Result<Db, OpenError> {
    let options = options(url)?;
    let mut conn = connect(&options).await?;
    MIGRATIONS.run(&mut conn).await.map_err(migration)?;
    // A courtesy: the server notices otherwise.
    conn.close().await.ok();
    let pool = PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(PATIENCE)
        .max_lifetime(Duration::from_secs(1800))
        .test_before_acquire(false)
        // A ping before every use costs a third of the rate; a connection that rested may be dead.
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                Ok(meta.idle_for < Duration::from_secs(1) || conn.ping().await.is_ok())
            })
        })
        .after_connect(|conn, _| Box::pin(async move { conn.execute(IN_USE).await.map(|_| ()) }))
        // For requests alone: a migration takes as long as it takes.
        .connect_lazy_with(options.options([("statement_timeout", "10s")]));
    Ok(Db::Postgres(pool))
}

/// A connection outside the pool, which would try again and again and not say why.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    let timed_out = |_| std::io::Error::new(ErrorKind::TimedOut, "it does not answer").into();
    let connected = tokio::time::timeout(PATIENCE, options.connect()).await;
    connected.map_err(timed_out).flatten().map_err(|error| OpenError::Unreachable {
        host: format!("{}:{}", options.get_host(), options.get_port()),
        error: said(&error),
    })
}

/// What PostgreSQL or the system said, without where in the driver it was noticed.
fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => {
            let text = error.to_string();
            text.split(" (sqlx_").next().unwrap_or_default().to_owned()
        }
        error => error.to_string(),
    }
}

pub(in crate::store) fn migration(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        error => OpenError::Migration(error.to_string()),
    }
}
