//! SQLite on the caller's own thread. A point read takes five microseconds; to hand it to another
//! thread and back takes five times as long.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, OpenFlags};

use super::row::Columns;
use crate::store::{Error, Result};

/// Reading connections that are kept open. A request holds one for microseconds, so that more are
/// open at once only while a long list is read.
const KEPT: usize = 8;
/// Every statement of the program.
const STATEMENTS: usize = 256;
/// How long a reader waits for another process that holds the whole file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a connection to the file.
pub fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(conn)
}

/// Connections that only read.
#[derive(Clone)]
pub struct Readers(Arc<Pool>);

struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

/// A reading connection, given back when dropped.
pub struct Lease {
    conn: Option<Connection>,
    readers: Readers,
}

impl Readers {
    /// Opens none before one is needed.
    pub fn new(path: &Path) -> Readers {
        Readers(Arc::new(Pool { path: path.to_owned(), idle: Mutex::default() }))
    }

    /// One that nobody else uses.
    pub fn lease(&self) -> Result<Lease> {
        let idle = self.idle(|idle| idle.pop());
        let conn = match idle {
            Some(conn) => conn,
            None => {
                let conn = connect(&self.0.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                conn.busy_timeout(PATIENCE)?;
                conn
            }
        };
        Ok(Lease { conn: Some(conn), readers: self.clone() })
    }

    /// Closes those that nobody uses.
    pub fn close(&self) {
        self.idle(Vec::clear);
    }

    fn idle<T>(&self, act: impl FnOnce(&mut Vec<Connection>) -> T) -> T {
        act(&mut self.0.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Lease {
    /// The connection.
    pub fn conn(&self) -> Result<&Connection> {
        self.conn.as_ref().ok_or(Error::Closed)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let conn = self.conn.take();
        self.readers.idle(|idle| {
            if idle.len() < KEPT {
                idle.extend(conn);
            }
        });
    }
}

/// Runs a statement that returns nothing; says how many rows it changed.
pub fn execute(conn: &Connection, sql: &str, arguments: &[Value]) -> Result<u64> {
    let changed = prepare(conn, sql, arguments)?.raw_execute()?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

/// Runs a statement and reads each of its rows.
pub fn select<T>(
    conn: &Connection,
    (sql, arguments): (&str, &[Value]),
    read: fn(&mut Columns<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = prepare(conn, sql, arguments)?;
    let mut rows = statement.raw_query();
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(&mut Columns::sqlite(row))?);
    }
    Ok(all)
}

/// SQLite takes `$2` for a name, and numbers names in the order in which they appear; we mean the
/// second argument.
fn prepare<'c>(
    conn: &'c Connection,
    sql: &str,
    arguments: &[Value],
) -> rusqlite::Result<CachedStatement<'c>> {
    let mut statement = conn.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        let number: Option<usize> = statement
            .parameter_name(index)
            .and_then(|name| name.strip_prefix('$'))
            .and_then(|number| number.parse().ok());
        let argument = number.and_then(|number| arguments.get(number.checked_sub(1)?));
        let argument =
            argument.ok_or(rusqlite::Error::InvalidParameterCount(index, arguments.len()))?;
        statement.raw_bind_parameter(index, argument)?;
    }
    Ok(statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> PathBuf {
        let path = std::env::temp_dir().join(format!("keystead_readers_{}", std::process::id()));
        let conn = connect(&path, OpenFlags::default()).unwrap();
        conn.execute_batch("create table if not exists t (a bigint); delete from t").unwrap();
        path
    }

    #[test]
    fn readers_cannot_write_and_arguments_go_by_number() {
        let path = scratch();
        let lease = Readers::new(&path).lease().unwrap();
        let conn = lease.conn().unwrap();
        let refused = execute(conn, "insert into t values (1)", &[]).unwrap_err();
        assert!(refused.to_string().contains("readonly"), "{refused}");

        let arguments = [Value::Integer(1), Value::Integer(2)];
        let rows: Vec<i64> =
            select(conn, ("select $2 * 10 + $1", &arguments), |columns| columns.take()).unwrap();
        assert_eq!(rows, [21]);
        let missing = select(conn, ("select $3", &arguments), |columns| columns.take::<i64>());
        assert!(missing.is_err());
        std::fs::remove_file(path).unwrap();
    }
}
