//! A whole database as one SQLite file, whichever database it is, and such a file as a whole
//! database: what backups are made of.

mod error;
mod look;
mod part;
mod place;
mod postgres;
mod schema;
mod tables;

use std::path::Path;

use tokio::task::spawn_blocking;

pub use error::DumpError;
pub use look::Dump;
pub use part::END as UNFINISHED;
pub use place::{Filled, Overwrite, Place};

use super::{Db, Error};
use part::Part;
use tables::Table;

impl Db {
    /// Writes everything, as it is at one moment, into a file that is not there yet; others go on
    /// reading and writing meanwhile. The file is whole and durable, or not there.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn dump(&self, path: &Path) -> Result<(), DumpError> {
        let part = Part::begin(path)?;
        match self {
            Db::Sqlite(_) => {
                let to = part.path().to_string_lossy().into_owned();
                let mut conn = self.read().await?.apart();
                let copied = conn.with_sqlite(move |conn| {
                    conn.execute("vacuum into ?1", [to])?;
                    Ok(())
                });
                copied.await.map_err(|error| match error {
                    Error::Sqlite(error) => part.refused(&error),
                    error => error.into(),
                })?;
            }
            Db::Postgres(pool) => {
                let begin = "begin isolation level repeatable read, read only";
                let mut snapshot = pool.begin_with(begin).await.map_err(Error::from)?;
                postgres::dump(&mut snapshot, &part).await?;
                snapshot.rollback().await.map_err(Error::from)?;
            }
        }
        spawn_blocking(move || part.finish()).await.map_err(|_| Error::Closed)?
    }

    /// How many rows each table has.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn count_rows(&self) -> super::Result<Vec<(String, i64)>> {
        let mut conn = self.read().await?.apart();
        let mut counted = Vec::new();
        for table in Table::ours()? {
            let sql = format!("select count(*) from {}", table.quoted());
            let (rows,): (i64,) = conn.query(sqlx::AssertSqlSafe(sql)).one().await?;
            counted.push((table.name, rows));
        }
        Ok(counted)
    }

    /// What the schema of a SQLite file has that ours has not, and the other way round, to the
    /// letter: a trigger would run with every change, and so would a default or a generated column.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn strangers(&self) -> super::Result<Vec<String>> {
        let mut conn = self.read().await?.apart();
        let found = conn.with_sqlite(|conn| Ok(schema::read(conn)?)).await?;
        Ok(schema::compare(&found, &schema::ours()?))
    }
}
