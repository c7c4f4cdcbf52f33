//! The one SQLite writer. Transactions that wait for it are committed together, so that full
//! durability costs one sync for many of them.
//!
//! The first transaction of a group opens it; those queued behind it join, each under a savepoint
//! of its own. Whoever finishes first queues once more to commit: the lock is fair, so everybody
//! who waited at that moment is in the group, and nobody waits for a timer. No caller is told
//! "done" before the commit of its group. Statements run on the caller's thread; the commit, which
//! waits for the disk, on one of its own.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::store::{Error, Result};

/// How long another process, such as a command, may keep the file.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest pause before looking again whether it is free.
const PAUSE: Duration = Duration::from_millis(20);

/// The queue for the writing connection.
#[derive(Clone)]
pub struct Writer(Arc<Mutex<Group>>);

struct Group {
    conn: Connection,
    open: bool,
    committing: bool,
    waiting: Vec<oneshot::Sender<Outcome>>,
}

type Outcome = std::result::Result<(), String>;

/// A transaction's turn at the connection; rolled back unless committed.
pub struct Turn {
    group: Option<OwnedMutexGuard<Group>>,
    queue: Writer,
    first: bool,
}

impl Writer {
    /// The queue for this connection.
    pub fn new(conn: Connection) -> Writer {
        let group = Group { conn, open: false, committing: false, waiting: Vec::new() };
        Writer(Arc::new(Mutex::new(group)))
    }

    /// Waits for a turn.
    pub async fn begin(&self) -> Result<Turn> {
        let mut group = self.0.clone().lock_owned().await;
        group.settle();
        let first = !group.open;
        if first {
            group.open().await?;
        } else {
            group.conn.execute_batch("savepoint member")?;
        }
        Ok(Turn { group: Some(group), queue: self.clone(), first })
    }

    /// Waits for the transaction in progress, if any, and folds the log into the file.
    pub async fn close(&self) {
        let mut group = self.0.clone().lock_owned().await;
        let folded = spawn_blocking(move || {
            group.commit();
            group.conn.execute_batch("pragma wal_checkpoint(truncate)")
        });
        // A last checkpoint is a courtesy; the next start does it otherwise.
        if let Ok(Err(error)) = folded.await {
            tracing::warn!(%error, "the database was closed without a checkpoint");
        }
    }

    /// Takes the last place in the queue and commits everybody who was served before.
    async fn commit_group(self) {
        let mut group = self.0.lock_owned().await;
        if let Err(error) = spawn_blocking(move || group.commit()).await {
            tracing::error!(%error, "a commit was cut off");
        }
    }
}

impl Turn {
    /// The connection, while the turn lasts.
    pub fn conn(&self) -> Result<&Connection> {
        self.group.as_deref().map(|group| &group.conn).ok_or(Error::Closed)
    }

    /// Ends the turn and waits until its group is durable. What was begun is committed even if
    /// the caller goes away.
    pub async fn commit(mut self) -> Result<()> {
        let (told, outcome) = oneshot::channel();
        self.join(told)?;
        match outcome.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(text)) => Err(Error::Commit(text)),
            Err(_) => Err(Error::Closed),
        }
    }

    /// Leaves the transaction to its group, and sees that somebody commits that.
    fn join(&mut self, told: oneshot::Sender<Outcome>) -> Result<()> {
        let group = self.group.as_deref_mut().ok_or(Error::Closed)?;
        if !self.first {
            group.conn.execute_batch("release member")?;
        }
        group.waiting.push(told);
        let leads = !std::mem::replace(&mut group.committing, true);
        self.group = None;
        if leads {
            tokio::spawn(self.queue.clone().commit_group());
        }
        Ok(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(group) = self.group.as_deref_mut() else { return };
        let done = if self.first {
            group.open = false;
            group.conn.execute_batch("rollback")
        } else {
            group.conn.execute_batch("rollback to member; release member")
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a rollback failed; the database had rolled back by itself");
        }
        group.settle();
    }
}

impl Group {
    /// Begins the transaction of the group. SQLite's own way to wait for another process would
    /// hold up the thread.
    async fn open(&mut self) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(1);
        while let Err(error) = self.conn.execute_batch("begin immediate") {
            if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) || Instant::now() > until
            {
                return Err(error.into());
            }
            sleep(pause).await;
            pause = PAUSE.min(pause * 2);
        }
        self.open = true;
        Ok(())
    }

    /// Notices that SQLite rolled the group back by itself, as it does where the disk is full:
    /// nobody in it is told that their change was kept, and nobody joins it any more.
    fn settle(&mut self) {
        if self.open && self.conn.is_autocommit() {
            self.open = false;
            self.tell(&Err("the database rolled the transaction back by itself".into()));
        }
    }

    fn tell(&mut self, outcome: &Outcome) {
        for told in self.waiting.drain(..) {
            // A caller that went away does not need to know.
            told.send(outcome.clone()).ok();
        }
    }

    fn commit(&mut self) {
        self.settle();
        self.committing = false;
        if !std::mem::replace(&mut self.open, false) {
            return;
        }
        let outcome = self.conn.execute_batch("commit").map_err(|error| error.to_string());
        if outcome.is_err() {
            // Fails only where SQLite has rolled back already.
            self.conn.execute_batch("rollback").ok();
        }
        self.tell(&outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table in a database that has room for little more.
    fn cramped() -> Writer {
        let conn = Connection::open_in_memory().unwrap();
        let schema =
            "create table t (id integer primary key, text blob); pragma max_page_count = 8";
        conn.execute_batch(schema).unwrap();
        Writer::new(conn)
    }

    fn add(turn: &Turn, bytes: i64) -> rusqlite::Result<usize> {
        turn.conn().unwrap().execute("insert into t (text) values (zeroblob(?1))", [bytes])
    }

    async fn count(writer: &Writer) -> i64 {
        let turn = writer.begin().await.unwrap();
        turn.conn().unwrap().query_row("select count(*) from t", [], |row| row.get(0)).unwrap()
    }

    #[tokio::test]
    async fn a_group_that_sqlite_rolled_back_tells_everybody_in_it_and_nobody_after() {
        let writer = cramped();
        let mut first = writer.begin().await.unwrap();
        add(&first, 10).unwrap();
        let (told, outcome) = oneshot::channel();
        // Its leader waits for its turn behind the member that follows.
        first.group.as_deref_mut().unwrap().committing = true;
        first.join(told).unwrap();
        let full = writer.begin().await.unwrap();
        assert!(!full.first, "it joins the group");
        add(&full, 1 << 20).unwrap_err();
        drop(full);
        writer.clone().commit_group().await;
        assert!(outcome.await.unwrap().is_err(), "the first is told");
        assert_eq!(count(&writer).await, 0);
        let after = writer.begin().await.unwrap();
        add(&after, 10).unwrap();
        after.commit().await.unwrap();
        assert_eq!(count(&writer).await, 1, "whoever is told so is durable");
    }
}
