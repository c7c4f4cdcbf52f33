//! A statement on its way to one of the two databases.

use rusqlite::types::Value;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{Arguments as _, SqlStr};

use super::row::{Columns, Record};
use super::value::Param;
use super::{Conn, Error, Inner, sqlite};
use crate::store::Result;

/// A statement and its arguments.
pub struct Query<'c> {
    conn: &'c mut Conn,
    sql: SqlStr,
    arguments: Arguments,
    error: Option<Error>,
}

enum Arguments {
    Sqlite(Vec<Value>),
    Postgres(PgArguments),
}

/// How a row is read.
type Read<T> = fn(&mut Columns<'_>) -> Result<T>;

impl<'c> Query<'c> {
    pub(super) fn new(conn: &'c mut Conn, sql: SqlStr) -> Query<'c> {
        let arguments = match &conn.inner {
            Inner::Postgres(_) | Inner::PostgresTx(_) => {
                Arguments::Postgres(PgArguments::default())
            }
            Inner::Sqlite(_) | Inner::SqliteTx(_) | Inner::Away => Arguments::Sqlite(Vec::new()),
        };
        Query { conn, sql, arguments, error: None }
    }

    /// The next argument.
    pub fn bind<'q>(mut self, value: impl Param<'q>) -> Self {
        let added = match &mut self.arguments {
            Arguments::Sqlite(all) => value.to_value().map(|value| all.push(value)),
            Arguments::Postgres(all) => {
                all.add(value).map_err(|error| sqlx::Error::Encode(error).into())
            }
        };
        if let Err(error) = added {
            self.error.get_or_insert(error);
        }
        self
    }

    /// Runs it; says how many rows it changed.
    pub async fn execute(self) -> Result<u64> {
        let Query { conn, sql, arguments, error } = self;
        let done = match (error, arguments) {
            (Some(error), _) => Err(error),
            (None, Arguments::Sqlite(arguments)) => {
                conn.with_sqlite(move |conn| sqlite::execute(conn, sql.as_str(), &arguments)).await
            }
            (None, Arguments::Postgres(arguments)) => match conn.inner.postgres() {
                Ok(conn) => {
                    let done = sqlx::query_with(sql, arguments).execute(conn).await;
                    done.map(|done| done.rows_affected()).map_err(Error::from)
                }
                Err(closed) => Err(closed),
            },
        };
        conn.failed |= done.is_err();
        done
    }

    /// Its row, if it has one.
    pub async fn optional<T: Record + Send + 'static>(self) -> Result<Option<T>> {
        self.optional_as(T::read).await
    }

    /// Its row, if it has one, read in this way.
    pub async fn optional_as<T: Send + 'static>(self, read: Read<T>) -> Result<Option<T>> {
        Ok(self.all_as(read).await?.into_iter().next())
    }

    /// Its row.
    pub async fn one<T: Record + Send + 'static>(self) -> Result<T> {
        self.optional().await?.ok_or(Error::NoRow)
    }

    /// All its rows.
    pub async fn all<T: Record + Send + 'static>(self) -> Result<Vec<T>> {
        self.all_as(T::read).await
    }

    /// All its rows, read in this way.
    pub async fn all_as<T: Send + 'static>(self, read: Read<T>) -> Result<Vec<T>> {
        let Query { conn, sql, arguments, error } = self;
        let rows = match (error, arguments) {
            (Some(error), _) => Err(error),
            (None, Arguments::Sqlite(arguments)) => {
                let act = move |conn: &rusqlite::Connection| {
                    sqlite::select(conn, (sql.as_str(), &arguments), read)
                };
                conn.with_sqlite(act).await
            }
            (None, Arguments::Postgres(arguments)) => match conn.inner.postgres() {
                Ok(conn) => postgres(conn, sql, arguments, read).await,
                Err(closed) => Err(closed),
            },
        };
        conn.failed |= rows.is_err();
        rows
    }
}

async fn postgres<T>(
    conn: &mut PgConnection,
    sql: SqlStr,
    arguments: PgArguments,
    read: Read<T>,
) -> Result<Vec<T>> {
    let rows: Vec<PgRow> = sqlx::query_with(sql, arguments).fetch_all(conn).await?;
    rows.iter().map(|row| read(&mut Columns::postgres(row))).collect()
}

impl Inner {
    fn postgres(&mut self) -> Result<&mut PgConnection> {
        match self {
            Inner::Postgres(conn) => Ok(conn),
            Inner::PostgresTx(tx) => Ok(tx),
            Inner::Sqlite(_) | Inner::SqliteTx(_) | Inner::Away => Err(Error::Closed),
        }
    }
}
