//! Several changes as one: all of them happen, or none. Within `together`, every change of this
//! directory joins one transaction instead of opening its own.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{DirectoryError, Result, keys};
use crate::app::App;
use crate::domain::Actor;
use crate::registry;
use crate::store::{self, Tx, registry_version, users};

/// What becomes of changes made together.
pub enum Fate<T> {
    /// They stay.
    Keep(T),
    /// They were made to see what comes of them, and are taken back.
    TakeBack(T),
}

/// The transaction of a change: its own, or one shared with the changes around it.
pub(super) enum Open {
    Own(Tx),
    Shared(OwnedMutexGuard<Tx>),
}

struct Shared {
    tx: Arc<Mutex<Tx>>,
    /// Whether anything was changed that servers keep in memory.
    published: AtomicBool,
}

tokio::task_local! {
    static SHARED: Arc<Shared>;
}

impl Deref for Open {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        match self {
            Open::Own(tx) => tx,
            Open::Shared(tx) => tx,
        }
    }
}

impl DerefMut for Open {
    fn deref_mut(&mut self) -> &mut Tx {
        match self {
            Open::Own(tx) => tx,
            Open::Shared(tx) => tx,
        }
    }
}

/// Makes several changes in one transaction. Whatever fails must end `work`: what it had changed by
/// then is taken back with all the rest.
///
/// # Errors
/// The first error of `work`, or what the database says; nothing was changed then.
pub async fn together<T, E: From<DirectoryError>>(
    app: &App,
    work: impl Future<Output = std::result::Result<Fate<T>, E>>,
) -> std::result::Result<T, E> {
    let tx = open(app).await?;
    let tx = Arc::new(Mutex::new(tx));
    let shared = Arc::new(Shared { tx: tx.clone(), published: AtomicBool::new(false) });
    match SHARED.scope(shared.clone(), work).await? {
        Fate::TakeBack(value) => Ok(value),
        Fate::Keep(value) => {
            let published = shared.published.load(Ordering::Relaxed);
            drop(shared);
            let tx = Arc::into_inner(tx).ok_or_else(inside)?.into_inner();
            finish(app, tx, published).await?;
            Ok(value)
        }
    }
}

/// Opens the transaction of a change. Changes take turns on all nodes, so that what one has read
/// still holds when it writes.
pub(super) async fn begin(app: &App) -> Result<Open> {
    match SHARED.try_with(|shared| shared.tx.clone()) {
        Ok(tx) => Ok(Open::Shared(tx.try_lock_owned().map_err(|_| inside())?)),
        Err(_) => Ok(Open::Own(open(app).await?)),
    }
}

/// Opens the transaction of a change that somebody asked for. Whoever acts by a role must hold it
/// still, now that nobody can change it any more before this is done.
pub(super) async fn begin_as(app: &App, actor: &Actor) -> Result<Open> {
    let mut tx = begin(app).await?;
    if let Actor::Staff(staff) = actor {
        let now = users::find(&mut tx, staff.id()).await?;
        if !now.is_some_and(|user| staff.is_still(&user)) {
            return Err(DirectoryError::NotAllowed("do this any more".into()));
        }
    }
    Ok(tx)
}

/// Commits a change; what was revoked by it opens nothing here from now on.
pub(super) async fn commit(app: &App, tx: Open) -> Result<()> {
    match tx {
        Open::Own(tx) => finish(app, tx, false).await,
        Open::Shared(_) => Ok(()),
    }
}

/// Commits a change of what servers keep in memory, and sees it here at once.
pub(super) async fn publish(app: &App, tx: Open) -> Result<()> {
    match tx {
        Open::Own(tx) => finish(app, tx, true).await,
        Open::Shared(_) => {
            // There is a scope, or `begin` would not have shared it.
            SHARED.try_with(|shared| shared.published.store(true, Ordering::Relaxed)).ok();
            Ok(())
        }
    }
}

async fn open(app: &App) -> Result<Tx> {
    let mut tx = app.db.write().await?;
    registry_version::hold(&mut tx).await?;
    if !app.has_current_key(&mut tx).await? {
        return Err(DirectoryError::SecretKeyReplaced);
    }
    Ok(tx)
}

async fn finish(app: &App, mut tx: Tx, published: bool) -> Result<()> {
    if published {
        registry::changed(&mut tx).await?;
    }
    tx.commit().await?;
    app.recent.forget();
    if !published {
        return Ok(());
    }
    if let Err(error) = app.refresh_registry().await {
        // The change stands; servers look again every second.
        tracing::warn!(%error, "the registry could not be read again after a change");
    }
    if let Err(error) = Box::pin(keys::follow_clients(app)).await {
        // Servers try again by themselves.
        tracing::warn!(%error, "a signing key that a client needs could not be made");
    }
    Ok(())
}

/// A change was begun before the one around it had ended: a bug, which changes nothing.
fn inside() -> DirectoryError {
    store::Error::Nested.into()
}
