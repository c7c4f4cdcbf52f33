//! The one SQLite writer. Transactions that wait for it are committed together, so that full
//! durability costs one sync for many of them.
//!
//! The first transaction of a group opens it; those queued behind it join, each under a savepoint
//! of its own. Whoever finishes first queues once more to commit: the lock is fair, so everybody
//! who waited at that moment is in the group, and nobody waits for a timer. No caller is told
//! "done" before the commit of its group.

use std::sync::Arc;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor, Result, Sqlite, query};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// The queue for the writing connection.
#[derive(Clone)]
pub struct Writer(Arc<Mutex<Group>>);

struct Group {
    conn: SqliteConnection,
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
    pub fn new(conn: SqliteConnection) -> Writer {
        let group = Group { conn, open: false, committing: false, waiting: Vec::new() };
        Writer(Arc::new(Mutex::new(group)))
    }

    /// Waits for a turn.
    pub async fn begin(&self) -> Result<Turn> {
        let group = self.0.clone().lock_owned().await;
        let first = !group.open;
        // Made before it is begun: if the caller goes away meanwhile, it is rolled back.
        let mut turn = Turn { group: Some(group), queue: self.clone(), first };
        turn.open().await?;
        Ok(turn)
    }

    /// Waits for the transaction in progress, if any, and folds the log into the file.
    pub async fn close(&self) {
        let mut group = self.0.lock().await;
        group.commit().await;
        // A last checkpoint is a courtesy; the next start does it otherwise.
        if let Err(error) = group.run("pragma wal_checkpoint(truncate)").await {
            tracing::warn!(%error, "the database was closed without a checkpoint");
        }
    }

    /// Takes the last place in the queue and commits everybody who was served before.
    async fn commit_group(self) {
        self.0.lock().await.commit().await;
    }
}

impl Turn {
    async fn open(&mut self) -> Result<()> {
        let group = self.group.as_deref_mut().ok_or(sqlx::Error::PoolClosed)?;
        let begun =
            group.run(if self.first { "begin immediate" } else { "savepoint member" }).await;
        match begun {
            Ok(()) => group.open = true,
            // Nothing was begun, so there is nothing to roll back.
            Err(_) => self.group = None,
        }
        begun
    }

    /// The connection, while the turn lasts.
    pub fn conn(&mut self) -> Result<&mut SqliteConnection> {
        self.group.as_deref_mut().map(|group| &mut group.conn).ok_or(sqlx::Error::PoolClosed)
    }

    /// Ends the turn and waits until its group is durable. Runs to its end even if the caller
    /// goes away.
    pub async fn commit(mut self) -> Result<()> {
        let (told, outcome) = oneshot::channel();
        if let Some(group) = self.group.take() {
            tokio::spawn(finish(group, self.queue.clone(), self.first, told));
        }
        match outcome.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(text)) => Err(sqlx::Error::Protocol(text)),
            Err(_) => Err(sqlx::Error::PoolClosed),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let (Some(group), Ok(runtime)) =
            (self.group.take(), tokio::runtime::Handle::try_current())
        {
            runtime.spawn(roll_back(group, self.first));
        }
    }
}

async fn finish(
    mut group: OwnedMutexGuard<Group>,
    queue: Writer,
    first: bool,
    told: oneshot::Sender<Outcome>,
) {
    if !first && let Err(error) = group.run("release member").await {
        // The caller may be gone; the rest of the group is served either way.
        told.send(Err(error.to_string())).ok();
    } else {
        group.waiting.push(told);
    }
    if !std::mem::replace(&mut group.committing, true) {
        drop(group);
        queue.commit_group().await;
    }
}

async fn roll_back(mut group: OwnedMutexGuard<Group>, first: bool) {
    let done = if first {
        group.open = false;
        group.run("rollback").await
    } else {
        group.run("rollback to member").await.and(group.run("release member").await)
    };
    if let Err(error) = done {
        tracing::warn!(%error, "a rollback failed; the database had rolled back by itself");
    }
}

impl Group {
    async fn run(&mut self, statement: &'static str) -> Result<()> {
        self.conn.execute(query::<Sqlite>(statement)).await.map(|_| ())
    }

    async fn commit(&mut self) {
        self.committing = false;
        if !std::mem::replace(&mut self.open, false) {
            return;
        }
        let outcome = self.run("commit").await.map_err(|error| error.to_string());
        if outcome.is_err() {
            // Fails only where SQLite has rolled back already.
            self.run("rollback").await.ok();
        }
        for told in self.waiting.drain(..) {
            // A caller that went away does not need to know.
            told.send(outcome.clone()).ok();
        }
    }
}
