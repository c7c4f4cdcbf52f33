//! One set of queries, two databases: SQLite embedded, PostgreSQL for scale.
//!
//! Reads take a `&mut Conn`; writes take a `&mut Tx`, which derefs to one.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{Arguments, Encode, FromRow, Result, SqlSafeStr, SqlStr, Transaction, Type};

use super::writer::{Turn, Writer};

/// The database of this process; cheap to clone.
#[derive(Clone)]
pub enum Db {
    /// SQLite has one writer at a time, so writers queue for it; readers do not.
    Sqlite {
        /// Read-only connections.
        readers: SqlitePool,
        /// The queue for the writing one.
        writer: Writer,
    },
    /// PostgreSQL.
    Postgres(PgPool),
}

/// A connection to read through.
pub struct Conn {
    inner: Inner,
    /// Whether a statement failed, after which PostgreSQL keeps nothing of a transaction.
    failed: bool,
}

/// An open write transaction, rolled back unless committed.
pub struct Tx(Conn);

enum Inner {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTx(Turn),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

impl Db {
    /// A connection that only reads.
    pub async fn read(&self) -> Result<Conn> {
        Ok(Conn::new(match self {
            Db::Sqlite { readers, .. } => Inner::Sqlite(readers.acquire().await?),
            Db::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
        }))
    }

    /// A transaction that may write. On SQLite this waits for the writer: open it last.
    pub async fn write(&self) -> Result<Tx> {
        Ok(Tx(Conn::new(match self {
            Db::Sqlite { writer, .. } => Inner::SqliteTx(writer.begin().await?),
            Db::Postgres(pool) => Inner::PostgresTx(pool.begin().await?),
        })))
    }

    /// Finishes what is in progress and lets go of the database.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes it durable; nobody may be told "done" before. Keeps nothing if a statement failed:
    /// PostgreSQL would roll back and call that a success, SQLite would keep the other half.
    pub async fn commit(self) -> Result<()> {
        if self.0.failed {
            return Err(sqlx::Error::Protocol(
                "a statement of the transaction failed, so nothing of it was kept".into(),
            ));
        }
        match self.0.inner {
            Inner::SqliteTx(turn) => turn.commit().await,
            Inner::PostgresTx(tx) => tx.commit().await,
            Inner::Sqlite(_) | Inner::Postgres(_) => Ok(()),
        }
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl Conn {
    fn new(inner: Inner) -> Conn {
        Conn { inner, failed: false }
    }

    /// A query with `$1` placeholders, which both databases accept.
    pub(super) fn query(&mut self, sql: impl SqlSafeStr) -> Query<'_> {
        let mut error = None;
        let target = match &mut self.inner {
            Inner::Sqlite(c) => Target::Sqlite(c, SqliteArguments::default()),
            Inner::SqliteTx(turn) => match turn.conn() {
                Ok(c) => Target::Sqlite(c, SqliteArguments::default()),
                Err(closed) => {
                    error = Some(closed);
                    Target::Closed
                }
            },
            Inner::Postgres(c) => Target::Postgres(c, PgArguments::default()),
            Inner::PostgresTx(c) => Target::Postgres(c, PgArguments::default()),
        };
        Query { sql: sql.into_sql_str(), target, error, failed: &mut self.failed }
    }
}

/// A statement on its way to one of the two.
pub(super) struct Query<'c> {
    sql: SqlStr,
    target: Target<'c>,
    error: Option<sqlx::Error>,
    failed: &'c mut bool,
}

enum Target<'c> {
    Sqlite(&'c mut SqliteConnection, SqliteArguments),
    Postgres(&'c mut PgConnection, PgArguments),
    Closed,
}

/// A value both databases can store.
pub(super) trait Param<'t>:
    Encode<'t, Sqlite> + Type<Sqlite> + Encode<'t, Postgres> + Type<Postgres>
{
}
impl<'t, T> Param<'t> for T where
    T: Encode<'t, Sqlite> + Type<Sqlite> + Encode<'t, Postgres> + Type<Postgres>
{
}

/// A row both databases can return; `#[derive(FromRow)]` is enough.
pub(super) trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Record for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<'c> Query<'c> {
    pub fn bind<'t>(mut self, value: impl Param<'t>) -> Self {
        let added = match &mut self.target {
            Target::Sqlite(_, args) => Arguments::add(args, value),
            Target::Postgres(_, args) => Arguments::add(args, value),
            Target::Closed => Ok(()),
        };
        if let Err(error) = added {
            self.error.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }

    pub async fn execute(self) -> Result<u64> {
        let (sql, target, failed) = self.checked()?;
        let result = match target {
            Target::Sqlite(c, args) => {
                sqlx::query_with(sql, args).execute(c).await.map(|done| done.rows_affected())
            }
            Target::Postgres(c, args) => {
                sqlx::query_with(sql, args).execute(c).await.map(|done| done.rows_affected())
            }
            Target::Closed => Ok(0),
        };
        *failed |= result.is_err();
        result
    }

    pub async fn optional<T: Record>(self) -> Result<Option<T>> {
        let (sql, target, failed) = self.checked()?;
        let result = match target {
            Target::Sqlite(c, args) => sqlx::query_as_with(sql, args).fetch_optional(c).await,
            Target::Postgres(c, args) => sqlx::query_as_with(sql, args).fetch_optional(c).await,
            Target::Closed => Ok(None),
        };
        *failed |= result.is_err();
        result
    }

    pub async fn one<T: Record>(self) -> Result<T> {
        self.optional().await?.ok_or(sqlx::Error::RowNotFound)
    }

    pub async fn all<T: Record>(self) -> Result<Vec<T>> {
        let (sql, target, failed) = self.checked()?;
        let result = match target {
            Target::Sqlite(c, args) => sqlx::query_as_with(sql, args).fetch_all(c).await,
            Target::Postgres(c, args) => sqlx::query_as_with(sql, args).fetch_all(c).await,
            Target::Closed => Ok(Vec::new()),
        };
        *failed |= result.is_err();
        result
    }

    fn checked(self) -> Result<(SqlStr, Target<'c>, &'c mut bool)> {
        match self.error {
            None => Ok((self.sql, self.target, self.failed)),
            Some(error) => {
                *self.failed = true;
                Err(error)
            }
        }
    }
}
