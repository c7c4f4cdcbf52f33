//! Several accounts at once: each is changed as it would be alone, with an event each, and all of
//! them are, or none.

use std::collections::BTreeSet;

use super::{
    DirectoryError, Done, Fate, Force, Result, consequences, credentials, find, rights, sessions,
    together, users,
};
use crate::app::App;
use crate::domain::{Actor, User, UserId};

/// Names of one batch at most: they are changed in one transaction, and others wait for it.
pub const MOST: usize = 500;

/// What is done to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The account is closed.
    Disable,
    /// It is opened again.
    Enable,
    /// It is deleted, with all that hangs off it.
    Delete,
    /// Its sessions end, and what was given to clients is revoked.
    EndSessions,
    /// The failed attempts that slow it down are forgotten.
    Unlock,
}

/// What came of it for one of them.
pub struct Changed {
    /// The account.
    pub user: User,
    /// Whether anything was to be done.
    pub changed: bool,
    /// Sessions that ended.
    pub ended: u64,
    /// A sentence each.
    pub notes: Vec<String>,
}

/// A batch before it is done.
pub struct Planned {
    /// Who is in it.
    pub users: Vec<User>,
    /// `7 sessions`, `12 grants`: what goes along.
    pub consequences: Vec<String>,
}

/// Refuses a batch that is too large.
pub(super) fn bounded(count: usize) -> Result<()> {
    if count <= MOST {
        return Ok(());
    }
    let rule = format!("choose at most {MOST} at a time");
    Err(DirectoryError::value("one batch", count.to_string(), rule))
}

/// Refuses a batch with people whom the actor may not change, and names them.
pub(super) fn within_reach(beyond: BTreeSet<String>) -> Result<()> {
    if beyond.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = beyond.iter().map(|name| format!("'{name}'")).collect();
    Err(DirectoryError::NotAllowed(format!("change {}, so nobody was changed", names.join(", "))))
}

/// Who a batch is about and what it takes along, before it is done.
///
/// # Errors
/// When somebody does not exist or is beyond the actor's reach, or there are too many.
pub async fn look(app: &App, actor: &Actor, names: &[String], change: Change) -> Result<Planned> {
    let users = reached(app, actor, names).await?;
    let ids: Vec<UserId> = users.iter().map(|user| user.id.clone()).collect();
    let consequences = match change {
        Change::Delete => consequences::of_users(app, &ids).await?,
        Change::Disable | Change::EndSessions => consequences::of_sessions(app, &ids).await?,
        Change::Enable | Change::Unlock => Vec::new(),
    };
    Ok(Planned { users, consequences })
}

/// Changes all of them, or none.
///
/// # Errors
/// As `look`, or when one of the changes is refused.
pub async fn change(
    app: &App,
    actor: &Actor,
    names: &[String],
    (change, force): (Change, Force),
) -> Result<Vec<Changed>> {
    let mut users = reached(app, actor, names).await?;
    // Whoever acts comes last: nobody goes on once their own account is closed.
    users.sort_by_key(|user| matches!(actor, Actor::Staff(staff) if *staff.id() == user.id));
    together(app, async {
        let mut all = Vec::with_capacity(users.len());
        for user in users {
            all.push(one(app, actor, user, (change, force)).await?);
        }
        Ok(Fate::Keep(all))
    })
    .await
}

async fn one(
    app: &App,
    actor: &Actor,
    user: User,
    (change, force): (Change, Force),
) -> Result<Changed> {
    let id = user.id.as_str();
    let done = match change {
        Change::Disable => users::disable(app, actor, id, force).await?,
        Change::Enable => users::enable(app, actor, id).await?,
        Change::Unlock => credentials::unlock(app, actor, id).await?,
        Change::Delete => Done::new(users::delete(app, actor, id, force).await?, None),
        Change::EndSessions => {
            let (user, ended) = sessions::end_all(app, actor, id).await?;
            return Ok(Changed { user, changed: true, ended, notes: Vec::new() });
        }
    };
    Ok(Changed { user: done.value, changed: done.changed, ended: 0, notes: done.notes })
}

/// Those with these names, each once.
///
/// # Errors
/// When somebody does not exist, or there are too many.
pub async fn chosen(app: &App, names: &[String]) -> Result<Vec<User>> {
    bounded(names.len())?;
    let mut conn = app.db.read().await?.apart();
    let mut users = Vec::<User>::new();
    for name in names {
        let user = find::user(&mut conn, name).await?;
        if users.iter().all(|other| other.id != user.id) {
            users.push(user);
        }
    }
    Ok(users)
}

/// The same, if the actor may change every one of them.
async fn reached(app: &App, actor: &Actor, names: &[String]) -> Result<Vec<User>> {
    let users = chosen(app, names).await?;
    let beyond = users.iter().filter(|user| !rights::reaches_user(actor, user));
    within_reach(beyond.map(|user| user.username.to_string()).collect())?;
    Ok(users)
}
