//! Opening the database: create, migrate, and say plainly what is in the way.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::Db;
use super::writer::Writer;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Reading connections to SQLite. Each is a thread; more than a few only take turns on the cores.
const SQLITE_READERS: u32 = 4;

/// How long PostgreSQL may take to answer.
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
        /// What SQLite said.
        error: sqlx::Error,
    },
    /// Nobody answers.
    #[error(
        "the database at {host} cannot be reached: {error}; check that PostgreSQL runs there and that database_url names the right user, password and database"
    )]
    Unreachable {
        /// Host, port and database.
        host: String,
        /// What the driver said.
        error: sqlx::Error,
    },
    /// A newer Keystead was here.
    #[error(
        "the database was written by a newer Keystead (migration {0}); run that version, or restore a backup from before the upgrade"
    )]
    Newer(i64),
    /// A migration failed; nothing of it was kept.
    #[error("the database could not be brought up to date: {0}; nothing was changed")]
    Migration(MigrateError),
}

impl Db {
    /// Opens the database at `url`, creating and migrating it as needed. `max_connections` is for
    /// PostgreSQL alone.
    pub async fn open(url: &str, max_connections: u32) -> Result<Db, OpenError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open_postgres(url, max_connections).await
        } else {
            open_sqlite(url).await
        }
    }
}

async fn open_sqlite(url: &str) -> Result<Db, OpenError> {
    let options: SqliteConnectOptions =
        url.parse().map_err(|error: sqlx::Error| OpenError::Url(error.to_string()))?;
    let path = options.get_filename().to_path_buf();
    let file = |error| OpenError::File { path: path.display().to_string(), error };
    let options = options
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(256);
    create_private(&path).map_err(|error| file(error.into()))?;
    let mut conn = options.connect().await.map_err(file)?;
    snapshot_before_migration(&mut conn, &path).await.map_err(file)?;
    MIGRATIONS.run(&mut conn).await.map_err(migration)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .test_before_acquire(false)
        .connect_with(options.read_only(true))
        .await
        .map_err(file)?;
    Ok(Db::Sqlite { readers, writer: Writer::new(conn) })
}

/// Makes the file before SQLite does, readable by its owner alone: it holds password hashes.
/// SQLite gives its log files the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(|_| ()),
    }
}

async fn open_postgres(url: &str, max_connections: u32) -> Result<Db, OpenError> {
    let options: PgConnectOptions =
        url.parse().map_err(|error: sqlx::Error| OpenError::Url(error.to_string()))?;
    let host = format!("{}:{}", options.get_host(), options.get_port());
    let options = options.statement_cache_capacity(256).options([
        ("application_name", "keystead"),
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
    ]);
    // The pool would only say that it waited in vain; a connection of its own says why.
    let unreachable = |error| OpenError::Unreachable { host: host.clone(), error };
    let first = tokio::time::timeout(PATIENCE, options.connect()).await;
    first
        .unwrap_or_else(|_| Err(timed_out()))
        .map_err(unreachable)?
        .close()
        .await
        .map_err(unreachable)?;
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
        .connect_with(options)
        .await
        .map_err(unreachable)?;
    let mut conn = pool.acquire().await.map_err(|error| OpenError::Migration(error.into()))?;
    let conn: &mut PgConnection = &mut conn;
    MIGRATIONS.run(conn).await.map_err(migration)?;
    Ok(Db::Postgres(pool))
}

fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(ErrorKind::TimedOut, "it does not answer"))
}

fn migration(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        error => OpenError::Migration(error),
    }
}

/// Keeps a copy beside the file before an existing database is migrated.
async fn snapshot_before_migration(conn: &mut SqliteConnection, path: &Path) -> sqlx::Result<()> {
    let table = MIGRATIONS.table_name.as_ref();
    let known: Option<(i64,)> = sqlx::query_as("select 1 from sqlite_master where name = $1")
        .bind(table)
        .fetch_optional(&mut *conn)
        .await?;
    if known.is_none() {
        return Ok(());
    }
    let applied = conn.list_applied_migrations(table).await.map_err(as_sqlx)?;
    let newest = applied.iter().map(|m| m.version).max().unwrap_or(0);
    if MIGRATIONS.iter().all(|migration| migration.version <= newest) {
        return Ok(());
    }
    let copy = path.with_extension(format!("before-{}.db", newest + 1));
    if !copy.exists() {
        let quoted = copy.display().to_string().replace('\'', "''");
        conn.execute(AssertSqlSafe(format!("vacuum into '{quoted}'"))).await?;
        tracing::info!(copy = %copy.display(), "copied the database before migrating it");
    }
    Ok(())
}

fn as_sqlx(error: MigrateError) -> sqlx::Error {
    sqlx::Error::Migrate(Box::new(error))
}
