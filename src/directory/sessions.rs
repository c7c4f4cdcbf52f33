//! Sessions of people: who is signed in where, and ending it.

use super::{DirectoryError, Result, begin_as, commit, find, rights};
use crate::app::App;
use crate::domain::{Actor, Selector, Session, Timestamp, User};
use crate::explain::audit::Entry;
use crate::signin::{lifetimes, session};
use crate::store::{grants, sessions};

/// The sessions of a person that still stand, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_user(app: &App, user: &User) -> Result<Vec<Session>> {
    let idle = lifetimes::idle(app);
    let all = sessions::of_user(&mut app.db.read().await?, &user.id).await?;
    Ok(all.into_iter().filter(|session| session.is_live(app.clock.now(), idle)).collect())
}

/// The sessions of everybody that still stand, each with the username, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn standing(
    app: &App,
    before: Option<Selector>,
    limit: i64,
) -> Result<Vec<(Session, String)>> {
    let now = app.clock.now();
    let idle = lifetimes::idle(app);
    let mut conn = app.db.read().await?.apart();
    let used_since = Timestamp(now.0.saturating_sub(idle));
    Ok(sessions::standing(&mut conn, (now, used_since), before, limit).await?)
}

/// Ends one session of a person, and what was granted in it.
///
/// # Errors
/// When it is not theirs, or has ended.
pub async fn end(app: &App, actor: &Actor, name: &str, id: Selector) -> Result<User> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    let found = sessions::find(&mut tx, id).await?;
    let found = found.filter(|session| session.user_id == user.id && session.ended_at.is_none());
    let Some(found) = found else {
        return Err(DirectoryError::NotThere(format!("'{}' has no such session", user.username)));
    };
    session::end(&mut tx, &found, app.clock.now()).await?;
    Entry::new(app, "session.ended", actor)
        .user(&user.id, user.username.as_str())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(user)
}

/// Ends every session of a person and revokes what they gave to clients: wherever they are, they
/// sign in again. Says how many sessions there were.
///
/// # Errors
/// When there is no such person.
pub async fn end_all(app: &App, actor: &Actor, name: &str) -> Result<(User, u64)> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    let now = app.clock.now();
    // In the order of `credentials::close`.
    let ended = sessions::end_of_user(&mut tx, &user.id, now).await?;
    grants::revoke_of_user(&mut tx, &user.id, None, now).await?;
    Entry::new(app, "user.signed_out", actor)
        .user(&user.id, user.username.as_str())
        .detail("sessions", ended)
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok((user, ended))
}

/// Ends every session of a person but `keep`, and what was granted in them. Says how many there were.
///
/// # Errors
/// When there is no such person.
pub async fn end_others(app: &App, actor: &Actor, name: &str, keep: Selector) -> Result<usize> {
    let mut tx = begin_as(app, actor).await?;
    let user = find::user(&mut tx, name).await?;
    rights::reach_user(actor, &user)?;
    let mut others = sessions::of_user(&mut tx, &user.id).await?;
    others.retain(|session| session.id != keep);
    if others.is_empty() {
        return Ok(0);
    }
    for session in &others {
        session::end(&mut tx, session, app.clock.now()).await?;
    }
    Entry::new(app, "user.signed_out_elsewhere", actor)
        .user(&user.id, user.username.as_str())
        .detail("sessions", others.len())
        .append(&mut tx)
        .await?;
    commit(app, tx).await?;
    Ok(others.len())
}
