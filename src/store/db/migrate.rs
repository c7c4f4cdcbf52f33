//! Bringing a SQLite file up to date with the migrations, as sqlx does for PostgreSQL, and with the
//! same table of what was done.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use sqlx::migrate::{MigrateError, Migration, Migrator};

use super::open::{OpenError, create_private};

/// Every migration; both databases run the same.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// The table of the migrations that were run.
pub const DONE: &str = "create table if not exists _sqlx_migrations (
    version bigint primary key, description text not null,
    installed_on timestamp not null default current_timestamp, success boolean not null,
    checksum blob not null, execution_time bigint not null)";

/// Runs the migrations that were not run yet, each whole or not at all, after a copy of the file.
///
/// # Errors
/// When the file was written by a newer version, or a migration fails.
pub fn migrate(conn: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let failed = |error: rusqlite::Error| OpenError::Migration(error.to_string());
    snapshot(conn, path).map_err(|error| OpenError::file(path, error))?;
    // One process at a time: whoever comes second finds nothing left to do.
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    tx.execute_batch(DONE).map_err(failed)?;
    let done = applied(&tx).map_err(failed)?;
    check(&done)?;
    for migration in MIGRATIONS.iter().filter(|m| done.iter().all(|(v, _)| *v != m.version)) {
        apply(&tx, migration).map_err(failed)?;
    }
    tx.commit().map_err(failed)
}

/// The migrations that a file went through, all of which are known.
///
/// # Errors
/// When it was written by a newer version, or is no file of ours.
pub fn versions(conn: &Connection) -> Result<Vec<i64>, OpenError> {
    let done = applied(conn).map_err(|error| OpenError::Migration(error.to_string()))?;
    check(&done)?;
    Ok(done.into_iter().map(|(version, _)| version).collect())
}

/// What a migration's row tells: its version, and the checksum of what was run.
type Applied = (i64, Vec<u8>);

fn applied(conn: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let mut rows = conn.prepare("select version, cast(checksum as blob) from _sqlx_migrations")?;
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn check(done: &[Applied]) -> Result<(), OpenError> {
    for (version, checksum) in done {
        let known = MIGRATIONS.iter().find(|migration| migration.version == *version);
        let known = known.ok_or(OpenError::Newer(*version))?;
        if *known.checksum != **checksum {
            return Err(OpenError::Migration(MigrateError::VersionMismatch(*version).to_string()));
        }
    }
    Ok(())
}

fn apply(tx: &Transaction<'_>, migration: &Migration) -> rusqlite::Result<()> {
    tx.execute_batch(migration.sql.as_str())?;
    let row = (migration.version, &migration.description, &migration.checksum);
    tx.execute(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (?1, ?2, true, ?3, 0)",
        row,
    )?;
    Ok(())
}

/// Keeps a copy beside the file before an existing database is migrated.
fn snapshot(conn: &Connection, path: &Path) -> anyhow::Result<()> {
    let ours: Option<i64> = conn
        .query_row("select 1 from sqlite_master where name = '_sqlx_migrations'", [], |r| r.get(0))
        .optional()?;
    if ours.is_none() {
        return Ok(());
    }
    let Some(newest) = applied(conn)?.into_iter().map(|(version, _)| version).max() else {
        return Ok(());
    };
    if MIGRATIONS.iter().all(|migration| migration.version <= newest) {
        return Ok(());
    }
    let copy = path.with_extension(format!("before-{}.db", newest + 1));
    if !copy.exists() {
        // Half a copy must not pass for one; in a container, the next process has the same id.
        let unfinished = path.with_extension(format!("{}.unfinished", std::process::id()));
        std::fs::remove_file(&unfinished).ok();
        create_private(&unfinished)?;
        conn.execute("vacuum into ?1", [unfinished.to_string_lossy()])?;
        std::fs::rename(&unfinished, &copy)?;
        tracing::info!(copy = %copy.display(), "copied the database before migrating it");
    }
    Ok(())
}
