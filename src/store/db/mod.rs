//! One set of queries, two databases: SQLite embedded, PostgreSQL for scale.
//!
//! Reads take a `&mut Conn`; writes take a `&mut Tx`, which derefs to one.

mod error;
mod migrate;
mod open;
mod query;
mod row;
mod sqlite;
mod value;
mod writer;

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgPool, Postgres};
use sqlx::{SqlSafeStr, Transaction};
use tokio::task::spawn_blocking;

pub use error::{Error, is_taken};
pub(super) use migrate::{DONE, MIGRATIONS, versions};
pub use open::OpenError;
pub(super) use open::{file_of, migration, open_file, open_server};
use query::Query;
pub(super) use row::record;
pub use row::{Columns, Record};
pub(super) use sqlite::connect;
use sqlite::{Lease, Readers};
use writer::{Turn, Writer};

use super::Result;

/// The database of this process; cheap to clone.
#[derive(Clone)]
pub enum Db {
    /// SQLite has one writer at a time, so writers queue for it; readers do not.
    Sqlite(Sqlite),
    /// PostgreSQL.
    Postgres(PgPool),
}

/// The file.
#[derive(Clone)]
pub struct Sqlite {
    readers: Readers,
    writer: Writer,
}

/// A connection to read through.
pub struct Conn {
    inner: Inner,
    /// Whether a statement failed, after which PostgreSQL keeps nothing of a transaction.
    failed: bool,
    /// Whether SQLite's statements run on a thread of their own.
    apart: bool,
}

/// An open write transaction, rolled back unless committed.
pub struct Tx(Conn);

enum Inner {
    Sqlite(Lease),
    SqliteTx(Turn),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
    /// On another thread at the moment, or lost there.
    Away,
}

impl Db {
    /// A connection that only reads.
    pub async fn read(&self) -> Result<Conn> {
        Ok(Conn::new(match self {
            Db::Sqlite(file) => Inner::Sqlite(file.readers.lease()?),
            Db::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
        }))
    }

    /// A transaction that may write. On SQLite this waits for the writer: open it last.
    pub async fn write(&self) -> Result<Tx> {
        Ok(Tx(Conn::new(match self {
            Db::Sqlite(file) => Inner::SqliteTx(file.writer.begin().await?),
            Db::Postgres(pool) => Inner::PostgresTx(pool.begin().await?),
        })))
    }

    /// Finishes what is in progress and lets go of the database.
    pub async fn close(&self) {
        match self {
            Db::Sqlite(file) => {
                file.readers.close();
                file.writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// For many rows at a time, as in a sweep: see `Conn::apart`.
    pub fn apart(self) -> Tx {
        Tx(self.0.apart())
    }

    /// Makes it durable; nobody may be told "done" before. Keeps nothing if a statement failed.
    pub async fn commit(self) -> Result<()> {
        if self.0.failed {
            return Err(Error::Spoilt);
        }
        match self.0.inner {
            Inner::SqliteTx(turn) => turn.commit().await,
            Inner::PostgresTx(tx) => Ok(tx.commit().await?),
            Inner::Sqlite(_) | Inner::Postgres(_) | Inner::Away => Err(Error::Closed),
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
        Conn { inner, failed: false, apart: false }
    }

    /// For statements that look at many rows: on SQLite they would hold up the thread they run
    /// on, and with it other requests, so each runs on a thread of its own.
    pub fn apart(mut self) -> Conn {
        self.apart = true;
        self
    }

    /// A query with `$1` placeholders, which both databases accept.
    pub(super) fn query(&mut self, sql: impl SqlSafeStr) -> Query<'_> {
        Query::new(self, sql.into_sql_str())
    }

    /// Does something with SQLite, here or apart. Whoever goes away meanwhile leaves the
    /// connection to the other thread, which gives it back or rolls back.
    pub(super) async fn with_sqlite<T: Send + 'static>(
        &mut self,
        act: impl FnOnce(&rusqlite::Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if !self.apart {
            return self.inner.sqlite().and_then(act);
        }
        let inner = std::mem::replace(&mut self.inner, Inner::Away);
        let (inner, outcome) = spawn_blocking(move || {
            let outcome = inner.sqlite().and_then(act);
            (inner, outcome)
        })
        .await
        .map_err(|_| Error::Closed)?;
        self.inner = inner;
        outcome
    }
}

impl Inner {
    fn sqlite(&self) -> Result<&rusqlite::Connection> {
        match self {
            Inner::Sqlite(lease) => lease.conn(),
            Inner::SqliteTx(turn) => turn.conn(),
            Inner::Postgres(_) | Inner::PostgresTx(_) | Inner::Away => Err(Error::Closed),
        }
    }
}
