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
    let mut conn = connect_sqlite(&options).await.map_err(file)?;
    snapshot_before_migration(&mut conn, &path).await.map_err(file)?;
    migrate_sqlite(&mut conn).await.map_err(migration)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .test_before_acquire(false)
        .connect_with(options.read_only(true))
        .await
        .map_err(file)?;
    Ok(Db::Sqlite { readers, writer: Writer::new(conn) })
}

/// Where several processes start on a fresh file, SQLite tells all but one at once that it is
/// locked, whatever patience it was asked to have.
async fn connect_sqlite(options: &SqliteConnectOptions) -> sqlx::Result<SqliteConnection> {
    for _ in 0..50 {
        match options.connect().await {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("5") => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            connected => return connected,
        }
    }
    options.connect().await
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
    let options = options.statement_cache_capacity(256).options([
        ("application_name", "keystead"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
    ]);
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
        error,
    })
}

/// SQLite has no lock for migrations: where two processes start together, one of them fails, and
/// finds that there is less left to do.
async fn migrate_sqlite(conn: &mut SqliteConnection) -> Result<(), MigrateError> {
    let table = MIGRATIONS.table_name.as_ref();
    let mut done = 0;
    loop {
        let Err(error) = MIGRATIONS.run(&mut *conn).await else { return Ok(()) };
        let before = std::mem::replace(&mut done, conn.list_applied_migrations(table).await?.len());
        if done == before {
            return Err(error);
        }
    }
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
    let Some(newest) = applied.iter().map(|m| m.version).max() else { return Ok(()) };
    if MIGRATIONS.iter().all(|migration| migration.version <= newest) {
        return Ok(());
    }
    let copy = path.with_extension(format!("before-{}.db", newest + 1));
    if !copy.exists() {
        // Half a copy must not pass for one; in a container, the next process has the same id.
        let unfinished = path.with_extension(format!("{}.unfinished", std::process::id()));
        std::fs::remove_file(&unfinished).ok();
        create_private(&unfinished)?;
        let quoted = unfinished.display().to_string().replace('\'', "''");
        conn.execute(AssertSqlSafe(format!("vacuum into '{quoted}'"))).await?;
        std::fs::rename(&unfinished, &copy)?;
        tracing::info!(copy = %copy.display(), "copied the database before migrating it");
    }
    Ok(())
}

fn as_sqlx(error: MigrateError) -> sqlx::Error {
    sqlx::Error::Migrate(Box::new(error))
}
